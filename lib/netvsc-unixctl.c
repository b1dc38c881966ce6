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

#include "netvsc-unixctl.h"

#include <limits.h>
#include <rte_ethdev.h>
#include <rte_version.h>
#include <stdlib.h>
#include <string.h>

#include "if-notifier.h"
#include "netdev-provider.h"
#include "netvsc-config.h"
#include "netvsc-json.h"
#include "netvsc-kernel.h"
#include "netvsc-list.h"
#include "netvsc-monitor.h"
#include "netvsc-port.h"
#include "netvsc-port-show.h"
#include "netvsc-reply.h"
#include "netvsc-show.h"
#include "openvswitch/dynamic-string.h"
#include "svec.h"
#include "unixctl.h"
#include "util.h"

struct command;

/* A command with its arguments, options taken out. */
struct request {
    struct unixctl_conn *conn;
    const struct command *command;
    const char *args[2];
    int n_args;
    bool json;                  /* --json was given. */
};

struct command {
    const char *name;
    const char *usage;
    int min_args;
    int max_args;
    bool has_json;
    void (*run)(const struct request *);
};

/* Replies that 'what' is wrong with the arguments, and how the command is
 * used. */
static void
reply_usage(const struct request *request, const char *what)
{
    const struct command *command = request->command;
    char *message = xasprintf("%s (usage: %s%s%s)", what, command->name,
                              command->usage[0] ? " " : "", command->usage);

    unixctl_command_reply_error(request->conn, message);
    free(message);
}

static void
reply_no_port(struct unixctl_conn *conn, const char *name)
{
    char *message = xasprintf("no netvsc port named %s", name);

    unixctl_command_reply_error(conn, message);
    free(message);
}

/* Returns what 'to_json' makes of the port named 'name', or a null pointer if
 * there is no such port any longer. */
static struct json *
port_to_json(const char *name,
             struct json *(*to_json)(const struct netvsc_port *,
                                     const struct netdev_stats[]))
    OVS_EXCLUDED(netvsc_mutex)
{
    struct netdev_stats total, by_path[NETVSC_N_PATHS];
    struct netvsc_port *port = NULL;
    struct json *json = NULL;
    struct netdev *netdev;

    /* The port stays there as long as its netdev is open.  Its statistics
     * cannot be had with netvsc_mutex. */
    netdev = netdev_from_name(name);
    if (netdev && !strcmp(netdev_get_type(netdev), "netvsc")) {
        ovs_mutex_lock(&netvsc_mutex);
        port = netvsc_port_lookup(name);
        ovs_mutex_unlock(&netvsc_mutex);
    }
    if (port) {
        netvsc_port_get_stats(port, &total, by_path);
        ovs_mutex_lock(&netvsc_mutex);
        json = to_json(port, by_path);
        ovs_mutex_unlock(&netvsc_mutex);
    }
    netdev_close(netdev);
    return json;
}

/* Replies with what 'to_json' makes of the port that was named, or of all. */
static void
reply_for_ports(const struct request *request,
                struct json *(*to_json)(const struct netvsc_port *,
                                        const struct netdev_stats[]),
                void (*show)(const struct json *, struct ds *))
    OVS_EXCLUDED(netvsc_mutex)
{
    struct json *array = json_array_create_empty();
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const struct netvsc_port *port;
    const char *name;
    size_t i;

    if (request->n_args) {
        svec_add(&names, request->args[0]);
    } else {
        ovs_mutex_lock(&netvsc_mutex);
        LIST_FOR_EACH (port, node, &netvsc_ports) {
            if (port->netdev) {
                svec_add(&names, port->name);
            }
        }
        ovs_mutex_unlock(&netvsc_mutex);
    }

    SVEC_FOR_EACH (i, name, &names) {
        struct json *json = port_to_json(name, to_json);

        if (json) {
            json_array_add(array, json);
        }
    }
    if (request->n_args && !netvsc_json_size(array)) {
        reply_no_port(request->conn, request->args[0]);
        json_destroy(array);
    } else {
        /* One that was refused is destroyed at once. */
        netvsc_reply(request->conn, request->json, array, show,
                     "there is no port of type netvsc; one that was refused "
                     "has why in its column error");
    }
    svec_destroy(&names);
}

static void
run_version(const struct request *request)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, "ovs-netvsc "NETVSC_VERSION"\n"
                "built for Open vSwitch "NETVSC_OVS_VERSION
                " and DPDK "NETVSC_DPDK_VERSION"\n");
    ds_put_format(&s, "running with %s\n", rte_version());
    unixctl_command_reply(request->conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
run_list(const struct request *request)
{
    netvsc_list_start(request->conn, request->json);
}

static struct json *
show_to_json(const struct netvsc_port *port, const struct netdev_stats stats[])
    OVS_NO_THREAD_SAFETY_ANALYSIS
{
    return netvsc_port_to_json(port, stats);
}

static void
run_show(const struct request *request)
{
    reply_for_ports(request, show_to_json, netvsc_show_port);
}

static struct json *
history_to_json(const struct netvsc_port *port,
                const struct netdev_stats stats[] OVS_UNUSED)
    OVS_NO_THREAD_SAFETY_ANALYSIS
{
    return netvsc_port_history_to_json(port);
}

static void
run_history(const struct request *request)
{
    reply_for_ports(request, history_to_json, netvsc_show_history);
}

static void
run_set_path(const struct request *request)
{
    struct netvsc_port *port;
    enum netvsc_pin pin;

    if (!netvsc_pin_from_string(request->args[1], &pin)) {
        reply_usage(request, "the path must be auto, vf or synthetic");
        return;
    }

    ovs_mutex_lock(&netvsc_mutex);
    port = netvsc_port_lookup(request->args[0]);
    if (port) {
        port->pin = pin;
        if (pin == NETVSC_PIN_VF) {
            netvsc_port_try_again(port);
        }
    }
    ovs_mutex_unlock(&netvsc_mutex);
    if (port) {
        netvsc_monitor_wake();
        unixctl_command_reply(request->conn, NULL);
    } else {
        reply_no_port(request->conn, request->args[0]);
    }
}

static void
run_rescan(const struct request *request)
{
    struct netvsc_port *port;

    if (netvsc_kernel_ask_again(0)) {
        /* A port may have been refused for want of that: has the bridges
         * configured again. */
        if_notifier_manual_report();
    }
    netvsc_monitor_start();
    ovs_mutex_lock(&netvsc_mutex);
    LIST_FOR_EACH (port, node, &netvsc_ports) {
        netvsc_port_try_again(port);
        smap_clear(&port->backend_errors);
    }
    ovs_mutex_unlock(&netvsc_mutex);
    netvsc_monitor_rescan();
    unixctl_command_reply(request->conn, NULL);
}

static void
run_counters(const struct request *request)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    netvsc_monitor_show(&s);
    ds_put_format(&s, "ethdev ports: %u\n", rte_eth_dev_count_total());
    unixctl_command_reply(request->conn, ds_cstr(&s));
    ds_destroy(&s);
}

/* Takes the arguments apart and runs the command, or replies how it is
 * used. */
static void
run_command(struct unixctl_conn *conn, int argc, const char *argv[],
            void *command_)
{
    const struct command *command = command_;
    struct request request = { .conn = conn, .command = command };

    for (int i = 1; i < argc; i++) {
        if (command->has_json && !strcmp(argv[i], "--json")) {
            request.json = true;
        } else if (argv[i][0] == '-') {
            char *what = xasprintf("unknown option %s", argv[i]);

            reply_usage(&request, what);
            free(what);
            return;
        } else if (request.n_args < command->max_args) {
            request.args[request.n_args++] = argv[i];
        } else {
            reply_usage(&request, "too many arguments");
            return;
        }
    }
    if (request.n_args < command->min_args) {
        reply_usage(&request, "too few arguments");
        return;
    }
    command->run(&request);
}

/* Registers the commands.  To be called once, by a constructor: it makes no
 * thread and no socket. */
void
netvsc_unixctl_register(void)
{
    static const struct command commands[] = {
        { "netvsc/counters", "", 0, 0, false, run_counters },
        { "netvsc/history", "[--json] [port]", 0, 1, true, run_history },
        { "netvsc/list", "[--json]", 0, 0, true, run_list },
        { "netvsc/rescan", "", 0, 0, false, run_rescan },
        { "netvsc/set-path", "port auto|vf|synthetic", 2, 2, false,
          run_set_path },
        { "netvsc/show", "[--json] [port]", 0, 1, true, run_show },
        { "netvsc/version", "", 0, 0, false, run_version },
    };

    /* The numbers of arguments are checked here, not there, where a mistake
     * is not answered with the usage. */
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        unixctl_command_register(commands[i].name, commands[i].usage, 0,
                                 INT_MAX, run_command,
                                 CONST_CAST(struct command *, &commands[i]));
    }
}
