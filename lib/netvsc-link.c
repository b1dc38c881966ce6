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

#include "netvsc-link.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <netlink/netlink.h>
#include <netlink/msg.h>
#include <netlink/route/link.h>
#include <netlink/socket.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>
#include <unistd.h>

#include "hash.h"
#include "netlink.h"
#include "netvsc-dump.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "ovs-rcu.h"
#include "packets.h"
#include "rtnetlink.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_link);

static uint32_t
hash_eth_addr(const struct eth_addr mac)
{
    return hash_uint64(eth_addr_to_uint64(mac));
}

/* Makes 'links' an empty table without interests.  'sysfs_root' must outlive
 * it. */
void
netvsc_links_init(struct netvsc_links *links, const char *sysfs_root)
{
    memset(links, 0, sizeof *links);
    hmap_init(&links->links);
    sset_init(&links->names);
    hmap_init(&links->macs);
    links->sysfs_root = sysfs_root;
}

static void
destroy_links(struct hmap *links)
{
    struct netvsc_link *link;

    HMAP_FOR_EACH_POP (link, node, links) {
        free(link);
    }
    hmap_destroy(links);
}

void
netvsc_links_destroy(struct netvsc_links *links)
{
    destroy_links(&links->links);
    netvsc_links_clear_interest(links);
    sset_destroy(&links->names);
    hmap_destroy(&links->macs);
}

/* Forgets what is of interest.  The links already in the table stay until the
 * next netvsc_links_dump(). */
void
netvsc_links_clear_interest(struct netvsc_links *links)
{
    struct netvsc_link_mac *m;

    sset_clear(&links->names);
    HMAP_FOR_EACH_POP (m, node, &links->macs) {
        free(m);
    }
}

/* From now on links named 'ifname' are of interest. */
void
netvsc_links_add_name(struct netvsc_links *links, const char *ifname)
{
    sset_add(&links->names, ifname);
}

static bool
mac_is_of_interest(const struct netvsc_links *links, const struct eth_addr mac)
{
    const struct netvsc_link_mac *m;

    HMAP_FOR_EACH_WITH_HASH (m, node, hash_eth_addr(mac), &links->macs) {
        if (eth_addr_equals(m->mac, mac)) {
            return true;
        }
    }
    return false;
}

/* From now on links with the address 'mac', current or permanent, are of
 * interest. */
void
netvsc_links_add_mac(struct netvsc_links *links, struct eth_addr mac)
{
    if (!eth_addr_is_zero(mac) && !mac_is_of_interest(links, mac)) {
        struct netvsc_link_mac *m = xmalloc(sizeof *m);

        m->mac = mac;
        hmap_insert(&links->macs, &m->node, hash_eth_addr(mac));
    }
}

static void
parse_eth_addr(const struct nlattr *attr, struct eth_addr *mac)
{
    if (attr && nl_attr_get_size(attr) == ETH_ADDR_LEN) {
        memcpy(mac, nl_attr_get(attr), ETH_ADDR_LEN);
    }
}

/* Digests the rtnetlink message in 'buf' into '*change'.  Returns true if
 * successful, false if the message is malformed.  A well-formed message that
 * is not about a link gives true with 'is_link' false, and 'tc_deleted' if it
 * is about its traffic control.
 *
 * Also the parser of the monitor's netlink notifier. */
bool
netvsc_link_parse(struct ofpbuf *buf, struct netvsc_link_change *change)
{
    const struct nlmsghdr *nlmsg = buf->data;
    const struct ifinfomsg *ifinfo;
    struct rtnetlink_change rt;
    const struct nlattr *info;
    const size_t hdr_len = NLMSG_HDRLEN + sizeof *ifinfo;

    memset(change, 0, sizeof *change);
    if (buf->size < sizeof *nlmsg) {
        return false;
    }
    if (nlmsg->nlmsg_type == RTM_DELQDISC
        || nlmsg->nlmsg_type == RTM_DELTFILTER) {
        const struct tcmsg *tcm;

        if (buf->size < NLMSG_HDRLEN + sizeof *tcm) {
            return false;
        }
        tcm = ALIGNED_CAST(const struct tcmsg *,
                           (const char *) buf->data + NLMSG_HDRLEN);
        change->tc_deleted = true;
        change->ifindex = tcm->tcm_ifindex;
        return true;
    }
    if (!rtnetlink_type_is_rtnlgrp_link(nlmsg->nlmsg_type)) {
        return true;
    }
    if (buf->size < hdr_len) {
        return false;
    }

    ifinfo = ALIGNED_CAST(const struct ifinfomsg *,
                          (const char *) buf->data + NLMSG_HDRLEN);
    if (ifinfo->ifi_family != AF_UNSPEC) {
        /* A bridge's message about its port, in another format. */
        return true;
    }
    if (!rtnetlink_parse(buf, &rt)) {
        return false;
    }

    change->is_link = true;
    change->deleted = rt.nlmsg_type == RTM_DELLINK;
    change->ifindex = rt.if_index;
    ovs_strlcpy(change->name, rt.ifname ? rt.ifname : "", sizeof change->name);
    change->mac = rt.mac;
    change->flags = rt.ifi_flags;
    change->arphrd = ifinfo->ifi_type;
    change->master = rt.master_ifindex;
    change->mtu = rt.mtu;
    parse_eth_addr(nl_attr_find(buf, hdr_len, NETVSC_IFLA_PERM_ADDRESS),
                   &change->perm_mac);

    info = nl_attr_find(buf, hdr_len, IFLA_LINKINFO);
    if (info) {
        const struct nlattr *kind = nl_attr_find_nested(info, IFLA_INFO_KIND);

        if (kind && nl_attr_get_size(kind)
            && memchr(nl_attr_get(kind), '\0', nl_attr_get_size(kind))) {
            ovs_strlcpy(change->kind, nl_attr_get_string(kind),
                        sizeof change->kind);
        }
    }
    return true;
}

static struct netvsc_link *
find_link(const struct hmap *links, int ifindex)
{
    struct netvsc_link *link;

    HMAP_FOR_EACH_WITH_HASH (link, node, hash_int(ifindex, 0), links) {
        if (link->rt.ifindex == ifindex) {
            return link;
        }
    }
    return NULL;
}

/* Brings 'links' up to date with 'change', but for what takes the kernel's
 * rtnl lock, which may be held while it removes a device: for that see
 * netvsc_links_read_channels().  Returns true if it may matter to a port,
 * false if it was dismissed. */
bool
netvsc_links_handle(struct netvsc_links *links,
                    const struct netvsc_link_change *change)
{
    struct netvsc_link *link;

    if (!change->is_link && !change->tc_deleted) {
        return false;
    }

    link = find_link(&links->links, change->ifindex);
    if (!link && (change->deleted || change->tc_deleted
                  || !(sset_contains(&links->names, change->name)
                       || mac_is_of_interest(links, change->mac)
                       || mac_is_of_interest(links, change->perm_mac)))) {
        links->n_dismissed++;
        return false;
    }

    links->n_used++;
    if (change->tc_deleted) {
        link->tc_serial++;
        return true;
    }
    if (change->deleted) {
        hmap_remove(&links->links, &link->node);
        free(link);
        return true;
    }
    if (!link) {
        link = xzalloc(sizeof *link);
        hmap_insert(&links->links, &link->node, hash_int(change->ifindex, 0));
        link->serial = ++links->last_serial;
        link->up_since = LLONG_MAX;
        links->has_new = links->has_unread = true;
    }

    /* A link's place in sysfs stays, but udev may rename the link between the
     * message and our reading: then the attributes are found by a later
     * message, which brings the new name. */
    if (link->sysfs.ifindex != change->ifindex
        || strcmp(link->rt.name, change->name)) {
        struct netvsc_sysfs_info info;

        if (!netvsc_sysfs_read(links->sysfs_root, change->name, &info)
            && info.ifindex == change->ifindex) {
            link->sysfs = info;
        }
        link->channels_read = false;
        links->has_unread = true;
    }
    link->rt = *change;

    if (!netvsc_link_is_usable(link)) {
        link->up_since = LLONG_MAX;
    } else if (link->up_since == LLONG_MAX) {
        link->up_since = time_msec();
    }
    return true;
}

static int
handle_dumped(struct nl_msg *msg, void *links_)
{
    struct nlmsghdr *nlmsg = nlmsg_hdr(msg);
    struct netvsc_links *links = links_;
    struct netvsc_link_change change;
    struct ofpbuf buf;

    ofpbuf_use_const(&buf, nlmsg, nlmsg->nlmsg_len);
    if (netvsc_link_parse(&buf, &change)) {
        netvsc_links_handle(links, &change);
    }
    return NL_OK;
}

/* Given 'link', found by reading all links, and 'was', with the same ifindex,
 * found earlier: tells whether they are one device, as far as can be said if
 * messages were lost. */
static bool
is_same_device(const struct netvsc_link *link, const struct netvsc_link *was)
{
    return (link->rt.arphrd == was->rt.arphrd
            && !strcmp(link->rt.kind, was->rt.kind)
            && eth_addr_equals(link->rt.perm_mac, was->rt.perm_mac)
            && !strcmp(link->sysfs.address, was->sysfs.address));
}

/* Empties the new table: netvsc_links_dump() keeps the old one aside. */
static void
forget_dumped(void *links_)
{
    struct netvsc_links *links = links_;

    destroy_links(&links->links);
    hmap_init(&links->links);
}

/* Reads all links from the kernel and brings 'links' up to date with them.
 * Links that are gone, or no longer of interest, are removed.
 *
 * Returns 0 if successful, otherwise a positive errno value as netvsc_dump(),
 * when 'links' is as it was.  Takes the kernel's rtnl lock, so it may
 * have to wait while the kernel removes a device. */
int
netvsc_links_dump(struct netvsc_links *links)
{
    struct ifinfomsg ifinfo = { .ifi_family = AF_UNSPEC };
    struct hmap old = HMAP_INITIALIZER(&old);
    struct netvsc_link *link;
    int error;

    /* The new table starts empty; what is found again keeps its history. */
    hmap_swap(&links->links, &old);
    error = netvsc_dump(RTM_GETLINK, &ifinfo, sizeof ifinfo, handle_dumped,
                        forget_dumped, links);
    if (error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "cannot read the kernel's links: %s",
                     ovs_strerror(error));
        hmap_swap(&links->links, &old);
    } else {
        HMAP_FOR_EACH (link, node, &links->links) {
            const struct netvsc_link *was = find_link(&old, link->rt.ifindex);

            if (was && is_same_device(link, was)) {
                link->serial = was->serial;
                link->checked = was->checked;
                link->tc_serial = was->tc_serial + 1;
                if (link->up_since != LLONG_MAX
                    && was->up_since != LLONG_MAX) {
                    link->up_since = was->up_since;
                }
            }
        }
    }
    destroy_links(&old);
    return error;
}

/* Checks the links that came into the table since the last call, by sysfs: are
 * they still what they were?  If not, messages about them may have been held
 * back by a filter that did not know them yet: then returns false, and the
 * links must be read again.  Does not take the kernel's rtnl lock. */
bool
netvsc_links_check_new(struct netvsc_links *links)
{
    struct netvsc_link *link;
    bool ok = true;

    HMAP_FOR_EACH (link, node, &links->links) {
        if (!link->checked) {
            struct netvsc_sysfs_info info;

            link->checked = true;
            ok &= (!netvsc_sysfs_read(links->sysfs_root, link->rt.name, &info)
                   && info.ifindex == link->rt.ifindex
                   && eth_addr_equals(info.mac, link->rt.mac));
        }
    }
    links->has_new = false;
    return ok;
}

/* Returns how many combined channels 'ifname' has, at least 1, as DPDK's
 * net_af_xdp counts them (xdp_get_channels_info()). */
static int
read_channels(const char *ifname)
{
    struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
    struct ifreq ifr = { .ifr_data = (void *) &channels };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int n = 1;

    if (fd >= 0) {
        ovs_strlcpy(ifr.ifr_name, ifname, sizeof ifr.ifr_name);
        /* The kernel may be busy with another device, which must not make
         * others wait for this thread. */
        ovsrcu_quiesce_start();
        if (!ioctl(fd, SIOCETHTOOL, &ifr) && channels.max_combined) {
            n = MAX(1, channels.combined_count);
        }
        ovsrcu_quiesce_end();
        close(fd);
    }
    return n;
}

/* Reads the channels of links that are new or were renamed since the last
 * call.  Returns true if there are any.  Takes the kernel's rtnl lock, so it
 * may have to wait while the kernel removes a device. */
bool
netvsc_links_read_channels(struct netvsc_links *links)
{
    struct netvsc_link *link;
    bool any = false;

    if (links->has_unread) {
        HMAP_FOR_EACH (link, node, &links->links) {
            if (!link->channels_read) {
                link->n_channels = read_channels(link->rt.name);
                link->channels_read = true;
                any = true;
            }
        }
        links->has_unread = false;
    }
    return any;
}

/* Returns the link with 'ifindex', or a null pointer if the table has none. */
const struct netvsc_link *
netvsc_links_by_ifindex(const struct netvsc_links *links, int ifindex)
{
    return find_link(&links->links, ifindex);
}

/* Returns the link named 'ifname', or a null pointer if the table has none. */
const struct netvsc_link *
netvsc_links_by_name(const struct netvsc_links *links, const char *ifname)
{
    const struct netvsc_link *link;

    HMAP_FOR_EACH (link, node, &links->links) {
        if (!strcmp(link->rt.name, ifname)) {
            return link;
        }
    }
    return NULL;
}

/* True if 'link' is a tap that net_tap made for a netvsc port, of this process
 * or another.  It has the address of the port's NetVSC device. */
bool
netvsc_link_is_own_tap(const struct netvsc_link *link)
{
    return (!strcmp(link->rt.kind, "tun")
            && !strncmp(link->rt.name, NETVSC_TAP_PREFIX,
                        strlen(NETVSC_TAP_PREFIX)));
}

/* Stores the flags, IFF_*, and the MTU of the kernel's device with 'ifindex' in
 * '*flags' and '*mtu', either of which may be a null pointer.  Returns true if
 * successful; otherwise there is none, and both are left alone.  Takes the
 * kernel's rtnl lock: not for the monitor. */
bool
netvsc_link_get(int ifindex, unsigned int *flags, int *mtu)
{
    struct nl_sock *sock = nl_socket_alloc();
    struct rtnl_link *link = NULL;
    bool ok = (sock && !nl_connect(sock, NETLINK_ROUTE)
               && !rtnl_link_get_kernel(sock, ifindex, NULL, &link));

    if (ok) {
        if (flags) {
            *flags = rtnl_link_get_flags(link);
        }
        if (mtu) {
            *mtu = rtnl_link_get_mtu(link);
        }
        rtnl_link_put(link);
    }
    nl_socket_free(sock);
    return ok;
}

/* Changes what is set in 'change', which may be a null pointer and is freed,
 * of the kernel's device with 'ifindex'.  Returns a null pointer if
 * successful, otherwise what went wrong. */
static const char *
change_link(int ifindex, struct rtnl_link *change)
{
    struct nl_sock *sock = nl_socket_alloc();
    int error = -NLE_NOMEM;

    if (change && sock && !(error = nl_connect(sock, NETLINK_ROUTE))) {
        rtnl_link_set_ifindex(change, ifindex);
        error = rtnl_link_change(sock, change, change, 0);
    }
    rtnl_link_put(change);
    nl_socket_free(sock);
    return error ? nl_geterror(error) : NULL;
}

/* Sets and clears flags, IFF_*, of the kernel's device with 'ifindex'.
 * Returns a null pointer if successful, otherwise what went wrong.  Takes the
 * kernel's rtnl lock: not for the monitor. */
const char *
netvsc_link_change_flags(int ifindex, unsigned int set, unsigned int clear)
{
    struct rtnl_link *change = rtnl_link_alloc();

    if (change) {
        rtnl_link_set_flags(change, set);
        rtnl_link_unset_flags(change, clear);
    }
    return change_link(ifindex, change);
}

/* Sets the MTU of the kernel's device with 'ifindex'.  Otherwise as
 * netvsc_link_change_flags(). */
const char *
netvsc_link_set_mtu(int ifindex, int mtu)
{
    struct rtnl_link *change = rtnl_link_alloc();

    if (change) {
        rtnl_link_set_mtu(change, mtu);
    }
    return change_link(ifindex, change);
}
