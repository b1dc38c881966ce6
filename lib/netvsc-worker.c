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

#include "netvsc-worker.h"

#include <errno.h>
#include <stdlib.h>

#include "netvsc-discovery.h"
#include "netvsc-ethdev-event.h"
#include "netvsc-qos.h"
#include "netvsc-rtnl.h"
#include "netvsc-sysfs.h"
#include "netvsc-tap.h"
#include "openvswitch/thread.h"
#include "openvswitch/vlog.h"
#include "ovs-rcu.h"
#include "ovs-thread.h"
#include "seq.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_worker);

static struct ovs_mutex mutex = OVS_MUTEX_INITIALIZER;

/* Jobs to do and jobs done. */
static struct ovs_list todo OVS_GUARDED_BY(mutex)
    = OVS_LIST_INITIALIZER(&todo);
static struct ovs_list done OVS_GUARDED_BY(mutex)
    = OVS_LIST_INITIALIZER(&done);

/* Signalled when there is something to do.  Not poll_block(): that would warn
 * of every job that takes more than a second. */
static pthread_cond_t todo_cond = PTHREAD_COND_INITIALIZER;

/* Changes when something is done.  Made when the worker starts. */
static struct seq *done_seq;
static uint64_t done_seen;      /* Only used by the reaping thread. */

static bool busy OVS_GUARDED_BY(mutex);         /* With a job. */
static bool finishing OVS_GUARDED_BY(mutex);    /* The process ends. */

static void (*wake_monitor)(void);

static struct netvsc_job *
pop(struct ovs_list *list)
    OVS_REQUIRES(mutex)
{
    return (ovs_list_is_empty(list) ? NULL
            : CONTAINER_OF(ovs_list_pop_front(list), struct netvsc_job, node));
}

static void
push_todo(struct netvsc_job *job)
{
    ovs_mutex_lock(&mutex);
    ovs_list_push_back(&todo, &job->node);
    xpthread_cond_signal(&todo_cond);
    ovs_mutex_unlock(&mutex);
}

/* Waits until there is a job and returns it.  Nobody waits for this thread to
 * quiesce meanwhile. */
static struct netvsc_job *
wait_for_todo(void)
{
    struct netvsc_job *job;

    ovsrcu_quiesce_start();
    ovs_mutex_lock(&mutex);
    busy = false;
    while ((job = pop(&todo)) == NULL) {
        ovs_mutex_cond_wait(&todo_cond, &mutex);
    }
    busy = true;
    ovs_mutex_unlock(&mutex);
    ovsrcu_quiesce_end();
    return job;
}

static void
push_done(struct netvsc_job *job)
{
    bool discard;

    ovs_mutex_lock(&mutex);
    discard = finishing;
    if (!discard) {
        ovs_list_push_back(&done, &job->node);
    }
    ovs_mutex_unlock(&mutex);

    if (discard) {
        netvsc_path_close(job->path, NULL);
        netvsc_job_destroy(job);
    } else {
        seq_change(done_seq);
    }
}

/* Warns if port 'port_name' takes an interface from the host that the host
 * itself uses: whoever named it may have meant another. */
static void
inspect(const char *port_name, int ifindex)
{
    const struct netvsc_found *found;
    struct netvsc_discovery d;
    int error;

    ovsrcu_quiesce_start();
    error = netvsc_rtnl_discover(NETVSC_SYSFS_ROOT, ifindex, &d);
    ovsrcu_quiesce_end();
    found = netvsc_discovery_find(&d, ifindex);
    if (error) {
        VLOG_WARN("%s: cannot tell whether the host uses the interface: %s",
                  port_name, ovs_strerror(error));
    } else if (found && netvsc_found_obstacle(found)) {
        VLOG_WARN("%s: interface %s %s, but is used because it was named",
                  port_name, found->link->rt.name,
                  netvsc_found_obstacle(found));
    }
    netvsc_discovery_destroy(&d);
}

static void
do_open(struct netvsc_job *job)
{
    bool cancelled;

    ovs_mutex_lock(&mutex);
    cancelled = finishing;
    ovs_mutex_unlock(&mutex);

    if (cancelled) {
        job->error = ECANCELED;
        return;
    }
    job->error = netvsc_path_open(job->port_name, job->id, &job->spec,
                                  &job->path, &job->message);
    if (!job->error) {
        netvsc_qos_apply(job->qos, job->path->netdev);
    }
    if (!job->error && netvsc_path_spec_is_virtual(&job->spec)) {
        ovsrcu_quiesce_start();
        job->speed = netvsc_speed_read(job->spec.ifindex);
        ovsrcu_quiesce_end();
    }
}

static void
do_job(struct netvsc_job *job)
{
    long long int start = time_msec();

    switch (job->type) {
    case NETVSC_JOB_OPEN:
        do_open(job);
        break;

    case NETVSC_JOB_CLOSE:
        netvsc_path_close(job->path, &job->final);
        job->path = NULL;
        break;

    case NETVSC_JOB_CHECK_TAP:
        ovsrcu_quiesce_start();
        job->error = netvsc_tap_has_rules(job->path->tap) ? 0 : ENOENT;
        ovsrcu_quiesce_end();
        job->path = NULL;
        break;

    case NETVSC_JOB_READ_SPEED:
        ovsrcu_quiesce_start();
        job->speed = netvsc_speed_read(job->ifindex);
        ovsrcu_quiesce_end();
        break;

    case NETVSC_JOB_CONFIGURE:
        netvsc_qos_apply(job->qos, job->path->netdev);
        break;

    case NETVSC_JOB_INSPECT:
        inspect(job->port_name, job->ifindex);
        break;

    case NETVSC_JOB_RESTORE_MTU:
        ovsrcu_quiesce_start();
        netvsc_tap_restore_mtu(job->ifindex);
        ovsrcu_quiesce_end();
        break;
    }
    job->duration = time_msec() - start;
}

static void *
worker_main(void *aux OVS_UNUSED)
{
    bool listening = false;

    for (;;) {
        struct netvsc_job *job = wait_for_todo();

        if (!listening) {
            /* Ports are configured only when DPDK is initialized. */
            netvsc_ethdev_event_start(wake_monitor);
            listening = true;
        }

        do_job(job);
        if (job->type < NETVSC_JOB_CONFIGURE) {
            push_done(job);
        } else {
            netvsc_job_destroy(job);
        }
    }
    return NULL;
}

/* Starts the worker.  Must be called once, before all else in here, by the
 * thread that reaps.  'wake' is called by any thread when an ethdev reports an
 * event; it must not block. */
void
netvsc_worker_start(void (*wake)(void))
{
    wake_monitor = wake;
    done_seq = seq_create();
    done_seen = seq_read(done_seq);
    ovs_thread_create("netvsc_worker", worker_main, NULL);
}

/* Has the worker open a path, with netvsc_path_open(), and have it do 'qos'.
 * 'port' comes back in the job done. */
void
netvsc_worker_open(void *port, const char *port_name, enum netvsc_path_id id,
                   const struct netvsc_path_spec *spec,
                   const struct netvsc_qos *qos)
{
    struct netvsc_job *job = xzalloc(sizeof *job);

    job->type = NETVSC_JOB_OPEN;
    job->port = port;
    job->id = id;
    job->port_name = xstrdup(port_name);
    job->spec = *spec;
    job->qos = netvsc_qos_clone(qos);
    push_todo(job);
}

/* Has the worker close 'path', with netvsc_path_close().  'port' comes back in
 * the job done. */
void
netvsc_worker_close(void *port, struct netvsc_path *path)
{
    struct netvsc_job *job = xzalloc(sizeof *job);

    job->type = NETVSC_JOB_CLOSE;
    job->port = port;
    job->id = path->id;
    job->path = path;
    push_todo(job);
}

/* Has the worker look whether the rules of the net_tap of 'path', which is
 * open and is not being closed yet, are still there.  'port' comes back in the
 * job done, the path does not. */
void
netvsc_worker_check_tap(void *port, const struct netvsc_path *path)
{
    struct netvsc_job *job = xzalloc(sizeof *job);

    job->type = NETVSC_JOB_CHECK_TAP;
    job->port = port;
    job->id = path->id;
    job->path = CONST_CAST(struct netvsc_path *, path);
    push_todo(job);
}

/* Has the worker read how fast the device with 'ifindex' is, over which path
 * 'id' of 'port' is open.  'port' comes back in the job done. */
void
netvsc_worker_read_speed(void *port, enum netvsc_path_id id, int ifindex)
{
    struct netvsc_job *job = xzalloc(sizeof *job);

    job->type = NETVSC_JOB_READ_SPEED;
    job->port = port;
    job->id = id;
    job->ifindex = ifindex;
    push_todo(job);
}

/* Has the worker have 'path', which is open and is not being closed yet, do
 * 'qos'. */
void
netvsc_worker_configure(struct netvsc_path *path, const struct netvsc_qos *qos)
{
    struct netvsc_job *job = xzalloc(sizeof *job);

    job->type = NETVSC_JOB_CONFIGURE;
    job->path = path;
    job->qos = netvsc_qos_clone(qos);
    push_todo(job);
}

/* Has the worker log a warning if the interface with 'ifindex', which the port
 * named 'port_name' is to drive, has addresses or routes of the host. */
void
netvsc_worker_inspect(const char *port_name, int ifindex)
{
    struct netvsc_job *job = xzalloc(sizeof *job);

    job->type = NETVSC_JOB_INSPECT;
    job->port_name = xstrdup(port_name);
    job->ifindex = ifindex;
    push_todo(job);
}

/* Has the worker give the device with 'ifindex', over which no path is opened
 * any more, or all such devices if it is 0, the MTU back that net_tap has
 * changed. */
void
netvsc_worker_restore_mtu(int ifindex)
{
    struct netvsc_job *job = xzalloc(sizeof *job);

    job->type = NETVSC_JOB_RESTORE_MTU;
    job->ifindex = ifindex;
    push_todo(job);
}

/* Returns a job that is done, which the caller must destroy with
 * netvsc_job_destroy(), or a null pointer if there is none. */
struct netvsc_job *
netvsc_worker_reap(void)
{
    struct netvsc_job *job;

    done_seen = seq_read(done_seq);
    ovs_mutex_lock(&mutex);
    job = pop(&done);
    ovs_mutex_unlock(&mutex);
    return job;
}

/* Wakes poll_block() when another job is done since netvsc_worker_reap()
 * returned a null pointer. */
void
netvsc_worker_wait(void)
{
    seq_wait(done_seq, done_seen);
}

/* Tells the worker that the process ends: it opens nothing any longer, closes
 * at once what it is opening just now, and hands out no more results.  Appends
 * to 'jobs' those that were not reaped.  Any thread. */
void
netvsc_worker_finish(struct ovs_list *jobs)
{
    ovs_mutex_lock(&mutex);
    finishing = true;
    ovs_list_push_back_all(jobs, &done);
    ovs_mutex_unlock(&mutex);
}

/* Waits until the worker has nothing left to do, at most 'timeout_ms'.
 * Returns true if that is so. */
bool
netvsc_worker_wait_idle(int timeout_ms)
{
    long long int deadline = time_msec() + timeout_ms;
    bool idle;

    do {
        ovs_mutex_lock(&mutex);
        idle = !busy && ovs_list_is_empty(&todo);
        ovs_mutex_unlock(&mutex);
        if (!idle) {
            xnanosleep(1000 * 1000);
        }
    } while (!idle && time_msec() < deadline);
    return idle;
}

/* Frees 'job', but not its path. */
void
netvsc_job_destroy(struct netvsc_job *job)
{
    free(job->port_name);
    free(job->message);
    netvsc_qos_free(job->qos);
    free(job);
}
