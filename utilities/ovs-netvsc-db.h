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

#ifndef OVS_NETVSC_DB_H
#define OVS_NETVSC_DB_H 1

/* The database of Open vSwitch, as far as ovs-netvsc is interested in it. */

#include <stdbool.h>

struct netvsc_found;
struct ovsdb_idl;
struct ovsrec_bridge;
struct ovsrec_interface;
struct ovsrec_port;

/* What has an interface. */
struct ovs_netvsc_user {
    const struct ovsrec_interface *iface;
    const struct ovsrec_port *port;
    const struct ovsrec_bridge *bridge;
};

struct ovsdb_idl *ovs_netvsc_db_open(const char *remote, bool retry);
int ovs_netvsc_db_wait(struct ovsdb_idl *);
const struct ovsrec_bridge *ovs_netvsc_db_bridge(struct ovsdb_idl *,
                                                 const char *name);
bool ovs_netvsc_db_user(struct ovsdb_idl *, const struct netvsc_found *,
                        struct ovs_netvsc_user *);
char *ovs_netvsc_user_to_string(const struct ovs_netvsc_user *);

#endif /* ovs-netvsc-db.h */
