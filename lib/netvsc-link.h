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

#ifndef NETVSC_LINK_H
#define NETVSC_LINK_H 1

/* The table of the kernel's links that matter to netvsc ports: the NetVSC
 * devices that ports drive and whatever shares their MAC addresses.
 *
 * It is fed by netlink messages, one at a time as they arrive or all at once
 * by a dump, and both go through the same parser.  A message about a link that
 * is neither in the table nor of interest is dismissed in constant time.
 *
 * The table belongs to one thread (the monitor) and has no lock. */

#include <stdbool.h>
#include <net/if.h>

#include "netvsc-sysfs.h"
#include "openvswitch/hmap.h"
#include "openvswitch/types.h"
#include "sset.h"

struct ofpbuf;

/* Not declared by Linux headers before 5.6. */
#define NETVSC_IFLA_PERM_ADDRESS 54

/* A link message, digested.  Made by netvsc_link_parse(). */
struct netvsc_link_change {
    bool tc_deleted;            /* RTM_DELQDISC or RTM_DELTFILTER, which has no
                                 * more than the ifindex. */
    bool is_link;               /* RTM_NEWLINK or RTM_DELLINK. */
    bool deleted;               /* RTM_DELLINK. */
    int ifindex;
    char name[IFNAMSIZ];
    struct eth_addr mac;        /* Current address, zero if none. */
    struct eth_addr perm_mac;   /* Permanent address, zero if unknown. */
    unsigned int flags;         /* IFF_*. */
    int arphrd;                 /* ARPHRD_*. */
    int master;                 /* ifindex of the master, 0 if none. */
    int mtu;                    /* Bytes, without the Ethernet header. */
    char kind[16];              /* "veth", "macvlan", ..., "" if none. */
};

/* What the names of taps begin with that net_tap makes for netvsc ports. */
#define NETVSC_TAP_PREFIX "nvtap"

/* A link in the table. */
struct netvsc_link {
    struct hmap_node node;              /* In netvsc_links, by ifindex. */
    struct netvsc_link_change rt;       /* The last message about it. */
    unsigned int serial;                /* No two devices have the same one,
                                         * but the kernel uses an ifindex
                                         * again. */
    struct netvsc_sysfs_info sysfs;     /* Read when it was first seen. */
    int n_channels;                     /* Its combined channels, 0 if not
                                         * known yet... */
    bool channels_read;                 /* ...as they are read later. */
    long long int up_since;             /* time_msec() when it became usable,
                                         * LLONG_MAX while it is not. */
    bool checked;                       /* By netvsc_links_check_new(). */
    unsigned int tc_serial;             /* Changes when a qdisc or filter of
                                         * it may have been deleted. */
};

/* An address of interest. */
struct netvsc_link_mac {
    struct hmap_node node;              /* In netvsc_links's 'macs'. */
    struct eth_addr mac;
};

struct netvsc_links {
    struct hmap links;                  /* Contains "struct netvsc_link"s. */
    struct sset names;                  /* Names of interest. */
    struct hmap macs;                   /* Contains "struct
                                         * netvsc_link_mac"s of interest. */
    const char *sysfs_root;
    long long int heard_at;             /* time_usec() of the first message
                                         * that the ports do not know of yet,
                                         * 0 if there is none. */
    bool has_new;                       /* Some link is not checked. */
    bool has_unread;                    /* Of some the channels are due. */
    unsigned int last_serial;
    unsigned long long int n_dismissed; /* Messages of no interest. */
    unsigned long long int n_used;      /* Messages that were looked into. */
};

void netvsc_links_init(struct netvsc_links *, const char *sysfs_root);
void netvsc_links_destroy(struct netvsc_links *);

void netvsc_links_clear_interest(struct netvsc_links *);
void netvsc_links_add_name(struct netvsc_links *, const char *ifname);
void netvsc_links_add_mac(struct netvsc_links *, struct eth_addr);

bool netvsc_link_parse(struct ofpbuf *, struct netvsc_link_change *);
bool netvsc_links_handle(struct netvsc_links *,
                         const struct netvsc_link_change *);
int netvsc_links_dump(struct netvsc_links *);
bool netvsc_links_check_new(struct netvsc_links *);
bool netvsc_links_read_channels(struct netvsc_links *);

const struct netvsc_link *netvsc_links_by_ifindex(const struct netvsc_links *,
                                                  int ifindex);
const struct netvsc_link *netvsc_links_by_name(const struct netvsc_links *,
                                               const char *ifname);

bool netvsc_link_get(int ifindex, unsigned int *flags, int *mtu);
const char *netvsc_link_change_flags(int ifindex, unsigned int set,
                                     unsigned int clear);
const char *netvsc_link_set_mtu(int ifindex, int mtu);

bool netvsc_link_is_own_tap(const struct netvsc_link *);

/* True if the kernel can pass packets through 'link': administratively up and
 * with carrier.  IFF_RUNNING follows the operational state of RFC 2863. */
static inline bool
netvsc_link_is_usable(const struct netvsc_link *link)
{
    return (link->rt.flags & (IFF_UP | IFF_RUNNING))
           == (IFF_UP | IFF_RUNNING);
}

#endif /* netvsc-link.h */
