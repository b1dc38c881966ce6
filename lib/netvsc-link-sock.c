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

#include "netvsc-link-sock.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netvsc-link.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_link_sock);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

/* Bytes of messages that may wait, as OVS's own netlink sockets. */
#define RECEIVE_BUFFER (1024 * 1024)

struct netvsc_link_sock {
    int fd;
    bool filter_failed;         /* Said once. */
    char buffer[65536];         /* The last message. */
};

/* Makes a socket that is told of all links, and of their traffic control, from
 * now on.  Returns 0 if successful, otherwise a positive errno value. */
int
netvsc_link_sock_create(struct netvsc_link_sock **sockp)
{
    struct sockaddr_nl local = { .nl_family = AF_NETLINK };
    const int rcvbuf = RECEIVE_BUFFER;
    const int groups[] = { RTNLGRP_LINK, RTNLGRP_TC };
    struct netvsc_link_sock *sock;
    int error = 0;
    int fd;

    *sockp = NULL;
    fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                NETLINK_ROUTE);
    if (fd < 0) {
        return errno;
    }
    /* The first needs CAP_NET_ADMIN, the second stays below a limit. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof rcvbuf)) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof rcvbuf);
    }
    if (bind(fd, (struct sockaddr *) &local, sizeof local)) {
        error = errno;
    }
    for (size_t i = 0; !error && i < ARRAY_SIZE(groups); i++) {
        if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
                       sizeof groups[i])) {
            error = errno;
        }
    }
    if (error) {
        close(fd);
        return error;
    }

    sock = xzalloc(sizeof *sock);
    sock->fd = fd;
    *sockp = sock;
    return 0;
}

void
netvsc_link_sock_destroy(struct netvsc_link_sock *sock)
{
    if (sock) {
        close(sock->fd);
        free(sock);
    }
}

/* Receives a message and makes '*msg' it, until the next call.  Returns 0 if
 * successful, EAGAIN if there is none, ENOBUFS if messages were lost, or
 * another positive errno value. */
int
netvsc_link_sock_recv(struct netvsc_link_sock *sock, struct ofpbuf *msg)
{
    struct sockaddr_nl from;
    struct iovec iov = {
        .iov_base = sock->buffer, .iov_len = sizeof sock->buffer
    };
    struct msghdr hdr = {
        .msg_name = &from, .msg_iov = &iov, .msg_iovlen = 1
    };
    ssize_t n;

    do {
        /* What is not from the kernel is ignored. */
        hdr.msg_namelen = sizeof from;
        n = recvmsg(sock->fd, &hdr, 0);
    } while (n < 0 ? errno == EINTR : from.nl_pid);

    if (n < 0) {
        return errno;
    }
    if (hdr.msg_flags & MSG_TRUNC) {
        return ENOBUFS;
    }
    ofpbuf_use_const(msg, sock->buffer, n);
    return 0;
}

/* Wakes poll_block() when there is a message. */
void
netvsc_link_sock_wait(struct netvsc_link_sock *sock)
{
    poll_fd_wait(sock->fd, POLLIN);
}

/* A filter in the making.  Offsets are those in a netlink message; loads of
 * more than a byte take it for big-endian. */
struct program {
    struct sock_filter insns[BPF_MAXINSNS];
    int n;                      /* More than that if it does not fit. */
};

static void
put(struct program *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
    if (p->n < ARRAY_SIZE(p->insns)) {
        p->insns[p->n] = (struct sock_filter) {
            .code = code, .jt = jt, .jf = jf, .k = k
        };
    }
    p->n++;
}

static void
put_return(struct program *p, bool accept)
{
    put(p, BPF_RET | BPF_K, accept ? UINT32_MAX : 0, 0, 0);
}

/* Accepts if the 'n' bytes at offset X + 'ofs' are those of 'value'. */
static void
put_accept_bytes(struct program *p, uint32_t ofs, const void *value_, size_t n)
{
    const uint8_t *value = value_;
    int end = p->n;

    /* Where the jumps go: behind all of this. */
    for (size_t left = n; left; ) {
        size_t size = left >= 4 ? 4 : left >= 2 ? 2 : 1;

        end += 2;
        left -= size;
    }
    end++;

    while (n) {
        size_t size = n >= 4 ? 4 : n >= 2 ? 2 : 1;
        uint32_t expected = 0;

        for (size_t i = 0; i < size; i++) {
            expected = expected << 8 | value[i];
        }
        put(p, BPF_LD | BPF_IND | (size == 4 ? BPF_W : size == 2 ? BPF_H
                                   : BPF_B), ofs, 0, 0);
        put(p, BPF_JMP | BPF_JEQ | BPF_K, expected, 0, end - p->n - 1);
        value += size;
        ofs += size;
        n -= size;
    }
    put_return(p, true);
}

/* A jump to where jump_here() says. */
static int
put_jump(struct program *p)
{
    put(p, BPF_JMP | BPF_JA, 0, 0, 0);
    return p->n - 1;
}

static void
jump_here(struct program *p, int jump)
{
    if (jump < ARRAY_SIZE(p->insns)) {
        p->insns[jump].k = p->n - jump - 1;
    }
}

/* Makes X the offset of attribute 'type'.  If the message has none, takes the
 * jump that is returned. */
static int
begin_attribute(struct program *p, uint16_t type)
{
    put(p, BPF_LDX | BPF_IMM, type, 0, 0);
    put(p, BPF_LD | BPF_IMM, NLMSG_HDRLEN + sizeof(struct ifinfomsg), 0, 0);
    put(p, BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_NLATTR, 0, 0);
    put(p, BPF_MISC | BPF_TAX, 0, 0, 0);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
    return put_jump(p);
}

/* A value that a search finds: a word, and bytes elsewhere that must be there
 * too. */
struct key {
    uint32_t word;              /* In host byte order. */
    const void *rest;
    size_t n_rest;
    uint32_t rest_ofs;          /* From X. */
};

/* Fills in 'key' for 'n' bytes at offset X + 'ofs', whose word is that at
 * 'word_ofs' in them; it is the rest that is on one side of it. */
static void
key_init(struct key *key, const void *bytes_, size_t n, size_t word_ofs,
         uint32_t ofs)
{
    const uint8_t *bytes = bytes_;
    ovs_be32 word = 0;

    /* A short one is padded, as attributes are. */
    memcpy(&word, bytes + word_ofs, MIN(n - word_ofs, sizeof word));
    key->word = ntohl(word);
    key->rest = word_ofs ? bytes : bytes + MIN(n, sizeof word);
    key->n_rest = n - MIN(n, sizeof word);
    key->rest_ofs = word_ofs ? ofs : ofs + sizeof word;
}

static int
compare_keys(const void *a_, const void *b_)
{
    const struct key *a = a_;
    const struct key *b = b_;

    return a->word < b->word ? -1 : a->word > b->word;
}

/* So many keys are compared with one after the other. */
#define MAX_LINEAR 4

/* Accepts if A, which the instruction 'load' has loaded, and what is in the
 * message besides are those of one of the 'n' sorted 'keys'.  It takes a binary
 * search, as the sender of a message waits for it. */
static void
put_accept_keys(struct program *p, const struct key *keys, size_t n,
                struct sock_filter load)
{
    size_t middle = n / 2;

    /* Between two words: before that in the middle, or else after it. */
    while (middle && keys[middle].word == keys[middle - 1].word) {
        middle--;
    }
    while (!middle || (middle < n
                       && keys[middle].word == keys[middle - 1].word)) {
        middle++;
    }
    if (n > MAX_LINEAR && middle < n) {
        int right, end;

        put(p, BPF_JMP | BPF_JGE | BPF_K, keys[middle].word, 0, 1);
        right = put_jump(p);
        put_accept_keys(p, keys, middle, load);
        end = put_jump(p);
        jump_here(p, right);
        put_accept_keys(p, keys + middle, n - middle, load);
        jump_here(p, end);
        return;
    }
    for (; n; keys++, n--) {
        int start = p->n;

        put(p, BPF_JMP | BPF_JEQ | BPF_K, keys->word, 0, 0);
        put_accept_bytes(p, keys->rest_ofs, keys->rest, keys->n_rest);
        if (keys->n_rest) {
            put(p, load.code, load.k, 0, 0);
        }
        if (start < ARRAY_SIZE(p->insns)) {
            p->insns[start].jf = p->n - start - 1;
        }
    }
}

/* Sorts and frees 'keys', to be looked for in the word that is at 'ofs' from
 * X, or if 'mode' is BPF_ABS from the beginning. */
static void
put_search(struct program *p, struct key *keys, size_t n, uint16_t mode,
           uint32_t ofs)
{
    const struct sock_filter load = {
        .code = BPF_LD | BPF_W | mode, .k = ofs
    };

    qsort(keys, n, sizeof *keys, compare_keys);
    put(p, load.code, load.k, 0, 0);
    put_accept_keys(p, keys, n, load);
    free(keys);
}

/* A link in the table, however it changes. */
static void
put_accept_links(struct program *p, const struct netvsc_links *links)
{
    struct key *keys = xcalloc(hmap_count(&links->links), sizeof *keys);
    const struct netvsc_link *link;
    size_t n = 0;

    HMAP_FOR_EACH (link, node, &links->links) {
        keys[n++] = (struct key) { .word = htonl(link->rt.ifindex) };
    }
    put_search(p, keys, n, BPF_ABS,
               NLMSG_HDRLEN + offsetof(struct ifinfomsg, ifi_index));
}

static void
put_accept_names(struct program *p, const struct netvsc_links *links)
{
    struct key *keys = xcalloc(sset_count(&links->names), sizeof *keys);
    int skip = begin_attribute(p, IFLA_IFNAME);
    const char *name;
    size_t n = 0;

    SSET_FOR_EACH (name, &links->names) {
        key_init(&keys[n++], name, strlen(name) + 1, 0, NLA_HDRLEN);
    }
    put_search(p, keys, n, BPF_IND, NLA_HDRLEN);
    jump_here(p, skip);
}

static void
put_accept_macs(struct program *p, uint16_t type,
                const struct netvsc_links *links)
{
    /* The first bytes of many are the same. */
    const size_t word_ofs = ETH_ADDR_LEN - sizeof(uint32_t);
    struct key *keys = xcalloc(hmap_count(&links->macs), sizeof *keys);
    int skip = begin_attribute(p, type);
    const struct netvsc_link_mac *m;
    size_t n = 0;

    HMAP_FOR_EACH (m, node, &links->macs) {
        key_init(&keys[n++], &m->mac, sizeof m->mac, word_ofs, NLA_HDRLEN);
    }
    put_search(p, keys, n, BPF_IND, NLA_HDRLEN + word_ofs);
    jump_here(p, skip);
}

static void
make_filter(struct program *p, const struct netvsc_links *links)
{
    BUILD_ASSERT_DECL(offsetof(struct ifinfomsg, ifi_index)
                      == offsetof(struct tcmsg, tcm_ifindex));
    p->n = 0;

    /* Links, and what is deleted of their traffic control. */
    put(p, BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type),
        0, 0);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWLINK), 4, 0);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELLINK), 3, 0);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELQDISC), 2, 0);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELTFILTER), 1, 0);
    put_return(p, false);

    put_accept_links(p, links);

    /* No traffic control of others. */
    put(p, BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type),
        0, 0);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWLINK), 2, 0);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELLINK), 1, 0);
    put_return(p, false);

    /* As netvsc_links_handle(). */
    put_accept_names(p, links);
    put_accept_macs(p, IFLA_ADDRESS, links);
    put_accept_macs(p, NETVSC_IFLA_PERM_ADDRESS, links);
    put_return(p, false);
}

/* Gives socket 'fd' a filter of netlink messages that lets pass those that
 * netvsc_links_handle() would not dismiss.  Returns 0 if successful, otherwise
 * a positive errno value, when it has none. */
int
netvsc_link_sock_attach_filter(int fd, const struct netvsc_links *links)
{
    struct program *p = xmalloc(sizeof *p);
    struct sock_fprog fprog;
    int error = 0;
    int none = 0;

    make_filter(p, links);
    fprog = (struct sock_fprog) { .len = p->n, .filter = p->insns };
    if (p->n > ARRAY_SIZE(p->insns)) {
        error = E2BIG;
    } else if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &fprog,
                          sizeof fprog)) {
        error = errno;
    }
    if (error) {
        setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
    }
    free(p);
    return error;
}

/* From now on messages need not come in that netvsc_links_handle() would
 * dismiss: those about links that are not in the table and have no name or
 * address of interest.
 *
 * To be called when something becomes of interest, before the kernel is asked
 * about it, and when a link comes into the table, before its attributes are
 * checked: what happened before that was perhaps held back. */
void
netvsc_link_sock_set_filter(struct netvsc_link_sock *sock,
                            const struct netvsc_links *links)
{
    int error = netvsc_link_sock_attach_filter(sock->fd, links);

    if (error && !sock->filter_failed) {
        VLOG_INFO_RL(&rl, "the kernel does not filter messages about links: "
                     "those of no interest cost more time (%s)",
                     ovs_strerror(error));
        sock->filter_failed = true;
    }
}
