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

/* port-recovery: a port whose VF's PMD is recovering. */

#include <config.h>

#include "test-netvsc.h"

#include <stdio.h>
#include <stdlib.h>

#include "netvsc-link.h"
#include "netvsc-port.h"
#include "netvsc-port-run.h"
#include "openvswitch/thread.h"
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
