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

#include "netvsc-stats.h"

#include <stdint.h>
#include <string.h>

#include "util.h"

/* The statistics are an array of counters under names. */
#define N_COUNTERS (sizeof(struct netdev_stats) / sizeof(uint64_t))
BUILD_ASSERT_DECL(sizeof(struct netdev_stats) % sizeof(uint64_t) == 0);

/* Makes no counter of 'stats' supported yet. */
void
netvsc_stats_init(struct netdev_stats *stats)
{
    memset(stats, 0xff, sizeof *stats);
}

static void
combine(struct netdev_stats *stats, const struct netdev_stats *other,
        uint64_t (*f)(uint64_t, uint64_t))
{
    uint64_t *a = (uint64_t *) stats;
    const uint64_t *b = (const uint64_t *) other;

    for (size_t i = 0; i < N_COUNTERS; i++) {
        if (a[i] == UINT64_MAX) {
            a[i] = b[i];
        } else if (b[i] != UINT64_MAX) {
            a[i] = f(a[i], b[i]);
        }
    }
}

static uint64_t
sum(uint64_t a, uint64_t b)
{
    return a + b;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
    return MAX(a, b);
}

/* Adds 'other' to 'stats'.  A counter that only one of them supports counts as
 * 0 in the other. */
void
netvsc_stats_add(struct netdev_stats *stats, const struct netdev_stats *other)
{
    combine(stats, other, sum);
}

/* Raises the counters of 'stats' that are lower than those of 'other' to
 * them. */
void
netvsc_stats_raise(struct netdev_stats *stats,
                   const struct netdev_stats *other)
{
    combine(stats, other, larger);
}
