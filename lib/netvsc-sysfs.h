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

#ifndef NETVSC_SYSFS_H
#define NETVSC_SYSFS_H 1

/* What sysfs knows about a network device and netlink does not: the bus it
 * sits on, the kernel driver, the PCI address, the NUMA node.
 *
 * Reading sysfs takes no rtnl lock in the kernel, so that any thread may call
 * these functions, even while the kernel is busy removing a device.  Nothing
 * is cached here and no lock is taken.
 *
 * 'root' is where sysfs is mounted, NETVSC_SYSFS_ROOT but in tests. */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/types.h"

#define NETVSC_SYSFS_ROOT "/sys"

/* The VMBus class of a synthetic network device: HV_NIC_GUID in the kernel's
 * include/linux/hyperv.h, as printed by drivers/hv/vmbus_drv.c. */
#define NETVSC_CLASS_ID "{f8615163-df3e-46c5-913f-f2d2f965ed0e}"

struct netvsc_sysfs_info {
    int ifindex;                /* 0 if there is no such device. */
    struct eth_addr mac;        /* Current address. */
    int arphrd;                 /* ARPHRD_*, -1 if unknown. */
    int master;                 /* ifindex of the master, 0 if none. */
    bool has_device;            /* Has a parent device, i.e. not virtual. */
    bool is_netvsc;             /* Parent is of the NetVSC class. */
    char subsystem[16];         /* Parent's bus: "pci", "vmbus", ... or "". */
    char address[32];           /* Parent's name on the bus, e.g. the BDF. */
    char driver[32];            /* Kernel driver, e.g. "mlx5_core", or "". */
    int numa_node;              /* -1 if unknown. */
    int n_rx_queues;            /* The kernel's, at least 1. */
};

bool netvsc_sysfs_is_hyperv(const char *root);
int netvsc_sysfs_read(const char *root, const char *ifname,
                      struct netvsc_sysfs_info *);
int netvsc_sysfs_find(const char *root,
                      bool (*match)(const char *ifname,
                                    const struct netvsc_sysfs_info *,
                                    const void *aux),
                      const void *aux, char *ifname, size_t size);

struct eth_addr *netvsc_sysfs_function_macs(const char *root, const char *bdf,
                                            size_t *n);

#endif /* netvsc-sysfs.h */
