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

#include "netvsc-port.h"

#include <inttypes.h>
#include <limits.h>
#include <net/if_arp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "if-notifier.h"
#include "netdev-provider.h"
#include "netvsc-ethdev-event.h"
#include "netvsc-link.h"
#include "netvsc-stats.h"
#include "netvsc-synthetic.h"
#include "netvsc-vf-driver.h"
#include "netvsc-worker.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "ovs-rcu.h"
#include "packets.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 60);

/* How long a burst may take when the process ends, ms. */
#define SHUT_DOWN_GRACE 100

/* How long to wait for the worker then, ms. */
#define SHUT_DOWN_TIMEOUT 5000

struct ovs_mutex netvsc_mutex = OVS_MUTEX_INITIALIZER;
struct ovs_list netvsc_ports OVS_GUARDED_BY(netvsc_mutex)
    = OVS_LIST_INITIALIZER(&netvsc_ports);

/* Returns a new port for 'netdev', which is named 'name' and passes packets
 * through 'dp'.  netvsc_port_orphan() ends its use. */
struct netvsc_port *
netvsc_port_create(const char *name, struct netdev *netdev,
                   struct netvsc_dp *dp)
{
    struct netvsc_port *port = xzalloc(sizeof *port);

    port->name = xstrdup(name);
    port->netdev = netdev;
    port->dp = dp;
    port->admin_up = true;
    port->active = NETVSC_NO_PATH;
    netvsc_history_init(&port->history);
    sset_init(&port->passed_over);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        netvsc_stats_init(&port->paths[i].base);
        netvsc_stats_init(&port->paths[i].reported);
    }

    ovs_mutex_lock(&netvsc_mutex);
    ovs_list_push_back(&netvsc_ports, &port->node);
    ovs_mutex_unlock(&netvsc_mutex);
    return port;
}

/* Takes its netdev away from 'port', which the monitor now closes and frees.
 * To be called when no PMD thread uses the netdev any longer. */
void
netvsc_port_orphan(struct netvsc_port *port)
{
    ovs_mutex_lock(&netvsc_mutex);
    netvsc_dp_publish(port->dp, NULL);
    port->dp = NULL;
    port->netdev = NULL;
    ovs_mutex_unlock(&netvsc_mutex);
}

/* True if nothing is left of 'port' but its memory. */
bool
netvsc_port_is_gone(const struct netvsc_port *port)
{
    return (!port->netdev
            && port->paths[NETVSC_SYNTHETIC].state == NETVSC_PATH_CLOSED
            && port->paths[NETVSC_VF].state == NETVSC_PATH_CLOSED);
}

/* Frees 'port', which must be gone. */
void
netvsc_port_destroy(struct netvsc_port *port)
{
    ovs_list_remove(&port->node);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        free(port->paths[i].error);
        free(port->paths[i].reason);
    }
    netvsc_history_destroy(&port->history);
    sset_destroy(&port->passed_over);
    free(port->iface_reason);
    free(port->last_switch_reason);
    free(port->name);
    free(port);
}

/* Returns the port named 'name', or a null pointer if there is none. */
struct netvsc_port *
netvsc_port_lookup(const char *name)
{
    struct netvsc_port *port;

    LIST_FOR_EACH (port, node, &netvsc_ports) {
        if (port->netdev && !strcmp(port->name, name)) {
            return port;
        }
    }
    return NULL;
}

/* Returns the name of the interface that 'port' is to drive, or a null pointer
 * if it is known by its MAC address. */
const char *
netvsc_port_iface(const struct netvsc_port *port)
{
    return (port->options.iface[0] ? port->options.iface
            : eth_addr_is_zero(netvsc_port_mac(port)) ? port->name
            : NULL);
}

/* Returns the MAC address of the interface that 'port' is to drive, zero if it
 * is known by its name. */
struct eth_addr
netvsc_port_mac(const struct netvsc_port *port)
{
    return (port->naming == NETVSC_CHOSEN ? port->chosen_mac
            : port->options.mac);
}

/* Returns a port other than 'but' that drives, or is to drive, the interface
 * 'ifname' with 'ifindex' (0 if it does not exist), or a null pointer if there
 * is none. */
const struct netvsc_port *
netvsc_port_claiming(const char *ifname, int ifindex,
                     const struct netvsc_port *but)
{
    const struct netvsc_port *port;

    LIST_FOR_EACH (port, node, &netvsc_ports) {
        if (port == but || !port->netdev || !port->configured) {
            continue;
        }
        if (ifindex && port->iface_ifindex) {
            if (port->iface_ifindex == ifindex) {
                return port;
            }
        } else {
            const char *claimed = netvsc_port_iface(port);

            if (claimed && !strcmp(claimed, ifname)) {
                return port;
            }
        }
    }
    return NULL;
}

/* Returns a port other than 'but' that is known to drive the interface with
 * the address 'mac', which is not there, or a null pointer if there is none. */
const struct netvsc_port *
netvsc_port_awaiting_mac(struct eth_addr mac, const struct netvsc_port *but)
{
    const struct netvsc_port *port;

    LIST_FOR_EACH (port, node, &netvsc_ports) {
        if (port != but && port->netdev && port->configured
            && !port->iface_ifindex && !eth_addr_is_zero(mac)
            && eth_addr_equals(netvsc_port_mac(port), mac)) {
            return port;
        }
    }
    return NULL;
}

/* Returns a port other than 'but' that drives an interface with the address
 * 'mac', or a null pointer if there is none. */
const struct netvsc_port *
netvsc_port_driving_mac(struct eth_addr mac, const struct netvsc_port *but)
{
    const struct netvsc_port *port;

    LIST_FOR_EACH (port, node, &netvsc_ports) {
        if (port != but && port->netdev && port->iface_ifindex
            && eth_addr_equals(port->paths[NETVSC_SYNTHETIC].mac, mac)) {
            return port;
        }
    }
    return NULL;
}

/* Stores the formatted text in '*textp', in place of what was there.  Returns
 * true if it differs. */
static bool OVS_PRINTF_FORMAT(2, 3)
set_text(char **textp, const char *format, ...)
{
    va_list args;
    char *text;
    bool differs;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);

    differs = !*textp || strcmp(*textp, text);
    free(*textp);
    *textp = text;
    return differs;
}

/* The one place where a path's state changes. */
static void
set_path_state(struct netvsc_port *port, enum netvsc_path_id id,
               enum netvsc_path_state state, const char *reason)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[id];
    const char *from = netvsc_path_state_to_string(pp->state);
    const char *to = netvsc_path_state_to_string(state);
    const char *name = netvsc_path_id_to_string(id);
    enum vlog_level level;

    /* What a person may act on, and no more. */
    level = (state == NETVSC_PATH_OPEN || state == NETVSC_PATH_DRAINING
             ? VLL_INFO : VLL_DBG);
    VLOG_RL(&rl, level, "%s: %s path is %s (%s)", port->name, name, to,
            reason);
    netvsc_history_add(&port->history, name, from, to, reason);
    pp->state = state;
}

/* The one place where the path to transmit on changes. */
static void
set_active(struct netvsc_port *port, enum netvsc_path_id active,
           const char *reason)
    OVS_REQUIRES(netvsc_mutex)
{
    const char *from = netvsc_path_id_to_string(port->active);
    const char *to = netvsc_path_id_to_string(active);

    VLOG_INFO_RL(&rl, "%s: transmitting on %s, was on %s (%s)", port->name,
                 to, from, reason);
    netvsc_history_add(&port->history, "port", from, to, reason);
    if (port->active != NETVSC_NO_PATH || port->last_switch) {
        /* The very first path is no switch. */
        port->path_switches++;
        port->last_switch = time_wall_msec();
        set_text(&port->last_switch_reason, "%s", reason);
    }
    port->active = active;
}

/* Makes the PMD threads use the paths that 'port' now has. */
void
netvsc_port_publish(struct netvsc_port *port)
{
    struct netvsc_path *rx[NETVSC_N_PATHS];
    struct netvsc_path *tx = NULL;

    if (!port->dp) {
        return;
    }
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        rx[i] = port->rx[i] && port->admin_up ? port->paths[i].path : NULL;
    }
    if (port->active != NETVSC_NO_PATH && port->admin_up) {
        tx = port->paths[port->active].path;
    }
    netvsc_dp_publish(port->dp,
                      netvsc_path_set_create(rx, tx, port->queues.n_rxq,
                                             port->queues.n_txq));
}

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
 * A link once found is kept when it is renamed: an interface is an ifindex. */
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
        if (found) {
            return found;
        }
        set_text(&port->iface_reason, "%s is gone",
                 port->paths[NETVSC_SYNTHETIC].ifname);
    }

    if (ifname) {
        found = netvsc_links_by_name(links, ifname);
        if (!found) {
            if (!port->iface_ifindex) {
                set_text(&port->iface_reason,
                         "waiting for interface %s, which does not exist",
                         ifname);
            }
            return NULL;
        }
    } else {
        struct eth_addr mac = netvsc_port_mac(port);

        HMAP_FOR_EACH (link, node, &links->links) {
            if (eth_addr_equals(link->rt.mac, mac)
                && (link->sysfs.is_netvsc || port->options.force)
                && (!found || link->sysfs.is_netvsc > found->sysfs.is_netvsc
                    || link->rt.ifindex < found->rt.ifindex)) {
                found = link;
            }
        }
        if (!found) {
            set_text(&port->iface_reason,
                     "waiting for a NetVSC interface with the MAC address "
                     ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
            return NULL;
        }
    }

    if (!found->sysfs.is_netvsc && !port->options.force) {
        set_text(&port->iface_reason,
                 "%s is not a NetVSC interface: set options:force=true to use "
                 "it all the same", found->rt.name);
        return NULL;
    }

    if (found->rt.arphrd != ARPHRD_ETHER) {
        set_text(&port->iface_reason, "%s is no Ethernet device",
                 found->rt.name);
        return NULL;
    }

    const struct netvsc_port *other
        = netvsc_port_claiming(found->rt.name, found->rt.ifindex, port);
    if (other) {
        set_text(&port->iface_reason, "%s is already used by port %s",
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
        VLOG_INFO_RL(&rl, "%s: %s has the MAC address of %s but is not used "
                     "as its VF: it %s", port->name, link->rt.name, netvsc->rt.name,
                  netvsc_vf_verdict_to_string(verdict));
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
            vf = netvsc_policy_prefer_vf(netvsc, vf, link);
        } else if (verdict != NETVSC_VF_IS_SELF
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

    if (!netvsc_path_spec_equals(&pp->failed_spec, spec)) {
        pp->n_failures = 0;
        pp->retry_at = 0;
        free(pp->error);
        pp->error = NULL;
    } else if (pp->good_spec.ifindex == link->rt.ifindex) {
        *spec = pp->good_spec;
    }
    facts->has_device = (pp->state != NETVSC_PATH_CLOSED
                         || !is_device_held(port, link->rt.ifindex));
    facts->usable = netvsc_link_is_usable(link);
    facts->usable_since = link->up_since;
    facts->same_device = pp->spec.ifindex == link->rt.ifindex;
    facts->same_spec = netvsc_path_spec_equals(&pp->spec, spec);
    facts->retry_at = (netvsc_path_spec_equals(&pp->good_spec, spec)
                       ? 0 : pp->retry_at);
    facts->hold_until = pp->hold_until;
}

static long long int
last_loss(const struct netvsc_port_path *pp)
{
    return (pp->n_lost
            ? pp->lost_at[(pp->n_lost - 1) % ARRAY_SIZE(pp->lost_at)] : 0);
}

/* Notes that the path lost its device just now, and holds it off if that
 * happens too often. */
static void
note_loss(struct netvsc_port_path *pp, const struct netvsc_options *options,
          long long int now)
{
    int n_flaps = 0;

    pp->lost_at[pp->n_lost++ % ARRAY_SIZE(pp->lost_at)] = now;
    for (size_t i = 0; i < MIN(pp->n_lost, ARRAY_SIZE(pp->lost_at)); i++) {
        n_flaps += pp->lost_at[i] > now - options->vf_flap_window;
    }
    pp->hold_until = now + netvsc_policy_hold_delay(options, n_flaps);
}

/* Says why a path that has a device is not open, for people. */
static bool
explain(struct netvsc_port_path *pp, const struct netvsc_path_facts *facts,
        int up_delay)
{
    if (!facts->usable && !pp->error) {
        return set_text(&pp->reason, "%s is down", pp->ifname);
    } else if (pp->error) {
        return set_text(&pp->reason, "%s", pp->error);
    } else if (!facts->has_device) {
        return set_text(&pp->reason, "%s is still in use by another port",
                        pp->ifname);
    } else if (pp->hold_until > time_msec()) {
        return set_text(&pp->reason, "%s is up, held off until %lld s after "
                        "its last loss: it was lost more than options:"
                        "vf-flap-limit times", pp->ifname,
                        (pp->hold_until - last_loss(pp)) / 1000);
    } else if (up_delay) {
        return set_text(&pp->reason, "%s is up, used after options:"
                        "vf-up-delay=%d", pp->ifname, up_delay);
    } else {
        return set_text(&pp->reason, "%s is up", pp->ifname);
    }
}

/* True if AF_XDP cannot open all of the queues that 'link' receives on, so that
 * the packets of the others would be lost. */
static bool
has_too_many_queues(const struct netvsc_link *link)
{
    return link->sysfs.n_rx_queues > link->n_channels;
}

static bool
explain_queues(struct netvsc_port_path *pp, const struct netvsc_link *link)
{
    return set_text(&pp->reason, "%s has %d receive queues, of which "
                    "net_af_xdp can open %d; set fewer with ethtool -L",
                    pp->ifname, link->sysfs.n_rx_queues, link->n_channels);
}

static const struct netvsc_synthetic *
choose_backend(const struct netvsc_port *port, const struct netvsc_link *link)
    OVS_REQUIRES(netvsc_mutex)
{
    const struct netvsc_synthetic *b = port->options.synthetic;

    if (!b) {
        b = port->backend ? port->backend : netvsc_synthetic_next(NULL);
        while (b && (b->check() || (b->all_kernel_queues
                                    && has_too_many_queues(link)))) {
            b = netvsc_synthetic_next(b);
        }
    }
    return b;
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
    event = netvsc_ethdev_event_take(pp->path->port_id);
    switch (event) {
    case NETVSC_ETHDEV_NONE:
        return false;

    case NETVSC_ETHDEV_REMOVED:
    case NETVSC_ETHDEV_FAILED:
        /* The kernel's device may stay, if only for a moment. */
        pp->broken = true;
        pp->failed_spec = pp->spec;
        pp->retry_at = time_msec() + netvsc_policy_retry_delay(1);
        break;

    case NETVSC_ETHDEV_RESET:
        pp->broken = true;
        break;

    case NETVSC_ETHDEV_RECOVERING:
        pp->suspended = true;
        break;

    case NETVSC_ETHDEV_RECOVERED:
        pp->suspended = false;
        break;
    }
    VLOG_INFO_RL(&rl, "%s: %s path: %s", port->name,
                 netvsc_path_id_to_string(id),
                 netvsc_ethdev_event_to_string(event));
    return true;
}

/* Collects the facts about 'port'.  Stores the specs of the paths as they
 * would be built now in 'specs'.  Returns true if something that people see
 * has changed. */
static bool
collect_facts(struct netvsc_port *port, const struct netvsc_links *links,
              struct netvsc_facts *facts,
              struct netvsc_path_spec specs[NETVSC_N_PATHS])
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *syn = &port->paths[NETVSC_SYNTHETIC];
    struct netvsc_port_path *vf = &port->paths[NETVSC_VF];
    const struct netvsc_link *netvsc = NULL;
    const struct netvsc_link *vf_link = NULL;
    bool changed = false;

    memset(facts, 0, sizeof *facts);
    memset(specs, 0, NETVSC_N_PATHS * sizeof *specs);
    facts->now = time_msec();
    facts->enabled = (port->netdev && port->configured && port->started
                      && !port->options.ignore);
    facts->pin = port->pin;
    facts->vf_up_delay = port->options.vf_up_delay;
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
        changed |= set_text(&syn->reason, "options:ignore=true");
        changed |= set_text(&vf->reason, "options:ignore=true");
        clear_device(syn);
        clear_device(vf);
        return changed;
    }

    netvsc = find_iface(port, links);
    if (netvsc) {
        bool was_usable = syn->usable;

        port->iface_ifindex = netvsc->rt.ifindex;
        if (port->naming == NETVSC_CHOSEN) {
            port->chosen_mac = netvsc->rt.mac;
        } else if (!port->inspected) {
            /* Somebody named it, so it is used all the same. */
            netvsc_worker_inspect(port->name, netvsc->rt.ifindex);
            port->inspected = true;
        }
        changed |= !eth_addr_equals(syn->mac, netvsc->rt.mac);
        set_device(syn, netvsc);
        changed |= syn->usable != was_usable;
        port->backend = choose_backend(port, netvsc);
        if (!port->backend) {
            changed |= set_text(&syn->reason, "no synthetic backend works "
                                "here: load the kernel module af_packet");
        } else if (port->backend->all_kernel_queues
                   && has_too_many_queues(netvsc)) {
            changed |= explain_queues(syn, netvsc);
        } else if (netvsc_synthetic_make_spec(port->backend, netvsc,
                                              &port->queues,
                                              &specs[NETVSC_SYNTHETIC])) {
            fill_path_facts(port, NETVSC_SYNTHETIC, netvsc,
                            &specs[NETVSC_SYNTHETIC],
                            &facts->paths[NETVSC_SYNTHETIC]);
            facts->paths[NETVSC_SYNTHETIC].retry_at
                = MAX(facts->paths[NETVSC_SYNTHETIC].retry_at,
                      port->backends_retry_at);
            changed |= explain(syn, &facts->paths[NETVSC_SYNTHETIC], 0);
        }
    } else {
        changed |= port->iface_ifindex != 0;
        port->iface_ifindex = 0;
        clear_device(syn);
        changed |= set_text(&syn->reason, "%s", port->iface_reason);
    }

    /* The VF may be in use a moment longer than the NetVSC is there. */
    char *why_not = NULL;
    if (netvsc) {
        vf_link = find_vf(port, links, netvsc, &why_not);
    }
    if (vf_link) {
        const struct netvsc_vf_driver *driver
            = netvsc_vf_driver_lookup(vf_link->sysfs.driver);
        bool by_driver = port->options.vf != NETVSC_VF_DEVARGS;

        changed |= vf->ifindex != vf_link->rt.ifindex;
        set_device(vf, vf_link);
        if (by_driver && driver->all_kernel_queues
            && has_too_many_queues(vf_link)) {
            changed |= explain_queues(vf, vf_link);
        } else if (netvsc_vf_driver_make_spec(vf_link, &port->options, &port->queues,
                                       &specs[NETVSC_VF])) {
            fill_path_facts(port, NETVSC_VF, vf_link,
                            &specs[NETVSC_VF], &facts->paths[NETVSC_VF]);
            changed |= explain(vf, &facts->paths[NETVSC_VF],
                               port->options.vf_up_delay);
        } else {
            changed |= set_text(&vf->reason, "devargs are too long: shorten "
                                "options:vf-extra-devargs");
        }
    } else {
        if (port->options.vf == NETVSC_VF_OFF) {
            changed |= set_text(&vf->reason, "options:vf=off");
        } else if (vf->ifindex) {
            const struct netvsc_link *was
                = netvsc_links_by_ifindex(links, vf->ifindex);

            changed |= set_text(&vf->reason, "%s %s", vf->ifname,
                                was && netvsc
                                ? netvsc_vf_verdict_to_string(
                                    netvsc_policy_judge_vf(
                                        netvsc, was, port->options.vf))
                                : "is gone");
        } else if (why_not) {
            changed |= set_text(&vf->reason, "%s", why_not);
        } else if (!vf->reason) {
            changed |= set_text(&vf->reason, "no VF so far");
        }
        clear_device(vf);
        free(vf->error);
        vf->error = NULL;
        vf->n_failures = 0;
        vf->retry_at = 0;
    }
    free(why_not);
    return changed;
}

/* What a path that was taken out of use needs, once no PMD thread can have
 * hold of it. */
struct retired_path {
    struct netvsc_port *port;
    struct netvsc_path *path;
};

static void
close_after_grace_period(struct retired_path *retired)
{
    netvsc_worker_close(retired->port, retired->path);
    free(retired);
}

/* Carries out what 'plan' says for path 'id'.  Returns the path that must be
 * closed once a path set without it has been published, or a null pointer. */
static struct netvsc_path *
act(struct netvsc_port *port, enum netvsc_path_id id,
    const struct netvsc_facts *facts, const struct netvsc_plan *plan,
    const struct netvsc_path_spec *spec)
    OVS_REQUIRES(netvsc_mutex)
{
    struct netvsc_port_path *pp = &port->paths[id];
    const struct netvsc_path_facts *pf = &facts->paths[id];
    struct netvsc_path *retired = NULL;
    const char *reason;

    switch (plan->actions[id]) {
    case NETVSC_KEEP:
        break;

    case NETVSC_OPEN:
        pp->spec = *spec;
        set_path_state(port, id, NETVSC_PATH_OPENING,
                       pp->error ? "trying again"
                       : pp->reason ? pp->reason : "");
        netvsc_worker_open(port, port->name, id, spec);
        break;

    case NETVSC_DRAIN:
        reason = (!port->netdev ? "port removed"
                  : pf->broken ? "its PMD reported that it is of no use"
                  : pf->has_device && pf->usable && pf->same_device
                  ? "to be opened anew with other settings"
                  : pf->has_device && !pf->same_device
                  ? "another device takes its place"
                  : pp->reason ? pp->reason : "");
        if (id == NETVSC_VF && facts->enabled
            && (pf->broken || !pf->has_device || !pf->usable
                || !pf->same_device)) {
            note_loss(pp, &port->options, facts->now);
        }
        pp->drain_until = facts->now + NETVSC_DRAIN_TIME;
        set_path_state(port, id, NETVSC_PATH_DRAINING, reason);
        break;

    case NETVSC_CLOSE:
        retired = pp->path;
        pp->path = NULL;
        set_path_state(port, id, NETVSC_PATH_CLOSING, "drained");
        break;
    }
    return retired;
}

/* Brings 'port' where the policy wants it, given the kernel's 'links'.  Never
 * blocks.  Returns when to call it again at the latest, if nothing else
 * happens, in terms of time_msec(). */
long long int
netvsc_port_run(struct netvsc_port *port, const struct netvsc_links *links)
{
    struct netvsc_path *retired[NETVSC_N_PATHS];
    struct netvsc_path_spec specs[NETVSC_N_PATHS];
    struct netvsc_facts facts;
    struct netvsc_plan plan;
    bool changed, carrier;

    changed = collect_facts(port, links, &facts, specs);
    netvsc_policy_plan(&facts, &plan);

    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        changed |= plan.actions[i] != NETVSC_KEEP;
        retired[i] = act(port, i, &facts, &plan, &specs[i]);
    }

    if (plan.tx != port->active || memcmp(plan.rx, port->rx, sizeof plan.rx)) {
        if (plan.tx != port->active) {
            bool to_vf = plan.tx == NETVSC_VF;
            bool from_vf = port->active == NETVSC_VF;
            const char *reason
                = (!port->netdev ? "port removed"
                   : from_vf && port->paths[NETVSC_VF].suspended
                   ? netvsc_ethdev_event_to_string(NETVSC_ETHDEV_RECOVERING)
                   : from_vf && port->paths[NETVSC_VF].broken
                   ? "its PMD reported that the VF is of no use"
                   : port->pin == NETVSC_PIN_SYNTHETIC && from_vf
                   && port->paths[NETVSC_VF].state == NETVSC_PATH_OPEN
                   ? "set by netvsc/set-path"
                   : port->paths[to_vf || from_vf ? NETVSC_VF
                                 : NETVSC_SYNTHETIC].reason);

            set_active(port, plan.tx, reason ? reason : "");
            changed = true;
        }
        memcpy(port->rx, plan.rx, sizeof port->rx);
        netvsc_port_publish(port);
    }

    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        if (retired[i]) {
            struct retired_path *r = xmalloc(sizeof *r);

            r->port = port;
            r->path = retired[i];
            ovsrcu_postpone(close_after_grace_period, r);
        }
    }

    carrier = (plan.tx == NETVSC_VF
               || (plan.tx == NETVSC_SYNTHETIC
                   && facts.paths[NETVSC_SYNTHETIC].usable));
    if (carrier != port->carrier) {
        port->carrier = carrier;
        port->carrier_resets++;
        changed = true;
    }
    if (changed && port->netdev) {
        netdev_change_seq_changed(port->netdev);
    }
    return plan.deadline;
}

/* Takes note of what the worker did. */
void
netvsc_port_job_done(struct netvsc_port *port, struct netvsc_job *job)
{
    struct netvsc_port_path *pp = &port->paths[job->id];
    const char *name = netvsc_path_id_to_string(job->id);
    char *text = NULL;

    if (!job->open) {
        netvsc_stats_add(&pp->base, &job->final);
        /* The final ones may not have been had any more. */
        netvsc_stats_raise(&pp->base, &pp->reported);
        set_text(&text, "took %lld ms", job->duration);
        set_path_state(port, job->id, NETVSC_PATH_CLOSED, text);
    } else if (!job->error) {
        pp->path = job->path;
        pp->broken = pp->suspended = false;
        pp->good_spec = pp->spec;
        pp->n_failures = 0;
        pp->retry_at = 0;
        pp->n_opened++;
        if (job->id == NETVSC_SYNTHETIC) {
            port->backends_retry_at = 0;
            port->n_backends_failed = 0;
        }
        set_text(&text, "%s, %d rxq, %d txq, took %lld ms",
                 pp->path->devargs, pp->path->n_rxq, pp->path->n_txq,
                 job->duration);
        set_path_state(port, job->id, NETVSC_PATH_OPEN, text);
    } else {
        const struct netvsc_synthetic *next = NULL;
        bool has_good = pp->good_spec.ifindex == job->spec.ifindex;
        long long int delay;

        pp->n_failures++;
        pp->n_failed++;
        delay = netvsc_policy_retry_delay(pp->n_failures);
        pp->retry_at = time_msec() + delay;
        if (has_good && netvsc_path_spec_equals(&pp->good_spec, &job->spec)) {
            /* Not even that works any more. */
            has_good = false;
            pp->good_spec.ifindex = 0;
        } else {
            pp->failed_spec = job->spec;
        }

        if (!has_good && job->id == NETVSC_SYNTHETIC
            && !port->options.synthetic && port->backend) {
            /* Another backend makes another spec, which may be tried now. */
            next = netvsc_synthetic_next(port->backend);
            while (next && next->check()) {
                next = netvsc_synthetic_next(next);
            }
            port->backend = next;
            if (!next) {
                delay = netvsc_policy_retry_delay(++port->n_backends_failed);
                port->backends_retry_at = time_msec() + delay;
            }
        }
        if (has_good) {
            set_text(&pp->error, "%s; back to the settings that worked",
                     job->message);
        } else if (next) {
            set_text(&pp->error, "%s; trying %s", job->message, next->name);
        } else {
            set_text(&pp->error, "%s; attempt %d, next in %lld s",
                     job->message, pp->n_failures, delay / 1000);
        }
        VLOG_WARN_RL(&rl, "%s: cannot open the %s path: %s", port->name, name,
                     pp->error);
        set_path_state(port, job->id, NETVSC_PATH_CLOSED, pp->error);
    }
    free(text);
    if (port->netdev) {
        netdev_change_seq_changed(port->netdev);
    }
}

/* Has the worker close all open paths, for a process that is about to exit:
 * some PMDs would leave things behind in the kernel, like an XDP program on a
 * netdevice.  Waits for it, but not for ever. */
void
netvsc_ports_shut_down(void)
{
    struct netvsc_path **paths = NULL;
    struct netvsc_port *port;
    size_t n = 0, allocated = 0;

    ovs_mutex_lock(&netvsc_mutex);
    LIST_FOR_EACH (port, node, &netvsc_ports) {
        port->configured = false;
        for (int i = 0; i < NETVSC_N_PATHS; i++) {
            struct netvsc_port_path *pp = &port->paths[i];

            if (pp->path) {
                if (n >= allocated) {
                    paths = x2nrealloc(paths, &allocated, sizeof *paths);
                }
                paths[n++] = pp->path;
                pp->path = NULL;
                pp->state = NETVSC_PATH_CLOSING;
            }
            port->rx[i] = false;
        }
        port->active = NETVSC_NO_PATH;
        netvsc_port_publish(port);
    }
    ovs_mutex_unlock(&netvsc_mutex);

    /* Not ovsrcu_synchronize(): when a signal ends the process, threads block
     * in poll_block() and never quiesce.  PMD threads have no more to do than
     * to come to the end of a burst. */
    xnanosleep(SHUT_DOWN_GRACE * 1000LL * 1000);
    for (size_t i = 0; i < n; i++) {
        netvsc_worker_close(NULL, paths[i]);
    }
    free(paths);
    if (!netvsc_worker_finish(SHUT_DOWN_TIMEOUT)) {
        VLOG_WARN("some paths could not be closed in %d ms",
                  SHUT_DOWN_TIMEOUT);
    }
}

/* Adds up the statistics of 'port''s paths, those of former children included,
 * in 'by_path', and all of them in '*total'.  They never go backwards.
 *
 * To be called by a thread registered with RCU that keeps the port's netdev
 * open. */
void
netvsc_port_get_stats(struct netvsc_port *port, struct netdev_stats *total,
                      struct netdev_stats by_path[NETVSC_N_PATHS])
{
    const struct netvsc_path_set *set;

    ovs_mutex_lock(&netvsc_mutex);
    set = netvsc_dp_get(port->dp);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        by_path[i] = port->paths[i].base;
    }
    ovs_mutex_unlock(&netvsc_mutex);

    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        struct netdev_stats stats;

        if (set->paths[i] && !netdev_get_stats(set->paths[i]->netdev,
                                               &stats)) {
            netvsc_stats_add(&by_path[i], &stats);
        }
    }

    /* A child that was taken out of use counts again only when it is closed.
     * Meanwhile, report what was last reported. */
    netvsc_stats_init(total);
    ovs_mutex_lock(&netvsc_mutex);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        netvsc_stats_raise(&port->paths[i].reported, &by_path[i]);
        by_path[i] = port->paths[i].reported;
        netvsc_stats_add(total, &by_path[i]);
    }
    ovs_mutex_unlock(&netvsc_mutex);
}

static const char *
pmd_name(const struct netvsc_port *port, enum netvsc_path_id id)
    OVS_REQUIRES(netvsc_mutex)
{
    switch (id) {
    case NETVSC_SYNTHETIC:
        return port->backend ? port->backend->pmd : "";
    case NETVSC_VF:
        return (port->options.vf == NETVSC_VF_DEVARGS
                ? port->options.vf_devargs
                : netvsc_vf_driver_lookup(port->paths[id].driver)->pmd);
    case NETVSC_N_PATHS:
    default:
        return "";
    }
}

static void
add_nonempty(struct smap *smap, const char *key, const char *value)
{
    if (value && value[0]) {
        smap_add(smap, key, value);
    }
}

/* Adds to 'smap' what the Interface's status column has about 'port'. */
void
netvsc_port_get_status(const struct netvsc_port *port, struct smap *smap)
{
    const struct netvsc_port_path *syn = &port->paths[NETVSC_SYNTHETIC];
    const struct netvsc_port_path *vf = &port->paths[NETVSC_VF];

    add_nonempty(smap, "driver_name", pmd_name(port, port->active));
    smap_add(smap, "active_path", netvsc_path_id_to_string(port->active));
    add_nonempty(smap, "netvsc_iface", syn->ifname);
    if (port->backend) {
        smap_add(smap, "synthetic_backend", port->backend->name);
    }
    smap_add(smap, "synthetic_state", netvsc_path_state_to_string(syn->state));
    if (syn->state == NETVSC_PATH_CLOSED) {
        add_nonempty(smap, "synthetic_reason", syn->reason);
    }
    add_nonempty(smap, "vf_iface", vf->ifname);
    add_nonempty(smap, "vf_pci", vf->pci);
    add_nonempty(smap, "vf_driver", vf->driver);
    smap_add(smap, "vf_state", netvsc_path_state_to_string(vf->state));
    if (vf->state == NETVSC_PATH_CLOSED) {
        add_nonempty(smap, "vf_reason", vf->reason);
    }
    smap_add_format(smap, "path_switches", "%llu", port->path_switches);
    if (port->last_switch) {
        char *when = xastrftime_msec("%Y-%m-%dT%H:%M:%S.###Z",
                                     port->last_switch, true);

        smap_add_nocopy(smap, xstrdup("last_switch"), when);
        add_nonempty(smap, "last_switch_reason", port->last_switch_reason);
    }
}

static void
show_path(const struct netvsc_port *port, enum netvsc_path_id id,
          struct ds *s)
    OVS_REQUIRES(netvsc_mutex)
{
    const struct netvsc_port_path *pp = &port->paths[id];

    ds_put_format(s, "  %s path: %s%s\n", netvsc_path_id_to_string(id),
                  netvsc_path_state_to_string(pp->state),
                  port->active == id ? ", transmitting" : "");
    if (pp->ifindex) {
        ds_put_format(s, "    interface: %s, ifindex %d, "ETH_ADDR_FMT", %s\n",
                      pp->ifname, pp->ifindex, ETH_ADDR_ARGS(pp->mac),
                      pp->usable ? "up" : "down");
    }
    if (pp->pci[0]) {
        ds_put_format(s, "    PCI address: %s\n", pp->pci);
    }
    if (pp->driver[0]) {
        ds_put_format(s, "    kernel driver: %s\n", pp->driver);
    }
    if (id == NETVSC_SYNTHETIC && port->backend) {
        ds_put_format(s, "    backend: %s%s\n", port->backend->name,
                      port->options.synthetic ? "" : " (auto)");
    }
    if (pp->path) {
        const struct netvsc_queues *wanted = &port->queues;

        ds_put_format(s, "    devargs: %s\n", pp->path->devargs);
        ds_put_format(s, "    queues: %d rxq (port: %d), %d txq (port: %d)\n",
                      pp->path->n_rxq, wanted->n_rxq,
                      pp->path->n_txq, wanted->n_txq);
        ds_put_format(s, "    MTU: %d\n", pp->path->spec.queues.mtu);
        if (pp->error) {
            ds_put_format(s, "    error: %s\n", pp->error);
        }
    } else if (pp->reason) {
        ds_put_format(s, "    reason: %s\n", pp->reason);
    }
    ds_put_format(s, "    opened: %llu times, failed: %llu times\n",
                  pp->n_opened, pp->n_failed);
}

/* Appends a description of 'port', for people, to 's'. */
void
netvsc_port_show(const struct netvsc_port *port, struct ds *s)
{
    ds_put_format(s, "%s: %s, link %s\n", port->name,
                  port->admin_up ? "up" : "down",
                  port->carrier ? "up" : "down");
    ds_put_format(s, "  transmitting on: %s (set-path: %s)\n",
                  netvsc_path_id_to_string(port->active),
                  netvsc_pin_to_string(port->pin));
    ds_put_format(s, "  path switches: %llu", port->path_switches);
    if (port->last_switch) {
        ds_put_strftime_msec(s, ", last at %Y-%m-%d %H:%M:%S.###",
                             port->last_switch, false);
        ds_put_format(s, " (%s)", port->last_switch_reason);
    }
    ds_put_char(s, '\n');
    ds_put_format(s, "  MTU: %d\n", port->queues.mtu);
    show_path(port, NETVSC_SYNTHETIC, s);
    show_path(port, NETVSC_VF, s);
}
