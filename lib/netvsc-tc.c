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

#include "netvsc-tc.h"

#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/ethernet.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>

#include "netvsc-dump.h"
#include "util.h"

/* Parses what qdiscs and filters have in common. */
static const struct tcmsg *
parse(const struct nlmsghdr *nlmsg, int type, struct nlattr *attrs[],
      char kind[16])
{
    const struct tcmsg *tcm;

    if (nlmsg->nlmsg_type != type
        || nlmsg_parse(CONST_CAST(struct nlmsghdr *, nlmsg), sizeof *tcm,
                       attrs, TCA_MAX, NULL)
        || !attrs[TCA_KIND]) {
        return NULL;
    }
    nla_strlcpy(kind, attrs[TCA_KIND], 16);
    return NLMSG_DATA(nlmsg);
}

/* Digests the message 'nlmsg' into '*qdisc'.  Returns false if it is not a
 * good RTM_NEWQDISC. */
bool
netvsc_tc_parse_qdisc(const struct nlmsghdr *nlmsg,
                      struct netvsc_qdisc *qdisc)
{
    struct nlattr *attrs[TCA_MAX + 1];
    const struct tcmsg *tcm;

    memset(qdisc, 0, sizeof *qdisc);
    tcm = parse(nlmsg, RTM_NEWQDISC, attrs, qdisc->kind);
    if (!tcm) {
        return false;
    }
    qdisc->ifindex = tcm->tcm_ifindex;
    qdisc->handle = tcm->tcm_handle;
    qdisc->parent = tcm->tcm_parent;
    return true;
}

/* Looks for an action mirred in 'options', of a flower filter. */
static void
parse_mirred(struct nlattr *options, struct netvsc_filter *filter)
{
    struct nlattr *flower[TCA_FLOWER_ACT + 1];
    struct nlattr *actions[TCA_ACT_MAX_PRIO + 1];

    if (nla_parse_nested(flower, TCA_FLOWER_ACT, options, NULL)
        || !flower[TCA_FLOWER_ACT]
        || nla_parse_nested(actions, TCA_ACT_MAX_PRIO, flower[TCA_FLOWER_ACT],
                            NULL)) {
        return;
    }
    for (int i = 0; i <= TCA_ACT_MAX_PRIO; i++) {
        struct nlattr *action[TCA_ACT_MAX + 1];
        struct nlattr *mirred[TCA_MIRRED_MAX + 1];
        struct tc_mirred parms;

        if (actions[i]
            && !nla_parse_nested(action, TCA_ACT_MAX, actions[i], NULL)
            && action[TCA_ACT_KIND] && action[TCA_ACT_OPTIONS]
            && !nla_strcmp(action[TCA_ACT_KIND], "mirred")
            && !nla_parse_nested(mirred, TCA_MIRRED_MAX,
                                 action[TCA_ACT_OPTIONS], NULL)
            && mirred[TCA_MIRRED_PARMS]
            && nla_len(mirred[TCA_MIRRED_PARMS]) >= (int) sizeof parms) {
            memcpy(&parms, nla_data(mirred[TCA_MIRRED_PARMS]), sizeof parms);
            filter->mirred = true;
            filter->redirect = parms.eaction == TCA_EGRESS_REDIR;
            filter->target = parms.ifindex;
            return;
        }
    }
}

/* Digests the message 'nlmsg' into '*filter'.  Returns false if it is not a
 * good RTM_NEWTFILTER of one filter. */
bool
netvsc_tc_parse_filter(const struct nlmsghdr *nlmsg,
                       struct netvsc_filter *filter)
{
    struct nlattr *attrs[TCA_MAX + 1];
    const struct tcmsg *tcm;

    memset(filter, 0, sizeof *filter);
    tcm = parse(nlmsg, RTM_NEWTFILTER, attrs, filter->kind);
    if (!tcm || (!tcm->tcm_handle && !attrs[TCA_OPTIONS])) {
        /* The latter stands for all filters of a priority. */
        return false;
    }
    filter->ifindex = tcm->tcm_ifindex;
    filter->handle = tcm->tcm_handle;
    filter->parent = tcm->tcm_parent;
    filter->info = tcm->tcm_info;
    if (!strcmp(filter->kind, "flower") && attrs[TCA_OPTIONS]) {
        parse_mirred(attrs[TCA_OPTIONS], filter);
    }
    return true;
}

/* What is read of one device. */
struct list {
    int ifindex;
    struct netvsc_qdisc *qdiscs;
    struct netvsc_filter *filters;
    size_t n, allocated;
};

static void
forget(void *list_)
{
    struct list *list = list_;

    list->n = 0;
}

static int
add_qdisc(struct nl_msg *msg, void *list_)
{
    struct list *list = list_;
    struct netvsc_qdisc qdisc;

    if (netvsc_tc_parse_qdisc(nlmsg_hdr(msg), &qdisc)
        && qdisc.ifindex == list->ifindex) {
        if (list->n >= list->allocated) {
            list->qdiscs = x2nrealloc(list->qdiscs, &list->allocated,
                                      sizeof *list->qdiscs);
        }
        list->qdiscs[list->n++] = qdisc;
    }
    return NL_OK;
}

static int
add_filter(struct nl_msg *msg, void *list_)
{
    struct list *list = list_;
    struct netvsc_filter filter;

    if (netvsc_tc_parse_filter(nlmsg_hdr(msg), &filter)
        && filter.ifindex == list->ifindex) {
        if (list->n >= list->allocated) {
            list->filters = x2nrealloc(list->filters, &list->allocated,
                                       sizeof *list->filters);
        }
        list->filters[list->n++] = filter;
    }
    return NL_OK;
}

/* Stores in '*qdiscs' the '*n' queueing disciplines of the device with
 * 'ifindex', none if it does not exist.  The caller must free them.  Returns 0
 * or a positive errno value as netvsc_dump(), when there are none. */
int
netvsc_tc_list_qdiscs(int ifindex, struct netvsc_qdisc **qdiscs, size_t *n)
{
    struct tcmsg tcm = { .tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex };
    struct list list = { .ifindex = ifindex };
    int error = netvsc_dump(RTM_GETQDISC, &tcm, sizeof tcm, add_qdisc, forget,
                            &list);

    *qdiscs = list.qdiscs;
    *n = error ? 0 : list.n;
    return error;
}

/* The same for the filters of the qdisc with the handle 'parent'. */
int
netvsc_tc_list_filters(int ifindex, uint32_t parent,
                       struct netvsc_filter **filters, size_t *n)
{
    struct tcmsg tcm = {
        .tcm_family = AF_UNSPEC,
        .tcm_ifindex = ifindex,
        .tcm_parent = parent,
    };
    struct list list = { .ifindex = ifindex };
    int error = netvsc_dump(RTM_GETTFILTER, &tcm, sizeof tcm, add_filter,
                            forget, &list);

    *filters = list.filters;
    *n = error ? 0 : list.n;
    return error;
}

/* Returns a message of 'type' with 'tcm' and 'kind', a null pointer if there
 * is no memory. */
static struct nl_msg *
make_message(int type, int flags, struct tcmsg *tcm, const char *kind)
{
    struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

    if (msg && (nlmsg_append(msg, tcm, sizeof *tcm, NLMSG_ALIGNTO)
                || nla_put_string(msg, TCA_KIND, kind))) {
        nlmsg_free(msg);
        msg = NULL;
    }
    return msg;
}

/* Sends 'msg', which may be a null pointer, and frees it.  Returns 0 or a
 * positive errno value. */
static int
request(struct nl_msg *msg)
{
    struct nl_sock *sock = nl_socket_alloc();
    int error = -NLE_NOMEM;

    if (msg && sock) {
        error = nl_connect(sock, NETLINK_ROUTE);
        if (!error) {
            error = nl_send_sync(sock, msg);    /* Frees 'msg'. */
            msg = NULL;
        }
    }
    nlmsg_free(msg);
    nl_socket_free(sock);
    switch (-error) {
    case 0:
        return 0;
    case NLE_NOMEM:
        return ENOMEM;
    case NLE_NODEV:
        return ENODEV;
    case NLE_OBJ_NOTFOUND:
        return ENOENT;
    case NLE_EXIST:
        return EEXIST;
    case NLE_PERM:
        return EPERM;
    case NLE_INVAL:
        return EINVAL;
    default:
        return EIO;
    }
}

/* Deletes 'qdisc', with its filters.  Returns 0 if successful, otherwise a
 * positive errno value: ENODEV if the device does not exist, ENOENT or EINVAL
 * if it has no such qdisc, ENOMEM, EPERM, EIO for all else. */
int
netvsc_tc_delete_qdisc(const struct netvsc_qdisc *qdisc)
{
    struct tcmsg tcm = {
        .tcm_family = AF_UNSPEC,
        .tcm_ifindex = qdisc->ifindex,
        .tcm_handle = qdisc->handle,
        .tcm_parent = qdisc->parent,
    };

    return request(make_message(RTM_DELQDISC, 0, &tcm, qdisc->kind));
}

/* Deletes 'filter'.  Returns 0 or a positive errno value, as
 * netvsc_tc_delete_qdisc(). */
int
netvsc_tc_delete_filter(const struct netvsc_filter *filter)
{
    struct tcmsg tcm = {
        .tcm_family = AF_UNSPEC,
        .tcm_ifindex = filter->ifindex,
        .tcm_handle = filter->handle,
        .tcm_parent = filter->parent,
        .tcm_info = filter->info,
    };

    return request(make_message(RTM_DELTFILTER, 0, &tcm, filter->kind));
}

static bool
put_redirect(struct nl_msg *msg, int to_ifindex)
{
    struct tc_mirred parms = {
        .action = TC_ACT_STOLEN,
        .eaction = TCA_EGRESS_REDIR,
        .ifindex = to_ifindex,
    };
    struct nlattr *flower, *actions, *action, *mirred;

    if (!(flower = nla_nest_start(msg, TCA_OPTIONS))
        || !(actions = nla_nest_start(msg, TCA_FLOWER_ACT))
        || !(action = nla_nest_start(msg, 1))
        || nla_put_string(msg, TCA_ACT_KIND, "mirred")
        || !(mirred = nla_nest_start(msg, TCA_ACT_OPTIONS))
        || nla_put(msg, TCA_MIRRED_PARMS, sizeof parms, &parms)) {
        return false;
    }
    nla_nest_end(msg, mirred);
    nla_nest_end(msg, action);
    nla_nest_end(msg, actions);
    if (nla_put_u32(msg, TCA_FLOWER_FLAGS, TCA_CLS_FLAGS_SKIP_HW)) {
        return false;
    }
    nla_nest_end(msg, flower);
    return true;
}

/* Has all packets that the device with 'ifindex', which must have an ingress
 * qdisc, receives sent out of the device with 'to_ifindex'.  Only filters with
 * a lower 'priority' number come before that.  Returns 0 or a positive errno
 * value, as netvsc_tc_delete_qdisc(). */
int
netvsc_tc_redirect_ingress(int ifindex, int priority, int to_ifindex)
{
    struct tcmsg tcm = {
        .tcm_family = AF_UNSPEC,
        .tcm_ifindex = ifindex,
        .tcm_parent = TC_H_MAKE(TC_H_INGRESS, 0),
        .tcm_info = TC_H_MAKE((uint32_t) priority << 16, htons(ETH_P_ALL)),
    };
    struct nl_msg *msg = make_message(RTM_NEWTFILTER,
                                      NLM_F_CREATE | NLM_F_EXCL, &tcm,
                                      "flower");

    if (msg && !put_redirect(msg, to_ifindex)) {
        nlmsg_free(msg);
        msg = NULL;
    }
    return request(msg);
}
