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

#include "netvsc-path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_config.h>
#include <rte_ethdev.h>

#include "dp-packet.h"
#include "netdev-dpdk.h"
#include "netdev-provider.h"
#include "netvsc-af-xdp.h"
#include "netvsc-link.h"
#include "netvsc-pci-function.h"
#include "netvsc-sysfs.h"
#include "netvsc-tap.h"
#include "openvswitch/vlog.h"
#include "ovs-atomic.h"
#include "ovs-rcu.h"
#include "packets.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_path);

/* The worker's, for all ports: it has nothing of theirs. */
static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 60);

/* A netdev_open() of a known name gives the existing netdev, even a dying one,
 * and EAL keeps a vdev's name until the device is gone: so no name is ever
 * used twice in a process. */
static atomic_count next_generation = ATOMIC_COUNT_INIT(1);

const char *
netvsc_path_id_to_string(enum netvsc_path_id id)
{
    switch (id) {
    case NETVSC_SYNTHETIC:
        return "synthetic";
    case NETVSC_VF:
        return "vf";
    case NETVSC_N_PATHS:
        return "none";
    default:
        OVS_NOT_REACHED();
    }
}

bool
netvsc_path_spec_equals(const struct netvsc_path_spec *a,
                        const struct netvsc_path_spec *b)
{
    return !memcmp(a, b, sizeof *a);
}

/* True if 'a' and 'b' are of the same device of the kernel. */
bool
netvsc_path_spec_same_device(const struct netvsc_path_spec *a,
                             const struct netvsc_path_spec *b)
{
    return a->ifindex == b->ifindex && a->serial == b->serial;
}

static void
add_int(struct smap *args, const char *key, int value)
{
    if (value) {
        smap_add_format(args, key, "%d", value);
    }
}

/* Takes a reference to the PCI function of 'path', if it shares one, or has
 * DPDK forget the function that it has to itself. */
static int
get_function(struct netvsc_path *path, char **errp)
{
    const struct netvsc_path_spec *spec = &path->spec;
    const struct netvsc_pci_probe probe = {
        .netdev = netdev_get_name(path->netdev),
        .class = path->netdev->netdev_class,
        .sysfs_root = NETVSC_SYSFS_ROOT,
        .bdf = spec->bdf,
        .mac = spec->mac,
        .by_mac = spec->probe_by_mac,
        .extra_devargs = spec->probe_devargs,
    };
    int error;

    if (!spec->shares_function) {
        if (spec->bdf[0]) {
            netvsc_pci_function_forget(probe.class, spec->bdf);
        }
        return 0;
    }
    error = netvsc_pci_function_get(&probe, errp);
    path->has_function = !error;
    return error;
}

/* True if 'path' is opened by the PMD that is called net_NAME, or eth_NAME, as
 * it is for DPDK, too. */
static bool
is_vdev(const struct netvsc_path *path, const char *name)
{
    return ((!strncmp(path->devargs, "net_", 4)
             || !strncmp(path->devargs, "eth_", 4))
            && !strncmp(path->devargs + 4, name, strlen(name)));
}

/* What is to be done for a PMD before 'path''s child is opened.  Returns 0, or
 * EBUSY if somebody else has a queue that the path needs, as far as this is
 * known. */
static int
prepare(struct netvsc_path *path, char **errp)
{
    const struct netvsc_path_spec *spec = &path->spec;
    int queue = -1;

    if (is_vdev(path, "af_xdp")) {
        int n_rxq = spec->queues.n_rxq;

        /* Who writes devargs may have chosen other queues. */
        ovsrcu_quiesce_start();
        queue = netvsc_af_xdp_opening(spec->ifindex, n_rxq,
                                      spec->vdev[0] ? n_rxq : 0,
                                      &path->af_xdp);
        ovsrcu_quiesce_end();
    }
    if (queue >= 0) {
        *errp = xasprintf("another AF_XDP socket has queue %d of %s: end the "
                          "program that uses it", queue, spec->ifname);
    }
    return queue >= 0 ? EBUSY : 0;
}

/* Discards what 'path' has received so far, if its PMD is net_af_packet.  Up
 * to and including DPDK 22.11 that takes packets of all interfaces into its
 * ring until it binds its socket to the right one: rte_pmd_init_internals() in
 * drivers/net/af_packet/rte_eth_af_packet.c. */
static void
discard_foreign_packets(struct netvsc_path *path)
{
    const int max_packets = 4096;       /* No ring of ours is as large. */

    if (!is_vdev(path, "af_packet")) {
        return;
    }
    for (int i = 0; i < path->n_rxq; i++) {
        struct dp_packet_batch batch;
        int left = max_packets;

        do {
            dp_packet_batch_init(&batch);
            if (netdev_rxq_recv(path->rxqs[i], &batch, NULL)) {
                break;
            }
            left -= dp_packet_batch_size(&batch);
            dp_packet_delete_batch(&batch, true);
        } while (left > 0);
    }
}

/* Brings 'path''s child, just opened, to the state in which it passes packets.
 * On failure returns a positive errno value and stores in '*errp' either a
 * message, which the caller must free, or a null pointer. */
static int
configure(struct netvsc_path *path, char **errp)
{
    const struct netvsc_queues *queues = &path->spec.queues;
    struct netdev *netdev = path->netdev;
    struct smap args = SMAP_INITIALIZER(&args);
    long long int start;
    const char *step;
    int error;

    smap_add(&args, "dpdk-devargs", path->devargs);
    add_int(&args, "n_rxq", queues->n_rxq);
    add_int(&args, "n_rxq_desc", queues->n_rxq_desc);
    add_int(&args, "n_txq_desc", queues->n_txq_desc);

    /* A probe may take seconds.  Nothing in there reads RCU-protected data of
     * others, so do not make them wait for it: the main thread synchronizes
     * with RCU whenever it changes bridges. */
    ovsrcu_quiesce_start();

    if (path->id == NETVSC_SYNTHETIC) {
        const char *up_error = netvsc_link_change_flags(path->spec.ifindex,
                                                        IFF_UP, 0);
        unsigned int flags = 0;

        if (up_error) {
            VLOG_WARN_RL(&rl, "%s: cannot set %s up (%s)",
                         netdev_get_name(netdev), path->spec.ifname, up_error);
        }
        netvsc_tap_remove_leftovers(netdev_get_name(netdev), &path->spec);
        if (netvsc_link_get(path->spec.ifindex, &flags, NULL)) {
            path->flags_to_clear = (IFF_PROMISC | IFF_ALLMULTI) & ~flags;
        }
    }
    if (path->spec.tap_prefix[0]) {
        path->tap = netvsc_tap_opening(netdev_get_name(netdev), &path->spec);
    }
    step = "probe";
    start = time_usec();
    error = get_function(path, errp);
    if (!error) {
        error = netdev_set_config(netdev, &args, errp);
    }
    if (!error) {
        path->port_id = netdev_dpdk_get_port_id(netdev);
        if (path->tap) {
            path->tap_ifindex = netvsc_tap_probed(path->tap, path->port_id,
                                                  path->tap_name);
        }
    }
    smap_destroy(&args);
    if (!error) {
        step = "set the MTU of";
        error = netdev_set_mtu(netdev, queues->mtu);
    }
    if (!error) {
        step = "set the transmit queues of";
        error = netdev_set_tx_multiq(netdev, queues->n_txq);
    }
    if (!error) {
        step = "start";
        error = (netdev_is_reconf_required(netdev)
                 ? netdev_reconfigure(netdev) : 0);
    }
    path->dpdk_us = time_usec() - start;
    for (int i = 0; !error && i < netdev_n_rxq(netdev); i++) {
        step = "open the receive queues of";
        path->rxqs = xrealloc(path->rxqs, (i + 1) * sizeof *path->rxqs);
        error = netdev_rxq_open(netdev, &path->rxqs[i], i);
        path->n_rxq += !error;
    }

    if (!error && path->af_xdp) {
        netvsc_af_xdp_opened(path->af_xdp, path->port_id, path->n_rxq);
    }

    ovsrcu_quiesce_end();

    path->n_txq = netdev_n_txq(netdev);
    if (!error) {
        discard_foreign_packets(path);
    }
    if (error && !*errp) {
        *errp = xasprintf("could not %s %s (%s); the log says more", step,
                          path->devargs, ovs_strerror(error));
    }
    return error;
}

/* Returns what to probe for 'spec', whose names are never used again.  The
 * caller must free it. */
static char *
make_devargs(const struct netvsc_path_spec *spec, unsigned int generation)
{
    if (spec->tap_prefix[0]) {
        /* The kernel puts a number for the last part.  Without that the PMD
         * would join a tap of this name of another process.  The name must
         * not be too long. */
        return xasprintf("%snv%u,iface=%s%u_%%d,%s", spec->vdev, generation,
                         spec->tap_prefix, generation % 1000000,
                         spec->devargs);
    } else if (spec->vdev[0]) {
        return xasprintf("%snv%u,%s", spec->vdev, generation, spec->devargs);
    } else {
        return xstrdup(spec->devargs);
    }
}

/* Opens a path for the port named 'port_name' as 'spec' says: probes the
 * device, configures and starts it, opens its receive queues.
 *
 * If successful returns 0 and stores the path in '*pathp'; the caller must
 * close it with netvsc_path_close().  Otherwise returns a positive errno value
 * and stores a message for a person in '*errp', which the caller must free:
 *
 *   - EADDRINUSE: another netdev holds the device, perhaps a path that is
 *     being closed.  Try again.
 *
 *   - EINVAL: DPDK cannot probe the device.
 *
 *   - ENOMEM: no memory for its packet buffers.
 *
 *   - others: as the PMD gives them.
 *
 * May take seconds.  Takes netdev_mutex and netdev-dpdk's locks: the caller
 * must hold no lock that a netdev's destruct function takes. */
int
netvsc_path_open(const char *port_name, enum netvsc_path_id id,
                 const struct netvsc_path_spec *spec,
                 struct netvsc_path **pathp, char **errp)
{
    unsigned int generation = atomic_count_inc(&next_generation);
    struct netvsc_path *path = xzalloc(sizeof *path);
    char *name;
    int error;

    *pathp = NULL;
    *errp = NULL;

    path->id = id;
    path->spec = *spec;
    path->devargs = make_devargs(spec, generation);

    error = prepare(path, errp);
    if (error) {
        netvsc_path_close(path, NULL);
        return error;
    }

    /* No Linux device has a slash in its name, and no user's port either. */
    name = xasprintf("%s/%s.%u", port_name, netvsc_path_id_to_string(id),
                     generation);
    error = netdev_open(name, "dpdk", &path->netdev);
    free(name);
    if (error) {
        path->netdev = NULL;
        *errp = xasprintf("could not open a netdev of type dpdk (%s)",
                          ovs_strerror(error));
    } else {
        error = configure(path, errp);
    }

    if (error) {
        netvsc_path_close(path, NULL);
        return error;
    }
    *pathp = path;
    return 0;
}

/* Closes 'path' and frees it.  No thread may use it any longer: it must have
 * been taken out of the path set a grace period ago.  Stores the child's
 * statistics, as they were at the end, in '*final', if that is nonnull: all
 * zeros if they could not be read.
 *
 * May take seconds.  Locks as netvsc_path_open(). */
void
netvsc_path_close(struct netvsc_path *path, struct netdev_stats *final)
{
    char *name;

    if (!path) {
        return;
    }

    ovsrcu_quiesce_start();
    if (final && netdev_get_stats(path->netdev, final)) {
        memset(final, 0, sizeof *final);
    }
    for (int i = 0; i < path->n_rxq; i++) {
        netdev_rxq_close(path->rxqs[i]);
    }
    if (path->n_rxq) {
        /* It was started.  To stop it may take long, which netdev_close()
         * would do too, but with locks that the main thread needs. */
        rte_eth_dev_stop(path->port_id);
    }
    netvsc_af_xdp_closing(path->af_xdp);
    name = nullable_xstrdup(path->netdev ? netdev_get_name(path->netdev)
                            : NULL);
    netdev_close(path->netdev);
    netvsc_af_xdp_closed(path->af_xdp);
    if (path->flags_to_clear) {
        netvsc_link_change_flags(path->spec.ifindex, 0, path->flags_to_clear);
    }
    netvsc_tap_closed(path->tap);
    if (path->has_function) {
        netvsc_pci_function_put(path->spec.bdf, name);
    }
    ovsrcu_quiesce_end();

    free(name);
    free(path->rxqs);
    free(path->devargs);
    free(path);
}
