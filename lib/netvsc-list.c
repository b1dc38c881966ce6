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

#include "netvsc-list.h"

#include <stdlib.h>

#include "netvsc-claim.h"
#include "netvsc-discovery.h"
#include "netvsc-json.h"
#include "netvsc-reply.h"
#include "netvsc-rtnl.h"
#include "netvsc-show.h"
#include "netvsc-sysfs.h"
#include "openvswitch/list.h"
#include "openvswitch/thread.h"
#include "ovs-rcu.h"
#include "ovs-thread.h"
#include "seq.h"
#include "unixctl.h"
#include "util.h"

struct list_request {
    struct ovs_list node;           /* In 'done'. */
    struct unixctl_conn *conn;
    bool json;
    struct netvsc_discovery d;
    int error;                      /* Of reading 'd'. */
};

static struct ovs_mutex mutex = OVS_MUTEX_INITIALIZER;

/* What was read and is to be replied to. */
static struct ovs_list done OVS_GUARDED_BY(mutex)
    = OVS_LIST_INITIALIZER(&done);

/* The main thread's. */
static struct seq *done_seq;        /* Changes with 'done'; NULL at first. */
static uint64_t done_seen;
static size_t n_pending;            /* Requests without a reply. */

static void *
list_main(void *request_)
{
    struct list_request *request = request_;

    ovsrcu_quiesce_start();
    request->error = netvsc_rtnl_discover(NETVSC_SYSFS_ROOT, 0, &request->d);
    ovsrcu_quiesce_end();

    ovs_mutex_lock(&mutex);
    ovs_list_push_back(&done, &request->node);
    ovs_mutex_unlock(&mutex);
    seq_change(done_seq);
    return NULL;
}

/* Begins to handle a request of 'conn', which gets its reply later, as JSON if
 * 'json'. */
void
netvsc_list_start(struct unixctl_conn *conn, bool json)
{
    struct list_request *request = xzalloc(sizeof *request);
    pthread_t thread;

    if (!done_seq) {
        done_seq = seq_create();
        done_seen = seq_read(done_seq);
    }
    request->conn = conn;
    request->json = json;
    n_pending++;
    thread = ovs_thread_create("netvsc_list", list_main, request);
    pthread_detach(thread);
}

static void
reply(struct list_request *request)
{
    struct netvsc_discovery *d = &request->d;
    struct json *array;

    if (request->error) {
        char *message = xasprintf("cannot read the host's addresses and "
                                  "routes (%s)",
                                  ovs_strerror(request->error));

        unixctl_command_reply_error(request->conn, message);
        free(message);
        return;
    }
    netvsc_claim_note_users(NULL, d);
    array = json_array_create_empty();
    for (size_t i = 0; i < d->n_found; i++) {
        const char *user = d->found[i].user;

        json_array_add(array, netvsc_found_to_json(&d->found[i],
                                                   user ? user : "none"));
    }
    netvsc_reply(request->conn, request->json, array, netvsc_show_found,
                 "there is no NetVSC interface");
}

/* Replies to what has been read. */
void
netvsc_list_run(void)
{
    if (!n_pending) {
        return;
    }
    done_seen = seq_read(done_seq);
    for (;;) {
        struct list_request *request = NULL;

        ovs_mutex_lock(&mutex);
        if (!ovs_list_is_empty(&done)) {
            request = CONTAINER_OF(ovs_list_pop_front(&done),
                                   struct list_request, node);
        }
        ovs_mutex_unlock(&mutex);
        if (!request) {
            return;
        }
        reply(request);
        netvsc_discovery_destroy(&request->d);
        free(request);
        n_pending--;
    }
}

/* Wakes poll_block() when netvsc_list_run() has something to do. */
void
netvsc_list_wait(void)
{
    if (n_pending) {
        seq_wait(done_seq, done_seen);
    }
}
