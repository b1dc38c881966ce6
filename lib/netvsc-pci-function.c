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

#include "netdev-dpdk.h"
#include "netdev-provider.h"
#include "netvsc-sysfs.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_pci_function);

/* The worker's, for all ports: it has nothing of theirs. */
static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 60);

static bool is_probed(const char *bdf);
static char *find_foreign(const struct netdev_class *, const char *bdf,
                          const struct sset *own);
static int remove_function(const char *bus, const char *bdf);

int (*netvsc_pci_do_probe)(const char *devargs) = rte_dev_probe;
int (*netvsc_pci_do_remove)(const char *bus, const char *bdf)
    = remove_function;
bool (*netvsc_pci_is_probed)(const char *bdf) = is_probed;
char *(*netvsc_pci_find_foreign)(const struct netdev_class *, const char *bdf,
                                 const struct sset *own) = find_foreign;

/* A function that is probed. */
struct pci_function {
    struct sset users;          /* The netdevs with a reference... */
    const struct netdev_class *class; /* ...which are of this class. */
    struct eth_addr *macs;      /* The addresses that it was probed for. */
    size_t n_macs;
    char *extra_devargs;        /* What else it was probed with. */
};

/* By BDF. */
static struct shash functions = SHASH_INITIALIZER(&functions);

/* True if the ethdev 'port_id' exists and is on the PCI function 'bdf'. */
static bool
is_on_function(int port_id, const char *bdf)
{
    struct rte_eth_dev_info info;

    return (port_id >= 0 && rte_eth_dev_is_valid_port(port_id)
            && !rte_eth_dev_info_get(port_id, &info) && info.device
            && !strcmp(rte_dev_name(info.device), bdf));
}

/* True if DPDK has an ethdev on the function 'bdf'. */
static bool
is_probed(const char *bdf)
{
    uint16_t port_id;

    RTE_ETH_FOREACH_DEV (port_id) {
        if (is_on_function(port_id, bdf)) {
            return true;
        }
    }
    return false;
}

/* Returns the name of a netdev of 'class', netdev-dpdk's, that has an ethdev
 * on the function 'bdf' and is not one of 'own', or a null pointer if there is
 * none.  The caller must free it.  Takes netdev_mutex and the netdevs' own. */
static char *
find_foreign(const struct netdev_class *class, const char *bdf,
             const struct sset *own)
{
    struct shash netdevs = SHASH_INITIALIZER(&netdevs);
    struct shash_node *node;
    char *found = NULL;

    netdev_get_devices(class, &netdevs);
    SHASH_FOR_EACH (node, &netdevs) {
        struct netdev *netdev = node->data;

        if (!found && !sset_contains(own, node->name)
            && is_on_function(netdev_dpdk_get_port_id(netdev), bdf)) {
            found = xstrdup(node->name);
        }
        netdev_close(netdev);
    }
    shash_destroy(&netdevs);
    return found;
}

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
        if (is_on_function(port_id, bdf)) {
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

    if (netvsc_pci_is_probed(probe->bdf)) {
        /* Nobody has it: left from a removal that failed, with ports of a
         * device that is gone.  A probe would do nothing, and return 0:
         * rte_dev_probe() takes EEXIST for success. */
        netvsc_pci_do_remove("pci", probe->bdf);
    }
    error = -netvsc_pci_do_probe(ds_cstr(&devargs));
    if (error) {
        *errp = xasprintf("could not probe %s (%s)", ds_cstr(&devargs),
                          rte_strerror(error));
    } else {
        VLOG_INFO_RL(&rl, "PCI function %s probed", ds_cstr(&devargs));
    }
    ds_destroy(&devargs);
    return error;
}

static void
free_function(struct pci_function *f)
{
    sset_destroy(&f->users);
    free(f->macs);
    free(f->extra_devargs);
    free(f);
}

/* Makes the function of 'probe', to which there is no reference, one that is
 * probed.  As netvsc_pci_function_get(). */
static int
add_function(const struct netvsc_pci_probe *probe, struct pci_function **fp,
             char **errp)
{
    const struct sset own = SSET_INITIALIZER(&own);
    struct pci_function *f;
    char *foreign;
    int error;

    foreign = netvsc_pci_find_foreign(probe->class, probe->bdf, &own);
    if (foreign) {
        *errp = xasprintf("PCI function %s is in use by port %s of type dpdk, "
                          "which would lose it: delete that port, or use "
                          "type=netvsc for it too", probe->bdf, foreign);
        free(foreign);
        return EBUSY;
    }

    f = xzalloc(sizeof *f);
    sset_init(&f->users);
    f->class = probe->class;
    f->extra_devargs = xstrdup(probe->extra_devargs);
    f->macs = netvsc_sysfs_function_macs(probe->sysfs_root, probe->bdf,
                                         &f->n_macs);
    error = probe_function(probe, f, errp);
    if (error) {
        free_function(f);
        return error;
    }
    shash_add(&functions, probe->bdf, f);
    *fp = f;
    return 0;
}

/* Takes a reference to the PCI function of 'probe', for its netdev.  If it is
 * the first, probes the function for the addresses of all network devices that
 * the kernel has on it.
 *
 * Returns 0 if successful.  Otherwise returns a positive errno value and
 * stores in '*errp' a message, which the caller must free:
 *
 *   - EBUSY: it was probed before the VF that is wanted was there, and other
 *     VFs on it are in use; or a netdev that is not ours uses it.
 *
 *   - others: as the PMD's probe gives them.
 *
 * May take seconds. */
int
netvsc_pci_function_get(const struct netvsc_pci_probe *probe, char **errp)
{
    struct pci_function *f = shash_find_data(&functions, probe->bdf);

    if (!f) {
        int error = add_function(probe, &f, errp);

        if (error) {
            return error;
        }
    } else if (probe->by_mac && !knows_mac(f, probe->mac)) {
        *errp = xasprintf("PCI function %s was probed before "ETH_ADDR_FMT
                          " was on it: it is probed again when no port uses a "
                          "VF on it", probe->bdf, ETH_ADDR_ARGS(probe->mac));
        return EBUSY;
    } else if (strcmp(f->extra_devargs, probe->extra_devargs)) {
        VLOG_WARN_RL(&rl, "%s: PCI function %s was probed for another port "
                     "with the extra devargs \"%s\": \"%s\" has no effect",
                     probe->netdev, probe->bdf, f->extra_devargs,
                     probe->extra_devargs);
    }
    sset_add(&f->users, probe->netdev);
    return 0;
}

/* Removes the function 'bdf' from DPDK, with all of its ports.  Returns true
 * if successful, otherwise says why not. */
static bool
remove_from_dpdk(const char *bdf)
{
    int error = -netvsc_pci_do_remove("pci", bdf);

    if (error) {
        VLOG_WARN_RL(&rl, "PCI function %s cannot be removed from DPDK: %s",
                     bdf, rte_strerror(error));
    }
    return !error;
}

/* Gives back the reference of 'netdev', which is closed, to the PCI function
 * 'bdf'.  If it is the last, removes the function from DPDK, with all of its
 * ports, unless one of them is a netdev's that is not ours. */
void
netvsc_pci_function_put(const char *bdf, const char *netdev)
{
    struct shash_node *node = shash_find(&functions, bdf);
    struct pci_function *f = node->data;
    char *foreign;

    if (sset_count(&f->users) > 1) {
        sset_find_and_delete_assert(&f->users, netdev);
        return;
    }

    foreign = netvsc_pci_find_foreign(f->class, bdf, &f->users);
    if (foreign) {
        VLOG_WARN_RL(&rl, "PCI function %s stays in DPDK: port %s of type "
                     "dpdk uses it", bdf, foreign);
        free(foreign);
    } else {
        remove_from_dpdk(bdf);
    }
    shash_delete(&functions, node);
    free_function(f);
}

/* Removes from DPDK the PCI function 'bdf', which carries one VF, if a netdev
 * of 'class', netdev-dpdk's, does not use it.  To be called before such a
 * netdev is opened there.
 *
 * EAL probes all devices that it finds when it starts, unless it is told which.
 * netdev-dpdk takes what is probed, but does not detach what it has not
 * attached (netdev_dpdk_process_devargs() in lib/netdev-dpdk.c).  So when the
 * VF goes its ethdev stays, and is taken for the VF that comes back at the
 * same address. */
void
netvsc_pci_function_forget(const struct netdev_class *class, const char *bdf)
{
    const struct sset own = SSET_INITIALIZER(&own);
    char *foreign;

    if (!netvsc_pci_is_probed(bdf)) {
        return;
    }
    foreign = netvsc_pci_find_foreign(class, bdf, &own);
    if (!foreign && remove_from_dpdk(bdf)) {
        VLOG_INFO_RL(&rl, "PCI function %s, which DPDK had and nobody used, "
                     "is removed from it", bdf);
    }
    free(foreign);
}
