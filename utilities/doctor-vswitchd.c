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

#include "doctor-checks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "doctor-facts.h"
#include "netvsc-config.h"
#include "util.h"

/* Checks of the ovs-vswitchd that runs, or that ran last. */

void
doctor_check_dpdk_init(const struct doctor_facts *facts,
                       struct doctor_result *result)
{
    const char *init = smap_get_def(&facts->other_config, "dpdk-init", "");

    if (!doctor_knows_db(facts, result)) {
        return;
    }
    if (strcasecmp(init, "true") && strcasecmp(init, "try")) {
        doctor_note(result, DOCTOR_FAILED, "other_config:dpdk-init is %s",
                    init[0] ? init : "not set");
        doctor_fix(result, "ovs-vsctl set Open_vSwitch . "
                   "other_config:dpdk-init=true");
    } else if (!facts->dpdk_initialized) {
        doctor_note(result, DOCTOR_FAILED, "DPDK is not initialized, though "
                    "other_config:dpdk-init is %s", init);
        doctor_fix(result, "start ovs-vswitchd; if it runs, its log says why: "
                   "grep dpdk ovs-vswitchd.log");
    } else {
        doctor_note(result, DOCTOR_PASSED, "%s is initialized",
                    facts->dpdk_version[0] ? facts->dpdk_version : "DPDK");
    }
}

/* Returns the length of "MAJOR.MINOR" that 'version' begins with. */
static size_t
minor_length(const char *version)
{
    size_t n = strcspn(version, ".");

    n += version[n] ? 1 : 0;
    while (isdigit((unsigned char) version[n])) {
        n++;
    }
    return n;
}

/* The ovs-vswitchd that runs is one with the class, of the release that this
 * program was built for. */
void
doctor_check_build(const struct doctor_facts *facts,
                   struct doctor_result *result)
{
    const char *version = facts->ovs_version ? facts->ovs_version : "";
    size_t n = minor_length(NETVSC_OVS_VERSION);

    if (facts->db_problem && !facts->root[0]) {
        doctor_note(result, DOCTOR_FAILED, "%s", facts->db_problem);
        doctor_fix(result, "start Open vSwitch; run this as root; or say "
                   "where its database is: --db");
        return;
    }
    if (!doctor_knows_db(facts, result)) {
        return;
    }
    if (!facts->has_types) {
        doctor_note(result, DOCTOR_FAILED, "ovs-vswitchd has not run with "
                    "this database");
        doctor_fix(result, "start ovs-vswitchd; libexec/ovs-netvsc/"
                   "ovs-vswitchd is one with the class netvsc");
        return;
    }
    if (!facts->has_type) {
        doctor_note(result, DOCTOR_FAILED, "ovs-vswitchd %s does not know "
                    "ports of type netvsc", version);
        doctor_fix(result, "run libexec/ovs-netvsc/ovs-vswitchd in its place, "
                   "or load netvsc.so into one with shared libraries: "
                   "other_config:dpdk-extra=\"-d .../netvsc.so\"");
    }
    if (version[0]
        && (minor_length(version) != n
            || strncmp(version, NETVSC_OVS_VERSION, n))) {
        doctor_note(result, DOCTOR_WARNED, "ovs-vswitchd is of Open vSwitch "
                    "%s, ovs-netvsc was built for %s", version,
                    NETVSC_OVS_VERSION);
        doctor_fix(result, "build ovs-netvsc with the Open vSwitch that "
                   "runs");
    }
    doctor_note(result, DOCTOR_PASSED, "Open vSwitch %s%sknows ports of type "
                "netvsc", version, version[0] ? " " : "");
}
