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

#define _GNU_SOURCE 1

#include "traffic-packet.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>

/* Offsets in the frame.  The IPv4 header has no options. */
enum {
    OFS_ETH_TYPE = 12,
    OFS_IP = 14,
    OFS_IP_PROTO = OFS_IP + 9,
    OFS_UDP = OFS_IP + 20,
    OFS_UDP_DST = OFS_UDP + 2,
    OFS_UDP_CSUM = OFS_UDP + 6,
    OFS_MAGIC = OFS_UDP + 8,        /* 4 octets */
    OFS_RUN_ID = OFS_MAGIC + 4,     /* 4 */
    OFS_DIR = OFS_RUN_ID + 4,       /* 1, then 1 of padding */
    OFS_FLOW = OFS_DIR + 2,         /* 2 */
    OFS_SEQ = OFS_FLOW + 2,         /* 8 */
    OFS_TX_NS = OFS_SEQ + 8,        /* 8 */
    OFS_END = OFS_TX_NS + 8,
};
_Static_assert(OFS_END == TRAFFIC_MIN_FRAME, "keep TRAFFIC_MIN_FRAME right");

#define MAGIC UINT32_C(0x4e567431)          /* "NVt1" */
#define MAGIC_WARMUP UINT32_C(0x4e567477)   /* "NVtw", no receiver counts. */

static void
put16(uint8_t *p, uint16_t value)
{
    p[0] = value >> 8;
    p[1] = value;
}

static void
put32(uint8_t *p, uint32_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value);
}

static void
put64(uint8_t *p, uint64_t value)
{
    put32(p, value >> 32);
    put32(p + 4, value);
}

static uint16_t
get16(const uint8_t *p)
{
    return p[0] << 8 | p[1];
}

static uint32_t
get32(const uint8_t *p)
{
    return (uint32_t) get16(p) << 16 | get16(p + 2);
}

static uint64_t
get64(const uint8_t *p)
{
    return (uint64_t) get32(p) << 32 | get32(p + 4);
}

/* The ones' complement sum, not folded, of 'len' octets. */
static uint32_t
sum(const uint8_t *p, size_t len)
{
    uint32_t total = 0;

    for (; len > 1; p += 2, len -= 2) {
        total += get16(p);
    }
    return len ? total + (p[0] << 8) : total;
}

static uint16_t
finish_sum(uint32_t total)
{
    while (total >> 16) {
        total = (total & 0xffff) + (total >> 16);
    }
    return ~total;
}

void
traffic_template_init(struct traffic_template *t,
                      const struct traffic_config *config,
                      enum traffic_dir dir, bool warmup)
{
    const struct traffic_end *src, *dst;
    uint8_t *f = t->frame;
    uint16_t ip_len = config->frame_size - OFS_IP;
    uint16_t udp_len = config->frame_size - OFS_UDP;

    src = dir == TRAFFIC_G2H ? &config->guest : &config->host;
    dst = dir == TRAFFIC_G2H ? &config->host : &config->guest;

    memset(f, 0, sizeof t->frame);
    t->size = config->frame_size;

    memcpy(f, dst->mac, 6);
    memcpy(f + 6, src->mac, 6);
    put16(f + OFS_ETH_TYPE, ETH_P_IP);

    f[OFS_IP] = 0x45;
    put16(f + OFS_IP + 2, ip_len);
    put16(f + OFS_IP + 6, 0x4000);      /* Don't fragment. */
    f[OFS_IP + 8] = 64;
    f[OFS_IP_PROTO] = IPPROTO_UDP;
    memcpy(f + OFS_IP + 12, &src->ip, 4);
    memcpy(f + OFS_IP + 16, &dst->ip, 4);
    put16(f + OFS_IP + 10, finish_sum(sum(f + OFS_IP, 20)));

    put16(f + OFS_UDP_DST, config->port);
    put16(f + OFS_UDP + 4, udp_len);
    put32(f + OFS_MAGIC, warmup ? MAGIC_WARMUP : MAGIC);
    put32(f + OFS_RUN_ID, config->run_id);
    f[OFS_DIR] = dir;

    /* Pseudo header, then everything.  The source port, the flow, the
     * sequence number and the time are still zero. */
    t->udp_sum = sum(f + OFS_IP + 12, 8) + IPPROTO_UDP + udp_len
                 + sum(f + OFS_UDP, udp_len);
}

void
traffic_template_fill(const struct traffic_template *t, uint8_t *frame,
                      uint16_t flow, uint64_t seq, uint64_t tx_ns)
{
    uint16_t csum;

    put16(frame + OFS_UDP, TRAFFIC_SRC_PORT + flow);
    put16(frame + OFS_FLOW, flow);
    put64(frame + OFS_SEQ, seq);
    put64(frame + OFS_TX_NS, tx_ns);

    csum = finish_sum(t->udp_sum + sum(frame + OFS_UDP, 2)
                      + sum(frame + OFS_FLOW, OFS_END - OFS_FLOW));
    put16(frame + OFS_UDP_CSUM, csum ? csum : 0xffff);
}

bool
traffic_packet_parse(const uint8_t *frame, size_t len,
                     struct traffic_packet *packet)
{
    if (len < OFS_END || get32(frame + OFS_MAGIC) != MAGIC
        || frame[OFS_DIR] >= TRAFFIC_N_DIRS) {
        return false;
    }
    packet->dir = frame[OFS_DIR];
    packet->flow = get16(frame + OFS_FLOW);
    packet->seq = get64(frame + OFS_SEQ);
    packet->tx_ns = get64(frame + OFS_TX_NS);
    return true;
}

/* Filters.  A jump's target is given as an index and turned into an offset
 * by finish_filter(), which puts the two ends, accept and drop, behind the
 * rest. */

enum { ACCEPT = 0xfe, DROP = 0xff };

static void
insn(struct traffic_filter *f, uint16_t code, uint32_t k, uint8_t jt,
     uint8_t jf)
{
    struct sock_filter *i = &f->insns[f->prog.len++];

    i->code = code;
    i->k = k;
    i->jt = jt;
    i->jf = jf;
}

/* Loads 'k' with 'code' and drops the frame unless the value is 'value'. */
static void
must_be(struct traffic_filter *f, uint16_t code, uint32_t k, uint32_t value)
{
    insn(f, BPF_LD | BPF_ABS | code, k, 0, 0);
    insn(f, BPF_JMP | BPF_JEQ | BPF_K, value, f->prog.len + 1, DROP);
}

static void
start_filter(struct traffic_filter *f, const struct traffic_config *config)
{
    memset(f, 0, sizeof *f);
    f->prog.filter = f->insns;
    must_be(f, BPF_H, OFS_ETH_TYPE, ETH_P_IP);
    must_be(f, BPF_B, OFS_IP_PROTO, IPPROTO_UDP);
    must_be(f, BPF_H, OFS_UDP_DST, config->port);
    must_be(f, BPF_W, OFS_MAGIC, MAGIC);
    must_be(f, BPF_W, OFS_RUN_ID, config->run_id);
}

static void
finish_filter(struct traffic_filter *f)
{
    unsigned int accept = f->prog.len;
    unsigned int i;

    insn(f, BPF_RET | BPF_K, TRAFFIC_MIN_FRAME, 0, 0);
    insn(f, BPF_RET | BPF_K, 0, 0, 0);
    for (i = 0; i < accept; i++) {
        struct sock_filter *s = &f->insns[i];

        if (BPF_CLASS(s->code) == BPF_JMP) {
            s->jt = (s->jt == ACCEPT ? accept
                     : s->jt == DROP ? accept + 1 : s->jt) - i - 1;
            s->jf = (s->jf == ACCEPT ? accept
                     : s->jf == DROP ? accept + 1 : s->jf) - i - 1;
        }
    }
}

void
traffic_filter_host(struct traffic_filter *f,
                    const struct traffic_config *config)
{
    unsigned int i;

    start_filter(f, config);
    insn(f, BPF_LD | BPF_ABS | BPF_B, OFS_DIR, 0, 0);
    i = f->prog.len;
    insn(f, BPF_JMP | BPF_JEQ | BPF_K, TRAFFIC_G2H, i + 1, i + 3);
    insn(f, BPF_LD | BPF_ABS | BPF_W, SKF_AD_OFF + SKF_AD_PKTTYPE, 0, 0);
    insn(f, BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, DROP, ACCEPT);

    /* i + 3: */
    must_be(f, BPF_W, SKF_AD_OFF + SKF_AD_PKTTYPE, PACKET_OUTGOING);
    insn(f, BPF_LD | BPF_ABS | BPF_W, SKF_AD_OFF + SKF_AD_IFINDEX, 0, 0);
    insn(f, BPF_JMP | BPF_JEQ | BPF_K, config->host.ifindex, DROP, ACCEPT);
    finish_filter(f);
}

void
traffic_filter_guest(struct traffic_filter *f,
                     const struct traffic_config *config)
{
    start_filter(f, config);
    must_be(f, BPF_B, OFS_DIR, TRAFFIC_H2G);
    insn(f, BPF_LD | BPF_ABS | BPF_W, SKF_AD_OFF + SKF_AD_PKTTYPE, 0, 0);
    insn(f, BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, DROP, ACCEPT);
    finish_filter(f);
}
