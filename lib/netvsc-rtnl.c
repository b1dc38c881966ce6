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

#include "netvsc-rtnl.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "netvsc-discovery.h"
#include "netvsc-dump.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* The kernel's messages, libnl's nlmsg_parse() takes no const. */
static bool
parse_attrs(const struct nlmsghdr *nlmsg, size_t hdr_len,
            struct nlattr *attrs[], int max)
{
    return !nlmsg_parse(CONST_CAST(struct nlmsghdr *, nlmsg), hdr_len, attrs,
                        max, NULL);
}

/* Stores the address in 'attr', of 'family', in '*ip'.  An IPv4 address is
 * mapped.  Returns false if it is malformed. */
static bool
parse_ip(struct nlattr *attr, int family, struct in6_addr *ip)
{
    if (family == AF_INET) {
        ovs_be32 ip4;

        if (nla_len(attr) != sizeof ip4) {
            return false;
        }
        memcpy(&ip4, nla_data(attr), sizeof ip4);
        in6_addr_set_mapped_ipv4(ip, ip4);
    } else {
        if (nla_len(attr) != sizeof *ip) {
            return false;
        }
        memcpy(ip, nla_data(attr), sizeof *ip);
    }
    return true;
}

/* As parse_ip() for a u32 attribute.  0 if 'attr' is missing or malformed. */
static uint32_t
parse_u32(struct nlattr *attr)
{
    return attr && nla_len(attr) >= (int) sizeof(uint32_t)
           ? nla_get_u32(attr) : 0;
}

/* Digests the message 'nlmsg' into '*addr'.  Returns false if it is not a good
 * RTM_NEWADDR or RTM_DELADDR of IPv4 or IPv6. */
bool
netvsc_rtnl_parse_addr(const struct nlmsghdr *nlmsg, struct netvsc_addr *addr)
{
    struct nlattr *attrs[IFA_MAX + 1];
    const struct ifaddrmsg *ifa;
    struct nlattr *ip;

    memset(addr, 0, sizeof *addr);
    if ((nlmsg->nlmsg_type != RTM_NEWADDR && nlmsg->nlmsg_type != RTM_DELADDR)
        || !parse_attrs(nlmsg, sizeof *ifa, attrs, IFA_MAX)) {
        return false;
    }
    ifa = NLMSG_DATA(nlmsg);
    if (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6) {
        return false;
    }

    /* IFA_ADDRESS is the other end's on a point-to-point link. */
    ip = attrs[IFA_LOCAL] ? attrs[IFA_LOCAL] : attrs[IFA_ADDRESS];
    addr->ifindex = ifa->ifa_index;
    addr->family = ifa->ifa_family;
    addr->plen = ifa->ifa_prefixlen;
    return ip && parse_ip(ip, addr->family, &addr->ip);
}

/* Digests the message 'nlmsg' into '*nh', whose members the caller must free.
 * Returns false if it is not a good RTM_NEWNEXTHOP or RTM_DELNEXTHOP. */
bool
netvsc_rtnl_parse_nexthop(const struct nlmsghdr *nlmsg,
                          struct netvsc_nexthop *nh)
{
    struct nlattr *attrs[NHA_MAX + 1];
    const struct nhmsg *nhm;

    memset(nh, 0, sizeof *nh);
    if ((nlmsg->nlmsg_type != RTM_NEWNEXTHOP
         && nlmsg->nlmsg_type != RTM_DELNEXTHOP)
        || !parse_attrs(nlmsg, sizeof *nhm, attrs, NHA_MAX)) {
        return false;
    }
    nhm = NLMSG_DATA(nlmsg);

    nh->id = parse_u32(attrs[NHA_ID]);
    nh->hop.ifindex = parse_u32(attrs[NHA_OIF]);
    if (attrs[NHA_GATEWAY]) {
        nh->hop.has_gateway = parse_ip(attrs[NHA_GATEWAY], nhm->nh_family,
                                       &nh->hop.gateway);
    }
    if (attrs[NHA_GROUP]) {
        const struct nexthop_grp *group = nla_data(attrs[NHA_GROUP]);
        size_t n = nla_len(attrs[NHA_GROUP]) / sizeof *group;

        nh->members = xmalloc(n * sizeof *nh->members + 1);
        for (size_t i = 0; i < n; i++) {
            memcpy(&nh->members[i], &group[i].id, sizeof nh->members[i]);
        }
        nh->n_members = n;
    }
    return nh->id != 0;
}

/* RTA_VIA, the gateway of an IPv4 route that is an IPv6 address. */
static bool
parse_via(struct nlattr *attr, struct in6_addr *gateway)
{
    const struct rtvia *via = nla_data(attr);
    const size_t hdr_len = sizeof via->rtvia_family;

    if (nla_len(attr) != (int) (hdr_len + sizeof *gateway)
        || via->rtvia_family != AF_INET6) {
        return false;
    }
    memcpy(gateway, via->rtvia_addr, sizeof *gateway);
    return true;
}

static void
parse_gateway(struct nlattr *attrs[], int family, struct netvsc_hop *hop)
{
    if (attrs[RTA_GATEWAY]) {
        hop->has_gateway = parse_ip(attrs[RTA_GATEWAY], family, &hop->gateway);
    } else if (attrs[RTA_VIA]) {
        hop->has_gateway = parse_via(attrs[RTA_VIA], &hop->gateway);
    }
}

static bool
parse_multipath(struct nlattr *attr, struct netvsc_route *route)
{
    const char *p = nla_data(attr);
    size_t left = nla_len(attr);

    while (left >= sizeof(struct rtnexthop)) {
        const struct rtnexthop *rtnh = ALIGNED_CAST(const struct rtnexthop *,
                                                    p);
        struct nlattr *attrs[RTA_MAX + 1];
        struct netvsc_hop hop;

        /* Not RTNH_DATA(), whose cast clang objects to. */
        if (rtnh->rtnh_len < sizeof *rtnh || rtnh->rtnh_len > left
            || nla_parse(attrs, RTA_MAX,
                         ALIGNED_CAST(struct nlattr *, p + sizeof *rtnh),
                         rtnh->rtnh_len - sizeof *rtnh, NULL)) {
            return false;
        }
        memset(&hop, 0, sizeof hop);
        hop.ifindex = rtnh->rtnh_ifindex;
        parse_gateway(attrs, route->family, &hop);
        netvsc_route_add_hop(route, &hop);

        size_t len = MIN(RTNH_ALIGN(rtnh->rtnh_len), left);
        p += len;
        left -= len;
    }
    return true;
}

/* Digests the message 'nlmsg' into '*route', which the caller must have
 * initialized; it may be used for another message afterward.  Returns false
 * if it is not a good RTM_NEWROUTE or RTM_DELROUTE of IPv4 or IPv6. */
bool
netvsc_rtnl_parse_route(const struct nlmsghdr *nlmsg,
                        struct netvsc_route *route)
{
    struct nlattr *attrs[RTA_MAX + 1];
    const struct rtmsg *rtm;

    route->n_hops = 0;
    if ((nlmsg->nlmsg_type != RTM_NEWROUTE
         && nlmsg->nlmsg_type != RTM_DELROUTE)
        || !parse_attrs(nlmsg, sizeof *rtm, attrs, RTA_MAX)) {
        return false;
    }
    rtm = NLMSG_DATA(nlmsg);
    if (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6) {
        return false;
    }

    route->family = rtm->rtm_family;
    route->plen = rtm->rtm_dst_len;
    route->type = rtm->rtm_type;
    route->protocol = rtm->rtm_protocol;
    route->cloned = (rtm->rtm_flags & RTM_F_CLONED) != 0;
    route->table = (attrs[RTA_TABLE] ? parse_u32(attrs[RTA_TABLE])
                    : rtm->rtm_table);
    route->nh_id = parse_u32(attrs[RTA_NH_ID]);
    if (attrs[RTA_DST]) {
        if (!parse_ip(attrs[RTA_DST], route->family, &route->dst)) {
            return false;
        }
    } else if (route->family == AF_INET) {
        in6_addr_set_mapped_ipv4(&route->dst, htonl(INADDR_ANY));
    } else {
        route->dst = in6addr_any;
    }

    if (attrs[RTA_OIF]) {
        struct netvsc_hop hop;

        memset(&hop, 0, sizeof hop);
        hop.ifindex = parse_u32(attrs[RTA_OIF]);
        parse_gateway(attrs, route->family, &hop);
        netvsc_route_add_hop(route, &hop);
    }
    return (!attrs[RTA_MULTIPATH]
            || parse_multipath(attrs[RTA_MULTIPATH], route));
}

/* What the handlers of messages work with. */
struct reader {
    struct netvsc_discovery *d;
    const struct table *table;  /* That is being read. */
    struct netvsc_route route;

    /* Links, whose sysfs attributes are read after the dump. */
    struct reader_link {
        struct netvsc_link_change rt;
        int lower;
    } *links;
    size_t n_links, allocated_links;
};

static int
handle_link(struct nl_msg *msg, void *reader_)
{
    struct nlmsghdr *nlmsg = nlmsg_hdr(msg);
    struct reader *reader = reader_;
    struct netvsc_link_change rt;
    struct ofpbuf buf;

    ofpbuf_use_const(&buf, nlmsg, nlmsg->nlmsg_len);
    if (netvsc_link_parse(&buf, &rt) && rt.is_link && !rt.deleted) {
        struct nlattr *attrs[IFLA_LINK_NETNSID + 1];
        struct reader_link *link;

        if (reader->n_links >= reader->allocated_links) {
            reader->links = x2nrealloc(reader->links,
                                       &reader->allocated_links,
                                       sizeof *reader->links);
        }
        link = &reader->links[reader->n_links++];
        link->rt = rt;
        link->lower = 0;
        if (parse_attrs(nlmsg, sizeof(struct ifinfomsg), attrs,
                        IFLA_LINK_NETNSID) && !attrs[IFLA_LINK_NETNSID]) {
            link->lower = parse_u32(attrs[IFLA_LINK]);
        }
    }
    return NL_OK;
}

static int
handle_nexthop(struct nl_msg *msg, void *reader_)
{
    struct reader *reader = reader_;
    struct netvsc_nexthop nh;

    if (netvsc_rtnl_parse_nexthop(nlmsg_hdr(msg), &nh)) {
        netvsc_discovery_add_nexthop(reader->d, &nh);
    }
    free(nh.members);
    return NL_OK;
}

static int
handle_addr(struct nl_msg *msg, void *reader_)
{
    struct reader *reader = reader_;
    struct netvsc_addr addr;

    if (netvsc_rtnl_parse_addr(nlmsg_hdr(msg), &addr)) {
        netvsc_discovery_add_addr(reader->d, &addr);
    }
    return NL_OK;
}

static int
handle_route(struct nl_msg *msg, void *reader_)
{
    struct reader *reader = reader_;

    if (netvsc_rtnl_parse_route(nlmsg_hdr(msg), &reader->route)) {
        netvsc_discovery_add_route(reader->d, &reader->route);
    }
    return NL_OK;
}

static void
clear_links(struct reader *reader, int arg OVS_UNUSED)
{
    reader->n_links = 0;
}

static void
clear_nexthops(struct reader *reader, int arg OVS_UNUSED)
{
    netvsc_discovery_clear_nexthops(reader->d);
}

static void
clear_obstacle(struct reader *reader, int obstacle)
{
    netvsc_discovery_clear(reader->d, obstacle);
}

/* One of the kernel's tables, and what to do with it. */
struct table {
    int type;                   /* RTM_GETLINK, ... */
    unsigned char family;
    size_t hdr_len;             /* The family is the first byte. */
    nl_recvmsg_msg_cb_t handle;
    void (*clear)(struct reader *, int arg); /* Forgets what was read. */
    int arg;
};

static const struct table links_table = {
    RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg),
    handle_link, clear_links, 0
};

/* Linux before 5.3 has none. */
static const struct table nexthops_table = {
    RTM_GETNEXTHOP, AF_UNSPEC, sizeof(struct nhmsg),
    handle_nexthop, clear_nexthops, 0
};

static const struct table addr_tables[] = {
    { RTM_GETADDR, AF_INET, sizeof(struct ifaddrmsg),
      handle_addr, clear_obstacle, NETVSC_HAS_ADDR4 },
    { RTM_GETADDR, AF_INET6, sizeof(struct ifaddrmsg),
      handle_addr, clear_obstacle, NETVSC_HAS_ADDR6 },
};

static const struct table route_tables[] = {
    { RTM_GETROUTE, AF_INET, sizeof(struct rtmsg),
      handle_route, clear_obstacle, NETVSC_HAS_ROUTE4 },
    { RTM_GETROUTE, AF_INET6, sizeof(struct rtmsg),
      handle_route, clear_obstacle, NETVSC_HAS_ROUTE6 },
};

static void
forget_read(void *reader_)
{
    struct reader *reader = reader_;

    reader->table->clear(reader, reader->table->arg);
}

/* Reads all of 'table'.  Returns 0 or a positive errno value as
 * netvsc_dump(). */
static int
read_table(struct reader *reader, const struct table *table)
{
    unsigned char hdr[MAX(sizeof(struct ifinfomsg), sizeof(struct rtmsg))];

    memset(hdr, 0, sizeof hdr);
    hdr[0] = table->family;
    reader->table = table;
    return netvsc_dump(table->type, hdr, table->hdr_len, table->handle,
                       forget_read, reader);
}

/* Reads the links and what sysfs says about them. */
static int
read_links(struct reader *reader, const char *sysfs_root)
{
    int error = read_table(reader, &links_table);

    if (error) {
        return error;
    }
    for (size_t i = 0; i < reader->n_links; i++) {
        const struct reader_link *link = &reader->links[i];
        struct netvsc_sysfs_info sysfs;

        /* The name may be another link's by now. */
        memset(&sysfs, 0, sizeof sysfs);
        if (link->rt.arphrd == ARPHRD_ETHER
            && (netvsc_sysfs_read(sysfs_root, link->rt.name, &sysfs)
                || sysfs.ifindex != link->rt.ifindex)) {
            memset(&sysfs, 0, sizeof sysfs);
        }
        netvsc_discovery_add_link(reader->d, &link->rt, link->lower, &sysfs);
    }
    return 0;
}

static bool
any_without_obstacle(const struct netvsc_discovery *d)
{
    for (size_t i = 0; i < d->n_found; i++) {
        if (!netvsc_found_obstacle(&d->found[i])) {
            return true;
        }
    }
    return false;
}

/* Makes 'd' tell which NetVSC interfaces there are in this network namespace,
 * and what is in the way of each.  'sysfs_root' is where sysfs is mounted.
 * The interface with 'also_ifindex' is judged too, whatever it is; 0 for
 * none.
 *
 * 'd' is initialized in any case, netvsc_discovery_destroy() ends its use.
 * Routes are not read if no interface is without an address, so that a router
 * with a NetVSC interface of its own does not read its many routes for
 * nothing.
 *
 * Returns 0 if successful, when everything was read completely.  Otherwise a
 * positive errno value, and nothing can be said about any interface: ENOMEM,
 * EAGAIN if a table never stood still, EIO for all else. */
int
netvsc_rtnl_discover(const char *sysfs_root, int also_ifindex,
                     struct netvsc_discovery *d)
{
    struct reader reader = { .d = d, .route = NETVSC_ROUTE_INITIALIZER };
    int error;

    netvsc_discovery_init(d);
    error = read_links(&reader, sysfs_root);
    if (!error) {
        netvsc_discovery_pair(d, also_ifindex);
    }
    for (size_t i = 0; !error && i < ARRAY_SIZE(addr_tables); i++) {
        error = read_table(&reader, &addr_tables[i]);
        if (error == EOPNOTSUPP) {
            error = 0;          /* A kernel without that family. */
        }
    }
    if (!error && any_without_obstacle(d)) {
        error = read_table(&reader, &nexthops_table);
        if (error == EOPNOTSUPP) {
            error = 0;
        }
        for (size_t i = 0; !error && i < ARRAY_SIZE(route_tables); i++) {
            error = read_table(&reader, &route_tables[i]);
            if (error == EOPNOTSUPP) {
                error = 0;
            }
        }
    }
    netvsc_route_destroy(&reader.route);
    free(reader.links);
    return error;
}
