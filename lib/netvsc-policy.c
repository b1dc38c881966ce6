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

#include "netvsc-policy.h"

#include <limits.h>
#include <net/if_arp.h>
#include <string.h>

#include "netvsc-link.h"
#include "netvsc-vf-driver.h"
#include "packets.h"
#include "util.h"

/* A failed attempt to open a path is repeated after 1 s, 2 s, 4 s, ... */
#define RETRY_MIN 1000
#define RETRY_MAX 60000

/* What is worth waiting for with a change of settings, ms. */
#define SOON 500

const char *
netvsc_path_state_to_string(enum netvsc_path_state state)
{
    static const char *names[] = {
        [NETVSC_PATH_CLOSED] = "closed",
        [NETVSC_PATH_OPENING] = "opening",
        [NETVSC_PATH_OPEN] = "open",
        [NETVSC_PATH_DRAINING] = "draining",
        [NETVSC_PATH_CLOSING] = "closing",
    };

    return names[state];
}

static const char *pin_names[] = {
    [NETVSC_PIN_AUTO] = "auto",
    [NETVSC_PIN_VF] = "vf",
    [NETVSC_PIN_SYNTHETIC] = "synthetic",
};

const char *
netvsc_pin_to_string(enum netvsc_pin pin)
{
    return pin_names[pin];
}

bool
netvsc_pin_from_string(const char *s, enum netvsc_pin *pin)
{
    for (size_t i = 0; i < ARRAY_SIZE(pin_names); i++) {
        if (!strcmp(s, pin_names[i])) {
            *pin = i;
            return true;
        }
    }
    return false;
}

/* Returns how long to wait, in ms, after 'n_failures' in a row. */
long long int
netvsc_policy_retry_delay(int n_failures)
{
    return MIN(RETRY_MAX, RETRY_MIN << MIN(MAX(n_failures, 1) - 1, 10));
}

/* Returns how long to hold off, in ms, a VF that was lost 'n_flaps' times
 * within options:vf-flap-window, the last time just now: not at all up to the
 * limit, then 1 s, 2 s, 4 s, ... */
long long int
netvsc_policy_hold_delay(const struct netvsc_options *options, int n_flaps)
{
    int excess = n_flaps - options->vf_flap_limit;

    return (options->vf_flap_limit && excess > 0
            ? MIN(options->vf_flap_hold_max, 1000LL << MIN(excess - 1, 20))
            : 0);
}

/* Returns when the path may be opened, LLONG_MAX if not for now. */
static long long int
may_open_at(const struct netvsc_facts *facts, enum netvsc_path_id id)
{
    const struct netvsc_path_facts *p = &facts->paths[id];
    long long int at;

    /* The synthetic path is opened even if its device is down: the port takes
     * it up. */
    if (!facts->enabled || !p->has_device
        || (id == NETVSC_VF && !p->usable)) {
        return LLONG_MAX;
    }
    at = MAX(p->retry_at, p->hold_until);
    if (id == NETVSC_VF && facts->vf_up_delay) {
        at = MAX(at, p->usable_since + facts->vf_up_delay);
    }
    return at;
}

/* True if there is nothing to wait for: the path neither has a child nor will
 * have one soon. */
static bool
is_settled_without_child(const struct netvsc_facts *facts,
                         enum netvsc_path_id id)
{
    return (facts->paths[id].state == NETVSC_PATH_CLOSED
            && may_open_at(facts, id) >= facts->now + SOON);
}

/* True if an open path is of no use any longer, whatever its settings. */
static bool
is_unfit(const struct netvsc_facts *facts, enum netvsc_path_id id)
{
    const struct netvsc_path_facts *p = &facts->paths[id];

    return (!facts->enabled || !p->has_device || !p->same_device || p->broken
            || (id == NETVSC_VF && !p->usable));
}

/* True if a path that stays passes packets. */
static bool
carries(const struct netvsc_facts *facts, enum netvsc_path_id id)
{
    const struct netvsc_path_facts *p = &facts->paths[id];

    return (p->state == NETVSC_PATH_OPEN && !is_unfit(facts, id)
            && !p->suspended);
}

/* True if a path that stays may be transmitted on. */
static bool
may_transmit(const struct netvsc_facts *facts, enum netvsc_path_id id)
{
    return (carries(facts, id)
            && !(id == NETVSC_VF && facts->pin == NETVSC_PIN_SYNTHETIC));
}

/* True if an open path must be taken down now. */
static bool
must_drain(const struct netvsc_facts *facts, enum netvsc_path_id id,
           const struct netvsc_plan *plan)
{
    const struct netvsc_path_facts *p = &facts->paths[id];
    enum netvsc_path_id other_id = (id == NETVSC_VF
                                    ? NETVSC_SYNTHETIC : NETVSC_VF);

    if (is_unfit(facts, id)) {
        return true;
    }

    /* To be built anew, one path at a time: the other carries the traffic
     * meanwhile, if there is one.  An operator may keep the port off the VF
     * for ever: that is not waited for, it receives at least. */
    return !p->same_spec
           && ((plan->actions[other_id] == NETVSC_KEEP
                && carries(facts, other_id))
               || is_settled_without_child(facts, other_id));
}

static void
plan_path(const struct netvsc_facts *facts, enum netvsc_path_id id,
          struct netvsc_plan *plan)
{
    const struct netvsc_path_facts *p = &facts->paths[id];
    enum netvsc_action *action = &plan->actions[id];
    long long int at;

    switch (p->state) {
    case NETVSC_PATH_CLOSED:
        at = may_open_at(facts, id);
        if (at <= facts->now) {
            *action = NETVSC_OPEN;
        } else {
            plan->deadline = MIN(plan->deadline, at);
        }
        break;

    case NETVSC_PATH_OPEN:
        if (must_drain(facts, id, plan)) {
            *action = NETVSC_DRAIN;
            plan->deadline = MIN(plan->deadline,
                                 facts->now + NETVSC_DRAIN_TIME);
        }
        plan->rx[id] = true;
        break;

    case NETVSC_PATH_DRAINING:
        if (facts->now >= p->drain_until) {
            *action = NETVSC_CLOSE;
        } else {
            plan->deadline = MIN(plan->deadline, p->drain_until);
            plan->rx[id] = true;
        }
        break;

    case NETVSC_PATH_OPENING:
    case NETVSC_PATH_CLOSING:
        /* The worker tells when it is done. */
        break;
    }
}

/* Decides what to do given 'facts' and stores it in '*plan'. */
void
netvsc_policy_plan(const struct netvsc_facts *facts, struct netvsc_plan *plan)
{
    static const enum netvsc_path_id preference[] = {
        NETVSC_VF, NETVSC_SYNTHETIC
    };

    memset(plan, 0, sizeof *plan);
    plan->tx = NETVSC_NO_PATH;
    plan->deadline = LLONG_MAX;

    for (size_t i = 0; i < ARRAY_SIZE(preference); i++) {
        enum netvsc_path_id id = preference[i];

        plan_path(facts, id, plan);
        if (plan->tx == NETVSC_NO_PATH && plan->actions[id] == NETVSC_KEEP
            && may_transmit(facts, id)) {
            plan->tx = id;
        }
    }
}

const char *
netvsc_vf_verdict_to_string(enum netvsc_vf_verdict verdict)
{
    static const char *texts[NETVSC_VF_N_VERDICTS] = {
        [NETVSC_VF_ACCEPTED] = "is the VF",
        [NETVSC_VF_TURNED_OFF] = "options:vf=off",
        [NETVSC_VF_IS_SELF] = "is the NetVSC itself",
        [NETVSC_VF_IS_OWN_TAP] = "is the tap of a netvsc port",
        [NETVSC_VF_OTHER_MAC] = "has another MAC address",
        [NETVSC_VF_NOT_ETHERNET] = "is no Ethernet device",
        [NETVSC_VF_NETVSC] = "is a NetVSC too",
        [NETVSC_VF_OTHER_MASTER] = "has another master than the NetVSC",
        [NETVSC_VF_IS_STACKED] = "is stacked on other devices or a tap",
        [NETVSC_VF_IS_VIRTUAL] = "is a virtual device",
        [NETVSC_VF_NOT_PCI] = "is no PCI device",
        [NETVSC_VF_NOT_PREFERRED] = "could be, but another is preferred",
    };

    return texts[verdict];
}

static bool
has_mac(const struct netvsc_link *link, const struct eth_addr mac)
{
    return !eth_addr_is_zero(mac) && (eth_addr_equals(link->rt.perm_mac, mac)
                                      || eth_addr_equals(link->rt.mac, mac));
}

/* True for the kinds of link that commonly carry another device's address and
 * stand for no NIC.  A VF's netdevice has no kind. */
static bool
is_stacked(const struct netvsc_link *link)
{
    static const char *kinds[] = {
        "bond", "bridge", "ipvlan", "macsec", "macvlan", "macvtap", "team",
        "tun", "vlan",
    };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (!strcmp(link->rt.kind, kinds[i])) {
            return true;
        }
    }
    return false;
}

/* Decides whether 'vf' is the VF of 'netvsc', for a port with options:vf as in
 * 'mode'.  The rules are those of netvsc_register_vf() in the kernel's
 * drivers/net/hyperv/netvsc_drv.c, and some that the kernel need not have: a
 * VF has the NetVSC's MAC address, is a PCI device, is not stacked on another
 * device, and its master, if it has one, is the NetVSC. */
enum netvsc_vf_verdict
netvsc_policy_judge_vf(const struct netvsc_link *netvsc,
                       const struct netvsc_link *vf, enum netvsc_vf_mode mode)
{
    if (mode == NETVSC_VF_OFF) {
        return NETVSC_VF_TURNED_OFF;
    } else if (vf->rt.ifindex == netvsc->rt.ifindex) {
        return NETVSC_VF_IS_SELF;
    } else if (netvsc_link_is_own_tap(vf)) {
        return NETVSC_VF_IS_OWN_TAP;
    } else if (!has_mac(vf, netvsc->rt.perm_mac)
               && !has_mac(vf, netvsc->rt.mac)) {
        return NETVSC_VF_OTHER_MAC;
    } else if (vf->rt.arphrd != ARPHRD_ETHER) {
        return NETVSC_VF_NOT_ETHERNET;
    } else if (vf->sysfs.is_netvsc) {
        return NETVSC_VF_NETVSC;
    } else if (vf->rt.master && vf->rt.master != netvsc->rt.ifindex) {
        return NETVSC_VF_OTHER_MASTER;
    } else if (is_stacked(vf)) {
        return NETVSC_VF_IS_STACKED;
    } else if (mode == NETVSC_VF_ANY || mode == NETVSC_VF_DEVARGS) {
        return NETVSC_VF_ACCEPTED;
    } else if (!vf->sysfs.has_device) {
        return NETVSC_VF_IS_VIRTUAL;
    } else if (strcmp(vf->sysfs.subsystem, "pci")) {
        return NETVSC_VF_NOT_PCI;
    } else {
        return NETVSC_VF_ACCEPTED;
    }
}

/* Returns how good a VF of 'netvsc' 'vf' is: best is one that the kernel
 * enslaved to it, then one with its permanent address, then one whose driver
 * has a PMD. */
static int
rank_vf(const struct netvsc_link *netvsc, const struct netvsc_link *vf)
{
    bool enslaved = vf->rt.master == netvsc->rt.ifindex;
    bool permanent = (!eth_addr_is_zero(netvsc->rt.perm_mac)
                      && eth_addr_equals(vf->rt.perm_mac,
                                         netvsc->rt.perm_mac));
    bool has_pmd = netvsc_vf_driver_lookup(vf->sysfs.driver)->has_pmd;

    return enslaved << 2 | permanent << 1 | has_pmd;
}

/* Returns the better of 'a' and 'b', both accepted as VF of 'netvsc': the one
 * that came first if they are equally good.  Either may be a null pointer. */
const struct netvsc_link *
netvsc_policy_prefer_vf(const struct netvsc_link *netvsc,
                        const struct netvsc_link *a,
                        const struct netvsc_link *b)
{
    if (!a || !b) {
        return a ? a : b;
    }

    int rank_a = rank_vf(netvsc, a);
    int rank_b = rank_vf(netvsc, b);
    if (rank_a != rank_b) {
        return rank_a > rank_b ? a : b;
    }
    return a->rt.ifindex < b->rt.ifindex ? a : b;
}
