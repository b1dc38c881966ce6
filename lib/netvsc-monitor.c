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

#include "netvsc-monitor.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "coverage.h"
#include "fatal-signal.h"
#include "netvsc-link.h"
#include "netvsc-link-sock.h"
#include "netvsc-port.h"
#include "netvsc-port-run.h"
#include "netvsc-worker.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-atomic.h"
#include "ovs-rcu.h"
#include "ovs-thread.h"
#include "seq.h"
#include "timeval.h"

VLOG_DEFINE_THIS_MODULE(netvsc_monitor);

COVERAGE_DEFINE(netvsc_link_event);
COVERAGE_DEFINE(netvsc_link_dump);
COVERAGE_DEFINE(netvsc_plan);

/* The thread's nice value, and its slice of time, ns, the shortest there is. */
#define MONITOR_NICE (-20)
#define MONITOR_SLICE 100000

/* How long to wait after the kernel refused to tell of its links, ms. */
#define RETRY 500

/* How many messages to handle before the ports are run. */
#define MAX_MESSAGES 64

/* Changes when the monitor should look around. */
static struct seq *wake_seq;

/* Set to have the kernel's links read anew. */
static atomic_bool want_dump = ATOMIC_VAR_INIT(true);

/* What other threads may see of the monitor's counters. */
static atomic_ullong n_events_dismissed = ATOMIC_VAR_INIT(0);
static atomic_ullong n_events_used = ATOMIC_VAR_INIT(0);
static atomic_ullong n_dumps = ATOMIC_VAR_INIT(0);

/* The thread's own. */
struct monitor {
    struct netvsc_link_sock *sock;      /* NULL if it could not be made. */
    struct netvsc_links links;
    bool plan;                          /* Something happened: plan again. */

    /* When to do what at the latest, in terms of time_msec(). */
    long long int plan_at;
    long long int dump_at;              /* After a failure. */
    long long int sock_at;              /* After a failure. */
};

/* Tells 'links' which names and addresses matter to the ports.  Returns true
 * if some of them did not before. */
static bool
refresh_interests(struct netvsc_links *links)
{
    size_t n_names = sset_count(&links->names);
    size_t n_macs = hmap_count(&links->macs);
    const struct netvsc_port *port;

    ovs_mutex_lock(&netvsc_mutex);
    LIST_FOR_EACH (port, node, &netvsc_ports) {
        const char *lost = port->paths[NETVSC_VF].lost_ifname;
        const struct netvsc_link *iface;
        const char *ifname;

        if (!port->netdev || !port->configured) {
            continue;
        }
        ifname = netvsc_port_iface(port);
        netvsc_links_add_mac(links, netvsc_port_mac(port));
        if (ifname || port->naming == NETVSC_CHOSEN) {
            netvsc_links_add_name(links, ifname ? ifname : port->name);
        }
        iface = (port->iface_ifindex
                 ? netvsc_links_by_ifindex(links, port->iface_ifindex)
                 : ifname ? netvsc_links_by_name(links, ifname)
                 : NULL);
        if (iface) {
            netvsc_links_add_mac(links, iface->rt.mac);
            netvsc_links_add_mac(links, iface->rt.perm_mac);
        }
        if (lost[0]) {
            /* People are told what became of it. */
            netvsc_links_add_name(links, lost);
        }
    }
    ovs_mutex_unlock(&netvsc_mutex);
    return (n_names != sset_count(&links->names)
            || n_macs != hmap_count(&links->macs));
}

/* Reads the kernel's links.  Returns true if successful.  May have to wait for
 * the kernel, which others need not. */
static bool
dump_links(struct monitor *monitor)
{
    unsigned long long int orig;
    int error;

    COVERAGE_INC(netvsc_link_dump);
    atomic_add_relaxed(&n_dumps, 1, &orig);
    ovsrcu_quiesce_start();
    error = netvsc_links_dump(&monitor->links);
    ovsrcu_quiesce_end();
    return !error;
}

/* Has the kernel tell of what is of interest now, and no more.  Not to be put
 * off: what is held back is not told later. */
static void
refresh_filter(struct monitor *monitor)
{
    if (!monitor->sock) {
        return;
    }
    netvsc_link_sock_set_filter(monitor->sock, &monitor->links);
    if (!netvsc_links_check_new(&monitor->links)) {
        atomic_store_relaxed(&want_dump, true);
    }
}

/* Brings the table of links up to date with the kernel's, if need be. */
static void
refresh_links(struct monitor *monitor)
{
    /* An interface's name leads to its address, which leads to its VF. */
    for (int i = 0; i < 3; i++) {
        bool dump = time_msec() >= monitor->dump_at;
        bool wanted;

        atomic_read_relaxed(&want_dump, &wanted);
        if (wanted) {
            atomic_store_relaxed(&want_dump, false);
            dump = true;
        }
        if (dump) {
            netvsc_links_clear_interest(&monitor->links);
        }
        dump |= refresh_interests(&monitor->links);
        if (!dump) {
            return;
        }

        /* Before the links are read, so that nothing is missed that happens
         * meanwhile; and again with what was found. */
        refresh_filter(monitor);
        monitor->dump_at = LLONG_MAX;
        if (!dump_links(monitor)) {
            monitor->dump_at = time_msec() + RETRY;
            return;
        }
        refresh_filter(monitor);
        monitor->plan = true;
    }
}

/* Takes the worker's results.  Returns true if there were any. */
static bool
reap_jobs(void)
{
    struct netvsc_job *job;
    bool any = false;

    /* The mutex keeps netvsc_ports_shut_down() from missing a path that is
     * neither the worker's nor a port's. */
    ovs_mutex_lock(&netvsc_mutex);
    while ((job = netvsc_worker_reap()) != NULL) {
        netvsc_port_job_done(job->port, job);
        netvsc_job_destroy(job);
        any = true;
    }
    ovs_mutex_unlock(&netvsc_mutex);
    return any;
}

static void
run_ports(struct monitor *monitor)
{
    struct netvsc_port *port;

    COVERAGE_INC(netvsc_plan);
    monitor->plan = false;
    monitor->plan_at = LLONG_MAX;

    ovs_mutex_lock(&netvsc_mutex);
    LIST_FOR_EACH_SAFE (port, node, &netvsc_ports) {
        long long int deadline = netvsc_port_run(port, &monitor->links);

        monitor->plan_at = MIN(monitor->plan_at, deadline);
        if (netvsc_port_is_gone(port)) {
            netvsc_port_let_go(port);
        }
    }
    ovs_mutex_unlock(&netvsc_mutex);
    monitor->links.heard_at = 0;
}

/* Makes the socket, unless there is one.  Without it, the links would have to
 * be polled: that is not done, and said. */
static void
ensure_sock(struct monitor *monitor)
{
    int error;

    if (monitor->sock || time_msec() < monitor->sock_at) {
        return;
    }
    monitor->sock_at = LLONG_MAX;
    error = netvsc_link_sock_create(&monitor->sock);
    if (error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_ERR_RL(&rl, "cannot watch the kernel's links: VFs will not be "
                    "noticed; trying again (%s)", ovs_strerror(error));
        monitor->sock_at = time_msec() + RETRY;
    } else {
        refresh_filter(monitor);
        atomic_store_relaxed(&want_dump, true);
    }
}

/* Handles the messages that are there, but no more than MAX_MESSAGES of them.
 * If some were lost, starts anew: what is still in the socket is older than
 * what a dump gives, and the kernel adds nothing until all of it was read. */
static void
run_sock(struct monitor *monitor)
{
    struct ofpbuf msg;
    int error = 0;

    ensure_sock(monitor);
    for (int i = 0; monitor->sock && i < MAX_MESSAGES; i++) {
        struct netvsc_link_change change;

        error = netvsc_link_sock_recv(monitor->sock, &msg);
        if (error) {
            break;
        }
        COVERAGE_INC(netvsc_link_event);
        if (!netvsc_link_parse(&msg, &change)) {
            error = EBADMSG;
            break;
        }
        if (netvsc_links_handle(&monitor->links, &change)) {
            monitor->plan = true;
            if (!monitor->links.heard_at) {
                monitor->links.heard_at = time_usec();
            }
        }
    }
    if (error && error != EAGAIN) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 60);

        VLOG_WARN_RL(&rl, "messages about links were lost, reading all of "
                     "them again (%s)", ovs_strerror(error));
        netvsc_link_sock_destroy(monitor->sock);
        monitor->sock = NULL;
        monitor->sock_at = 0;
        ensure_sock(monitor);
    }
}

/* Has this thread wait less for a processor that others keep busy: packets are
 * lost meanwhile.  It needs little time, and a user without the right to do so
 * is as well off as with other threads.
 *
 * To be nice the other way is enough up to Linux 6.5.  Since then one that runs
 * is left to run until its slice is over, unless it is one with a shorter slice
 * that is woken (from 6.12, see sched_setattr(2)). */
static void
raise_priority(void)
{
    /* As the kernel has it.  Its own declaration, in linux/sched/types.h, does
     * not go with sched.h of older C libraries, and those have none. */
    const struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attr = {
        .size = sizeof attr,
        .policy = SCHED_OTHER,
        .nice = MONITOR_NICE,
        .runtime = MONITOR_SLICE,
    };

    if (syscall(SYS_sched_setattr, 0, &attr, 0)) {
        VLOG_DBG("cannot have a nice value of %d (%s)", MONITOR_NICE,
                 ovs_strerror(errno));
    }
}

static void *
monitor_main(void *aux OVS_UNUSED)
{
    struct monitor monitor = {
        .plan = true,
        .plan_at = LLONG_MAX,
        .dump_at = LLONG_MAX,
    };
    uint64_t seen = seq_read(wake_seq);

    netvsc_links_init(&monitor.links, NETVSC_SYSFS_ROOT);
    netvsc_worker_start(netvsc_monitor_wake);
    raise_priority();           /* Not the worker's. */

    for (;;) {
        uint64_t seq = seq_read(wake_seq);

        monitor.plan |= seq != seen || time_msec() >= monitor.plan_at;
        seen = seq;

        run_sock(&monitor);
        monitor.plan |= reap_jobs();

        /* What is gone is let go of first: reading the links again, or their
         * channels, may have to wait for the kernel. */
        if (monitor.plan) {
            run_ports(&monitor);
        }
        if (monitor.links.has_new) {
            refresh_filter(&monitor);
        }
        refresh_links(&monitor);
        monitor.plan |= netvsc_links_read_channels(&monitor.links);
        if (monitor.plan) {
            run_ports(&monitor);
            poll_immediate_wake();
        }
        atomic_store_relaxed(&n_events_dismissed, monitor.links.n_dismissed);
        atomic_store_relaxed(&n_events_used, monitor.links.n_used);

        if (monitor.sock) {
            netvsc_link_sock_wait(monitor.sock);
        }
        netvsc_worker_wait();
        seq_wait(wake_seq, seen);
        poll_timer_wait_until(MIN(monitor.plan_at,
                                  MIN(monitor.dump_at, monitor.sock_at)));
        poll_block();
    }
    return NULL;
}

static void
shut_down(void *aux OVS_UNUSED)
{
    netvsc_ports_shut_down();
}

/* Starts the monitor and its worker, if they do not run.  Any thread, but not
 * before ovs-vswitchd has put itself in the background. */
void
netvsc_monitor_start(void)
{
    static struct ovsthread_once once = OVSTHREAD_ONCE_INITIALIZER;

    if (ovsthread_once_start(&once)) {
        wake_seq = seq_create();
        fatal_signal_add_hook(shut_down, NULL, NULL, true);
        ovs_thread_create("netvsc_monitor", monitor_main, NULL);
        ovsthread_once_done(&once);
    }
}

/* Has the monitor look at what the ports want.  Any thread; returns at
 * once. */
void
netvsc_monitor_wake(void)
{
    seq_change(wake_seq);
}

/* Has the monitor read all of the kernel's links again.  Any thread; returns
 * at once. */
void
netvsc_monitor_rescan(void)
{
    atomic_store_relaxed(&want_dump, true);
    netvsc_monitor_wake();
}

/* Appends the monitor's counters to 's'.  Any thread. */
void
netvsc_monitor_show(struct ds *s)
{
    unsigned long long int dismissed, used, dumps;

    atomic_read_relaxed(&n_events_dismissed, &dismissed);
    atomic_read_relaxed(&n_events_used, &used);
    atomic_read_relaxed(&n_dumps, &dumps);
    ds_put_format(s, "link events: %llu dismissed, %llu used; links read "
                  "%llu times\n", dismissed, used, dumps);
}
