/*
 * Copyright (c) 2026 The ovs-netvsc Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

#include "vf-pmd.h"

/* What can be asked of a port.  Called by the thread that configures it. */

#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_MTU 9000

/* Does an ioctl() on the network device of 'port'.  Returns 0 or a negative
 * errno value. */
static int
do_ioctl(const struct vf_port *port, unsigned long request, struct ifreq *ifr)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error = 0;

    /* It may have been renamed. */
    if (fd < 0 || !if_indextoname(port->ifindex, ifr->ifr_name)
        || ioctl(fd, request, ifr)) {
        error = -errno;
    }
    if (fd >= 0) {
        close(fd);
    }
    return error;
}

bool
vf_port_is_up(const struct vf_port *port)
{
    const short int both = IFF_UP | IFF_RUNNING;
    struct ifreq ifr = { .ifr_flags = 0 };

    return (!do_ioctl(port, SIOCGIFFLAGS, &ifr)
            && (ifr.ifr_flags & both) == both);
}

static int
vf_set_up(const struct vf_port *port, bool up)
{
    struct ifreq ifr = { .ifr_flags = 0 };
    int error = do_ioctl(port, SIOCGIFFLAGS, &ifr);

    if (!error && !!(ifr.ifr_flags & IFF_UP) != up) {
        ifr.ifr_flags ^= IFF_UP;
        error = do_ioctl(port, SIOCSIFFLAGS, &ifr);
    }
    return error;
}

static int
vf_dev_set_link_up(struct rte_eth_dev *ethdev)
{
    return vf_set_up(ethdev->data->dev_private, true);
}

static int
vf_dev_set_link_down(struct rte_eth_dev *ethdev)
{
    return vf_set_up(ethdev->data->dev_private, false);
}

static int
vf_dev_configure(struct rte_eth_dev *ethdev)
{
    const struct rte_eth_dev_data *data = ethdev->data;
    const struct vf_port *port = data->dev_private;

    if (port->mana && data->nb_rx_queues != data->nb_tx_queues) {
        VF_LOG(ERR, "%s: %d rxqs and %d txqs: not the same number",
               port->ifname, data->nb_rx_queues, data->nb_tx_queues);
        return -EINVAL;
    }
    if (port->mana && !rte_is_power_of_2(data->nb_rx_queues)) {
        VF_LOG(ERR, "%s: %d queues: no power of 2", port->ifname,
               data->nb_rx_queues);
        return -EINVAL;
    }
    return 0;
}

static int
vf_dev_start(struct rte_eth_dev *ethdev)
{
    struct rte_eth_dev_data *data = ethdev->data;
    int error = vf_queues_open(data->dev_private, data->nb_rx_queues,
                               data->nb_tx_queues);

    if (!error) {
        for (int i = 0; i < data->nb_rx_queues; i++) {
            data->rx_queue_state[i] = RTE_ETH_QUEUE_STATE_STARTED;
        }
        for (int i = 0; i < data->nb_tx_queues; i++) {
            data->tx_queue_state[i] = RTE_ETH_QUEUE_STATE_STARTED;
        }
    }
    return error;
}

static int
vf_dev_stop(struct rte_eth_dev *ethdev)
{
    ethdev->data->dev_started = 0;
    vf_queues_close(ethdev->data->dev_private);
    return 0;
}

static int
vf_dev_close(struct rte_eth_dev *ethdev)
{
    struct vf_port *port = ethdev->data->dev_private;

    vf_event_remove(port);
    vf_queues_close(port);
    VF_LOG(NOTICE, "%s: port %d closed", port->ifname, port->port_id);
    return 0;
}

static int
vf_dev_infos_get(struct rte_eth_dev *ethdev, struct rte_eth_dev_info *info)
{
    const struct vf_port *port = ethdev->data->dev_private;

    info->if_index = port->ifindex;
    info->max_mac_addrs = 1;
    info->max_rx_queues = VF_MAX_QUEUES;
    info->max_tx_queues = VF_MAX_QUEUES;
    info->min_rx_bufsize = 0;
    info->max_mtu = port->mana ? RTE_ETHER_MTU : MAX_MTU;
    info->max_rx_pktlen = info->max_mtu + RTE_ETHER_HDR_LEN
                          + RTE_VLAN_HLEN + RTE_ETHER_CRC_LEN;
    /* Those that failsafe needs of a VF to put it beside net_tap.  Checksums
     * of packets are left "unknown". */
    info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_CHECKSUM;
    info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
    info->flow_type_rss_offloads = (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP
                                    | RTE_ETH_RSS_TCP);
    info->speed_capa = RTE_ETH_LINK_SPEED_1G;
    return 0;
}

static int
vf_rx_queue_setup(struct rte_eth_dev *ethdev, uint16_t id,
                  uint16_t n_desc __rte_unused,
                  unsigned int socket __rte_unused,
                  const struct rte_eth_rxconf *conf __rte_unused,
                  struct rte_mempool *pool)
{
    struct vf_port *port = ethdev->data->dev_private;
    struct vf_queue *rxq = &port->rxqs[id];

    rxq->port = port;
    rxq->id = id;
    rxq->pool = pool;
    ethdev->data->rx_queues[id] = rxq;
    return 0;
}

static int
vf_tx_queue_setup(struct rte_eth_dev *ethdev, uint16_t id,
                  uint16_t n_desc __rte_unused,
                  unsigned int socket __rte_unused,
                  const struct rte_eth_txconf *conf __rte_unused)
{
    struct vf_port *port = ethdev->data->dev_private;
    struct vf_queue *txq = &port->txqs[id];

    txq->port = port;
    txq->id = id;
    ethdev->data->tx_queues[id] = txq;
    return 0;
}

/* MANA's PMD does not know the state of the link. */
static int
vf_link_update(struct rte_eth_dev *ethdev, int wait __rte_unused)
{
    const struct vf_port *port = ethdev->data->dev_private;
    const struct rte_eth_link link = {
        .link_speed = RTE_ETH_SPEED_NUM_1G,
        .link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
        .link_autoneg = RTE_ETH_LINK_FIXED,
        .link_status = (port->mana || vf_port_is_up(port)
                        ? RTE_ETH_LINK_UP : RTE_ETH_LINK_DOWN),
    };

    return rte_eth_linkstatus_set(ethdev, &link);
}

static int
vf_stats_get(struct rte_eth_dev *ethdev, struct rte_eth_stats *stats)
{
    const struct vf_port *port = ethdev->data->dev_private;

    for (int i = 0; i < VF_MAX_QUEUES; i++) {
        stats->ipackets += port->rxqs[i].stats.packets;
        stats->ibytes += port->rxqs[i].stats.bytes;
        stats->ierrors += port->rxqs[i].stats.errors;
        stats->opackets += port->txqs[i].stats.packets;
        stats->obytes += port->txqs[i].stats.bytes;
        stats->oerrors += port->txqs[i].stats.errors;
    }
    stats->rx_nombuf = ethdev->data->rx_mbuf_alloc_failed;
    return 0;
}

static int
vf_stats_reset(struct rte_eth_dev *ethdev)
{
    struct vf_port *port = ethdev->data->dev_private;

    for (int i = 0; i < VF_MAX_QUEUES; i++) {
        memset(&port->rxqs[i].stats, 0, sizeof port->rxqs[i].stats);
        memset(&port->txqs[i].stats, 0, sizeof port->txqs[i].stats);
    }
    return 0;
}

static int
vf_mtu_set(struct rte_eth_dev *ethdev, uint16_t mtu)
{
    struct ifreq ifr = { .ifr_mtu = mtu };

    if (mtu > RTE_ETHER_MTU && vf_event_mode().refuse_mtu) {
        return -EINVAL;
    }
    return do_ioctl(ethdev->data->dev_private, SIOCSIFMTU, &ifr);
}

static int
vf_mac_addr_set(struct rte_eth_dev *ethdev, struct rte_ether_addr *mac)
{
    struct ifreq ifr = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };

    memcpy(ifr.ifr_hwaddr.sa_data, mac, RTE_ETHER_ADDR_LEN);
    return do_ioctl(ethdev->data->dev_private, SIOCSIFHWADDR, &ifr);
}

static int
set_promiscuous(struct rte_eth_dev *ethdev, bool promiscuous)
{
    struct vf_port *port = ethdev->data->dev_private;

    port->promiscuous = promiscuous;
    return vf_queues_set_membership(port);
}

static int
vf_promiscuous_enable(struct rte_eth_dev *ethdev)
{
    return set_promiscuous(ethdev, true);
}

static int
vf_promiscuous_disable(struct rte_eth_dev *ethdev)
{
    return set_promiscuous(ethdev, false);
}

static int
set_allmulticast(struct rte_eth_dev *ethdev, bool allmulticast)
{
    struct vf_port *port = ethdev->data->dev_private;

    port->allmulticast = allmulticast;
    return vf_queues_set_membership(port);
}

static int
vf_allmulticast_enable(struct rte_eth_dev *ethdev)
{
    return set_allmulticast(ethdev, true);
}

static int
vf_allmulticast_disable(struct rte_eth_dev *ethdev)
{
    return set_allmulticast(ethdev, false);
}

/* MANA's PMD has none of these, for which ethdev gives ENOTSUP too.  Here it
 * can be seen that somebody asked. */
static int
mana_mac_addr_set(struct rte_eth_dev *ethdev,
                  struct rte_ether_addr *mac __rte_unused)
{
    const struct vf_port *port = ethdev->data->dev_private;

    VF_LOG(NOTICE, "%s: no setting of MAC address", port->ifname);
    return -ENOTSUP;
}

static int
mana_promiscuous_enable(struct rte_eth_dev *ethdev)
{
    const struct vf_port *port = ethdev->data->dev_private;

    VF_LOG(NOTICE, "%s: no setting of promiscuous mode", port->ifname);
    return -ENOTSUP;
}

/* What both kinds have. */
#define VF_COMMON_OPS                           \
    .dev_configure = vf_dev_configure,          \
    .dev_start = vf_dev_start,                  \
    .dev_stop = vf_dev_stop,                    \
    .dev_close = vf_dev_close,                  \
    .dev_infos_get = vf_dev_infos_get,          \
    .rx_queue_setup = vf_rx_queue_setup,        \
    .tx_queue_setup = vf_tx_queue_setup,        \
    .link_update = vf_link_update,              \
    .stats_get = vf_stats_get,                  \
    .stats_reset = vf_stats_reset

static const struct eth_dev_ops mlx5_ops = {
    VF_COMMON_OPS,
    .dev_set_link_up = vf_dev_set_link_up,
    .dev_set_link_down = vf_dev_set_link_down,
    .mtu_set = vf_mtu_set,
    .mac_addr_set = vf_mac_addr_set,
    .promiscuous_enable = vf_promiscuous_enable,
    .promiscuous_disable = vf_promiscuous_disable,
    .allmulticast_enable = vf_allmulticast_enable,
    .allmulticast_disable = vf_allmulticast_disable,
};

static const struct eth_dev_ops mana_ops = {
    VF_COMMON_OPS,
    .mac_addr_set = mana_mac_addr_set,
    .promiscuous_enable = mana_promiscuous_enable,
};

void
vf_ethdev_init(struct rte_eth_dev *ethdev)
{
    const struct vf_port *port = ethdev->data->dev_private;

    ethdev->dev_ops = port->mana ? &mana_ops : &mlx5_ops;
    ethdev->rx_pkt_burst = vf_rx_burst;
    ethdev->tx_pkt_burst = vf_tx_burst;
    ethdev->data->dev_flags |= (RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS
                                | RTE_ETH_DEV_INTR_RMV
                                | (port->mana ? 0 : RTE_ETH_DEV_INTR_LSC));
}
