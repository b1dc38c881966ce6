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

/* offload: what a child gets of packets that need offloads it lacks. */

#include <config.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crc32c.h"
#include "csum.h"
#include "dp-packet.h"
#include "flow.h"
#include "netdev-provider.h"
#include "netvsc-offload.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "smap.h"
#include "test-netvsc.h"
#include "unaligned.h"
#include "userspace-tso.h"
#include "util.h"

/* What the child is to get, byte for byte, and where we are in there. */
static struct ds expected = DS_EMPTY_INITIALIZER;
static size_t n_seen;
static uint32_t next_seq;

/* Checks 'packet', as a receiver would: its lengths and its checksums. */
static void
check_packet(struct dp_packet *packet)
{
    uint32_t partial = 0;
    struct flow flow;
    size_t l4_size, hdr_len = 0;
    bool good = true;
    void *l4;

    dp_packet_reset_offsets(packet);
    flow_extract(packet, &flow);
    l4 = dp_packet_l4(packet);
    l4_size = dp_packet_l4_size(packet);
    ovs_assert(l4);
    if (flow.dl_type == htons(ETH_TYPE_IP)) {
        const struct ip_header *ip = dp_packet_l3(packet);

        good &= !csum(ip, IP_IHL(ip->ip_ihl_ver) * 4);
        good &= ntohs(ip->ip_tot_len) == (char *) dp_packet_tail(packet)
                                          - (char *) dp_packet_l3(packet);
        partial = csum_continue(0, &ip->ip_src, 8);
        printf(" id=%d", ntohs(ip->ip_id));
    } else {
        const struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(packet);

        good &= ntohs(ip6->ip6_plen) == l4_size;
        partial = csum_continue(0, &ip6->ip6_src, 32);
    }
    partial = csum_add16(partial, htons(flow.nw_proto));
    partial = csum_add16(partial, htons(l4_size));

    if (flow.nw_proto == IPPROTO_TCP) {
        struct tcp_header *tcp = l4;
        uint32_t seq = ntohl(get_16aligned_be32(&tcp->tcp_seq));

        hdr_len = TCP_OFFSET(tcp->tcp_ctl) * 4;
        good &= !csum_finish(csum_continue(partial, l4, l4_size));
        good &= seq == next_seq;
        next_seq = seq + l4_size - hdr_len;
        printf(" flags=%s%s%s",
               TCP_FLAGS(tcp->tcp_ctl) & TCP_CWR ? "C" : "",
               TCP_FLAGS(tcp->tcp_ctl) & TCP_PSH ? "P" : "",
               TCP_FLAGS(tcp->tcp_ctl) & TCP_FIN ? "F" : "");
    } else if (flow.nw_proto == IPPROTO_UDP) {
        struct udp_header *udp = l4;

        hdr_len = UDP_HEADER_LEN;
        good &= udp->udp_csum != 0;
        good &= !csum_finish(csum_continue(partial, l4, l4_size));
    } else {
        struct sctp_header *sctp = l4;
        ovs_be32 crc = get_16aligned_be32(&sctp->sctp_csum);

        hdr_len = SCTP_HEADER_LEN;
        put_16aligned_be32(&sctp->sctp_csum, 0);
        good &= crc == crc32c(l4, l4_size);
    }

    /* Nothing is lost, repeated or changed. */
    ovs_assert(n_seen + l4_size - hdr_len <= expected.length);
    good &= !memcmp((char *) l4 + hdr_len, expected.string + n_seen,
                    l4_size - hdr_len);
    n_seen += l4_size - hdr_len;
    printf(" %s%u\n", good ? "" : "BAD ", dp_packet_size(packet));
}

static int
fake_send(struct netdev *netdev OVS_UNUSED, int qid OVS_UNUSED,
          struct dp_packet_batch *batch, bool concurrent_txq OVS_UNUSED)
{
    enum dp_packet_source source = batch->packets[0]->source;
    struct dp_packet *packet;

    printf("  burst of %"PRIuSIZE"\n", dp_packet_batch_size(batch));
    DP_PACKET_BATCH_FOR_EACH (i, packet, batch) {
        ovs_assert(packet->source == source);
        printf("   ");
        if (dp_packet_hwol_is_tso(packet)
            || dp_packet_hwol_l4_mask(packet)) {
            printf(" left to the child %u\n", dp_packet_size(packet));
            n_seen += dp_packet_hwol_l4_is_tcp(packet)
                      ? dp_packet_get_tcp_payload_length(packet)
                      : dp_packet_l4_size(packet) - UDP_HEADER_LEN;
        } else {
            check_packet(packet);
        }
    }
    dp_packet_delete_batch(batch, true);
    return 0;
}

static const struct netdev_class fake_class = {
    .type = "fake",
    .is_pmd = true,
    .send = fake_send,
};

/* What a packet is like. */
struct spec {
    bool ip6, vlan, tso, fin;
    uint8_t proto;
    int payload;
    bool no_offload;            /* Complete already. */
};

static struct dp_packet *
make_packet(const struct spec *spec)
{
    struct dp_packet *packet = dp_packet_new(64);
    struct flow flow;
    uint8_t *payload = xmalloc(spec->payload + 1);

    memset(&flow, 0, sizeof flow);
    flow.dl_type = htons(spec->ip6 ? ETH_TYPE_IPV6 : ETH_TYPE_IP);
    flow.nw_proto = spec->proto;
    flow.nw_ttl = 64;
    if (spec->ip6) {
        flow.ipv6_src.s6_addr[15] = 1;
        flow.ipv6_dst.s6_addr[15] = 2;
    } else {
        flow.nw_src = htonl(0xc0000201);
        flow.nw_dst = htonl(0xc0000202);
    }
    if (spec->vlan) {
        flow.vlans[0].tpid = htons(ETH_TYPE_VLAN_8021Q);
        flow.vlans[0].tci = htons(VLAN_CFI | 7);
    }
    flow.tp_src = htons(1000);
    flow.tp_dst = htons(2000);
    if (spec->proto == IPPROTO_TCP) {
        flow.tcp_flags = htons(TCP_ACK | TCP_PSH | TCP_CWR);
    }
    for (int i = 0; i < spec->payload; i++) {
        payload[i] = i * 7 + (i >> 8);
    }
    flow_compose(packet, &flow, payload, spec->payload);
    if (spec->proto != IPPROTO_SCTP) {          /* Made without payload. */
        ds_put_buffer(&expected, (char *) payload, spec->payload);
    }
    free(payload);
    dp_packet_reset_offsets(packet);
    flow_extract(packet, &flow);

    if (spec->proto == IPPROTO_TCP) {
        struct tcp_header *tcp = dp_packet_l4(packet);

        next_seq = ntohl(get_16aligned_be32(&tcp->tcp_seq));
    }
    if (!spec->no_offload) {
        if (spec->proto == IPPROTO_TCP) {
            struct tcp_header *tcp = dp_packet_l4(packet);

            /* With it, flow_compose() would leave out the payload. */
            tcp->tcp_ctl |= spec->fin ? htons(TCP_FIN) : 0;
            tcp->tcp_csum = htons(0xbad);
            dp_packet_hwol_set_csum_tcp(packet);
        } else if (spec->proto == IPPROTO_UDP) {
            struct udp_header *udp = dp_packet_l4(packet);

            udp->udp_csum = htons(0xbad);
            dp_packet_hwol_set_csum_udp(packet);
        } else {
            struct sctp_header *sctp = dp_packet_l4(packet);

            put_16aligned_be32(&sctp->sctp_csum, htonl(0xbad));
            dp_packet_hwol_set_csum_sctp(packet);
        }
        if (spec->ip6) {
            dp_packet_hwol_set_tx_ipv6(packet);
        } else {
            dp_packet_hwol_set_tx_ipv4(packet);
        }
        if (spec->tso) {
            dp_packet_hwol_set_tcp_seg(packet);
        }
    } else if (spec->proto == IPPROTO_SCTP) {
        struct sctp_header *sctp = dp_packet_l4(packet);

        put_16aligned_be32(&sctp->sctp_csum, 0);
        put_16aligned_be32(&sctp->sctp_csum,
                           crc32c((uint8_t *) sctp,
                                  dp_packet_l4_size(packet)));
    }
    return packet;
}

/* A line is
 *
 *   [child=all|none|no-sctp|csum] [mtu=BYTES]
 *   {[udp | sctp | tso] [ip6] [vlan] [fin] [complete] payload=BYTES}...
 *   [cut=BYTES] [lost]
 *
 * a child with these offloads and a batch of packets, TCP if not said
 * otherwise, the last without so many bytes at its end, and the result is what
 * the child gets: all payload, or none if it is to be lost. */
void
test_offload(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct smap config = SMAP_CONST1(&config, "userspace-tso-enable", "true");
    struct test_line line;

    ovs_assert(!netvsc_offload_port_flags());
    userspace_tso_init(&config);
    while (test_next_line(&line)) {
        struct netdev child = {
            .name = CONST_CAST(char *, "fake"), .netdev_class = &fake_class,
        };
        struct spec spec = { .proto = IPPROTO_TCP };
        struct dp_packet_batch batch;
        unsigned int n_lost = 0;
        int mtu = 1500;

        ds_clear(&expected);
        n_seen = 0;
        dp_packet_batch_init(&batch);
        while (test_next_word(&line)) {
            if (test_word_is(&line, "child")) {
                child.ol_flags = netvsc_offload_port_flags();
                if (!strcmp(line.value, "none")) {
                    child.ol_flags = 0;
                } else if (!strcmp(line.value, "no-sctp")) {
                    child.ol_flags &= ~NETDEV_TX_OFFLOAD_SCTP_CKSUM;
                } else if (!strcmp(line.value, "csum")) {
                    child.ol_flags &= ~NETDEV_TX_OFFLOAD_TCP_TSO;
                }
            } else if (test_word_is(&line, "mtu")) {
                mtu = test_int_value(&line);
            } else if (test_word_is(&line, "udp")) {
                spec.proto = IPPROTO_UDP;
            } else if (test_word_is(&line, "sctp")) {
                spec.proto = IPPROTO_SCTP;
            } else if (test_word_is(&line, "tso")) {
                spec.tso = true;
            } else if (test_word_is(&line, "ip6")) {
                spec.ip6 = true;
            } else if (test_word_is(&line, "vlan")) {
                spec.vlan = true;
            } else if (test_word_is(&line, "fin")) {
                spec.fin = true;
            } else if (test_word_is(&line, "complete")) {
                spec.no_offload = true;
            } else if (test_word_is(&line, "payload")) {
                spec.payload = test_int_value(&line);
                dp_packet_batch_add(&batch, make_packet(&spec));
                spec = (struct spec) { .proto = IPPROTO_TCP };
            } else if (test_word_is(&line, "cut")) {
                struct dp_packet *packet = batch.packets[batch.count - 1];

                dp_packet_set_size(packet, dp_packet_size(packet)
                                           - test_int_value(&line));
            } else if (test_word_is(&line, "lost")) {
                n_lost = dp_packet_batch_size(&batch);
                ds_clear(&expected);
            } else {
                test_bad_word(&line);
            }
        }
        if (netvsc_offload_is_needed(&child)) {
            unsigned int n_invalid;

            netvsc_offload_send(&child, 0, &batch, false, mtu, &n_invalid);
            ovs_assert(n_invalid == n_lost);
        } else {
            netdev_send(&child, 0, &batch, false);
        }
        ovs_assert(n_seen == expected.length);
    }
    ds_destroy(&expected);
}
