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

#ifndef NETVSC_WORKER_H
#define NETVSC_WORKER_H 1

/* The worker: one thread that opens and closes paths, which may take seconds,
 * so that the monitor is always free to take a port off a VF that is gone.  It
 * also reads the host's addresses and routes, and how fast devices are, which
 * may have to wait.
 *
 * Jobs are done one after the other, in the order given. */

#include <stdbool.h>

#include "netvsc-path.h"
#include "netvsc-speed.h"
#include "openvswitch/list.h"
#include "openvswitch/netdev.h"

struct netvsc_qos;

enum netvsc_job_type {
    NETVSC_JOB_OPEN,                /* Open a path. */
    NETVSC_JOB_CLOSE,               /* Close one. */
    NETVSC_JOB_CHECK_TAP,           /* Look for the rules of one's net_tap. */
    NETVSC_JOB_READ_SPEED,          /* See how fast one's device is. */

    /* Without result. */
    NETVSC_JOB_CONFIGURE,           /* Have an open path do QoS. */
    NETVSC_JOB_INSPECT,             /* Log that an interface is in use. */
    NETVSC_JOB_RESTORE_MTU,         /* Take back what net_tap has done. */
};

struct netvsc_job {
    struct ovs_list node;
    enum netvsc_job_type type;
    void *port;                     /* The submitter's, left alone. */
    enum netvsc_path_id id;

    /* To inspect, to restore the MTU of, or to read the speed of. */
    int ifindex;

    /* To open. */
    char *port_name;                /* Also to inspect. */
    struct netvsc_path_spec spec;
    struct netvsc_qos *qos;         /* Also to configure. */
    int error;                      /* Result: 0 or a positive errno value,
                                     * ENOENT if rules are not there. */
    char *message;                  /* Result: what went wrong, if so. */

    /* To close, check or configure; the result of opening. */
    struct netvsc_path *path;
    struct netdev_stats final;      /* Result of closing. */

    struct netvsc_speed speed;      /* Result of reading it, and of opening a
                                     * virtual device. */

    long long int duration;         /* Result: ms that it took. */
};

void netvsc_worker_start(void (*wake)(void));
void netvsc_worker_open(void *port, const char *port_name,
                        enum netvsc_path_id, const struct netvsc_path_spec *,
                        const struct netvsc_qos *);
void netvsc_worker_close(void *port, struct netvsc_path *);
void netvsc_worker_check_tap(void *port, const struct netvsc_path *);
void netvsc_worker_read_speed(void *port, enum netvsc_path_id, int ifindex);
void netvsc_worker_configure(struct netvsc_path *, const struct netvsc_qos *);
void netvsc_worker_inspect(const char *port_name, int ifindex);
void netvsc_worker_restore_mtu(int ifindex);

struct netvsc_job *netvsc_worker_reap(void);
void netvsc_worker_wait(void);
void netvsc_worker_finish(struct ovs_list *jobs);
bool netvsc_worker_wait_idle(int timeout_ms);
void netvsc_job_destroy(struct netvsc_job *);

#endif /* netvsc-worker.h */
