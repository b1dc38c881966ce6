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
#include "doctor-checks.h"
#include "doctor-facts.h"
#include "netvsc-json.h"
#include "ovs-netvsc-draw.h"
#include "util.h"

/* "doctor": looks the machine over and says what is in the way of netvsc
 * ports.  Changes nothing. */

static const enum ovs_netvsc_style styles[DOCTOR_N_STATUSES] = {
    [DOCTOR_NOT_APPLICABLE] = OVS_NETVSC_PLAIN,
    [DOCTOR_PASSED] = OVS_NETVSC_GOOD,
    [DOCTOR_WARNED] = OVS_NETVSC_WARNING,
    [DOCTOR_FAILED] = OVS_NETVSC_BAD,
};

static const struct doctor_check *
find_check(const char *name)
{
    for (size_t i = 0; i < doctor_n_checks; i++) {
        if (!strcmp(doctor_checks[i].name, name)) {
            return &doctor_checks[i];
        }
    }
    return NULL;
}

/* Ends with wrong usage, as there is no check named 'name', and says which
 * there are. */
static void OVS_NO_RETURN
unknown_check(const char *name)
{
    fprintf(stderr, "%s: there is no check named %s; there are", program_name,
            name);
    for (size_t i = 0; i < doctor_n_checks; i++) {
        fprintf(stderr, " %s", doctor_checks[i].name);
    }
    fputs("\n", stderr);
    exit(OVS_NETVSC_USAGE);
}

/* True if the check 'name' is one of those that the arguments name, or they
 * name none. */
static bool
is_wanted(const struct ovs_cmdl_context *ctx, const char *name)
{
    for (int i = 1; i < ctx->argc; i++) {
        if (!strcmp(ctx->argv[i], name)) {
            return true;
        }
    }
    return ctx->argc <= 1;
}

static void
print_result(const struct doctor_check *check,
             const struct doctor_result *result, bool color)
{
    const char *status = doctor_status_to_string(result->status);
    struct ds s = DS_EMPTY_INITIALIZER;
    int n = strlen(status);

    ovs_netvsc_put(&s, color, styles[result->status], status);
    ds_put_char_multiple(&s, ' ', n < 15 ? 15 - n : 1);
    ds_put_format(&s, "%-16s %s\n", check->name,
                  ds_cstr_ro(&result->finding));
    if (result->fix.length) {
        ds_put_format(&s, "%32sfix: %s\n", "", ds_cstr_ro(&result->fix));
    }
    fputs(ds_cstr(&s), stdout);
    ds_destroy(&s);
}

static struct json *
result_to_json(const struct doctor_check *check,
               const struct doctor_result *result)
{
    struct json *json = json_object_create();

    netvsc_json_put_text(json, "check", check->name);
    netvsc_json_put_text(json, "status",
                         doctor_status_to_string(result->status));
    netvsc_json_put_text(json, "finding", ds_cstr_ro(&result->finding));
    netvsc_json_put_text(json, "fix", ds_cstr_ro(&result->fix));
    return json;
}

/* "doctor". */
void
ovs_netvsc_doctor(struct ovs_cmdl_context *ctx)
{
    const struct ovs_netvsc_options *options = ctx->pvt;
    struct json *array = json_array_create_empty();
    unsigned int n[DOCTOR_N_STATUSES] = { 0 };
    bool color = ovs_netvsc_use_color();
    struct doctor_facts facts;

    for (int i = 1; i < ctx->argc; i++) {
        if (!find_check(ctx->argv[i])) {
            unknown_check(ctx->argv[i]);
        }
    }

    doctor_facts_collect(options, &facts);
    for (size_t i = 0; i < doctor_n_checks; i++) {
        const struct doctor_check *check = &doctor_checks[i];
        struct doctor_result result = {
            .finding = DS_EMPTY_INITIALIZER,
            .fix = DS_EMPTY_INITIALIZER,
        };

        if (is_wanted(ctx, check->name)) {
            check->run(&facts, &result);
            n[result.status]++;
            if (options->json) {
                json_array_add(array, result_to_json(check, &result));
            } else {
                print_result(check, &result, color);
            }
        }
        ds_destroy(&result.finding);
        ds_destroy(&result.fix);
    }
    if (options->json) {
        ovs_netvsc_print_json(options, array);
    } else {
        printf("%u passed, %u warned, %u failed, %u not applicable\n",
               n[DOCTOR_PASSED], n[DOCTOR_WARNED], n[DOCTOR_FAILED],
               n[DOCTOR_NOT_APPLICABLE]);
    }
    json_destroy(array);
    doctor_facts_destroy(&facts);
    if (n[DOCTOR_FAILED]) {
        exit(OVS_NETVSC_FAILED);
    }
}
