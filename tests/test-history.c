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

/* history: a history of N transitions, as people see it. */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "netvsc-history.h"
#include "netvsc-json.h"
#include "netvsc-show.h"
#include "openvswitch/dynamic-string.h"
#include "test-netvsc.h"
#include "util.h"

void
test_history(struct ovs_cmdl_context *ctx)
{
    struct netvsc_history history;
    struct ds s = DS_EMPTY_INITIALIZER;
    struct json *port, *array;
    int n = atoi(ctx->argv[1]);
    long long int now = 1000;

    netvsc_history_init(&history);
    for (int i = 1; i <= n; i++) {
        char *reason = xasprintf("number %d", i);

        now += 10 * i;
        netvsc_history_add(&history, now, i & 1 ? "vf" : "synthetic", "closed",
                           "opening", reason, i % 4 ? -1 : 25 * i, i / 2);
        free(reason);
    }
    array = netvsc_history_to_json(&history,
                                   ctx->argc > 2 ? ctx->argv[2] : NULL,
                                   ctx->argc > 3 ? atoi(ctx->argv[3])
                                   : NETVSC_HISTORY_SIZE);
    port = json_object_create();
    json_object_put(port, "transitions", array);
    json_object_put_string(port, "name", "port");
    netvsc_show_history(port, &s);
    fputs(ds_cstr(&s), stdout);
    ds_destroy(&s);
    json_destroy(port);
    netvsc_history_destroy(&history);
}
