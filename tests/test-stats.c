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

/* stats: a session of sums and maxima of counters. */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "netvsc-stats.h"
#include "test-netvsc.h"
#include "util.h"

/* As in netvsc-stats.c. */
#define N_COUNTERS (sizeof(struct netdev_stats) / sizeof(uint64_t))

static uint64_t
parse_counter(const struct test_line *line)
{
    unsigned long long int x;

    if (test_word_is(line, "-")) {
        return UINT64_MAX;
    } else if (str_to_ullong(line->word, 10, &x)) {
        return x;
    } else {
        test_bad_word(line);
    }
}

static void
next_word(struct test_line *line)
{
    if (!test_next_word(line)) {
        ovs_fatal(0, "a word is missing");
    }
}

/* A line is "A + B" or "A max B", where "-" is a counter not supported. */
void
test_stats(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct test_line line;

    while (test_next_line(&line)) {
        void (*f)(struct netdev_stats *, const struct netdev_stats *);
        uint64_t a, b, c = 0;

        next_word(&line);
        a = parse_counter(&line);
        next_word(&line);
        f = test_word_is(&line, "+") ? netvsc_stats_add : netvsc_stats_raise;
        next_word(&line);
        b = parse_counter(&line);

        /* Each counter in its turn, and no other. */
        for (size_t i = 0; i < N_COUNTERS; i++) {
            union {
                struct netdev_stats stats;
                uint64_t counters[N_COUNTERS];
            } x, y;

            netvsc_stats_init(&x.stats);
            netvsc_stats_init(&y.stats);
            x.counters[i] = a;
            y.counters[i] = b;
            f(&x.stats, &y.stats);
            for (size_t j = 0; j < N_COUNTERS; j++) {
                if (j != i && x.counters[j] != UINT64_MAX) {
                    ovs_fatal(0, "counter %"PRIuSIZE" changed too", j);
                }
            }
            if (i && x.counters[i] != c) {
                ovs_fatal(0, "counter %"PRIuSIZE" differs", i);
            }
            c = x.counters[i];
        }
        if (c == UINT64_MAX) {
            puts("  -");
        } else {
            printf("  %"PRIu64"\n", c);
        }
    }
}
