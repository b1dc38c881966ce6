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

#ifndef NETVSC_PCI_FUNCTION_H
#define NETVSC_PCI_FUNCTION_H 1

/* PCI functions of VFs: those that carry several, as MANA's and some of mlx4's
 * do, and those that DPDK has and nobody uses.
 *
 * DPDK probes the former once, for all ports that it will ever open
 * there; a second probe does nothing, and removing the device removes all of
 * its ports.  So the function is probed here, before its first path is opened,
 * and removed after the last one was closed; netdev-dpdk only finds the ports,
 * by their MAC addresses.  A function that a netdev of somebody else has a
 * port of, as a user's port of type dpdk, is left to that.
 *
 * netdev-dpdk serializes its own probes and removals with a mutex that nobody
 * else can take.  These are outside of it, so they must not coincide with
 * those of a port of type dpdk: EAL has no lock for them.
 *
 * Only the worker thread may call these functions, with no lock held. */

#include <stdbool.h>

#include "openvswitch/types.h"

struct netdev_class;
struct sset;

/* What to probe a function with. */
struct netvsc_pci_probe {
    const char *netdev;         /* Name of the netdev that it is for... */
    const struct netdev_class *class; /* ...which is netdev-dpdk's. */
    const char *sysfs_root;     /* NETVSC_SYSFS_ROOT but in tests. */
    const char *bdf;
    struct eth_addr mac;        /* Of the VF that is wanted. */
    bool by_mac;                /* The PMD must be told all addresses. */
    const char *extra_devargs;  /* Appended, "" for none. */
};

/* DPDK's, but in tests.  The first two return 0 or a negative errno value, and
 * a probe of what is probed does nothing and returns 0. */
extern int (*netvsc_pci_do_probe)(const char *devargs);
extern int (*netvsc_pci_do_remove)(const char *bus, const char *bdf);
extern bool (*netvsc_pci_is_probed)(const char *bdf);
extern char *(*netvsc_pci_find_foreign)(const struct netdev_class *,
                                        const char *bdf,
                                        const struct sset *own);

int netvsc_pci_function_get(const struct netvsc_pci_probe *, char **errp);
void netvsc_pci_function_put(const char *bdf, const char *netdev);
void netvsc_pci_function_forget(const struct netdev_class *, const char *bdf);

#endif /* netvsc-pci-function.h */
