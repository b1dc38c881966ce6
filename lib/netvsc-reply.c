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

#include "netvsc-reply.h"

#include "netvsc-json.h"
#include "openvswitch/dynamic-string.h"
#include "unixctl.h"

/* Replies with the objects in 'array', which is destroyed: as JSON if 'json',
 * or if ovs-appctl was told "--format json", otherwise as the text that 'show'
 * makes of each, or 'none' if there is none. */
void
netvsc_reply(struct unixctl_conn *conn, bool json, struct json *array,
             void (*show)(const struct json *, struct ds *), const char *none)
{
    struct ds s = DS_EMPTY_INITIALIZER;

#if HAVE_DECL_UNIXCTL_COMMAND_REPLY_JSON
    if (unixctl_command_get_output_format(conn) == UNIXCTL_OUTPUT_FMT_JSON) {
        unixctl_command_reply_json(conn, array);
        return;
    }
#endif
    if (json) {
        json_to_ds(array, JSSF_SORT, &s);
        ds_put_char(&s, '\n');
    } else if (!netvsc_json_size(array)) {
        ds_put_format(&s, "%s\n", none);
    } else {
        for (size_t i = 0; i < netvsc_json_size(array); i++) {
            show(netvsc_json_at(array, i), &s);
        }
    }
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
    json_destroy(array);
}
