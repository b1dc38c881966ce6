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

#ifndef TRAFFIC_RECEIVE_H
#define TRAFFIC_RECEIVE_H 1

/* The two receivers.
 *
 * The host's thread sees both directions on the wire, and guest-to-host
 * delivery; the guest's sees host-to-guest delivery.  Each owns what it
 * writes, main() reads it after receiver_join(). */

#include <pthread.h>

#include "traffic-capture.h"
#include "traffic-track.h"
#include "traffic-watch.h"

/* What an interface index in the host's namespace means.  Interfaces are
 * recreated, so that it is asked again now and then. */
struct known_ifindex {
    int ifindex;
    int path;                   /* Index of the path, or one of PATH_*. */
    uint64_t expires_ns;        /* CLOCK_REALTIME, as the packets'. */
};
#define RECEIVER_N_KNOWN 64

struct receiver {
    /* Set by main() before receiver_open(). */
    const struct traffic_config *config;
    struct journal *journal;
    const atomic_bool *stop;    /* Look at what is left, then end. */
    bool is_host;

    /* The thread's. */
    pthread_t thread;
    struct capture capture;
    struct wire wire[TRAFFIC_N_DIRS];           /* Host only. */
    struct delivery delivery;                   /* G2H host, H2G guest. */
    counter strange;            /* Frames of this run that make no sense. */
    counter elsewhere;          /* Frames on interfaces that are no path. */
    struct known_ifindex known[RECEIVER_N_KNOWN];
    bool stalled;               /* Already slept, see --inject. */
};

/* Opens the capture; starts the thread. */
void receiver_open(struct receiver *);
void receiver_start(struct receiver *);
void receiver_join(struct receiver *);
void receiver_destroy(struct receiver *);

/* How a switch relates to the VF's comings and goings. */
struct switch_cause {
    bool to_vf, from_vf;
    uint64_t event_ns;          /* 0 if no event explains the switch. */
};
struct switch_cause switch_find_cause(const struct traffic_config *,
                                      struct journal *, const struct wire *,
                                      size_t index);

#endif /* traffic-receive.h */
