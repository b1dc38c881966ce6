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

#include "netvsc-json.h"
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

/* Returns what is known of 'subject', a new entry if that is nothing. */
static struct netvsc_history_subject *
find_subject(struct netvsc_history *h, const char *subject)
{
    for (size_t i = 0; i < ARRAY_SIZE(h->subjects); i++) {
        struct netvsc_history_subject *s = &h->subjects[i];

        if (!s->name[0] || !strcmp(s->name, subject)) {
            return s;
        }
    }
    OVS_NOT_REACHED();
}

/* Records that 'subject', one of at most NETVSC_HISTORY_N_SUBJECTS, went from
 * 'from' to 'to' because of 'reason'.  'now' is time_msec(), 'reaction' how
 * many us ago the kernel told of what led to that, -1 if it did not.  'drops'
 * is how many packets the port has dropped in all, because there was no path.
 * Forgets the oldest transition if the ring is full. */
void
netvsc_history_add(struct netvsc_history *h, long long int now,
                   const char *subject, const char *from, const char *to,
                   const char *reason, long long int reaction,
                   unsigned long long int drops)
{
    struct netvsc_transition *t = &h->ring[h->n++ % NETVSC_HISTORY_SIZE];
    struct netvsc_history_subject *s = find_subject(h, subject);

    t->when = time_wall_msec();
    ovs_strlcpy(t->subject, subject, sizeof t->subject);
    ovs_strlcpy(t->from, from, sizeof t->from);
    ovs_strlcpy(t->to, to, sizeof t->to);
    free(t->reason);
    t->reason = xstrdup(reason);
    t->reaction = reaction;
    t->lasted = s->name[0] ? now - s->since : -1;
    t->dropped = drops > s->drops ? drops - s->drops : 0;

    ovs_strlcpy(s->name, subject, sizeof s->name);
    s->since = now;
    s->drops = drops;
}

/* Returns the last 'max' transitions, oldest first, of 'subject' alone unless
 * that is a null pointer, as an array for netvsc_show_transition(). */
struct json *
netvsc_history_to_json(const struct netvsc_history *h, const char *subject,
                       size_t max)
{
    unsigned long long int oldest = (h->n > NETVSC_HISTORY_SIZE
                                     ? h->n - NETVSC_HISTORY_SIZE : 0);
    unsigned long long int first = h->n;
    struct json *array = json_array_create_empty();

    while (first > oldest && max) {
        const struct netvsc_transition *t
            = &h->ring[--first % NETVSC_HISTORY_SIZE];

        max -= !subject || !strcmp(t->subject, subject);
    }
    for (unsigned long long int i = first; i < h->n; i++) {
        const struct netvsc_transition *t = &h->ring[i % NETVSC_HISTORY_SIZE];
        struct json *json;

        if (subject && strcmp(t->subject, subject)) {
            continue;
        }
        json = json_object_create();
        netvsc_json_put_time(json, "time", t->when);
        netvsc_json_put_text(json, "subject", t->subject);
        netvsc_json_put_text(json, "from", t->from);
        netvsc_json_put_text(json, "to", t->to);
        netvsc_json_put_text(json, "reason", t->reason);
        if (t->lasted >= 0) {
            netvsc_json_put_int(json, "lasted_ms", t->lasted);
        }
        if (t->reaction >= 0) {
            netvsc_json_put_int(json, "reaction_us", t->reaction);
        }
        netvsc_json_put_int(json, "dropped", t->dropped);
        json_array_add(array, json);
    }
    return array;
}
