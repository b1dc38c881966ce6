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
#include "openvswitch/dynamic-string.h"
#include "test-netvsc.h"
#include "util.h"

void
test_history(struct ovs_cmdl_context *ctx)
{
    struct netvsc_history history;
    struct ds s = DS_EMPTY_INITIALIZER;
    int n = atoi(ctx->argv[1]);

    netvsc_history_init(&history);
    for (int i = 1; i <= n; i++) {
        char *reason = xasprintf("number %d", i);

        netvsc_history_add(&history, i & 1 ? "vf" : "synthetic", "closed",
                           "opening", reason);
        free(reason);
    }
    netvsc_history_format(&history, &s);
    fputs(ds_cstr(&s), stdout);
    ds_destroy(&s);
    netvsc_history_destroy(&history);
}
