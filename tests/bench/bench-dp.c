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

/* Cycles that the data path costs, without a datapath around it.
 *
 * A variant is a netdev as dpif-netdev has it: a dpdk port, a port with paths
 * like netvsc's, or a dpdk port over DPDK's net_failsafe.  All are over the
 * same devices: net_ring, which gives back what it was given, and net_null
 * without reception, which is always idle.  All live in one process, and each
 * repetition goes once around all of them, so that what disturbs the machine
 * disturbs all alike.
 *
 * Prints "WHAT VARIANT PARAMETER REPETITION VALUE" lines; bench.py does the
 * arithmetic. */

#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <rte_cycles.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dp-packet.h"
#include "dpdk.h"
#include "netdev-provider.h"
#include "netvsc-path-set.h"
#include "openvswitch/vlog.h"
#include "ovs-numa.h"
#include "ovs-rcu.h"
#include "ovs-thread.h"
#include "random.h"
#include "smap.h"
#include "util.h"

/* Slices are shorter than a tick of the scheduler, so that most of them are
 * not interrupted even on a busy machine. */
static int repetitions = 101;
static int slice_us = 300;

/* A port with paths, as netdev-netvsc.c has it. */
struct port {
    struct netdev up;
    struct netvsc_dp dp;
};

struct port_rxq {
    struct netdev_rxq up;
    struct netvsc_rx_state state;
};

static int
port_rxq_recv(struct netdev_rxq *rxq, struct dp_packet_batch *batch,
              int *qfill)
{
    struct port_rxq *rx = CONTAINER_OF(rxq, struct port_rxq, up);
    struct port *port = CONTAINER_OF(rxq->netdev, struct port, up);

    return netvsc_dp_recv(&port->dp, &rx->state, rxq, batch, qfill);
}

static int
port_send(struct netdev *netdev, int qid, struct dp_packet_batch *batch,
          bool concurrent_txq)
{
    struct port *port = CONTAINER_OF(netdev, struct port, up);

    return netvsc_dp_send(&port->dp, qid, batch, concurrent_txq);
}

static const struct netdev_class port_class = {
    .type = "bench",
    .is_pmd = true,
    .send = port_send,
    .rxq_recv = port_rxq_recv,
};

/* What is measured. */
struct variant {
    const char *name;
    struct netdev *netdev;
    struct netdev_rxq *rxq;
};

/* The CPUs that we may use, and how many they are. */
static int cpus[CPU_SETSIZE];
static int n_cpus;

static void
find_cpus(void)
{
    cpu_set_t set;

    ovs_assert(!sched_getaffinity(0, sizeof set, &set));
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &set)) {
            cpus[n_cpus++] = i;
        }
    }
}

/* Has this thread run on 'cpu' alone. */
static void
set_cpu(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    ovs_assert(!sched_setaffinity(0, sizeof set, &set));
    dpdk_attach_thread(cpu);
}

static void
start_dpdk(void)
{
    struct smap config = SMAP_INITIALIZER(&config);

    smap_add(&config, "dpdk-init", "true");
    smap_add_format(&config, "dpdk-extra", "--no-huge --legacy-mem -m 320 "
                    "--no-pci --no-shconf --no-telemetry "
                    "--file-prefix=netvsc-bench-%d", (int) getpid());
    dpdk_init(&config);
    smap_destroy(&config);
    if (!dpdk_available()) {
        ovs_fatal(0, "DPDK cannot be initialized");
    }
    ovs_numa_init();
    /* The first has most to do. */
    set_cpu(cpus[n_cpus - 1]);
}

/* Opens a path over 'vdev', devargs that begin with the driver's name without
 * a number, like "net_null,no-rx=1", with so many queues. */
static struct netvsc_path *
open_path_queues(const char *vdev, int n_rxq, int n_txq)
{
    struct netvsc_path_spec spec;
    struct netvsc_path *path;
    size_t n = strcspn(vdev, ",");
    char *message;

    memset(&spec, 0, sizeof spec);
    ovs_assert(n < sizeof spec.vdev);
    memcpy(spec.vdev, vdev, n);
    ovs_strlcpy(spec.devargs, vdev[n] ? vdev + n + 1 : "",
                sizeof spec.devargs);
    spec.queues.n_rxq = n_rxq;
    spec.queues.n_txq = n_txq;
    spec.queues.mtu = 1500;
    if (netvsc_path_open("bench", NETVSC_VF, &spec, &path, &message)) {
        ovs_fatal(0, "%s: %s", vdev, message);
    }
    return path;
}

static struct netvsc_path *
open_path(const char *vdev)
{
    return open_path_queues(vdev, 1, 1);
}

/* Makes 'v' the dpdk port that 'path' is over. */
static void
use_dpdk(struct variant *v, const char *name, const struct netvsc_path *path)
{
    v->name = name;
    v->netdev = path->netdev;
    v->rxq = path->rxqs[0];
}

/* Makes 'v' a dpdk port. */
static void
open_dpdk(struct variant *v, const char *name, const char *vdev)
{
    use_dpdk(v, name, open_path(vdev));
}

/* Makes '*rxq' queue 'qid' of the port of 'v'. */
static void
open_rxq(const struct variant *v, int qid, struct netdev_rxq **rxq)
{
    struct port_rxq *rx = xzalloc_cacheline(sizeof *rx);

    rx->up.netdev = v->netdev;
    rx->up.queue_id = qid;
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        rx->state.sources[i].next = qid;
    }
    *rxq = &rx->up;
}

/* Makes 'v' a port with so many queues that transmits on 'tx' and receives
 * from both, of which either may be a null pointer. */
static void
open_port_queues(struct variant *v, const char *name, struct netvsc_path *vf,
                 struct netvsc_path *synthetic, struct netvsc_path *tx,
                 int n_rxq, int n_txq)
{
    const struct netvsc_queues queues = {
        .n_rxq = n_rxq, .n_txq = n_txq, .mtu = 1500
    };
    struct netvsc_path *const rx[NETVSC_N_PATHS] = {
        [NETVSC_SYNTHETIC] = synthetic,
        [NETVSC_VF] = vf,
    };
    struct port *port = xzalloc_cacheline(sizeof *port);

    port->up.name = CONST_CAST(char *, name);
    port->up.netdev_class = &port_class;
    port->up.n_rxq = n_rxq;
    port->up.n_txq = n_txq;
    netvsc_dp_init(&port->dp);
    netvsc_dp_publish(&port->dp, netvsc_path_set_create(rx, tx, &queues));
    v->name = name;
    v->netdev = &port->up;
    open_rxq(v, 0, &v->rxq);
}

static void
open_port(struct variant *v, const char *name, struct netvsc_path *vf,
          struct netvsc_path *synthetic, struct netvsc_path *tx)
{
    open_port_queues(v, name, vf, synthetic, tx, 1, 1);
}

/* Fills 'batch' with 'n' packets of a DPDK device. */
static void
make_packets(struct netdev_rxq *source, struct dp_packet_batch *batch, int n)
{
    dp_packet_batch_init(batch);
    ovs_assert(!netdev_rxq_recv(source, batch, NULL));
    ovs_assert(dp_packet_batch_size(batch) >= n);
    while (batch->count > n) {
        dp_packet_delete(batch->packets[--batch->count]);
    }
}

/* Sends bursts of 'burst' packets and receives them, for a slice of time.
 * Returns cycles per packet. */
static double
loop(const struct variant *v, struct netdev_rxq *source, int burst)
{
    uint64_t slice = rte_get_tsc_hz() / 1000000 * slice_us;
    struct dp_packet_batch batch;
    uint64_t start, now, n = 0;

    make_packets(source, &batch, burst);
    start = now = rte_rdtsc();
    while (now - start < slice) {
        for (int i = 0; i < 256; i++) {
            netdev_send(v->netdev, 0, &batch, false);
            dp_packet_batch_init(&batch);
            while (netdev_rxq_recv(v->rxq, &batch, NULL)) {
                continue;
            }
            n += dp_packet_batch_size(&batch);
        }
        now = rte_rdtsc();
    }
    dp_packet_delete_batch(&batch, true);
    return (double) (now - start) / n;
}

/* Like loop(), but of sending alone.  Returns cycles per packet.
 *
 * As in a datapath, the packets that are sent are in the first level of the
 * cache.  More of them than fit there would be unfair: failsafe, which writes
 * to each packet that it receives, would have fetched them by then, where
 * others only do so when they send, while time is taken. */
static double
send_only(const struct variant *v, struct netdev_rxq *source, int burst)
{
    enum { MAX_BURSTS = 16, MAX_PACKETS = 128 };
    uint64_t slice = rte_get_tsc_hz() / 1000000 * slice_us;
    struct dp_packet_batch batches[MAX_BURSTS], batch;
    int n_bursts = MIN(MAX_BURSTS, MAX_PACKETS / burst);
    struct dp_packet *packets[MAX_PACKETS];
    uint64_t start, now, n = 0, sum = 0;
    int n_packets = 0;

    for (int i = 0; i < n_bursts; i++) {
        make_packets(source, &batch, burst);
        for (int j = 0; j < burst; j++) {
            packets[n_packets++] = batch.packets[j];
        }
    }
    start = now = rte_rdtsc();
    while (now - start < slice) {
        uint64_t t;

        for (int i = 0; i < n_bursts; i++) {
            dp_packet_batch_init(&batches[i]);
            for (int j = 0; j < burst; j++) {
                struct dp_packet *packet = packets[i * burst + j];

                dp_packet_set_size(packet, dp_packet_size(packet));
                dp_packet_batch_add(&batches[i], packet);
            }
        }
        t = rte_rdtsc_precise();
        for (int i = 0; i < n_bursts; i++) {
            netdev_send(v->netdev, 0, &batches[i], false);
        }
        sum += rte_rdtsc_precise() - t;
        n += n_packets;

        for (int i = 0; i < n_packets; ) {
            dp_packet_batch_init(&batch);
            if (!netdev_rxq_recv(v->rxq, &batch, NULL)) {
                for (int j = 0; j < batch.count; j++) {
                    packets[i++] = batch.packets[j];
                }
            }
        }
        now = rte_rdtsc();
    }
    for (int i = 0; i < n_packets; i++) {
        dp_packet_delete(packets[i]);
    }
    return (double) sum / n;
}

/* Polls for a slice of time.  Returns cycles per poll, none of which may bring
 * anything. */
static double
poll_idle(const struct variant *v)
{
    uint64_t slice = rte_get_tsc_hz() / 1000000 * slice_us;
    struct dp_packet_batch batch;
    uint64_t start, now, n = 0;

    start = now = rte_rdtsc();
    while (now - start < slice) {
        for (int i = 0; i < 1024; i++) {
            dp_packet_batch_init(&batch);
            if (!netdev_rxq_recv(v->rxq, &batch, NULL)) {
                dp_packet_delete_batch(&batch, true);
            }
        }
        n += 1024;
        now = rte_rdtsc();
    }
    return (double) (now - start) / n;
}

static void
measure_cycles(void)
{
    static const int bursts[] = { 1, 4, 8, 16, 32 };
    struct variant variants[5], source;
    struct netvsc_path *idle_vf = open_path("net_null,no-rx=1");
    struct netvsc_path *ring, *idle;

    open_dpdk(&source, "source", "net_null");
    /* Where in memory a ring is makes a difference too: so each of our ports
     * is beside a dpdk port over the very same one. */
    ring = open_path("net_ring");
    idle = open_path("net_null,no-rx=1");
    use_dpdk(&variants[0], "bare", ring);
    open_port(&variants[1], "netvsc-vf", ring, idle, ring);
    ring = open_path("net_ring");
    open_port(&variants[2], "netvsc-synthetic", idle_vf, ring, ring);
    open_dpdk(&variants[3], "failsafe",
              "net_failsafe,dev(net_ring_fs),dev(net_null_fs,no-rx=1)");
    use_dpdk(&variants[4], "bare-again", ring);

    for (int rep = -1; rep < repetitions; rep++) {
        for (int b = 0; b < ARRAY_SIZE(bursts); b++) {
            for (int i = 0; i < ARRAY_SIZE(variants); i++) {
                /* Another begins each time. */
                const struct variant *v
                    = &variants[(i + rep + 1) % ARRAY_SIZE(variants)];
                double both = loop(v, source.rxq, bursts[b]);
                double tx = send_only(v, source.rxq, bursts[b]);

                if (rep >= 0) {
                    printf("rx+tx %s %d %d %.2f\n", v->name, bursts[b], rep,
                           both);
                    printf("tx %s %d %d %.2f\n", v->name, bursts[b], rep, tx);
                }
                ovsrcu_quiesce();
            }
        }
    }
}

/* What an empty poll costs, with each of 'vdevs' as synthetic path.  They are
 * in pairs: ours and, of the same driver, failsafe's. */
static void
measure_idle(char *vdevs[], int n_vdevs)
{
    struct variant *variants = xcalloc(4 + 3 * n_vdevs, sizeof *variants);
    struct netvsc_path *vf = open_path("net_ring");
    int n = 0;

    /* The very same device. */
    use_dpdk(&variants[n++], "bare VF", vf);
    open_port(&variants[n++], "VF alone", vf, NULL, vf);
    open_port(&variants[n++], "VF and net_null", vf,
              open_path("net_null,no-rx=1"), vf);
    open_dpdk(&variants[n++], "failsafe with net_null",
              "net_failsafe,dev(net_ring_fs),dev(net_null_fs,no-rx=1)");
    for (int i = 0; i + 1 < n_vdevs; i += 2) {
        struct netvsc_path *path = open_path(vdevs[i]);
        size_t len = strcspn(vdevs[i], ",");
        char *name = xmemdup0(vdevs[i], len);
        char *fs = xasprintf("net_failsafe,dev(net_ring_fs%d),"
                             "dev(%s_fs%d%s)", i, name, i,
                             vdevs[i + 1] + strcspn(vdevs[i + 1], ","));

        open_port(&variants[n++], xasprintf("%s alone", name), NULL, path,
                  path);
        open_port(&variants[n++], xasprintf("VF and %s", name), vf, path, vf);
        open_dpdk(&variants[n++], xasprintf("failsafe with %s", name), fs);
        free(fs);
        free(name);
    }

    for (int rep = -1; rep < repetitions; rep++) {
        for (int i = 0; i < n; i++) {
            const struct variant *v = &variants[(i + rep + 1) % n];
            double cycles = poll_idle(v);

            if (rep >= 0) {
                /* The name may have spaces: it comes last. */
                printf("idle - 0 %d %.2f %s\n", rep, cycles, v->name);
            }
            ovsrcu_quiesce();
        }
    }
}

/* How long a packet waits on a path that has one now and then while the other
 * always has full bursts, if each burst is sent on, as a datapath would do
 * after some work. */
static void
measure_fairness(void)
{
    struct netvsc_path *busy = open_path("net_null");
    struct netvsc_path *quiet = open_path("net_ring");
    uint64_t hz = rte_get_tsc_hz();
    struct variant variants[2], source, sink;
    const int work_cycles = 100;        /* For each packet. */

    open_dpdk(&source, "source", "net_null");
    open_dpdk(&sink, "sink", "net_null,no-rx=1");
    open_port(&variants[0], "synthetic", busy, quiet, busy);
    open_port(&variants[1], "vf", quiet, busy, quiet);

    for (int rep = 0; rep < repetitions; rep++) {
        for (int i = 0; i < ARRAY_SIZE(variants); i++) {
            const struct variant *v = &variants[i];
            uint64_t start = rte_rdtsc(), now = start;
            uint64_t next = now, sent = 0;

            while (now - start < hz / 1000000 * slice_us || sent) {
                struct dp_packet_batch batch;

                if (!sent && now >= next) {
                    make_packets(source.rxq, &batch, 1);
                    batch.packets[0]->md.in_port.odp_port = u32_to_odp(77);
                    sent = rte_rdtsc();
                    netdev_send(quiet->netdev, 0, &batch, false);
                }
                dp_packet_batch_init(&batch);
                if (!netdev_rxq_recv(v->rxq, &batch, NULL)) {
                    bool trickle = dp_packet_batch_size(&batch) == 1;
                    uint64_t begin = rte_rdtsc();
                    int work = dp_packet_batch_size(&batch) * work_cycles;

                    if (trickle) {
                        printf("fairness %s %d %d %.3f\n", v->name,
                               work_cycles, rep,
                               (begin - sent) * 1e6 / hz);
                        next = begin + hz / 100000
                               + random_range(hz / 100000);
                        sent = 0;
                    }
                    while (rte_rdtsc() - begin < work) {
                        continue;
                    }
                    netdev_send(sink.netdev, 0, &batch, false);
                }
                now = rte_rdtsc();
            }
            ovsrcu_quiesce();
        }
    }
}

/* What it costs to hand packets of several sizes to the kernel by each of the
 * backends, in cycles per packet. */
static void
measure_fallback(char *vdevs[], int n_vdevs)
{
    static const int sizes[] = { 64, 512, 1500 };
    struct variant sources[ARRAY_SIZE(sizes)];
    struct variant *variants = xcalloc(n_vdevs, sizeof *variants);

    for (int s = 0; s < ARRAY_SIZE(sizes); s++) {
        char *vdev = xasprintf("net_null,size=%d", sizes[s]);

        open_dpdk(&sources[s], "source", vdev);
        free(vdev);
    }
    for (int i = 0; i < n_vdevs; i++) {
        open_dpdk(&variants[i], vdevs[i], vdevs[i]);
    }
    for (int rep = 0; rep < repetitions; rep++) {
        for (int s = 0; s < ARRAY_SIZE(sizes); s++) {
            for (int i = 0; i < n_vdevs; i++) {
                const struct variant *v = &variants[(i + rep) % n_vdevs];
                uint64_t slice = rte_get_tsc_hz() / 1000000 * slice_us;
                struct netdev_stats before, after;
                uint64_t start, now;

                netdev_get_stats(v->netdev, &before);
                start = now = rte_rdtsc();
                while (now - start < slice) {
                    struct dp_packet_batch batch;

                    make_packets(sources[s].rxq, &batch, NETDEV_MAX_BURST);
                    netdev_send(v->netdev, 0, &batch, false);
                    now = rte_rdtsc();
                }
                /* What the kernel did not take does not count. */
                netdev_get_stats(v->netdev, &after);
                if (after.tx_packets > before.tx_packets) {
                    printf("fallback - %d %d %.2f %.*s\n", sizes[s], rep,
                           (double) (now - start)
                           / (after.tx_packets - before.tx_packets),
                           (int) strcspn(v->name, ","), v->name);
                }
                ovsrcu_quiesce();
            }
        }
    }
    free(variants);
}

/* A thread that sends on queue 'qid'. */
struct sender {
    struct netdev *netdev;
    struct netdev_rxq *source;
    int qid;
    int cpu;                    /* Its own: a thread that has a lock and no
                                 * CPU makes all others wait. */
    double cycles;              /* Result, per packet. */
    pthread_barrier_t *barrier;
    pthread_t thread;
};

static void *
sender_main(void *sender_)
{
    struct sender *sender = sender_;
    uint64_t slice = rte_get_tsc_hz() / 1000000 * slice_us;
    uint64_t start, now, n = 0;

    set_cpu(sender->cpu);
    pthread_barrier_wait(sender->barrier);
    start = now = rte_rdtsc();
    while (now - start < slice) {
        struct dp_packet_batch batch;

        make_packets(sender->source, &batch, NETDEV_MAX_BURST);
        netdev_send(sender->netdev, sender->qid, &batch, false);
        n += NETDEV_MAX_BURST;
        now = rte_rdtsc();
    }
    sender->cycles = (double) (now - start) / n;
    dpdk_detach_thread();
    return NULL;
}

static const int queue_counts[] = { 1, 2, 4 };

/* What it costs 1, 2, 4... threads to send, on a queue of the port each, for
 * several numbers of queues of the path, and how many packets they send.  No
 * more threads than CPUs. */
static void
measure_txqs(int max_threads)
{
    double mhz = rte_get_tsc_hz() / 1e6;

    max_threads = MIN(max_threads, n_cpus);
    for (int n_threads = 1; n_threads <= max_threads; n_threads *= 2) {
        struct variant *sources = xcalloc(n_threads, sizeof *sources);
        struct sender *senders = xcalloc(n_threads, sizeof *senders);
        struct variant variants[ARRAY_SIZE(queue_counts)];
        pthread_barrier_t barrier;

        for (int i = 0; i < ARRAY_SIZE(variants); i++) {
            struct netvsc_path *path = open_path_queues("net_null,no-rx=1", 1,
                                                        queue_counts[i]);

            open_port_queues(&variants[i],
                             xasprintf("%d", queue_counts[i]), path, NULL,
                             path, 1, n_threads);
        }
        for (int i = 0; i < n_threads; i++) {
            open_dpdk(&sources[i], "source", "net_null");
        }
        ovs_assert(!pthread_barrier_init(&barrier, NULL, n_threads));
        for (int rep = 0; rep < repetitions; rep++) {
            for (int v = 0; v < ARRAY_SIZE(variants); v++) {
                double sum = 0, mpps = 0;

                for (int i = 0; i < n_threads; i++) {
                    senders[i] = (struct sender) {
                        .netdev = variants[v].netdev,
                        .source = sources[i].rxq,
                        .qid = i,
                        .cpu = cpus[i],
                        .barrier = &barrier,
                    };
                    senders[i].thread = ovs_thread_create("sender",
                                                          sender_main,
                                                          &senders[i]);
                }
                for (int i = 0; i < n_threads; i++) {
                    xpthread_join(senders[i].thread, NULL);
                    sum += senders[i].cycles;
                    mpps += mhz / senders[i].cycles;
                }
                printf("txqs %s %d %d %.2f\n", variants[v].name, n_threads,
                       rep, sum / n_threads);
                printf("txqs-mpps %s %d %d %.3f\n", variants[v].name,
                       n_threads, rep, mpps);
                ovsrcu_quiesce();
            }
        }
        free(senders);
        free(sources);
    }
}

/* Polls the 'n' queues in 'rxqs' in turn for a slice of time.  Returns cycles
 * per packet. */
static double
poll_queues(struct netdev_rxq *const rxqs[], int n)
{
    uint64_t slice = rte_get_tsc_hz() / 1000000 * slice_us;
    uint64_t start, now, n_packets = 0;

    start = now = rte_rdtsc();
    while (now - start < slice) {
        for (int i = 0; i < n; i++) {
            struct dp_packet_batch batch;

            dp_packet_batch_init(&batch);
            if (!netdev_rxq_recv(rxqs[i], &batch, NULL)) {
                n_packets += dp_packet_batch_size(&batch);
                dp_packet_delete_batch(&batch, true);
            }
        }
        now = rte_rdtsc();
    }
    return (double) (now - start) / n_packets;
}

/* What it costs one thread to receive from all queues of a port, for several
 * numbers of them and of those of the path, beside a dpdk port with as many as
 * the path. */
static void
measure_rxqs(void)
{
    enum { N = ARRAY_SIZE(queue_counts), MAX_QUEUES = 4 };
    struct netdev_rxq *rxqs[N][N + 1][MAX_QUEUES];
    struct netvsc_path *idle = open_path("net_null,no-rx=1");

    for (int i = 0; i < N; i++) {
        struct netvsc_path *path = open_path_queues("net_null",
                                                    queue_counts[i], 1);

        for (int j = 0; j < N; j++) {
            struct variant v;

            open_port_queues(&v, "port", path, idle, path, queue_counts[j],
                             1);
            for (int q = 0; q < queue_counts[j]; q++) {
                open_rxq(&v, q, &rxqs[i][j][q]);
            }
        }
        for (int q = 0; q < queue_counts[i]; q++) {
            rxqs[i][N][q] = path->rxqs[q];
        }
    }
    for (int rep = -1; rep < repetitions; rep++) {
        for (int i = 0; i < N; i++) {
            for (int j = 0; j <= N; j++) {
                bool bare = j == N;
                /* As a PMD thread: queues that no path has are disabled. */
                int n = (bare ? queue_counts[i]
                         : MIN(queue_counts[i], queue_counts[j]));
                double cycles = poll_queues(rxqs[i][j], n);

                if (rep >= 0) {
                    printf("rxqs %s %d %d %.2f\n",
                           (bare ? "bare"
                            : queue_counts[j] == 1 ? "1"
                            : queue_counts[j] == 2 ? "2" : "4"),
                           queue_counts[i], rep, cycles);
                }
                ovsrcu_quiesce();
            }
        }
    }
}

int
main(int argc, char *argv[])
{
    static const struct option options[] = {
        { "repetitions", required_argument, NULL, 'r' },
        { "slice-us", required_argument, NULL, 's' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int c;

    set_program_name(argv[0]);
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (c) {
        case 'r':
            repetitions = atoi(optarg);
            break;
        case 's':
            slice_us = atoi(optarg);
            break;
        case 'h':
            printf("usage: %s [--repetitions=N] [--slice-us=N]\n"
                   "       cycles|idle [VDEV FAILSAFE-VDEV]...|fairness|"
                   "rxqs|txqs THREADS|\n"
                   "       fallback VDEV...\n",
                   program_name);
            return 0;
        default:
            return 2;
        }
    }
    if (optind >= argc) {
        ovs_fatal(0, "what to measure? see %s --help", program_name);
    }
    /* getopt() is DPDK's from here on. */
    const char *what = argv[optind];
    char **args = argv + optind + 1;
    int n_args = argc - optind - 1;

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    find_cpus();
    start_dpdk();
    printf("hz - 0 0 %llu\n", (unsigned long long int) rte_get_tsc_hz());
    if (!strcmp(what, "cycles")) {
        measure_cycles();
    } else if (!strcmp(what, "idle")) {
        measure_idle(args, n_args);
    } else if (!strcmp(what, "fairness")) {
        measure_fairness();
    } else if (!strcmp(what, "rxqs")) {
        measure_rxqs();
    } else if (!strcmp(what, "txqs") && n_args == 1) {
        measure_txqs(atoi(args[0]));
    } else if (!strcmp(what, "fallback") && n_args) {
        measure_fallback(args, n_args);
    } else {
        ovs_fatal(0, "%s: not known; see --help", what);
    }
    fflush(stdout);
    /* The devices need not be closed one by one. */
    _exit(0);
}
