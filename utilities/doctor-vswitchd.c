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
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "doctor-facts.h"
#include "doctor-files.h"
#include "netvsc-config.h"
#include "ovs-netvsc.h"
#include "ovs-netvsc-appctl.h"
#include "util.h"

/* What is known of the ovs-vswitchd that runs, or that ran last, and checks of
 * it. */

/* Of a machine that is a folder there is a process, or not. */
static void
look_for_process(struct doctor_facts *facts)
{
    static const char pidfile[] = "/run/openvswitch/ovs-vswitchd.pid";
    long long int pid = doctor_number(facts->root, "%s", pidfile);

    if (pid > 0 && doctor_exists(facts->root, "/proc/%lld", pid)) {
        facts->vswitchd = DOCTOR_VSWITCHD_RUNS;
    } else {
        facts->vswitchd = DOCTOR_VSWITCHD_STOPPED;
        facts->vswitchd_problem = xasprintf(
            "ovs-vswitchd does not run (%s: %s)", pidfile,
            pid > 0 ? "no such process" : "not there");
    }
}

/* Reads what netvsc/version prints: lib/netvsc-unixctl.c. */
static void
parse_version(const char *text, struct doctor_version *version)
{
    const char *built = strstr(text, "built for ");
    const char *runs = strstr(text, "running with ");

    memset(version, 0, sizeof *version);
    ovs_scan(text, "ovs-netvsc %31s", version->ours);
    if (built) {
        ovs_scan(built, "built for Open vSwitch %31s and DPDK %31s",
                 version->ovs, version->dpdk);
    }
    if (runs) {
        ovs_scan(runs, "running with DPDK %31s", version->runs_dpdk);
    }
}

/* Collects whether ovs-vswitchd runs, and what it says of itself. */
void
doctor_facts_collect_vswitchd(const struct ovs_netvsc_options *options,
                              struct doctor_facts *facts)
{
    char *text;
    int error;

    if (facts->root[0] && !options->target_given) {
        look_for_process(facts);
        return;
    }
    text = ovs_netvsc_appctl_text(options->target, "netvsc/version", &error,
                                  &facts->vswitchd_problem);
    if (!error) {
        facts->vswitchd = DOCTOR_VSWITCHD_RUNS;
        facts->has_class = text != NULL;
        facts->lacks_class = !text;
    } else if (error == ENOENT || error == ESRCH || error == ECONNREFUSED) {
        facts->vswitchd = DOCTOR_VSWITCHD_STOPPED;
    }
    if (text) {
        parse_version(text, &facts->version);
    }
    free(text);
}

/* What the database says of ovs-vswitchd stays there when that has ended, so
 * that other checks cannot tell. */
void
doctor_check_vswitchd(const struct doctor_facts *facts,
                      struct doctor_result *result)
{
    if (facts->vswitchd == DOCTOR_VSWITCHD_RUNS) {
        doctor_note(result, DOCTOR_PASSED, "ovs-vswitchd runs");
    } else if (facts->vswitchd == DOCTOR_VSWITCHD_STOPPED) {
        doctor_note(result, DOCTOR_FAILED, "%s", facts->vswitchd_problem);
        doctor_fix(result, "start it (Debian: service openvswitch-switch "
                   "start); if it ends at once, its log says why");
    } else {
        doctor_note(result, DOCTOR_WARNED, "%s", facts->vswitchd_problem);
        doctor_fix(result, "run this as root, or say where its socket is: "
                   "--target");
    }
}

/* Without huge pages ovs-vswitchd ends when it is to initialize DPDK, and is
 * started again and again with --monitor.  ovs-vsctl would wait for it. */
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
        doctor_fix(result, "first see that hugepages does not fail, or "
                   "ovs-vswitchd ends; then ovs-vsctl --no-wait set "
                   "Open_vSwitch . other_config:dpdk-init=true");
    } else if (facts->vswitchd == DOCTOR_VSWITCHD_STOPPED) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "other_config:dpdk-init is "
                    "%s, but ovs-vswitchd does not run", init);
    } else if (!facts->dpdk_initialized) {
        doctor_note(result, DOCTOR_FAILED, "DPDK is not initialized, though "
                    "other_config:dpdk-init is %s", init);
        doctor_fix(result, "the log of ovs-vswitchd says why: grep dpdk "
                   "ovs-vswitchd.log");
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

/* True if 'a' and 'b' are of the same minor release. */
static bool
same_minor(const char *a, const char *b)
{
    size_t n = minor_length(a);

    return n == minor_length(b) && !strncmp(a, b, n);
}

static void
fix_missing_class(const struct doctor_facts *facts,
                  struct doctor_result *result)
{
    if (!strstr(smap_get_def(&facts->other_config, "dpdk-extra", ""),
                "netvsc.so")) {
        doctor_fix(result, "Debian: update-alternatives --config ovs-vswitchd "
                   "and service openvswitch-switch restart; otherwise run "
                   "libexec/ovs-netvsc/ovs-vswitchd in its place, or load "
                   "netvsc.so into one with shared libraries: add -d "
                   ".../netvsc.so to other_config:dpdk-extra");
    } else if (!facts->dpdk_initialized) {
        doctor_fix(result, "netvsc.so is loaded when DPDK is initialized: see "
                   "dpdk-init");
    } else {
        doctor_fix(result, "netvsc.so was refused, or ovs-vswitchd not "
                   "restarted since: grep netvsc.so ovs-vswitchd.log");
    }
}

static void
compare_versions(const char *ovs, const struct doctor_version *version,
                 struct doctor_result *result)
{
    if (ovs[0] && !same_minor(ovs, NETVSC_OVS_VERSION)) {
        doctor_note(result, DOCTOR_WARNED, "ovs-vswitchd is of Open vSwitch "
                    "%s, ovs-netvsc was built for %s", ovs,
                    NETVSC_OVS_VERSION);
        doctor_fix(result, "build ovs-netvsc with the Open vSwitch that "
                   "runs");
    }
    if (version->ours[0] && strcmp(version->ours, NETVSC_VERSION)) {
        doctor_note(result, DOCTOR_WARNED, "ovs-vswitchd has ports of "
                    "ovs-netvsc %s, this is %s", version->ours,
                    NETVSC_VERSION);
        doctor_fix(result, "restart ovs-vswitchd, or install both of one "
                   "version");
    }
    if (version->dpdk[0] && version->runs_dpdk[0]
        && !same_minor(version->dpdk, version->runs_dpdk)) {
        doctor_note(result, DOCTOR_WARNED, "ovs-vswitchd was built with DPDK "
                    "%s and runs with %s", version->dpdk, version->runs_dpdk);
        doctor_fix(result, "build it with the DPDK that is installed");
    }
}

/* The ovs-vswitchd that runs is one with the class, of the releases that this
 * program was built for.  It is asked if that can be: ovs-ctl writes
 * ovs_version, or nobody does, and iface_types stays when it ends. */
void
doctor_check_build(const struct doctor_facts *facts,
                   struct doctor_result *result)
{
    const char *version = (facts->has_class ? facts->version.ovs
                           : facts->ovs_version ? facts->ovs_version : "");

    if (facts->db_problem && !facts->root[0]) {
        /* Whoever may not know whether ovs-vswitchd runs may not connect to
         * the database either. */
        doctor_note(result, facts->vswitchd == DOCTOR_VSWITCHD_UNKNOWN
                    ? DOCTOR_WARNED : DOCTOR_FAILED, "%s", facts->db_problem);
        doctor_fix(result, "start Open vSwitch; run this as root; or say "
                   "where its database is: --db");
        return;
    }
    if (!facts->has_class && !facts->lacks_class) {
        if (!doctor_knows_db(facts, result)) {
            return;
        }
        if (!facts->has_types) {
            doctor_note(result, DOCTOR_FAILED, "ovs-vswitchd has not run with "
                        "this database");
            doctor_fix(result, "start ovs-vswitchd");
            return;
        }
    }
    if (facts->has_class || (!facts->lacks_class && facts->has_type)) {
        compare_versions(version, &facts->version, result);
    } else {
        doctor_note(result, DOCTOR_FAILED, "ovs-vswitchd %s%sdoes not know "
                    "ports of type netvsc", version, version[0] ? " " : "");
        fix_missing_class(facts, result);
        return;
    }
    if (facts->vswitchd == DOCTOR_VSWITCHD_STOPPED) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "the ovs-vswitchd that ran "
                    "last knew ports of type netvsc");
        return;
    }
    doctor_note(result, DOCTOR_PASSED, "Open vSwitch %s%sknows ports of type "
                "netvsc", version, version[0] ? " " : "");
}
