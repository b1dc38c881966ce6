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

#ifndef NETVSC_TC_H
#define NETVSC_TC_H 1

/* The kernel's traffic control, as far as it is of interest for what DPDK's
 * net_tap does with it: queueing disciplines and filters of one device, and a
 * filter that redirects all packets.  With libnl.
 *
 * The parsers are pure functions of one message.  The others do system calls
 * and may have to wait for the kernel's rtnl lock: hold no lock across them.
 * Any thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;

/* A queueing discipline. */
struct netvsc_qdisc {
    int ifindex;
    uint32_t handle;            /* 0 for one that the kernel made itself. */
    uint32_t parent;            /* TC_H_ROOT, TC_H_INGRESS, or a class. */
    char kind[16];              /* "htb", "ingress", "clsact", ... */
};

/* A filter. */
struct netvsc_filter {
    int ifindex;
    uint32_t parent;            /* Handle of its qdisc. */
    uint32_t handle;
    uint32_t info;              /* Priority << 16 | protocol. */
    char kind[16];              /* "flower", ... */
    bool mirred;                /* Is flower, with an action mirred... */
    bool redirect;              /* ...that copies nothing... */
    int target;                 /* ...to this ifindex, 0 if that is gone. */
};

static inline int
netvsc_filter_priority(const struct netvsc_filter *filter)
{
    return filter->info >> 16;
}

bool netvsc_tc_parse_qdisc(const struct nlmsghdr *, struct netvsc_qdisc *);
bool netvsc_tc_parse_filter(const struct nlmsghdr *, struct netvsc_filter *);

int netvsc_tc_list_qdiscs(int ifindex, struct netvsc_qdisc **, size_t *n);
int netvsc_tc_list_filters(int ifindex, uint32_t parent,
                           struct netvsc_filter **, size_t *n);
int netvsc_tc_delete_qdisc(const struct netvsc_qdisc *);
int netvsc_tc_delete_filter(const struct netvsc_filter *);
int netvsc_tc_redirect_ingress(int ifindex, int priority, int to_ifindex);

#endif /* netvsc-tc.h */
