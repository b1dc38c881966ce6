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

#include "netvsc-discovery.h"

#include <inttypes.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "netvsc-policy.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

/* How deep links may be stacked, VLANs on VLANs and so on, the kernel's
 * MAX_NEST_DEV; and how deep nexthop groups are followed, which the kernel
 * does not nest at all. */
#define MAX_DEPTH 8

/* A link in the table. */
struct discovery_link {
    struct hmap_node node;      /* In 'links', by ifindex. */
    struct netvsc_link link;
    int lower;                  /* ifindex of what it is stacked on, or 0. */
};

/* A link whose addresses and routes count as those of a NetVSC interface. */
struct related_link {
    struct hmap_node node;      /* In 'related', by ifindex. */
    int ifindex;
    struct netvsc_found *found;
    char *who;                  /* "its VF enP1s1 ", "" for itself. */
};

struct nexthop_node {
    struct hmap_node node;      /* In 'nexthops', by id. */
    struct netvsc_nexthop nh;
};

void
netvsc_route_destroy(struct netvsc_route *route)
{
    free(route->hops);
}

void
netvsc_route_add_hop(struct netvsc_route *route, const struct netvsc_hop *hop)
{
    if (route->n_hops >= route->allocated_hops) {
        route->hops = x2nrealloc(route->hops, &route->allocated_hops,
                                 sizeof *route->hops);
    }
    route->hops[route->n_hops++] = *hop;
}

/* Makes 'd' empty. */
void
netvsc_discovery_init(struct netvsc_discovery *d)
{
    hmap_init(&d->links);
    hmap_init(&d->related);
    hmap_init(&d->nexthops);
    d->found = NULL;
    d->n_found = 0;
}

/* Frees what 'd' has, but not 'd' itself. */
void
netvsc_discovery_destroy(struct netvsc_discovery *d)
{
    struct discovery_link *link;
    struct related_link *r;

    for (size_t i = 0; i < d->n_found; i++) {
        for (int j = 0; j < NETVSC_N_OBSTACLES; j++) {
            free(d->found[i].obstacles[j].text);
        }
        free(d->found[i].user);
    }
    free(d->found);
    HMAP_FOR_EACH_POP (r, node, &d->related) {
        free(r->who);
        free(r);
    }
    HMAP_FOR_EACH_POP (link, node, &d->links) {
        free(link);
    }
    netvsc_discovery_clear_nexthops(d);
    hmap_destroy(&d->nexthops);
    hmap_destroy(&d->related);
    hmap_destroy(&d->links);
}

static struct discovery_link *
find_link(const struct netvsc_discovery *d, int ifindex)
{
    struct discovery_link *link;

    HMAP_FOR_EACH_WITH_HASH (link, node, hash_int(ifindex, 0), &d->links) {
        if (link->link.rt.ifindex == ifindex) {
            return link;
        }
    }
    return NULL;
}

static const struct related_link *
find_related(const struct netvsc_discovery *d, int ifindex)
{
    const struct related_link *r;

    HMAP_FOR_EACH_WITH_HASH (r, node, hash_int(ifindex, 0), &d->related) {
        if (r->ifindex == ifindex) {
            return r;
        }
    }
    return NULL;
}

/* True if the message 'rt' about a link brings nothing that 'd' has not taken
 * into account. */
bool
netvsc_discovery_knows(const struct netvsc_discovery *d,
                       const struct netvsc_link_change *rt)
{
    const struct discovery_link *link = find_link(d, rt->ifindex);

    if (!link || rt->deleted) {
        return !link && rt->deleted;
    }
    return (!strcmp(link->link.rt.name, rt->name)
            && eth_addr_equals(link->link.rt.mac, rt->mac)
            && link->link.rt.master == rt->master);
}

/* True if what happens to the link with 'ifindex' may matter: it is a NetVSC
 * interface in 'd', the VF of one, or stacked on one. */
bool
netvsc_discovery_concerns(const struct netvsc_discovery *d, int ifindex)
{
    return find_related(d, ifindex) != NULL;
}

/* Returns the NetVSC interface with 'ifindex', or a null pointer. */
struct netvsc_found *
netvsc_discovery_find(const struct netvsc_discovery *d, int ifindex)
{
    for (size_t i = 0; i < d->n_found; i++) {
        if (d->found[i].link->rt.ifindex == ifindex) {
            return &d->found[i];
        }
    }
    return NULL;
}

/* Adds a link to 'd': 'rt' is what netlink says about it, 'lower' the ifindex
 * of the link in the same namespace that IFLA_LINK names, or 0, 'sysfs' what
 * sysfs says.  A link already there is replaced. */
void
netvsc_discovery_add_link(struct netvsc_discovery *d,
                          const struct netvsc_link_change *rt, int lower,
                          const struct netvsc_sysfs_info *sysfs)
{
    struct discovery_link *link = find_link(d, rt->ifindex);

    if (!link) {
        link = xzalloc(sizeof *link);
        hmap_insert(&d->links, &link->node, hash_int(rt->ifindex, 0));
    }
    link->link.rt = *rt;
    link->link.sysfs = *sysfs;
    link->lower = lower;
}

/* Notes that 'text', which this function takes, is in the way of 'found'.  Of
 * several the weightiest is kept, and the first among equals. */
static void
note_obstacle(struct netvsc_found *found, enum netvsc_obstacle obstacle,
              int rank, char *text)
{
    if (!found->obstacles[obstacle].text
        || rank > found->obstacles[obstacle].rank) {
        free(found->obstacles[obstacle].text);
        found->obstacles[obstacle].text = text;
        found->obstacles[obstacle].rank = rank;
    } else {
        free(text);
    }
}

static void
relate(struct netvsc_discovery *d, int ifindex, struct netvsc_found *found,
       char *who)
{
    struct related_link *r;

    if (find_related(d, ifindex)) {
        free(who);
        return;
    }
    r = xmalloc(sizeof *r);
    r->ifindex = ifindex;
    r->found = found;
    r->who = who;
    hmap_insert(&d->related, &r->node, hash_int(ifindex, 0));
}

/* True if packets that are routed through 'link' come out of the link that
 * its IFLA_LINK names.  A veth's IFLA_LINK is its peer. */
static bool
is_stacked(const struct netvsc_link *link)
{
    static const char *kinds[] = {
        "ipvlan", "ipvtap", "macsec", "macvlan", "macvtap", "vlan",
    };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (!strcmp(link->rt.kind, kinds[i])) {
            return true;
        }
    }
    return false;
}

/* Relates 'link' to the NetVSC interface that it is stacked on, if any. */
static void
relate_stacked(struct netvsc_discovery *d, const struct discovery_link *link)
{
    const struct discovery_link *l = link;

    for (int i = 0; i < MAX_DEPTH && l && l->lower && is_stacked(&l->link);
         i++) {
        const struct related_link *r = find_related(d, l->lower);

        if (r) {
            relate(d, link->link.rt.ifindex, r->found,
                   xasprintf("its %s %s ", link->link.rt.kind,
                             link->link.rt.name));
            return;
        }
        l = find_link(d, l->lower);
    }
}

static int
compare_found(const void *a_, const void *b_)
{
    const struct netvsc_found *a = a_;
    const struct netvsc_found *b = b_;

    return (a->link->rt.ifindex < b->link->rt.ifindex ? -1
            : a->link->rt.ifindex > b->link->rt.ifindex);
}

/* Finds the VF of 'found', as a port with options:vf=auto would. */
static void
find_vf(struct netvsc_discovery *d, struct netvsc_found *found)
{
    const struct discovery_link *link;

    HMAP_FOR_EACH (link, node, &d->links) {
        if (netvsc_policy_judge_vf(found->link, &link->link, NETVSC_VF_AUTO)
            == NETVSC_VF_ACCEPTED) {
            found->vf = netvsc_policy_prefer_vf(found->link, found->vf,
                                                &link->link);
        }
    }
}

/* To be called when 'd' has all links: sets 'found' to the NetVSC interfaces
 * among them and to the one with 'also_ifindex', whatever that is, unless it
 * is 0.  Finds their masters, their VFs and what is stacked on them. */
void
netvsc_discovery_pair(struct netvsc_discovery *d, int also_ifindex)
{
    const struct discovery_link *link;
    size_t allocated = 0;

    HMAP_FOR_EACH (link, node, &d->links) {
        if (link->link.sysfs.is_netvsc
            || (also_ifindex && link->link.rt.ifindex == also_ifindex)) {
            if (d->n_found >= allocated) {
                d->found = x2nrealloc(d->found, &allocated, sizeof *d->found);
            }
            d->found[d->n_found++] = (struct netvsc_found) {
                .link = &link->link
            };
        }
    }
    if (d->n_found) {
        qsort(d->found, d->n_found, sizeof *d->found, compare_found);
    }

    for (size_t i = 0; i < d->n_found; i++) {
        relate(d, d->found[i].link->rt.ifindex, &d->found[i], xstrdup(""));
    }
    for (size_t i = 0; i < d->n_found; i++) {
        struct netvsc_found *found = &d->found[i];
        int ifindex = found->link->rt.master;

        find_vf(d, found);
        if (found->vf) {
            relate(d, found->vf->rt.ifindex, found,
                   xasprintf("its VF %s ", found->vf->rt.name));
        }
        if (ifindex) {
            const struct discovery_link *master = find_link(d, ifindex);

            found->obstacles[NETVSC_HAS_MASTER].n = 1;
            note_obstacle(found, NETVSC_HAS_MASTER, 0,
                          master
                          ? xasprintf("is a port of %s", master->link.rt.name)
                          : xasprintf("is a port of the link with ifindex %d",
                                      ifindex));
        }
    }
    HMAP_FOR_EACH (link, node, &d->links) {
        relate_stacked(d, link);
    }
}

static const struct netvsc_nexthop *
find_nexthop(const struct netvsc_discovery *d, uint32_t id)
{
    const struct nexthop_node *n;

    HMAP_FOR_EACH_WITH_HASH (n, node, hash_int(id, 0), &d->nexthops) {
        if (n->nh.id == id) {
            return &n->nh;
        }
    }
    return NULL;
}

/* Adds 'nh', whose members become 'd''s. */
void
netvsc_discovery_add_nexthop(struct netvsc_discovery *d,
                             struct netvsc_nexthop *nh)
{
    struct nexthop_node *n = xmalloc(sizeof *n);

    n->nh = *nh;
    hmap_insert(&d->nexthops, &n->node, hash_int(nh->id, 0));
    nh->members = NULL;
    nh->n_members = 0;
}

/* Forgets all nexthop objects. */
void
netvsc_discovery_clear_nexthops(struct netvsc_discovery *d)
{
    struct nexthop_node *n;

    HMAP_FOR_EACH_POP (n, node, &d->nexthops) {
        free(n->nh.members);
        free(n);
    }
}

/* Takes a new address into account.
 *
 * DPDK's vdev_netvsc leaves an interface alone for any address.  Every
 * interface that is up has an IPv6 link-local one, which the kernel makes, so
 * those (fe80::/10) do not count here.  IPv4's (169.254.0.0/16) do: the kernel
 * makes none, somebody configured it. */
void
netvsc_discovery_add_addr(struct netvsc_discovery *d,
                          const struct netvsc_addr *addr)
{
    const struct related_link *r = find_related(d, addr->ifindex);
    enum netvsc_obstacle obstacle = (addr->family == AF_INET
                                     ? NETVSC_HAS_ADDR4 : NETVSC_HAS_ADDR6);
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!r || (addr->family == AF_INET6
               && IN6_IS_ADDR_LINKLOCAL(&addr->ip))) {
        return;
    }

    r->found->obstacles[obstacle].n++;
    ds_put_format(&s, "%shas the address ", r->who);
    ipv6_format_mapped(&addr->ip, &s);
    ds_put_format(&s, "/%d", addr->plen);
    note_obstacle(r->found, obstacle, !r->who[0], ds_steal_cstr(&s));
}

/* True if somebody wants packets to go where 'route' says.  The kernel makes
 * routes for link-local and multicast destinations on each interface that does
 * IPv6: fe80::/64, fe80::.../128 and fe80::/128 (anycast) in table local,
 * ff00::/8. */
static bool
route_counts(const struct netvsc_route *route)
{
    if (route->cloned) {
        return false;
    }
    if (route->type == RTN_BLACKHOLE || route->type == RTN_UNREACHABLE
        || route->type == RTN_PROHIBIT || route->type == RTN_THROW) {
        return false;
    }
    if (route->family == AF_INET6 && route->protocol == RTPROT_KERNEL) {
        return !((IN6_IS_ADDR_LINKLOCAL(&route->dst) && route->plen >= 10)
                 || (IN6_IS_ADDR_MULTICAST(&route->dst) && route->plen >= 8));
    }
    return true;
}

static void
put_table(struct ds *s, uint32_t table)
{
    switch (table) {
    case RT_TABLE_MAIN:
        ds_put_cstr(s, "main");
        break;
    case RT_TABLE_LOCAL:
        ds_put_cstr(s, "local");
        break;
    case RT_TABLE_DEFAULT:
        ds_put_cstr(s, "default");
        break;
    default:
        ds_put_format(s, "%"PRIu32, table);
        break;
    }
}

/* Notes that 'route' goes through 'hop', if that is of any interest. */
static void
add_route_hop(const struct netvsc_discovery *d,
              const struct netvsc_route *route, const struct netvsc_hop *hop)
{
    const struct related_link *r = find_related(d, hop->ifindex);
    enum netvsc_obstacle obstacle = (route->family == AF_INET
                                     ? NETVSC_HAS_ROUTE4 : NETVSC_HAS_ROUTE6);
    int rank;

    if (!r) {
        return;
    }

    /* A person knows the interface best by its default route. */
    rank = (!r->who[0] * 4 + (route->plen == 0) * 2
            + (route->table == RT_TABLE_MAIN));
    r->found->obstacles[obstacle].n++;
    if (!r->found->obstacles[obstacle].text
        || rank > r->found->obstacles[obstacle].rank) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ds_put_format(&s, "%shas the route ", r->who);
        ipv6_format_mapped(&route->dst, &s);
        ds_put_format(&s, "/%d", route->plen);
        if (hop->has_gateway) {
            ds_put_cstr(&s, " via ");
            ipv6_format_mapped(&hop->gateway, &s);
        }
        ds_put_cstr(&s, " (table ");
        put_table(&s, route->table);
        ds_put_char(&s, ')');
        note_obstacle(r->found, obstacle, rank, ds_steal_cstr(&s));
    }
}

static void
add_route_nexthop(const struct netvsc_discovery *d,
                  const struct netvsc_route *route, uint32_t id, int depth)
{
    const struct netvsc_nexthop *nh = find_nexthop(d, id);

    if (!nh || depth > MAX_DEPTH) {
        return;
    }
    if (!nh->members) {
        add_route_hop(d, route, &nh->hop);
    }
    for (size_t i = 0; i < nh->n_members; i++) {
        add_route_nexthop(d, route, nh->members[i], depth + 1);
    }
}

/* Takes a new route into account.  Any table, any nexthop. */
void
netvsc_discovery_add_route(struct netvsc_discovery *d,
                           const struct netvsc_route *route)
{
    if (!route_counts(route)) {
        return;
    }
    for (size_t i = 0; i < route->n_hops; i++) {
        add_route_hop(d, route, &route->hops[i]);
    }
    if (!route->n_hops && route->nh_id) {
        /* With sysctl net.ipv4.nexthop_compat_mode=0 the kernel names no more
         * than the object. */
        add_route_nexthop(d, route, route->nh_id, 0);
    }
}

/* Forgets all obstacles of the given kind, to take them into account anew. */
void
netvsc_discovery_clear(struct netvsc_discovery *d,
                       enum netvsc_obstacle obstacle)
{
    for (size_t i = 0; i < d->n_found; i++) {
        free(d->found[i].obstacles[obstacle].text);
        d->found[i].obstacles[obstacle].text = NULL;
        d->found[i].obstacles[obstacle].n = 0;
    }
}

/* Returns what is in the way of taking 'found' from the host, as "has the
 * address 10.0.0.4/24" to be put after the interface's name, or a null pointer
 * if it is unrouted. */
const char *
netvsc_found_obstacle(const struct netvsc_found *found)
{
    for (int i = 0; i < NETVSC_N_OBSTACLES; i++) {
        if (found->obstacles[i].text) {
            return found->obstacles[i].text;
        }
    }
    return NULL;
}

static bool
is_candidate(const struct netvsc_found *found)
{
    return !found->user && !netvsc_found_obstacle(found);
}

/* Chooses the one interface in 'd' that is free: unrouted and without a user.
 * If there is exactly one, stores it in '*chosen' and returns a null pointer.
 * Otherwise stores a null pointer and returns for a person how many are free,
 * which, and what is in the way of each of the others, such as "none is: eth0
 * has the address 10.0.0.4/24".  The caller must free it. */
char *
netvsc_discovery_choose(const struct netvsc_discovery *d,
                        const struct netvsc_found **chosen)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    size_t n = 0, n_refused = 0;

    *chosen = NULL;
    for (size_t i = 0; i < d->n_found; i++) {
        if (is_candidate(&d->found[i])) {
            *chosen = &d->found[i];
            n++;
        }
    }
    if (n == 1) {
        return NULL;
    }

    *chosen = NULL;
    if (!d->n_found) {
        return xstrdup("there is none");
    }
    if (n) {
        ds_put_format(&s, "%"PRIuSIZE" are:", n);
        for (size_t i = 0; i < d->n_found; i++) {
            if (is_candidate(&d->found[i])) {
                ds_put_format(&s, " %s,", d->found[i].link->rt.name);
            }
        }
        ds_chomp(&s, ',');
    } else {
        ds_put_cstr(&s, "none is");
    }
    for (size_t i = 0; i < d->n_found; i++) {
        const struct netvsc_found *found = &d->found[i];

        if (!is_candidate(found)) {
            ds_put_cstr(&s, n_refused++ ? "; " : n ? "; not " : ": ");
            ds_put_format(&s, "%s ", found->link->rt.name);
            if (found->user) {
                ds_put_format(&s, "is used by %s", found->user);
            } else {
                ds_put_cstr(&s, netvsc_found_obstacle(found));
            }
        }
    }
    return ds_steal_cstr(&s);
}
