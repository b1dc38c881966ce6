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

/* PCI functions that carry several VFs, as MANA's and some of mlx4's do.
 *
 * DPDK probes such a function once, for all ports that it will ever open
 * there; a second probe fails with EEXIST, and removing the device removes all
 * of its ports.  So the function is probed here, before its first path is
 * opened, and removed after the last one was closed; netdev-dpdk only finds
 * the ports, by their MAC addresses.
 *
 * Only the worker thread may call these functions. */

#include <stdbool.h>

#include "openvswitch/types.h"

/* What to probe a function with. */
struct netvsc_pci_probe {
    const char *sysfs_root;     /* NETVSC_SYSFS_ROOT but in tests. */
    const char *bdf;
    struct eth_addr mac;        /* Of the VF that is wanted. */
    bool by_mac;                /* The PMD must be told all addresses. */
    const char *extra_devargs;  /* Appended, "" for none. */
};

/* DPDK's, but in tests.  Both return 0 or a negative errno value. */
extern int (*netvsc_pci_do_probe)(const char *devargs);
extern int (*netvsc_pci_do_remove)(const char *bus, const char *bdf);

int netvsc_pci_function_get(const struct netvsc_pci_probe *, char **errp);
void netvsc_pci_function_put(const char *bdf);

#endif /* netvsc-pci-function.h */
