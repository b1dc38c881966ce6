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

/* tc, garbled-tc, tc-list, tap-mtu: messages about traffic control, and what
 * is done to the kernel's devices. */

#include <config.h>

#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"
#include "netvsc-link.h"
#include "netvsc-tap.h"
#include "netvsc-tc.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "random.h"
#include "test-netvsc.h"
#include "util.h"

/* What a line tells of a message. */
struct message {
    int type;
    struct tcmsg tcm;
    const char *kind;           /* A null pointer for none. */
    bool options;
    const char *action;         /* A null pointer for none. */
    bool redirect;
    int target;
};

static void
put_message(struct ofpbuf *buf, const struct message *m)
{
    nl_msg_put_nlmsghdr(buf, 512, m->type, 0);
    memcpy(nl_msg_put_uninit(buf, sizeof m->tcm), &m->tcm, sizeof m->tcm);
    if (m->kind) {
        nl_msg_put_string(buf, TCA_KIND, m->kind);
    }
    if (m->options) {
        size_t options = nl_msg_start_nested(buf, TCA_OPTIONS);

        if (m->action) {
            size_t actions = nl_msg_start_nested(buf, TCA_FLOWER_ACT);
            size_t action = nl_msg_start_nested(buf, 1);
            size_t mirred;

            nl_msg_put_string(buf, TCA_ACT_KIND, m->action);
            mirred = nl_msg_start_nested(buf, TCA_ACT_OPTIONS);
            nl_msg_put_unspec(buf, TCA_MIRRED_PARMS,
                              &(struct tc_mirred) {
                                  .eaction = (m->redirect ? TCA_EGRESS_REDIR
                                              : TCA_EGRESS_MIRROR),
                                  .ifindex = m->target,
                              },
                              sizeof(struct tc_mirred));
            nl_msg_end_nested(buf, mirred);
            nl_msg_end_nested(buf, action);
            nl_msg_end_nested(buf, actions);
        }
        nl_msg_end_nested(buf, options);
    }
    nl_msg_nlmsghdr(buf)->nlmsg_len = buf->size;
}

static void
print_qdisc(const struct netvsc_qdisc *q)
{
    printf("  %s %x:%x on %d, parent %x\n", q->kind, TC_H_MAJ(q->handle) >> 16,
           TC_H_MIN(q->handle), q->ifindex, q->parent);
}

static void
print_filter(const struct netvsc_filter *f)
{
    printf("  %s %x of %x on %d, priority %d", f->kind, f->handle, f->parent,
           f->ifindex, netvsc_filter_priority(f));
    if (f->mirred) {
        printf(", %sto %d", f->redirect ? "redirected " : "", f->target);
    }
    putchar('\n');
}

/* A line is "qdisc" or "filter", or another word for another message, with
 * what is in it. */
void
test_tc(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct test_line line;

    while (test_next_line(&line) && test_next_word(&line)) {
        struct message m = { .tcm.tcm_ifindex = 3 };
        struct netvsc_filter filter;
        struct netvsc_qdisc qdisc;
        struct ofpbuf buf;

        m.type = (!strcmp(line.word, "qdisc") ? RTM_NEWQDISC
                  : !strcmp(line.word, "filter") ? RTM_NEWTFILTER
                  : RTM_NEWLINK);
        m.options = m.type == RTM_NEWTFILTER;
        while (test_next_word(&line)) {
            if (test_word_is(&line, "kind")) {
                m.kind = line.value;
            } else if (test_word_is(&line, "handle")) {
                m.tcm.tcm_handle = strtoul(line.value, NULL, 16);
            } else if (test_word_is(&line, "parent")) {
                m.tcm.tcm_parent = strtoul(line.value, NULL, 16);
            } else if (test_word_is(&line, "priority")) {
                m.tcm.tcm_info = TC_H_MAKE(
                    (uint32_t) test_int_value(&line) << 16,
                    htons(ETH_P_ALL));
            } else if (test_word_is(&line, "to")) {
                m.action = m.action ? m.action : "mirred";
                m.target = test_int_value(&line);
            } else if (test_word_is(&line, "redirect")) {
                m.action = "mirred";
                m.redirect = true;
                m.target = test_int_value(&line);
            } else if (test_word_is(&line, "action")) {
                m.action = line.value;
            } else if (test_word_is(&line, "no-options")) {
                m.options = false;
            } else {
                test_bad_word(&line);
            }
        }

        ofpbuf_init(&buf, 0);
        put_message(&buf, &m);
        if (netvsc_tc_parse_qdisc(nl_msg_nlmsghdr(&buf), &qdisc)) {
            print_qdisc(&qdisc);
        } else if (netvsc_tc_parse_filter(nl_msg_nlmsghdr(&buf), &filter)) {
            print_filter(&filter);
        } else {
            puts("  nothing");
        }
        ofpbuf_uninit(&buf);
    }
}

/* Parses argv[1] messages in which bytes are wrong.  Sanitizers watch. */
void
test_garbled_tc(struct ovs_cmdl_context *ctx)
{
    int n = atoi(ctx->argv[1]);
    int n_parsed = 0;

    random_set_seed(1);
    for (int i = 0; i < n; i++) {
        struct message m = {
            .type = i % 4 ? RTM_NEWTFILTER : RTM_NEWQDISC,
            .kind = "flower",
            .options = true,
            .action = "mirred",
        };
        struct netvsc_filter filter;
        struct netvsc_qdisc qdisc;
        struct nlmsghdr *nlmsg;
        struct ofpbuf buf;

        ofpbuf_init(&buf, 0);
        put_message(&buf, &m);
        for (int j = random_range(4); j >= 0; j--) {
            size_t at = (sizeof *nlmsg
                         + random_range(buf.size - sizeof *nlmsg));

            ((uint8_t *) buf.data)[at] = random_uint8();
        }
        /* In memory of its own, so that no byte behind it is read. */
        nlmsg = xmemdup(buf.data, buf.size);
        if (random_range(2)) {
            nlmsg->nlmsg_len = (sizeof *nlmsg
                                + random_range(buf.size - sizeof *nlmsg));
            nlmsg = xrealloc(nlmsg, nlmsg->nlmsg_len);
        }
        n_parsed += netvsc_tc_parse_qdisc(nlmsg, &qdisc);
        n_parsed += netvsc_tc_parse_filter(nlmsg, &filter);
        free(nlmsg);
        ofpbuf_uninit(&buf);
    }
    printf("some %s\n", n_parsed && n_parsed < n ? "parsed" : "not parsed");
}

/* Prints the queueing disciplines of the device with ifindex argv[1] and the
 * filters of its ingress.  With argv[2], deletes the first of that kind. */
void
test_tc_list(struct ovs_cmdl_context *ctx)
{
    int ifindex = atoi(ctx->argv[1]);
    struct netvsc_filter *filters;
    struct netvsc_qdisc *qdiscs;
    size_t n;
    int error;

    error = netvsc_tc_list_qdiscs(ifindex, &qdiscs, &n);
    printf("qdiscs: %s\n", ovs_strerror(error));
    for (size_t i = 0; i < n; i++) {
        print_qdisc(&qdiscs[i]);
        if (ctx->argc > 2 && !strcmp(ctx->argv[2], qdiscs[i].kind)) {
            printf("  delete: %s\n",
                   ovs_strerror(netvsc_tc_delete_qdisc(&qdiscs[i])));
        }
    }
    free(qdiscs);
    error = netvsc_tc_list_filters(ifindex, TC_H_MAKE(TC_H_INGRESS, 0),
                                   &filters, &n);
    printf("filters: %s\n", ovs_strerror(error));
    for (size_t i = 0; i < n; i++) {
        print_filter(&filters[i]);
        if (ctx->argc > 2 && !strcmp(ctx->argv[2], filters[i].kind)) {
            printf("  delete: %s\n",
                   ovs_strerror(netvsc_tc_delete_filter(&filters[i])));
        }
    }
    free(filters);
}

static void
set_mtu(int ifindex, const char *mtu)
{
    const char *error = netvsc_link_set_mtu(ifindex, atoi(mtu));

    if (error) {
        printf(" (%s)", error);
    }
}

/* Gives the device with ifindex argv[1] one MTU after the other: "N" as
 * net_tap does, "other=N" as somebody else.  "end" is the end of net_tap's
 * use.  Prints which it has after each.  From "log" on what is said about it
 * goes to stderr. */
void
test_tap_mtu(struct ovs_cmdl_context *ctx)
{
    int ifindex = atoi(ctx->argv[1]);

    for (int i = 2; i < ctx->argc; i++) {
        const char *word = ctx->argv[i];
        int mtu = 0;

        printf("%s:", word);
        if (!strcmp(word, "log")) {
            vlog_set_levels(NULL, VLF_CONSOLE, VLL_INFO);
        } else if (!strcmp(word, "end")) {
            netvsc_tap_restore_mtu(ifindex);
        } else if (!strncmp(word, "other=", 6)) {
            set_mtu(ifindex, word + 6);
        } else {
            int was = netvsc_tap_changing_mtu(ifindex, atoi(word));

            if (was) {
                printf(" was %d,", was);
            }
            set_mtu(ifindex, word);
        }
        netvsc_link_get(ifindex, NULL, &mtu);
        printf(" %d\n", mtu);
    }
}
