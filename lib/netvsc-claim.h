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

#ifndef NETVSC_CLAIM_H
#define NETVSC_CLAIM_H 1

/* Which interface a port is to drive, as far as can be told when the port is
 * configured: the one that its options or its name say, which must be a NetVSC
 * that no other port has, or else the only one that is free.
 *
 * For the main thread.  netvsc_claim_check() reads sysfs and, if it has to
 * choose, the kernel's tables: it takes netvsc_mutex, but does no I/O with
 * it. */

#include "netvsc-port.h"

struct netvsc_options;

struct netvsc_claim {
    enum netvsc_naming naming;
    int ifindex;                /* Of the interface chosen just now, or 0... */
    struct eth_addr mac;        /* ...and its address. */
    int numa_node;              /* Of the interface, -1 if unknown. */
};

struct netvsc_discovery;

char *netvsc_claim_check(const struct netvsc_port *,
                         const struct netvsc_options *,
                         struct netvsc_claim *, int *error)
    OVS_EXCLUDED(netvsc_mutex);
void netvsc_claim_note_users(const struct netvsc_port *but,
                             struct netvsc_discovery *)
    OVS_EXCLUDED(netvsc_mutex);
bool netvsc_claim_commit(struct netvsc_port *, const struct netvsc_options *,
                         const struct netvsc_claim *)
    OVS_REQUIRES(netvsc_mutex);

#endif /* netvsc-claim.h */
