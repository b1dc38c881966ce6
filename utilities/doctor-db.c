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

#include "doctor-facts.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "ovs-netvsc.h"
#include "ovs-netvsc-db.h"
#include "ovsdb-idl.h"
#include "util.h"
#include "vswitch-idl.h"

/* What the database tells "ovs-netvsc doctor". */

static struct ovsdb_idl *
open_db(const char *db)
{
    struct ovsdb_idl *idl = ovs_netvsc_db_open(db, false);

    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_other_config);
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_dpdk_initialized);
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_dpdk_version);
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_ovs_version);
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_iface_types);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_error);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_mac_in_use);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_mtu);
    return idl;
}

/* True if 'iface' may bring packets with other MAC addresses than the NIC's:
 * whatever is no internal or patch port, and no tunnel. */
static bool
brings_macs(const struct ovsrec_interface *iface)
{
    static const char *types[] = {
        "", "system", "tap", "dpdk", "dpdkvhostuser", "dpdkvhostuserclient",
        "afxdp",
    };

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (!strcmp(iface->type, types[i])) {
            return true;
        }
    }
    return false;
}

/* Fills in what 'port' has to know of its bridge. */
static void
add_bridge(struct doctor_port *port, const struct ovsrec_bridge *bridge)
{
    struct ds others = DS_EMPTY_INITIALIZER;

    port->bridge = xstrdup(bridge->name);
    port->datapath_type = xstrdup(bridge->datapath_type);
    for (size_t i = 0; i < bridge->n_ports; i++) {
        for (size_t j = 0; j < bridge->ports[i]->n_interfaces; j++) {
            const struct ovsrec_interface *iface
                = bridge->ports[i]->interfaces[j];

            if (!strcmp(iface->name, bridge->name)) {
                free(port->bridge_mac);
                port->bridge_mac = nullable_xstrdup(iface->mac_in_use);
            } else if (brings_macs(iface)) {
                ds_put_format(&others, "%s%s", others.length ? ", " : "",
                              iface->name);
            }
        }
    }
    if (others.length) {
        port->others = ds_steal_cstr(&others);
    }
    ds_destroy(&others);
}

static const struct ovsrec_bridge *
find_bridge(struct ovsdb_idl *idl, const struct ovsrec_interface *iface)
{
    const struct ovsrec_bridge *bridge;

    OVSREC_BRIDGE_FOR_EACH (bridge, idl) {
        for (size_t i = 0; i < bridge->n_ports; i++) {
            for (size_t j = 0; j < bridge->ports[i]->n_interfaces; j++) {
                if (bridge->ports[i]->interfaces[j] == iface) {
                    return bridge;
                }
            }
        }
    }
    return NULL;
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct doctor_port *a = a_;
    const struct doctor_port *b = b_;

    return strcmp(a->name, b->name);
}

static void
add_ports(struct doctor_facts *facts, struct ovsdb_idl *idl)
{
    const struct ovsrec_interface *iface;
    size_t allocated = 0;

    OVSREC_INTERFACE_FOR_EACH (iface, idl) {
        const struct ovsrec_bridge *bridge;
        struct doctor_port *port;

        if (strcmp(iface->type, "netvsc")) {
            continue;
        }
        if (facts->n_ports >= allocated) {
            facts->ports = x2nrealloc(facts->ports, &allocated,
                                      sizeof *facts->ports);
        }
        port = &facts->ports[facts->n_ports++];
        memset(port, 0, sizeof *port);
        port->name = xstrdup(iface->name);
        port->error = nullable_xstrdup(iface->error);
        port->mtu = iface->n_mtu ? iface->mtu[0] : 0;
        smap_clone(&port->options, &iface->options);
        smap_clone(&port->status, &iface->status);
        bridge = find_bridge(idl, iface);
        if (bridge) {
            add_bridge(port, bridge);
        }
    }
    if (facts->n_ports) {
        qsort(facts->ports, facts->n_ports, sizeof *facts->ports,
              compare_ports);
    }
    /* All of them have been elsewhere, which a hash map does not like. */
    for (size_t i = 0; i < facts->n_ports; i++) {
        hmap_moved(&facts->ports[i].options.map);
        hmap_moved(&facts->ports[i].status.map);
    }
}

static void
add_settings(struct doctor_facts *facts,
             const struct ovsrec_open_vswitch *ovs)
{
    smap_destroy(&facts->other_config);
    smap_clone(&facts->other_config, &ovs->other_config);
    facts->dpdk_initialized = ovs->dpdk_initialized;
    facts->ovs_version = xstrdup(ovs->ovs_version ? ovs->ovs_version : "");
    facts->dpdk_version = xstrdup(ovs->dpdk_version ? ovs->dpdk_version : "");
    facts->has_types = ovs->n_iface_types > 0;
    for (size_t i = 0; i < ovs->n_iface_types; i++) {
        facts->has_type |= !strcmp(ovs->iface_types[i], "netvsc");
    }
}

/* Collects what the database tells. */
void
doctor_facts_collect_db(const struct ovs_netvsc_options *options,
                        struct doctor_facts *facts)
{
    const struct ovsrec_open_vswitch *ovs;
    struct ovsdb_idl *idl;
    int error;

    if (facts->root[0] && !options->db_given) {
        facts->db_problem = xstrdup("no --db was given for that machine");
        return;
    }
    idl = open_db(options->db);
    error = ovs_netvsc_db_wait(idl);
    ovs = error ? NULL : ovsrec_open_vswitch_first(idl);
    if (error) {
        facts->db_problem = xasprintf("%s: database connection failed (%s)",
                                      options->db,
                                      ovs_retval_to_string(error));
    } else if (!ovs) {
        facts->db_problem = xasprintf("%s is empty: ovs-vsctl init",
                                      options->db);
    } else {
        add_settings(facts, ovs);
        add_ports(facts, idl);
    }
    ovsdb_idl_destroy(idl);
}
