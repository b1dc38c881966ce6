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

/* PCI functions that carry several VFs, as MANA's do.
 *
 * DPDK probes such a function once, for all addresses that it will ever open
 * there; a second probe fails with EEXIST, and removing the device removes all
 * of its ports.  So the function is probed here, before its first path is
 * opened, and removed after the last one was closed; netdev-dpdk only finds
 * the ports.
 *
 * Only the worker thread may call these functions. */

int netvsc_pci_function_get(const char *bdf, char **errp);
void netvsc_pci_function_put(const char *bdf);

#endif /* netvsc-pci-function.h */
