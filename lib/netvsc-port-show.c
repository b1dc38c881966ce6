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

#include "netvsc-port-show.h"

#include <stdint.h>
#include <string.h>

#include "netvsc-json.h"
#include "netvsc-synthetic.h"
#include "netvsc-vf-driver.h"
#include "packets.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

static const char *
pmd_name(const struct netvsc_port *port, enum netvsc_path_id id)
    OVS_REQUIRES(netvsc_mutex)
{
    if (id != NETVSC_NO_PATH && port->paths[id].path
        && port->paths[id].path->spec.vdev[0]) {
        return port->paths[id].path->spec.vdev;
    }
    switch (id) {
    case NETVSC_SYNTHETIC:
        return port->backend ? port->backend->pmd : "";
    case NETVSC_VF:
        return (port->options.vf == NETVSC_VF_DEVARGS
                ? port->options.vf_devargs
                : netvsc_vf_driver_lookup(port->paths[id].driver)->pmd);
    case NETVSC_N_PATHS:
    default:
        return "";
    }
}

/* Returns the name of the synthetic backend in use, or that is tried next, ""
 * if there is none. */
static const char *
backend_name(const struct netvsc_port *port)
    OVS_REQUIRES(netvsc_mutex)
{
    const char *pmd = pmd_name(port, NETVSC_SYNTHETIC);
    const struct netvsc_synthetic *b = netvsc_synthetic_by_pmd(pmd);

    return b ? b->name : "";
}

static void
add_nonempty(struct smap *smap, const char *key, const char *value)
{
    if (value && value[0]) {
        smap_add(smap, key, value);
    }
}

/* Adds to 'smap' what the Interface's status column has about 'port'. */
void
netvsc_port_get_status(const struct netvsc_port *port, struct smap *smap)
{
    const struct netvsc_port_path *syn = &port->paths[NETVSC_SYNTHETIC];
    const struct netvsc_port_path *vf = &port->paths[NETVSC_VF];

    add_nonempty(smap, "driver_name", pmd_name(port, port->active));
    smap_add(smap, "active_path", netvsc_path_id_to_string(port->active));
    add_nonempty(smap, "netvsc_iface", syn->ifname);
    add_nonempty(smap, "synthetic_backend", backend_name(port));
    if (syn->ifindex) {
        add_nonempty(smap, "synthetic_backend_reason", port->backend_reason);
    }
    smap_add(smap, "synthetic_state", netvsc_path_state_to_string(syn->state));
    if (syn->state == NETVSC_PATH_CLOSED || syn->error) {
        add_nonempty(smap, "synthetic_reason", syn->reason);
    }
    add_nonempty(smap, "vf_iface", vf->ifname);
    add_nonempty(smap, "vf_pci", vf->pci);
    add_nonempty(smap, "vf_driver", vf->driver);
    smap_add(smap, "vf_state", netvsc_path_state_to_string(vf->state));
    if (vf->state == NETVSC_PATH_CLOSED || vf->error) {
        add_nonempty(smap, "vf_reason", vf->reason);
    }
    smap_add_format(smap, "path_switches", "%llu", port->path_switches);
    if (port->last_switch) {
        char *when = xastrftime_msec("%Y-%m-%dT%H:%M:%S.###Z",
                                     port->last_switch, true);

        smap_add_nocopy(smap, xstrdup("last_switch"), when);
        add_nonempty(smap, "last_switch_reason", port->last_switch_reason);
    }
}

static struct json *
queues_to_json(int n_rxq, int n_txq)
{
    struct json *json = json_object_create();

    netvsc_json_put_int(json, "rxq", n_rxq);
    netvsc_json_put_int(json, "txq", n_txq);
    return json;
}

static struct json *
stats_to_json(const struct netdev_stats *stats)
{
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {
        { "rx_packets", stats->rx_packets },
        { "rx_bytes", stats->rx_bytes },
        { "rx_dropped", stats->rx_dropped },
        { "tx_packets", stats->tx_packets },
        { "tx_bytes", stats->tx_bytes },
        { "tx_dropped", stats->tx_dropped },
    };
    struct json *json = json_object_create();

    for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
        netvsc_json_put_int(json, counters[i].name,
                            counters[i].value == UINT64_MAX
                            ? 0 : counters[i].value);
    }
    return json;
}

static struct json *
path_to_json(const struct netvsc_port *port, enum netvsc_path_id id,
             const struct netdev_stats *stats)
    OVS_REQUIRES(netvsc_mutex)
{
    const struct netvsc_port_path *pp = &port->paths[id];
    struct json *json = json_object_create();

    netvsc_json_put_text(json, "state",
                         netvsc_path_state_to_string(pp->state));
    netvsc_json_put_bool(json, "transmitting", port->active == id);
    netvsc_json_put_bool(json, "receiving", port->rx[id]);
    if (pp->ifindex) {
        struct json *iface = json_object_create();

        netvsc_json_put_text(iface, "name", pp->ifname);
        netvsc_json_put_int(iface, "ifindex", pp->ifindex);
        json_object_put_format(iface, "mac", ETH_ADDR_FMT,
                               ETH_ADDR_ARGS(pp->mac));
        netvsc_json_put_text(iface, "link_state", pp->usable ? "up" : "down");
        json_object_put(json, "interface", iface);
    }
    netvsc_json_put_text(json, "pci", pp->pci);
    netvsc_json_put_text(json, "driver", pp->driver);
    if (id == NETVSC_SYNTHETIC && backend_name(port)[0]) {
        netvsc_json_put_text(json, "backend", backend_name(port));
        netvsc_json_put_text(json, "backend_reason", port->backend_reason);
    }
    if (pp->path) {
        struct json *queues = json_object_create();

        netvsc_json_put_text(json, "pmd", pmd_name(port, id));
        netvsc_json_put_text(json, "devargs", pp->path->devargs);
        netvsc_json_put_text(json, "tap", pp->path->tap_name);
        json_object_put(queues, "asked",
                        queues_to_json(pp->path->spec.queues.n_rxq,
                                       pp->path->spec.queues.n_txq));
        json_object_put(queues, "granted",
                        queues_to_json(pp->path->n_rxq, pp->path->n_txq));
        json_object_put(json, "queues", queues);
        netvsc_json_put_int(json, "mtu", pp->path->spec.queues.mtu);
    }
    if (pp->state == NETVSC_PATH_OPEN) {
        netvsc_json_put_text(json, "error", pp->error);
    } else {
        netvsc_json_put_text(json, "reason",
                             pp->state == NETVSC_PATH_DRAINING
                             || pp->state == NETVSC_PATH_CLOSING
                             ? pp->drain_reason : pp->reason);
    }
    netvsc_json_put_int(json, "opened", pp->n_opened);
    netvsc_json_put_int(json, "failed", pp->n_failed);
    json_object_put(json, "statistics", stats_to_json(stats));
    return json;
}

static struct json *
damping_to_json(const struct netvsc_port *port)
    OVS_REQUIRES(netvsc_mutex)
{
    const struct netvsc_port_path *vf = &port->paths[NETVSC_VF];
    struct json *json = json_object_create();
    long long int now = time_msec();

    netvsc_json_put_int(json, "losses",
                        netvsc_port_n_flaps(vf, &port->options, now));
    netvsc_json_put_int(json, "limit", port->options.vf_flap_limit);
    netvsc_json_put_int(json, "window_ms", port->options.vf_flap_window);
    netvsc_json_put_int(json, "hold_max_ms", port->options.vf_flap_hold_max);
    netvsc_json_put_int(json, "held_off_ms", MAX(vf->hold_until - now, 0));
    netvsc_json_put_int(json, "up_delay_ms", port->options.vf_up_delay);
    return json;
}

/* How many of its last switches are told of a port. */
#define N_SWITCHES 3

/* Returns all about 'port', for netvsc_show_port().  'by_path' is what
 * netvsc_port_get_stats() stores there. */
struct json *
netvsc_port_to_json(const struct netvsc_port *port,
                    const struct netdev_stats by_path[NETVSC_N_PATHS])
{
    struct json *json = json_object_create();
    struct json *paths = json_object_create();

    netvsc_json_put_text(json, "name", port->name);
    netvsc_json_put_text(json, "admin_state", port->admin_up ? "up" : "down");
    netvsc_json_put_text(json, "link_state", port->carrier ? "up" : "down");
    netvsc_json_put_text(json, "active_path",
                         netvsc_path_id_to_string(port->active));
    netvsc_json_put_text(json, "set_path", netvsc_pin_to_string(port->pin));
    netvsc_json_put_int(json, "path_switches", port->path_switches);
    if (port->last_switch) {
        struct json *last = json_object_create();

        netvsc_json_put_time(last, "time", port->last_switch);
        netvsc_json_put_text(last, "reason", port->last_switch_reason);
        json_object_put(json, "last_switch", last);
    }
    netvsc_json_put_int(json, "mtu", port->queues.mtu);
    json_object_put(json, "queues", queues_to_json(port->queues.n_rxq,
                                                   port->queues.n_txq));
    netvsc_json_put_int(json, "no_path_tx_drops", netvsc_port_drops(port));
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        json_object_put(paths, netvsc_path_id_to_string(i),
                        path_to_json(port, i, &by_path[i]));
    }
    json_object_put(json, "paths", paths);
    json_object_put(json, "damping", damping_to_json(port));
    json_object_put(json, "switches",
                    netvsc_history_to_json(&port->history, "port",
                                           N_SWITCHES));
    return json;
}

/* Returns the history of 'port', for netvsc_show_history(). */
struct json *
netvsc_port_history_to_json(const struct netvsc_port *port)
{
    struct json *json = json_object_create();

    netvsc_json_put_text(json, "name", port->name);
    json_object_put(json, "transitions",
                    netvsc_history_to_json(&port->history, NULL,
                                           NETVSC_HISTORY_SIZE));
    return json;
}
