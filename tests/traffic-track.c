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

#include "traffic-track.h"

#include <stdlib.h>
#include <string.h>

void
wire_init(struct wire *w)
{
    memset(w, 0, sizeof *w);
    w->seen = seqset_create();
    w->current = -1;
    w->initial = -1;
}

void
wire_destroy(struct wire *w)
{
    seqset_destroy(w->seen);
    free(w->switches);
}

static void
wire_add_switch(struct wire *w, int from, int to,
                const struct traffic_packet *packet, uint64_t time_ns)
{
    struct wire_switch *s;

    counter_add(&w->total_switches, 1);
    if (w->n_switches >= WIRE_MAX_SWITCHES) {
        return;
    }
    if (w->n_switches >= w->allocated_switches) {
        w->allocated_switches = w->allocated_switches * 2 + 64;
        w->switches = xrealloc(w->switches, w->allocated_switches,
                               sizeof *w->switches);
    }
    s = &w->switches[w->n_switches++];
    memset(s, 0, sizeof *s);
    s->from = from;
    s->to = to;
    s->last_old_seq = w->paths[from].last_seq;
    s->last_old_ns = w->paths[from].last_ns;
    s->first_new_seq = packet->seq;
    s->first_new_ns = time_ns;
    s->first_new_tx_ns = packet->tx_ns;
}

enum wire_news
wire_packet(struct wire *w, int path, const struct traffic_packet *packet,
            uint64_t time_ns)
{
    struct wire_path *p = &w->paths[path];
    int current = atomic_load_explicit(&w->current, memory_order_relaxed);
    enum wire_news news = WIRE_NOTHING;

    counter_add(&p->packets, 1);
    if (!p->first_ns) {
        p->first_ns = time_ns;
    }
    if (seqset_add(w->seen, packet->seq)) {
        counter_add(&w->copies, 1);
        return WIRE_NOTHING;
    }

    if (path != current) {
        if (current < 0) {
            w->initial = path;
            news = WIRE_FIRST;
        } else if (packet->seq < w->tenure_first) {
            if (w->n_switches) {
                struct wire_switch *s = &w->switches[w->n_switches - 1];

                s->stragglers++;
                s->last_straggler_ns = time_ns;
            }
            p->last_ns = time_ns;
            return WIRE_NOTHING;
        } else {
            wire_add_switch(w, current, path, packet, time_ns);
            news = WIRE_SWITCH;
        }
        w->tenure_first = packet->seq;
        atomic_store_explicit(&w->current, path, memory_order_relaxed);
    }
    p->last_ns = time_ns;
    p->last_seq = packet->seq;
    return news;
}

void
delivery_init(struct delivery *d, const struct traffic_config *config)
{
    uint64_t period = NSEC_PER_SEC / config->rate;

    memset(d, 0, sizeof *d);
    d->got = seqset_create();
    d->duplicated = seqset_create();
    d->reordered = seqset_create();
    d->flow_next = xcalloc(config->n_flows, sizeof *d->flow_next);
    d->notable_gap_ns = 2 * period + NSEC_PER_MSEC;
}

void
delivery_destroy(struct delivery *d)
{
    seqset_destroy(d->got);
    seqset_destroy(d->duplicated);
    seqset_destroy(d->reordered);
    free(d->flow_next);
    free(d->gaps);
}

static void
delivery_note_gap(struct delivery *d, uint64_t seq, uint64_t time_ns)
{
    struct delivery_gap gap = { .from_ns = d->last_ns, .to_ns = time_ns,
                                .from_seq = d->last_seq, .to_seq = seq };
    uint64_t length = gap.to_ns - gap.from_ns;

    if (length > d->longest.to_ns - d->longest.from_ns) {
        d->longest = gap;
    }
    if (length >= d->notable_gap_ns && d->n_gaps < DELIVERY_MAX_GAPS) {
        if (d->n_gaps >= d->allocated_gaps) {
            d->allocated_gaps = d->allocated_gaps * 2 + 64;
            d->gaps = xrealloc(d->gaps, d->allocated_gaps, sizeof *d->gaps);
        }
        d->gaps[d->n_gaps++] = gap;
    }
}

void
delivery_packet(struct delivery *d, const struct traffic_packet *packet,
                uint64_t time_ns)
{
    uint64_t *flow_next = &d->flow_next[packet->flow];
    uint64_t latency;

    if (seqset_add(d->got, packet->seq)) {
        counter_add(&d->copies, 1);
        if (!seqset_add(d->duplicated, packet->seq)) {
            counter_add(&d->n_duplicated, 1);
        }
        return;
    }

    if (packet->seq < *flow_next) {
        seqset_add(d->reordered, packet->seq);
        counter_add(&d->n_reordered, 1);
    } else {
        *flow_next = packet->seq + 1;
    }

    latency = time_ns > packet->tx_ns ? time_ns - packet->tx_ns : 0;
    d->latency_sum += latency;
    if (latency > d->latency_max) {
        d->latency_max = latency;
    }
    if (!counter_read(&d->n_got) || latency < d->latency_min) {
        d->latency_min = latency;
    }

    if (!d->last_ns) {
        d->first_ns = time_ns;
    } else if (time_ns > d->last_ns) {
        delivery_note_gap(d, packet->seq, time_ns);
    }
    if (time_ns > d->last_ns) {
        d->last_ns = time_ns;
    }
    d->last_seq = packet->seq;
    counter_add(&d->n_got, 1);
}

/* Everything that track_settle()'s steps look at. */
struct settling {
    uint64_t next_seq;
    const struct seqset *refused;
    const struct wire *wire;
    const struct delivery *delivery;
};

static bool
is_lost(const struct settling *c, uint64_t seq)
{
    return !seqset_has(c->delivery->got, seq) && !seqset_has(c->refused, seq);
}

static bool
is_faulty(const struct settling *c, uint64_t seq)
{
    return is_lost(c, seq)
           || seqset_has(c->delivery->duplicated, seq)
           || seqset_has(c->delivery->reordered, seq);
}

static void
count_losses(const struct settling *c, struct track_result *r)
{
    uint64_t run_end = UINT64_MAX;      /* Past the latest lost packet. */
    uint64_t seq;

    for (seq = 0; seq < c->next_seq; seq++) {
        if (!(seq & 63) && seqset_has_64(c->delivery->got, seq)
            && seqset_has_64(c->wire->seen, seq)) {
            seq += 63;
        } else if (is_lost(c, seq)) {
            r->lost++;
            if (seqset_has(c->wire->seen, seq)) {
                r->lost_after_wire++;
            } else {
                r->lost_before_wire++;
            }
            if (seq != run_end) {
                if (r->n_losses < TRACK_MAX_LOSSES) {
                    r->losses[r->n_losses].first_seq = seq;
                    r->losses[r->n_losses].count = 0;
                }
                r->n_losses++;
            }
            if (r->n_losses <= TRACK_MAX_LOSSES) {
                r->losses[r->n_losses - 1].count++;
            }
            run_end = seq + 1;
        } else if (seqset_has(c->delivery->got, seq)
                   && !seqset_has(c->wire->seen, seq)) {
            r->not_on_wire++;
        }
    }
}

/* Sets the switch's window, which may reach from 'floor' up to, but not
 * including, 'ceiling'. */
static void
find_window(const struct settling *c, struct wire_switch *s, uint64_t quiet,
            uint64_t floor, uint64_t ceiling)
{
    uint64_t low, high, seq, good;

    low = s->last_old_seq < s->first_new_seq ? s->last_old_seq
                                             : s->first_new_seq;
    high = s->last_old_seq > s->first_new_seq ? s->last_old_seq
                                              : s->first_new_seq;
    if (low < floor) {
        low = floor;
    }

    s->window_first = low;
    for (seq = low, good = 0; seq > floor && good < quiet; seq--) {
        if (is_faulty(c, seq - 1)) {
            s->window_first = seq - 1;
            good = 0;
        } else {
            good++;
        }
    }

    s->window_end = high + 1;
    for (seq = high + 1, good = 0; seq < ceiling && good < quiet; seq++) {
        if (is_faulty(c, seq)) {
            s->window_end = seq + 1;
            good = 0;
        } else {
            good++;
        }
    }
}

static void
blame_window(const struct settling *c, struct wire_switch *s)
{
    const struct delivery *d = c->delivery;
    uint64_t seq;
    size_t i;

    for (seq = s->window_first; seq < s->window_end; seq++) {
        s->lost += is_lost(c, seq);
        s->duplicated += seqset_has(d->duplicated, seq);
        s->reordered += seqset_has(d->reordered, seq);
    }

    for (i = 0; i < d->n_gaps; i++) {
        const struct delivery_gap *g = &d->gaps[i];
        uint64_t low = g->from_seq < g->to_seq ? g->from_seq : g->to_seq;
        uint64_t high = g->from_seq > g->to_seq ? g->from_seq : g->to_seq;

        if (low < s->window_end && high > s->window_first
            && g->to_ns - g->from_ns > s->delivery_gap_ns) {
            s->delivery_gap_ns = g->to_ns - g->from_ns;
        }
    }
}

void
track_settle(const struct traffic_config *config, uint64_t next_seq,
             const struct seqset *refused, struct wire *w,
             const struct delivery *d, struct track_result *r)
{
    const struct settling c = { .next_seq = next_seq, .refused = refused,
                                .wire = w, .delivery = d };
    uint64_t quiet = config->rate * config->quiet_ms / 1000;
    uint64_t floor = 0;
    size_t i;

    memset(r, 0, sizeof *r);
    r->received = counter_read(&d->n_got);
    r->duplicated = counter_read(&d->n_duplicated);
    r->copies = counter_read(&d->copies);
    r->reordered = counter_read(&d->n_reordered);
    count_losses(&c, r);
    r->sent = r->received + r->lost;

    if (quiet < 16) {
        quiet = 16;
    }
    r->lost_elsewhere = r->lost;
    r->duplicated_elsewhere = r->duplicated;
    r->reordered_elsewhere = r->reordered;
    for (i = 0; i < w->n_switches; i++) {
        struct wire_switch *s = &w->switches[i];
        uint64_t ceiling = next_seq;

        if (i + 1 < w->n_switches) {
            const struct wire_switch *next = s + 1;

            ceiling = next->last_old_seq < next->first_new_seq
                      ? next->last_old_seq : next->first_new_seq;
        }
        find_window(&c, s, quiet, floor, ceiling);
        blame_window(&c, s);
        floor = s->window_end;
        r->lost_elsewhere -= s->lost;
        r->duplicated_elsewhere -= s->duplicated;
        r->reordered_elsewhere -= s->reordered;
    }
}
