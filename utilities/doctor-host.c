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

static bool
has_module(const struct doctor_facts *facts, const char *module)
{
    return (sset_contains(&facts->modules, module)
            || sset_contains(&facts->loadable, module));
}

/* Returns what 'backend' lacks, "" if nothing.  lib/netvsc-kernel.c has the
 * sources of these rules; it asks the kernel, which loads modules. */
static void
put_missing(const struct doctor_facts *facts, const char *backend,
            struct ds *s)
{
    static const char *tap_modules[] = {
        "sch_multiq", "sch_ingress", "cls_flower", "act_mirred",
    };

    if (!strcmp(backend, "tap")) {
        if (!facts->has_tun) {
            ds_put_cstr(s, ", /dev/net/tun");
        }
        for (size_t i = 0; i < ARRAY_SIZE(tap_modules); i++) {
            if (!has_module(facts, tap_modules[i])) {
                ds_put_format(s, ", %s", tap_modules[i]);
            }
        }
    } else if (!strcmp(backend, "af_xdp")) {
        if (!sset_contains(&facts->protocols, "XDP")) {
            ds_put_cstr(s, ", AF_XDP sockets");
        }
    } else if (!sset_contains(&facts->protocols, "PACKET")
               && !has_module(facts, "af_packet")) {
        ds_put_cstr(s, ", AF_PACKET sockets");
    }
}

/* At least one synthetic backend can work, and those that ports ask for. */
void
doctor_check_backends(const struct doctor_facts *facts,
                      struct doctor_result *result)
{
    static const char *backends[] = { "tap", "af_xdp", "af_packet" };
    const char *works = NULL;
    struct ds lacks = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
        struct ds missing = DS_EMPTY_INITIALIZER;

        put_missing(facts, backends[i], &missing);
        if (!missing.length) {
            works = works ? works : backends[i];
        } else {
            ds_put_format(&lacks, "%s%s lacks %s", lacks.length ? "; " : "",
                          backends[i], ds_cstr(&missing) + 2);
            for (size_t j = 0; j < facts->n_ports; j++) {
                const struct doctor_port *port = &facts->ports[j];

                if (!strcmp(smap_get_def(&port->options, "synthetic", ""),
                            backends[i])) {
                    doctor_note(result, DOCTOR_FAILED, "port %s has "
                                "options:synthetic=%s, which lacks %s",
                                port->name, backends[i],
                                ds_cstr(&missing) + 2);
                    doctor_fix(result, "ovs-vsctl remove Interface %s options "
                               "synthetic, or load what it lacks",
                               port->name);
                }
            }
        }
        ds_destroy(&missing);
    }
    if (!works) {
        doctor_note(result, DOCTOR_FAILED, "no synthetic backend can work: "
                    "%s", ds_cstr(&lacks));
        doctor_fix(result, "modprobe af_packet, or another kernel");
    } else if (strcmp(works, "tap")) {
        doctor_note(result, DOCTOR_WARNED, "%s is used; %s", works,
                    ds_cstr(&lacks));
        doctor_fix(result, "modprobe %s", !facts->has_tun
                   ? "tun sch_multiq sch_ingress cls_flower act_mirred"
                   : "sch_multiq sch_ingress cls_flower act_mirred");
    } else {
        doctor_note(result, DOCTOR_PASSED, "%s can work", works);
    }
    ds_destroy(&lacks);
}

/* No port was refused, and each is where it can work. */
void
doctor_check_ports(const struct doctor_facts *facts,
                   struct doctor_result *result)
{
    if (!facts->n_ports) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE,
                    "there is no port of type netvsc");
    }
    for (size_t i = 0; i < facts->n_ports; i++) {
        const struct doctor_port *port = &facts->ports[i];
        const char *reason = smap_get(&port->status, "synthetic_reason");
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
            doctor_fix(result, "see Troubleshooting");
        } else if (reason) {
            doctor_note(result, DOCTOR_WARNED, "port %s has no synthetic "
                        "path: %s", port->name, reason);
            doctor_fix(result, "see Troubleshooting");
        } else if (!active || !strcmp(active, "none")) {
            doctor_note(result, DOCTOR_WARNED, "port %s does not transmit",
                        port->name);
            doctor_fix(result, "ovs-appctl netvsc/show %s says why",
                       port->name);
        } else {
            doctor_note(result, DOCTOR_PASSED, "port %s transmits on %s",
                        port->name, active);
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

static bool
has_denial(const struct doctor_facts *facts, const char *what)
{
    return facts->denial && strstr(facts->denial, what);
}

/* Profiles for Open vSwitch as distributed do not know of verbs devices, eBPF
 * programs or this program's path. */
void
doctor_check_apparmor(const struct doctor_facts *facts,
                      struct doctor_result *result)
{
    if (has_denial(facts, "apparmor=")) {
        doctor_note(result, DOCTOR_FAILED, "AppArmor has denied something: "
                    "%s", facts->denial);
        doctor_fix(result, "allow it in the profile, or aa-complain it");
    } else if (!facts->apparmor) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "ovs-vswitchd does not "
                    "run, or there is no AppArmor, or only root may know");
    } else if (strstr(facts->apparmor, "(enforce)")) {
        doctor_note(result, DOCTOR_WARNED, "ovs-vswitchd is confined: %s",
                    facts->apparmor);
        doctor_fix(result, "the profile must allow /dev/net/tun, "
                   "/dev/infiniband/*, /dev/hugepages and the capabilities "
                   "net_admin, net_raw, sys_admin and ipc_lock");
    } else {
        doctor_note(result, DOCTOR_PASSED, "ovs-vswitchd is %s",
                    facts->apparmor);
    }
}

void
doctor_check_selinux(const struct doctor_facts *facts,
                     struct doctor_result *result)
{
    if (has_denial(facts, "avc:")) {
        doctor_note(result, facts->selinux_enforcing ? DOCTOR_FAILED
                    : DOCTOR_WARNED, "SELinux has denied something: %s",
                    facts->denial);
        doctor_fix(result, "ausearch -m avc -c ovs-vswitchd | audit2allow -M "
                   "ovs-netvsc, look it over, and semodule -i "
                   "ovs-netvsc.pp");
    } else if (!facts->selinux) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "ovs-vswitchd does not "
                    "run, or there is no SELinux, or only root may know");
    } else if (facts->selinux_enforcing
               && !strstr(facts->selinux, "unconfined")) {
        doctor_note(result, DOCTOR_WARNED, "ovs-vswitchd is confined: %s",
                    facts->selinux);
        doctor_fix(result, "if a port does not work: ausearch -m avc -c "
                   "ovs-vswitchd");
    } else {
        doctor_note(result, DOCTOR_PASSED, "ovs-vswitchd is not confined (%s)",
                    facts->selinux);
    }
}
