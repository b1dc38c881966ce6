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

#include "netvsc-claim.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "netdev-provider.h"
#include "netvsc-discovery.h"
#include "netvsc-options.h"
#include "netvsc-rtnl.h"
#include "netvsc-sysfs.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_claim);

static bool
is_netvsc_of_mac(const char *ifname OVS_UNUSED,
                 const struct netvsc_sysfs_info *info, const void *mac_)
{
    const struct eth_addr *mac = mac_;

    return info->is_netvsc && eth_addr_equals(info->mac, *mac);
}

/* Checks whether 'ifname', which may not exist yet, may be driven by 'port'
 * with 'options'.  Returns a null pointer if so, otherwise a message for a
 * person, which the caller must free; '*error' is set if it is not EINVAL. */
static char *
check_iface(const struct netvsc_port *port, const char *ifname,
            const struct netvsc_options *options,
            const struct netvsc_sysfs_info *info, int *error)
    OVS_EXCLUDED(netvsc_mutex)
{
    bool exists_but_no_netvsc = info->ifindex && !info->is_netvsc;
    const struct netvsc_port *other;
    char *message = NULL;

    ovs_mutex_lock(&netvsc_mutex);
    other = netvsc_port_claiming(ifname, info->ifindex, port);
    if (other) {
        message = xasprintf("interface %s is already used by netvsc port %s",
                            ifname, other->name);
        *error = EADDRINUSE;
    } else if (exists_but_no_netvsc) {
        /* A VF has the address of its NetVSC. */
        other = netvsc_port_driving_mac(info->mac, port);
        if (other) {
            message = xasprintf("%s is the VF of interface %s, which netvsc "
                                "port %s drives together with it", ifname,
                                other->paths[NETVSC_SYNTHETIC].ifname,
                                other->name);
        }
    }
    ovs_mutex_unlock(&netvsc_mutex);

    if (!message && info->ifindex && info->arphrd != ARPHRD_ETHER) {
        message = xasprintf("%s is no Ethernet interface", ifname);
    } else if (!message && exists_but_no_netvsc) {
        char netvsc[IFNAMSIZ];

        if (!netvsc_sysfs_find(NETVSC_SYSFS_ROOT, is_netvsc_of_mac, &info->mac,
                               netvsc, sizeof netvsc)) {
            message = xasprintf("%s is the VF of NetVSC interface %s: set "
                                "options:iface=%s, which uses both", ifname,
                                netvsc, netvsc);
        } else if (!options->force) {
            message = xasprintf("%s is not a NetVSC interface: set "
                                "options:force=true to use it all the same",
                                ifname);
        }
    }
    return message;
}

/* Returns the type with which interface 'ifname' is a port of Open vSwitch,
 * or a null pointer if it is none.  (Open vSwitch opens any interface that has
 * a route of any kind, to know its addresses; only its ports have a dpif.) */
static const char *
get_port_type(const char *ifname)
{
    struct netdev *netdev = netdev_from_name(ifname);
    const char *type = NULL;

    if (netdev && netdev_get_dpif_type(netdev)) {
        type = netdev_get_type(netdev);
    }
    netdev_close(netdev);
    return type;
}

/* Sets the user of each interface in 'd' that is in use by Open vSwitch,
 * unless that is 'but', which may be a null pointer. */
void
netvsc_claim_note_users(const struct netvsc_port *but,
                        struct netvsc_discovery *d)
{
    for (size_t i = 0; i < d->n_found; i++) {
        const struct netvsc_link *link = d->found[i].link;
        const char *type = get_port_type(link->rt.name);

        if (type && strcmp(type, "netvsc")) {
            d->found[i].user = xasprintf("a port of type %s", type);
        }
    }

    ovs_mutex_lock(&netvsc_mutex);
    for (size_t i = 0; i < d->n_found; i++) {
        const struct netvsc_link *link = d->found[i].link;
        const struct netvsc_port *other
            = netvsc_port_claiming(link->rt.name, link->rt.ifindex, but);

        if (!other) {
            other = netvsc_port_awaiting_mac(link->rt.mac, but);
        }
        if (other && !d->found[i].user) {
            d->found[i].user = xasprintf("netvsc port %s", other->name);
        }
    }
    ovs_mutex_unlock(&netvsc_mutex);
}

/* Chooses an interface for 'port', which has no option that names one and is
 * not named as one: the only one that is free.  If there is exactly one,
 * stores it in '*claim' and returns a null pointer, otherwise a message for a
 * person, which the caller must free; '*error' is set if it is not EINVAL.
 *
 * Does I/O, for a few ms unless the host has very many routes. */
static char *
choose_iface(const struct netvsc_port *port, struct netvsc_claim *claim,
             int *error)
    OVS_EXCLUDED(netvsc_mutex)
{
    const struct netvsc_found *found;
    struct netvsc_discovery d;
    char *message;
    int retval;

    retval = netvsc_rtnl_discover(NETVSC_SYSFS_ROOT, 0, &d);
    if (retval) {
        message = xasprintf("cannot read the host's addresses and routes (%s)",
                            ovs_strerror(retval));
        *error = retval;
    } else {
        netvsc_claim_note_users(port, &d);
        message = netvsc_discovery_choose(&d, &found);
        if (!message) {
            VLOG_INFO("%s: there is no interface of this name: using %s, the "
                      "only free NetVSC interface", port->name,
                      found->link->rt.name);
            claim->ifindex = found->link->rt.ifindex;
            claim->mac = found->link->rt.mac;
            claim->numa_node = found->link->sysfs.numa_node;
        } else {
            *error = ENODEV;
        }
    }
    netvsc_discovery_destroy(&d);

    if (message) {
        char *why = message;

        message = xasprintf("no interface is named %s, neither options:iface "
                            "nor options:mac is set, and not exactly one "
                            "NetVSC interface is free: %s", port->name, why);
        free(why);
    }
    return message;
}

/* Checks that no other port has the interface with the address 'mac'.  Returns
 * a null pointer if so, otherwise a message for a person, which the caller
 * must free, and sets '*error'. */
static char *
check_mac(const struct netvsc_port *port, struct eth_addr mac, int *error)
    OVS_EXCLUDED(netvsc_mutex)
{
    const struct netvsc_port *other;
    char *message = NULL;

    ovs_mutex_lock(&netvsc_mutex);
    other = netvsc_port_driving_mac(mac, port);
    if (!other) {
        other = netvsc_port_awaiting_mac(mac, port);
    }
    if (other) {
        message = xasprintf("the interface with the MAC address "ETH_ADDR_FMT
                            " is already used by netvsc port %s",
                            ETH_ADDR_ARGS(mac), other->name);
        *error = EADDRINUSE;
    }
    ovs_mutex_unlock(&netvsc_mutex);
    return message;
}

/* Finds out which interface 'port' would have with 'options' and whether it
 * may.  If so, stores in '*claim' what netvsc_claim_commit() needs and returns
 * a null pointer.  Otherwise returns a message for a person, which the caller
 * must free; '*error' is set if it is not EINVAL.
 *
 * An interface that does not exist is waited for if the options name it.  A
 * port that is known by its name alone decides once: an interface of the
 * port's name that exists is the port's from then on and waited for when it
 * goes; otherwise the port chooses an interface, and keeps it. */
char *
netvsc_claim_check(const struct netvsc_port *port,
                   const struct netvsc_options *options,
                   struct netvsc_claim *claim, int *error)
{
    struct netvsc_sysfs_info info = { .numa_node = -1 };
    const char *ifname = options->iface[0] ? options->iface : port->name;
    char *message = NULL;
    bool unchanged;

    memset(claim, 0, sizeof *claim);
    claim->numa_node = -1;
    if (!options->iface[0] && eth_addr_is_zero(options->mac)) {
        ovs_mutex_lock(&netvsc_mutex);
        claim->naming = port->naming;
        ovs_mutex_unlock(&netvsc_mutex);
    }
    if (options->ignore || claim->naming == NETVSC_CHOSEN) {
        return NULL;
    }

    /* Open vSwitch configures every port again whenever anything changes.  A
     * port that has its interface keeps it, whatever that is called now. */
    ovs_mutex_lock(&netvsc_mutex);
    unchanged = (port->configured && port->iface_ifindex
                 && !strcmp(options->iface, port->options.iface)
                 && eth_addr_equals(options->mac, port->options.mac)
                 && options->force == port->options.force
                 && options->ignore == port->options.ignore);
    ovs_mutex_unlock(&netvsc_mutex);
    if (unchanged) {
        return NULL;
    }
    if (!eth_addr_is_zero(options->mac)) {
        return check_mac(port, options->mac, error);
    }

    netvsc_sysfs_read(NETVSC_SYSFS_ROOT, ifname, &info);
    if (!options->iface[0] && claim->naming == NETVSC_UNDECIDED
        && !info.ifindex) {
        claim->naming = NETVSC_CHOSEN;
        message = choose_iface(port, claim, error);
    } else {
        if (!options->iface[0]) {
            claim->naming = NETVSC_BY_PORT_NAME;
        }
        claim->numa_node = info.numa_node;
        message = check_iface(port, ifname, options, &info, error);
    }
    return message;
}

/* Makes 'options' those of 'port', for which netvsc_claim_check() filled in
 * 'claim'.  Returns true if that changes anything: Open vSwitch configures
 * every port again whenever any interface of the host changes. */
bool
netvsc_claim_commit(struct netvsc_port *port,
                    const struct netvsc_options *options,
                    const struct netvsc_claim *claim)
{
    if (port->configured && !claim->ifindex && claim->naming == port->naming
        && !memcmp(options, &port->options, sizeof *options)) {
        return false;
    }

    if (strcmp(options->iface, port->options.iface)
        || !eth_addr_equals(options->mac, port->options.mac)
        || claim->naming != port->naming) {
        port->iface_ifindex = 0;
        port->inspected = false;
    }
    if (claim->ifindex) {
        port->iface_ifindex = claim->ifindex;
        port->iface_serial = 0;
        port->chosen_mac = claim->mac;
    }
    if (options->synthetic != port->options.synthetic) {
        smap_clear(&port->backend_errors);
    }
    if (options->vf_flap_limit != port->options.vf_flap_limit
        || options->vf_flap_window != port->options.vf_flap_window
        || options->vf_flap_hold_max != port->options.vf_flap_hold_max) {
        port->paths[NETVSC_VF].hold_until = 0;
    }
    port->backends_retry_at = 0;
    port->options = *options;
    port->naming = claim->naming;
    port->configured = true;
    return true;
}
