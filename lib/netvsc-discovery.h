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

#ifndef NETVSC_DISCOVERY_H
#define NETVSC_DISCOVERY_H 1

/* Which NetVSC interfaces there are, and which of them the host itself uses:
 * those that have an address or a route are not to be taken away from it
 * unless somebody says so.
 *
 * Judges facts and reads none: "netvsc-rtnl.h" reads the kernel's tables into
 * a struct netvsc_discovery, tests write theirs.  Links come first, then
 * netvsc_discovery_pair(), then nexthop objects, addresses and routes.  Only
 * what the judgement needs of them is kept, so that a million routes take no
 * memory.
 *
 * No I/O and no locks.  A struct netvsc_discovery belongs to one thread. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netvsc-link.h"
#include "openvswitch/hmap.h"

/* An address of an interface. */
struct netvsc_addr {
    int ifindex;
    int family;                 /* AF_INET or AF_INET6. */
    struct in6_addr ip;         /* Mapped if AF_INET. */
    int plen;
};

/* One nexthop of a route, or of a nexthop object. */
struct netvsc_hop {
    int ifindex;                /* 0 for none, such as a blackhole's. */
    bool has_gateway;
    struct in6_addr gateway;    /* Mapped if IPv4. */
};

struct netvsc_route {
    int family;                 /* AF_INET or AF_INET6. */
    struct in6_addr dst;        /* Mapped if AF_INET. */
    int plen;
    uint32_t table;             /* RT_TABLE_* or another number. */
    uint8_t type;               /* RTN_*. */
    uint8_t protocol;           /* RTPROT_*. */
    bool cloned;                /* Made by the kernel from another. */
    uint32_t nh_id;             /* Its nexthop object, 0 if none. */

    struct netvsc_hop *hops;    /* The route's own. */
    size_t n_hops, allocated_hops;
};

#define NETVSC_ROUTE_INITIALIZER { .hops = NULL }

void netvsc_route_destroy(struct netvsc_route *);
void netvsc_route_add_hop(struct netvsc_route *, const struct netvsc_hop *);

/* A nexthop object: one hop, or a group of others. */
struct netvsc_nexthop {
    uint32_t id;
    struct netvsc_hop hop;      /* If it is no group. */
    uint32_t *members;          /* Ids, the nexthop's own; NULL if no group. */
    size_t n_members;
};

/* What can be in the way of taking an interface from the host.  The first that
 * there is gets told. */
enum netvsc_obstacle {
    NETVSC_HAS_MASTER,          /* It is a port of a bridge, a bond... */
    NETVSC_HAS_ADDR4,
    NETVSC_HAS_ADDR6,
    NETVSC_HAS_ROUTE4,
    NETVSC_HAS_ROUTE6,
    NETVSC_N_OBSTACLES,
};

/* A NetVSC interface. */
struct netvsc_found {
    const struct netvsc_link *link;
    const struct netvsc_link *vf;       /* NULL if it has none. */

    struct {
        unsigned int n;                 /* How many there are... */
        int rank;                       /* ...and the weightiest of them. */
        char *text;
    } obstacles[NETVSC_N_OBSTACLES];

    char *user;                 /* Who has it already, "netvsc port p0"; the
                                 * caller's to set, freed with the rest. */
};

const char *netvsc_found_obstacle(const struct netvsc_found *);

struct netvsc_discovery {
    struct hmap links;          /* All links, by ifindex. */
    struct hmap related;        /* Those that make a NetVSC routed. */
    struct hmap nexthops;       /* By id. */
    struct netvsc_found *found; /* By ifindex, in ascending order. */
    size_t n_found;
};

void netvsc_discovery_init(struct netvsc_discovery *);
void netvsc_discovery_destroy(struct netvsc_discovery *);

void netvsc_discovery_add_link(struct netvsc_discovery *,
                               const struct netvsc_link_change *, int lower,
                               const struct netvsc_sysfs_info *);
void netvsc_discovery_pair(struct netvsc_discovery *, int also_ifindex);
void netvsc_discovery_add_nexthop(struct netvsc_discovery *,
                                  struct netvsc_nexthop *);
void netvsc_discovery_clear_nexthops(struct netvsc_discovery *);
void netvsc_discovery_add_addr(struct netvsc_discovery *,
                               const struct netvsc_addr *);
void netvsc_discovery_add_route(struct netvsc_discovery *,
                                const struct netvsc_route *);
void netvsc_discovery_clear(struct netvsc_discovery *, enum netvsc_obstacle);

bool netvsc_discovery_knows(const struct netvsc_discovery *,
                            const struct netvsc_link_change *);
bool netvsc_discovery_concerns(const struct netvsc_discovery *, int ifindex);
struct netvsc_found *netvsc_discovery_find(const struct netvsc_discovery *,
                                           int ifindex);
char *netvsc_discovery_choose(const struct netvsc_discovery *,
                              const struct netvsc_found **);

#endif /* netvsc-discovery.h */
