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

#ifndef NETVSC_SYNTHETIC_H
#define NETVSC_SYNTHETIC_H 1

/* The table of synthetic backends: the ways to reach the NetVSC device through
 * DPDK, best first.  To support another, add a row.
 *
 * No locks, any thread. */

#include <stdbool.h>

#include "netvsc-kernel.h"
#include "netvsc-path.h"

struct ds;
struct netvsc_link;

struct netvsc_synthetic {
    const char *name;           /* As in options:synthetic. */
    const char *pmd;            /* DPDK's name of its PMD. */
    int max_queues;             /* Most receive or transmit queues. */
    int max_mtu;                /* Largest MTU, 0 if not known. */
    bool equal_queues;          /* As many rxqs as txqs are required. */
    bool all_kernel_queues;     /* An rxq and a txq for each channel. */
    const char *tap_prefix;     /* Its PMD makes a tap: what its name is to
                                 * begin with, NULL if it makes none. */
    /* May ask for a larger MTU than it is given. */
    void (*put_devargs)(const struct netvsc_link *, struct netvsc_queues *,
                        struct ds *);
    enum netvsc_kernel_feature feature; /* Of the kernel, that it needs. */
};

const struct netvsc_synthetic *netvsc_synthetic_by_name(const char *name);
const struct netvsc_synthetic *netvsc_synthetic_by_pmd(const char *pmd);
const struct netvsc_synthetic *netvsc_synthetic_next(
    const struct netvsc_synthetic *);
const char *netvsc_synthetic_check(const struct netvsc_synthetic *);
bool netvsc_synthetic_make_spec(const struct netvsc_synthetic *,
                                const struct netvsc_link *netvsc,
                                const struct netvsc_queues *,
                                struct netvsc_path_spec *);

#endif /* netvsc-synthetic.h */
