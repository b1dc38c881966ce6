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

#include "test-world-rules.h"

#include <limits.h>

#include "util.h"

/* True if a child of path 'id' passes packets to and from the device that it
 * should, whether or not it has the settings that it should. */
static bool
is_good(const struct netvsc_facts *f, enum netvsc_path_id id)
{
    const struct netvsc_path_facts *p = &f->paths[id];

    if (!f->enabled || p->state != NETVSC_PATH_OPEN) {
        return false;
    }
    return (p->has_device && p->same_device && !p->broken
            && (id == NETVSC_SYNTHETIC || p->usable));
}

/* True if path 'id' may be opened at some time, if only time passes. */
static bool
may_open(const struct netvsc_facts *f, enum netvsc_path_id id)
{
    const struct netvsc_path_facts *p = &f->paths[id];

    return (f->enabled && p->has_device
            && (id == NETVSC_SYNTHETIC || p->usable));
}

/* When. */
static long long int
opens_at(const struct netvsc_facts *f, enum netvsc_path_id id)
{
    const struct netvsc_path_facts *p = &f->paths[id];
    long long int at = 0;

    if (p->retry_at > at) {
        at = p->retry_at;
    }
    if (p->hold_until > at) {
        at = p->hold_until;
    }
    if (id == NETVSC_VF && p->usable_since + f->vf_up_delay > at) {
        at = p->usable_since + f->vf_up_delay;
    }
    return at;
}

/* The rules about path 'id' by itself. */
static const char *
broken_path_rule(const struct netvsc_facts *f, const struct netvsc_plan *plan,
                 enum netvsc_path_id id)
{
    const struct netvsc_path_facts *p = &f->paths[id];
    enum netvsc_action action = plan->actions[id];
    bool rx = plan->rx[id];
    bool tx = plan->tx == id;

    switch (p->state) {
    case NETVSC_PATH_CLOSED:
        if (rx || tx) {
            return "a closed path is used";
        } else if (action != NETVSC_KEEP && action != NETVSC_OPEN) {
            return "a closed path is closed";
        } else if (!may_open(f, id)) {
            return (action == NETVSC_OPEN
                    ? "a path without a good device is opened" : NULL);
        } else if (opens_at(f, id) > f->now) {
            return (action == NETVSC_OPEN ? "a path is opened too early"
                    : plan->deadline > opens_at(f, id)
                    ? "a path will be opened too late" : NULL);
        } else {
            return action == NETVSC_OPEN ? NULL : "a path is not opened";
        }

    case NETVSC_PATH_OPENING:
    case NETVSC_PATH_CLOSING:
        return (rx || tx ? "a path in the worker's hands is used"
                : action != NETVSC_KEEP
                ? "a path is taken out of the worker's hands" : NULL);

    case NETVSC_PATH_OPEN:
        if (action != NETVSC_KEEP && action != NETVSC_DRAIN) {
            return "an open path is neither kept nor drained";
        } else if (!is_good(f, id) && action == NETVSC_KEEP) {
            return "an open path without a good device is kept";
        } else if (is_good(f, id) && p->same_spec
                   && action != NETVSC_KEEP) {
            return "an open path is drained for nothing";
        } else if (tx && action != NETVSC_KEEP) {
            return "a path to be drained is transmitted on";
        }
        return rx ? NULL : "an open path is not received from";

    case NETVSC_PATH_DRAINING:
        if (tx) {
            return "a draining path is transmitted on";
        } else if (f->now < p->drain_until) {
            return (action != NETVSC_KEEP ? "a draining path is cut off"
                    : !rx ? "a draining path is not received from"
                    : plan->deadline > p->drain_until
                    ? "a path is drained too long" : NULL);
        } else {
            return (action != NETVSC_CLOSE ? "a drained path is not closed"
                    : rx ? "a path to be closed is received from" : NULL);
        }

    default:
        OVS_NOT_REACHED();
    }
}

/* True if path 'id' is open and good, and 'plan' leaves it so. */
static bool
stays(const struct netvsc_facts *f, const struct netvsc_plan *plan,
      enum netvsc_path_id id)
{
    return is_good(f, id) && plan->actions[id] == NETVSC_KEEP;
}

/* True if it also passes packets for now. */
static bool
carries(const struct netvsc_facts *f, const struct netvsc_plan *plan,
        enum netvsc_path_id id)
{
    return stays(f, plan, id) && !f->paths[id].suspended;
}

/* What is worth waiting for before a path is built anew, ms. */
#define SOON 500

/* The rules about building paths anew: it is done, one path at a time, while
 * the other carries what there is, unless there will be none soon.  Who keeps
 * the port off the VF must not wait for ever, so the VF carries enough if it
 * can be received from. */
static const char *
broken_rebuild_rule(const struct netvsc_facts *f,
                    const struct netvsc_plan *plan)
{
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        enum netvsc_path_id other = i == NETVSC_VF ? NETVSC_SYNTHETIC
                                                   : NETVSC_VF;
        const struct netvsc_path_facts *p = &f->paths[i];
        bool hopeless = (f->paths[other].state == NETVSC_PATH_CLOSED
                         && (!may_open(f, other)
                             || opens_at(f, other) >= f->now + SOON));

        if (!is_good(f, i) || p->same_spec) {
            continue;
        }
        if (plan->actions[i] == NETVSC_DRAIN) {
            if (!carries(f, plan, other) && !hopeless) {
                return "a path is built anew while the other cannot carry";
            }
        } else if (hopeless) {
            return "a path is not built anew though there is no other";
        } else if (carries(f, plan, other)) {
            return "a path is not built anew though the other can carry";
        }
    }
    return NULL;
}

/* Returns a null pointer if 'plan' is good given the facts 'f', otherwise what
 * is wrong. */
const char *
world_broken_rule(const struct netvsc_facts *f, const struct netvsc_plan *plan)
{
    enum netvsc_path_id tx;
    const char *broken;

    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        broken = broken_path_rule(f, plan, i);
        if (broken) {
            return broken;
        }
    }
    broken = broken_rebuild_rule(f, plan);
    if (broken) {
        return broken;
    }

    tx = (carries(f, plan, NETVSC_VF) && f->pin != NETVSC_PIN_SYNTHETIC
          ? NETVSC_VF
          : carries(f, plan, NETVSC_SYNTHETIC) ? NETVSC_SYNTHETIC
          : NETVSC_NO_PATH);
    if (plan->tx != tx) {
        return (plan->tx == NETVSC_VF && f->pin == NETVSC_PIN_SYNTHETIC
                ? "the VF is transmitted on against the operator's will"
                : plan->tx == NETVSC_NO_PATH
                ? "nothing is transmitted though a path could"
                : "the wrong path is transmitted on");
    }
    return plan->deadline <= f->now ? "the deadline has passed" : NULL;
}

/* Returns true if 'e' is what a port may come to in the end, given 'f'. */
static bool
is_right_end(const struct world_ends_facts *f, const struct world_ends *e)
{
    bool vf_open = e->paths[NETVSC_VF] == WORLD_END_CURRENT;
    bool synthetic_open = e->paths[NETVSC_SYNTHETIC] == WORLD_END_CURRENT;

    /* Ignored, it is not attached to anything. */
    if (f->ignored && (vf_open || synthetic_open)) {
        return false;
    }

    /* The synthetic path is there if its device is, the VF's if it is up. */
    if (!f->ignored && f->exists[NETVSC_SYNTHETIC]) {
        if (synthetic_open == f->broken[NETVSC_SYNTHETIC]) {
            return false;
        }
        if (f->exists[NETVSC_VF] && f->up[NETVSC_VF]
            && vf_open == f->broken[NETVSC_VF]) {
            return false;
        }
    }
    if (synthetic_open && !f->exists[NETVSC_SYNTHETIC]) {
        return false;
    }

    /* There is no VF without the NetVSC whose VF it is. */
    if (vf_open && (!f->exists[NETVSC_SYNTHETIC] || !f->exists[NETVSC_VF]
                    || !f->up[NETVSC_VF])) {
        return false;
    }

    /* Receives from all that is open. */
    if (e->rx[NETVSC_VF] != vf_open
        || e->rx[NETVSC_SYNTHETIC] != synthetic_open) {
        return false;
    }

    /* Transmits on the VF if it can and may, else on the other if it can. */
    switch (e->tx) {
    case NETVSC_VF:
        return vf_open && !f->vf_is_pinned_off;
    case NETVSC_SYNTHETIC:
        return synthetic_open && (!vf_open || f->vf_is_pinned_off);
    case NETVSC_NO_PATH:
        return !synthetic_open && (!vf_open || f->vf_is_pinned_off);
    default:
        OVS_NOT_REACHED();
    }
}

/* Returns a null pointer if 'is' is what a port has to come to in the end
 * given 'f', otherwise what is wrong.  Of all that there could be, just one is
 * right. */
const char *
world_wrong_end(const struct world_ends_facts *f, const struct world_ends *is)
{
    struct world_ends right = { .tx = NETVSC_NO_PATH };
    int n_right = 0;

    for (int i = 0; i < 2 * 2 * 2 * 2 * 3; i++) {
        struct world_ends e = {
            .paths = {
                [NETVSC_SYNTHETIC] = i & 1,
                [NETVSC_VF] = (i >> 1) & 1,
            },
            .rx = {
                [NETVSC_SYNTHETIC] = (i >> 2) & 1,
                [NETVSC_VF] = (i >> 3) & 1,
            },
            .tx = i >> 4,
        };

        if (is_right_end(f, &e)) {
            n_right++;
            right = e;
        }
    }
    ovs_assert(n_right == 1);

    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        if (is->paths[i] != right.paths[i]) {
            return (right.paths[i] == WORLD_END_CURRENT
                    ? (i == NETVSC_VF
                       ? "the VF is not open as it should be"
                       : "the synthetic path is not open as it should be")
                    : (i == NETVSC_VF
                       ? "the VF is not closed"
                       : "the synthetic path is not closed"));
        }
        if (is->rx[i] != right.rx[i]) {
            return "it does not receive from what is open";
        }
    }
    return is->tx != right.tx ? "it transmits on the wrong path" : NULL;
}
