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

#include <inttypes.h>
#include <string.h>

#include "netvsc-synthetic.h"
#include "netvsc-vf-driver.h"
#include "openvswitch/dynamic-string.h"
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

    for (const struct netvsc_synthetic *b = netvsc_synthetic_next(NULL); b;
         b = netvsc_synthetic_next(b)) {
        if (!strcmp(b->pmd, pmd)) {
            return b->name;
        }
    }
    return "";
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

static void
show_path(const struct netvsc_port *port, enum netvsc_path_id id,
          struct ds *s)
    OVS_REQUIRES(netvsc_mutex)
{
    const struct netvsc_port_path *pp = &port->paths[id];

    ds_put_format(s, "  %s path: %s%s\n", netvsc_path_id_to_string(id),
                  netvsc_path_state_to_string(pp->state),
                  port->active == id ? ", transmitting" : "");
    if (pp->ifindex) {
        ds_put_format(s, "    interface: %s, ifindex %d, "ETH_ADDR_FMT", %s\n",
                      pp->ifname, pp->ifindex, ETH_ADDR_ARGS(pp->mac),
                      pp->usable ? "up" : "down");
    }
    if (pp->pci[0]) {
        ds_put_format(s, "    PCI address: %s\n", pp->pci);
    }
    if (pp->driver[0]) {
        ds_put_format(s, "    kernel driver: %s\n", pp->driver);
    }
    if (id == NETVSC_SYNTHETIC && backend_name(port)[0]) {
        ds_put_format(s, "    backend: %s%s\n", backend_name(port),
                      port->options.synthetic ? "" : " (auto)");
    }
    if (pp->path) {
        const struct netvsc_queues *wanted = &port->queues;

        ds_put_format(s, "    devargs: %s\n", pp->path->devargs);
        ds_put_format(s, "    queues: %d rxq (port: %d), %d txq (port: %d)\n",
                      pp->path->n_rxq, wanted->n_rxq,
                      pp->path->n_txq, wanted->n_txq);
        ds_put_format(s, "    MTU: %d\n", pp->path->spec.queues.mtu);
        if (pp->error) {
            ds_put_format(s, "    error: %s\n", pp->error);
        }
    } else if (pp->reason) {
        ds_put_format(s, "    reason: %s\n", pp->reason);
    }
    ds_put_format(s, "    opened: %llu times, failed: %llu times\n",
                  pp->n_opened, pp->n_failed);
}

/* Appends a description of 'port', for people, to 's'. */
void
netvsc_port_show(const struct netvsc_port *port, struct ds *s)
{
    ds_put_format(s, "%s: %s, link %s\n", port->name,
                  port->admin_up ? "up" : "down",
                  port->carrier ? "up" : "down");
    ds_put_format(s, "  transmitting on: %s (set-path: %s)\n",
                  netvsc_path_id_to_string(port->active),
                  netvsc_pin_to_string(port->pin));
    ds_put_format(s, "  path switches: %llu", port->path_switches);
    if (port->last_switch) {
        ds_put_strftime_msec(s, ", last at %Y-%m-%d %H:%M:%S.###",
                             port->last_switch, false);
        ds_put_format(s, " (%s)", port->last_switch_reason);
    }
    ds_put_char(s, '\n');
    ds_put_format(s, "  MTU: %d\n", port->queues.mtu);
    show_path(port, NETVSC_SYNTHETIC, s);
    show_path(port, NETVSC_VF, s);
}
