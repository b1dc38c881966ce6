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

#include "ovs-netvsc-appctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "dirs.h"
#include "jsonrpc.h"
#include "netvsc-config.h"
#include "openvswitch/json.h"
#include "unixctl.h"
#include "util.h"

/* Returns the name of the socket that 'target' listens on: 'target' itself if
 * that is a path, otherwise that of the daemon so named.  Returns a null
 * pointer, and stores why in '*why_not', if it does not run. */
static char *
find_socket(const char *target, char **why_not)
{
    char *pidfile, *path = NULL;
    pid_t pid;

    if (target[0] == '/') {
        return xstrdup(target);
    }
    pidfile = xasprintf("%s/%s.pid", ovs_rundir(), target);
    /* read_pidfile() would log that there is none. */
    pid = access(pidfile, R_OK) ? -errno : read_pidfile(pidfile);
    if (pid > 0) {
        path = xasprintf("%s/%s.%ld.ctl", ovs_rundir(), target,
                         (long int) pid);
    } else {
        *why_not = xasprintf("%s does not run (%s: %s)", target, pidfile,
                             ovs_strerror(-pid));
    }
    free(pidfile);
    return path;
}

/* Has the client carry out "COMMAND --json".  As unixctl_client_transact(),
 * with strings. */
static int
transact(struct jsonrpc *client, const char *command, char **result,
         char **error)
{
    char *args[] = { CONST_CAST(char *, "--json") };
    int retval;

#if HAVE_DECL_UNIXCTL_COMMAND_REPLY_JSON
    struct json *json_result, *json_error;

    retval = unixctl_client_transact(client, command, 1, args, &json_result,
                                     &json_error);
    *result = *error = NULL;
    if (!retval) {
        if (json_result && json_result->type == JSON_STRING) {
            *result = xstrdup(json_string(json_result));
        }
        if (json_error && json_error->type == JSON_STRING) {
            *error = xstrdup(json_string(json_error));
        }
        json_destroy(json_result);
        json_destroy(json_error);
    }
#else
    *result = *error = NULL;
    retval = unixctl_client_transact(client, command, 1, args, result, error);
#endif
    return retval;
}

/* Has the daemon 'target', a name as of ovs-appctl or a socket, carry out
 * "COMMAND --json".  Returns the JSON, which the caller must destroy, or a
 * null pointer; then stores a message for a person, which the caller must free, in
 * '*why_not'. */
struct json *
ovs_netvsc_appctl(const char *target, const char *command, char **why_not)
{
    char *result = NULL, *error = NULL, *path;
    struct json *json = NULL;
    struct jsonrpc *client;
    int retval;

    *why_not = NULL;
    path = find_socket(target, why_not);
    if (!path) {
        return NULL;
    }
    retval = unixctl_client_create(path, &client);
    if (retval) {
        *why_not = xasprintf("cannot connect to %s (%s)", path,
                             ovs_strerror(retval));
        free(path);
        return NULL;
    }

    retval = transact(client, command, &result, &error);
    if (retval) {
        *why_not = xasprintf("%s does not answer (%s)", path,
                             ovs_retval_to_string(retval));
    } else if (error) {
        error[strcspn(error, "\n")] = '\0';
        *why_not = xasprintf("%s: %s", target, error);
    } else {
        json = json_from_string(result ? result : "");
        if (json->type != JSON_ARRAY) {
            *why_not = xasprintf("%s: %s gave no JSON", target, command);
            json_destroy(json);
            json = NULL;
        }
    }
    jsonrpc_close(client);
    free(result);
    free(error);
    free(path);
    return json;
}
