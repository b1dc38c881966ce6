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

#ifndef NETVSC_PATH_SET_H
#define NETVSC_PATH_SET_H 1

/* The data path.
 *
 * A path set says from which paths a port receives and on which it transmits.
 * It never changes: the monitor makes a new one and publishes it, the PMD
 * threads find it with one RCU load a burst and call one child.  Nothing in
 * here takes a lock, makes a system call or allocates memory; but see
 * netvsc-offload.h for packets that a child cannot transmit as they are. */

#include <stdbool.h>
#include <stdint.h>

#include "netvsc-path.h"
#include "openvswitch/compiler.h"
#include "ovs-atomic.h"
#include "ovs-rcu.h"
#include "util.h"

struct dp_packet_batch;
struct netdev;
struct netdev_rxq;

/* Where packets come from. */
struct netvsc_rx_source {
    struct netdev_rxq *const *rxqs;     /* The path's. */
    int (*recv)(struct netdev_rxq *, struct dp_packet_batch *, int *qfill);
};

struct netvsc_path_set {
    /* Read for every burst; together they fill no more than a cache line. */
    struct netdev *tx;          /* Transmit here; drop if a null pointer... */
    int (*send)(struct netdev *, int qid, struct dp_packet_batch *,
                bool concurrent_txq);           /* ...by this. */
    uint64_t ticket;            /* See NETVSC_MAX_DIRECT.  Later sets have
                                 * higher ones. */
    uint16_t tx_n_direct;       /* Transmit queues of 'tx', if all that there
                                 * is to do is to call 'send', otherwise 0. */
    uint8_t n_sources;          /* Number of elements of 'sources'. */
    uint8_t older;              /* The source not transmitted on. */
    uint16_t source_n_rxq[NETVSC_N_PATHS];  /* Those of each source. */
    struct netvsc_rx_source sources[NETVSC_N_PATHS];

    /* Read now and then only. */
    uint64_t max_skip_cycles;   /* NETVSC_MAX_SKIP_US, of the TSC. */
    uint64_t catch_up_until;    /* Of the TSC: see 'n_behind'. */
    uint16_t n_rxq;             /* The port's own receive queues. */

    /* Not needed if 'tx_n_direct' queues are enough. */
    uint16_t tx_n_txq;          /* Number of transmit queues of 'tx'. */
    bool tx_shared;             /* Fewer than the port has? */
    bool tx_complete;           /* Offloads that 'tx' lacks are done before. */
    uint16_t tx_mtu;            /* Bytes, for the segments of TCP. */

    /* For the control side. */
    struct netvsc_path *paths[NETVSC_N_PATHS];  /* Those received from. */
    struct netvsc_path *tx_path;                /* The owner of 'tx'. */

    /* The port's receive queues that may still have packets of the older
     * source.  Written only while there are some. */
    atomic_count n_behind;
};

/* How often in a row a path that keeps being found empty is passed by when its
 * turn comes, so that at most one burst more of the other path, each of at most
 * NETDEV_MAX_BURST packets, is between two polls of it. */
#define NETVSC_MAX_SKIP 63

/* If it turns out that this took as long as that, microseconds, as bursts take
 * long or the PMD thread sleeps between polls (pmd-maxsleep), it is polled the
 * next time and passed by less often from then on. */
#define NETVSC_MAX_SKIP_US 20

/* When the path transmitted on changes, the host changes its path too, and
 * what is still on the former path is older.  It is received first, in at most
 * so many polls of each queue, so that a flow stays in order.  The flow may be
 * on queues of two PMD threads: so those that have caught up wait for the
 * others, but no longer than so many microseconds, in which a ring of 2048
 * descriptors, netdev-dpdk's default, takes 8 million packets a second. */
#define NETVSC_MAX_CATCH_UP 128
#define NETVSC_MAX_CATCH_UP_US 250

/* What a receive queue of the port remembers.  Only the PMD thread that polls
 * the queue touches it.
 *
 * A poll either chooses a source, and takes note of what comes of it, or goes
 * straight to where the last choice said that the next so many polls are to
 * go, up to NETVSC_MAX_DIRECT.  How many there are left is in the lower bits of
 * 'ticket', the rest of it is the set's: so one comparison tells whether there
 * is a newer set or no poll left. */
#define NETVSC_MAX_DIRECT ((UINT64_C(1) << 24) - 1)

struct netvsc_rx_state {
    int (*recv)(struct netdev_rxq *, struct dp_packet_batch *, int *qfill);
    struct netdev_rxq *rxq;     /* Polled directly, by 'recv'. */
    uint64_t empty_at;          /* Of the TSC: when a choice was made last that
                                 * found nothing. */
    uint64_t ticket;            /* Of the set that this is about, for the polls
                                 * of 'rxq' before the next choice... */
    uint8_t quiet;              /* ...and the source passed by meanwhile, or
                                 * NETVSC_N_PATHS. */
    uint8_t turn;               /* Source to poll next. */
    uint8_t tx_id;              /* The path that the set transmits on. */
    uint8_t catch_up;           /* Polls that the older source still has, as
                                 * long as this queue is behind; 0 if the
                                 * newer one may be received. */
    bool behind;                /* One of the set's 'n_behind'... */
    bool found_some;            /* ...for which the older source had packets
                                 * since all its queues were last polled. */
    struct {
        uint16_t next;          /* Its queue to poll next. */
        uint8_t skip;           /* Polls to pass it by. */
        uint8_t backoff;        /* What 'skip' was set to last. */
    } sources[NETVSC_N_PATHS];
};

/* A port's published path set and what the data path counts, in cache lines
 * that nothing else writes. */
struct netvsc_dp {
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline0,
        OVSRCU_TYPE(struct netvsc_path_set *) path_set;
        atomic_uint64_t ticket; /* The set's. */
    );
    PADDED_MEMBERS_CACHELINE_MARKER(CACHE_LINE_SIZE, cacheline1,
        atomic_ullong no_path_tx_drops;
        atomic_ullong invalid_tx_drops;
    );
};

void netvsc_dp_init(struct netvsc_dp *);
void netvsc_dp_publish(struct netvsc_dp *, struct netvsc_path_set *);
unsigned long long int netvsc_dp_get_tx_drops(const struct netvsc_dp *);
unsigned long long int netvsc_dp_get_invalid_drops(const struct netvsc_dp *);

struct netvsc_path_set *netvsc_path_set_create(
    struct netvsc_path *const rx[NETVSC_N_PATHS], struct netvsc_path *tx,
    const struct netvsc_queues *port);

int netvsc_dp_recv_choose(const struct netvsc_path_set *,
                          struct netvsc_rx_state *, const struct netdev_rxq *,
                          struct dp_packet_batch *, int *qfill);
int netvsc_dp_send_indirect(struct netvsc_dp *,
                            const struct netvsc_path_set *, int qid,
                            struct dp_packet_batch *, bool concurrent_txq);

static inline const struct netvsc_path_set *
netvsc_dp_get(const struct netvsc_dp *dp)
{
    return ovsrcu_get(struct netvsc_path_set *, &dp->path_set);
}

/* Receives a burst from one of the paths for the port's receive queue 'rxq'.
 * As netdev_class's rxq_recv: returns 0 if there are packets in 'batch', else
 * a positive errno value, EAGAIN if there just are none, and 'batch' is not to
 * be looked at.  All packets of a batch come from one path.
 *
 * If the path whose turn it is turns out to be empty while the other may have
 * packets, the other is polled as well: so a busy port never seems idle to the
 * datapath, which may put a PMD thread to sleep then (pmd-maxsleep). */
static inline int
netvsc_dp_recv(const struct netvsc_dp *dp, struct netvsc_rx_state *state,
               const struct netdev_rxq *rxq, struct dp_packet_batch *batch,
               int *qfill)
{
    uint64_t ticket;

    /* As good as a load of the set: this changes before the grace period in
     * which what the last one had may still be used. */
    atomic_read_relaxed(&CONST_CAST(struct netvsc_dp *, dp)->ticket, &ticket);
    if (OVS_LIKELY(state->ticket > ticket)) {
        state->ticket--;
        return state->recv(state->rxq, batch, qfill);
    }
    return netvsc_dp_recv_choose(netvsc_dp_get(dp), state, rxq, batch, qfill);
}

/* Transmits 'batch', for the port's transmit queue 'qid', on the path that the
 * policy chose.  As netdev_class's send: takes the packets, returns 0, or a
 * positive errno value as the child gives it. */
static inline int
netvsc_dp_send(struct netvsc_dp *dp, int qid, struct dp_packet_batch *batch,
               bool concurrent_txq)
{
    const struct netvsc_path_set *set = netvsc_dp_get(dp);

    if (OVS_LIKELY(qid < set->tx_n_direct)) {
        return set->send(set->tx, qid, batch, concurrent_txq);
    }
    return netvsc_dp_send_indirect(dp, set, qid, batch, concurrent_txq);
}

#endif /* netvsc-path-set.h */
