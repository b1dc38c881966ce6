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

#include "netvsc-kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <netlink/netlink.h>
#include <netlink/msg.h>
#include <netlink/attr.h>
#include <netlink/socket.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/thread.h"
#include "ovs-atomic.h"
#include "ovs-thread.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif

/* ifindex of the loopback device of a new network namespace. */
#define LOOPBACK_IFINDEX 1

/* Checks append to 's' what is missing, if something is. */
typedef void check_func(struct ds *s);

static void
put_missing(struct ds *s, const char *what)
{
    ds_put_format(s, "%s%s", s->length ? ", " : "", what);
}

static void
check_socket(struct ds *s, int family, int protocol, const char *what)
{
    int fd = socket(family, SOCK_RAW, protocol);

    if (fd < 0) {
        struct ds reason = DS_EMPTY_INITIALIZER;

        ds_put_format(&reason, "%s (%s)", what, ovs_strerror(errno));
        put_missing(s, ds_cstr(&reason));
        ds_destroy(&reason);
    } else {
        close(fd);
    }
}

static void
check_af_xdp(struct ds *s)
{
    check_socket(s, AF_XDP, 0, "AF_XDP sockets");
}

static void
check_af_packet(struct ds *s)
{
    check_socket(s, AF_PACKET, 0, "AF_PACKET sockets");
}

/* Asks the kernel to make, on the loopback device of the calling thread's
 * network namespace, an object of the 'kind' that it may or may not know.
 * Other errors than ENOENT tell that it does: what is asked for is
 * deliberately incomplete. */
static bool
kernel_knows_tc(struct nl_sock *sock, int nlmsg_type, uint32_t parent,
                uint32_t handle, uint32_t info, const char *kind)
{
    struct tcmsg tcm = {
        .tcm_family = AF_UNSPEC,
        .tcm_ifindex = LOOPBACK_IFINDEX,
        .tcm_parent = parent,
        .tcm_handle = handle,
        .tcm_info = info,
    };
    struct nl_msg *msg;
    int error;

    msg = nlmsg_alloc_simple(nlmsg_type, NLM_F_CREATE | NLM_F_EXCL);
    if (!msg) {
        return false;
    }
    if (nlmsg_append(msg, &tcm, sizeof tcm, NLMSG_ALIGNTO)
        || nla_put_string(msg, TCA_KIND, kind)) {
        nlmsg_free(msg);
        return false;
    }
    error = nl_send_sync(sock, msg);    /* Frees 'msg'. */
    return error != -NLE_OBJ_NOTFOUND;
}

static bool
kernel_knows_action(struct nl_sock *sock, const char *kind)
{
    struct tcamsg tca = { .tca_family = AF_UNSPEC };
    struct nlattr *tab, *action;
    struct nl_msg *msg;

    msg = nlmsg_alloc_simple(RTM_NEWACTION, NLM_F_CREATE);
    if (!msg) {
        return false;
    }
    if (nlmsg_append(msg, &tca, sizeof tca, NLMSG_ALIGNTO)
        || !(tab = nla_nest_start(msg, TCA_ACT_TAB))
        || !(action = nla_nest_start(msg, 1))
        || nla_put_string(msg, TCA_ACT_KIND, kind)) {
        nlmsg_free(msg);
        return false;
    }
    nla_nest_end(msg, action);
    nla_nest_end(msg, tab);
    return nl_send_sync(sock, msg) != -NLE_OBJ_NOTFOUND;
}

/* drivers/net/tap/rte_eth_tap.c, eth_dev_tap_create(), and tap_flow.c: a
 * multiq qdisc on the tap, an ingress qdisc on both devices, flower filters
 * with a mirred action. */
static void
check_tap_remote(struct ds *s)
{
    struct nl_sock *sock;
    int fd;

    fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        put_missing(s, "/dev/net/tun (module tun)");
    } else {
        close(fd);
    }

    sock = nl_socket_alloc();
    if (!sock || unshare(CLONE_NEWNET) || nl_connect(sock, NETLINK_ROUTE)) {
        put_missing(s, "a network namespace to ask for the other "
                       "prerequisites in (CAP_SYS_ADMIN)");
        nl_socket_free(sock);
        return;
    }

    if (!kernel_knows_tc(sock, RTM_NEWQDISC, TC_H_ROOT, 0, 0, "multiq")) {
        put_missing(s, "sch_multiq");
    }
    if (!kernel_knows_tc(sock, RTM_NEWQDISC, TC_H_INGRESS,
                         TC_H_MAKE(TC_H_INGRESS, 0), 0, "ingress")) {
        /* The kernel looks for a filter's qdisc before it does for its kind:
         * tc_new_tfilter() in net/sched/cls_api.c. */
        put_missing(s, "sch_ingress");
        put_missing(s, "perhaps cls_flower (unknown without sch_ingress)");
    } else if (!kernel_knows_tc(sock, RTM_NEWTFILTER,
                                TC_H_MAKE(TC_H_INGRESS, 0), 0,
                                TC_H_MAKE(1 << 16, htons(ETH_P_ALL)),
                                "flower")) {
        put_missing(s, "cls_flower");
    }
    if (!kernel_knows_action(sock, "mirred")) {
        put_missing(s, "act_mirred");
    }
    nl_socket_free(sock);
}

/* The answer that has not been asked for so far. */
static const char unknown[] = "";

static struct {
    check_func *check;
    const char *unavailable;    /* Prefix of the message. */
    ATOMIC(const char *) missing; /* The answer: the message, a null pointer
                                   * if nothing is, or 'unknown'. */
} features[NETVSC_KERNEL_N_FEATURES] = {
    [NETVSC_KERNEL_TAP_REMOTE] = {
        .check = check_tap_remote,
        .unavailable = "the kernel lacks what net_tap's remote= needs: ",
        .missing = ATOMIC_VAR_INIT(unknown),
    },
    [NETVSC_KERNEL_AF_XDP] = {
        .check = check_af_xdp,
        .unavailable = "the kernel lacks ",
        .missing = ATOMIC_VAR_INIT(unknown),
    },
    [NETVSC_KERNEL_AF_PACKET] = {
        .check = check_af_packet,
        .unavailable = "the kernel lacks ",
        .missing = ATOMIC_VAR_INIT(unknown),
    },
};

/* Held while the kernel is asked, not to get an answer. */
static struct ovs_mutex asking = OVS_MUTEX_INITIALIZER;

/* All messages that there ever were: they stay, as anybody may have one. */
static struct sset messages OVS_GUARDED_BY(asking)
    = SSET_INITIALIZER(&messages);

/* time_msec() when the kernel was asked again last. */
static long long int asked_again OVS_GUARDED_BY(asking) = LLONG_MIN;

struct question {
    enum netvsc_kernel_feature feature;
    struct ds missing;
};

/* Checks a feature in a thread that ends afterwards, with its network
 * namespace. */
static void *
check_main(void *question_)
{
    struct question *question = question_;

    features[question->feature].check(&question->missing);
    return NULL;
}

/* Asks the kernel for 'feature'.  Returns the answer. */
static const char *
ask(enum netvsc_kernel_feature feature)
    OVS_REQUIRES(asking)
{
    struct question question = { feature, DS_EMPTY_INITIALIZER };
    const char *missing = NULL;

    xpthread_join(ovs_thread_create("netvsc_check", check_main, &question),
                  NULL);
    if (question.missing.length) {
        char *message = xasprintf("%s%s", features[feature].unavailable,
                                  ds_cstr(&question.missing));

        sset_add(&messages, message);
        missing = sset_find(&messages, message)->name;
        free(message);
    }
    ds_destroy(&question.missing);
    atomic_store(&features[feature].missing, missing);
    return missing;
}

/* Returns a null pointer if the running kernel has 'feature', otherwise a
 * message for a person that names what it lacks, which stays valid.
 *
 * The first call asks the kernel, which may take some milliseconds, and much
 * longer if it loads modules; later ones have the last answer at once.  Needs
 * CAP_NET_ADMIN and CAP_SYS_ADMIN.  Thread-safe. */
const char *
netvsc_kernel_check(enum netvsc_kernel_feature feature)
{
    const char *missing;

    atomic_read(&features[feature].missing, &missing);
    if (missing == unknown) {
        ovs_mutex_lock(&asking);
        atomic_read(&features[feature].missing, &missing);
        if (missing == unknown) {
            missing = ask(feature);
        }
        ovs_mutex_unlock(&asking);
    }
    return missing;
}

/* Asks the kernel again for the features that it did not have, unless that was
 * done less than 'min_interval' ms ago: somebody may have loaded a module.
 * Returns true if it has one of them now.  Takes as long as the first calls of
 * netvsc_kernel_check().  Thread-safe. */
bool
netvsc_kernel_ask_again(int min_interval)
{
    bool found = false;

    ovs_mutex_lock(&asking);
    if (asked_again == LLONG_MIN
        || time_msec() - asked_again >= min_interval) {
        for (int i = 0; i < NETVSC_KERNEL_N_FEATURES; i++) {
            const char *missing;

            atomic_read(&features[i].missing, &missing);
            if (missing && missing != unknown) {
                found |= !ask(i);
            }
        }
        asked_again = time_msec();
    }
    ovs_mutex_unlock(&asking);
    return found;
}
