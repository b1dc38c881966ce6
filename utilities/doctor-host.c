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

#include <string.h>

#include "doctor-facts.h"
#include "packets.h"
#include "util.h"

/* Checks of what the kernel, the hypervisor and security modules let a port
 * do, and of what becomes of the ports. */

/* What a synthetic backend needs.  lib/netvsc-kernel.c has the sources of
 * these rules; it asks the kernel, which loads modules. */
static const struct backend {
    const char *name, *pmd;
    const char *socket;         /* As in /proc/net/protocols. */
    const char *modules[4];
} backends[] = {                /* In the order of preference. */
    { "tap", "net_tap", NULL,
      { "sch_multiq", "sch_ingress", "cls_flower", "act_mirred" } },
    { "af_xdp", "net_af_xdp", "XDP", { NULL } },
    { "af_packet", "net_af_packet", "PACKET", { NULL } },
};

/* What a backend lacks, as lists that begin with a separator, or "". */
struct missing {
    struct ds text;             /* For people. */
    struct ds load;             /* The modules that the kernel could load. */
    struct ds unknown;          /* Modules that may be missing, or not. */
};

/* Appends 'what' to 'm' if that needs 'module', which is not there. */
static void
put_module(const struct doctor_facts *facts, const char *module,
           const char *what, struct missing *m)
{
    if (sset_contains(&facts->modules, module)
        || sset_contains(&facts->loadable, module)) {
        return;
    } else if (facts->knows_modules) {
        ds_put_format(&m->text, ", %s", what);
        ds_put_format(&m->load, " %s", module);
    } else {
        ds_put_format(&m->unknown, ", %s", module);
    }
}

/* Appends what 'backend' lacks to 'm'. */
static void
put_missing(const struct doctor_facts *facts, const struct backend *backend,
            struct missing *m)
{
    if (!strcmp(backend->name, "tap") && !facts->has_tun) {
        ds_put_cstr(&m->text, ", /dev/net/tun");
        ds_put_cstr(&m->load, " tun");
    }
    for (size_t i = 0; i < ARRAY_SIZE(backend->modules); i++) {
        const char *module = backend->modules[i];

        if (module) {
            put_module(facts, module, module, m);
        }
    }
    if (backend->socket
        && !sset_contains(&facts->protocols, backend->socket)) {
        if (!strcmp(backend->socket, "PACKET")) {
            put_module(facts, "af_packet", "AF_PACKET sockets", m);
        } else {
            ds_put_format(&m->text, ", AF_%s sockets", backend->socket);
        }
    }
    if (facts->pmd_dir && !sset_contains(&facts->pmds, backend->pmd)) {
        ds_put_format(&m->text, ", DPDK's %s", backend->pmd);
    }
}

/* Says how to get what 'missing' has. */
static void
fix_missing(const char *missing, const char *load,
            struct doctor_result *result)
{
    if (load[0]) {
        doctor_fix(result, "modprobe%s", load);
    }
    if (strstr(missing, "DPDK's ")) {
        doctor_fix(result, "install the package of DPDK that has it (Debian: "
                   "apt-cache search librte-net)");
    }
    if (strstr(missing, "AF_XDP")) {
        doctor_fix(result, "a kernel with CONFIG_XDP_SOCKETS");
    }
}

/* Notes which backends the ports have that chose one themselves, and why: the
 * ovs-vswitchd that runs has asked the kernel; and those of others that have
 * opened theirs.  Returns false if there is no such port. */
static bool
ask_ports(const struct doctor_facts *facts, struct doctor_result *result)
{
    bool any = false;

    for (size_t i = 0; i < facts->n_ports; i++) {
        const struct doctor_port *port = &facts->ports[i];
        const char *backend = smap_get(&port->status, "synthetic_backend");
        const char *reason = smap_get_def(&port->status,
                                          "synthetic_backend_reason", "");
        bool is_auto = !strncmp(reason, "auto; ", strlen("auto; "));
        bool is_open = !strcmp(smap_get_def(&port->status, "synthetic_state",
                                            ""), "open");

        if (facts->vswitchd != DOCTOR_VSWITCHD_RUNS || !backend
            || (!is_auto && !is_open)) {
            continue;
        }
        any = true;
        if (!is_auto || !strcmp(backend, backends[0].name)) {
            doctor_note(result, DOCTOR_PASSED, "port %s uses %s", port->name,
                        backend);
        } else {
            doctor_note(result, DOCTOR_WARNED, "port %s uses %s: %s",
                        port->name, backend, reason);
            doctor_see(result, "What a Backend May Lack");
        }
    }
    return any;
}

/* Notes the ports that insist on 'backend', which lacks 'missing'. */
static void
note_insisting(const struct doctor_facts *facts, const struct backend *backend,
               const char *missing, struct doctor_result *result)
{
    for (size_t i = 0; i < facts->n_ports; i++) {
        const struct doctor_port *port = &facts->ports[i];

        if (!strcmp(smap_get_def(&port->options, "synthetic", ""),
                    backend->name)) {
            doctor_note(result, DOCTOR_FAILED, "port %s has "
                        "options:synthetic=%s, which lacks %s", port->name,
                        backend->name, missing);
            doctor_fix(result, "ovs-vsctl remove Interface %s options "
                       "synthetic, or get what it lacks", port->name);
        }
    }
}

/* At least one synthetic backend can work, and those that ports ask for. */
void
doctor_check_backends(const struct doctor_facts *facts,
                      struct doctor_result *result)
{
    const char *works = NULL;
    struct ds lacks = DS_EMPTY_INITIALIZER;
    struct ds load = DS_EMPTY_INITIALIZER;
    struct ds doubts = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
        const struct backend *backend = &backends[i];
        struct missing m = {
            DS_EMPTY_INITIALIZER, DS_EMPTY_INITIALIZER, DS_EMPTY_INITIALIZER
        };

        put_missing(facts, backend, &m);
        ds_put_cstr(&load, ds_cstr(&m.load));
        if (m.text.length) {
            ds_put_format(&lacks, "%s%s lacks %s", lacks.length ? "; " : "",
                          backend->name, ds_cstr(&m.text) + 2);
            note_insisting(facts, backend, ds_cstr(&m.text) + 2, result);
        } else if (m.unknown.length) {
            if (!works) {
                ds_put_format(&doubts, "%s%s needs %s",
                              doubts.length ? "; " : "", backend->name,
                              ds_cstr(&m.unknown) + 2);
            }
        } else if (!works) {
            works = backend->name;
        }
        ds_destroy(&m.text);
        ds_destroy(&m.load);
        ds_destroy(&m.unknown);
    }
    if (doubts.length) {
        if (!ask_ports(facts, result)) {
            doctor_note(result, DOCTOR_WARNED, "which modules the kernel has "
                        "is not known (there is no list in /lib/modules/%s): "
                        "%s%s%s",
                        facts->release, ds_cstr(&doubts),
                        works ? "; otherwise it is " : "", works ? works : "");
            doctor_fix(result, "status:synthetic_backend_reason of a port "
                       "says what the kernel lacks");
        }
    } else if (!works) {
        doctor_note(result, DOCTOR_FAILED, "no synthetic backend can work: "
                    "%s", ds_cstr(&lacks));
    } else if (strcmp(works, backends[0].name)) {
        doctor_note(result, DOCTOR_WARNED, "%s is used; %s", works,
                    ds_cstr(&lacks));
    } else {
        doctor_note(result, DOCTOR_PASSED, "%s can work", works);
    }
    if (result->status > DOCTOR_PASSED) {
        fix_missing(ds_cstr(&lacks), ds_cstr(&load), result);
    }
    ds_destroy(&doubts);
    ds_destroy(&load);
    ds_destroy(&lacks);
}

/* Returns why the path of 'port' is not as is wanted, of which the status has
 * 'state_key' and 'reason_key': closed, or, if 'open', open with former
 * settings.  A null pointer if that is not so. */
static const char *
why_path(const struct doctor_port *port, const char *state_key,
         const char *reason_key, bool open)
{
    return (!strcmp(smap_get_def(&port->status, state_key, ""), "open") == open
            ? smap_get(&port->status, reason_key) : NULL);
}

static void
note_former_settings(const struct doctor_port *port, const char *path,
                     const char *why, struct doctor_result *result)
{
    if (why) {
        doctor_note(result, DOCTOR_WARNED, "the %s path of port %s has former "
                    "settings: %s", path, port->name, why);
        doctor_see(result, "Paths That Cannot Be Opened");
    }
}

/* No port was refused, and each is where it can work and as configured. */
void
doctor_check_ports(const struct doctor_facts *facts,
                   struct doctor_result *result)
{
    if (!doctor_knows_db(facts, result)) {
        return;
    }
    if (!facts->n_ports) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE,
                    "there is no port of type netvsc");
    }
    for (size_t i = 0; i < facts->n_ports; i++) {
        const struct doctor_port *port = &facts->ports[i];
        const char *reason = why_path(port, "synthetic_state",
                                      "synthetic_reason", false);
        const char *active = smap_get(&port->status, "active_path");

        if (port->bridge && strcmp(port->datapath_type, "netdev")) {
            doctor_note(result, DOCTOR_FAILED, "bridge %s of port %s has no "
                        "userspace datapath", port->bridge, port->name);
            doctor_fix(result, "ovs-vsctl set Bridge %s datapath_type=netdev",
                       port->bridge);
        } else if (facts->vswitchd == DOCTOR_VSWITCHD_STOPPED) {
            /* The columns below are as it left them. */
            doctor_note(result, DOCTOR_NOT_APPLICABLE, "ovs-vswitchd does not "
                        "run, which port %s needs", port->name);
        } else if (port->error) {
            doctor_note(result, DOCTOR_FAILED, "port %s: %s", port->name,
                        port->error);
            doctor_see(result, "Configuration That Is Refused");
        } else if (reason) {
            doctor_note(result, DOCTOR_WARNED, "port %s has no synthetic "
                        "path: %s", port->name, reason);
            doctor_see(result, "Why the Synthetic Path Is Closed");
        } else if (!active || !strcmp(active, "none")) {
            doctor_note(result, DOCTOR_WARNED, "port %s does not transmit",
                        port->name);
            doctor_fix(result, "ovs-appctl netvsc/show %s says why",
                       port->name);
        } else {
            doctor_note(result, DOCTOR_PASSED, "port %s transmits on %s",
                        port->name, active);
            note_former_settings(port, "synthetic",
                                 why_path(port, "synthetic_state",
                                          "synthetic_reason", true), result);
            note_former_settings(port, "vf",
                                 why_path(port, "vf_state", "vf_reason", true),
                                 result);
        }
    }
}

/* Hyper-V drops what a guest sends with another MAC address than its NIC's,
 * unless "MAC address spoofing" is on.  Azure never has it on. */
void
doctor_check_mac_spoofing(const struct doctor_facts *facts,
                          struct doctor_result *result)
{
    bool any = false;

    if (!doctor_knows_db(facts, result)) {
        return;
    }
    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_pair *pair = &facts->pairs[i];
        struct eth_addr mac;

        if (!pair->port || !pair->port->bridge) {
            continue;
        }
        any = true;
        if (pair->port->bridge_mac
            && eth_addr_from_string(pair->port->bridge_mac, &mac)
            && !eth_addr_equals(mac, pair->netvsc->link.rt.mac)) {
            doctor_note(result,
                        facts->is_azure ? DOCTOR_FAILED : DOCTOR_WARNED,
                        "bridge %s has the MAC address %s, not that of %s: "
                        "the host drops what the bridge itself sends%s",
                        pair->port->bridge, pair->port->bridge_mac,
                        pair->netvsc->link.rt.name, facts->is_azure ? ""
                        : " unless MAC address spoofing is on");
            doctor_fix(result, "ovs-vsctl set Bridge %s other-config:hwaddr="
                       "\\\""ETH_ADDR_FMT"\\\"", pair->port->bridge,
                       ETH_ADDR_ARGS(pair->netvsc->link.rt.mac));
        }
        if (pair->port->others) {
            doctor_note(result, DOCTOR_WARNED, "bridge %s has other ports "
                        "(%s): the host drops what they send with MAC "
                        "addresses of their own%s", pair->port->bridge,
                        pair->port->others, facts->is_azure ? ""
                        : " unless MAC address spoofing is on");
            doctor_fix(result, "%s", facts->is_azure
                       ? "route, or tunnel, in place of bridging: Azure knows "
                         "the NIC's address alone"
                       : "on the host: Set-VMNetworkAdapter "
                         "-MacAddressSpoofing On");
        }
        doctor_note(result, DOCTOR_PASSED, "port %s sends with the address "
                    "of %s alone", pair->port->name,
                    pair->netvsc->link.rt.name);
    }
    if (!any) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE,
                    "no interface has a port of type netvsc");
    }
}

/* DPDK's mana guide has neither promiscuous mode nor changes of MAC
 * addresses: unicast for others reaches the NetVSC interface at best. */
void
doctor_check_promiscuous(const struct doctor_facts *facts,
                         struct doctor_result *result)
{
    bool any = false;

    if (!doctor_knows_db(facts, result)) {
        return;
    }
    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_pair *pair = &facts->pairs[i];

        if (!pair->vf || !pair->port) {
            continue;
        }
        any = true;
        if (!strcmp(pair->vf->link.sysfs.driver, "mana")
            && pair->port->others) {
            doctor_note(result, DOCTOR_WARNED, "VF %s (mana) cannot be "
                        "promiscuous: packets for the MAC addresses of %s do "
                        "not arrive there", pair->vf->link.rt.name,
                        pair->port->others);
            doctor_fix(result, "route, or tunnel, in place of bridging; or "
                       "ovs-vsctl set Interface %s options:vf=off",
                       pair->port->name);
        }
        doctor_note(result, DOCTOR_PASSED, "VF %s gets what port %s needs",
                    pair->vf->link.rt.name, pair->port->name);
    }
    if (!any) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE,
                    "no port of type netvsc has a VF");
    }
}

/* Notes a denial by 'who', whose lines have 'what', if there was one; one that
 * may be from before the last boot may long be mended. */
static bool
note_denial(const struct doctor_facts *facts, const char *who,
            const char *what, enum doctor_status status,
            struct doctor_result *result)
{
    if (!facts->denial || !strstr(facts->denial, what)) {
        return false;
    }
    doctor_note(result, facts->denial_dated ? status : DOCTOR_WARNED,
                "%s has denied something%s: %s", who, facts->denial_dated ? ""
                : ", since the last boot or before", facts->denial);
    return true;
}

/* What is said beside good news if there was no log to look at. */
static const char *
about_logs(const struct doctor_facts *facts)
{
    return facts->logs_read ? "" : " (no log may be read)";
}

/* Notes why it is not known what 'module', which the kernel has or not, does
 * to ovs-vswitchd. */
static void
note_not_confined(const struct doctor_facts *facts, const char *module,
                  bool has_module, struct doctor_result *result)
{
    if (!has_module) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "the kernel has no %s, or "
                    "it is off", module);
    } else if (facts->vswitchd == DOCTOR_VSWITCHD_STOPPED) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE,
                    "ovs-vswitchd does not run");
    } else if (!facts->has_process) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "which process "
                    "ovs-vswitchd is is not known: it has no pid file here");
    } else {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "only root may know what "
                    "%s does to ovs-vswitchd", module);
    }
}

/* Profiles for Open vSwitch as distributed do not know of verbs devices, eBPF
 * programs or this program's path. */
void
doctor_check_apparmor(const struct doctor_facts *facts,
                      struct doctor_result *result)
{
    if (note_denial(facts, "AppArmor", "apparmor=", DOCTOR_FAILED, result)) {
        doctor_fix(result, "allow it in the profile, or aa-complain it");
    } else if (!facts->apparmor) {
        note_not_confined(facts, "AppArmor", facts->has_apparmor, result);
    } else if (strstr(facts->apparmor, "(enforce)")) {
        doctor_note(result, DOCTOR_WARNED, "ovs-vswitchd is confined: %s%s",
                    facts->apparmor, about_logs(facts));
        doctor_fix(result, "the profile must allow /dev/net/tun, "
                   "/dev/infiniband/*, /dev/hugepages and the capabilities "
                   "net_admin, net_raw, sys_admin and ipc_lock");
    } else {
        doctor_note(result, DOCTOR_PASSED, "ovs-vswitchd is %s%s",
                    facts->apparmor, about_logs(facts));
    }
}

void
doctor_check_selinux(const struct doctor_facts *facts,
                     struct doctor_result *result)
{
    if (note_denial(facts, "SELinux", "avc:", facts->selinux_enforcing
                    ? DOCTOR_FAILED : DOCTOR_WARNED, result)) {
        doctor_fix(result, "ausearch -m avc -c ovs-vswitchd | audit2allow -M "
                   "ovs-netvsc, look it over, and semodule -i "
                   "ovs-netvsc.pp");
    } else if (!facts->selinux) {
        note_not_confined(facts, "SELinux", facts->has_selinux, result);
    } else if (facts->selinux_enforcing
               && !strstr(facts->selinux, "unconfined")) {
        doctor_note(result, DOCTOR_WARNED, "ovs-vswitchd is confined: %s%s",
                    facts->selinux, about_logs(facts));
        doctor_fix(result, "if a port does not work: ausearch -m avc -c "
                   "ovs-vswitchd");
    } else {
        doctor_note(result, DOCTOR_PASSED, "ovs-vswitchd is not confined "
                    "(%s)%s", facts->selinux, about_logs(facts));
    }
}
