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

#ifndef TRAFFIC_SEND_H
#define TRAFFIC_SEND_H 1

/* The senders, one for each direction: numbered packets at a steady rate.
 *
 * Packet n is due at base + n / rate.  The thread sleeps until then, by
 * absolute deadlines, and sends one packet; it sends several in one system
 * call only if it woke up late.  It never sends more than SENDER_BURST at
 * once and catches up at no more than twice the rate, so that a late wakeup
 * does not overrun the queues under test.  What it owes beyond a tenth of a
 * second is skipped, and counted: no sequence number is spent on it.
 *
 * One thread serves both directions, as most of the cost is waking up, unless
 * the rate is more than it could bear.
 *
 * Before the run they send packets that nobody counts, for the bridges on the
 * way to learn both addresses and for the datapath to set up each flow. */

#include <pthread.h>

#include "traffic-packet.h"
#include "traffic-seqset.h"
#include "traffic-util.h"

#define SENDER_BURST 32

/* Packets per second and direction from where on each gets a thread. */
#define SENDER_ALONE_RATE 25000

struct sender {
    const struct senders *all;
    enum traffic_dir dir;
    int fd;
    int ifindex;
    struct traffic_template template;
    struct batch *batch;        /* Packets about to be sent. */

    /* Pacing. */
    uint64_t limit;             /* Deadlines in all. */
    uint64_t n_deadlines;       /* Met or skipped so far. */
    bool done;

    /* Counters may be read meanwhile, the rest when the thread has ended. */
    counter next_seq;           /* Sequence numbers spent. */
    counter errors;             /* Packets that send() refused... */
    struct seqset *refused;     /* ...which: these are not sent. */
    int last_error;             /* ...and the last reason, an errno. */
    counter skipped;            /* Deadlines given up, see above. */
    uint64_t max_late_ns;       /* The latest that a packet was sent after its
                                 * deadline: a gap of up to that may be the
                                 * tool's own... */
    uint64_t max_late_at_ns;    /* ...and when, CLOCK_REALTIME. */
    uint64_t injected_drop, injected_dup, injected_swap;
};

struct sender_thread {
    pthread_t thread;
    struct sender *senders[TRAFFIC_N_DIRS];
    unsigned int n;
};

struct senders {
    /* Set by main() before senders_start(). */
    const struct traffic_config *config;
    int done_fd;                /* An eventfd: 1 by each that sent all. */
    uint64_t base_ns;           /* CLOCK_MONOTONIC, when the run starts. */
    const atomic_bool *stop;

    struct sender dirs[TRAFFIC_N_DIRS];
    struct sender_thread threads[TRAFFIC_N_DIRS];
    unsigned int n_threads;
};

void senders_start(struct senders *);
void senders_join(struct senders *);
void senders_destroy(struct senders *);

#endif /* traffic-send.h */
