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

#include "netvsc-port-facts.h"

#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "if-notifier.h"
#include "netvsc-ethdev-event.h"
#include "netvsc-link.h"
#include "netvsc-synthetic.h"
#include "netvsc-vf-driver.h"
#include "netvsc-worker.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_port_facts);

/* A port that chose its interface, because there was none of the port's name,
 * was meant for that one if it is there now: with two such ports at boot, the
 * first might have chosen the other's. */
static void
prefer_port_name(struct netvsc_port *port, const struct netvsc_links *links)
    OVS_REQUIRES(netvsc_mutex)
{
    const struct netvsc_link *link;

    if (port->naming != NETVSC_CHOSEN) {
        return;
    }
    link = netvsc_links_by_name(links, port->name);
    if (link && link->sysfs.is_netvsc
        && link->rt.ifindex != port->iface_ifindex
        && !netvsc_port_claiming(port->name, link->rt.ifindex, port)) {
        VLOG_WARN("%s: a NetVSC interface of the port's name has appeared: "
                  "using that instead of the one chosen", port->name);
        port->naming = NETVSC_BY_PORT_NAME;
        port->iface_ifindex = 0;
        port->inspected = false;

        /* Another port may have been refused that interface: has the bridges
         * configured again. */
        if_notifier_manual_report();
    }
}

/* Returns the link that 'port' is to drive, if it is there and may be driven.
 * Otherwise returns a null pointer and says why in port->iface_reason.
 *
 * A link once found is kept when it is renamed: an interface is an ifindex,
 * until the kernel gives that to another. */
static const struct netvsc_link *
find_iface(struct netvsc_port *port, const struct netvsc_links *links)
    OVS_REQUIRES(netvsc_mutex)
{
    const struct netvsc_link *link, *found = NULL;
    const char *ifname;

    prefer_port_name(port, links);
    ifname = netvsc_port_iface(port);
    if (port->iface_ifindex) {
        found = netvsc_links_by_ifindex(links, port->iface_ifindex);
        if (found && (!port->iface_serial
                      || port->iface_serial == found->serial)) {
            return found;
        }
        netvsc_set_text(&port->iface_reason, "%s is gone",
                        port->paths[NETVSC_SYNTHETIC].ifname);
    }

    if (ifname) {
        found = netvsc_links_by_name(links, ifname);
        if (!found) {
            if (!port->iface_ifindex) {
                netvsc_set_text(&port->iface_reason,
                                "waiting for interface %s, which does not "
                                "exist", ifname);
            }
            return NULL;
        }
    } else {
        struct eth_addr mac = netvsc_port_mac(port);

        HMAP_FOR_EACH (link, node, &links->links) {
            if (eth_addr_equals(link->rt.mac, mac)
                && !netvsc_link_is_own_tap(link)
                && (link->sysfs.is_netvsc || port->options.force)
                && (!found || link->sysfs.is_netvsc > found->sysfs.is_netvsc
                    || (link->sysfs.is_netvsc == found->sysfs.is_netvsc
                        && link->rt.ifindex < found->rt.ifindex))) {
                found = link;
            }
        }
        if (!found) {
            netvsc_set_text(&port->iface_reason,
                            "waiting for a NetVSC interface with the MAC "
                            "address "ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
            return NULL;
        }
    }

    if (!found->sysfs.is_netvsc && !port->options.force) {
        netvsc_set_text(&port->iface_reason,
                        "%s is not a NetVSC interface: set "
                        "options:force=true to use it all the same",
                        found->rt.name);
        return NULL;
    }

    if (found->rt.arphrd != ARPHRD_ETHER) {
        netvsc_set_text(&port->iface_reason, "%s is no Ethernet device",
                        found->rt.name);
        return NULL;
    }

    const struct netvsc_port *other
        = netvsc_port_claiming(found->rt.name, found->rt.ifindex, port);
    if (other) {
        netvsc_set_text(&port->iface_reason, "%s is already used by port %s",
                        found->rt.name, other->name);
        return NULL;
    }
    return found;
}

/* Most entries of port->passed_over before it is started anew. */
#define MAX_PASSED_OVER 64

/* Logs, once, that 'link' has the address of 'netvsc' but is not its VF. */
static void
log_passed_over(struct netvsc_port *port, const struct netvsc_link *netvsc,
                const struct netvsc_link *link, enum netvsc_vf_verdict verdict)
    OVS_REQUIRES(netvsc_mutex)
{
    char *entry = xasprintf("%d %s %d", link->rt.ifindex, link->rt.name,
                            verdict);

    if (sset_count(&port->passed_over) >= MAX_PASSED_OVER) {
        sset_clear(&port->passed_over);
    }
    if (sset_add_and_free(&port->passed_over, entry)) {
        VLOG_INFO_RL(&port->rl, "%s: %s has the MAC address of %s but is not "
                     "used as its VF: it %s", port->name, link->rt.name,
                     netvsc->rt.name, netvsc_vf_verdict_to_string(verdict));
    }
}

/* Returns the link that is the VF of 'netvsc', or a null pointer.  In that
 * case, if there was a candidate, says in '*reason' why it is none. */
static const struct netvsc_link *
find_vf(struct netvsc_port *port, const struct netvsc_links *links,
        const struct netvsc_link *netvsc, char **reason)
    OVS_REQUIRES(netvsc_mutex)
{
    const struct netvsc_link *link, *vf = NULL;

    HMAP_FOR_EACH (link, node, &links->links) {
        enum netvsc_vf_verdict verdict
            = netvsc_policy_judge_vf(netvsc, link, port->options.vf);

        if (verdict == NETVSC_VF_ACCEPTED) {
            const struct netvsc_link *other = vf;

            vf = netvsc_policy_prefer_vf(netvsc, other, link);
            if (other) {
                log_passed_over(port, netvsc, vf == link ? other : link,
                                NETVSC_VF_NOT_PREFERRED);
            }
        } else if (verdict != NETVSC_VF_IS_SELF
                   && verdict != NETVSC_VF_IS_OWN_TAP
                   && verdict != NETVSC_VF_OTHER_MAC
                   && verdict != NETVSC_VF_TURNED_OFF) {
            log_passed_over(port, netvsc, link, verdict);
            free(*reason);
            *reason = xasprintf("%s is not used: it %s", link->rt.name,
                                netvsc_vf_verdict_to_string(verdict));
        }
    }
    return vf;
}

/* Stores in 'pp' what people want to know of its device. */
static void
set_device(struct netvsc_port_path *pp, const struct netvsc_link *link)
{
    pp->ifindex = link->rt.ifindex;
    pp->serial = link->serial;
    ovs_strlcpy(pp->ifname, link->rt.name, sizeof pp->ifname);
    ovs_strlcpy(pp->pci, !strcmp(link->sysfs.subsystem, "pci")
                ? link->sysfs.address : "", sizeof pp->pci);
    ovs_strlcpy(pp->driver, link->sysfs.driver, sizeof pp->driver);
    pp->mac = link->rt.mac;
    pp->usable = netvsc_link_is_usable(link);
}

static void
clear_device(struct netvsc_port_path *pp)
{
    pp->ifindex = 0;
    pp->ifname[0] = pp->pci[0] = pp->driver[0] = '\0';
    pp->usable = false;
}

/* True if a path of another port, which may be in the course of being removed,
 * still has the device with 'ifindex'. */
static bool
is_device_held(const struct netvsc_port *port, int ifindex)
    OVS_REQUIRES(netvsc_mutex)
{
    const struct netvsc_port *other;

    LIST_FOR_EACH (other, node, &netvsc_ports) {
        for (int i = 0; other != port && i < NETVSC_N_PATHS; i++) {
            if (other->paths[i].state != NETVSC_PATH_CLOSED
                && other->paths[i].spec.ifindex == ifindex) {
                return true;
            }
        }
    }
    return false;
}

/* Fills in what all paths have in common.  '*spec' is that of the child as it
 * is wanted now; if it failed, and a former one worked, it becomes the former
 * one. */
static void
fill_path_facts(struct netvsc_port *port, enum netvsc_path_id id,
                const struct netvsc_link *link,
                struct netvsc_path_spec *spec,
                struct netvsc_path_facts *facts)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[id];
    bool fall_back = false;

    if (!netvsc_path_spec_equals(&pp->failed_spec, spec)) {
        memset(&pp->failed_spec, 0, sizeof pp->failed_spec);
        pp->n_failures = 0;
        pp->retry_at = 0;
        free(pp->error);
        pp->error = NULL;
    } else if (netvsc_path_spec_same_device(&pp->good_spec, spec)
               && !netvsc_path_spec_equals(&pp->good_spec, spec)) {
        *spec = pp->good_spec;
        fall_back = true;
    }
    facts->has_device = (pp->state != NETVSC_PATH_CLOSED
                         || !is_device_held(port, link->rt.ifindex));
    facts->usable = netvsc_link_is_usable(link);
    facts->usable_since = link->up_since;
    facts->same_device = netvsc_path_spec_same_device(&pp->spec, spec);
    facts->same_spec = netvsc_path_spec_equals(&pp->spec, spec);
    facts->retry_at = fall_back ? 0 : pp->retry_at;
    facts->hold_until = pp->hold_until;
}

static long long int
last_loss(const struct netvsc_port_path *pp)
{
    return (pp->n_lost
            ? pp->lost_at[(pp->n_lost - 1) % ARRAY_SIZE(pp->lost_at)] : 0);
}

/* Says why a path that has a device is not open, for people. */
static bool
explain(struct netvsc_port_path *pp, const struct netvsc_path_facts *facts,
        int up_delay)
{
    if (!facts->usable && !pp->error) {
        return netvsc_set_text(&pp->reason, "%s is down", pp->ifname);
    } else if (pp->error) {
        return netvsc_set_text(&pp->reason, "%s", pp->error);
    } else if (!facts->has_device) {
        return netvsc_set_text(&pp->reason, "%s is still in use by another "
                               "port", pp->ifname);
    } else if (pp->hold_until > time_msec()) {
        return netvsc_set_text(&pp->reason, "%s is up, held off until %lld s "
                               "after its last loss: it was lost more than "
                               "options:vf-flap-limit times", pp->ifname,
                               (pp->hold_until - last_loss(pp)) / 1000);
    } else if (up_delay) {
        return netvsc_set_text(&pp->reason, "%s is up, used after options:"
                               "vf-up-delay=%d", pp->ifname, up_delay);
    } else {
        return netvsc_set_text(&pp->reason, "%s is up", pp->ifname);
    }
}

/* True if AF_XDP cannot open all of the queues that 'link' receives on, so
 * that the packets of the others would be lost. */
static bool
has_too_many_queues(const struct netvsc_link *link)
{
    return link->n_channels && link->sysfs.n_rx_queues > link->n_channels;
}

static bool
explain_queues(struct netvsc_port_path *pp, const struct netvsc_link *link)
{
    return netvsc_set_text(&pp->reason, "%s has %d receive queues, of which "
                           "net_af_xdp can open %d; set fewer with ethtool "
                           "-L, then ovs-appctl netvsc/rescan",
                           pp->ifname, link->sysfs.n_rx_queues,
                           link->n_channels);
}

/* Appends to 's' what is in the way of using 'b' for 'port', if something is.
 * With 'mtu_matters' that includes an MTU that it cannot carry.  Returns true
 * if nothing is. */
static bool
may_use_backend(const struct netvsc_port *port,
                const struct netvsc_synthetic *b, bool mtu_matters,
                struct ds *s)
    OVS_REQUIRES(netvsc_mutex)
{
    const char *missing = netvsc_synthetic_check(b);
    const char *error = smap_get(&port->backend_errors, b->name);

    if (missing || error) {
        ds_put_format(s, "; %s: %s", b->name, missing ? missing : error);
    } else if (b->all_kernel_queues && port->too_many_queues) {
        ds_put_format(s, "; %s: the interface has more receive queues than it "
                      "can open", b->name);
    } else if (mtu_matters && b->max_mtu && b->max_mtu < port->queues.mtu) {
        ds_put_format(s, "; %s: cannot carry an MTU above %d", b->name,
                      b->max_mtu);
    } else {
        return true;
    }
    return false;
}

/* Returns the backend that 'port' is to use now: that of options:synthetic, or
 * else the best that works here and was not seen to fail, one that carries the
 * port's MTU if there is any.  A null pointer if there is none.  Says why in
 * port->backend_reason. */
const struct netvsc_synthetic *
netvsc_port_choose_backend(struct netvsc_port *port)
{
    const struct netvsc_synthetic *b = port->options.synthetic;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (b) {
        netvsc_set_text(&port->backend_reason, "options:synthetic=%s",
                        b->name);
        return b;
    }
    for (int mtu_matters = 1; !b && mtu_matters >= 0; mtu_matters--) {
        ds_clear(&s);
        do {
            b = netvsc_synthetic_next(b);
        } while (b && !may_use_backend(port, b, mtu_matters, &s));
    }
    netvsc_set_text(&port->backend_reason, "auto%s",
                    s.length ? ds_cstr(&s) : "; the preferred one");
    ds_destroy(&s);
    return b;
}

/* How long a PMD may take to recover from an error, ms. */
#define MAX_RECOVERY 10000

/* Has an open path closed and tried again later.  The kernel's device may
 * stay, if only for a moment. */
static void
give_up(struct netvsc_port_path *pp)
{
    pp->broken = true;
    pp->suspended = false;
    pp->failed_spec = pp->spec;
    pp->retry_at = time_msec() + netvsc_policy_retry_delay(1);
}

/* Without its tap, or with the tap down, net_tap would lose all packets and
 * say nothing: has the path opened anew if somebody did that.  Returns true if
 * so. */
static bool
check_tap(struct netvsc_port *port, const struct netvsc_links *links)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *syn = &port->paths[NETVSC_SYNTHETIC];
    const struct netvsc_link *tap;
    bool lost;

    if (syn->state != NETVSC_PATH_OPEN || !syn->path->tap_ifindex
        || syn->broken) {
        return false;
    }
    tap = netvsc_links_by_ifindex(links, syn->path->tap_ifindex);
    lost = syn->tap_seen && !(tap && netvsc_link_is_usable(tap));
    syn->tap_seen = tap && netvsc_link_is_usable(tap);
    if (lost) {
        /* One that is deleted is taken down before. */
        VLOG_WARN_RL(&port->rl, "%s: somebody deleted the tap of the synthetic "
                     "path, or took it down: the path is opened anew",
                     port->name);
        syn->broken = true;
    }
    return lost;
}

/* Has the worker look for the rules that feed the tap, if some of the NetVSC
 * device's may have been deleted since it did last: without them nothing would
 * be received by net_tap, and it would say nothing either. */
static void
check_tap_rules(struct netvsc_port *port, const struct netvsc_links *links)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *syn = &port->paths[NETVSC_SYNTHETIC];
    const struct netvsc_link *netvsc;

    if (syn->state != NETVSC_PATH_OPEN || !syn->path->tap_ifindex
        || syn->broken || syn->checking) {
        return;
    }
    netvsc = netvsc_links_by_ifindex(links, syn->spec.ifindex);
    if (netvsc && netvsc->tc_serial != syn->tc_serial) {
        syn->tc_serial = netvsc->tc_serial;
        syn->checking = true;
        netvsc_worker_check_tap(port, syn->path);
    }
}

/* Takes note of what the PMD of an open path has reported.  Returns true if
 * there was anything. */
static bool
handle_ethdev_event(struct netvsc_port *port, enum netvsc_path_id id)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[id];
    enum netvsc_ethdev_event event;

    if (pp->state != NETVSC_PATH_OPEN) {
        return false;
    }
    if (pp->suspended && !pp->broken && time_msec() >= pp->suspended_until) {
        VLOG_WARN_RL(&port->rl, "%s: %s path: its PMD does not recover",
                     port->name, netvsc_path_id_to_string(id));
        give_up(pp);
        return true;
    }
    event = netvsc_ethdev_event_take(pp->path->port_id);
    switch (event) {
    case NETVSC_ETHDEV_NONE:
        return false;

    case NETVSC_ETHDEV_REMOVED:
    case NETVSC_ETHDEV_FAILED:
        give_up(pp);
        break;

    case NETVSC_ETHDEV_RESET:
        pp->broken = true;
        break;

    case NETVSC_ETHDEV_RECOVERING:
        pp->suspended = true;
        pp->suspended_until = time_msec() + MAX_RECOVERY;
        break;

    case NETVSC_ETHDEV_RECOVERED:
        pp->suspended = false;
        break;
    }
    VLOG_INFO_RL(&port->rl, "%s: %s path: %s", port->name,
                 netvsc_path_id_to_string(id),
                 netvsc_ethdev_event_to_string(event));
    return true;
}

/* For a path that cannot be opened as is wanted now: if it is open on 'link',
 * however it is, it stays. */
static void
keep_as_it_is(struct netvsc_port *port, enum netvsc_path_id id,
              const struct netvsc_link *link, struct netvsc_path_spec *spec,
              struct netvsc_path_facts *facts)
    OVS_REQUIRES(netvsc_mutex)
{
    const struct netvsc_port_path *pp = &port->paths[id];

    if (pp->state != NETVSC_PATH_CLOSED
        && pp->spec.ifindex == link->rt.ifindex
        && pp->spec.serial == link->serial) {
        *spec = pp->spec;
        fill_path_facts(port, id, link, spec, facts);
    }
}

/* Collects the facts about the synthetic path of 'port', over 'netvsc', or
 * there is none if that is a null pointer.  Returns true if something that
 * people see has changed. */
static bool
collect_synthetic(struct netvsc_port *port, const struct netvsc_link *netvsc,
                  struct netvsc_path_facts *facts,
                  struct netvsc_path_spec *spec)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *syn = &port->paths[NETVSC_SYNTHETIC];
    bool changed;

    if (!netvsc) {
        changed = port->iface_ifindex != 0;
        port->iface_ifindex = 0;
        clear_device(syn);
        return netvsc_set_text(&syn->reason, "%s", port->iface_reason)
                               || changed;
    }

    if (port->iface_ifindex != netvsc->rt.ifindex
        || port->iface_serial != netvsc->serial) {
        port->iface_ifindex = netvsc->rt.ifindex;
        port->iface_serial = netvsc->serial;
        port->backends_retry_at = 0;
        smap_clear(&port->backend_errors);
    }
    if (strcmp(syn->ifname, netvsc->rt.name)) {
        /* It is by name that they find it. */
        smap_clear(&port->backend_errors);
    }
    if (port->naming == NETVSC_CHOSEN) {
        port->chosen_mac = netvsc->rt.mac;
    } else if (!port->inspected) {
        /* Somebody named it, so it is used all the same. */
        netvsc_worker_inspect(port->name, netvsc->rt.ifindex);
        port->inspected = true;
    }
    changed = (!eth_addr_equals(syn->mac, netvsc->rt.mac)
               || syn->usable != netvsc_link_is_usable(netvsc));
    set_device(syn, netvsc);

    port->too_many_queues = has_too_many_queues(netvsc);
    port->backend = netvsc_port_choose_backend(port);
    if (!port->backend) {
        changed |= netvsc_set_text(&syn->reason, "no synthetic backend works "
                                   "here: load the kernel module af_packet");
    } else if (port->backend->all_kernel_queues && !netvsc->n_channels) {
        /* Known in a moment. */
        keep_as_it_is(port, NETVSC_SYNTHETIC, netvsc, spec, facts);
    } else if (port->backend->all_kernel_queues && port->too_many_queues) {
        keep_as_it_is(port, NETVSC_SYNTHETIC, netvsc, spec, facts);
        changed |= explain_queues(syn, netvsc);
    } else {
        struct netvsc_queues wanted = port->queues;

        if (port->backend->max_mtu) {
            wanted.mtu = MIN(wanted.mtu, port->backend->max_mtu);
        }
        netvsc_synthetic_make_spec(port->backend, netvsc, &wanted, spec);
        fill_path_facts(port, NETVSC_SYNTHETIC, netvsc, spec, facts);
        facts->retry_at = MAX(facts->retry_at, port->backends_retry_at);
        changed |= (port->backends_retry_at > time_msec()
                    ? netvsc_set_text(&syn->reason, "%s", port->backends_error)
                    : explain(syn, facts, 0));
    }
    return changed;
}

/* Says why 'port' has no VF: 'netvsc' may be a null pointer, 'why_not' is of a
 * candidate that was refused, or a null pointer. */
static bool
explain_no_vf(struct netvsc_port *port, const struct netvsc_links *links,
              const struct netvsc_link *netvsc, const char *why_not)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *vf = &port->paths[NETVSC_VF];
    bool just_lost = vf->ifindex != 0;

    if (just_lost) {
        vf->lost_ifindex = vf->ifindex;
        vf->lost_serial = vf->serial;
        ovs_strlcpy(vf->lost_ifname, vf->ifname, sizeof vf->lost_ifname);
    }
    if (port->options.vf == NETVSC_VF_OFF) {
        return netvsc_set_text(&vf->reason, "options:vf=off");
    } else if (!netvsc) {
        return netvsc_set_text(&vf->reason, "there is no NetVSC interface");
    } else if (why_not && !just_lost) {
        return netvsc_set_text(&vf->reason, "%s", why_not);
    } else if (vf->lost_ifindex) {
        const struct netvsc_link *was
            = netvsc_links_by_ifindex(links, vf->lost_ifindex);
        const char *what = "is gone";

        if (was && was->serial == vf->lost_serial) {
            what = netvsc_vf_verdict_to_string(
                netvsc_policy_judge_vf(netvsc, was, port->options.vf));
        }
        return netvsc_set_text(&vf->reason, "%s %s", vf->lost_ifname, what);
    } else {
        return netvsc_set_text(&vf->reason, "no VF so far");
    }
}

/* Collects the facts about the VF path of 'port', whose interface is 'netvsc',
 * a null pointer if it is not there.  Returns true if something that people
 * see has changed. */
static bool
collect_vf(struct netvsc_port *port, const struct netvsc_links *links,
           const struct netvsc_link *netvsc, struct netvsc_path_facts *facts,
           struct netvsc_path_spec *spec)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *vf = &port->paths[NETVSC_VF];
    const struct netvsc_link *link = NULL;
    char *why_not = NULL;
    bool changed;

    if (netvsc) {
        link = find_vf(port, links, netvsc, &why_not);
    }
    if (!link) {
        changed = explain_no_vf(port, links, netvsc, why_not);
        clear_device(vf);
        free(vf->error);
        vf->error = NULL;
        vf->n_failures = 0;
        vf->retry_at = 0;
    } else {
        bool by_queues
            = (port->options.vf != NETVSC_VF_DEVARGS
               && netvsc_vf_driver_lookup(link->sysfs.driver)
                  ->all_kernel_queues);

        changed = vf->ifindex != link->rt.ifindex;
        set_device(vf, link);
        if (by_queues && !link->n_channels) {
            /* Known in a moment. */
            keep_as_it_is(port, NETVSC_VF, link, spec, facts);
        } else if (by_queues && has_too_many_queues(link)) {
            keep_as_it_is(port, NETVSC_VF, link, spec, facts);
            changed |= explain_queues(vf, link);
        } else if (netvsc_vf_driver_make_spec(link, &port->options,
                                              &port->queues, spec)) {
            fill_path_facts(port, NETVSC_VF, link, spec, facts);
            changed |= explain(vf, facts, port->options.vf_up_delay);
        } else {
            changed |= netvsc_set_text(&vf->reason, "devargs are too long: "
                                       "shorten options:vf-extra-devargs");
        }
    }
    free(why_not);
    return changed;
}

/* Collects the facts about 'port'.  Stores the specs of the paths as they
 * would be built now in 'specs'.  Returns true if something that people see
 * has changed. */
bool
netvsc_port_collect_facts(struct netvsc_port *port,
                          const struct netvsc_links *links,
                          struct netvsc_facts *facts,
                          struct netvsc_path_spec specs[NETVSC_N_PATHS])
{
    const struct netvsc_link *netvsc;
    bool changed = false;

    memset(facts, 0, sizeof *facts);
    memset(specs, 0, NETVSC_N_PATHS * sizeof *specs);
    facts->now = time_msec();
    facts->enabled = (port->netdev && port->configured && port->started
                      && !port->options.ignore);
    facts->pin = port->pin;
    facts->vf_up_delay = port->options.vf_up_delay;
    changed |= check_tap(port, links);
    check_tap_rules(port, links);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        changed |= handle_ethdev_event(port, i);
        facts->paths[i].state = port->paths[i].state;
        facts->paths[i].broken = port->paths[i].broken;
        facts->paths[i].suspended = port->paths[i].suspended;
        facts->paths[i].drain_until = port->paths[i].drain_until;
    }

    if (!port->netdev || !port->configured) {
        return false;
    }
    if (port->options.ignore) {
        port->iface_ifindex = 0;
        for (int i = 0; i < NETVSC_N_PATHS; i++) {
            changed |= netvsc_set_text(&port->paths[i].reason,
                                       "options:ignore=true");
            clear_device(&port->paths[i]);
        }
        return changed;
    }

    netvsc = find_iface(port, links);
    changed |= collect_synthetic(port, netvsc,
                                 &facts->paths[NETVSC_SYNTHETIC],
                                 &specs[NETVSC_SYNTHETIC]);
    changed |= collect_vf(port, links, netvsc, &facts->paths[NETVSC_VF],
                          &specs[NETVSC_VF]);
    return changed;
}
