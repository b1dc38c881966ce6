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

#include <net/if.h>
#include <string.h>
#include <strings.h>

#include "doctor-facts.h"
#include "netvsc-policy.h"
#include "packets.h"
#include "util.h"

/* Checks of interfaces and of who else lays hands on them. */

static bool
has_vf(const struct doctor_facts *facts, struct doctor_result *result)
{
    for (size_t i = 0; i < facts->n_pairs; i++) {
        if (facts->pairs[i].vf) {
            return true;
        }
    }
    doctor_note(result, DOCTOR_NOT_APPLICABLE, "there is no VF");
    return false;
}

/* Returns why 'port', which may be a null pointer, refuses what could be its
 * VF, or a null pointer if it does not.  What a guest has with a NIC's address
 * anyway, such as the bridge's own port, is no VF that is refused. */
static const char *
why_vf_refused(const struct doctor_facts *facts,
               const struct doctor_port *port)
{
    static const enum netvsc_vf_verdict verdicts[] = {
        NETVSC_VF_OTHER_MAC, NETVSC_VF_NOT_ETHERNET, NETVSC_VF_NETVSC,
        NETVSC_VF_OTHER_MASTER, NETVSC_VF_IS_VIRTUAL, NETVSC_VF_NOT_PCI,
    };
    const char *reason = port ? smap_get(&port->status, "vf_reason") : NULL;

    for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
        if (reason && facts->vswitchd != DOCTOR_VSWITCHD_STOPPED
            && string_ends_with(reason,
                                netvsc_vf_verdict_to_string(verdicts[i]))) {
            return reason;
        }
    }
    return NULL;
}

/* There is something to drive. */
void
doctor_check_interfaces(const struct doctor_facts *facts,
                        struct doctor_result *result)
{
    if (!facts->n_pairs) {
        doctor_note(result, DOCTOR_FAILED, "there is no NetVSC interface%s",
                    facts->is_hyperv ? " in this network namespace"
                    : ": this is no Hyper-V guest");
        doctor_fix(result, "%s", facts->is_hyperv
                   ? "give the virtual machine a network adapter, or move one "
                     "here: ip link set dev IFACE netns ..."
                   : "netvsc ports are for virtual machines on Hyper-V and "
                     "Azure");
        return;
    }
    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_pair *pair = &facts->pairs[i];
        const char *refused = why_vf_refused(facts, pair->port);

        if (pair->vf) {
            doctor_note(result, DOCTOR_PASSED, "%s has the VF %s",
                        pair->netvsc->link.rt.name, pair->vf->link.rt.name);
        } else if (refused) {
            doctor_note(result, DOCTOR_WARNED, "%s has no VF: %s",
                        pair->netvsc->link.rt.name, refused);
            doctor_see(result, "Why the VF Is Not Used");
        } else {
            doctor_note(result, DOCTOR_PASSED, "%s has no VF now",
                        pair->netvsc->link.rt.name);
        }
    }
}

/* hv_netvsc, netvsc_vf_changed(): the VF carries traffic only while the NetVSC
 * device is up.  A port sets its interface up, if it is allowed to. */
void
doctor_check_netvsc_up(const struct doctor_facts *facts,
                       struct doctor_result *result)
{
    if (!facts->n_pairs) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "there is no interface");
    }
    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_pair *pair = &facts->pairs[i];
        const char *name = pair->netvsc->link.rt.name;
        unsigned int flags = pair->netvsc->link.rt.flags;

        if (!(flags & IFF_UP)) {
            doctor_note(result, pair->port ? DOCTOR_FAILED : DOCTOR_WARNED,
                        "%s is down", name);
            doctor_fix(result, "ip link set dev %s up", name);
        } else if (!(flags & IFF_RUNNING)) {
            doctor_note(result, pair->port ? DOCTOR_FAILED : DOCTOR_WARNED,
                        "%s has no carrier", name);
            doctor_fix(result, "connect its adapter to a virtual switch on "
                       "the host");
        } else {
            doctor_note(result, DOCTOR_PASSED, "%s is up", name);
        }
    }
}

/* Drivers that take a device away from the kernel's network stack. */
static bool
is_userspace_driver(const char *driver)
{
    static const char *drivers[] = {
        "igb_uio", "uio_pci_generic", "vfio-pci",
    };

    for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
        if (!strcmp(driver, drivers[i])) {
            return true;
        }
    }
    return false;
}

/* True if 'pci' is one of the VFs that Hyper-V is known to lend: the tables of
 * Linux's mlx4, mlx5, mana, ixgbevf and iavf. */
static bool
is_known_vf(const struct doctor_pci *pci)
{
    static const struct {
        unsigned int vendor, device;
    } vfs[] = {
        { 0x15b3, 0x1002 }, { 0x15b3, 0x1004 }, { 0x15b3, 0x1012 },
        { 0x15b3, 0x1014 }, { 0x15b3, 0x1016 }, { 0x15b3, 0x1018 },
        { 0x15b3, 0x101a }, { 0x15b3, 0x101c }, { 0x15b3, 0x101e },
        { 0x1414, 0x00ba },
        { 0x8086, 0x10ed }, { 0x8086, 0x1515 }, { 0x8086, 0x1565 },
        { 0x8086, 0x15a8 }, { 0x8086, 0x15c5 }, { 0x8086, 0x154c },
        { 0x8086, 0x37cd }, { 0x8086, 0x1889 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(vfs); i++) {
        if (pci->vendor == vfs[i].vendor && pci->device == vfs[i].device) {
            return true;
        }
    }
    return false;
}

/* True if 'pci' may be a VF: any NIC of a guest of Hyper-V is; elsewhere the
 * vendors of those VFs, Mellanox and Microsoft, tell. */
static bool
may_be_vf(const struct doctor_facts *facts, const struct doctor_pci *pci)
{
    return (facts->is_hyperv || pci->vendor == 0x15b3
            || pci->vendor == 0x1414);
}

/* hv_netvsc switches the host's datapath to the VF when its netdevice comes
 * up, so there must be one.  A NIC that the host has passed through as a whole
 * is no VF, and may well be DPDK's alone. */
void
doctor_check_orphans(const struct doctor_facts *facts,
                     struct doctor_result *result)
{
    bool any = false;

    for (size_t i = 0; i < facts->n_pcis; i++) {
        const struct doctor_pci *pci = &facts->pcis[i];

        enum doctor_status bad;

        if (!may_be_vf(facts, pci)) {
            continue;
        }
        any = true;
        bad = is_known_vf(pci) ? DOCTOR_FAILED : DOCTOR_WARNED;
        if (!pci->driver[0]) {
            doctor_note(result, bad, "%s (%04x:%04x) has no kernel "
                        "driver", pci->bdf, pci->vendor, pci->device);
            doctor_fix(result, "load the module for it (lspci -k -s %s): "
                       "mlx5_core, mlx4_en or mana", pci->bdf);
        } else if (is_userspace_driver(pci->driver)) {
            doctor_note(result, bad, "%s (%04x:%04x) is bound to %s: %sthe "
                        "host sends it nothing", pci->bdf, pci->vendor,
                        pci->device, pci->driver,
                        bad == DOCTOR_FAILED ? "" : "if it is a VF, ");
            doctor_fix(result, "driverctl unset-override %s, or bind it to "
                       "its kernel driver by hand", pci->bdf);
        } else if (!pci->netdev) {
            doctor_note(result, bad, "%s (%s) has no network "
                        "interface here", pci->bdf, pci->driver);
            doctor_fix(result, "%s", !strcmp(pci->driver, "mlx4_core")
                       ? "modprobe mlx4_en"
                       : "see what the kernel says (dmesg), and whether it is "
                         "in another network namespace");
        } else {
            doctor_note(result, DOCTOR_PASSED, "%s is %s (%s)", pci->bdf,
                        pci->netdev, pci->driver);
        }
    }
    if (!any) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE,
                    "there is no PCI device that may be a VF");
    }
}

/* Packets for such an address would go to the port, not to the kernel. */
void
doctor_check_vf_address(const struct doctor_facts *facts,
                        struct doctor_result *result)
{
    if (!has_vf(facts, result)) {
        return;
    }
    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_link *vf = facts->pairs[i].vf;

        if (vf && vf->address) {
            doctor_note(result, DOCTOR_FAILED, "VF %s has the address %s",
                        vf->link.rt.name, vf->address);
            doctor_fix(result, "ip addr flush dev %s, and take it out of the "
                       "network configuration", vf->link.rt.name);
        } else if (vf) {
            doctor_note(result, DOCTOR_PASSED, "VF %s has no address",
                        vf->link.rt.name);
        }
    }
}

/* Azure's own images bring a udev rule for it, 68-azure-sriov-nm-unmanaged. */
void
doctor_check_network_manager(const struct doctor_facts *facts,
                             struct doctor_result *result)
{
    if (!facts->nm_runs) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE,
                    "NetworkManager does not run");
        return;
    }
    if (!has_vf(facts, result)) {
        return;
    }
    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_link *vf = facts->pairs[i].vf;

        if (vf && vf->nm_managed) {
            doctor_note(result, DOCTOR_FAILED, "NetworkManager manages VF %s",
                        vf->link.rt.name);
            doctor_fix(result, "a udev rule: SUBSYSTEM==\"net\", "
                       "DRIVERS==\"hv_pci\", ACTION==\"add\", "
                       "ENV{NM_UNMANAGED}=\"1\"; until the next boot: nmcli "
                       "device set %s managed no", vf->link.rt.name);
        } else if (vf && !vf->nm_known) {
            doctor_note(result, DOCTOR_WARNED, "NetworkManager does not tell "
                        "whether it manages VF %s", vf->link.rt.name);
            doctor_fix(result, "nmcli device show %s", vf->link.rt.name);
        } else if (vf) {
            doctor_note(result, DOCTOR_PASSED,
                        "NetworkManager leaves VF %s alone",
                        vf->link.rt.name);
        }
    }
}

void
doctor_check_networkd(const struct doctor_facts *facts,
                      struct doctor_result *result)
{
    if (!facts->networkd_runs) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE,
                    "systemd-networkd does not run");
        return;
    }
    if (!has_vf(facts, result)) {
        return;
    }
    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_link *vf = facts->pairs[i].vf;

        if (vf && vf->networkd && strcmp(vf->networkd, "unmanaged")
            && strcmp(vf->networkd, "initialized")
            && strcmp(vf->networkd, "pending")) {
            doctor_note(result, DOCTOR_FAILED, "systemd-networkd manages VF "
                        "%s (%s)", vf->link.rt.name, vf->networkd);
            doctor_fix(result, "in /etc/systemd/network/01-vf.network: "
                       "[Match] Driver=mlx4_en mlx5_en mlx4_core mlx5_core "
                       "mana, [Link] Unmanaged=yes; then networkctl reload");
        } else if (vf) {
            doctor_note(result, DOCTOR_PASSED,
                        "systemd-networkd leaves VF %s alone",
                        vf->link.rt.name);
        }
    }
}

/* A VF has its NetVSC interface's address, so a rule that names an interface
 * by its address wants to give both the same name: one of them loses. */
void
doctor_check_udev(const struct doctor_facts *facts,
                  struct doctor_result *result)
{
    bool any = false;

    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_pair *pair = &facts->pairs[i];
        const char *rule;
        char mac[18];
        size_t j;

        snprintf(mac, sizeof mac, ETH_ADDR_FMT,
                 ETH_ADDR_ARGS(pair->netvsc->link.rt.mac));
        SVEC_FOR_EACH (j, rule, &facts->name_rules) {
            if (strcasestr(rule, mac)) {
                doctor_note(result, DOCTOR_FAILED, "a rule names by MAC "
                            "address, which %s and its VF share: %s",
                            pair->netvsc->link.rt.name, rule);
                doctor_fix(result, "restrict it: DRIVERS==\"hv_netvsc\" in a "
                           "rule, Driver=hv_netvsc in a .link file");
            }
        }
        any = true;
    }
    if (!any) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "there is no interface");
    } else {
        doctor_note(result, DOCTOR_PASSED,
                    "no rule names a VF by its MAC address");
    }
}

/* Larger packets pass on one path and not on the other.  A port sets the MTU
 * of its interfaces, where their drivers do that. */
void
doctor_check_mtu(const struct doctor_facts *facts,
                 struct doctor_result *result)
{
    if (!facts->n_pairs) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "there is no interface");
    }
    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_pair *pair = &facts->pairs[i];
        const struct netvsc_link_change *netvsc = &pair->netvsc->link.rt;
        const struct netvsc_link_change *vf = (pair->vf ? &pair->vf->link.rt
                                               : NULL);

        if (pair->port && pair->port->mtu > netvsc->mtu) {
            doctor_note(result, DOCTOR_FAILED, "port %s has an MTU of %lld, "
                        "%s one of %d", pair->port->name, pair->port->mtu,
                        netvsc->name, netvsc->mtu);
            doctor_fix(result, "ip link set dev %s mtu %lld, or ovs-vsctl set "
                       "Interface %s mtu_request=%d", netvsc->name,
                       pair->port->mtu, pair->port->name, netvsc->mtu);
        }
        if (pair->port && vf && pair->port->mtu > vf->mtu) {
            doctor_note(result, DOCTOR_FAILED, "port %s has an MTU of %lld, "
                        "VF %s one of %d", pair->port->name, pair->port->mtu,
                        vf->name, vf->mtu);
            doctor_fix(result, "ip link set dev %s mtu %lld, or ovs-vsctl set "
                       "Interface %s mtu_request=%d", vf->name,
                       pair->port->mtu, pair->port->name, vf->mtu);
        }
        if (!pair->port && vf && vf->mtu != netvsc->mtu) {
            doctor_note(result, DOCTOR_WARNED, "%s has an MTU of %d, its VF "
                        "%s one of %d", netvsc->name, netvsc->mtu, vf->name,
                        vf->mtu);
            doctor_fix(result, "ip link set dev %s mtu %d", vf->name,
                       netvsc->mtu);
        }
        doctor_note(result, DOCTOR_PASSED, "%s: %d", netvsc->name,
                    netvsc->mtu);
    }
}
