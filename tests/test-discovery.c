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

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command-line.h"
#include "coverage.h"
#include "netlink.h"
#include "netvsc-discovery.h"
#include "netvsc-rtnl.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

/* Shows tables of facts, or those of the kernel, to the discovery of NetVSC
 * interfaces and prints what it makes of them.  tests/discovery.at is what
 * runs it. */

/* Prints each NetVSC interface in 'd', its VF, and what is in its way. */
static void
print(const struct netvsc_discovery *d, bool counts)
{
    for (size_t i = 0; i < d->n_found; i++) {
        const struct netvsc_found *found = &d->found[i];
        const char *obstacle = netvsc_found_obstacle(found);

        printf("%s", found->link->rt.name);
        if (found->vf) {
            printf(" (VF %s)", found->vf->rt.name);
        }
        printf(": %s", obstacle ? obstacle : "unrouted");
        if (counts) {
            printf("; %u+%u addresses, %u+%u routes",
                   found->obstacles[NETVSC_HAS_ADDR4].n,
                   found->obstacles[NETVSC_HAS_ADDR6].n,
                   found->obstacles[NETVSC_HAS_ROUTE4].n,
                   found->obstacles[NETVSC_HAS_ROUTE6].n);
        }
        printf("\n");
    }
}

/* Parsers of the words in a table. */

static void
parse_ip_word(const char *s, int *family, struct in6_addr *ip)
{
    ovs_be32 ip4;

    if (ip_parse(s, &ip4)) {
        *family = AF_INET;
        in6_addr_set_mapped_ipv4(ip, ip4);
    } else if (ipv6_parse(s, ip)) {
        *family = AF_INET6;
    } else {
        ovs_fatal(0, "%s: not an IP address", s);
    }
}

static void
parse_prefix(char *s, int *family, struct in6_addr *ip, int *plen)
{
    char *slash = strchr(s, '/');

    if (!slash) {
        ovs_fatal(0, "%s: no prefix length", s);
    }
    *slash = '\0';
    *plen = atoi(slash + 1);
    parse_ip_word(s, family, ip);
}

/* If 'word' is KEY=VALUE with the given 'key', returns the value. */
static char *
value_of(char *word, const char *key)
{
    size_t len = strlen(key);

    return !strncmp(word, key, len) && word[len] == '=' ? word + len + 1
                                                        : NULL;
}

static char *
next_word(char **save_ptr)
{
    return strtok_r(NULL, " ", save_ptr);
}

/* "link IFINDEX NAME MAC [netvsc] [pci=BDF] [driver=D] [master=IFINDEX]
 * [lower=IFINDEX] [kind=KIND]" */
static void
parse_link_line(struct netvsc_discovery *d, char **save_ptr)
{
    struct netvsc_sysfs_info sysfs;
    struct netvsc_link_change rt;
    int lower = 0;
    char *word, *v;

    memset(&rt, 0, sizeof rt);
    memset(&sysfs, 0, sizeof sysfs);
    rt.is_link = true;
    rt.arphrd = ARPHRD_ETHER;
    rt.ifindex = sysfs.ifindex = atoi(next_word(save_ptr));
    ovs_strlcpy(rt.name, next_word(save_ptr), sizeof rt.name);
    ovs_assert(eth_addr_from_string(next_word(save_ptr), &rt.mac));
    while ((word = next_word(save_ptr)) != NULL) {
        if (!strcmp(word, "netvsc")) {
            sysfs.has_device = sysfs.is_netvsc = true;
            ovs_strlcpy(sysfs.subsystem, "vmbus", sizeof sysfs.subsystem);
        } else if ((v = value_of(word, "pci")) != NULL) {
            sysfs.has_device = true;
            ovs_strlcpy(sysfs.subsystem, "pci", sizeof sysfs.subsystem);
            ovs_strlcpy(sysfs.address, v, sizeof sysfs.address);
        } else if ((v = value_of(word, "driver")) != NULL) {
            ovs_strlcpy(sysfs.driver, v, sizeof sysfs.driver);
        } else if ((v = value_of(word, "master")) != NULL) {
            rt.master = atoi(v);
        } else if ((v = value_of(word, "lower")) != NULL) {
            lower = atoi(v);
        } else if ((v = value_of(word, "kind")) != NULL) {
            ovs_strlcpy(rt.kind, v, sizeof rt.kind);
        } else {
            ovs_fatal(0, "link: %s: unknown word", word);
        }
    }
    netvsc_discovery_add_link(d, &rt, lower, &sysfs);
}

/* "nexthop ID [dev=IFINDEX] [via=IP] [group=ID/...]" */
static void
parse_nexthop_line(struct netvsc_discovery *d, char **save_ptr)
{
    struct netvsc_nexthop nh;
    char *word, *v;
    int family;

    memset(&nh, 0, sizeof nh);
    nh.id = atoi(next_word(save_ptr));
    while ((word = next_word(save_ptr)) != NULL) {
        if ((v = value_of(word, "dev")) != NULL) {
            nh.hop.ifindex = atoi(v);
        } else if ((v = value_of(word, "via")) != NULL) {
            nh.hop.has_gateway = true;
            parse_ip_word(v, &family, &nh.hop.gateway);
        } else if ((v = value_of(word, "group")) != NULL) {
            char *p = NULL;

            nh.members = xcalloc(strlen(v) + 1, sizeof *nh.members);
            for (char *id = strtok_r(v, "/", &p); id;
                 id = strtok_r(NULL, "/", &p)) {
                nh.members[nh.n_members++] = atoi(id);
            }
        } else {
            ovs_fatal(0, "nexthop: %s: unknown word", word);
        }
    }
    netvsc_discovery_add_nexthop(d, &nh);
}

/* "addr IFINDEX IP/PLEN" */
static void
parse_addr_line(struct netvsc_discovery *d, char **save_ptr)
{
    struct netvsc_addr addr;

    memset(&addr, 0, sizeof addr);
    addr.ifindex = atoi(next_word(save_ptr));
    parse_prefix(next_word(save_ptr), &addr.family, &addr.ip, &addr.plen);
    netvsc_discovery_add_addr(d, &addr);
}

/* "route IP/PLEN [dev=IFINDEX [via=IP]]... [table=N] [type=N] [kernel]
 * [cloned] [nhid=ID]" */
static void
parse_route_line(struct netvsc_discovery *d, char **save_ptr)
{
    struct netvsc_route route = NETVSC_ROUTE_INITIALIZER;
    char *word, *v;
    int family;

    route.table = RT_TABLE_MAIN;
    route.type = RTN_UNICAST;
    route.protocol = RTPROT_BOOT;
    parse_prefix(next_word(save_ptr), &route.family, &route.dst, &route.plen);
    while ((word = next_word(save_ptr)) != NULL) {
        if ((v = value_of(word, "dev")) != NULL) {
            struct netvsc_hop hop;

            memset(&hop, 0, sizeof hop);
            hop.ifindex = atoi(v);
            netvsc_route_add_hop(&route, &hop);
        } else if ((v = value_of(word, "via")) != NULL) {
            struct netvsc_hop *hop = &route.hops[route.n_hops - 1];

            hop->has_gateway = true;
            parse_ip_word(v, &family, &hop->gateway);
        } else if ((v = value_of(word, "table")) != NULL) {
            route.table = strtoul(v, NULL, 10);
        } else if ((v = value_of(word, "type")) != NULL) {
            route.type = atoi(v);
        } else if ((v = value_of(word, "nhid")) != NULL) {
            route.nh_id = atoi(v);
        } else if (!strcmp(word, "kernel")) {
            route.protocol = RTPROT_KERNEL;
        } else if (!strcmp(word, "cloned")) {
            route.cloned = true;
        } else {
            ovs_fatal(0, "route: %s: unknown word", word);
        }
    }
    netvsc_discovery_add_route(d, &route);
    netvsc_route_destroy(&route);
}

/* Reads a table of facts from stdin, one in a line, links first. */
static void
read_facts(struct netvsc_discovery *d)
{
    struct ds line = DS_EMPTY_INITIALIZER;
    bool paired = false;
    int also = 0;

    netvsc_discovery_init(d);
    while (!ds_get_line(&line, stdin)) {
        char *save_ptr = NULL;
        char *word = strtok_r(ds_cstr(&line), " ", &save_ptr);

        if (!word) {
            continue;
        }
        if (!strcmp(word, "link")) {
            parse_link_line(d, &save_ptr);
            continue;
        } else if (!strcmp(word, "also")) {
            also = atoi(next_word(&save_ptr));
            continue;
        }
        if (!paired) {
            netvsc_discovery_pair(d, also);
            paired = true;
        }
        if (!strcmp(word, "nexthop")) {
            parse_nexthop_line(d, &save_ptr);
        } else if (!strcmp(word, "addr")) {
            parse_addr_line(d, &save_ptr);
        } else if (!strcmp(word, "route")) {
            parse_route_line(d, &save_ptr);
        } else if (!strcmp(word, "used")) {
            int ifindex = atoi(next_word(&save_ptr));

            netvsc_discovery_find(d, ifindex)->user = xstrdup(save_ptr);
        } else {
            ovs_fatal(0, "%s: unknown fact", word);
        }
    }
    if (!paired) {
        netvsc_discovery_pair(d, also);
    }
    ds_destroy(&line);
}

static void
test_judge(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct netvsc_discovery d;

    read_facts(&d);
    print(&d, false);
    netvsc_discovery_destroy(&d);
}

static void
test_choose(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    const struct netvsc_found *chosen;
    struct netvsc_discovery d;
    char *message;

    read_facts(&d);
    message = netvsc_discovery_choose(&d, &chosen);
    ovs_assert(!message == !!chosen);
    if (message) {
        printf("error: %s\n", message);
    } else {
        printf("%s\n", chosen->link->rt.name);
    }
    free(message);
    netvsc_discovery_destroy(&d);
}

/* "discover SYSFS [IFINDEX]": reads the kernel's tables. */
static void
test_discover(struct ovs_cmdl_context *ctx)
{
    struct netvsc_discovery d;
    int error;

    error = netvsc_rtnl_discover(ctx->argv[1],
                                 ctx->argc > 2 ? atoi(ctx->argv[2]) : 0, &d);
    if (error) {
        ovs_fatal(error, "netvsc_rtnl_discover");
    }
    print(&d, true);
    netvsc_discovery_destroy(&d);
}

/* Defined in lib/netvsc-rtnl.c. */
extern struct coverage_counter counter_netvsc_dump;
extern struct coverage_counter counter_netvsc_dump_interrupted;

/* "interrupted SYSFS N": discovers again and again, while the test changes the
 * tables, until N reads have been interrupted.  Prints the least that was
 * found.  Each discovery must read N_TABLES, and one more for each that was
 * interrupted: what an interrupted read leaves out is not always visible. */
static void
test_interrupted(struct ovs_cmdl_context *ctx)
{
    enum { N_TABLES = 3 };      /* Links, IPv4 and IPv6 addresses. */
    unsigned int min4 = UINT_MAX, min6 = UINT_MAX;
    unsigned int n_dumps = 0, n_interrupted = 0;
    unsigned int n_wanted = atoi(ctx->argv[2]);
    int n;

    for (n = 0; n_interrupted < n_wanted && n < 10000; n++) {
        struct netvsc_discovery d;
        int error = netvsc_rtnl_discover(ctx->argv[1], 0, &d);

        if (error) {
            ovs_fatal(error, "attempt %d", n);
        }
        ovs_assert(d.n_found == 1);
        min4 = MIN(min4, d.found[0].obstacles[NETVSC_HAS_ADDR4].n);
        min6 = MIN(min6, d.found[0].obstacles[NETVSC_HAS_ADDR6].n);
        netvsc_discovery_destroy(&d);
        n_dumps += counter_netvsc_dump.count();
        n_interrupted += counter_netvsc_dump_interrupted.count();
    }
    if (n_interrupted < n_wanted) {
        ovs_fatal(0, "only %u reads were interrupted", n_interrupted);
    }
    if (n_dumps != n * N_TABLES + n_interrupted) {
        ovs_fatal(0, "%u reads for %d discoveries and %u interruptions",
                  n_dumps, n, n_interrupted);
    }
    printf("at least %u+%u addresses\n", min4, min6);
}

/* Messages as the kernel makes them. */

static void
put_msg(struct ofpbuf *msg, uint16_t type, const void *hdr, size_t len)
{
    struct nlmsghdr nlmsg = { .nlmsg_type = type };

    ofpbuf_clear(msg);
    ofpbuf_put(msg, &nlmsg, sizeof nlmsg);
    memcpy(nl_msg_put_uninit(msg, len), hdr, len);
}

static void
put_nexthop(struct ofpbuf *msg, int ifindex, ovs_be32 gateway)
{
    size_t start = msg->size;
    struct rtnexthop rtnh = { .rtnh_ifindex = ifindex };

    nl_msg_put(msg, &rtnh, sizeof rtnh);
    nl_msg_put_be32(msg, RTA_GATEWAY, gateway);
    rtnh.rtnh_len = msg->size - start;
    memcpy(ofpbuf_at_assert(msg, start, sizeof rtnh), &rtnh, sizeof rtnh);
}

static void
make_message(struct ofpbuf *msg, int which)
{
    struct rtmsg rtm = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN,
                         .rtm_dst_len = 24, .rtm_type = RTN_UNICAST,
                         .rtm_protocol = RTPROT_STATIC };
    struct ifaddrmsg ifa = { .ifa_family = AF_INET, .ifa_prefixlen = 32,
                             .ifa_index = 5 };
    struct nhmsg nhm = { .nh_family = AF_INET6 };
    struct nexthop_grp grp[2] = { { .id = 3 }, { .id = 4 } };
    struct in6_addr ip6;
    size_t offset;

    ovs_assert(ipv6_parse("fe80::7", &ip6));
    switch (which) {
    case 0:
        put_msg(msg, RTM_NEWADDR, &ifa, sizeof ifa);
        nl_msg_put_be32(msg, IFA_ADDRESS, htonl(0x0a000009));
        nl_msg_put_be32(msg, IFA_LOCAL, htonl(0x0a000004));
        break;
    case 1:
        put_msg(msg, RTM_NEWROUTE, &rtm, sizeof rtm);
        nl_msg_put_u32(msg, RTA_TABLE, 100000);
        nl_msg_put_be32(msg, RTA_DST, htonl(0x0a010200));
        offset = nl_msg_start_nested(msg, RTA_MULTIPATH);
        put_nexthop(msg, 5, htonl(0x0a000001));
        put_nexthop(msg, 6, htonl(0x0a000101));
        nl_msg_end_nested(msg, offset);
        break;
    case 2: {
        const uint16_t family = AF_INET6;
        uint8_t via[sizeof family + sizeof ip6];

        memcpy(via, &family, sizeof family);
        memcpy(&via[sizeof family], &ip6, sizeof ip6);
        put_msg(msg, RTM_NEWROUTE, &rtm, sizeof rtm);
        nl_msg_put_be32(msg, RTA_DST, htonl(0x0a010200));
        nl_msg_put_unspec(msg, RTA_VIA, via, sizeof via);
        nl_msg_put_u32(msg, RTA_OIF, 5);
        break;
    }
    case 3:
        put_msg(msg, RTM_NEWROUTE, &rtm, sizeof rtm);
        nl_msg_put_be32(msg, RTA_DST, htonl(0x0a010200));
        nl_msg_put_u32(msg, RTA_NH_ID, 7);
        break;
    case 4:
        put_msg(msg, RTM_NEWNEXTHOP, &nhm, sizeof nhm);
        nl_msg_put_u32(msg, NHA_ID, 3);
        nl_msg_put_u32(msg, NHA_OIF, 5);
        nl_msg_put_in6_addr(msg, NHA_GATEWAY, &ip6);
        break;
    case 5:
        put_msg(msg, RTM_NEWNEXTHOP, &nhm, sizeof nhm);
        nl_msg_put_u32(msg, NHA_ID, 7);
        nl_msg_put_unspec(msg, NHA_GROUP, grp, sizeof grp);
        break;
    default:
        OVS_NOT_REACHED();
    }
    ((struct nlmsghdr *) msg->data)->nlmsg_len = msg->size;
}

static void
print_hop(const struct netvsc_hop *hop)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (hop->has_gateway) {
        ds_put_cstr(&s, " via ");
        ipv6_format_mapped(&hop->gateway, &s);
    }
    printf(" dev %d%s", hop->ifindex, ds_cstr(&s));
    ds_destroy(&s);
}

/* Parses 'nlmsg' with all parsers.  Returns true if one accepts it. */
static bool
parse_message(const struct nlmsghdr *nlmsg, struct netvsc_route *route,
              bool verbose)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct netvsc_nexthop nh;
    struct netvsc_addr addr;
    bool ok = false;

    if (netvsc_rtnl_parse_addr(nlmsg, &addr)) {
        ok = true;
        ipv6_format_mapped(&addr.ip, &s);
        if (verbose) {
            printf("addr %d %s/%d\n", addr.ifindex, ds_cstr(&s), addr.plen);
        }
    }
    if (netvsc_rtnl_parse_route(nlmsg, route)) {
        ok = true;
        ipv6_format_mapped(&route->dst, &s);
        if (verbose) {
            printf("route %s/%d table %"PRIu32, ds_cstr(&s), route->plen,
                   route->table);
            for (size_t i = 0; i < route->n_hops; i++) {
                print_hop(&route->hops[i]);
            }
            printf(" nhid %"PRIu32"\n", route->nh_id);
        }
    }
    if (netvsc_rtnl_parse_nexthop(nlmsg, &nh)) {
        ok = true;
        if (verbose) {
            printf("nexthop %"PRIu32, nh.id);
            print_hop(&nh.hop);
            for (size_t i = 0; i < nh.n_members; i++) {
                printf(" member %"PRIu32, nh.members[i]);
            }
            printf("\n");
        }
    }
    free(nh.members);
    ds_destroy(&s);
    return ok;
}

/* Parses good messages, then each of them cut off anywhere and with each byte
 * changed: the address sanitizer tells whether that was survived. */
static void
test_messages(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct netvsc_route route = NETVSC_ROUTE_INITIALIZER;
    struct ofpbuf msg;

    ofpbuf_init(&msg, 0);
    for (int i = 0; i < 6; i++) {
        make_message(&msg, i);
        ovs_assert(parse_message(msg.data, &route, true));

        for (size_t len = NLMSG_HDRLEN; len < msg.size; len++) {
            struct nlmsghdr *cut = xmemdup(msg.data, len);

            cut->nlmsg_len = len;
            parse_message(cut, &route, false);
            free(cut);
        }
        for (size_t at = NLMSG_HDRLEN; at < msg.size; at++) {
            for (int byte = 0; byte < 256; byte++) {
                uint8_t *changed = xmemdup(msg.data, msg.size);

                changed[at] = byte;
                parse_message((void *) changed, &route, false);
                free(changed);
            }
        }
    }
    ofpbuf_uninit(&msg);
    netvsc_route_destroy(&route);
}

static void
usage(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    printf("usage: test-discovery COMMAND [ARG...]\n");
}

static const struct ovs_cmdl_command commands[] = {
    { "judge", "", 0, 0, test_judge, OVS_RO },
    { "choose", "", 0, 0, test_choose, OVS_RO },
    { "discover", "SYSFS [IFINDEX]", 1, 2, test_discover, OVS_RO },
    { "interrupted", "SYSFS N", 2, 2, test_interrupted, OVS_RO },
    { "messages", "", 0, 0, test_messages, OVS_RO },
    { "--help", "", 0, 0, usage, OVS_RO },
    { NULL, NULL, 0, 0, NULL, OVS_RO },
};

int
main(int argc, char *argv[])
{
    struct ovs_cmdl_context ctx = { .argc = argc - 1, .argv = argv + 1 };

    set_program_name(argv[0]);
    ovs_cmdl_run_command(&ctx, commands);
    return 0;
}
