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

#include "netdev-netvsc.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "dpdk.h"
#include "hash.h"
#include "netdev-provider.h"
#include "netvsc-claim.h"
#include "netvsc-config.h"
#include "netvsc-eal.h"
#include "netvsc-kernel.h"
#include "netvsc-list.h"
#include "netvsc-monitor.h"
#include "netvsc-offload.h"
#include "netvsc-options.h"
#include "netvsc-path-set.h"
#include "netvsc-port.h"
#include "netvsc-port-show.h"
#include "netvsc-synthetic.h"
#include "netvsc-unixctl.h"
#include "openvswitch/vlog.h"
#include "ovs-numa.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netdev_netvsc);

/* The class callbacks: they check what is asked for, note it in the port and
 * wake the monitor, which does the work.  The main thread calls them, but for
 * those of the data path, which PMD threads call. */

/* As netdev-dpdk's NETDEV_DPDK_MAX_PKT_LEN, less what it adds to the MTU. */
#define MAX_MTU (9728 - 18 - 8)

struct netdev_netvsc {
    PADDED_MEMBERS(CACHE_LINE_SIZE,
        struct netdev up;

        /* The main thread's. */
        struct netvsc_port *port;
        int numa_id;
        struct netvsc_queues requested; /* 'n_txq' and so on, until the
                                         * datapath reconfigures the port. */
        bool started;
    );
    struct netvsc_dp dp;                /* In cache lines of its own, as
                                         * xzalloc_cacheline() aligns all. */
};

BUILD_ASSERT_DECL(offsetof(struct netdev_netvsc, dp) % CACHE_LINE_SIZE == 0);

struct netvsc_rxq {
    struct netdev_rxq up;
    struct netvsc_rx_state state;
};

/* All that a PMD thread reads and writes of it for a burst. */
BUILD_ASSERT_DECL(sizeof(struct netvsc_rxq) <= CACHE_LINE_SIZE);

static const struct netdev_class netvsc_class;

static struct netdev_netvsc *
netdev_netvsc_cast(const struct netdev *netdev)
{
    ovs_assert(netdev_get_class(netdev) == &netvsc_class);
    return CONTAINER_OF(netdev, struct netdev_netvsc, up);
}

static struct netdev *
netdev_netvsc_alloc(void)
{
    struct netdev_netvsc *dev = xzalloc_cacheline(sizeof *dev);

    return &dev->up;
}

static int
netdev_netvsc_construct(struct netdev *netdev)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);

    dev->requested = (struct netvsc_queues) {
        .n_rxq = 1, .n_txq = 1, .mtu = ETH_PAYLOAD_MAX
    };
    netdev->n_rxq = netdev->n_txq = 0;
    netdev->ol_flags = netvsc_offload_port_flags();
    netvsc_dp_init(&dev->dp);
    dev->port = netvsc_port_create(netdev_get_name(netdev), netdev, &dev->dp);
    netvsc_monitor_start();
    netdev_request_reconfigure(netdev);
    return 0;
}

/* Children must not be closed here, where netdev_mutex is held: the monitor
 * does it. */
static void
netdev_netvsc_destruct(struct netdev *netdev)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);

    netvsc_port_orphan(dev->port);
    netvsc_monitor_wake();
}

static void
netdev_netvsc_dealloc(struct netdev *netdev)
{
    free_cacheline(netdev_netvsc_cast(netdev));
}

/* How soon the kernel is asked again for what it lacked, ms.  Open vSwitch
 * configures every port again whenever anything changes. */
#define ASK_AGAIN_INTERVAL 5000

/* Returns a null pointer if a backend exists that 'options' allow and that
 * works on this machine, otherwise what is missing. */
static const char *
check_backends(const struct netvsc_options *options)
{
    const struct netvsc_synthetic *b = NULL;
    const char *missing = NULL;
    bool any = false;

    if (options->synthetic) {
        return netvsc_synthetic_check(options->synthetic);
    }

    /* All of them are asked, so that the monitor need not wait for any. */
    while ((b = netvsc_synthetic_next(b)) != NULL) {
        const char *m = netvsc_synthetic_check(b);

        any |= !m;
        missing = m ? m : missing;
    }
    return any ? NULL : missing;
}

/* Checks that a backend exists that works on this machine. */
static char *
check_synthetic(const struct netvsc_options *options)
{
    const char *missing = check_backends(options);

    if (missing && netvsc_kernel_ask_again(ASK_AGAIN_INTERVAL)) {
        missing = check_backends(options);
    }
    return (!missing ? NULL
            : options->synthetic
            ? xasprintf("options:synthetic=%s cannot work here: %s",
                        options->synthetic->name, missing)
            : xasprintf("no synthetic backend works here: %s", missing));
}

static int
netdev_netvsc_set_config(struct netdev *netdev, const struct smap *args,
                         char **errp)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);
    struct netvsc_port *port = dev->port;
    struct netvsc_options options;
    struct netvsc_claim claim;
    char *message;
    int error = EINVAL;
    bool changed;

    message = netvsc_options_parse(args, &options);
    if (!message && !dpdk_available()) {
        message = xstrdup("netvsc ports need DPDK: set Open_vSwitch "
                          "other_config:dpdk-init=true");
        error = ENODEV;
    }
    if (!message && !options.ignore) {
        message = check_synthetic(&options);
    }
    if (!message) {
        message = netvsc_claim_check(port, &options, &claim, &error);
    }
    if (message) {
        VLOG_WARN_RL(&port->rl, "%s: %s", netdev_get_name(netdev), message);
        *errp = message;
        return error;
    }

    if (options.n_rxq != dev->requested.n_rxq
        || options.n_rxq_desc != dev->requested.n_rxq_desc
        || options.n_txq_desc != dev->requested.n_txq_desc) {
        dev->requested.n_rxq = options.n_rxq;
        dev->requested.n_rxq_desc = options.n_rxq_desc;
        dev->requested.n_txq_desc = options.n_txq_desc;
        netdev_request_reconfigure(netdev);
    }
    if (!dev->started) {
        /* The datapath schedules by it: it stays as it is from then on. */
        dev->numa_id = MAX(claim.numa_node, 0);
    }

    ovs_mutex_lock(&netvsc_mutex);
    changed = netvsc_claim_commit(port, &options, &claim);
    ovs_mutex_unlock(&netvsc_mutex);
    if (changed) {
        netvsc_monitor_wake();
    }
    return 0;
}

static int
netdev_netvsc_get_config(const struct netdev *netdev, struct smap *args)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);

    smap_add_format(args, "requested_rx_queues", "%d", dev->requested.n_rxq);
    smap_add_format(args, "configured_rx_queues", "%d", netdev->n_rxq);
    smap_add_format(args, "requested_tx_queues", "%d", dev->requested.n_txq);
    smap_add_format(args, "configured_tx_queues", "%d", netdev->n_txq);
    smap_add_format(args, "mtu", "%d", dev->requested.mtu);
    return 0;
}

static int
netdev_netvsc_get_numa_id(const struct netdev *netdev)
{
    return netdev_netvsc_cast(netdev)->numa_id;
}

static int
netdev_netvsc_set_tx_multiq(struct netdev *netdev, unsigned int n_txq)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);

    if (dev->requested.n_txq != n_txq) {
        dev->requested.n_txq = n_txq;
        netdev_request_reconfigure(netdev);
    }
    return 0;
}

static int
netdev_netvsc_set_mtu(struct netdev *netdev, int mtu)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);

    if (mtu < 68 || mtu > MAX_MTU) {
        VLOG_WARN_RL(&dev->port->rl, "%s: unsupported MTU %d: it must be 68 "
                     "to %d", netdev_get_name(netdev), mtu, MAX_MTU);
        return EINVAL;
    }
    if (dev->requested.mtu != mtu) {
        dev->requested.mtu = mtu;
        netdev_request_reconfigure(netdev);
    }
    return 0;
}

static int
netdev_netvsc_get_mtu(const struct netdev *netdev, int *mtup)
{
    *mtup = netdev_netvsc_cast(netdev)->requested.mtu;
    return 0;
}

/* Adopts the queues and the MTU asked for at once; the paths are built anew
 * behind the datapath's back, one after the other. */
static int
netdev_netvsc_reconfigure(struct netdev *netdev)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);
    struct netvsc_port *port = dev->port;

    netdev->n_rxq = dev->requested.n_rxq;
    netdev->n_txq = dev->requested.n_txq;
    dev->started = true;

    ovs_mutex_lock(&netvsc_mutex);
    port->queues = dev->requested;
    port->started = true;
    netvsc_port_publish(port);
    ovs_mutex_unlock(&netvsc_mutex);

    /* The bridge's MTU follows its ports'. */
    netdev_change_seq_changed(netdev);
    netvsc_monitor_wake();
    return 0;
}

static int
netdev_netvsc_get_etheraddr(const struct netdev *netdev, struct eth_addr *mac)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);

    ovs_mutex_lock(&netvsc_mutex);
    *mac = dev->port->paths[NETVSC_SYNTHETIC].mac;
    ovs_mutex_unlock(&netvsc_mutex);
    return 0;
}

/* Not the kernel's ifindex: with that, hw-offload would put TC filters on the
 * interface.  As netdev-dpdk does. */
static int
netdev_netvsc_get_ifindex(const struct netdev *netdev)
{
    return hash_string(netdev_get_name(netdev), 0) & 0xffffff;
}

static int
netdev_netvsc_get_carrier(const struct netdev *netdev, bool *carrier)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);

    ovs_mutex_lock(&netvsc_mutex);
    *carrier = dev->port->carrier;
    ovs_mutex_unlock(&netvsc_mutex);
    return 0;
}

static long long int
netdev_netvsc_get_carrier_resets(const struct netdev *netdev)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);
    long long int resets;

    ovs_mutex_lock(&netvsc_mutex);
    resets = dev->port->carrier_resets;
    ovs_mutex_unlock(&netvsc_mutex);
    return resets;
}

static int
netdev_netvsc_update_flags(struct netdev *netdev, enum netdev_flags off,
                           enum netdev_flags on, enum netdev_flags *old_flagsp)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);
    struct netvsc_port *port = dev->port;
    bool up;

    if ((off | on) & ~(NETDEV_UP | NETDEV_PROMISC)) {
        return EINVAL;
    }

    /* netdev-dpdk makes every child promiscuous, so the port always is.
     * Taking a VF's netdevice down would end its reception for good, so the
     * port is taken down in itself, not in its children. */
    ovs_mutex_lock(&netvsc_mutex);
    *old_flagsp = NETDEV_PROMISC | (port->admin_up ? NETDEV_UP : 0);
    up = (port->admin_up || on & NETDEV_UP) && !(off & NETDEV_UP);
    if (up != port->admin_up) {
        port->admin_up = up;
        netvsc_port_publish(port);
        netdev_change_seq_changed(netdev);
    }
    ovs_mutex_unlock(&netvsc_mutex);
    return 0;
}

/* Returns the child that 'dev' transmits on, or a null pointer.  It stays open
 * until the calling thread quiesces. */
static struct netdev *
active_child(const struct netdev_netvsc *dev)
{
    return netvsc_dp_get(&dev->dp)->tx;
}

/* Stores in '*speed' what the kernel said of the path that 'dev' transmits on,
 * if that is a virtual device of DPDK: net_tap, net_af_packet and net_af_xdp
 * say 10 Gbit/s of whatever they are over.  Returns false if it is none, so
 * that its PMD knows. */
static bool
kernel_knows_speed(const struct netdev_netvsc *dev, struct netvsc_speed *speed)
{
    const struct netvsc_port *port = dev->port;
    bool is_virtual = false;

    ovs_mutex_lock(&netvsc_mutex);
    if (port->active != NETVSC_NO_PATH) {
        const struct netvsc_port_path *pp = &port->paths[port->active];

        is_virtual = netvsc_path_spec_is_virtual(&pp->spec);
        *speed = pp->speed;
    }
    ovs_mutex_unlock(&netvsc_mutex);
    return is_virtual;
}

static int
netdev_netvsc_get_features(const struct netdev *netdev,
                           enum netdev_features *current,
                           enum netdev_features *advertised,
                           enum netdev_features *supported,
                           enum netdev_features *peer)
{
    const struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);
    struct netdev *child = active_child(dev);
    struct netvsc_speed speed;

    *advertised = *supported = *peer = 0;
    if (child && !kernel_knows_speed(dev, &speed)) {
        return netdev_get_features(child, current, NULL, NULL, NULL);
    }
    *current = child ? netvsc_speed_to_features(&speed) : 0;
    return *current ? 0 : EOPNOTSUPP;
}

#ifdef HAVE_STRUCT_NETDEV_CLASS_GET_SPEED
static int
netdev_netvsc_get_speed(const struct netdev *netdev, uint32_t *current,
                        uint32_t *max)
{
    const struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);
    struct netdev *child = active_child(dev);
    struct netvsc_speed speed;

    if (child && !kernel_knows_speed(dev, &speed)) {
        return netdev_get_speed(child, current, max);
    }
    *current = child ? speed.mbps : 0;
    *max = 0;
    return *current ? 0 : EOPNOTSUPP;
}
#endif

#ifdef HAVE_STRUCT_NETDEV_CLASS_GET_DUPLEX
static int
netdev_netvsc_get_duplex(const struct netdev *netdev, bool *full_duplex)
{
    const struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);
    struct netdev *child = active_child(dev);
    struct netvsc_speed speed;

    if (child && !kernel_knows_speed(dev, &speed)) {
        return netdev_get_duplex(child, full_duplex);
    }
    *full_duplex = child && speed.full_duplex;
    return child && speed.mbps ? 0 : EOPNOTSUPP;
}
#endif

static int
netdev_netvsc_get_stats(const struct netdev *netdev,
                        struct netdev_stats *stats)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);
    struct netdev_stats by_path[NETVSC_N_PATHS];

    netvsc_port_get_stats(dev->port, stats, by_path);
    if (stats->tx_dropped == UINT64_MAX) {
        stats->tx_dropped = 0;
    }
    stats->tx_dropped += (netvsc_dp_get_tx_drops(&dev->dp)
                          + netvsc_dp_get_invalid_drops(&dev->dp));
    return 0;
}

static void
put_counter(struct netdev_custom_stats *stats, const char *prefix,
            const char *name, uint64_t value)
{
    struct netdev_custom_counter *c;

    if (value == UINT64_MAX) {
        value = 0;
    }
    stats->counters = xrealloc(stats->counters,
                               (stats->size + 1) * sizeof *stats->counters);
    c = &stats->counters[stats->size++];
    snprintf(c->name, sizeof c->name, "%s%s", prefix, name);
    c->value = value;
}

static int
netdev_netvsc_get_custom_stats(const struct netdev *netdev,
                               struct netdev_custom_stats *stats)
{
    static const char *prefixes[NETVSC_N_PATHS] = {
        [NETVSC_SYNTHETIC] = "synthetic_",
        [NETVSC_VF] = "vf_",
    };
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);
    struct netdev_stats total, by_path[NETVSC_N_PATHS];
    const struct netvsc_port *port = dev->port;

    stats->size = 0;
    stats->counters = NULL;

    netvsc_port_get_stats(dev->port, &total, by_path);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        const struct netdev_stats *s = &by_path[i];

        put_counter(stats, prefixes[i], "rx_packets", s->rx_packets);
        put_counter(stats, prefixes[i], "rx_bytes", s->rx_bytes);
        put_counter(stats, prefixes[i], "rx_dropped", s->rx_dropped);
        put_counter(stats, prefixes[i], "tx_packets", s->tx_packets);
        put_counter(stats, prefixes[i], "tx_bytes", s->tx_bytes);
        put_counter(stats, prefixes[i], "tx_dropped", s->tx_dropped);
    }
    ovs_mutex_lock(&netvsc_mutex);
    put_counter(stats, "", "path_switches", port->path_switches);
    put_counter(stats, "", "vf_attach_failures",
                port->paths[NETVSC_VF].n_failed);
    ovs_mutex_unlock(&netvsc_mutex);
    put_counter(stats, "", "no_path_tx_drops",
                netvsc_dp_get_tx_drops(&dev->dp));
    put_counter(stats, "", "tx_invalid_hwol_drops",
                netvsc_dp_get_invalid_drops(&dev->dp));
    return 0;
}

static int
netdev_netvsc_get_status(const struct netdev *netdev, struct smap *smap)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);

    ovs_mutex_lock(&netvsc_mutex);
    netvsc_port_get_status(dev->port, smap);
    ovs_mutex_unlock(&netvsc_mutex);
    smap_add_format(smap, "numa_id", "%d", dev->numa_id);
    return 0;
}

/* QoS: what is wanted is noted; the worker has the children do it. */

/* Ends a change of the QoS of 'port', which was begun by locking. */
static void
qos_unlock(struct netvsc_port *port, bool changed)
    OVS_RELEASES(netvsc_mutex)
{
    port->qos_serial += changed;
    ovs_mutex_unlock(&netvsc_mutex);
    if (changed) {
        netvsc_monitor_wake();
    }
}

static int
netdev_netvsc_set_policing(struct netdev *netdev, uint32_t kbits_rate,
                           uint32_t kbits_burst, uint32_t kpkts_rate,
                           uint32_t kpkts_burst)
{
    struct netvsc_port *port = netdev_netvsc_cast(netdev)->port;
    bool changed;

    ovs_mutex_lock(&netvsc_mutex);
    changed = netvsc_qos_set_policing(&port->qos, kbits_rate, kbits_burst,
                                      kpkts_rate, kpkts_burst);
    qos_unlock(port, changed);
    return 0;
}

static int
netdev_netvsc_get_qos_types(const struct netdev *netdev OVS_UNUSED,
                            struct sset *types)
{
    netvsc_qos_get_types(types);
    return 0;
}

static int
netdev_netvsc_get_qos(const struct netdev *netdev, const char **typep,
                      struct smap *details)
{
    struct netvsc_port *port = netdev_netvsc_cast(netdev)->port;

    ovs_mutex_lock(&netvsc_mutex);
    *typep = port->qos.type ? port->qos.type->name : "";
    smap_destroy(details);
    smap_clone(details, &port->qos.details);
    ovs_mutex_unlock(&netvsc_mutex);
    return 0;
}

static int
netdev_netvsc_set_qos(struct netdev *netdev, const char *type,
                      const struct smap *details)
{
    struct netvsc_port *port = netdev_netvsc_cast(netdev)->port;
    bool changed = false;
    int error;

    ovs_mutex_lock(&netvsc_mutex);
    error = netvsc_qos_set(&port->qos, type, details, &changed);
    qos_unlock(port, changed);
    return error;
}

static int
netdev_netvsc_get_queue(const struct netdev *netdev, unsigned int queue_id,
                        struct smap *details)
{
    struct netvsc_port *port = netdev_netvsc_cast(netdev)->port;
    const struct netvsc_qos_queue *queue;

    ovs_mutex_lock(&netvsc_mutex);
    queue = netvsc_qos_find_queue(&port->qos, queue_id);
    if (queue) {
        smap_destroy(details);
        smap_clone(details, &queue->details);
    }
    ovs_mutex_unlock(&netvsc_mutex);
    return queue ? 0 : EINVAL;
}

static int
netdev_netvsc_set_queue(struct netdev *netdev, unsigned int queue_id,
                        const struct smap *details)
{
    struct netvsc_port *port = netdev_netvsc_cast(netdev)->port;
    bool changed = false;
    int error;

    ovs_mutex_lock(&netvsc_mutex);
    error = netvsc_qos_set_queue(&port->qos, queue_id, details, &changed);
    qos_unlock(port, changed);
    return error;
}

static int
netdev_netvsc_delete_queue(struct netdev *netdev, unsigned int queue_id)
{
    struct netvsc_port *port = netdev_netvsc_cast(netdev)->port;
    bool changed = false;
    int error;

    ovs_mutex_lock(&netvsc_mutex);
    error = netvsc_qos_delete_queue(&port->qos, queue_id, &changed);
    qos_unlock(port, changed);
    return error;
}

/* The sum of the children that there are now. */
static int
netdev_netvsc_get_queue_stats(const struct netdev *netdev,
                              unsigned int queue_id,
                              struct netdev_queue_stats *total)
{
    struct netdev_netvsc *dev = netdev_netvsc_cast(netdev);
    const struct netvsc_path_set *set = netvsc_dp_get(&dev->dp);
    bool any = false;

    *total = (struct netdev_queue_stats) { .created = LLONG_MAX };
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        struct netdev_queue_stats stats;

        if (set->paths[i] && !netdev_get_queue_stats(set->paths[i]->netdev,
                                                     queue_id, &stats)) {
            total->tx_bytes += stats.tx_bytes;
            total->tx_packets += stats.tx_packets;
            total->tx_errors += stats.tx_errors;
            total->created = MIN(total->created, stats.created);
            any = true;
        }
    }
    return any ? 0 : EINVAL;
}

struct queue_dump {
    unsigned int *ids;
    size_t n, next;
};

static int
netdev_netvsc_queue_dump_start(const struct netdev *netdev, void **statep)
{
    struct netvsc_port *port = netdev_netvsc_cast(netdev)->port;
    const struct netvsc_qos_queue *queue;
    struct queue_dump *dump;

    ovs_mutex_lock(&netvsc_mutex);
    *statep = dump = xzalloc(sizeof *dump);
    dump->ids = xcalloc(hmap_count(&port->qos.queues), sizeof *dump->ids);
    HMAP_FOR_EACH (queue, node, &port->qos.queues) {
        dump->ids[dump->n++] = queue->id;
    }
    ovs_mutex_unlock(&netvsc_mutex);
    return 0;
}

static int
netdev_netvsc_queue_dump_next(const struct netdev *netdev, void *dump_,
                              unsigned int *queue_idp, struct smap *details)
{
    struct queue_dump *dump = dump_;

    /* One may have been deleted since the start. */
    while (dump->next < dump->n) {
        *queue_idp = dump->ids[dump->next++];
        if (!netdev_netvsc_get_queue(netdev, *queue_idp, details)) {
            return 0;
        }
    }
    return EOF;
}

static int
netdev_netvsc_queue_dump_done(const struct netdev *netdev OVS_UNUSED,
                              void *dump_)
{
    struct queue_dump *dump = dump_;

    free(dump->ids);
    free(dump);
    return 0;
}

static struct netdev_rxq *
netdev_netvsc_rxq_alloc(void)
{
    /* PMD threads write to it: no two share a cache line. */
    struct netvsc_rxq *rx = xzalloc_cacheline(sizeof *rx);

    return &rx->up;
}

static struct netvsc_rxq *
netvsc_rxq_cast(const struct netdev_rxq *rx)
{
    return CONTAINER_OF(rx, struct netvsc_rxq, up);
}

static int
netdev_netvsc_rxq_construct(struct netdev_rxq *rxq)
{
    struct netvsc_rxq *rx = netvsc_rxq_cast(rxq);

    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        rx->state.sources[i].next = rxq->queue_id;
    }
    return 0;
}

static void
netdev_netvsc_rxq_destruct(struct netdev_rxq *rxq OVS_UNUSED)
{
}

static void
netdev_netvsc_rxq_dealloc(struct netdev_rxq *rxq)
{
    free_cacheline(netvsc_rxq_cast(rxq));
}

static int
netdev_netvsc_rxq_recv(struct netdev_rxq *rxq, struct dp_packet_batch *batch,
                       int *qfill)
{
    struct netvsc_rxq *rx = netvsc_rxq_cast(rxq);
    struct netdev_netvsc *dev = CONTAINER_OF(rxq->netdev,
                                             struct netdev_netvsc, up);

    return netvsc_dp_recv(&dev->dp, &rx->state, rxq, batch, qfill);
}

static int
netdev_netvsc_send(struct netdev *netdev, int qid,
                   struct dp_packet_batch *batch, bool concurrent_txq)
{
    struct netdev_netvsc *dev = CONTAINER_OF(netdev, struct netdev_netvsc, up);

    return netvsc_dp_send(&dev->dp, qid, batch, concurrent_txq);
}

static void
netdev_netvsc_run(const struct netdev_class *class OVS_UNUSED)
{
    netvsc_list_run();
}

static void
netdev_netvsc_wait(const struct netdev_class *class OVS_UNUSED)
{
    netvsc_list_wait();
}

static const struct netdev_class netvsc_class = {
    .type = "netvsc",
    .is_pmd = true,
    .run = netdev_netvsc_run,
    .wait = netdev_netvsc_wait,
    .alloc = netdev_netvsc_alloc,
    .construct = netdev_netvsc_construct,
    .destruct = netdev_netvsc_destruct,
    .dealloc = netdev_netvsc_dealloc,
    .get_config = netdev_netvsc_get_config,
    .set_config = netdev_netvsc_set_config,
    .get_numa_id = netdev_netvsc_get_numa_id,
    .set_tx_multiq = netdev_netvsc_set_tx_multiq,
    .send = netdev_netvsc_send,
    .get_etheraddr = netdev_netvsc_get_etheraddr,
    .get_mtu = netdev_netvsc_get_mtu,
    .set_mtu = netdev_netvsc_set_mtu,
    .get_ifindex = netdev_netvsc_get_ifindex,
    .get_carrier = netdev_netvsc_get_carrier,
    .get_carrier_resets = netdev_netvsc_get_carrier_resets,
    .get_stats = netdev_netvsc_get_stats,
    .get_custom_stats = netdev_netvsc_get_custom_stats,
    .get_features = netdev_netvsc_get_features,
#ifdef HAVE_STRUCT_NETDEV_CLASS_GET_SPEED
    .get_speed = netdev_netvsc_get_speed,
#endif
#ifdef HAVE_STRUCT_NETDEV_CLASS_GET_DUPLEX
    .get_duplex = netdev_netvsc_get_duplex,
#endif
    .set_policing = netdev_netvsc_set_policing,
    .get_qos_types = netdev_netvsc_get_qos_types,
    .get_qos = netdev_netvsc_get_qos,
    .set_qos = netdev_netvsc_set_qos,
    .get_queue = netdev_netvsc_get_queue,
    .set_queue = netdev_netvsc_set_queue,
    .delete_queue = netdev_netvsc_delete_queue,
    .get_queue_stats = netdev_netvsc_get_queue_stats,
    .queue_dump_start = netdev_netvsc_queue_dump_start,
    .queue_dump_next = netdev_netvsc_queue_dump_next,
    .queue_dump_done = netdev_netvsc_queue_dump_done,
    .get_status = netdev_netvsc_get_status,
    .update_flags = netdev_netvsc_update_flags,
    .reconfigure = netdev_netvsc_reconfigure,
    .rxq_alloc = netdev_netvsc_rxq_alloc,
    .rxq_construct = netdev_netvsc_rxq_construct,
    .rxq_destruct = netdev_netvsc_rxq_destruct,
    .rxq_dealloc = netdev_netvsc_rxq_dealloc,
    .rxq_recv = netdev_netvsc_rxq_recv,
};

/* Makes OVS know the class "netvsc" and its commands, and DPDK leave the
 * devices to it.  To be called once, by a constructor: it makes no thread and
 * no socket. */
void
netdev_netvsc_register(void)
{
    netdev_register_provider(&netvsc_class);
    netvsc_unixctl_register();
    netvsc_eal_register();
}
