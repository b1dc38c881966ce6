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

#ifndef TRAFFIC_TRACK_H
#define TRAFFIC_TRACK_H 1

/* What happened to the packets of one direction, by sequence number.
 *
 * There are two points of view.  The *wire* is the host's end of a path: it
 * tells which path a packet took and when the path changed.  *Delivery* is
 * the receiver's interface: it tells what was lost, duplicated, reordered.
 *
 *   - lost: sent, and never delivered.
 *   - duplicated: delivered more than once, whatever the number of copies.
 *   - reordered: delivered for the first time after a packet of the same flow
 *     that has a higher sequence number.
 *   - switch: a packet seen on the wire for the first time (copies, as of a
 *     flooding bridge, do not count) on another path than the packet seen
 *     before it.  A packet on the path just left whose sequence number is
 *     below that of the first packet on the new path was merely on its way:
 *     it is a straggler, not a switch.
 *   - gap of a switch: time of the first packet on the new path less that of
 *     the last packet on the old path before it.
 *   - window of a switch: what is blamed on it.  From the last packet on the
 *     old path to the first on the new one, extended both ways until as many
 *     packets as are sent in --quiet-ms were delivered once and in order.  It
 *     does not reach into the previous switch's window, nor up to the next
 *     switch.  A packet lost, duplicated or reordered in a window counts for
 *     that switch; others are "elsewhere".
 *
 * A struct belongs to the one thread that captures at its point of view;
 * counters may be read meanwhile.  Nothing here does I/O. */

#include "traffic-packet.h"
#include "traffic-seqset.h"
#include "traffic-util.h"

#define WIRE_MAX_SWITCHES 65536
#define DELIVERY_MAX_GAPS 65536

struct wire_switch {
    int from, to;               /* Indexes of paths. */
    uint64_t last_old_seq, last_old_ns;
    uint64_t first_new_seq, first_new_ns, first_new_tx_ns;
    uint64_t stragglers, last_straggler_ns;

    /* Filled in by track_settle(). */
    uint64_t window_first, window_end;  /* Half open. */
    uint64_t lost, duplicated, reordered;
    uint64_t delivery_gap_ns;   /* Longest silence at delivery, 0 if none
                                 * was longer than usual. */
};

struct wire_path {
    counter packets;            /* Copies included. */
    uint64_t first_ns, last_ns, last_seq;
};

struct wire {
    struct seqset *seen;
    struct wire_path paths[TRAFFIC_MAX_PATHS];
    counter copies;             /* Seen on the wire before. */
    atomic_int current;         /* Path of the latest packet, or -1. */
    int initial;                /* Path of the first one, or -1. */
    uint64_t tenure_first;      /* First sequence number on 'current'. */

    struct wire_switch *switches;
    size_t n_switches, allocated_switches;
    counter total_switches;     /* May exceed WIRE_MAX_SWITCHES. */
};

void wire_init(struct wire *);
void wire_destroy(struct wire *);

enum wire_news { WIRE_NOTHING, WIRE_FIRST, WIRE_SWITCH };

/* Takes a packet seen on 'path'.  Tells whether it was the first of all, or
 * the first of a switch, which is then the last in 'switches', unless there
 * are too many of them to keep. */
enum wire_news wire_packet(struct wire *, int path,
                           const struct traffic_packet *, uint64_t time_ns);

struct delivery_gap {
    uint64_t from_ns, to_ns;
    uint64_t from_seq, to_seq;
};

struct delivery {
    struct seqset *got, *duplicated, *reordered;
    uint64_t *flow_next;        /* By flow, highest sequence number + 1. */

    counter n_got, n_duplicated, n_reordered;
    counter copies;             /* Deliveries beyond each one's first. */

    uint64_t first_ns, last_ns, last_seq;
    uint64_t latency_min, latency_max, latency_sum;

    struct delivery_gap longest;
    struct delivery_gap *gaps;  /* The notable ones, longer than... */
    size_t n_gaps, allocated_gaps;
    uint64_t notable_gap_ns;
};

void delivery_init(struct delivery *, const struct traffic_config *);
void delivery_destroy(struct delivery *);
void delivery_packet(struct delivery *, const struct traffic_packet *,
                     uint64_t time_ns);

/* A run of lost packets. */
struct loss {
    uint64_t first_seq, count;
};
#define TRACK_MAX_LOSSES 1000

/* One direction, after the run. */
struct track_result {
    uint64_t sent, received;
    uint64_t lost;
    uint64_t lost_before_wire;  /* Not seen on any path. */
    uint64_t lost_after_wire;   /* Seen on a path, but not delivered. */
    uint64_t duplicated, copies, reordered;
    uint64_t lost_elsewhere, duplicated_elsewhere, reordered_elsewhere;
    uint64_t not_on_wire;       /* Delivered, but on none of the paths. */
    struct loss losses[TRACK_MAX_LOSSES];
    size_t n_losses;            /* Runs, of which no more are kept. */
};

/* Computes 'result' and completes wire->switches.  Sequence numbers below
 * 'next_seq' have been sent, except those in 'refused'. */
void track_settle(const struct traffic_config *, uint64_t next_seq,
                  const struct seqset *refused, struct wire *,
                  const struct delivery *, struct track_result *);

#endif /* traffic-track.h */
