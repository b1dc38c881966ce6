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

#include "ovs-netvsc-pair.h"

#include <stdlib.h>
#include <string.h>

#include "netvsc-discovery.h"
#include "netvsc-json.h"
#include "netvsc-rtnl.h"
#include "netvsc-show.h"
#include "ovs-netvsc.h"
#include "ovs-netvsc-appctl.h"
#include "ovs-netvsc-db.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "util.h"
#include "vswitch-idl.h"

/* A pair is a JSON object:
 *
 *   - "interface", as netvsc_found_to_json() makes it, unless the port's
 *     interface is no NetVSC interface or is not there.
 *
 *   - "port", one of those of netvsc/show --json, or as much of it as the
 *     database has.  Then "stale" is true if ovs-vswitchd could not be asked,
 *     so that all of it may be of the past.
 *
 *   - "bridge", the name of the port's bridge, if the database tells. */

struct gathering {
    struct netvsc_discovery d;
    struct ovsdb_idl *idl;          /* NULL if there is no database. */
    struct json *ports;             /* Of ovs-vswitchd, NULL if unknown. */
};

static struct ovsdb_idl *
open_db(const char *db, struct smap *problems)
{
    struct ovsdb_idl *idl = ovs_netvsc_db_open(db, false);
    int error;

    ovsdb_idl_add_column(idl, &ovsrec_interface_col_error);
    error = ovs_netvsc_db_wait(idl);

    if (error) {
        smap_add_nocopy(problems, xstrdup("database"),
                        xasprintf("%s: database connection failed (%s)", db,
                                  ovs_retval_to_string(error)));
        ovsdb_idl_destroy(idl);
        idl = NULL;
    }
    return idl;
}

static void
gather(const struct ovs_netvsc_options *options, struct gathering *g,
       struct smap *problems)
{
    char *why_not;
    int error;

    error = netvsc_rtnl_discover(options->sysfs, 0, &g->d);
    if (error) {
        smap_add_nocopy(problems, xstrdup("kernel"),
                        xasprintf("cannot read the interfaces, addresses and "
                                  "routes (%s)", ovs_strerror(error)));
    }
    g->idl = open_db(options->db, problems);
    g->ports = ovs_netvsc_appctl(options->target, "netvsc/show", &why_not);
    if (!g->ports) {
        smap_add_nocopy(problems, xstrdup("vswitchd"), why_not);
    }
}

/* Returns one path of a port as far as the status column tells. */
static struct json *
path_from_status(const struct ovsrec_interface *iface, const char *path,
                 const char *iface_key)
{
    const struct smap *status = &iface->status;
    struct json *json = json_object_create();
    const char *name = smap_get(status, iface_key);
    char *key;

    key = xasprintf("%s_state", path);
    netvsc_json_put_text(json, "state", smap_get(status, key));
    free(key);
    key = xasprintf("%s_reason", path);
    netvsc_json_put_text(json, "reason", smap_get(status, key));
    free(key);
    netvsc_json_put_bool(json, "transmitting",
                         !strcmp(smap_get_def(status, "active_path", ""),
                                 path));
    if (name) {
        struct json *interface = json_object_create();

        netvsc_json_put_text(interface, "name", name);
        json_object_put(json, "interface", interface);
    }
    return json;
}

/* Returns a port as far as the database tells, as it was when ovs-vswitchd
 * wrote it last: one that is not among its ports, or if it was not asked. */
static struct json *
port_from_db(const struct gathering *g, const struct ovsrec_interface *iface)
{
    struct json *json = json_object_create();
    struct json *paths = json_object_create();
    struct json *vf;

    netvsc_json_put_text(json, "name", iface->name);
    netvsc_json_put_text(json, "error", iface->error);
    if (!g->ports) {
        netvsc_json_put_bool(json, "stale", true);
    }
    netvsc_json_put_text(json, "active_path",
                         smap_get(&iface->status, "active_path"));
    netvsc_json_put_int(json, "path_switches",
                        smap_get_int(&iface->status, "path_switches", 0));
    json_object_put(paths, "synthetic",
                    path_from_status(iface, "synthetic", "netvsc_iface"));
    vf = path_from_status(iface, "vf", "vf_iface");
    netvsc_json_put_text(vf, "pci", smap_get(&iface->status, "vf_pci"));
    netvsc_json_put_text(vf, "driver", smap_get(&iface->status, "vf_driver"));
    json_object_put(paths, "vf", vf);
    json_object_put(json, "paths", paths);
    return json;
}

/* Returns the port of ovs-vswitchd that is named 'name', or a null pointer. */
static const struct json *
find_port(const struct json *ports, const char *name)
{
    for (size_t i = 0; i < netvsc_json_size(ports); i++) {
        const struct json *port = netvsc_json_at(ports, i);

        if (!strcmp(netvsc_json_str(port, "name"), name)) {
            return port;
        }
    }
    return NULL;
}

/* Returns the port of ovs-vswitchd that drives 'found', or a null pointer. */
static const struct json *
find_driver(const struct json *ports, const struct netvsc_found *found)
{
    for (size_t i = 0; i < netvsc_json_size(ports); i++) {
        const struct json *port = netvsc_json_at(ports, i);
        const struct json *iface = netvsc_json_get(
            netvsc_json_get(netvsc_json_get(port, "paths"), "synthetic"),
            "interface");

        if (netvsc_json_int(iface, "ifindex") == found->link->rt.ifindex
            && !strcmp(netvsc_json_str(iface, "name"),
                       found->link->rt.name)) {
            return port;
        }
    }
    return NULL;
}

static const char *
find_bridge(struct ovsdb_idl *idl, const char *port_name)
{
    const struct ovsrec_bridge *bridge;

    if (!idl) {
        return NULL;
    }
    OVSREC_BRIDGE_FOR_EACH (bridge, idl) {
        for (size_t i = 0; i < bridge->n_ports; i++) {
            const struct ovsrec_port *port = bridge->ports[i];

            for (size_t j = 0; j < port->n_interfaces; j++) {
                if (!strcmp(port->interfaces[j]->name, port_name)) {
                    return bridge->name;
                }
            }
        }
    }
    return NULL;
}

static void
put_port(struct json *pair, struct ovsdb_idl *idl, struct json *port)
{
    netvsc_json_put_text(pair, "bridge",
                         find_bridge(idl, netvsc_json_str(port, "name")));
    json_object_put(pair, "port", port);
}

static struct json *
pair_of_found(const struct gathering *g, const struct netvsc_found *found)
{
    const struct json *port = find_driver(g->ports, found);
    struct json *pair = json_object_create();
    struct ovs_netvsc_user user;
    char *text;

    if (!g->idl) {
        text = (port ? xasprintf("netvsc port %s",
                                 netvsc_json_str(port, "name"))
                : xstrdup("unknown"));
    } else if (ovs_netvsc_db_user(g->idl, found, &user)) {
        text = ovs_netvsc_user_to_string(&user);
        if (!port && !strcmp(user.iface->type, "netvsc")) {
            port = find_port(g->ports, user.iface->name);
            if (!port) {
                put_port(pair, g->idl, port_from_db(g, user.iface));
            }
        }
    } else {
        text = xstrdup("none");
    }
    json_object_put(pair, "interface", netvsc_found_to_json(found, text));
    if (port) {
        put_port(pair, g->idl, json_deep_clone(port));
    }
    free(text);
    return pair;
}

/* True if one of 'pairs', of ovs_netvsc_pairs(), is driven by the port named
 * 'name'. */
bool
ovs_netvsc_pairs_have_port(const struct json *pairs, const char *name)
{
    for (size_t i = 0; i < netvsc_json_size(pairs); i++) {
        const struct json *port
            = netvsc_json_get(netvsc_json_at(pairs, i), "port");

        if (!strcmp(netvsc_json_str(port, "name"), name)) {
            return true;
        }
    }
    return false;
}

static void
add_lone_port(struct json *pairs, struct ovsdb_idl *idl, struct json *port)
{
    struct json *pair = json_object_create();

    put_port(pair, idl, port);
    json_array_add(pairs, pair);
}

/* Adds the ports whose interface is no NetVSC interface or is not there. */
static void
add_lone_ports(const struct gathering *g, struct json *pairs)
{
    const struct ovsrec_interface *iface;

    for (size_t i = 0; i < netvsc_json_size(g->ports); i++) {
        const struct json *port = netvsc_json_at(g->ports, i);

        if (!ovs_netvsc_pairs_have_port(pairs,
                                        netvsc_json_str(port, "name"))) {
            add_lone_port(pairs, g->idl, json_deep_clone(port));
        }
    }
    if (g->idl) {
        OVSREC_INTERFACE_FOR_EACH (iface, g->idl) {
            if (!strcmp(iface->type, "netvsc")
                && !ovs_netvsc_pairs_have_port(pairs, iface->name)) {
                add_lone_port(pairs, g->idl, port_from_db(g, iface));
            }
        }
    }
}

/* Returns an array of all pairs, which the caller must destroy.  Whoever could
 * not be asked, of "kernel", "database" and "vswitchd", is added to 'problems'
 * with a message for a person. */
struct json *
ovs_netvsc_pairs(const struct ovs_netvsc_options *options,
                 struct smap *problems)
{
    struct json *pairs = json_array_create_empty();
    struct gathering g;

    gather(options, &g, problems);
    for (size_t i = 0; i < g.d.n_found; i++) {
        json_array_add(pairs, pair_of_found(&g, &g.d.found[i]));
    }
    add_lone_ports(&g, pairs);

    json_destroy(g.ports);
    ovsdb_idl_destroy(g.idl);
    netvsc_discovery_destroy(&g.d);
    return pairs;
}
