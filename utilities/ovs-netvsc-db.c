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

#include "ovs-netvsc-db.h"

#include <string.h>

#include "netvsc-discovery.h"
#include "openvswitch/poll-loop.h"
#include "ovsdb-idl.h"
#include "packets.h"
#include "smap.h"
#include "util.h"
#include "vswitch-idl.h"

/* Starts to connect to the database at 'remote'; if 'retry', again and again.
 * ovsdb_idl_destroy() ends the use of what is returned. */
struct ovsdb_idl *
ovs_netvsc_db_open(const char *remote, bool retry)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(remote, &ovsrec_idl_class, false,
                                             retry);

    /* Not the statistics: they change all the time. */
    ovsdb_idl_add_column(idl, &ovsrec_open_vswitch_col_bridges);
    ovsdb_idl_add_column(idl, &ovsrec_bridge_col_name);
    ovsdb_idl_add_column(idl, &ovsrec_bridge_col_datapath_type);
    ovsdb_idl_add_column(idl, &ovsrec_bridge_col_ports);
    ovsdb_idl_add_column(idl, &ovsrec_port_col_name);
    ovsdb_idl_add_column(idl, &ovsrec_port_col_interfaces);
    ovsdb_idl_add_column(idl, &ovsrec_port_col_external_ids);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_name);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_type);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_options);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_status);
    ovsdb_idl_add_column(idl, &ovsrec_interface_col_external_ids);
    return idl;
}

/* Waits until 'idl' has the contents of the database.  Returns 0 if it has,
 * otherwise, if 'idl' does not retry, what went wrong, for
 * ovs_retval_to_string(). */
int
ovs_netvsc_db_wait(struct ovsdb_idl *idl)
{
    for (;;) {
        ovsdb_idl_run(idl);
        if (ovsdb_idl_has_ever_connected(idl)) {
            return 0;
        }
        if (!ovsdb_idl_is_alive(idl)) {
            return ovsdb_idl_get_last_error(idl);
        }
        ovsdb_idl_wait(idl);
        poll_block();
    }
}

/* Returns the bridge named 'name', or a null pointer. */
const struct ovsrec_bridge *
ovs_netvsc_db_bridge(struct ovsdb_idl *idl, const char *name)
{
    const struct ovsrec_bridge *bridge;

    OVSREC_BRIDGE_FOR_EACH (bridge, idl) {
        if (!strcmp(bridge->name, name)) {
            return bridge;
        }
    }
    return NULL;
}

/* True if 'devargs', options:dpdk-devargs, are those of 'vf' of 'found'. */
static bool
is_devargs_of_vf(const char *devargs, const struct netvsc_found *found)
{
    const struct netvsc_link *vf = found->vf;
    size_t len;

    if (!vf || strcmp(vf->sysfs.subsystem, "pci")) {
        return false;
    }
    len = strlen(vf->sysfs.address);
    return (!strncmp(devargs, vf->sysfs.address, len)
            && (!devargs[len] || devargs[len] == ','));
}

/* True if 'iface' has, or is to have, the interface 'found'. */
static bool
is_user(const struct ovsrec_interface *iface, const struct netvsc_found *found)
{
    const char *name = found->link->rt.name;
    const char *option;

    if (!strcmp(iface->type, "netvsc")) {
        struct eth_addr mac;

        /* What the port drives now, whatever the options call it. */
        option = smap_get(&iface->status, "netvsc_iface");
        if (option && !strcmp(option, name)) {
            return true;
        }
        option = smap_get(&iface->options, "iface");
        if (option) {
            return !strcmp(option, name);
        }
        option = smap_get(&iface->options, "mac");
        if (option) {
            return (eth_addr_from_string(option, &mac)
                    && eth_addr_equals(mac, found->link->rt.mac));
        }
        return !strcmp(iface->name, name);
    }
    option = smap_get(&iface->options, "dpdk-devargs");
    return (!strcmp(iface->name, name)
            || (option && is_devargs_of_vf(option, found)));
}

static void
find_place(struct ovsdb_idl *idl, struct ovs_netvsc_user *user)
{
    const struct ovsrec_bridge *bridge;

    OVSREC_BRIDGE_FOR_EACH (bridge, idl) {
        for (size_t i = 0; i < bridge->n_ports; i++) {
            const struct ovsrec_port *port = bridge->ports[i];

            for (size_t j = 0; j < port->n_interfaces; j++) {
                if (port->interfaces[j] == user->iface) {
                    user->port = port;
                    user->bridge = bridge;
                    return;
                }
            }
        }
    }
}

/* Finds what has 'found', whatever its type, and stores it in '*user'.
 * Returns false if nothing has. */
bool
ovs_netvsc_db_user(struct ovsdb_idl *idl, const struct netvsc_found *found,
                   struct ovs_netvsc_user *user)
{
    const struct ovsrec_interface *iface;

    memset(user, 0, sizeof *user);
    OVSREC_INTERFACE_FOR_EACH (iface, idl) {
        if (is_user(iface, found)) {
            user->iface = iface;
            find_place(idl, user);
            return true;
        }
    }
    return false;
}

/* Returns a description of 'user', which the caller must free. */
char *
ovs_netvsc_user_to_string(const struct ovs_netvsc_user *user)
{
    const char *type = user->iface->type[0] ? user->iface->type : "system";
    bool is_netvsc = !strcmp(type, "netvsc");

    return xasprintf("port %s of bridge %s%s%s",
                     user->port ? user->port->name : user->iface->name,
                     user->bridge ? user->bridge->name : "(none)",
                     is_netvsc ? "" : " as type ", is_netvsc ? "" : type);
}
