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

#ifndef TRAFFIC_WATCH_H
#define TRAFFIC_WATCH_H 1

/* What happens to the VF netdevice in the guest: a thread that follows
 * rtnetlink there and writes a journal.
 *
 * A VF netdevice is one that has the watched MAC address and whose name no
 * exclusion matches.  Netlink messages carry no time, so that an event's time
 * is when the thread read it; the thread asks for SCHED_FIFO to read it
 * early. */

#include <pthread.h>

#include "traffic-util.h"

enum vf_event {
    VF_APPEARED,
    VF_UP,                      /* IFF_UP and IFF_RUNNING, both. */
    VF_DOWN,                    /* No longer. */
    VF_GONE,
    VF_MARK,                    /* Not the VF: a caller's remark. */
};

const char *vf_event_name(enum vf_event);

struct journal_entry {
    uint64_t time_ns;           /* CLOCK_REALTIME. */
    enum vf_event event;
    bool initial;               /* It was so when the watch began. */
    int ifindex;
    char text[64];              /* Name of the netdevice, or the remark. */
};

/* Any thread. */
struct journal {
    pthread_mutex_t mutex;
    struct journal_entry *entries;
    size_t n, allocated;
};

void journal_init(struct journal *);
void journal_destroy(struct journal *);

/* Appends an entry and prints its "event" line. */
void journal_add(struct journal *, const struct traffic_config *,
                 enum vf_event, bool initial, int ifindex, const char *text);

/* The event behind a switch whose first packet was seen at 'time_ns'.
 *
 * To the VF: the latest VF_UP.  Away from it: the event which ended the
 * latest time that the VF was up, VF_DOWN or VF_GONE, whichever came first.
 * An event may be a little later than the packet, as the thread may read it
 * late (or the path may have moved before the kernel said so).
 *
 * 'previous_ns' is when the previous switch of this direction and kind was
 * seen, 0 if there was none: an event explains one switch only.  Returns the
 * time, or 0 if there is no such event. */
uint64_t journal_cause(struct journal *, bool to_vf, uint64_t time_ns,
                       uint64_t previous_ns);

struct watch {
    /* Set by main() before watch_start(). */
    const struct traffic_config *config;
    struct journal *journal;
    const atomic_bool *stop;

    /* The thread's. */
    pthread_t thread;
    int fd;
    counter overruns;           /* Times that events were lost. */
    struct watched *links;      /* VF netdevices that are there now. */
    size_t n_links, allocated_links;
};

/* Opens the socket, records what is there, starts the thread. */
void watch_start(struct watch *);
void watch_join(struct watch *);

#endif /* traffic-watch.h */
