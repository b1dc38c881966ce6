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
#include <string.h>

#include "command-line.h"
#include "netvsc-json.h"
#include "netvsc-sysfs.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-netvsc-draw.h"
#include "ovs-netvsc-pair.h"
#include "smap.h"
#include "util.h"

/* True if 'pair' is the one called 'name': its interface, its VF or its
 * port. */
bool
ovs_netvsc_is_pair(const struct json *pair, const char *name)
{
    const struct json *device = netvsc_json_get(pair, "interface");
    const struct json *port = netvsc_json_get(pair, "port");
    const struct json *paths = netvsc_json_get(port, "paths");

    return (!strcmp(netvsc_json_str(device, "interface"), name)
            || !strcmp(netvsc_json_str(netvsc_json_get(device, "vf"),
                                       "interface"), name)
            || !strcmp(netvsc_json_str(port, "name"), name)
            || !strcmp(netvsc_json_str(netvsc_json_get(
                netvsc_json_get(paths, "synthetic"), "interface"), "name"),
                       name)
            || !strcmp(netvsc_json_str(netvsc_json_get(
                netvsc_json_get(paths, "vf"), "interface"), "name"), name));
}

/* Prints 'json', as the options say. */
void
ovs_netvsc_print_json(const struct ovs_netvsc_options *options,
                      const struct json *json)
{
    char *text = json_to_string(json, JSSF_SORT | (options->pretty
                                                   ? JSSF_PRETTY : 0));

    puts(text);
    free(text);
}

/* Says on stderr who could not be asked. */
void
ovs_netvsc_print_problems(const struct smap *problems)
{
    const struct smap_node **nodes = smap_sort(problems);

    for (size_t i = 0; i < smap_count(problems); i++) {
        fprintf(stderr, "%s: %s\n", program_name, nodes[i]->value);
    }
    free(nodes);
}

/* Says on stderr that there is nothing to be shown, and why. */
void
ovs_netvsc_print_none(const struct ovs_netvsc_options *options)
{
    fprintf(stderr, "%s: there is no NetVSC interface%s\n", program_name,
            netvsc_sysfs_is_hyperv(options->sysfs) ? ""
            : ": this is no Hyper-V guest");
}

/* "show". */
void
ovs_netvsc_show(struct ovs_cmdl_context *ctx)
{
    const struct ovs_netvsc_options *options = ctx->pvt;
    const char *name = ctx->argc > 1 ? ctx->argv[1] : NULL;
    struct smap problems = SMAP_INITIALIZER(&problems);
    struct json *pairs = ovs_netvsc_pairs(options, &problems);
    struct json *shown = json_array_create_empty();
    bool color = ovs_netvsc_use_color();
    bool unreadable = smap_get(&problems, "kernel") != NULL;

    for (size_t i = 0; i < netvsc_json_size(pairs); i++) {
        const struct json *pair = netvsc_json_at(pairs, i);

        if (!name || ovs_netvsc_is_pair(pair, name)) {
            json_array_add(shown, json_deep_clone(pair));
        }
    }
    ovs_netvsc_print_problems(&problems);
    if (name && !netvsc_json_size(shown)) {
        ovs_fatal(0, "%s is no NetVSC interface, no VF of one, and no netvsc "
                  "port", name);
    }

    if (options->json) {
        ovs_netvsc_print_json(options, shown);
    } else if (!netvsc_json_size(shown) && !unreadable) {
        ovs_netvsc_print_none(options);
    }
    for (size_t i = 0; !options->json && i < netvsc_json_size(shown); i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ovs_netvsc_draw(netvsc_json_at(shown, i), color, &s);
        printf("%s%s", i ? "\n" : "", ds_cstr(&s));
        ds_destroy(&s);
    }
    json_destroy(shown);
    json_destroy(pairs);
    smap_destroy(&problems);
    if (unreadable) {
        exit(OVS_NETVSC_FAILED);
    }
}
