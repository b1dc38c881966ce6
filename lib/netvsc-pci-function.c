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
#include <string.h>

#include <rte_config.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "netvsc-sysfs.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_pci_function);

static int remove_function(const char *bus, const char *bdf);

int (*netvsc_pci_do_probe)(const char *devargs) = rte_dev_probe;
int (*netvsc_pci_do_remove)(const char *bus, const char *bdf)
    = remove_function;

/* A function that is probed. */
struct pci_function {
    int n_refs;
    struct eth_addr *macs;      /* The addresses that it was probed for. */
    size_t n_macs;
};

/* By BDF. */
static struct shash functions = SHASH_INITIALIZER(&functions);

/* Closes the ports of function 'bdf', then removes it.  MANA's PMD (DPDK 22.11
 * to 26.07: mana_pci_remove() in drivers/net/mana/mana.c) does not close them
 * itself: it looks for a port of the function's name, which none has.  They
 * would stay, with a device that is freed, and as their names are taken the
 * function could not be probed again. */
static int
remove_function(const char *bus, const char *bdf)
{
    uint16_t port_id;

    RTE_ETH_FOREACH_DEV (port_id) {
        struct rte_eth_dev_info info;

        if (!rte_eth_dev_info_get(port_id, &info) && info.device
            && !strcmp(rte_dev_name(info.device), bdf)) {
            rte_eth_dev_stop(port_id);
            rte_eth_dev_close(port_id);
        }
    }
    return rte_eal_hotplug_remove(bus, bdf);
}

static bool
knows_mac(const struct pci_function *f, const struct eth_addr mac)
{
    for (size_t i = 0; i < f->n_macs; i++) {
        if (eth_addr_equals(f->macs[i], mac)) {
            return true;
        }
    }
    return false;
}

static int
probe_function(const struct netvsc_pci_probe *probe,
               const struct pci_function *f, char **errp)
{
    struct ds devargs = DS_EMPTY_INITIALIZER;
    int error;

    ds_put_cstr(&devargs, probe->bdf);
    for (size_t i = 0; probe->by_mac && i < f->n_macs; i++) {
        ds_put_format(&devargs, ",mac="ETH_ADDR_FMT,
                      ETH_ADDR_ARGS(f->macs[i]));
    }
    if (probe->extra_devargs[0]) {
        ds_put_format(&devargs, ",%s", probe->extra_devargs);
    }

    error = -netvsc_pci_do_probe(ds_cstr(&devargs));
    if (error == EEXIST) {
        /* Nobody here has it: left from a removal that failed, with ports of
         * a device that is gone. */
        netvsc_pci_do_remove("pci", probe->bdf);
        error = -netvsc_pci_do_probe(ds_cstr(&devargs));
    }
    if (error) {
        *errp = xasprintf("could not probe %s (%s)", ds_cstr(&devargs),
                          rte_strerror(error));
    } else {
        VLOG_INFO("PCI function %s probed", ds_cstr(&devargs));
    }
    ds_destroy(&devargs);
    return error;
}

static void
free_function(struct pci_function *f)
{
    free(f->macs);
    free(f);
}

/* Takes a reference to the PCI function of 'probe'.  If it is the first,
 * probes the function for the addresses of all network devices that the kernel
 * has on it.
 *
 * Returns 0 if successful.  Otherwise returns a positive errno value and
 * stores in '*errp' a message, which the caller must free:
 *
 *   - EBUSY: it was probed before the VF that is wanted was there, and other
 *     VFs on it are in use.
 *
 *   - others: as the PMD's probe gives them.
 *
 * May take seconds. */
int
netvsc_pci_function_get(const struct netvsc_pci_probe *probe, char **errp)
{
    struct pci_function *f = shash_find_data(&functions, probe->bdf);
    int error;

    if (f && probe->by_mac && !knows_mac(f, probe->mac)) {
        *errp = xasprintf("PCI function %s was probed before "ETH_ADDR_FMT
                          " was on it: it is probed again when no port uses a "
                          "VF on it", probe->bdf, ETH_ADDR_ARGS(probe->mac));
        return EBUSY;
    }
    if (!f) {
        f = xzalloc(sizeof *f);
        f->macs = netvsc_sysfs_function_macs(probe->sysfs_root, probe->bdf,
                                             &f->n_macs);
        error = probe_function(probe, f, errp);
        if (error) {
            free_function(f);
            return error;
        }
        shash_add(&functions, probe->bdf, f);
    }
    f->n_refs++;
    return 0;
}

/* Gives back a reference to the PCI function 'bdf'.  If it is the last,
 * removes the function from DPDK, with all of its ports. */
void
netvsc_pci_function_put(const char *bdf)
{
    struct shash_node *node = shash_find(&functions, bdf);
    struct pci_function *f = node->data;

    if (!--f->n_refs) {
        int error = -netvsc_pci_do_remove("pci", bdf);

        if (error) {
            VLOG_WARN("PCI function %s cannot be removed from DPDK: %s", bdf,
                      rte_strerror(error));
        }
        shash_delete(&functions, node);
        free_function(f);
    }
}
