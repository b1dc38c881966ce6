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

#include <config.h>

#include "netvsc-synthetic.h"

#include <rte_version.h>
#include <string.h>
#include <unistd.h>

#include "netvsc-link.h"
#include "netvsc-mtu.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

static void
put_tap(const struct netvsc_link *netvsc,
        struct netvsc_queues *queues OVS_UNUSED, struct ds *s)
{
    ds_put_format(s, "remote=%s", netvsc->rt.name);
}

/* With a budget for busy polling, 64 by default, the PMD makes a system call
 * for each poll that finds nothing, whether or not the kernel has use for it
 * (af_xdp_rx_cp() in drivers/net/af_xdp/rte_eth_af_xdp.c). */
static void
put_af_xdp(const struct netvsc_link *netvsc, struct netvsc_queues *queues,
           struct ds *s)
{
    queues->mtu = netvsc_mtu_for_af_xdp(queues->mtu);
    ds_put_format(s, "iface=%s,start_queue=0,queue_count=%d,busy_budget=0",
                  netvsc->rt.name, queues->n_rxq);
}

/* A frame of the ring holds a packet, up to two VLAN tags and the kernel's own
 * header (TPACKET2_HDRLEN and alignment, 80 bytes).  What of it the kernel may
 * fill, nearly all, must fit in one mbuf (eth_rx_queue_setup() in
 * drivers/net/af_packet/rte_eth_af_packet.c): where the mbuf for the MTU is
 * just too small, that for a slightly larger MTU is asked for.
 *
 * The PMD lays out frames without gaps, so a block, which must be a multiple
 * of the page size, is a multiple of the frame too. */
static void
put_af_packet(const struct netvsc_link *netvsc, struct netvsc_queues *queues,
              struct ds *s)
{
    int framesz = ROUND_UP(queues->mtu + ETH_HEADER_LEN + 2 * VLAN_HEADER_LEN
                           + 80, 1024);
    int blocksz = framesz * 4;

    queues->mtu = netvsc_mtu_for_data(queues->mtu, framesz);
    ds_put_format(s, "iface=%s,qpairs=%d,framesz=%d,blocksz=%d,framecnt=%d",
                  netvsc->rt.name, queues->n_rxq, framesz, blocksz,
                  framesz > 4096 ? 512 : 2048);
}

/* drivers/net/af_packet/rte_eth_af_packet.c, eth_dev_info(): before DPDK 26.03
 * max_rx_pktlen is ETH_FRAME_LEN and a CRC, whatever the frames hold. */
#define AF_PACKET_MAX_MTU \
    (RTE_VERSION < RTE_VERSION_NUM(26, 3, 0, 0) ? ETH_PAYLOAD_MAX : 0)

/* drivers/net/tap/rte_eth_tap.c: RTE_PMD_TAP_MAX_QUEUES is 16 or more.  But
 * tap_mp_req_on_rxtx() stores file descriptors in a message that has room for
 * RTE_MP_MAX_FD_NUM of them, 8 before DPDK 24.11, without looking: one for
 * each rxq and each txq, from 24.07 on one for each pair. */
#define TAP_MAX_QUEUES                                  \
    (RTE_VERSION < RTE_VERSION_NUM(24, 7, 0, 0) ? 4     \
     : RTE_VERSION < RTE_VERSION_NUM(24, 11, 0, 0) ? 8  \
     : 16)

/* tap_dev_info(): before DPDK 23.03 max_rx_pktlen is
 * RTE_ETHER_MAX_VLAN_FRAME_LEN, from which ethdev takes the Ethernet header
 * and the CRC. */
#define TAP_MAX_MTU \
    (RTE_VERSION < RTE_VERSION_NUM(23, 3, 0, 0) ? 1522 - 18 : 0)

static const struct netvsc_synthetic backends[] = {
    /* drivers/net/tap/rte_eth_tap.c: tap_dev_configure() refuses different
     * numbers of rxqs and txqs.  Its tap gets the address of the NetVSC device
     * and a rule for that when it is probed; tap_mac_set() would add another
     * rule and not find the old one, as tap_flow_implicit_destroy() looks for
     * another priority than priv_flow_process() gave it. */
    {
        .name = "tap",
        .pmd = "net_tap",
        .max_queues = TAP_MAX_QUEUES,
        .max_mtu = TAP_MAX_MTU,
        .equal_queues = true,
        .tap_prefix = NETVSC_TAP_PREFIX,
        .put_devargs = put_tap,
        .feature = NETVSC_KERNEL_TAP_REMOTE,
    },
    /* drivers/net/af_xdp/rte_eth_af_xdp.c: eth_dev_configure() refuses
     * different numbers of rxqs and txqs; packets of queues that it does not
     * open go to the kernel. */
    {
        .name = "af_xdp",
        .pmd = "net_af_xdp",
        .max_queues = 64,
        .equal_queues = true,
        .all_kernel_queues = true,
        .put_devargs = put_af_xdp,
        .feature = NETVSC_KERNEL_AF_XDP,
    },
    /* drivers/net/af_packet/rte_eth_af_packet.c: queue pairs. */
    {
        .name = "af_packet",
        .pmd = "net_af_packet",
        .max_mtu = AF_PACKET_MAX_MTU,
        .max_queues = 16,
        .equal_queues = true,
        .put_devargs = put_af_packet,
        .feature = NETVSC_KERNEL_AF_PACKET,
    },
};

/* Returns the backend named 'name', or a null pointer if there is none. */
const struct netvsc_synthetic *
netvsc_synthetic_by_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
        if (!strcmp(name, backends[i].name)) {
            return &backends[i];
        }
    }
    return NULL;
}

/* Returns the backend that is next best after 'b', the best if 'b' is a null
 * pointer, or a null pointer if there is none. */
const struct netvsc_synthetic *
netvsc_synthetic_next(const struct netvsc_synthetic *b)
{
    b = b ? b + 1 : backends;
    return b < &backends[ARRAY_SIZE(backends)] ? b : NULL;
}

/* Returns the backend whose PMD is named 'pmd', or a null pointer if there is
 * none. */
const struct netvsc_synthetic *
netvsc_synthetic_by_pmd(const char *pmd)
{
    for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
        if (!strcmp(pmd, backends[i].pmd)) {
            return &backends[i];
        }
    }
    return NULL;
}

/* Returns a null pointer if this kernel has what 'b' needs, otherwise what is
 * missing, for a person, as netvsc_kernel_check(). */
const char *
netvsc_synthetic_check(const struct netvsc_synthetic *b)
{
    return netvsc_kernel_check(b->feature);
}

/* Fills in '*spec', of a path over the device 'netvsc' by 'backend'.  'wanted'
 * is what the port asks for.  Returns true if successful, false if the devargs
 * are too long, when '*spec' is indeterminate. */
bool
netvsc_synthetic_make_spec(const struct netvsc_synthetic *backend,
                           const struct netvsc_link *netvsc,
                           const struct netvsc_queues *wanted,
                           struct netvsc_path_spec *spec)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct netvsc_queues *queues;
    bool ok;

    memset(spec, 0, sizeof *spec);
    spec->ifindex = netvsc->rt.ifindex;
    spec->serial = netvsc->serial;
    ovs_strlcpy(spec->ifname, netvsc->rt.name, sizeof spec->ifname);
    ovs_strlcpy(spec->vdev, backend->pmd, sizeof spec->vdev);
    spec->queues = *wanted;
    queues = &spec->queues;

    if (backend->all_kernel_queues) {
        queues->n_rxq = queues->n_txq = netvsc->n_channels;
    }
    queues->n_rxq = MIN(queues->n_rxq, backend->max_queues);
    queues->n_txq = MIN(queues->n_txq, backend->max_queues);
    if (backend->equal_queues) {
        queues->n_rxq = MIN(queues->n_rxq, queues->n_txq);
        queues->n_txq = queues->n_rxq;
    }

    if (backend->tap_prefix) {
        ovs_strlcpy(spec->tap_prefix, backend->tap_prefix,
                    sizeof spec->tap_prefix);
        spec->mac = netvsc->rt.mac;
    }
    backend->put_devargs(netvsc, queues, &s);
    ok = s.length < sizeof spec->devargs;
    ovs_strlcpy(spec->devargs, ds_cstr(&s), sizeof spec->devargs);
    ds_destroy(&s);
    return ok;
}
