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

#include "netvsc-history.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "timeval.h"
#include "util.h"

void
netvsc_history_init(struct netvsc_history *h)
{
    memset(h, 0, sizeof *h);
}

void
netvsc_history_destroy(struct netvsc_history *h)
{
    for (size_t i = 0; i < ARRAY_SIZE(h->ring); i++) {
        free(h->ring[i].reason);
    }
}

/* Records that 'subject' went from 'from' to 'to' because of 'reason'.
 * Forgets the oldest transition if the ring is full. */
void
netvsc_history_add(struct netvsc_history *h, const char *subject,
                   const char *from, const char *to, const char *reason)
{
    struct netvsc_transition *t = &h->ring[h->n++ % NETVSC_HISTORY_SIZE];

    t->when = time_wall_msec();
    ovs_strlcpy(t->subject, subject, sizeof t->subject);
    ovs_strlcpy(t->from, from, sizeof t->from);
    ovs_strlcpy(t->to, to, sizeof t->to);
    free(t->reason);
    t->reason = xstrdup(reason);
}

/* Appends the transitions to 's', oldest first, a line each. */
void
netvsc_history_format(const struct netvsc_history *h, struct ds *s)
{
    unsigned long long int first = (h->n > NETVSC_HISTORY_SIZE
                                    ? h->n - NETVSC_HISTORY_SIZE : 0);

    for (unsigned long long int i = first; i < h->n; i++) {
        const struct netvsc_transition *t
            = &h->ring[i % NETVSC_HISTORY_SIZE];

        ds_put_strftime_msec(s, "  %Y-%m-%d %H:%M:%S.### ", t->when, false);
        ds_put_format(s, "%s: %s -> %s (%s)\n", t->subject, t->from, t->to,
                      t->reason);
    }
}
