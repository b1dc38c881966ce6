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

#ifndef NETVSC_VF_DRIVER_H
#define NETVSC_VF_DRIVER_H 1

/* The table of VF drivers: how to open a VF with DPDK, by the name of the
 * kernel driver it is bound to.  To support another driver, add a row.
 *
 * Pure functions: no I/O, no locks, any thread. */

#include <stdbool.h>

#include "netvsc-path.h"

struct ds;
struct netvsc_link;
struct netvsc_options;

struct netvsc_vf_driver {
    const char *kernel_driver;  /* sysfs's name of it, NULL for any other. */
    const char *pmd;            /* DPDK's name of its PMD. */
    bool is_vdev;               /* Opened as a virtual device. */
    bool shared_function;       /* Several VFs on one PCI function... */
    bool probe_by_mac;          /* ...probed for their addresses. */
    bool has_pmd;               /* Bypasses the kernel: preferred. */
    bool equal_queues;          /* As many rxqs as txqs are required. */
    bool pow2_queues;           /* Numbers of queues must be powers of 2. */
    bool all_kernel_queues;     /* An rxq and a txq for each channel. */

    /* Appends the devargs.  May adapt what is asked of netdev-dpdk. */
    void (*put_devargs)(const struct netvsc_link *, struct netvsc_queues *,
                        struct ds *);
};

const struct netvsc_vf_driver *netvsc_vf_driver_lookup(
    const char *kernel_driver);
bool netvsc_vf_driver_make_spec(const struct netvsc_link *vf,
                                const struct netvsc_options *,
                                const struct netvsc_queues *,
                                struct netvsc_path_spec *);

#endif /* netvsc-vf-driver.h */
