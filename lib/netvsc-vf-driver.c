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

#include "netvsc-vf-driver.h"

#include <string.h>

#include "netvsc-link.h"
#include "netvsc-mtu.h"
#include "netvsc-options.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

static void
put_pci(const struct netvsc_link *vf, struct netvsc_queues *queues OVS_UNUSED,
        struct ds *s)
{
    ds_put_cstr(s, vf->sysfs.address);
}

/* A port of a function that was probed before: rte_eth_iterator_init() takes
 * "mac=" for a property of the port to find. */
static void
put_by_mac(const struct netvsc_link *vf, struct netvsc_queues *queues,
           struct ds *s)
{
    put_pci(vf, queues, s);
    ds_put_format(s, ",mac="ETH_ADDR_FMT, ETH_ADDR_ARGS(vf->rt.mac));
}

/* As netvsc-synthetic.c. */
static void
put_af_xdp(const struct netvsc_link *vf, struct netvsc_queues *queues,
           struct ds *s)
{
    queues->mtu = netvsc_mtu_for_af_xdp(queues->mtu);
    ds_put_format(s, "iface=%s,start_queue=0,queue_count=%d,busy_budget=0",
                  vf->rt.name, queues->n_rxq);
}

static const struct netvsc_vf_driver drivers[] = {
    /* DPDK's mlx4 guide: one PCI function may have two ports, all of which a
     * probe without "port=" brings. */
    {
        .kernel_driver = "mlx4_core",
        .pmd = "net_mlx4",
        .shared_function = true,
        .has_pmd = true,
        .put_devargs = put_by_mac,
    },
    /* DPDK's mlx5 guide: one port a function. */
    {
        .kernel_driver = "mlx5_core",
        .pmd = "net_mlx5",
        .has_pmd = true,
        .put_devargs = put_pci,
    },
    /* DPDK's mana guide and drivers/net/mana/mana.c: ports of a function are
     * chosen by "mac=", all in one probe; mana_dev_configure() refuses numbers
     * of rxqs and txqs that differ or are no power of 2. */
    {
        .kernel_driver = "mana",
        .pmd = "net_mana",
        .shared_function = true,
        .probe_by_mac = true,
        .has_pmd = true,
        .equal_queues = true,
        .pow2_queues = true,
        .put_devargs = put_by_mac,
    },
    /* Any other driver keeps the device: the host sends traffic to a VF only
     * while its netdevice is up, so it must not be rebound to vfio-pci.
     * drivers/net/af_xdp/rte_eth_af_xdp.c: eth_dev_configure() refuses
     * different numbers of rxqs and txqs; packets of queues that it does not
     * open go to the kernel. */
    {
        .kernel_driver = NULL,
        .pmd = "net_af_xdp",
        .is_vdev = true,
        .equal_queues = true,
        .all_kernel_queues = true,
        .put_devargs = put_af_xdp,
    },
};

/* Returns the row for 'kernel_driver'.  There always is one. */
const struct netvsc_vf_driver *
netvsc_vf_driver_lookup(const char *kernel_driver)
{
    const struct netvsc_vf_driver *d = drivers;

    while (d->kernel_driver && strcmp(d->kernel_driver, kernel_driver)) {
        d++;
    }
    return d;
}

/* If 'devargs' are of the PCI device 'vf', returns the rest of them, otherwise
 * a null pointer. */
static const char *
skip_pci_address(const char *devargs, const struct netvsc_link *vf)
{
    size_t n = strlen(vf->sysfs.address);

    if (!strncmp(devargs, "pci:", 4)) {
        devargs += 4;
    }
    return (n && !strncmp(devargs, vf->sysfs.address, n)
            && (!devargs[n] || devargs[n] == ',') ? &devargs[n] : NULL);
}

/* Appends 'extra' devargs to 's', without those that choose a port by its
 * address if 'but_mac'. */
static void
put_extra(const char *extra, bool but_mac, struct ds *s)
{
    while (*extra) {
        size_t n = strcspn(extra, ",");

        if (n && !(but_mac && !strncmp(extra, "mac=", 4))) {
            ds_put_format(s, "%s%.*s", s->length ? "," : "", (int) n, extra);
        }
        extra += n + (extra[n] == ',');
    }
}

/* Fills in '*spec', of a path for the device 'vf', by the rules of its driver.
 * 'wanted' is what the port asks for.  Returns true if successful, false if
 * the devargs are too long, when '*spec' is indeterminate.
 *
 * Explicit devargs with the PCI address of 'vf' are as that address and extra
 * devargs, if its driver has a PMD.  Others are taken as they are. */
bool
netvsc_vf_driver_make_spec(const struct netvsc_link *vf,
                           const struct netvsc_options *options,
                           const struct netvsc_queues *wanted,
                           struct netvsc_path_spec *spec)
{
    const struct netvsc_vf_driver *driver
        = netvsc_vf_driver_lookup(vf->sysfs.driver);
    bool is_explicit = options->vf == NETVSC_VF_DEVARGS;
    const char *extra = options->vf_extra_devargs;
    struct ds s = DS_EMPTY_INITIALIZER;
    struct netvsc_queues *queues;
    bool ok;

    memset(spec, 0, sizeof *spec);
    spec->ifindex = vf->rt.ifindex;
    spec->serial = vf->serial;
    spec->queues = *wanted;
    queues = &spec->queues;

    if (is_explicit) {
        extra = (driver->has_pmd
                 ? skip_pci_address(options->vf_devargs, vf) : NULL);
    }
    if (!extra) {
        ds_put_cstr(&s, options->vf_devargs);
    } else {
        if (driver->all_kernel_queues) {
            queues->n_rxq = queues->n_txq = vf->n_channels;
        } else if (driver->equal_queues) {
            queues->n_rxq = MIN(queues->n_rxq, queues->n_txq);
            queues->n_txq = queues->n_rxq;
        }
        if (driver->pow2_queues) {
            queues->n_rxq = ROUND_DOWN_POW2(queues->n_rxq);
            queues->n_txq = ROUND_DOWN_POW2(queues->n_txq);
        }
        if (driver->is_vdev) {
            /* Opened by its name, so that a rename means to open it again. */
            ovs_strlcpy(spec->vdev, driver->pmd, sizeof spec->vdev);
            ovs_strlcpy(spec->ifname, vf->rt.name, sizeof spec->ifname);
        }
        if (driver->has_pmd) {
            ovs_strlcpy(spec->bdf, vf->sysfs.address, sizeof spec->bdf);
        }
        if (driver->shared_function) {
            spec->shares_function = true;
            spec->mac = vf->rt.mac;
            spec->probe_by_mac = driver->probe_by_mac;
            put_extra(extra, is_explicit, &s);
            ovs_strlcpy(spec->probe_devargs, ds_cstr(&s),
                        sizeof spec->probe_devargs);
            ds_clear(&s);
        }
        driver->put_devargs(vf, queues, &s);
        if (!driver->shared_function) {
            put_extra(extra, false, &s);
        }
    }

    ok = s.length < sizeof spec->devargs;
    ovs_strlcpy(spec->devargs, ds_cstr(&s), sizeof spec->devargs);
    ds_destroy(&s);
    return ok;
}
