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

/* links, garbled-links: rtnetlink messages made byte by byte and what the
 * table of links makes of them. */

#include <config.h>

#include <limits.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"
#include "netvsc-link.h"
#include "netvsc-link-sock.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "random.h"
#include "test-netvsc.h"
#include "timeval.h"
#include "util.h"

/* <linux/if_link.h> has it from Linux 5.6 on. */
#define TEST_IFLA_PERM_ADDRESS 54

static void
parse_mac(const struct test_line *line, struct eth_addr *mac)
{
    if (!eth_addr_from_string(line->value, mac)) {
        ovs_fatal(0, "\"%s\" is no MAC address", line->value);
    }
}

/* If the line's word tells about a link, stores that in '*link' and returns
 * true. */
bool
test_parse_link_word(const struct test_line *line, struct netvsc_link *link)
{
    struct netvsc_link_change *rt = &link->rt;

    if (test_word_is(line, "index")) {
        rt->ifindex = test_int_value(line);
    } else if (test_word_is(line, "name")) {
        ovs_strlcpy(rt->name, line->value, sizeof rt->name);
    } else if (test_word_is(line, "mac")) {
        parse_mac(line, &rt->mac);
    } else if (test_word_is(line, "perm")) {
        parse_mac(line, &rt->perm_mac);
    } else if (test_word_is(line, "up")) {
        rt->flags |= IFF_UP | IFF_RUNNING;
    } else if (test_word_is(line, "no-carrier")) {
        rt->flags |= IFF_UP;
    } else if (test_word_is(line, "admin-down")) {
        rt->flags |= IFF_RUNNING;
    } else if (test_word_is(line, "type")) {
        rt->arphrd = test_int_value(line);
    } else if (test_word_is(line, "master")) {
        rt->master = test_int_value(line);
    } else if (test_word_is(line, "mtu")) {
        rt->mtu = test_int_value(line);
    } else if (test_word_is(line, "kind")) {
        ovs_strlcpy(rt->kind, line->value, sizeof rt->kind);
    } else if (test_word_is(line, "bus")) {
        link->sysfs.has_device = true;
        ovs_strlcpy(link->sysfs.subsystem, line->value,
                    sizeof link->sysfs.subsystem);
    } else if (test_word_is(line, "netvsc")) {
        link->sysfs.has_device = link->sysfs.is_netvsc = true;
    } else if (test_word_is(line, "driver")) {
        ovs_strlcpy(link->sysfs.driver, line->value,
                    sizeof link->sysfs.driver);
    } else if (test_word_is(line, "address")) {
        ovs_strlcpy(link->sysfs.address, line->value,
                    sizeof link->sysfs.address);
    } else if (test_word_is(line, "channels")) {
        link->n_channels = test_int_value(line);
    } else {
        return false;
    }
    return true;
}

/* What a message has that a link has not. */
struct message {
    uint16_t type;
    uint8_t family;
    bool no_name;
    struct netvsc_link link;
};

static void
put_message(struct ofpbuf *buf, const struct message *m)
{
    const struct netvsc_link_change *rt = &m->link.rt;
    struct ifinfomsg *ifinfo;

    nl_msg_put_nlmsghdr(buf, 512, m->type, 0);
    ifinfo = nl_msg_put_uninit(buf, sizeof *ifinfo);
    memset(ifinfo, 0, sizeof *ifinfo);
    ifinfo->ifi_family = m->family;
    ifinfo->ifi_type = rt->arphrd;
    ifinfo->ifi_index = rt->ifindex;
    ifinfo->ifi_flags = rt->flags;
    if (!m->no_name) {
        nl_msg_put_string(buf, IFLA_IFNAME, rt->name);
    }
    nl_msg_put_u32(buf, IFLA_MTU, rt->mtu);
    if (rt->master) {
        nl_msg_put_u32(buf, IFLA_MASTER, rt->master);
    }
    if (!eth_addr_is_zero(rt->mac)) {
        nl_msg_put_unspec(buf, IFLA_ADDRESS, &rt->mac, sizeof rt->mac);
    }
    if (!eth_addr_is_zero(rt->perm_mac)) {
        nl_msg_put_unspec(buf, TEST_IFLA_PERM_ADDRESS, &rt->perm_mac,
                          sizeof rt->perm_mac);
    }
    if (rt->kind[0]) {
        size_t offset = nl_msg_start_nested(buf, IFLA_LINKINFO);

        nl_msg_put_string(buf, IFLA_INFO_KIND, rt->kind);
        nl_msg_end_nested(buf, offset);
    }
    nl_msg_nlmsghdr(buf)->nlmsg_len = buf->size;
}

/* Returns two sockets, the first of which receives only what the monitor would
 * be given: filters work on any socket. */
static const int *
filtered_sockets(const struct netvsc_links *links)
{
    static int fds[2];

    if (!fds[0]) {
        ovs_assert(!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds));
    }
    ovs_assert(!netvsc_link_sock_attach_filter(fds[0], links));
    return fds;
}

/* Returns how many instructions of the filter a message takes at most, as it
 * has no loops. */
static int
longest_way(const struct netvsc_links *links)
{
    struct sock_filter insns[BPF_MAXINSNS];
    int longest[BPF_MAXINSNS];
    socklen_t n = BPF_MAXINSNS;     /* Of these, not of bytes. */

    ovs_assert(!getsockopt(filtered_sockets(links)[0], SOL_SOCKET,
                           SO_GET_FILTER, insns, &n));
    for (int i = n - 1; i >= 0; i--) {
        const struct sock_filter *insn = &insns[i];
        const int *next = &longest[i + 1];

        longest[i] = 1 + (BPF_CLASS(insn->code) == BPF_RET ? 0
                          : BPF_CLASS(insn->code) != BPF_JMP ? *next
                          : BPF_OP(insn->code) == BPF_JA ? next[insn->k]
                          : MAX(next[insn->jt], next[insn->jf]));
    }
    return longest[0];
}

/* Returns true if the kernel would give the message in 'buf' to the
 * monitor. */
static bool
passes_filter(const struct netvsc_links *links, const struct ofpbuf *buf)
{
    const int *fds = filtered_sockets(links);
    uint8_t byte;

    ovs_assert(send(fds[1], buf->data, buf->size, 0) == buf->size);
    return recv(fds[0], &byte, 1, 0) >= 0;
}

/* Gives the message in 'buf' to 'links' as the monitor does.  Returns what
 * came of it. */
static const char *
handle_message(struct netvsc_links *links, struct ofpbuf *buf)
{
    struct netvsc_link_change change;
    bool passes, used;

    if (!netvsc_link_parse(buf, &change)) {
        return "malformed";
    }
    passes = passes_filter(links, buf);
    if (!change.is_link && !change.tc_deleted) {
        return "not a link";
    }
    used = netvsc_links_handle(links, &change);
    ovs_assert(used ? passes : !passes || change.deleted);
    return used ? "used" : "dismissed";
}

static void
parse_message(struct test_line *line, uint16_t type, struct message *m)
{
    memset(m, 0, sizeof *m);
    m->type = type;
    m->family = AF_UNSPEC;
    m->link.rt.arphrd = ARPHRD_ETHER;
    m->link.rt.mtu = 1500;
    while (test_next_word(line)) {
        if (test_word_is(line, "bridge")) {
            m->family = AF_BRIDGE;
        } else if (test_word_is(line, "no-name")) {
            m->no_name = true;
        } else if (!test_parse_link_word(line, &m->link)) {
            test_bad_word(line);
        }
    }
}

static void
print_link(const struct netvsc_link *link, long long int waited)
{
    const struct netvsc_link_change *rt = &link->rt;

    printf("  %d %s "ETH_ADDR_FMT, rt->ifindex, rt->name,
           ETH_ADDR_ARGS(rt->mac));
    if (!eth_addr_is_zero(rt->perm_mac)) {
        printf(" perm="ETH_ADDR_FMT, ETH_ADDR_ARGS(rt->perm_mac));
    }
    if (rt->master) {
        printf(" master=%d", rt->master);
    }
    if (rt->kind[0]) {
        printf(" kind=%s", rt->kind);
    }
    printf(" mtu=%d type=%d", rt->mtu, rt->arphrd);
    printf(" %s", (!link->sysfs.ifindex ? "unknown"
                   : link->sysfs.is_netvsc ? "netvsc"
                   : link->sysfs.has_device ? link->sysfs.address
                   : "virtual"));
    puts(!netvsc_link_is_usable(link) ? link->up_since == LLONG_MAX
         ? " down" : " down but up_since is set"
         : !waited || link->up_since < waited ? " up"
         : " up since the wait");
}

static void
show_links(const struct netvsc_links *links, long long int waited)
{
    for (int ifindex = 0; ifindex < 100; ifindex++) {
        const struct netvsc_link *link
            = netvsc_links_by_ifindex(links, ifindex);

        if (link) {
            print_link(link, waited);
        }
    }
}

/* Prints how many channels each link has. */
static void
show_channels(const struct netvsc_links *links)
{
    for (int ifindex = 0; ifindex < 100; ifindex++) {
        const struct netvsc_link *link
            = netvsc_links_by_ifindex(links, ifindex);

        if (link) {
            printf("  %s: %d\n", link->rt.name, link->n_channels);
        }
    }
}

/* A line is an interest, a message or a question:
 *
 *   want NAME...      forget        new LINK-WORD...    del LINK-WORD...
 *   type=N            short LINK-WORD...        find NAME...
 *   show              counters                  wait
 *   channels          tc rtm=N index=N          tc-serial NAME...
 *   longest-way
 */
void
test_links(struct ovs_cmdl_context *ctx)
{
    long long int waited = 0;
    struct netvsc_links links;
    struct test_line line;

    netvsc_links_init(&links, ctx->argv[1]);
    while (test_next_line(&line) && test_next_word(&line)) {
        struct ofpbuf buf;
        struct message m;

        ofpbuf_init(&buf, 0);
        if (test_word_is(&line, "want")) {
            while (test_next_word(&line)) {
                struct eth_addr mac;

                if (eth_addr_from_string(line.word, &mac)) {
                    netvsc_links_add_mac(&links, mac);
                } else {
                    netvsc_links_add_name(&links, line.word);
                }
            }
        } else if (test_word_is(&line, "forget")) {
            netvsc_links_clear_interest(&links);
        } else if (test_word_is(&line, "new")) {
            parse_message(&line, RTM_NEWLINK, &m);
            put_message(&buf, &m);
            printf("  %s\n", handle_message(&links, &buf));
        } else if (test_word_is(&line, "del")) {
            parse_message(&line, RTM_DELLINK, &m);
            put_message(&buf, &m);
            printf("  %s\n", handle_message(&links, &buf));
        } else if (test_word_is(&line, "type")) {
            nl_msg_put_nlmsghdr(&buf, 0, test_int_value(&line), 0);
            printf("  %s\n", handle_message(&links, &buf));
        } else if (test_word_is(&line, "tc")) {
            struct tcmsg tcm = { .tcm_family = AF_UNSPEC };
            int type = 0;

            while (test_next_word(&line)) {
                if (test_word_is(&line, "rtm")) {
                    type = test_int_value(&line);
                } else if (test_word_is(&line, "index")) {
                    tcm.tcm_ifindex = test_int_value(&line);
                } else {
                    test_bad_word(&line);
                }
            }
            nl_msg_put_nlmsghdr(&buf, sizeof tcm, type, 0);
            memcpy(nl_msg_put_uninit(&buf, sizeof tcm), &tcm, sizeof tcm);
            printf("  %s, %s\n", passes_filter(&links, &buf)
                   ? "passes" : "held back", handle_message(&links, &buf));
            buf.size--;
            printf("  cut off: %s\n", handle_message(&links, &buf));
        } else if (test_word_is(&line, "tc-serial")) {
            while (test_next_word(&line)) {
                printf("  %u\n",
                       netvsc_links_by_name(&links, line.word)->tc_serial);
            }
        } else if (test_word_is(&line, "short")) {
            parse_message(&line, RTM_NEWLINK, &m);
            put_message(&buf, &m);
            buf.size = NLMSG_HDRLEN + sizeof(struct ifinfomsg) - 1;
            printf("  %s\n", handle_message(&links, &buf));
            buf.size = NLMSG_HDRLEN - 1;
            printf("  %s\n", handle_message(&links, &buf));
        } else if (test_word_is(&line, "find")) {
            while (test_next_word(&line)) {
                const struct netvsc_link *link
                    = netvsc_links_by_name(&links, line.word);

                printf("  %d\n", link ? link->rt.ifindex : 0);
            }
        } else if (test_word_is(&line, "longest-way")) {
            printf("  %d\n", longest_way(&links));
        } else if (test_word_is(&line, "show")) {
            show_links(&links, waited);
        } else if (test_word_is(&line, "channels")) {
            bool any;

            show_channels(&links);
            any = netvsc_links_read_channels(&links);
            puts(any ? "  read" : "  nothing to read");
            if (any) {
                show_channels(&links);
            }
        } else if (test_word_is(&line, "counters")) {
            printf("  %llu dismissed, %llu used\n", links.n_dismissed,
                   links.n_used);
        } else if (test_word_is(&line, "wait")) {
            long long int start = time_msec();

            do {
                xnanosleep(1000 * 1000);
                waited = time_msec();
            } while (waited - start < 2);
        } else {
            test_bad_word(&line);
        }
        ofpbuf_uninit(&buf);
    }
    netvsc_links_destroy(&links);
}

/* Parses 'size' bytes of 'data' in memory of just that size, so that a
 * sanitizer notices when more is read. */
static bool
parse_copy(const void *data, size_t size, struct netvsc_link_change *change)
{
    void *copy = xmemdup(data, MAX(size, 1));
    struct ofpbuf buf;
    bool ok;

    ofpbuf_use_const(&buf, copy, size);
    ok = netvsc_link_parse(&buf, change);
    ovs_assert(memchr(change->name, '\0', sizeof change->name));
    ovs_assert(memchr(change->kind, '\0', sizeof change->kind));
    ovs_assert(ok || !change->is_link);
    free(copy);
    return ok;
}

/* Parses a message cut off at each of its bytes, then with N random bytes
 * changed, one to eight at a time. */
void
test_garbled_links(struct ovs_cmdl_context *ctx)
{
    struct message m = { .type = RTM_NEWLINK };
    struct netvsc_link_change change;
    struct netvsc_links links;
    int n_parsed = 0, n_used = 0;
    struct ofpbuf buf;

    m.link.rt.ifindex = 3;
    ovs_strlcpy(m.link.rt.name, "nv0", sizeof m.link.rt.name);
    ovs_strlcpy(m.link.rt.kind, "dummy", sizeof m.link.rt.kind);
    m.link.rt.mac = m.link.rt.perm_mac
        = (struct eth_addr) ETH_ADDR_C(00,0d,3a,01,02,03);
    m.link.rt.master = 4;
    ofpbuf_init(&buf, 0);
    put_message(&buf, &m);

    /* A message that lacks some of its attributes is a message. */
    for (size_t size = 0; size < buf.size; size++) {
        if (parse_copy(buf.data, size, &change)) {
            ovs_assert(change.is_link && !strcmp(change.name, "nv0"));
            n_parsed++;
        }
    }
    ovs_assert(n_parsed);
    puts("cut off: done");

    netvsc_links_init(&links, "/nonexistent");
    netvsc_links_add_name(&links, "nv0");
    random_set_seed(1);
    n_parsed = 0;
    for (int i = 0; i < atoi(ctx->argv[1]); i++) {
        struct ofpbuf *copy = ofpbuf_clone(&buf);
        uint8_t *bytes = copy->data;

        for (int j = random_range(8); j >= 0; j--) {
            bytes[random_range(copy->size)] = random_uint8();
        }
        if (parse_copy(bytes, copy->size, &change)) {
            n_parsed++;
            n_used += change.is_link || change.tc_deleted;
            netvsc_links_handle(&links, &change);
        }
        ofpbuf_delete(copy);
    }
    ovs_assert(n_parsed && n_used && links.n_used && links.n_dismissed);
    ovs_assert(links.n_used + links.n_dismissed == n_used);
    puts("garbled: done");
    netvsc_links_destroy(&links);
    ofpbuf_uninit(&buf);
}
