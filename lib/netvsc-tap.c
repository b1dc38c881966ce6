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

#include "netvsc-tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "netvsc-link.h"
#include "netvsc-path.h"
#include "netvsc-tc.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_tap);

/* The worker's, for all ports: it has nothing of theirs. */
static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 60);

/* drivers/net/tap/tap_flow.c: net_tap's own rules on the remote are of group
 * MAX_GROUP, which is the upper four bits of the priority.  Their exact
 * numbers depend on how many queues it was built for. */
#define OWN_PRIORITY 0xf000

/* Before its rule on the tap, of group 0, TAP_REMOTE_TX. */
#define REDIRECT_PRIORITY 1

struct netvsc_tap {
    char *child;                /* Name of the netdev, for the log. */
    int remote;                 /* ifindex of the NetVSC device... */
    char remote_name[IFNAMSIZ]; /* ...and its name, for the log. */
    int ifindex;                /* Of the tap, 0 if there is none. */
};

/* True if 'filter' is a rule of net_tap, to a tap that is gone or has the
 * ifindex 'tap'. */
static bool
is_own(const struct netvsc_filter *filter, int tap)
{
    return (filter->mirred && (!filter->target || filter->target == tap)
            && netvsc_filter_priority(filter) >= OWN_PRIORITY);
}

/* Reads the filters of the ingress of the device with 'ifindex', none if it
 * has no such qdisc.  Returns 0 or a positive errno value.  The caller must
 * free '*filters'. */
static int
list_ingress(int ifindex, struct netvsc_filter **filters, size_t *n_filters)
{
    struct netvsc_qdisc *qdiscs;
    size_t n_qdiscs;
    int error;

    *filters = NULL;
    *n_filters = 0;
    error = netvsc_tc_list_qdiscs(ifindex, &qdiscs, &n_qdiscs);
    for (size_t i = 0; i < n_qdiscs; i++) {
        if (!strcmp(qdiscs[i].kind, "ingress")) {
            error = netvsc_tc_list_filters(ifindex, qdiscs[i].handle, filters,
                                           n_filters);
            break;
        }
    }
    free(qdiscs);
    return error;
}

/* True if net_tap's rule is there still by which the tap gets what is sent to
 * the NetVSC device's address, or if that cannot be told.  Of its rules this
 * is the one that redirects. */
bool
netvsc_tap_has_rules(const struct netvsc_tap *tap)
{
    struct netvsc_filter *filters;
    bool found = false;
    size_t n;
    int error;

    error = list_ingress(tap->remote, &filters, &n);
    for (size_t i = 0; i < n; i++) {
        found |= (filters[i].redirect && filters[i].target
                  && is_own(&filters[i], tap->ifindex));
    }
    free(filters);
    return found || error;
}

/* Deletes net_tap's rules from the device with 'ifindex', those to the tap
 * 'tap' and those to taps that are gone, and the ingress qdisc if nothing else
 * is in it; an empty one too if 'even_if_empty'.  Returns the number of rules
 * deleted, 0 also if the kernel knows no queueing disciplines, or a negative
 * errno value.  Sets '*others' if the qdisc stays because of other filters. */
static int
remove_rules(int ifindex, int tap, bool even_if_empty, bool *others)
{
    struct netvsc_filter *filters = NULL;
    const struct netvsc_qdisc *ingress = NULL;
    struct netvsc_qdisc *qdiscs;
    size_t n_qdiscs, n_filters = 0;
    int error, n_own = 0;

    *others = false;
    error = netvsc_tc_list_qdiscs(ifindex, &qdiscs, &n_qdiscs);
    for (size_t i = 0; i < n_qdiscs; i++) {
        if (!strcmp(qdiscs[i].kind, "ingress")) {
            ingress = &qdiscs[i];
        }
    }
    if (ingress) {
        error = netvsc_tc_list_filters(ifindex, ingress->handle, &filters,
                                       &n_filters);
        for (size_t i = 0; i < n_filters; i++) {
            n_own += is_own(&filters[i], tap);
        }
    }
    if (ingress && !error) {
        *others = n_own < n_filters;
        if (!*others && (n_own || even_if_empty)) {
            error = netvsc_tc_delete_qdisc(ingress);
        }
        for (size_t i = 0; *others && i < n_filters; i++) {
            if (is_own(&filters[i], tap)) {
                int retval = netvsc_tc_delete_filter(&filters[i]);

                error = error ? error : retval;
            }
        }
    }
    free(filters);
    free(qdiscs);
    return error && error != EOPNOTSUPP ? -error : n_own;
}

/* To be called before a path over a NetVSC device is opened, as 'spec' says,
 * whatever its backend: removes the rules that the net_tap of a process that
 * was killed has left there.  'child' is the name of the path's netdev. */
void
netvsc_tap_remove_leftovers(const char *child,
                            const struct netvsc_path_spec *spec)
{
    bool others;
    int n = remove_rules(spec->ifindex, 0, false, &others);

    if (n > 0) {
        VLOG_INFO_RL(&rl, "%s: removed %d rules from the ingress of %s that "
                     "led to a tap of a process that is gone", child, n,
                     spec->ifname);

        /* Its net_tap has set these too, and would restore them when it
         * closes. */
        netvsc_link_change_flags(spec->ifindex, 0,
                                 IFF_PROMISC | IFF_ALLMULTI);
    } else if (n < 0 && n != -ENODEV) {
        VLOG_WARN_RL(&rl, "%s: cannot tell whether net_tap left rules on %s "
                     "(%s)", child, spec->ifname, ovs_strerror(-n));
    }
}

/* Logs which queueing disciplines of the NetVSC device net_tap is about to
 * delete: qdisc_flush() in drivers/net/tap/tap_tcmsgs.c. */
static void
report_qdiscs(const struct netvsc_tap *tap)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct netvsc_qdisc *qdiscs;
    size_t n;

    netvsc_tc_list_qdiscs(tap->remote, &qdiscs, &n);
    for (size_t i = 0; i < n; i++) {
        const struct netvsc_qdisc *q = &qdiscs[i];

        /* The kernel's own, with handle 0, cannot be deleted. */
        if (q->handle
            && (q->parent == TC_H_ROOT || q->parent == TC_H_INGRESS)) {
            ds_put_format(&s, "%s%s %x:", s.length ? ", " : "", q->kind,
                          TC_H_MAJ(q->handle) >> 16);
        }
    }
    if (s.length) {
        VLOG_WARN_RL(&rl, "%s: net_tap deletes the queueing disciplines of %s "
                     "with their classes and filters, and they will not be "
                     "put back: %s", tap->child, tap->remote_name,
                     ds_cstr(&s));
    }
    ds_destroy(&s);
    free(qdiscs);
}

/* An MTU that net_tap has changed. */
struct changed_mtu {
    struct hmap_node node;      /* In 'changed_mtus', by ifindex. */
    int ifindex;
    int was;                    /* Before... */
    int now;                    /* ...and since then, by net_tap. */
};

static struct hmap changed_mtus = HMAP_INITIALIZER(&changed_mtus);

static struct changed_mtu *
find_changed_mtu(int ifindex)
{
    struct changed_mtu *m;

    HMAP_FOR_EACH_WITH_HASH (m, node, hash_int(ifindex, 0), &changed_mtus) {
        if (m->ifindex == ifindex) {
            return m;
        }
    }
    return NULL;
}

/* To be called when net_tap is about to give the device with 'ifindex' the MTU
 * 'mtu': tap_mtu_set() in drivers/net/tap/rte_eth_tap.c sets that of both
 * devices.  Returns the one that it has, or 0 if it will not change. */
int
netvsc_tap_changing_mtu(int ifindex, int mtu)
{
    struct changed_mtu *m = find_changed_mtu(ifindex);
    int was;

    if (!netvsc_link_get(ifindex, NULL, &was) || was == mtu) {
        return 0;
    }
    if (!m) {
        m = xmalloc(sizeof *m);
        m->ifindex = ifindex;
        m->was = m->now = was;
        hmap_insert(&changed_mtus, &m->node, hash_int(ifindex, 0));
    } else if (m->now != was) {
        /* Somebody else has changed it since. */
        m->was = was;
    }
    m->now = mtu;
    return was;
}

static void
restore_mtu(struct changed_mtu *m)
{
    char name[IFNAMSIZ];
    int mtu;

    if (netvsc_link_get(m->ifindex, NULL, &mtu) && mtu == m->now
        && mtu != m->was && if_indextoname(m->ifindex, name)) {
        const char *error = netvsc_link_set_mtu(m->ifindex, m->was);

        if (error) {
            VLOG_WARN_RL(&rl, "cannot give %s back its MTU of %d (%s)", name,
                         m->was, error);
        } else {
            VLOG_INFO_RL(&rl, "%s has its MTU of %d again", name, m->was);
        }
    }
    hmap_remove(&changed_mtus, &m->node);
    free(m);
}

/* To be called when a path over the device with 'ifindex' was closed and is not
 * opened again, or, with 0, when all were.  If net_tap has ever changed a
 * device's MTU, and nobody else has since, it becomes what it was.
 *
 * Not whenever net_tap is closed: hv_netvsc gives the VF its own MTU, and the
 * port may use the VF. */
void
netvsc_tap_restore_mtu(int ifindex)
{
    struct changed_mtu *m;

    HMAP_FOR_EACH_SAFE (m, node, &changed_mtus) {
        if (!ifindex || m->ifindex == ifindex) {
            restore_mtu(m);
        }
    }
}

/* To be called before net_tap is probed for the path that 'spec' describes, in
 * a netdev named 'child'.  The caller must pass what is returned to
 * netvsc_tap_closed() in the end. */
struct netvsc_tap *
netvsc_tap_opening(const char *child, const struct netvsc_path_spec *spec)
{
    struct netvsc_tap *tap = xzalloc(sizeof *tap);
    int was;

    tap->child = xstrdup(child);
    tap->remote = spec->ifindex;
    ovs_strlcpy(tap->remote_name, spec->ifname, sizeof tap->remote_name);
    report_qdiscs(tap);
    was = netvsc_tap_changing_mtu(tap->remote, spec->queues.mtu);
    if (was) {
        VLOG_INFO_RL(&rl, "%s: net_tap changes the MTU of %s from %d to %d, "
                     "the path's", tap->child, tap->remote_name, was,
                     spec->queues.mtu);
    }
    return tap;
}

/* Has the kernel not use IPv6 on the tap named 'name': its router
 * solicitations and the like would be received by DPDK. */
static int
disable_ipv6(const char *name)
{
    char path[64];
    int error = 0;
    int fd;

    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
             name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        error = errno == ENOENT ? 0 : errno;    /* No IPv6 at all. */
    } else {
        if (write(fd, "1", 1) != 1) {
            error = errno;
        }
        close(fd);
    }
    return error;
}

/* To be called when net_tap was probed, as the ethdev 'port_id', and before it
 * is started.  Returns the ifindex of its tap and stores its name in 'name';
 * returns 0, and leaves that alone, if they are not known. */
int
netvsc_tap_probed(struct netvsc_tap *tap, int port_id, char name[IFNAMSIZ])
{
    struct rte_eth_dev_info info;
    int error;

    if (rte_eth_dev_info_get(port_id, &info) || !info.if_index
        || !if_indextoname(info.if_index, name)) {
        VLOG_WARN_RL(&rl, "%s: net_tap does not tell its tap", tap->child);
        return 0;
    }
    tap->ifindex = info.if_index;

    error = disable_ipv6(name);
    if (error) {
        VLOG_WARN_RL(&rl, "%s: cannot disable IPv6 on %s (%s): what the host "
                     "sends there is received by the port", tap->child, name,
                     ovs_strerror(error));
    }

    /* net_tap's rule copies what is sent to the NetVSC device, and lets the
     * host's network stack have it too. */
    error = netvsc_tc_redirect_ingress(tap->ifindex, REDIRECT_PRIORITY,
                                       tap->remote);
    if (error) {
        VLOG_WARN_RL(&rl, "%s: cannot keep what is sent through %s from the "
                     "host's network stack (%s)", tap->child, name,
                     ovs_strerror(error));
    }
    return tap->ifindex;
}

/* To be called when net_tap is closed.  Frees 'tap', which may be a null
 * pointer. */
void
netvsc_tap_closed(struct netvsc_tap *tap)
{
    bool others;
    int n;

    if (!tap) {
        return;
    }

    n = remove_rules(tap->remote, tap->ifindex, true, &others);
    if (n < 0 && n != -ENODEV) {
        VLOG_WARN_RL(&rl, "%s: cannot delete the ingress qdisc of %s (%s)",
                     tap->child, tap->remote_name, ovs_strerror(-n));
    } else if (others) {
        VLOG_INFO_RL(&rl, "%s: leaves the ingress qdisc of %s, in which there "
                     "are filters of others", tap->child, tap->remote_name);
    }
    free(tap->child);
    free(tap);
}
