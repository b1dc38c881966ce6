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

#ifndef OVS_NETVSC_H
#define OVS_NETVSC_H 1

/* What the commands of ovs-netvsc have in common.  A command is a handler of
 * OVS's command-line.h, with a struct ovs_netvsc_options as private data, in a
 * file of its own. */

#include <stdbool.h>

#include "sset.h"
#include "table.h"

struct json;
struct ovs_cmdl_context;
struct smap;

/* Exit codes. */
#define OVS_NETVSC_FAILED 1     /* It was not done; stderr says why. */
#define OVS_NETVSC_USAGE 2      /* The command line makes no sense. */

struct ovs_netvsc_options {
    char *db;                   /* OVSDB's address. */
    const char *target;         /* The daemon, as of ovs-appctl. */
    bool db_given, target_given;
    const char *sysfs;          /* Where sysfs is mounted. */
    char *root;                 /* "" or a folder that is a machine. */
    bool json;
    bool pretty;                /* With json. */
    unsigned int interval;      /* ms between two looks. */
    unsigned int count;         /* How many looks, 0 for no end. */
    bool follow;
    bool dry_run;
    struct sset ignore;         /* Names of interfaces. */
    struct table_style table;
};

void ovs_netvsc_auto(struct ovs_cmdl_context *);
void ovs_netvsc_doctor(struct ovs_cmdl_context *);
void ovs_netvsc_list(struct ovs_cmdl_context *);
void ovs_netvsc_show(struct ovs_cmdl_context *);
void ovs_netvsc_watch(struct ovs_cmdl_context *);

bool ovs_netvsc_is_pair(const struct json *pair, const char *name);
void ovs_netvsc_print_json(const struct ovs_netvsc_options *,
                           const struct json *);
void ovs_netvsc_print_none(const struct ovs_netvsc_options *);
void ovs_netvsc_print_problems(const struct smap *);

#endif /* ovs-netvsc.h */
