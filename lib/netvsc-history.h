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

#ifndef NETVSC_HISTORY_H
#define NETVSC_HISTORY_H 1

/* What happened to a port: a ring of its last transitions.
 *
 * No lock of its own: the caller excludes others. */

#include <stddef.h>

struct json;

#define NETVSC_HISTORY_SIZE 64

/* Things that change their state: both paths and the port itself. */
#define NETVSC_HISTORY_N_SUBJECTS 3

struct netvsc_transition {
    long long int when;         /* time_wall_msec(). */
    char subject[16];           /* "vf", "synthetic" or "port". */
    char from[16];
    char to[16];
    char *reason;               /* What triggered it, for a person. */
    long long int lasted;       /* ms that it was in 'from', -1 if unknown. */
    long long int reaction;     /* us from the kernel's message that led to
                                 * it, -1 if none did. */
    unsigned long long int dropped; /* Packets that the port dropped, as there
                                     * was no path, in the meantime. */
};

/* When a subject changed its state last. */
struct netvsc_history_subject {
    char name[16];              /* "" if there is none yet. */
    long long int since;        /* time_msec(). */
    unsigned long long int drops;
};

struct netvsc_history {
    struct netvsc_transition ring[NETVSC_HISTORY_SIZE];
    unsigned long long int n;   /* Transitions ever recorded. */
    struct netvsc_history_subject subjects[NETVSC_HISTORY_N_SUBJECTS];
};

void netvsc_history_init(struct netvsc_history *);
void netvsc_history_destroy(struct netvsc_history *);
void netvsc_history_add(struct netvsc_history *, long long int now,
                        const char *subject, const char *from, const char *to,
                        const char *reason, long long int reaction,
                        unsigned long long int drops);
struct json *netvsc_history_to_json(const struct netvsc_history *,
                                    const char *subject, size_t max);

#endif /* netvsc-history.h */
