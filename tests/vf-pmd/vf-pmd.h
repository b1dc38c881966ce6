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

#ifndef VF_PMD_H
#define VF_PMD_H 1

/* A poll mode driver, for tests only, that behaves as the PMDs of Azure's VFs
 * do but runs on an emulated NIC.
 *
 * Those PMDs are bifurcated: DPDK probes them by PCI address, and the kernel's
 * driver and network device stay where they are.  This one finds the function
 * in DPDK's PCI bus in the same way, then the network devices on it in sysfs,
 * and moves packets through AF_PACKET sockets on these.
 *
 *   - vf-pmd-probe.c: the PCI driver, which ports a function has.
 *   - vf-pmd-ethdev.c: what can be asked of a port.
 *   - vf-pmd-queue.c: the sockets, and packets.
 *   - vf-pmd-steer.c: keeps the packets from the kernel.
 *   - vf-pmd-event.c: what ports report of their own accord.
 *
 * A test may give it a folder, in the environment variable VF_PMD.  The file
 * "mode" in there has words that say what to imitate:
 *
 *   - "rmv=always", "rmv=never": whether INTR_RMV is reported for a removed
 *     device.  Without, it is if the port was configured so, as by mlx5's and
 *     MANA's PMDs.
 *
 *   - "mtu=refused": no MTU above 1500 is accepted, though it is announced.
 *
 *   - "mana": ports that are probed are like MANA's, otherwise like mlx5's.
 *
 * The FIFO "control" in there is made by the first probe, see vf-pmd-event.c.
 *
 * Like MANA's as of DPDK 22.11 (drivers/net/mana/mana.c) means:
 *
 *   - a port for each network device on the function, chosen by "mac="
 *     devargs, and named BDF_portN;
 *   - as many rxqs as txqs, and a power of two of them;
 *   - no setting of MAC address, MTU, promiscuous mode and link state;
 *   - the link always reads up;
 *   - removing the function leaves its ports as they are.
 *
 * EAL itself gives EEXIST if a function is probed twice. */

#include <net/if.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_config.h>
#include <rte_common.h>
#include <ethdev_driver.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#define VF_MAX_QUEUES 8

/* When a port reports INTR_RMV. */
enum vf_rmv {
    VF_RMV_ASKED,               /* If configured to, as mlx5's and MANA's. */
    VF_RMV_ALWAYS,
    VF_RMV_NEVER,
};

/* What to imitate. */
struct vf_mode {
    bool mana;
    bool refuse_mtu;
    enum vf_rmv rmv;
};

struct vf_stats {
    uint64_t packets;
    uint64_t bytes;
    uint64_t errors;
};

struct vf_port;

struct vf_queue {
    struct vf_port *port;
    uint16_t id;
    int fd;                     /* -1 unless the port is started. */
    struct rte_mempool *pool;   /* Of an rxq. */
    struct vf_stats stats;
};

struct vf_port {
    TAILQ_ENTRY(vf_port) node;
    uint16_t port_id;
    int ifindex;
    char ifname[IFNAMSIZ];
    bool mana;
    bool promiscuous;
    bool allmulticast;
    bool was_up;                /* Link state last reported. */
    bool suspended;             /* Recovers from an "error". */
    struct vf_queue rxqs[VF_MAX_QUEUES];
    struct vf_queue txqs[VF_MAX_QUEUES];
};

/* vf-pmd-ethdev.c */
void vf_ethdev_init(struct rte_eth_dev *);
bool vf_port_is_up(const struct vf_port *);

/* vf-pmd-queue.c */
int vf_queues_open(struct vf_port *, int n_rxq, int n_txq);
void vf_queues_close(struct vf_port *);
int vf_queues_set_membership(struct vf_port *);
uint16_t vf_rx_burst(void *queue, struct rte_mbuf **, uint16_t n);
uint16_t vf_tx_burst(void *queue, struct rte_mbuf **, uint16_t n);

/* vf-pmd-steer.c */
int vf_steer_open(const struct vf_port *, int *filter);
int vf_steer_start(int map);
void vf_steer_stop(const struct vf_port *);

/* vf-pmd-event.c */
int vf_event_start(void);
struct vf_mode vf_event_mode(void);
void vf_event_add(struct vf_port *);
void vf_event_remove(struct vf_port *);

extern int vf_pmd_logtype;
#define VF_LOG(LEVEL, ...)                                              \
    rte_log(RTE_LOG_##LEVEL, vf_pmd_logtype,                            \
            RTE_FMT("vf_pmd: " RTE_FMT_HEAD(__VA_ARGS__,) "\n",         \
                    RTE_FMT_TAIL(__VA_ARGS__,)))

#endif /* vf-pmd.h */
