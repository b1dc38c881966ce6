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

#include <rte_ethdev.h>
#include <rte_version.h>

#include "netvsc-config.h"
#include "netvsc-monitor.h"
#include "netvsc-port.h"
#include "netvsc-port-show.h"
#include "openvswitch/dynamic-string.h"
#include "unixctl.h"
#include "util.h"

/* Finds the port named 'name'.  If there is none replies so and returns a null
 * pointer. */
static struct netvsc_port *
lookup_or_reply(struct unixctl_conn *conn, const char *name)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port *port = netvsc_port_lookup(name);

    if (!port) {
        char *message = xasprintf("no netvsc port named %s", name);

        unixctl_command_reply_error(conn, message);
        free(message);
    }
    return port;
}

/* Replies with what 'format' appends for the port argv[1], or for all ports if
 * there is no argument. */
static void
reply_for_ports(struct unixctl_conn *conn, int argc, const char *argv[],
                void (*format)(const struct netvsc_port *, struct ds *))
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct netvsc_port *port;

    ovs_mutex_lock(&netvsc_mutex);
    if (argc > 1) {
        port = lookup_or_reply(conn, argv[1]);
        if (!port) {
            goto out;
        }
        format(port, &s);
    } else {
        LIST_FOR_EACH (port, node, &netvsc_ports) {
            if (port->netdev) {
                format(port, &s);
            }
        }
    }
    unixctl_command_reply(conn, ds_cstr(&s));

out:
    ovs_mutex_unlock(&netvsc_mutex);
    ds_destroy(&s);
}

static void
netvsc_unixctl_version(struct unixctl_conn *conn, int argc OVS_UNUSED,
                       const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, "ovs-netvsc "NETVSC_VERSION"\n"
                "built for Open vSwitch "NETVSC_OVS_VERSION
                " and DPDK "NETVSC_DPDK_VERSION"\n");
    ds_put_format(&s, "running with %s\n", rte_version());
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
netvsc_unixctl_show(struct unixctl_conn *conn, int argc, const char *argv[],
                    void *aux OVS_UNUSED)
{
    reply_for_ports(conn, argc, argv, netvsc_port_show);
}

static void
format_history(const struct netvsc_port *port, struct ds *s)
    OVS_NO_THREAD_SAFETY_ANALYSIS
{
    ds_put_format(s, "%s:\n", port->name);
    netvsc_history_format(&port->history, s);
}

static void
netvsc_unixctl_history(struct unixctl_conn *conn, int argc, const char *argv[],
                       void *aux OVS_UNUSED)
{
    reply_for_ports(conn, argc, argv, format_history);
}

static void
netvsc_unixctl_set_path(struct unixctl_conn *conn, int argc OVS_UNUSED,
                        const char *argv[], void *aux OVS_UNUSED)
{
    struct netvsc_port *port;
    enum netvsc_pin pin;

    if (!netvsc_pin_from_string(argv[2], &pin)) {
        unixctl_command_reply_error(
            conn, "the path must be auto, vf or synthetic");
        return;
    }

    ovs_mutex_lock(&netvsc_mutex);
    port = lookup_or_reply(conn, argv[1]);
    if (port) {
        port->pin = pin;
        if (pin == NETVSC_PIN_VF) {
            netvsc_port_try_again(port);
        }
    }
    ovs_mutex_unlock(&netvsc_mutex);
    if (port) {
        netvsc_monitor_wake();
        unixctl_command_reply(conn, NULL);
    }
}

static void
netvsc_unixctl_rescan(struct unixctl_conn *conn, int argc OVS_UNUSED,
                      const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    struct netvsc_port *port;

    netvsc_monitor_start();
    ovs_mutex_lock(&netvsc_mutex);
    LIST_FOR_EACH (port, node, &netvsc_ports) {
        netvsc_port_try_again(port);
    }
    ovs_mutex_unlock(&netvsc_mutex);
    netvsc_monitor_rescan();
    unixctl_command_reply(conn, NULL);
}

static void
netvsc_unixctl_counters(struct unixctl_conn *conn, int argc OVS_UNUSED,
                        const char *argv[] OVS_UNUSED, void *aux OVS_UNUSED)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    netvsc_monitor_show(&s);
    ds_put_format(&s, "ethdev ports: %u\n", rte_eth_dev_count_total());
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

/* Registers the commands.  To be called once, by a constructor: it makes no
 * thread and no socket. */
void
netvsc_unixctl_register(void)
{
    static const struct {
        const char *name;
        const char *usage;
        int min_args;
        int max_args;
        unixctl_cb_func *cb;
    } commands[] = {
        { "netvsc/version", "", 0, 0, netvsc_unixctl_version },
        { "netvsc/show", "[port]", 0, 1, netvsc_unixctl_show },
        { "netvsc/history", "[port]", 0, 1, netvsc_unixctl_history },
        { "netvsc/set-path", "port auto|vf|synthetic", 2, 2,
          netvsc_unixctl_set_path },
        { "netvsc/rescan", "", 0, 0, netvsc_unixctl_rescan },
        { "netvsc/counters", "", 0, 0, netvsc_unixctl_counters },
    };

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        unixctl_command_register(commands[i].name, commands[i].usage,
                                 commands[i].min_args, commands[i].max_args,
                                 commands[i].cb, NULL);
    }
}
