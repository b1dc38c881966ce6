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

#include "netvsc-port-run.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "netdev-provider.h"
#include "netvsc-ethdev-event.h"
#include "netvsc-link.h"
#include "netvsc-port-facts.h"
#include "netvsc-stats.h"
#include "netvsc-synthetic.h"
#include "netvsc-worker.h"
#include "openvswitch/vlog.h"
#include "ovs-rcu.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc);

/* How long a burst may take when the process ends, ms. */
#define SHUT_DOWN_GRACE 100

/* How long to wait for the worker then, ms. */
#define SHUT_DOWN_TIMEOUT 5000

/* If net_tap's rules are lost again within so many ms, it takes longer until
 * they are made again. */
#define RULES_LOST_WINDOW 120000

/* How long after a change ovs-vswitchd is asked to look again, in ms. */
#define ANNOUNCE_AGAIN_MS 1000

/* The one place where a path's state changes. */
static void
set_path_state(struct netvsc_port *port, enum netvsc_path_id id,
               enum netvsc_path_state state, const char *reason)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[id];
    const char *from = netvsc_path_state_to_string(pp->state);
    const char *to = netvsc_path_state_to_string(state);
    const char *name = netvsc_path_id_to_string(id);
    enum vlog_level level;

    /* What a person may act on, and no more. */
    level = (state == NETVSC_PATH_OPEN || state == NETVSC_PATH_DRAINING
             ? VLL_INFO : VLL_DBG);
    VLOG_RL(&port->rl, level, "%s: %s path is %s (%s)", port->name, name, to,
            reason);
    netvsc_history_add(&port->history, time_msec(), name, from, to, reason,
                       -1, netvsc_port_drops(port));
    pp->state = state;
}

/* Takes note that 'port' transmits on another path than on 'former', which was
 * published at 'published_at', by time_usec(). */
static void
note_switch(struct netvsc_port *port, enum netvsc_path_id former,
            long long int published_at, const char *reason)
    OVS_REQUIRES(netvsc_mutex)
{
    const char *from = netvsc_path_id_to_string(former);
    const char *to = netvsc_path_id_to_string(port->active);
    bool by_vf = former == NETVSC_VF || port->active == NETVSC_VF;
    struct netvsc_port_path *cause
        = &port->paths[by_vf ? NETVSC_VF : NETVSC_SYNTHETIC];
    long long int reaction = -1;

    if (cause->heard_at) {
        reaction = published_at - cause->heard_at;
        cause->heard_at = 0;
    }
    VLOG_INFO_RL(&port->rl, "%s: transmitting on %s, was on %s (%s)",
                 port->name, to, from, reason);
    netvsc_history_add(&port->history, time_msec(), "port", from, to, reason,
                       reaction, netvsc_port_drops(port));
    if (former != NETVSC_NO_PATH || port->last_switch) {
        /* The very first path is no switch. */
        port->path_switches++;
        port->last_switch = time_wall_msec();
        netvsc_set_text(&port->last_switch_reason, "%s", reason);
    }
}

/* Collects the facts about 'port', and takes note of when the kernel told of
 * those about its paths' devices that are new. */
static bool
collect_facts(struct netvsc_port *port, const struct netvsc_links *links,
              struct netvsc_facts *facts,
              struct netvsc_path_spec specs[NETVSC_N_PATHS])
    OVS_REQUIRES(netvsc_mutex)
{
    int ifindex[NETVSC_N_PATHS];
    bool usable[NETVSC_N_PATHS];
    bool changed;

    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        ifindex[i] = port->paths[i].ifindex;
        usable[i] = port->paths[i].usable;
    }
    changed = netvsc_port_collect_facts(port, links, facts, specs);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        struct netvsc_port_path *pp = &port->paths[i];

        if (pp->ifindex != ifindex[i] || pp->usable != usable[i]) {
            pp->heard_at = links->heard_at;
        }
    }
    return changed;
}

/* Notes that the VF's path lost its device just now, and holds it off if that
 * happens too often.  Returns for how long, in ms. */
static long long int
note_loss(struct netvsc_port *port, long long int now)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[NETVSC_VF];
    const struct netvsc_options *options = &port->options;
    long long int delay;
    int n_flaps;

    pp->lost_at[pp->n_lost++ % ARRAY_SIZE(pp->lost_at)] = now;
    n_flaps = netvsc_port_n_flaps(pp, options, now);
    delay = netvsc_policy_hold_delay(options, n_flaps);
    pp->hold_until = delay ? now + delay : 0;
    pp->held_off = delay != 0;
    if (delay) {
        VLOG_INFO_RL(&port->rl, "%s: the VF was lost %d times in %d ms, held "
                     "off for %lld ms (options:vf-flap-limit=%d)", port->name,
                     n_flaps, options->vf_flap_window, delay,
                     options->vf_flap_limit);
    }
    return delay;
}

/* What a path that was taken out of use needs, once no PMD thread can have
 * hold of it. */
struct retired_path {
    struct ovs_list node;       /* In 'retired_paths', while 'path' is set. */
    struct netvsc_port *port;
    struct netvsc_path *path;   /* NULL if it is closed in another way. */
};

static struct ovs_list retired_paths OVS_GUARDED_BY(netvsc_mutex)
    = OVS_LIST_INITIALIZER(&retired_paths);

/* Takes the path from 'retired', for the caller to close it.  Returns a null
 * pointer if it was taken before. */
static struct netvsc_path *
take_retired(struct retired_path *retired)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_path *path = retired->path;

    if (path) {
        ovs_list_remove(&retired->node);
        retired->path = NULL;
    }
    return path;
}

static void
close_after_grace_period(struct retired_path *retired)
{
    struct netvsc_port *port = retired->port;
    struct netvsc_path *path;

    ovs_mutex_lock(&netvsc_mutex);
    path = take_retired(retired);
    if (path) {
        int ifindex = path->spec.ifindex;

        /* With the mutex held: see netvsc_ports_shut_down(). */
        netvsc_worker_close(port, path);
        if (port->netdev && port->iface_ifindex != ifindex) {
            netvsc_worker_restore_mtu(ifindex);
        }
    }
    ovs_mutex_unlock(&netvsc_mutex);
    free(retired);
}

static void
retire(struct netvsc_port *port, struct netvsc_path *path)
    OVS_REQUIRES(netvsc_mutex)
{
    struct retired_path *retired = xmalloc(sizeof *retired);

    retired->port = port;
    retired->path = path;
    ovs_list_push_back(&retired_paths, &retired->node);
    ovsrcu_postpone(close_after_grace_period, retired);
}

/* Carries out what 'plan' says for path 'id', after a path set was published
 * without it if it is to be closed.  Returns the path that must be closed
 * after a grace period, or a null pointer. */
static struct netvsc_path *
act(struct netvsc_port *port, enum netvsc_path_id id,
    const struct netvsc_facts *facts, const struct netvsc_plan *plan,
    const struct netvsc_path_spec *spec)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[id];
    const struct netvsc_path_facts *pf = &facts->paths[id];
    struct netvsc_path *retired = NULL;
    long long int hold = 0;
    const char *reason;
    char *text;

    switch (plan->actions[id]) {
    case NETVSC_KEEP:
        break;

    case NETVSC_OPEN:
        pp->spec = *spec;
        text = xasprintf("%s%s", pp->error ? "trying again"
                         : pp->reason ? pp->reason : "",
                         pp->held_off ? "; no longer held off" : "");
        pp->hold_until = 0;
        pp->held_off = false;
        set_path_state(port, id, NETVSC_PATH_OPENING, text);
        free(text);
        netvsc_worker_open(port, port->name, id, spec, &port->qos);
        pp->qos_serial = port->qos_serial;
        break;

    case NETVSC_DRAIN:
        reason = (!port->netdev ? "port removed"
                  : pf->broken && pp->rules_lost
                  ? "the rules that feed its tap were deleted"
                  : pf->broken && pp->path->tap_ifindex
                  ? "its tap was deleted or taken down"
                  : pf->broken ? "its PMD reported that it is of no use"
                  : pf->has_device && pf->usable && pf->same_device
                  ? "to be opened anew with other settings"
                  : pf->has_device && !pf->same_device
                  ? "another device takes its place"
                  : pp->reason ? pp->reason : "");
        /* What the operator does is no loss. */
        if (id == NETVSC_VF && facts->enabled
            && (pf->broken
                || (port->options.vf != NETVSC_VF_OFF && port->iface_ifindex
                    && (!pf->has_device || !pf->usable
                        || !pf->same_device)))) {
            hold = note_loss(port, facts->now);
        }
        pp->drain_until = facts->now + NETVSC_DRAIN_TIME;
        netvsc_set_text(&pp->drain_reason, "%s", reason);
        text = (hold ? xasprintf("%s; held off for %lld ms", reason, hold)
                : xstrdup(reason));
        set_path_state(port, id, NETVSC_PATH_DRAINING, text);
        free(text);
        break;

    case NETVSC_CLOSE:
        retired = pp->path;
        pp->path = NULL;
        set_path_state(port, id, NETVSC_PATH_CLOSING, "drained");
        break;
    }
    return retired;
}

/* Returns why 'port' transmits on another path than on 'former', for people.
 * The caller must free it. */
static char *
explain_switch(const struct netvsc_port *port, enum netvsc_path_id former)
    OVS_REQUIRES(netvsc_mutex)
{
    const struct netvsc_port_path *syn = &port->paths[NETVSC_SYNTHETIC];
    const struct netvsc_port_path *vf = &port->paths[NETVSC_VF];
    enum netvsc_path_id to = port->active;
    bool from_vf = former == NETVSC_VF;
    const char *reason;

    if (to == NETVSC_VF) {
        return xasprintf("%s is up", vf->ifname);
    } else if (!port->netdev) {
        reason = "port removed";
    } else if (from_vf && vf->suspended) {
        reason = netvsc_ethdev_event_to_string(NETVSC_ETHDEV_RECOVERING);
    } else if (from_vf && vf->broken) {
        reason = "its PMD reported that the VF is of no use";
    } else if (from_vf && vf->state == NETVSC_PATH_OPEN) {
        reason = "set by netvsc/set-path";
    } else if (to == NETVSC_SYNTHETIC && !from_vf) {
        return xasprintf("%s is up", syn->ifname);
    } else if (!from_vf && syn->broken) {
        reason = "the synthetic path is opened anew";
    } else if (!from_vf && syn->usable) {
        reason = "the synthetic path is opened anew with other settings";
    } else if (from_vf && vf->usable) {
        reason = "the VF is opened anew with other settings";
    } else {
        reason = from_vf ? vf->reason : syn->reason;
    }
    return xstrdup(reason ? reason : "");
}

/* Has the worker read how fast the path is that 'port' transmits on, if its
 * PMD does not know.  The kernel's messages about links do not tell, so this
 * is to be called when anything about the port has changed.  As the path is
 * open, the job is done before the port is gone. */
static void
refresh_speed(struct netvsc_port *port)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp;

    if (port->active == NETVSC_NO_PATH) {
        return;
    }
    pp = &port->paths[port->active];
    if (pp->state == NETVSC_PATH_OPEN && !pp->reading_speed
        && netvsc_path_spec_is_virtual(&pp->spec)) {
        pp->reading_speed = true;
        netvsc_worker_read_speed(port, port->active, pp->spec.ifindex);
    }
}

/* Has ovs-vswitchd look at the status of 'port' if it has 'changed', and once
 * more a while later.
 *
 * The second time is for a status that changes within milliseconds after
 * ovs-vswitchd was started, to what the database still has of its predecessor:
 * iface_create() in vswitchd/bridge.c has the first one on its way to the
 * database, and ovsdb_idl_txn_write() in lib/ovsdb-idl.c, which does not know,
 * drops what seems to be there already.  The first one stayed for ever. */
static void
announce(struct netvsc_port *port, bool changed, long long int *deadline)
    OVS_REQUIRES(netvsc_mutex)
{
    long long int now = time_msec();

    if (changed) {
        port->announce_again_at = now + ANNOUNCE_AGAIN_MS;
    } else if (port->announce_again_at && now >= port->announce_again_at) {
        port->announce_again_at = 0;
        changed = true;
    }
    if (port->announce_again_at) {
        *deadline = MIN(*deadline, port->announce_again_at);
    }
    if (changed && port->netdev) {
        netdev_change_seq_changed(port->netdev);
        refresh_speed(port);
    }
}

/* Says so, once, if the open path 'id', which is as it is to be, cannot carry
 * the MTU of 'port'. */
static void
tell_mtu(struct netvsc_port *port, enum netvsc_path_id id)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[id];

    if (pp->mtu_told == port->queues.mtu) {
        return;
    }
    pp->mtu_told = port->queues.mtu;
    if (pp->spec.queues.mtu < port->queues.mtu) {
        VLOG_WARN_RL(&port->rl, "%s: the MTU of the %s path is %d, that of "
                     "the port is %d: it drops larger packets", port->name,
                     netvsc_path_id_to_string(id), pp->spec.queues.mtu,
                     port->queues.mtu);
    }
}

/* Brings 'port' where the policy wants it, given the kernel's 'links'.  Never
 * blocks.  Returns when to call it again at the latest, if nothing else
 * happens, in terms of time_msec(). */
long long int
netvsc_port_run(struct netvsc_port *port, const struct netvsc_links *links)
{
    struct netvsc_path *retired[NETVSC_N_PATHS];
    struct netvsc_path_spec specs[NETVSC_N_PATHS];
    struct netvsc_facts facts;
    enum netvsc_path_id former;
    long long int published_at;
    struct netvsc_plan plan;
    bool changed, carrier;

    changed = collect_facts(port, links, &facts, specs);
    netvsc_policy_plan(&facts, &plan);

    /* First of all, as packets are lost until then.  To write to the log may
     * have to wait for others that do, or for syslog. */
    former = port->active;
    if (plan.tx != former || memcmp(plan.rx, port->rx, sizeof plan.rx)) {
        port->active = plan.tx;
        memcpy(port->rx, plan.rx, sizeof port->rx);
        netvsc_port_publish(port);
    }
    published_at = time_usec();

    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        changed |= plan.actions[i] != NETVSC_KEEP;
        retired[i] = act(port, i, &facts, &plan, &specs[i]);
    }
    if (plan.tx != former) {
        char *reason = explain_switch(port, former);

        note_switch(port, former, published_at, reason);
        free(reason);
        changed = true;
    }

    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        struct netvsc_port_path *pp = &port->paths[i];

        /* What the kernel told of leads to a switch now, or when the path is
         * open, or not at all. */
        if (!facts.enabled || !facts.paths[i].usable
            || pp->state == NETVSC_PATH_OPEN) {
            pp->heard_at = 0;
        }
        /* Whether its PMD recovers matters no longer. */
        if (pp->state != NETVSC_PATH_OPEN) {
            pp->suspended = false;
        }
        if (pp->state == NETVSC_PATH_OPEN && facts.paths[i].same_spec) {
            tell_mtu(port, i);
        }
        /* The worker does it before it is given the path to close. */
        if (pp->state == NETVSC_PATH_OPEN
            && pp->qos_serial != port->qos_serial) {
            netvsc_worker_configure(pp->path, &port->qos);
            pp->qos_serial = port->qos_serial;
        }
        if (retired[i]) {
            retire(port, retired[i]);
        }
    }

    carrier = (plan.tx == NETVSC_VF
               || (plan.tx == NETVSC_SYNTHETIC
                   && facts.paths[NETVSC_SYNTHETIC].usable));
    if (carrier != port->carrier) {
        port->carrier = carrier;
        port->carrier_resets++;
        changed = true;
    }
    announce(port, changed, &plan.deadline);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        if (port->paths[i].suspended) {
            plan.deadline = MIN(plan.deadline,
                                port->paths[i].suspended_until);
        }
    }
    return plan.deadline;
}

/* True if 'spec', which could not be opened, is of the interface that 'port'
 * has now, by the name that it has now. */
static bool
is_still_meant(const struct netvsc_port *port,
               const struct netvsc_path_spec *spec)
    OVS_REQUIRES(netvsc_mutex)
{
    return (spec->ifindex == port->iface_ifindex
            && spec->serial == port->iface_serial
            && !strcmp(spec->ifname, port->paths[NETVSC_SYNTHETIC].ifname));
}

/* Takes note that a path could not be opened, and of what to try next. */
static void
note_failure(struct netvsc_port *port, const struct netvsc_job *job)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[job->id];
    const struct netvsc_synthetic *failed, *next = NULL;
    bool has_good = netvsc_path_spec_same_device(&pp->good_spec, &job->spec);
    bool fell_back = false;
    long long int delay;

    pp->n_failures++;
    pp->n_failed++;
    delay = netvsc_policy_retry_delay(pp->n_failures);
    pp->retry_at = time_msec() + delay;

    if (has_good && netvsc_path_spec_equals(&pp->good_spec, &job->spec)) {
        /* Not even that works any more. */
        has_good = false;
        pp->good_spec.ifindex = 0;
        fell_back = netvsc_path_spec_same_device(&pp->failed_spec,
                                                 &job->spec);
    }
    if (!fell_back) {
        pp->failed_spec = job->spec;
    }

    failed = (job->id == NETVSC_SYNTHETIC
              ? netvsc_synthetic_by_pmd(job->spec.vdev) : NULL);
    if (failed && !port->options.synthetic && job->error != EADDRINUSE
        && !(has_good && !strcmp(pp->good_spec.vdev, job->spec.vdev))
        && is_still_meant(port, &job->spec)) {
        /* Another backend makes another spec, which may be tried now. */
        has_good = false;
        smap_replace(&port->backend_errors, failed->name, job->message);
        next = port->backend = netvsc_port_choose_backend(port);
        if (!next) {
            delay = netvsc_policy_retry_delay(++port->n_backends_failed);
            port->backends_retry_at = time_msec() + delay;
            smap_clear(&port->backend_errors);
            netvsc_set_text(&port->backends_error, "every backend failed, the "
                            "last one, %s; next attempt in %lld s",
                            job->message, delay / 1000);
        }
    }

    if (has_good) {
        netvsc_set_text(&pp->error, "%s; back to the settings that worked",
                        job->message);
    } else if (next) {
        netvsc_set_text(&pp->error, "%s; trying %s", job->message, next->name);
    } else {
        netvsc_set_text(&pp->error, "%s; attempt %d, next in %lld s",
                        job->message, pp->n_failures, delay / 1000);
    }
    VLOG_WARN_RL(&port->rl, "%s: cannot open the %s path: %s", port->name,
                 netvsc_path_id_to_string(job->id), pp->error);
    set_path_state(port, job->id, NETVSC_PATH_CLOSED, pp->error);
}

/* Takes note that a path was opened. */
static void
note_success(struct netvsc_port *port, const struct netvsc_job *job)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[job->id];
    char *text;

    pp->path = job->path;
    pp->speed = job->speed;
    pp->broken = pp->suspended = pp->tap_seen = pp->rules_lost = false;
    pp->good_spec = pp->spec;
    pp->n_failures = 0;
    pp->retry_at = 0;
    if (netvsc_path_spec_equals(&pp->failed_spec, &pp->spec)) {
        /* Not the settings that worked before, but those that failed. */
        memset(&pp->failed_spec, 0, sizeof pp->failed_spec);
        free(pp->error);
        pp->error = NULL;
    }
    pp->n_opened++;
    if (job->id == NETVSC_SYNTHETIC) {
        port->backends_retry_at = 0;
        port->n_backends_failed = 0;
    }
    pp->mtu_told = 0;

    text = xasprintf("%s, %d rxq, %d txq, took %lld ms, DPDK %lld us",
                     pp->path->devargs, pp->path->n_rxq, pp->path->n_txq,
                     job->duration, pp->path->dpdk_us);
    set_path_state(port, job->id, NETVSC_PATH_OPEN, text);
    free(text);
}

/* Takes note that a path was closed. */
static void
note_closed(struct netvsc_port *port, const struct netvsc_job *job)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[job->id];
    char *text;

    text = (job->final.tx_dropped && job->final.tx_dropped != UINT64_MAX
            ? xasprintf("took %lld ms, its device had refused %llu packets",
                        job->duration,
                        (unsigned long long int) job->final.tx_dropped)
            : xasprintf("took %lld ms", job->duration));
    netvsc_stats_add(&pp->base, &job->final);
    /* The final ones may not have been had any more. */
    netvsc_stats_raise(&pp->base, &pp->reported);
    set_path_state(port, job->id, NETVSC_PATH_CLOSED, text);
    free(text);
}

/* Takes note of whether the rules that feed an open path's tap are there. */
static void
note_checked(struct netvsc_port *port, const struct netvsc_job *job)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[job->id];
    long long int now = time_msec();

    pp->checking = false;
    /* If it is open it is the one that was checked: another would have been
     * opened by a later job. */
    if (job->error && pp->state == NETVSC_PATH_OPEN && !pp->broken) {
        VLOG_WARN_RL(&port->rl, "%s: somebody deleted the ingress qdisc of %s "
                     "or net_tap's rules in it: the path is opened anew",
                     port->name, pp->ifname);
        pp->broken = pp->rules_lost = true;

        /* Somebody may do so whenever they are made. */
        pp->n_rules_lost = (pp->rules_lost_at
                            && now < pp->rules_lost_at + RULES_LOST_WINDOW
                            ? pp->n_rules_lost + 1 : 0);
        pp->rules_lost_at = now;
        if (pp->n_rules_lost) {
            pp->failed_spec = pp->spec;
            pp->retry_at = now + netvsc_policy_retry_delay(pp->n_rules_lost);
        }
    }
}

/* Takes note of how fast an open path's device is. */
static void
note_speed(struct netvsc_port *port, const struct netvsc_job *job)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[job->id];

    pp->reading_speed = false;
    /* As in note_checked(). */
    if (pp->state == NETVSC_PATH_OPEN
        && !netvsc_speed_equals(&pp->speed, &job->speed)) {
        pp->speed = job->speed;
        if (port->netdev) {
            netdev_change_seq_changed(port->netdev);
        }
    }
}

/* Takes note of what the worker did. */
void
netvsc_port_job_done(struct netvsc_port *port, struct netvsc_job *job)
{
    if (job->type == NETVSC_JOB_CHECK_TAP) {
        note_checked(port, job);
        return;
    } else if (job->type == NETVSC_JOB_READ_SPEED) {
        note_speed(port, job);
        return;
    }

    if (job->type == NETVSC_JOB_CLOSE) {
        note_closed(port, job);
    } else if (job->error) {
        note_failure(port, job);
    } else {
        note_success(port, job);
    }
    if (port->netdev) {
        netdev_change_seq_changed(port->netdev);
    }
}

/* Destroys 'port', which is gone.  Its interface is let go of, unless there is
 * another port for it already. */
void
netvsc_port_let_go(struct netvsc_port *port)
{
    const struct netvsc_path_spec *spec = &port->paths[NETVSC_SYNTHETIC].spec;

    if (spec->ifindex
        && !netvsc_port_claiming(port->paths[NETVSC_SYNTHETIC].ifname,
                                 spec->ifindex, port)) {
        netvsc_worker_restore_mtu(spec->ifindex);
    }
    netvsc_port_destroy(port);
}

static void
add_path(struct netvsc_path *path, struct netvsc_path ***paths, size_t *n,
         size_t *allocated)
{
    if (*n >= *allocated) {
        *paths = x2nrealloc(*paths, allocated, sizeof **paths);
    }
    (*paths)[(*n)++] = path;
}

/* Has the worker close all open paths, for a process that is about to exit:
 * some PMDs would leave things behind in the kernel, like an XDP program on a
 * netdevice.  Waits for it, but not for ever. */
void
netvsc_ports_shut_down(void)
{
    struct ovs_list jobs = OVS_LIST_INITIALIZER(&jobs);
    struct netvsc_path **paths = NULL;
    struct retired_path *retired;
    struct netvsc_port *port;
    size_t n = 0, allocated = 0;
    struct netvsc_job *job;

    /* With the mutex held a path is the worker's, a retired one, a port's, or
     * the result of a job that nobody has reaped. */
    ovs_mutex_lock(&netvsc_mutex);
    netvsc_worker_finish(&jobs);
    LIST_FOR_EACH_POP (job, node, &jobs) {
        if (job->path) {
            add_path(job->path, &paths, &n, &allocated);
        }
        netvsc_job_destroy(job);
    }
    /* The grace period that these wait for may never end. */
    LIST_FOR_EACH_SAFE (retired, node, &retired_paths) {
        add_path(take_retired(retired), &paths, &n, &allocated);
    }
    LIST_FOR_EACH (port, node, &netvsc_ports) {
        port->configured = false;
        for (int i = 0; i < NETVSC_N_PATHS; i++) {
            struct netvsc_port_path *pp = &port->paths[i];

            if (pp->path) {
                add_path(pp->path, &paths, &n, &allocated);
                pp->path = NULL;
                pp->state = NETVSC_PATH_CLOSING;
            }
            port->rx[i] = false;
        }
        port->active = NETVSC_NO_PATH;
        netvsc_port_publish(port);
    }
    ovs_mutex_unlock(&netvsc_mutex);

    /* Not ovsrcu_synchronize(): when a signal ends the process, threads block
     * in poll_block() and never quiesce.  PMD threads have no more to do than
     * to come to the end of a burst. */
    xnanosleep(SHUT_DOWN_GRACE * 1000LL * 1000);
    for (size_t i = 0; i < n; i++) {
        netvsc_worker_close(NULL, paths[i]);
    }
    netvsc_worker_restore_mtu(0);
    free(paths);
    if (!netvsc_worker_wait_idle(SHUT_DOWN_TIMEOUT)) {
        VLOG_WARN("some paths could not be closed in %d ms",
                  SHUT_DOWN_TIMEOUT);
    }
}
