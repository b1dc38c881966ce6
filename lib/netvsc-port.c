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

#include "netvsc-port.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "netdev-provider.h"
#include "netvsc-stats.h"
#include "ovs-rcu.h"
#include "packets.h"
#include "util.h"

struct ovs_mutex netvsc_mutex = OVS_MUTEX_INITIALIZER;
struct ovs_list netvsc_ports OVS_GUARDED_BY(netvsc_mutex)
    = OVS_LIST_INITIALIZER(&netvsc_ports);

/* Returns a new port for 'netdev', which is named 'name' and passes packets
 * through 'dp'.  netvsc_port_orphan() ends its use. */
struct netvsc_port *
netvsc_port_create(const char *name, struct netdev *netdev,
                   struct netvsc_dp *dp)
{
    static const struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 60);
    struct netvsc_port *port = xzalloc(sizeof *port);

    port->name = xstrdup(name);
    port->netdev = netdev;
    port->dp = dp;
    port->admin_up = true;
    port->active = NETVSC_NO_PATH;
    port->rl = rl;
    netvsc_history_init(&port->history);
    netvsc_qos_init(&port->qos);
    sset_init(&port->passed_over);
    smap_init(&port->backend_errors);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        netvsc_stats_init(&port->paths[i].base);
        netvsc_stats_init(&port->paths[i].reported);
    }

    ovs_mutex_lock(&netvsc_mutex);
    ovs_list_push_back(&netvsc_ports, &port->node);
    ovs_mutex_unlock(&netvsc_mutex);
    return port;
}

/* Takes its netdev away from 'port', which the monitor now closes and frees.
 * To be called when no PMD thread uses the netdev any longer. */
void
netvsc_port_orphan(struct netvsc_port *port)
{
    ovs_mutex_lock(&netvsc_mutex);
    netvsc_dp_publish(port->dp, NULL);
    port->dp = NULL;
    port->netdev = NULL;
    ovs_mutex_unlock(&netvsc_mutex);
}

/* True if nothing is left of 'port' but its memory. */
bool
netvsc_port_is_gone(const struct netvsc_port *port)
{
    return (!port->netdev
            && port->paths[NETVSC_SYNTHETIC].state == NETVSC_PATH_CLOSED
            && port->paths[NETVSC_VF].state == NETVSC_PATH_CLOSED);
}

/* Frees 'port', which must be gone. */
void
netvsc_port_destroy(struct netvsc_port *port)
{
    ovs_list_remove(&port->node);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        free(port->paths[i].error);
        free(port->paths[i].reason);
        free(port->paths[i].drain_reason);
    }
    netvsc_history_destroy(&port->history);
    netvsc_qos_destroy(&port->qos);
    sset_destroy(&port->passed_over);
    smap_destroy(&port->backend_errors);
    free(port->iface_reason);
    free(port->backend_reason);
    free(port->backends_error);
    free(port->last_switch_reason);
    free(port->name);
    free(port);
}

/* Returns the port named 'name', or a null pointer if there is none. */
struct netvsc_port *
netvsc_port_lookup(const char *name)
{
    struct netvsc_port *port;

    LIST_FOR_EACH (port, node, &netvsc_ports) {
        if (port->netdev && !strcmp(port->name, name)) {
            return port;
        }
    }
    return NULL;
}

/* Forgets what failed and what is held off, so that all is tried again, except
 * for synthetic backends while another one works. */
void
netvsc_port_try_again(struct netvsc_port *port)
{
    port->backends_retry_at = 0;
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        struct netvsc_port_path *pp = &port->paths[i];

        memset(&pp->failed_spec, 0, sizeof pp->failed_spec);
        pp->n_failures = 0;
        pp->retry_at = pp->hold_until = 0;
    }
}

/* Returns the name of the interface that 'port' is to drive, or a null pointer
 * if it is known by its MAC address. */
const char *
netvsc_port_iface(const struct netvsc_port *port)
{
    return (port->options.iface[0] ? port->options.iface
            : eth_addr_is_zero(netvsc_port_mac(port)) ? port->name
            : NULL);
}

/* Returns the MAC address of the interface that 'port' is to drive, zero if it
 * is known by its name. */
struct eth_addr
netvsc_port_mac(const struct netvsc_port *port)
{
    return (port->naming == NETVSC_CHOSEN ? port->chosen_mac
            : port->options.mac);
}

/* Returns a port other than 'but' that drives, or is to drive, the interface
 * 'ifname' with 'ifindex' (0 if it does not exist), or a null pointer if there
 * is none. */
const struct netvsc_port *
netvsc_port_claiming(const char *ifname, int ifindex,
                     const struct netvsc_port *but)
{
    const struct netvsc_port *port;

    LIST_FOR_EACH (port, node, &netvsc_ports) {
        if (port == but || !port->netdev || !port->configured) {
            continue;
        }
        if (ifindex && port->iface_ifindex) {
            if (port->iface_ifindex == ifindex) {
                return port;
            }
        } else {
            const char *claimed = netvsc_port_iface(port);

            if (claimed && !strcmp(claimed, ifname)) {
                return port;
            }
        }
    }
    return NULL;
}

/* Returns a port other than 'but' that is known to drive the interface with
 * the address 'mac', which is not there, or a null pointer if there is
 * none. */
const struct netvsc_port *
netvsc_port_awaiting_mac(struct eth_addr mac, const struct netvsc_port *but)
{
    const struct netvsc_port *port;

    LIST_FOR_EACH (port, node, &netvsc_ports) {
        if (port != but && port->netdev && port->configured
            && !port->iface_ifindex && !eth_addr_is_zero(mac)
            && eth_addr_equals(netvsc_port_mac(port), mac)) {
            return port;
        }
    }
    return NULL;
}

/* Returns a port other than 'but' that drives an interface with the address
 * 'mac', or a null pointer if there is none. */
const struct netvsc_port *
netvsc_port_driving_mac(struct eth_addr mac, const struct netvsc_port *but)
{
    const struct netvsc_port *port;

    LIST_FOR_EACH (port, node, &netvsc_ports) {
        if (port != but && port->netdev && port->iface_ifindex
            && eth_addr_equals(port->paths[NETVSC_SYNTHETIC].mac, mac)) {
            return port;
        }
    }
    return NULL;
}

/* Stores the formatted text in '*textp', in place of what was there.  Returns
 * true if it differs. */
bool
netvsc_set_text(char **textp, const char *format, ...)
{
    va_list args;
    char *text;
    bool differs;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);

    differs = !*textp || strcmp(*textp, text);
    free(*textp);
    *textp = text;
    return differs;
}

/* Returns how often the device of 'pp' was lost within options:vf-flap-window
 * before 'now', as far as that is kept. */
int
netvsc_port_n_flaps(const struct netvsc_port_path *pp,
                    const struct netvsc_options *options, long long int now)
{
    int n = 0;

    for (size_t i = 0; i < MIN(pp->n_lost, ARRAY_SIZE(pp->lost_at)); i++) {
        n += pp->lost_at[i] > now - options->vf_flap_window;
    }
    return n;
}

/* Returns how many packets 'port' has dropped because there was no path to
 * transmit on, 0 if its netdev is gone. */
unsigned long long int
netvsc_port_drops(const struct netvsc_port *port)
{
    return port->dp ? netvsc_dp_get_tx_drops(port->dp) : 0;
}

/* Makes the PMD threads use the paths that 'port' now has. */
void
netvsc_port_publish(struct netvsc_port *port)
{
    struct netvsc_path *rx[NETVSC_N_PATHS];
    struct netvsc_path *tx = NULL;

    if (!port->dp) {
        return;
    }
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        rx[i] = port->rx[i] && port->admin_up ? port->paths[i].path : NULL;
    }
    if (port->active != NETVSC_NO_PATH && port->admin_up) {
        tx = port->paths[port->active].path;
    }
    netvsc_dp_publish(port->dp, netvsc_path_set_create(rx, tx, &port->queues));
}

/* Adds up the statistics of 'port''s paths, those of former children included,
 * in 'by_path', and all of them in '*total'.  They never go backwards.
 *
 * To be called by a thread registered with RCU that keeps the port's netdev
 * open. */
void
netvsc_port_get_stats(struct netvsc_port *port, struct netdev_stats *total,
                      struct netdev_stats by_path[NETVSC_N_PATHS])
{
    const struct netvsc_path_set *set;

    ovs_mutex_lock(&netvsc_mutex);
    set = netvsc_dp_get(port->dp);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        by_path[i] = port->paths[i].base;
    }
    ovs_mutex_unlock(&netvsc_mutex);

    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        struct netdev_stats stats;

        if (set->paths[i] && !netdev_get_stats(set->paths[i]->netdev,
                                               &stats)) {
            netvsc_stats_add(&by_path[i], &stats);
        }
    }

    /* A child that was taken out of use counts again only when it is closed.
     * Meanwhile, report what was last reported. */
    netvsc_stats_init(total);
    ovs_mutex_lock(&netvsc_mutex);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        netvsc_stats_raise(&port->paths[i].reported, &by_path[i]);
        by_path[i] = port->paths[i].reported;
        netvsc_stats_add(total, &by_path[i]);
    }
    ovs_mutex_unlock(&netvsc_mutex);
}
