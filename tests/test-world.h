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

#ifndef TEST_WORLD_H
#define TEST_WORLD_H 1

/* A port in a world of its own: a kernel that shows it devices, a monitor that
 * may miss that, a worker that takes its time and may fail, an operator.  The
 * policy decides; this carries out and checks. */

#include <stdbool.h>
#include <stddef.h>

#include "netvsc-policy.h"

struct ds;

enum world_event_type {
    /* Of the device of a path. */
    WORLD_APPEARS,              /* Under an ifindex that never was before. */
    WORLD_DISAPPEARS,
    WORLD_UP,
    WORLD_DOWN,
    WORLD_MOVES,                /* As if it disappeared and appeared. */

    /* Of a path. */
    WORLD_SETTINGS,             /* It would now be built differently. */
    WORLD_BREAKS,               /* Cannot be opened... */
    WORLD_MENDS,                /* ...can be. */
    WORLD_DIES,                 /* Is of no use any longer, says its PMD. */
    WORLD_RECOVERS,             /* Not to be used for now, says its PMD... */
    WORLD_RECOVERED,            /* ...to be used again. */

    /* Of the port. */
    WORLD_PIN,                  /* 'arg' is an enum netvsc_pin. */
    WORLD_DELAY,                /* 'arg' is vf-up-delay in ms. */
    WORLD_FLAP_LIMIT,           /* 'arg' is vf-flap-limit. */
    WORLD_IGNORE,               /* 'arg' is 0 or 1. */
    WORLD_ENABLE,               /* 'arg' is 0 or 1: the datapath uses it. */

    /* Of the worker. */
    WORLD_DONE,                 /* Finishes its job, if it has one. */
    WORLD_FAILS,                /* Likewise, but cannot open the path. */

    /* Of the monitor. */
    WORLD_WAIT,                 /* 'arg' ms pass. */
    WORLD_STALL,                /* 'arg' ms pass, unnoticed by the monitor. */
    WORLD_AGAIN,                /* Wakes for nothing. */
    WORLD_LOSE,                 /* Messages from the kernel are lost... */
    WORLD_DUMP,                 /* ...until all links are read. */

    /* Messages flow again, the worker works, time passes, nothing else
     * happens; then, what is must be what ought to be. */
    WORLD_SETTLE,
    WORLD_N_EVENTS,
};

struct world_event {
    enum world_event_type type;
    enum netvsc_path_id id;     /* For events of a path or its device. */
    int arg;
};

void world_event_format(const struct world_event *, struct ds *);
bool world_event_parse(const char *, struct world_event *);

struct world;

/* What happened in all worlds, to see that something did. */
struct world_counts {
    unsigned long long int opened;
    unsigned long long int failed;
    unsigned long long int rebuilt;     /* Drained for other settings. */
    unsigned long long int switches;
};
extern struct world_counts world_counts;

struct world *world_create(void);
void world_destroy(struct world *);
void world_trace(struct world *, struct ds *);
const char *world_step(struct world *, const struct world_event *);

#endif /* test-world.h */
