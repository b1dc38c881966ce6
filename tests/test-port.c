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

/* port-recovery, port-reason, worker-finish: what becomes of ports, what is
 * said of them and what is done for them. */

#include <config.h>

#include "test-netvsc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netvsc-json.h"
#include "netvsc-link.h"
#include "netvsc-port.h"
#include "netvsc-port-run.h"
#include "netvsc-port-show.h"
#include "netvsc-worker.h"
#include "netvsc-qos.h"
#include "openvswitch/thread.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

static void
run(struct netvsc_port *port, const struct netvsc_links *links)
{
    const struct netvsc_port_path *vf = &port->paths[NETVSC_VF];
    long long int deadline;

    ovs_mutex_lock(&netvsc_mutex);
    deadline = netvsc_port_run(port, links);
    ovs_mutex_unlock(&netvsc_mutex);

    printf("%s, again %s\n", netvsc_path_state_to_string(vf->state),
           deadline <= time_msec() ? "at once"
           : deadline <= time_msec() + NETVSC_DRAIN_TIME ? "when drained"
           : "later");
}

/* The port is removed while the VF's PMD recovers from an error: prints what
 * becomes of the path, and when the port is to be run again, before and after
 * the time that the PMD has is over. */
void
test_port_recovery(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct netvsc_port *port = netvsc_port_create("p0", NULL, NULL);
    struct netvsc_port_path *vf = &port->paths[NETVSC_VF];
    struct netvsc_links links;

    netvsc_links_init(&links, "sys");
    vf->path = xzalloc(sizeof *vf->path);
    vf->path->id = NETVSC_VF;
    vf->path->port_id = -1;
    vf->state = NETVSC_PATH_OPEN;
    vf->suspended = true;
    vf->suspended_until = time_msec() + 60 * 1000;

    run(port, &links);
    vf->suspended_until = time_msec();
    vf->drain_until = time_msec() + NETVSC_DRAIN_TIME / 2;
    run(port, &links);
    vf->drain_until = time_msec();
    run(port, &links);
    run(port, &links);
    netvsc_links_destroy(&links);
}

/* Prints what netvsc/show has, in each state of a path, of why it is not open
 * and of what went wrong with other settings. */
void
test_port_reason(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct netvsc_port *port = netvsc_port_create("p0", NULL, NULL);
    struct netvsc_port_path *vf = &port->paths[NETVSC_VF];
    struct netdev_stats by_path[NETVSC_N_PATHS];
    struct netvsc_path path;

    memset(by_path, 0, sizeof by_path);
    memset(&path, 0, sizeof path);
    vf->reason = xstrdup("it is up");
    vf->drain_reason = xstrdup("it was down");
    vf->error = xstrdup("it failed");
    ovs_mutex_lock(&netvsc_mutex);
    for (int i = NETVSC_PATH_CLOSED; i <= NETVSC_PATH_CLOSING; i++) {
        const struct json *json;
        struct json *all;

        vf->state = i;
        vf->path = (i == NETVSC_PATH_OPEN || i == NETVSC_PATH_DRAINING
                    ? &path : NULL);
        all = netvsc_port_to_json(port, by_path);
        json = netvsc_json_get(netvsc_json_get(all, "paths"), "vf");
        printf("%s: reason \"%s\", error \"%s\"\n",
               netvsc_json_str(json, "state"),
               netvsc_json_str(json, "reason"),
               netvsc_json_str(json, "error"));
        json_destroy(all);
    }
    ovs_mutex_unlock(&netvsc_mutex);
}

static void
open_path(void)
{
    struct netvsc_path_spec spec;
    struct netvsc_qos qos;

    memset(&spec, 0, sizeof spec);
    netvsc_qos_init(&qos);
    netvsc_worker_open(NULL, "p0", NETVSC_VF, &spec, &qos);
    netvsc_qos_destroy(&qos);
    ovs_assert(netvsc_worker_wait_idle(60 * 1000));
}

static void
wake(void)
{
}

/* Has the worker open a path, which fails as there is no netdev of type dpdk
 * here, before and after the process is said to end.  Prints what was not
 * reaped until then. */
void
test_worker_finish(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct ovs_list jobs = OVS_LIST_INITIALIZER(&jobs);
    struct netvsc_job *job;

    vlog_set_levels(NULL, VLF_CONSOLE, VLL_WARN);
    netvsc_worker_start(wake);
    open_path();
    netvsc_worker_finish(&jobs);
    open_path();
    LIST_FOR_EACH_POP (job, node, &jobs) {
        puts(job->message);
        netvsc_job_destroy(job);
    }
    ovs_assert(!netvsc_worker_reap());
}
