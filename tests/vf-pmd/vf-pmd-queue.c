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

/* A queue is an AF_PACKET socket.  Several rxqs make a fanout group.
 *
 * The sockets are opened and closed with the port, while no thread uses its
 * queues; bursts are for one thread a queue. */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_errno.h>

#define MAX_BURST 32
#define MAX_SEGS 16
#define SOCKET_BUFFER (4 << 20)

static int
set_option(int fd, int level, int option, const void *value, socklen_t size)
{
    return setsockopt(fd, level, option, value, size) ? -errno : 0;
}

static int
bind_to(int fd, const struct vf_port *port, uint16_t protocol)
{
    const struct sockaddr_ll sll = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(protocol),
        .sll_ifindex = port->ifindex,
    };

    return bind(fd, (const struct sockaddr *) &sll, sizeof sll) ? -errno : 0;
}

/* Opens a socket that receives nothing as yet, neither from its device nor,
 * since it has no protocol, from all of them until it is bound. */
static int
open_socket(struct vf_queue *queue, int buffer_option)
{
    const int size = SOCKET_BUFFER;

    queue->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    return (queue->fd < 0 ? -errno
            : set_option(queue->fd, SOL_SOCKET, buffer_option, &size,
                         sizeof size));
}

/* Receives nothing while 'filter' lets nothing pass: a packet that came while
 * some rxqs are in the fanout group and some are not would come twice. */
static int
open_rxq(struct vf_queue *rxq, int n_rxq, int filter)
{
    const int group = ((rxq->port->ifindex & 0xffff)
                       | PACKET_FANOUT_HASH << 16);
    const int one = 1;
    int error = open_socket(rxq, SO_RCVBUFFORCE);

    if (!error) {
        error = set_option(rxq->fd, SOL_SOCKET, SO_ATTACH_BPF, &filter,
                           sizeof filter);
    }
    if (!error) {
        error = set_option(rxq->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one,
                           sizeof one);
    }
    if (!error) {
        /* Tells of VLAN tags that the NIC has taken off. */
        error = set_option(rxq->fd, SOL_PACKET, PACKET_AUXDATA, &one,
                           sizeof one);
    }
    if (!error) {
        error = bind_to(rxq->fd, rxq->port, ETH_P_ALL);
    }
    if (!error && n_rxq > 1) {
        error = set_option(rxq->fd, SOL_PACKET, PACKET_FANOUT, &group,
                           sizeof group);
    }
    return error;
}

static int
open_txq(struct vf_queue *txq)
{
    int error = open_socket(txq, SO_SNDBUFFORCE);

    return error ? error : bind_to(txq->fd, txq->port, 0);
}

/* Returns 0 or a negative errno value. */
int
vf_queues_open(struct vf_port *port, int n_rxq, int n_txq)
{
    int filter = -1;
    int map = vf_steer_open(port, &filter);
    int error = map < 0 ? map : 0;

    for (int i = 0; !error && i < n_rxq; i++) {
        error = open_rxq(&port->rxqs[i], n_rxq, filter);
    }
    for (int i = 0; !error && i < n_txq; i++) {
        error = open_txq(&port->txqs[i]);
    }
    if (!error) {
        error = vf_steer_start(map);
    }
    if (map >= 0) {
        close(filter);
        close(map);
    }
    if (!error) {
        error = vf_queues_set_membership(port);
    }
    if (error) {
        VF_LOG(ERR, "%s: cannot start (%s)", port->ifname,
               rte_strerror(-error));
        vf_queues_close(port);
    }
    return error;
}

void
vf_queues_close(struct vf_port *port)
{
    if (port->rxqs[0].fd >= 0) {
        vf_steer_stop(port);
    }
    for (int i = 0; i < VF_MAX_QUEUES; i++) {
        if (port->rxqs[i].fd >= 0) {
            close(port->rxqs[i].fd);
            port->rxqs[i].fd = -1;
        }
        if (port->txqs[i].fd >= 0) {
            close(port->txqs[i].fd);
            port->txqs[i].fd = -1;
        }
    }
}

static int
set_membership(const struct vf_port *port, int type, bool on)
{
    const struct packet_mreq mreq = {
        .mr_ifindex = port->ifindex,
        .mr_type = type,
    };
    int error = set_option(port->rxqs[0].fd, SOL_PACKET,
                           on ? PACKET_ADD_MEMBERSHIP
                           : PACKET_DROP_MEMBERSHIP, &mreq, sizeof mreq);

    return !on && error == -EADDRNOTAVAIL ? 0 : error;
}

/* Has the device receive what 'port' is to receive, if it is started.  Taking
 * up a membership twice counts twice, hence the drop. */
int
vf_queues_set_membership(struct vf_port *port)
{
    const struct {
        int type;
        bool on;
    } memberships[] = {
        { PACKET_MR_PROMISC, port->promiscuous },
        { PACKET_MR_ALLMULTI, port->allmulticast },
    };
    int error = 0;

    for (size_t i = 0; !error && port->rxqs[0].fd >= 0
         && i < RTE_DIM(memberships); i++) {
        error = set_membership(port, memberships[i].type, false);
        if (!error && memberships[i].on) {
            error = set_membership(port, memberships[i].type, true);
        }
    }
    return error;
}

/* Room for a message's struct tpacket_auxdata. */
union control {
    struct cmsghdr align;
    char data[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
};

/* Returns the VLAN tag, in network byte order, that was taken off the packet,
 * 0 if none was. */
static uint32_t
vlan_tag(struct msghdr *msg)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA) {
            struct tpacket_auxdata aux;

            memcpy(&aux, CMSG_DATA(c), sizeof aux);
            if (aux.tp_status & TP_STATUS_VLAN_VALID) {
                uint16_t tpid = (aux.tp_status & TP_STATUS_VLAN_TPID_VALID
                                 ? aux.tp_vlan_tpid : ETHERTYPE_VLAN);

                return htonl((uint32_t) tpid << 16 | aux.tp_vlan_tci);
            }
        }
    }
    return 0;
}

/* Makes a packet of what was received RTE_VLAN_HLEN bytes behind the start of
 * 'm'.  Returns false if it is not to be delivered. */
static bool
finish_packet(struct vf_queue *rxq, struct mmsghdr *mm, struct rte_mbuf *m)
{
    const struct sockaddr_ll *from = mm->msg_hdr.msg_name;
    char *data = rte_pktmbuf_mtod(m, char *);
    uint32_t tag = vlan_tag(&mm->msg_hdr);

    if (mm->msg_hdr.msg_flags & MSG_TRUNC) {
        rxq->stats.errors++;
        return false;
    }
    /* A fanout group does not heed its sockets' PACKET_IGNORE_OUTGOING. */
    if (from->sll_pkttype == PACKET_OUTGOING
        || (from->sll_pkttype == PACKET_OTHERHOST
            && !rxq->port->promiscuous)) {
        return false;
    }
    m->data_len = m->pkt_len = mm->msg_len;
    if (tag) {
        memmove(data, data + RTE_VLAN_HLEN, 2 * RTE_ETHER_ADDR_LEN);
        memcpy(data + 2 * RTE_ETHER_ADDR_LEN, &tag, sizeof tag);
        m->data_len = m->pkt_len += RTE_VLAN_HLEN;
    } else {
        m->data_off += RTE_VLAN_HLEN;
    }
    m->port = rxq->port->port_id;
    rxq->stats.packets++;
    rxq->stats.bytes += m->pkt_len;
    return true;
}

uint16_t
vf_rx_burst(void *queue, struct rte_mbuf **packets, uint16_t n)
{
    struct vf_queue *rxq = queue;
    struct rte_mbuf *mbufs[MAX_BURST];
    struct sockaddr_ll from[MAX_BURST];
    union control control[MAX_BURST];
    struct mmsghdr msgs[MAX_BURST];
    struct iovec iov[MAX_BURST];
    int n_received, n_delivered = 0;

    n = RTE_MIN(n, MAX_BURST);
    if (rxq->fd < 0 || __atomic_load_n(&rxq->port->suspended,
                                       __ATOMIC_RELAXED)) {
        return 0;
    }
    if (rte_pktmbuf_alloc_bulk(rxq->pool, mbufs, n)) {
        rte_eth_devices[rxq->port->port_id].data->rx_mbuf_alloc_failed++;
        return 0;
    }
    for (int i = 0; i < n; i++) {
        iov[i].iov_base = rte_pktmbuf_mtod_offset(mbufs[i], void *,
                                                  RTE_VLAN_HLEN);
        iov[i].iov_len = rte_pktmbuf_tailroom(mbufs[i]) - RTE_VLAN_HLEN;
        msgs[i].msg_hdr = (struct msghdr) {
            .msg_name = &from[i],
            .msg_namelen = sizeof from[i],
            .msg_iov = &iov[i],
            .msg_iovlen = 1,
            .msg_control = &control[i],
            .msg_controllen = sizeof control[i],
        };
    }
    /* If the device was removed or is down there is nothing to receive. */
    n_received = RTE_MAX(recvmmsg(rxq->fd, msgs, n, MSG_DONTWAIT, NULL), 0);
    for (int i = 0; i < n; i++) {
        if (i < n_received && finish_packet(rxq, &msgs[i], mbufs[i])) {
            packets[n_delivered++] = mbufs[i];
        } else {
            rte_pktmbuf_free(mbufs[i]);
        }
    }
    return n_delivered;
}

/* Returns the number of segments of 'm', 0 if there are too many. */
static int
make_iov(const struct rte_mbuf *m, struct iovec iov[MAX_SEGS])
{
    int n = 0;

    for (; m; m = m->next) {
        if (n >= MAX_SEGS) {
            return 0;
        }
        iov[n].iov_base = rte_pktmbuf_mtod(m, void *);
        iov[n++].iov_len = m->data_len;
    }
    return n;
}

/* A packet that is refused for what it is counts as sent, with an error, as it
 * does where hardware drops it.  One that finds no room, or no device, is the
 * caller's to keep or drop. */
uint16_t
vf_tx_burst(void *queue, struct rte_mbuf **packets, uint16_t n)
{
    struct vf_queue *txq = queue;
    uint16_t i;

    if (txq->fd < 0 || __atomic_load_n(&txq->port->suspended,
                                       __ATOMIC_RELAXED)) {
        return 0;
    }
    for (i = 0; i < n; i++) {
        struct iovec iov[MAX_SEGS];
        const struct msghdr msg = {
            .msg_iov = iov,
            .msg_iovlen = make_iov(packets[i], iov),
        };

        if (sendmsg(txq->fd, &msg, MSG_DONTWAIT) >= 0) {
            txq->stats.packets++;
            txq->stats.bytes += packets[i]->pkt_len;
        } else if (errno == EMSGSIZE || errno == EINVAL) {
            txq->stats.errors++;
        } else {
            break;
        }
        rte_pktmbuf_free(packets[i]);
    }
    return i;
}
