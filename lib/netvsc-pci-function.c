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

#include "netvsc-pci-function.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_config.h>
#include <rte_dev.h>
#include <rte_errno.h>

#include "netvsc-sysfs.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_pci_function);

/* Reference counts by BDF, of functions that are probed. */
static struct shash functions = SHASH_INITIALIZER(&functions);

/* Takes a reference to the PCI function 'bdf'.  If it is the first, probes the
 * function for the addresses of all network devices that the kernel has on it.
 *
 * Returns 0 if successful.  Otherwise returns a positive errno value, as the
 * PMD's probe gives it, and stores in '*errp' a message, which the caller must
 * free.  May take seconds. */
int
netvsc_pci_function_get(const char *bdf, char **errp)
{
    struct ds devargs = DS_EMPTY_INITIALIZER;
    struct eth_addr *macs;
    size_t n_macs;
    int *n_refs;
    int error;

    n_refs = shash_find_data(&functions, bdf);
    if (n_refs) {
        ++*n_refs;
        return 0;
    }

    ds_put_cstr(&devargs, bdf);
    macs = netvsc_sysfs_function_macs(NETVSC_SYSFS_ROOT, bdf, &n_macs);
    for (size_t i = 0; i < n_macs; i++) {
        ds_put_format(&devargs, ",mac="ETH_ADDR_FMT, ETH_ADDR_ARGS(macs[i]));
    }
    free(macs);

    error = -rte_dev_probe(ds_cstr(&devargs));
    if (error && error != EEXIST) {
        *errp = xasprintf("could not probe %s (%s)", ds_cstr(&devargs),
                          rte_strerror(error));
    } else {
        VLOG_INFO("PCI function %s probed", ds_cstr(&devargs));
        n_refs = xmalloc(sizeof *n_refs);
        *n_refs = 1;
        shash_add(&functions, bdf, n_refs);
        error = 0;
    }
    ds_destroy(&devargs);
    return error;
}

/* Gives back a reference to the PCI function 'bdf'.  If it is the last,
 * removes the function from DPDK, with all of its ports. */
void
netvsc_pci_function_put(const char *bdf)
{
    struct shash_node *node = shash_find(&functions, bdf);
    int *n_refs = node->data;

    if (!--*n_refs) {
        int error = rte_eal_hotplug_remove("pci", bdf);

        if (error) {
            VLOG_WARN("PCI function %s cannot be removed from DPDK: %s", bdf,
                      rte_strerror(-error));
        }
        free(shash_steal(&functions, node));
    }
}
