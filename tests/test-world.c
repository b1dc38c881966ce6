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

#include "test-world.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "test-world-rules.h"
#include "util.h"

/* How long to wait until all is settled, ms: several times the longest
 * interval between attempts to open a path. */
#define SETTLE_TIME 300000

/* Steps in a row, each without time passing or an event, that no port
 * needs. */
#define MAX_STEPS 200

/* Losses of the VF that are remembered, to find out whether it flaps. */
#define N_LOSSES 8

/* What a path's device is like. */
struct device {
    int ifindex;                /* 0 if there is none. */
    bool up;
};

struct world_path {
    struct device kernel;       /* As it is. */
    struct device seen;         /* As the monitor knows it. */
    long long int up_since;     /* As the monitor saw it. */
    int settings;               /* Number of the settings wanted. */
    bool broken;                /* Cannot be opened. */

    enum netvsc_path_state state;
    bool child_broken;
    bool child_suspended;
    int child_ifindex;
    int child_settings;
    long long int drain_until;
    int n_failures;
    int failed_ifindex;
    int failed_settings;
    long long int retry_at;
    long long int hold_until;
};

struct world {
    struct world_path paths[NETVSC_N_PATHS];
    long long int now;
    bool ignored;
    bool disabled;
    enum netvsc_pin pin;
    int vf_up_delay;
    struct netvsc_options flap_options;
    long long int lost_at[N_LOSSES];
    unsigned int n_lost;
    bool lossy;
    int last_ifindex;
    int last_settings;

    /* The worker's jobs, first in, first out: paths. */
    enum netvsc_path_id jobs[NETVSC_N_PATHS];
    int n_jobs;

    enum netvsc_path_id tx;
    bool rx[NETVSC_N_PATHS];
    long long int deadline;

    struct ds *trace;
    char failure[256];          /* "" if all is well. */
};

static void OVS_PRINTF_FORMAT(2, 3)
fail(struct world *w, const char *format, ...)
{
    if (!w->failure[0]) {
        va_list args;

        va_start(args, format);
        vsnprintf(w->failure, sizeof w->failure, format, args);
        va_end(args);
    }
}

static void OVS_PRINTF_FORMAT(2, 3)
trace(struct world *w, const char *format, ...)
{
    if (w->trace) {
        va_list args;

        ds_put_format(w->trace, "  %lld: ", w->now);
        va_start(args, format);
        ds_put_format_valist(w->trace, format, args);
        va_end(args);
        ds_put_char(w->trace, '\n');
    }
}

struct world_counts world_counts;

struct world *
world_create(void)
{
    struct world *w = xzalloc(sizeof *w);

    w->tx = NETVSC_NO_PATH;
    w->deadline = LLONG_MAX;
    w->flap_options.vf_flap_window = 60000;
    w->flap_options.vf_flap_hold_max = 60000;
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        w->paths[i].up_since = LLONG_MAX;
    }
    return w;
}

void
world_destroy(struct world *w)
{
    free(w);
}

/* From now on appends what happens to 's'. */
void
world_trace(struct world *w, struct ds *s)
{
    w->trace = s;
}

static void
set_state(struct world *w, enum netvsc_path_id id,
          enum netvsc_path_state state)
{
    trace(w, "%s %s", netvsc_path_id_to_string(id),
          netvsc_path_state_to_string(state));
    w->paths[id].state = state;
}

/* As netvsc-port.c does. */
static void
collect_facts(struct world *w, struct netvsc_facts *facts)
{
    bool netvsc_exists = w->paths[NETVSC_SYNTHETIC].seen.ifindex != 0;

    memset(facts, 0, sizeof *facts);
    facts->now = w->now;
    facts->enabled = !w->ignored && !w->disabled;
    facts->pin = w->pin;
    facts->vf_up_delay = w->vf_up_delay;
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        struct netvsc_path_facts *f = &facts->paths[i];
        struct world_path *p = &w->paths[i];

        f->state = p->state;
        f->drain_until = p->drain_until;
        f->broken = p->child_broken;
        f->suspended = p->child_suspended;
        if (w->ignored) {
            continue;
        }
        if (p->seen.ifindex && (i == NETVSC_SYNTHETIC || netvsc_exists)) {
            if (p->retry_at && (p->failed_ifindex != p->seen.ifindex
                                || p->failed_settings != p->settings)) {
                p->n_failures = 0;
                p->retry_at = 0;
            }
            f->has_device = true;
            f->usable = p->seen.up;
            f->usable_since = p->up_since;
            f->same_device = p->child_ifindex == p->seen.ifindex;
            f->same_spec = (f->same_device
                            && p->child_settings == p->settings);
            f->retry_at = p->retry_at;
            f->hold_until = p->hold_until;
        } else if (i == NETVSC_VF) {
            p->n_failures = 0;
            p->retry_at = 0;
        }
    }
}

/* Notes that the VF was lost, and holds it off if it was too often. */
static void
note_loss(struct world *w)
{
    int n_flaps = 0;

    w->lost_at[w->n_lost++ % N_LOSSES] = w->now;
    for (int i = 0; i < MIN(w->n_lost, N_LOSSES); i++) {
        n_flaps += (w->lost_at[i]
                    > w->now - w->flap_options.vf_flap_window);
    }
    w->paths[NETVSC_VF].hold_until
        = w->now + netvsc_policy_hold_delay(&w->flap_options, n_flaps);
}

static void
act(struct world *w, const struct netvsc_facts *facts, enum netvsc_path_id id,
    enum netvsc_action action)
{
    const struct netvsc_path_facts *f = &facts->paths[id];
    struct world_path *p = &w->paths[id];

    switch (action) {
    case NETVSC_KEEP:
        break;
    case NETVSC_OPEN:
        p->child_ifindex = p->seen.ifindex;
        p->child_settings = p->settings;
        w->jobs[w->n_jobs++] = id;
        set_state(w, id, NETVSC_PATH_OPENING);
        break;
    case NETVSC_DRAIN:
        if (facts->enabled) {
            if (f->has_device && f->same_device && f->usable && !f->broken) {
                world_counts.rebuilt++;
            } else if (id == NETVSC_VF) {
                note_loss(w);
            }
        }
        p->drain_until = w->now + NETVSC_DRAIN_TIME;
        set_state(w, id, NETVSC_PATH_DRAINING);
        break;
    case NETVSC_CLOSE:
        w->jobs[w->n_jobs++] = id;
        set_state(w, id, NETVSC_PATH_CLOSING);
        break;
    }
}

static bool
does_nothing(const struct netvsc_plan *plan)
{
    return (plan->actions[NETVSC_VF] == NETVSC_KEEP
            && plan->actions[NETVSC_SYNTHETIC] == NETVSC_KEEP);
}

/* Checks that nothing is to be done before the deadline, if nothing happens,
 * and something is to be done then. */
static void
check_deadline(struct world *w, const struct netvsc_plan *plan)
{
    struct netvsc_plan later;
    struct netvsc_facts facts;

    collect_facts(w, &facts);
    netvsc_policy_plan(&facts, &later);
    if (!does_nothing(&later)) {
        fail(w, "a plan carried out leaves something to be done at once");
    } else if (later.deadline != plan->deadline) {
        fail(w, "a plan carried out changes its own deadline");
    } else if (later.tx != plan->tx) {
        fail(w, "a plan carried out changes where to transmit");
    }
    facts.now = (plan->deadline == LLONG_MAX
                 ? w->now + 1000000000LL : plan->deadline - 1);
    netvsc_policy_plan(&facts, &later);
    if (!does_nothing(&later)) {
        fail(w, "there is something to do before the deadline");
    }
    if (plan->deadline != LLONG_MAX) {
        facts.now = plan->deadline;
        netvsc_policy_plan(&facts, &later);
        if (does_nothing(&later)) {
            fail(w, "there is nothing to do at the deadline");
        }
    }
}

/* The monitor looks around. */
static void
run_monitor(struct world *w)
{
    struct netvsc_facts facts;
    struct netvsc_plan plan;
    const char *broken;

    collect_facts(w, &facts);
    netvsc_policy_plan(&facts, &plan);
    broken = world_broken_rule(&facts, &plan);
    if (broken) {
        fail(w, "%s", broken);
        return;
    }
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        act(w, &facts, i, plan.actions[i]);
    }
    if (plan.tx != w->tx) {
        world_counts.switches++;
        trace(w, "transmits on %s", netvsc_path_id_to_string(plan.tx));
    }
    w->tx = plan.tx;
    memcpy(w->rx, plan.rx, sizeof w->rx);
    w->deadline = plan.deadline;
    check_deadline(w, &plan);
}

/* The worker finishes its job. */
static bool
finish_job(struct world *w, bool ok)
{
    enum netvsc_path_id id = w->jobs[0];
    struct world_path *p = &w->paths[id];

    if (!w->n_jobs) {
        return false;
    }
    w->jobs[0] = w->jobs[1];
    w->n_jobs--;
    if (p->state == NETVSC_PATH_CLOSING) {
        set_state(w, id, NETVSC_PATH_CLOSED);
    } else if (ok && !p->broken) {
        p->n_failures = 0;
        p->retry_at = 0;
        p->child_broken = p->child_suspended = false;
        world_counts.opened++;
        set_state(w, id, NETVSC_PATH_OPEN);
    } else {
        p->failed_ifindex = p->child_ifindex;
        p->failed_settings = p->child_settings;
        p->n_failures++;
        world_counts.failed++;
        p->retry_at = w->now + netvsc_policy_retry_delay(p->n_failures);
        set_state(w, id, NETVSC_PATH_CLOSED);
    }
    return true;
}

/* The monitor gets to know what the kernel has for path 'id'. */
static void
see(struct world *w, enum netvsc_path_id id)
{
    struct world_path *p = &w->paths[id];

    if (!p->kernel.ifindex || !p->kernel.up) {
        p->up_since = LLONG_MAX;
    } else if (!p->seen.up || p->seen.ifindex != p->kernel.ifindex) {
        p->up_since = w->now;
    }
    p->seen = p->kernel;
}

static void
pass_time(struct world *w, int ms)
{
    long long int until = w->now + ms;
    int n_steps = 0;

    while (w->deadline <= until && !w->failure[0]) {
        w->now = MAX(w->now, w->deadline);
        run_monitor(w);
        if (++n_steps > MAX_STEPS) {
            fail(w, "deadlines follow each other without end");
        }
    }
    w->now = until;
}

/* Lets the port come to rest and compares it with what it ought to be. */
static void
settle(struct world *w)
{
    long long int until = w->now + SETTLE_TIME;
    int n_steps = 0;

    w->lossy = false;
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        see(w, i);
        w->paths[i].child_suspended = false;
    }
    for (;;) {
        run_monitor(w);
        if (w->failure[0]) {
            return;
        } else if (finish_job(w, true)) {
            /* Look again. */
        } else if (w->deadline <= until) {
            w->now = MAX(w->now, w->deadline);
        } else {
            break;
        }
        if (++n_steps > MAX_STEPS) {
            fail(w, "does not settle");
            return;
        }
    }

    struct world_ends is = {
        .tx = w->tx,
    };
    struct world_ends_facts facts = {
        .ignored = w->ignored || w->disabled,
        .vf_is_pinned_off = w->pin == NETVSC_PIN_SYNTHETIC,
    };
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        const struct world_path *p = &w->paths[i];

        facts.exists[i] = p->kernel.ifindex != 0;
        facts.up[i] = p->kernel.up;
        facts.broken[i] = p->broken;
        is.rx[i] = w->rx[i];
        is.paths[i] = (p->state == NETVSC_PATH_CLOSED ? WORLD_END_CLOSED
                       : p->state == NETVSC_PATH_OPEN
                       && p->child_ifindex == p->kernel.ifindex
                       && p->child_settings == p->settings
                       ? WORLD_END_CURRENT : WORLD_END_OTHER);
    }

    /* A path that was open when it broke stays open, if it may. */
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        if (is.paths[i] == WORLD_END_CURRENT) {
            facts.broken[i] = false;
        }
    }
    const char *wrong = world_wrong_end(&facts, &is);
    if (wrong) {
        fail(w, "settled, but %s", wrong);
    }
}

/* Lets 'event' happen.  Returns a null pointer if the port did what it ought
 * to, otherwise what is wrong. */
const char *
world_step(struct world *w, const struct world_event *event)
{
    struct world_path *p = &w->paths[event->id];
    bool look = true;

    switch (event->type) {
    case WORLD_APPEARS:
        if (p->kernel.ifindex) {
            return NULL;
        }
        p->kernel.ifindex = ++w->last_ifindex;
        p->kernel.up = false;
        break;
    case WORLD_DISAPPEARS:
        p->kernel.ifindex = 0;
        p->kernel.up = false;
        break;
    case WORLD_UP:
    case WORLD_DOWN:
        if (!p->kernel.ifindex) {
            return NULL;
        }
        p->kernel.up = event->type == WORLD_UP;
        break;
    case WORLD_MOVES:
        if (!p->kernel.ifindex) {
            return NULL;
        }
        p->kernel.ifindex = ++w->last_ifindex;
        break;
    case WORLD_SETTINGS:
        p->settings = ++w->last_settings;
        break;
    case WORLD_BREAKS:
    case WORLD_MENDS:
        p->broken = event->type == WORLD_BREAKS;
        look = false;
        break;
    case WORLD_DIES:
        if (p->state != NETVSC_PATH_OPEN) {
            return NULL;
        }
        p->child_broken = true;
        break;
    case WORLD_RECOVERS:
    case WORLD_RECOVERED:
        if (p->state != NETVSC_PATH_OPEN) {
            return NULL;
        }
        p->child_suspended = event->type == WORLD_RECOVERS;
        break;
    case WORLD_PIN:
        w->pin = event->arg;
        break;
    case WORLD_DELAY:
        w->vf_up_delay = event->arg;
        break;
    case WORLD_FLAP_LIMIT:
        w->flap_options.vf_flap_limit = event->arg;
        break;
    case WORLD_IGNORE:
        w->ignored = event->arg;
        break;
    case WORLD_ENABLE:
        w->disabled = !event->arg;
        break;
    case WORLD_DONE:
    case WORLD_FAILS:
        look = finish_job(w, event->type == WORLD_DONE);
        break;
    case WORLD_WAIT:
        pass_time(w, event->arg);
        look = false;
        break;
    case WORLD_STALL:
        w->now += event->arg;
        break;
    case WORLD_AGAIN:
        break;
    case WORLD_LOSE:
        w->lossy = true;
        break;
    case WORLD_DUMP:
        w->lossy = false;
        see(w, NETVSC_SYNTHETIC);
        see(w, NETVSC_VF);
        break;
    case WORLD_SETTLE:
        settle(w);
        look = false;
        break;
    case WORLD_N_EVENTS:
    default:
        OVS_NOT_REACHED();
    }

    if (!w->lossy) {
        see(w, event->id);
    }
    if (look) {
        run_monitor(w);
    }
    return w->failure[0] ? w->failure : NULL;
}
