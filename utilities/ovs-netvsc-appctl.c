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

/* Stores the name of the socket that 'target' listens on in '*pathp': 'target'
 * itself if that is a path, otherwise that of the daemon so named.  Returns 0,
 * or a positive errno; then stores what is wrong in '*why_not'. */
static int
find_socket(const char *target, char **pathp, char **why_not)
{
    char *pidfile;
    pid_t pid;

    if (target[0] == '/') {
        *pathp = xstrdup(target);
        return 0;
    }
    pidfile = xasprintf("%s/%s.pid", ovs_rundir(), target);
    /* read_pidfile() would log that there is none. */
    pid = access(pidfile, R_OK) ? -errno : read_pidfile(pidfile);
    if (pid > 0) {
        *pathp = xasprintf("%s/%s.%ld.ctl", ovs_rundir(), target,
                           (long int) pid);
    } else if (pid == -EACCES) {
        *why_not = xasprintf("cannot tell whether %s runs (%s: %s)", target,
                             pidfile, ovs_strerror(EACCES));
    } else {
        *why_not = xasprintf("%s does not run (%s: %s)", target, pidfile,
                             ovs_strerror(-pid));
    }
    free(pidfile);
    return pid > 0 ? 0 : -pid;
}

/* Has the client carry out 'command' with the argument 'arg', if that is
 * nonnull.  As unixctl_client_transact(), with strings. */
static int
transact(struct jsonrpc *client, const char *command, const char *arg,
         char **result, char **error)
{
    char *args[] = { CONST_CAST(char *, arg) };
    int retval;

#if HAVE_DECL_UNIXCTL_COMMAND_REPLY_JSON
    struct json *json_result, *json_error;

    retval = unixctl_client_transact(client, command, arg != NULL, args,
                                     &json_result, &json_error);
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
    retval = unixctl_client_transact(client, command, arg != NULL, args,
                                     result, error);
#endif
    return retval;
}

static char *
ask(const char *target, const char *command, const char *arg, int *errorp,
    char **why_not)
{
    char *result = NULL, *error = NULL, *path = NULL;
    struct jsonrpc *client;
    int retval;

    *why_not = NULL;
    *errorp = find_socket(target, &path, why_not);
    if (*errorp) {
        return NULL;
    }
    retval = unixctl_client_create(path, &client);
    if (retval) {
        *why_not = xasprintf("cannot connect to %s (%s)", path,
                             ovs_strerror(retval));
        *errorp = retval;
        free(path);
        return NULL;
    }

    retval = transact(client, command, arg, &result, &error);
    if (retval) {
        *why_not = xasprintf("%s does not answer (%s)", path,
                             ovs_retval_to_string(retval));
        *errorp = retval > 0 ? retval : EPIPE;
    } else if (error) {
        error[strcspn(error, "\n")] = '\0';
        *why_not = xasprintf("%s: %s", target, error);
    }
    jsonrpc_close(client);
    free(error);
    free(path);
    if (*why_not) {
        free(result);
        return NULL;
    }
    return result ? result : xstrdup("");
}

/* Returns what 'command' of the daemon 'target', a name as of ovs-appctl or a
 * socket, prints, which the caller must free, or a null pointer; then stores a
 * message for a person, which the caller must free, in '*why_not'.  Stores in
 * '*error' a positive errno if the daemon could not be asked: ENOENT, ESRCH or
 * ECONNREFUSED if it does not run, EACCES if that may not be known; 0 if it
 * was. */
char *
ovs_netvsc_appctl_text(const char *target, const char *command, int *error,
                       char **why_not)
{
    return ask(target, command, NULL, error, why_not);
}

/* Has the daemon 'target' carry out "COMMAND --json".  Returns the JSON, which
 * the caller must destroy, or a null pointer; then stores a message for a
 * person, which the caller must free, in '*why_not'. */
struct json *
ovs_netvsc_appctl(const char *target, const char *command, char **why_not)
{
    struct json *json;
    char *text;
    int error;

    text = ask(target, command, "--json", &error, why_not);
    if (!text) {
        return NULL;
    }
    json = json_from_string(text);
    free(text);
    if (json->type != JSON_ARRAY) {
        *why_not = xasprintf("%s: %s gave no JSON", target, command);
        json_destroy(json);
        json = NULL;
    }
    return json;
}
