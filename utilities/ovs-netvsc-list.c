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

#include "ovs-netvsc.h"

#include <stdio.h>
#include <stdlib.h>

#include "command-line.h"
#include "netvsc-discovery.h"
#include "netvsc-json.h"
#include "netvsc-rtnl.h"
#include "netvsc-show.h"
#include "ovs-netvsc-db.h"
#include "ovsdb-idl.h"
#include "packets.h"
#include "util.h"

static void
add_text(struct table *table, char *text)
{
    table_add_cell(table)->text = text;
}

/* Returns who has 'found', as the table says it. */
static char *
port_to_string(struct ovsdb_idl *idl, const struct netvsc_found *found)
{
    struct ovs_netvsc_user user;

    return (!idl ? xstrdup("unknown")
            : ovs_netvsc_db_user(idl, found, &user)
            ? ovs_netvsc_user_to_string(&user)
            : xstrdup("none"));
}

static void
add_row(struct table *table, struct ovsdb_idl *idl,
        const struct netvsc_found *found)
{
    const struct netvsc_link *link = found->link;
    const struct netvsc_link *vf = found->vf;
    const char *obstacle = netvsc_found_obstacle(found);

    table_add_row(table);
    add_text(table, xstrdup(link->rt.name));
    add_text(table, xasprintf("%d", link->rt.ifindex));
    add_text(table, xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(link->rt.mac)));
    add_text(table, xstrdup(vf ? vf->rt.name : "none"));
    add_text(table, xstrdup(vf ? vf->sysfs.address : ""));
    add_text(table, xstrdup(vf ? vf->sysfs.driver : ""));
    add_text(table, xstrdup(obstacle ? obstacle : "unrouted"));
    add_text(table, port_to_string(idl, found));
}

/* Returns the database's contents, or says why there are none and returns a
 * null pointer. */
static struct ovsdb_idl *
open_db(const struct ovs_netvsc_options *options)
{
    struct ovsdb_idl *idl = ovs_netvsc_db_open(options->db, false);
    int error = ovs_netvsc_db_wait(idl);

    if (error) {
        ovs_error(0, "%s: database connection failed (%s): which ports there "
                  "are is not known", options->db,
                  ovs_retval_to_string(error));
        ovsdb_idl_destroy(idl);
        idl = NULL;
    }
    return idl;
}

static void
print_json(const struct ovs_netvsc_options *options, struct ovsdb_idl *idl,
           const struct netvsc_discovery *d)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < d->n_found; i++) {
        char *port = port_to_string(idl, &d->found[i]);

        json_array_add(array, netvsc_found_to_json(&d->found[i], port));
        free(port);
    }
    ovs_netvsc_print_json(options, array);
    json_destroy(array);
}

static void
print_table(struct ovs_netvsc_options *options, struct ovsdb_idl *idl,
            const struct netvsc_discovery *d)
{
    static const char *headings[] = {
        "interface", "ifindex", "mac", "vf", "vf_pci", "vf_driver", "state",
        "port",
    };
    struct table table;

    table_init(&table);
    for (size_t i = 0; i < ARRAY_SIZE(headings); i++) {
        table_add_column(&table, "%s", headings[i]);
    }
    for (size_t i = 0; i < d->n_found; i++) {
        add_row(&table, idl, &d->found[i]);
    }
    if (d->n_found || options->table.format != TF_TABLE) {
        table_print(&table, &options->table);
    }
    table_destroy(&table);
}

/* "list". */
void
ovs_netvsc_list(struct ovs_cmdl_context *ctx)
{
    struct ovs_netvsc_options *options = ctx->pvt;
    struct netvsc_discovery d;
    struct ovsdb_idl *idl;
    int error;

    error = netvsc_rtnl_discover(options->sysfs, 0, &d);
    if (error) {
        ovs_fatal(error, "cannot read the interfaces, addresses and routes");
    }
    if (!d.n_found) {
        ovs_netvsc_print_none(options);
    }

    idl = d.n_found ? open_db(options) : NULL;
    if (options->json) {
        print_json(options, idl, &d);
    } else {
        print_table(options, idl, &d);
    }
    ovsdb_idl_destroy(idl);
    netvsc_discovery_destroy(&d);
}
