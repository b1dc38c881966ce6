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

#include "netvsc-offload.h"

#include <netinet/in.h>
#include <string.h>

#include "coverage.h"
#include "crc32c.h"
#include "csum.h"
#include "dp-packet.h"
#include "netdev-provider.h"
#include "netvsc-config.h"
#include "packets.h"
#include "unaligned.h"
#include "userspace-tso.h"
#include "util.h"

/* All offloads that a packet may need. */
#define ALL_OFFLOADS (NETDEV_TX_OFFLOAD_IPV4_CKSUM      \
                      | NETDEV_TX_OFFLOAD_TCP_CKSUM     \
                      | NETDEV_TX_OFFLOAD_UDP_CKSUM     \
                      | NETDEV_TX_OFFLOAD_SCTP_CKSUM    \
                      | NETDEV_TX_OFFLOAD_TCP_TSO)

#ifdef HAVE_DP_PACKET_GSO_H

/* netdev_send() to the child does it all. */

uint64_t
netvsc_offload_port_flags(void)
{
    return ALL_OFFLOADS;
}

bool
netvsc_offload_is_needed(const struct netdev *child OVS_UNUSED)
{
    return false;
}

int (*netvsc_offload_get_send(const struct netdev *child OVS_UNUSED))(
    struct netdev *, int qid, struct dp_packet_batch *, bool concurrent_txq)
{
    return netdev_send;
}

int
netvsc_offload_send(struct netdev *child, int qid,
                    struct dp_packet_batch *batch, bool concurrent_txq,
                    int mtu OVS_UNUSED, unsigned int *n_invalid)
{
    *n_invalid = 0;
    return netdev_send(child, qid, batch, concurrent_txq);
}

#else /* !HAVE_DP_PACKET_GSO_H */

COVERAGE_DEFINE(netvsc_software_csum);
COVERAGE_DEFINE(netvsc_software_tso);
COVERAGE_DEFINE(netvsc_software_drop);

/* Returns the offloads, NETDEV_TX_OFFLOAD_*, that a port promises: all, for as
 * long as it exists, whatever paths it has.  Without userspace TSO no packet
 * needs any, and netdev-dpdk's ports promise none. */
uint64_t
netvsc_offload_port_flags(void)
{
    return userspace_tso_enabled() ? ALL_OFFLOADS : 0;
}

/* True if packets to 'child' must be sent by netvsc_offload_send(). */
bool
netvsc_offload_is_needed(const struct netdev *child)
{
    return (userspace_tso_enabled()
            && (child->ol_flags & ALL_OFFLOADS) != ALL_OFFLOADS);
}

/* Returns what to send packets to 'child' by that need nothing done before.
 * That is not netdev_send(), which would only look at each of them once more,
 * after the datapath's netdev_send() to the port, for offloads that no packet
 * needs or that the child has. */
int (*netvsc_offload_get_send(const struct netdev *child))(
    struct netdev *, int qid, struct dp_packet_batch *, bool concurrent_txq)
{
    return child->netdev_class->send;
}

static bool
l3_is_ipv4(const struct dp_packet *packet)
{
    return *(const uint8_t *) dp_packet_l3(packet) >> 4 == 4;
}

/* True if the headers of 'packet' are where they are said to be, so that they
 * can be worked on.  '*payload' is the number of bytes that follow the
 * transport header. */
static bool
check_headers(struct dp_packet *packet, size_t *payload)
{
    const uint8_t *l3 = dp_packet_l3(packet);
    const uint8_t *l4 = dp_packet_l4(packet);
    const struct tcp_header *tcp = dp_packet_l4(packet);
    size_t l4_size = dp_packet_l4_size(packet);
    size_t min_l3, hdr_len;

    if (!l3 || !l4 || l4 <= l3) {
        return false;
    }
    min_l3 = *l3 >> 4 == 4 ? IP_HEADER_LEN : IPV6_HEADER_LEN;
    if (l4 - l3 < min_l3) {
        return false;
    }
    if (dp_packet_hwol_is_tso(packet) || dp_packet_hwol_l4_is_tcp(packet)) {
        if (l4_size < TCP_HEADER_LEN) {
            return false;
        }
        hdr_len = TCP_OFFSET(tcp->tcp_ctl) * 4;
        if (hdr_len < TCP_HEADER_LEN) {
            return false;
        }
    } else if (dp_packet_hwol_l4_is_udp(packet)) {
        hdr_len = UDP_HEADER_LEN;
    } else {
        hdr_len = SCTP_HEADER_LEN;
    }
    if (l4_size < hdr_len) {
        return false;
    }
    *payload = l4_size - hdr_len;
    return true;
}

/* Returns the checksum of the pseudo-header, for 'l4_size' bytes of protocol
 * 'proto', and of these bytes. */
static ovs_be16
upper_layer_csum(const struct dp_packet *packet, uint8_t proto, size_t l4_size)
{
    const void *l3 = dp_packet_l3(packet);
    uint32_t partial = 0;

    if (l3_is_ipv4(packet)) {
        const struct ip_header *ip = l3;

        partial = csum_continue(partial, &ip->ip_src, sizeof ip->ip_src);
        partial = csum_continue(partial, &ip->ip_dst, sizeof ip->ip_dst);
    } else {
        const struct ovs_16aligned_ip6_hdr *ip6 = l3;

        partial = csum_continue(partial, &ip6->ip6_src, sizeof ip6->ip6_src);
        partial = csum_continue(partial, &ip6->ip6_dst, sizeof ip6->ip6_dst);
    }
    partial = csum_add16(partial, htons(proto));
    partial = csum_add16(partial, htons(l4_size));
    return csum_finish(csum_continue(partial, dp_packet_l4(packet), l4_size));
}

/* Completes the transport checksum of 'packet', which asks for that and has
 * passed check_headers(), whatever the field holds. */
static void
complete_csum(struct dp_packet *packet)
{
    size_t l4_size = dp_packet_l4_size(packet);
    void *l4 = dp_packet_l4(packet);

    if (dp_packet_hwol_l4_is_tcp(packet)) {
        struct tcp_header *tcp = l4;

        tcp->tcp_csum = 0;
        tcp->tcp_csum = upper_layer_csum(packet, IPPROTO_TCP, l4_size);
    } else if (dp_packet_hwol_l4_is_udp(packet)) {
        struct udp_header *udp = l4;

        udp->udp_csum = 0;
        udp->udp_csum = upper_layer_csum(packet, IPPROTO_UDP, l4_size);
        if (!udp->udp_csum) {
            udp->udp_csum = htons(0xffff);      /* 0 would mean "none". */
        }
    } else {
        struct sctp_header *sctp = l4;

        put_16aligned_be32(&sctp->sctp_csum, 0);
        put_16aligned_be32(&sctp->sctp_csum, crc32c(l4, l4_size));
    }
    *dp_packet_ol_flags_ptr(packet) &= ~(uint64_t) DP_PACKET_OL_TX_L4_MASK;
    COVERAGE_INC(netvsc_software_csum);
}

/* Returns segment number 'i' of 'packet', a TCP packet: 'len' bytes of its
 * payload from 'ofs' on, after the same headers, 'hdr_len' bytes of them. */
static struct dp_packet *
make_segment(const struct dp_packet *packet, int i, size_t hdr_len,
             size_t ofs, size_t len, bool last)
{
    struct dp_packet *seg;
    struct tcp_header *tcp;
    size_t l3_size;
    uint16_t flags;

    seg = dp_packet_new_with_headroom(hdr_len + len,
                                      dp_packet_headroom(packet));
    dp_packet_put(seg, dp_packet_data(packet), hdr_len);
    dp_packet_put(seg, (const char *) dp_packet_data(packet) + hdr_len + ofs,
                  len);

    /* As dp_packet_clone_with_headroom(). */
    memcpy(&seg->l2_pad_size, &packet->l2_pad_size,
           sizeof *seg - offsetof(struct dp_packet, l2_pad_size));
    dp_packet_set_l2_pad_size(seg, 0);
    if (dp_packet_rss_valid(packet)) {
        dp_packet_set_rss_hash(seg, dp_packet_get_rss_hash(packet));
    }

    l3_size = (const char *) dp_packet_tail(seg)
              - (const char *) dp_packet_l3(seg);
    if (l3_is_ipv4(seg)) {
        struct ip_header *ip = dp_packet_l3(seg);

        ip->ip_tot_len = htons(l3_size);
        ip->ip_id = htons(ntohs(ip->ip_id) + i);
        ip->ip_csum = 0;
        ip->ip_csum = csum(ip, IP_IHL(ip->ip_ihl_ver) * 4);
    } else {
        struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(seg);

        ip6->ip6_plen = htons(l3_size - sizeof *ip6);
    }

    tcp = dp_packet_l4(seg);
    put_16aligned_be32(&tcp->tcp_seq,
                       htonl(ntohl(get_16aligned_be32(&tcp->tcp_seq)) + ofs));
    flags = TCP_FLAGS(tcp->tcp_ctl);
    if (!last) {
        flags &= ~(TCP_FIN | TCP_PSH);
    }
    if (i) {
        flags &= ~TCP_CWR;
    }
    tcp->tcp_ctl = TCP_CTL(flags, TCP_OFFSET(tcp->tcp_ctl));
    tcp->tcp_csum = 0;
    tcp->tcp_csum = upper_layer_csum(seg, IPPROTO_TCP,
                                     dp_packet_l4_size(seg));
    return seg;
}

/* What netvsc_offload_send() has to send. */
struct out {
    unsigned int n_invalid;     /* Packets dropped. */
    struct netdev *child;
    int qid;
    bool concurrent_txq;
    struct dp_packet_batch batch;
};

/* Drops a packet that cannot be what its sender said. */
static void
drop(struct out *out, struct dp_packet *packet)
{
    COVERAGE_INC(netvsc_software_drop);
    out->n_invalid++;
    dp_packet_delete(packet);
}

static void
flush(struct out *out)
{
    if (!dp_packet_batch_is_empty(&out->batch)) {
        netdev_send(out->child, out->qid, &out->batch, out->concurrent_txq);
        dp_packet_batch_init(&out->batch);
    }
}

/* Adds 'packet' to what 'out' sends.  Packets of a batch must all be of one
 * source: netdev_dpdk_common_send() looks at the first alone. */
static void
put(struct out *out, struct dp_packet *packet)
{
    if (dp_packet_batch_is_full(&out->batch)
        || (!dp_packet_batch_is_empty(&out->batch)
            && out->batch.packets[0]->source != packet->source)) {
        flush(out);
    }
    dp_packet_batch_add(&out->batch, packet);
}

/* Adds the segments of 'packet', with 'payload' bytes after its headers and
 * for a link with an MTU of 'mtu' bytes, to what 'out' sends.  Takes 'packet'.
 * The size of segments that the sender had in mind is not known: Open vSwitch
 * 3.1 and 3.2 do not keep it, and have netdev-dpdk take its MTU too. */
static void
put_segments(struct out *out, struct dp_packet *packet, size_t payload,
             int mtu)
{
    const char *l3 = dp_packet_l3(packet);
    const char *l4 = dp_packet_l4(packet);
    const char *data = dp_packet_data(packet);
    size_t hdr_len = l4 - data + dp_packet_l4_size(packet) - payload;
    size_t l3_hdr_len = hdr_len - (l3 - data);
    size_t ofs, len;

    if (mtu <= l3_hdr_len) {
        drop(out, packet);
        return;
    }
    ofs = 0;
    for (int i = 0; ofs < payload || !i; i++) {
        len = MIN(payload - ofs, mtu - l3_hdr_len);
        put(out, make_segment(packet, i, hdr_len, ofs, len,
                              ofs + len >= payload));
        ofs += len;
    }
    COVERAGE_INC(netvsc_software_tso);
    dp_packet_delete(packet);
}

/* As netdev_send(), which it calls, but first does for 'child', the MTU of
 * which is to be 'mtu' bytes, what 'child' cannot do itself.  Packets stay in
 * order.  Stores in '*n_invalid' the number of packets that were dropped since
 * they are not what their sender said.  Returns 0. */
int
netvsc_offload_send(struct netdev *child, int qid,
                    struct dp_packet_batch *batch, bool concurrent_txq,
                    int mtu, unsigned int *n_invalid)
{
    struct out out = {
        .child = child, .qid = qid, .concurrent_txq = concurrent_txq
    };
    uint64_t have = child->ol_flags;
    struct dp_packet *packet;

    dp_packet_batch_init(&out.batch);
    DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
        bool tso = (dp_packet_hwol_is_tso(packet)
                    && !(have & NETDEV_TX_OFFLOAD_TCP_TSO));
        bool l4_csum = ((dp_packet_hwol_l4_is_tcp(packet)
                         && !(have & NETDEV_TX_OFFLOAD_TCP_CKSUM))
                        || (dp_packet_hwol_l4_is_udp(packet)
                            && !(have & NETDEV_TX_OFFLOAD_UDP_CKSUM))
                        || (dp_packet_hwol_l4_is_sctp(packet)
                            && !(have & NETDEV_TX_OFFLOAD_SCTP_CKSUM)));
        size_t payload;

        if (OVS_LIKELY(!tso && !l4_csum)) {
            put(&out, packet);
        } else if (!check_headers(packet, &payload)) {
            drop(&out, packet);
        } else if (tso) {
            put_segments(&out, packet, payload, mtu);
        } else {
            complete_csum(packet);
            put(&out, packet);
        }
    }
    dp_packet_batch_init(batch);
    flush(&out);
    *n_invalid = out.n_invalid;
    return 0;
}
#endif /* !HAVE_DP_PACKET_GSO_H */
