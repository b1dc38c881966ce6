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

/* reply: what a client of an Open vSwitch gets that has "ovs-appctl --format
 * json", of release 3.4 or later, whichever we are built for.  The source is
 * compiled a second time for that, against a unixctl of our own, which insists
 * on what that one does: one reply to each request, and JSON only to who has
 * asked for it. */

#include <config.h>

#include "test-netvsc.h"

#include <stdio.h>
#include <string.h>

#include "netvsc-reply.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "unixctl.h"
#include "util.h"

#undef HAVE_DECL_UNIXCTL_COMMAND_REPLY_JSON
#define HAVE_DECL_UNIXCTL_COMMAND_REPLY_JSON 1
#define UNIXCTL_OUTPUT_FMT_JSON TEST_FMT_JSON
#define unixctl_command_get_output_format test_get_output_format
#define unixctl_command_reply test_reply_text
#define unixctl_command_reply_json test_reply_json
#define netvsc_reply test_netvsc_reply

enum test_fmt {
    TEST_FMT_TEXT,
    TEST_FMT_JSON,
};

struct unixctl_conn {
    enum test_fmt fmt;
    int n_replies;
};

static enum test_fmt
test_get_output_format(struct unixctl_conn *conn)
{
    return conn->fmt;
}

/* Takes ownership of 'body'. */
static void
test_reply_json(struct unixctl_conn *conn, struct json *body)
{
    char *s = json_to_string(body, JSSF_SORT);

    ovs_assert(conn->fmt == TEST_FMT_JSON);
    conn->n_replies++;
    printf("JSON: %s\n", s);
    free(s);
    json_destroy(body);
}

static void
test_reply_text(struct unixctl_conn *conn, const char *body)
{
    conn->n_replies++;
    printf("%s: %s", conn->fmt == TEST_FMT_JSON ? "text in JSON" : "text",
           body);
}

static void test_netvsc_reply(struct unixctl_conn *, bool, struct json *,
                              void (*)(const struct json *, struct ds *),
                              const char *none);

#include "../lib/netvsc-reply.c"

static void
show(const struct json *json, struct ds *s)
{
    ds_put_format(s, "it is %s\n", json_string(json));
}

void
test_reply(struct ovs_cmdl_context *ctx)
{
    struct unixctl_conn conn = {
        .fmt = (!strcmp(ctx->argv[1], "json") ? TEST_FMT_JSON
                : TEST_FMT_TEXT),
    };
    struct json *array = json_array_create_empty();

    for (int i = 3; i < ctx->argc; i++) {
        json_array_add(array, json_string_create(ctx->argv[i]));
    }
    netvsc_reply(&conn, !strcmp(ctx->argv[2], "--json"), array, show,
                 "there is none");
    ovs_assert(conn.n_replies == 1);
}
