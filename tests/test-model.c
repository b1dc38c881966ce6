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

/* simulate, model: the policy in worlds where anything may happen. */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "random.h"
#include "test-netvsc.h"
#include "test-world.h"
#include "timeval.h"
#include "util.h"

/* Events in a world before all settles, at most. */
#define MAX_EVENTS 400

/* Simulates the events on stdin, a line each, and shows what comes of them.
 * Fails at the first rule that is broken. */
void
test_simulate(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct world *world = world_create();
    struct test_line line;

    world_trace(world, &s);
    while (test_next_line(&line)) {
        struct world_event event;
        const char *failure;

        if (!world_event_parse(line.text, &event)) {
            ovs_fatal(0, "\"%s\" is not understood", line.text);
        }
        failure = world_step(world, &event);
        fputs(ds_cstr(&s), stdout);
        ds_clear(&s);
        if (failure) {
            printf("  FAILED: %s\n", failure);
            exit(1);
        }
    }
    world_destroy(world);
    ds_destroy(&s);
}

/* What happens how often. */
static const struct {
    enum world_event_type type;
    int weight;
} weights[] = {
    { WORLD_APPEARS, 16 },
    { WORLD_DISAPPEARS, 4 },
    { WORLD_UP, 14 },
    { WORLD_DOWN, 4 },
    { WORLD_MOVES, 3 },
    { WORLD_SETTINGS, 6 },
    { WORLD_BREAKS, 1 },
    { WORLD_MENDS, 6 },
    { WORLD_DIES, 2 },
    { WORLD_RECOVERS, 2 },
    { WORLD_RECOVERED, 5 },
    { WORLD_PIN, 3 },
    { WORLD_DELAY, 2 },
    { WORLD_FLAP_LIMIT, 1 },
    { WORLD_IGNORE, 3 },
    { WORLD_ENABLE, 3 },
    { WORLD_DONE, 28 },
    { WORLD_FAILS, 4 },
    { WORLD_WAIT, 20 },
    { WORLD_STALL, 3 },
    { WORLD_AGAIN, 4 },
    { WORLD_LOSE, 1 },
    { WORLD_DUMP, 6 },
};

static enum world_event_type
random_type(void)
{
    static int total;
    int r;

    if (!total) {
        for (size_t i = 0; i < ARRAY_SIZE(weights); i++) {
            total += weights[i].weight;
        }
    }
    r = random_range(total);
    for (size_t i = 0;; i++) {
        r -= weights[i].weight;
        if (r < 0) {
            return weights[i].type;
        }
    }
}

static void
random_event(struct world_event *event)
{
    static const int times[] = { 1, 5, 19, 20, 21, 100, 1000, 3000, 70000 };

    event->type = random_type();
    event->id = random_range(NETVSC_N_PATHS);
    event->arg = 0;

    /* Mostly it is the VF that comes and goes. */
    if (event->type == WORLD_DISAPPEARS || event->type == WORLD_DOWN) {
        event->id = random_range(4) ? NETVSC_VF : NETVSC_SYNTHETIC;
    }
    switch ((int) event->type) {
    case WORLD_PIN:
        event->arg = random_range(NETVSC_PIN_SYNTHETIC + 1);
        break;
    case WORLD_DELAY:
        event->arg = random_range(2) * 500;
        break;
    case WORLD_FLAP_LIMIT:
        event->arg = random_range(4);
        break;
    case WORLD_IGNORE:
        event->arg = !random_range(8);
        break;
    case WORLD_ENABLE:
        event->arg = random_range(8) != 0;
        break;
    case WORLD_WAIT:
    case WORLD_STALL:
        event->arg = times[random_range(ARRAY_SIZE(times))];
        break;
    }
}

/* Runs a world with 'events'.  Returns true if all is well. */
static bool
run_world(const struct world_event *events, size_t n)
{
    struct world *world = world_create();
    bool ok = true;

    for (size_t i = 0; ok && i < n; i++) {
        ok = !world_step(world, &events[i]);
    }
    world_destroy(world);
    return ok;
}

/* Leaves out of the 'n' events as many as can be while the rest still fails.
 * Returns how many are left. */
static size_t
shrink(struct world_event *events, size_t n)
{
    bool shrunk;

    do {
        shrunk = false;
        for (size_t chunk = n / 2; chunk; chunk /= 2) {
            for (size_t i = 0; i + chunk <= n;) {
                struct world_event rest[MAX_EVENTS + 1];

                memcpy(rest, events, i * sizeof *rest);
                memcpy(&rest[i], &events[i + chunk],
                       (n - i - chunk) * sizeof *rest);
                if (run_world(rest, n - chunk)) {
                    i++;
                } else {
                    n -= chunk;
                    memcpy(events, rest, n * sizeof *rest);
                    shrunk = true;
                }
            }
        }
    } while (shrunk);
    return n;
}

OVS_NO_RETURN static void
report_failure(uint32_t seed, struct world_event *events, size_t n)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct world *world = world_create();
    const char *failure = NULL;

    n = shrink(events, n);
    world_trace(world, &s);
    for (size_t i = 0; i < n; i++) {
        world_event_format(&events[i], &s);
        ds_put_char(&s, '\n');
        failure = world_step(world, &events[i]);
    }
    printf("seed %"PRIu32" fails after %"PRIuSIZE" events; "
           "\"%s model --seed=%"PRIu32" --events=1\" repeats it, and so does "
           "\"%s simulate\" with these lines:\n%s  FAILED: %s\n",
           seed, n, program_name, seed, program_name, ds_cstr(&s), failure);
    exit(1);
}

static unsigned long long int
parse_number(const char *arg, const char *option)
{
    unsigned long long int x;

    if (strncmp(arg, option, strlen(option))
        || !str_to_ullong(arg + strlen(option), 10, &x)) {
        return ULLONG_MAX;
    }
    return x;
}

/* Runs worlds, each with a seed one higher, until as many events as asked for
 * happened in them. */
void
test_model(struct ovs_cmdl_context *ctx)
{
    unsigned long long int n_wanted = 1000000, n_events = 0, n_worlds = 0;
    unsigned long long int first_seed = time_wall_usec() & 0xffffff;

    for (int i = 1; i < ctx->argc; i++) {
        if (parse_number(ctx->argv[i], "--seed=") != ULLONG_MAX) {
            first_seed = parse_number(ctx->argv[i], "--seed=");
        } else if (parse_number(ctx->argv[i], "--events=") != ULLONG_MAX) {
            n_wanted = parse_number(ctx->argv[i], "--events=");
        } else {
            ovs_fatal(0, "%s: unknown option", ctx->argv[i]);
        }
    }

    printf("seed %llu\n", first_seed);
    for (; n_events < n_wanted; n_worlds++) {
        uint32_t seed = MAX(1, (uint32_t) (first_seed + n_worlds));
        struct world_event events[MAX_EVENTS + 1];
        size_t n;

        random_set_seed(seed);
        n = 1 + random_range(MAX_EVENTS);
        for (size_t i = 0; i < n; i++) {
            random_event(&events[i]);
        }
        events[n] = (struct world_event) { .type = WORLD_SETTLE };
        if (!run_world(events, n + 1)) {
            report_failure(seed, events, n + 1);
        }
        n_events += n;
    }
    printf("%llu events in %llu worlds: %llu paths opened, %llu failed, "
           "%llu built anew, %llu switches\n", n_events, n_worlds,
           world_counts.opened, world_counts.failed, world_counts.rebuilt,
           world_counts.switches);
}
