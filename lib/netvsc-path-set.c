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

#include "netvsc-path-set.h"

#include <errno.h>
#include <rte_cycles.h>
#include <stdlib.h>

#include "dp-packet.h"
#include "netdev-provider.h"
#include "netvsc-offload.h"
#include "util.h"

/* What PMD threads read every burst is in two lines, the pointer's and the
 * set's (which xzalloc_cacheline() aligns), that only a change of paths writes.
 * What a PMD thread writes every burst, struct netvsc_rx_state, is its own. */
BUILD_ASSERT_DECL(offsetof(struct netvsc_dp, path_set) == 0);
BUILD_ASSERT_DECL(offsetof(struct netvsc_dp, no_path_tx_drops)
                  >= CACHE_LINE_SIZE);
BUILD_ASSERT_DECL(sizeof(struct netvsc_dp) % CACHE_LINE_SIZE == 0);
BUILD_ASSERT_DECL(offsetof(struct netvsc_path_set, max_skip_cycles)
                  <= CACHE_LINE_SIZE);

/* Makes 'dp' one without paths. */
void
netvsc_dp_init(struct netvsc_dp *dp)
{
    struct netvsc_path *const none[NETVSC_N_PATHS] = { NULL };
    const struct netvsc_queues queues = { .n_rxq = 1, .n_txq = 1 };

    struct netvsc_path_set *set = netvsc_path_set_create(none, NULL, &queues);

    ovsrcu_init(&dp->path_set, set);
    atomic_init(&dp->ticket, set->ticket);
    atomic_init(&dp->no_path_tx_drops, 0);
    atomic_init(&dp->invalid_tx_drops, 0);
}

/* Makes the PMD threads use 'set' from their next burst on.  A null pointer
 * only frees what was there, when 'dp' is no longer in use.  The caller must
 * exclude others from publishing; the old set is freed after a grace period,
 * its paths are left alone. */
void
netvsc_dp_publish(struct netvsc_dp *dp, struct netvsc_path_set *set)
{
    struct netvsc_path_set *old;

    old = ovsrcu_get_protected(struct netvsc_path_set *, &dp->path_set);
    if (set) {
        /* First, so that no queue remembers a set newer than this tells. */
        atomic_store_relaxed(&dp->ticket, set->ticket);
    }
    ovsrcu_set(&dp->path_set, set);
    if (old) {
        ovsrcu_postpone(free_cacheline, old);
    }
}

static unsigned long long int
read_counter(const atomic_ullong *counter)
{
    unsigned long long int n;

    atomic_read_relaxed(CONST_CAST(atomic_ullong *, counter), &n);
    return n;
}

/* Returns how many packets were dropped as there was no path to transmit on.
 * Any thread. */
unsigned long long int
netvsc_dp_get_tx_drops(const struct netvsc_dp *dp)
{
    return read_counter(&dp->no_path_tx_drops);
}

/* Returns how many packets were dropped as the offloads that they were marked
 * for could not be done.  Any thread. */
unsigned long long int
netvsc_dp_get_invalid_drops(const struct netvsc_dp *dp)
{
    return read_counter(&dp->invalid_tx_drops);
}

/* Returns a new path set for a port with the queues and the MTU of 'port',
 * which receives from the paths in 'rx' that are not null pointers and
 * transmits on 'tx', which may be a null pointer.
 *
 * The paths must stay open until a grace period after the set was replaced. */
struct netvsc_path_set *
netvsc_path_set_create(struct netvsc_path *const rx[NETVSC_N_PATHS],
                       struct netvsc_path *tx,
                       const struct netvsc_queues *port)
{
    static atomic_uint64_t last_ticket = ATOMIC_VAR_INIT(0);
    struct netvsc_path_set *set = xzalloc_cacheline(sizeof *set);
    uint64_t cycles_per_us = rte_get_tsc_hz() / 1000000;

    atomic_add(&last_ticket, NETVSC_MAX_DIRECT + 1, &set->ticket);
    set->ticket += NETVSC_MAX_DIRECT + 1;
    if (tx) {
        set->tx = tx->netdev;
        set->send = netvsc_offload_get_send(tx->netdev);
        set->tx_n_txq = tx->n_txq;
        set->tx_shared = tx->n_txq < port->n_txq;
        set->tx_complete = netvsc_offload_is_needed(tx->netdev);
        set->tx_mtu = MIN(port->mtu, tx->spec.queues.mtu);
        if (!set->tx_shared && !set->tx_complete) {
            set->tx_n_direct = tx->n_txq;
        }
    }
    set->tx_path = tx;
    set->n_rxq = port->n_rxq;
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        set->paths[i] = rx[i];
        if (rx[i] && rx[i]->n_rxq) {
            struct netvsc_rx_source *source = &set->sources[set->n_sources];

            source->rxqs = rx[i]->rxqs;
            source->recv = rx[i]->netdev->netdev_class->rxq_recv;
            if (rx[i] != tx) {
                set->older = set->n_sources;
            }
            set->source_n_rxq[set->n_sources++] = rx[i]->n_rxq;
        }
    }
    set->max_skip_cycles = (cycles_per_us ? cycles_per_us * NETVSC_MAX_SKIP_US
                            : UINT64_MAX);
    if (tx && set->n_sources > 1) {
        set->catch_up_until = (rte_rdtsc()
                               + cycles_per_us * NETVSC_MAX_CATCH_UP_US);
        atomic_count_set(&set->n_behind,
                         MIN(set->n_rxq, set->source_n_rxq[set->older]));
    }
    return set;
}

/* Takes note that a queue of the port has no more of 'set''s older source. */
static void
caught_up(const struct netvsc_path_set *set, struct netvsc_rx_state *state)
{
    state->behind = false;
    atomic_count_dec(&CONST_CAST(struct netvsc_path_set *, set)->n_behind);
}

/* Begins to use 'set' for the port's receive queue 'qid'.  What was known about
 * sources, by number, is kept: most of them stay as they are. */
static void
adopt(const struct netvsc_path_set *set, struct netvsc_rx_state *state,
      int qid)
{
    uint8_t tx_id = set->tx_path ? set->tx_path->id : NETVSC_NO_PATH;
    uint32_t n_direct = state->ticket & NETVSC_MAX_DIRECT;
    bool is_late = (state->ticket
                    && (state->catch_up || state->tx_id != tx_id));

    if (n_direct && state->quiet < NETVSC_N_PATHS) {
        state->sources[state->quiet].skip = n_direct;
    }
    state->ticket = set->ticket;
    state->tx_id = tx_id;

    state->behind = state->found_some = false;
    state->catch_up = 0;
    if (set->tx && set->n_sources > 1) {
        state->catch_up = is_late ? NETVSC_MAX_CATCH_UP : 0;
        state->behind = qid < set->source_n_rxq[set->older];
        if (!is_late && state->behind) {
            caught_up(set, state);
        }
    }
}

/* True if only 'set''s older source may be received for now. */
static inline bool
must_catch_up(const struct netvsc_path_set *set, struct netvsc_rx_state *state)
{
    if (OVS_UNLIKELY(state->catch_up) && !state->behind
        && (!atomic_count_get(&CONST_CAST(struct netvsc_path_set *,
                                          set)->n_behind)
            || rte_rdtsc() >= set->catch_up_until)) {
        state->catch_up = 0;
    }
    return state->catch_up;
}

/* Chooses the source to poll now.  Sources take turns, but one that keeps
 * being found empty is passed by up to NETVSC_MAX_SKIP times in a row. */
static inline int
choose_source(const struct netvsc_path_set *set, struct netvsc_rx_state *state)
{
    if (set->n_sources < 2) {
        return 0;
    }
    if (OVS_UNLIKELY(must_catch_up(set, state))) {
        if (state->behind && !--state->catch_up) {
            caught_up(set, state);
        }
        return set->older;
    }

    BUILD_ASSERT_DECL(NETVSC_N_PATHS == 2);
    int i = state->turn;
    if (state->sources[i].skip) {
        state->sources[i].skip--;
        i ^= 1;
    }
    state->turn = i ^ 1;
    return i;
}

/* For a queue of the port that no path has packets for. */
static int
recv_nothing(struct netdev_rxq *rxq OVS_UNUSED,
             struct dp_packet_batch *batch OVS_UNUSED, int *qfill OVS_UNUSED)
{
    return EAGAIN;
}

/* Settles where the next polls go, as far as that is known without looking at
 * what comes of them: to the only source, or to one whose partner is passed
 * by.  If both were found empty, that is the one transmitted on. */
static inline void
choose_direct(const struct netvsc_path_set *set, struct netvsc_rx_state *state,
              int qid)
{
    bool has_0 = qid < set->source_n_rxq[0];
    bool has_1 = qid < set->source_n_rxq[1];
    bool has_both = has_0 && has_1;
    int i = has_1;

    BUILD_ASSERT_DECL(NETVSC_N_PATHS == 2);
    if (OVS_UNLIKELY(state->catch_up)) {
        return;
    }
    if (OVS_LIKELY(has_both)) {
        if (!(state->sources[0].skip || state->sources[1].skip)) {
            return;
        }
        i = (!state->sources[0].skip ? 0
             : !state->sources[1].skip ? 1
             : set->older ^ 1);
    } else if (!has_0 && !has_1) {
        state->recv = recv_nothing;
        state->rxq = NULL;
        state->quiet = NETVSC_N_PATHS;
        state->ticket = set->ticket + NETVSC_MAX_DIRECT;
        return;
    }
    /* Several queues of the source take turns too. */
    if (qid + set->n_rxq < set->source_n_rxq[i]) {
        return;
    }
    state->recv = set->sources[i].recv;
    state->rxq = set->sources[i].rxqs[qid];
    if (has_both) {
        state->quiet = i ^ 1;
        state->ticket = set->ticket + state->sources[i ^ 1].skip;
        state->sources[i ^ 1].skip = 0;
        state->turn = i ^ 1;
        /* Nobody will know whether it was found empty. */
        state->sources[i].skip = state->sources[i].backoff = 0;
    } else {
        state->quiet = NETVSC_N_PATHS;
        state->ticket = set->ticket + NETVSC_MAX_DIRECT;
    }
}

/* Takes note that a queue of source 'i' was found empty. */
static inline void
note_empty(const struct netvsc_path_set *set, struct netvsc_rx_state *state,
           int i)
{
    if (state->sources[i].next >= set->source_n_rxq[i]) {
        /* All its queues had their turn. */
        uint8_t backoff = MIN(state->sources[i].backoff * 2 + 1,
                              NETVSC_MAX_SKIP);

        state->sources[i].skip = state->sources[i].backoff = backoff;
        if (OVS_UNLIKELY(state->behind) && i == set->older) {
            if (!state->found_some) {
                caught_up(set, state);
            }
            state->found_some = false;
        }
    }
}

/* Takes note that a queue of source 'i' had packets. */
static inline void
note_packets(const struct netvsc_path_set *set, struct netvsc_rx_state *state,
             int i)
{
    state->sources[i].backoff = 0;
    if (OVS_UNLIKELY(state->behind) && i == set->older) {
        state->found_some
            = state->sources[i].next < set->source_n_rxq[i];
    }
}

/* True if the last choice that found nothing is so long ago that a source was
 * passed by for too long.  Takes note of this one. */
static inline bool
was_skip_long(const struct netvsc_path_set *set, struct netvsc_rx_state *state)
{
    uint64_t now = rte_rdtsc();
    uint64_t elapsed = now - state->empty_at;

    state->empty_at = now;
    return elapsed >= set->max_skip_cycles;
}

/* Polls the next queue of source 'i' of 'set' that is the share of the port's
 * receive queue 'qid'. */
static inline int
poll_source(const struct netvsc_path_set *set, struct netvsc_rx_state *state,
            int i, int qid, struct dp_packet_batch *batch, int *qfill)
{
    int n_rxq = set->source_n_rxq[i];
    int queue;

    /* Queue 'qid' of the port serves the queues 'qid', 'qid' + n_rxq, ... of
     * the source, one after the other.  The last set may have had more. */
    queue = state->sources[i].next;
    if (OVS_UNLIKELY(queue >= n_rxq)) {
        queue = qid;
        if (queue >= n_rxq) {
            state->sources[i].next = UINT16_MAX;
            state->sources[i].backoff = NETVSC_MAX_SKIP;
            return EAGAIN;
        }
    }
    state->sources[i].next = queue + set->n_rxq;
    return set->sources[i].recv(set->sources[i].rxqs[queue], batch, qfill);
}

/* What netvsc_dp_recv() does if it is to choose a source of 'set', which is
 * the current one. */
int
netvsc_dp_recv_choose(const struct netvsc_path_set *set,
                      struct netvsc_rx_state *state,
                      const struct netdev_rxq *rxq,
                      struct dp_packet_batch *batch, int *qfill)
{
    int qid = rxq->queue_id;
    int error;
    int i;

    if (OVS_UNLIKELY((state->ticket & ~NETVSC_MAX_DIRECT) != set->ticket)) {
        adopt(set, state, qid);
    }
    i = choose_source(set, state);
    error = poll_source(set, state, i, qid, batch, qfill);
    if (error && set->n_sources > 1) {
        bool skip_long = was_skip_long(set, state);

        note_empty(set, state, i);
        if (OVS_UNLIKELY(must_catch_up(set, state))) {
            return error;
        }
        if (skip_long) {
            state->sources[i].skip = 0;
            state->sources[i].backoff = MIN(state->sources[i].backoff, 1);
        }
        i ^= 1;
        if (skip_long || !state->sources[i].backoff) {
            state->turn = i ^ 1;
            error = poll_source(set, state, i, qid, batch, qfill);
            if (error) {
                note_empty(set, state, i);
                if (skip_long) {
                    state->sources[i].skip = 0;
                }
            }
        }
    }
    if (!error) {
        note_packets(set, state, i);
    }
    choose_direct(set, state, qid);
    return error;
}

/* What netvsc_dp_send() does if there is more to do than to call the child. */
int
netvsc_dp_send_indirect(struct netvsc_dp *dp,
                        const struct netvsc_path_set *set, int qid,
                        struct dp_packet_batch *batch, bool concurrent_txq)
{
    unsigned long long int orig;

    if (!set->tx) {
        atomic_add_relaxed(&dp->no_path_tx_drops,
                           dp_packet_batch_size(batch), &orig);
        dp_packet_delete_batch(batch, true);
        return 0;
    }

    if (qid >= set->tx_n_txq) {
        qid %= set->tx_n_txq;
    }
    concurrent_txq |= set->tx_shared;
    if (set->tx_complete) {
        unsigned int n_invalid;
        int error = netvsc_offload_send(set->tx, qid, batch, concurrent_txq,
                                        set->tx_mtu, &n_invalid);

        if (OVS_UNLIKELY(n_invalid)) {
            atomic_add_relaxed(&dp->invalid_tx_drops, n_invalid, &orig);
        }
        return error;
    }
    return set->send(set->tx, qid, batch, concurrent_txq);
}
