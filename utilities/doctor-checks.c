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

#include <stdarg.h>
#include <string.h>

#include "doctor-facts.h"
#include "util.h"

/* In the order in which they are made: what is looked at first explains what
 * comes later, and is mended first. */
const struct doctor_check doctor_checks[] = {
    { "interfaces", doctor_check_interfaces },
    { "netvsc-up", doctor_check_netvsc_up },
    { "orphaned-vf", doctor_check_orphans },
    { "vf-address", doctor_check_vf_address },
    { "network-manager", doctor_check_network_manager },
    { "networkd", doctor_check_networkd },
    { "udev", doctor_check_udev },
    { "mtu", doctor_check_mtu },
    { "vswitchd", doctor_check_vswitchd },
    { "ovs-build", doctor_check_build },
    { "hugepages", doctor_check_hugepages },
    { "dpdk-init", doctor_check_dpdk_init },
    { "eal-arguments", doctor_check_eal_arguments },
    { "pmd", doctor_check_pmds },
    { "verbs", doctor_check_verbs },
    { "mana", doctor_check_mana },
    { "numa", doctor_check_numa },
    { "backends", doctor_check_backends },
    { "ports", doctor_check_ports },
    { "mac-spoofing", doctor_check_mac_spoofing },
    { "promiscuous", doctor_check_promiscuous },
    { "apparmor", doctor_check_apparmor },
    { "selinux", doctor_check_selinux },
};
const size_t doctor_n_checks = ARRAY_SIZE(doctor_checks);

const char *
doctor_status_to_string(enum doctor_status status)
{
    static const char *names[DOCTOR_N_STATUSES] = {
        [DOCTOR_NOT_APPLICABLE] = "not applicable",
        [DOCTOR_PASSED] = "passed",
        [DOCTOR_WARNED] = "warned",
        [DOCTOR_FAILED] = "failed",
    };

    return names[status];
}

/* Notes a finding.  The worst counts; what is fine is not told beside what is
 * not. */
void
doctor_note(struct doctor_result *result, enum doctor_status status,
            const char *format, ...)
{
    bool problem = status > DOCTOR_PASSED;
    va_list args;

    if (problem && result->status <= DOCTOR_PASSED) {
        ds_clear(&result->finding);
    } else if (!problem && result->status > DOCTOR_PASSED) {
        return;
    }
    result->status = MAX(result->status, status);
    if (result->finding.length) {
        ds_put_cstr(&result->finding, "; ");
    }
    va_start(args, format);
    ds_put_format_valist(&result->finding, format, args);
    va_end(args);
}

/* Notes what to do about it, unless that was noted. */
void
doctor_fix(struct doctor_result *result, const char *format, ...)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    va_list args;

    va_start(args, format);
    ds_put_format_valist(&s, format, args);
    va_end(args);
    if (!result->fix.length
        || !strstr(ds_cstr(&result->fix), ds_cstr(&s))) {
        if (result->fix.length) {
            ds_put_cstr(&result->fix, "; ");
        }
        ds_put_cstr(&result->fix, ds_cstr(&s));
    }
    ds_destroy(&s);
}

/* The same, where that is in a section of topics/troubleshooting, which a
 * package of its own has. */
void
doctor_see(struct doctor_result *result, const char *section)
{
    doctor_fix(result, "see %s in Troubleshooting (in the package "
               "openvswitch-switch-netvsc-doc, or in Documentation/topics)",
               section);
}

/* True if the configuration is known; otherwise notes that, and why. */
bool
doctor_knows_db(const struct doctor_facts *facts,
                struct doctor_result *result)
{
    if (facts->db_problem) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "the configuration is not "
                    "known: %s", facts->db_problem);
    }
    return !facts->db_problem;
}
