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

#ifndef NETVSC_AF_XDP_H
#define NETVSC_AF_XDP_H 1

/* Takes back what DPDK's net_af_xdp leaves behind when it closes a device.
 *
 * A VF without a PMD of its own comes and goes as an AF_XDP device, so what
 * one close leaks adds up, and a netdevice that stays cannot be opened twice.
 * In DPDK's drivers/net/af_xdp/rte_eth_af_xdp.c and in libxdp's xsk.c:
 *
 *   - eth_dev_close() returns no mbuf to the mempool: not those in the fill
 *     ring (2048 a queue, so that about a hundred VFs empty the pool), nor
 *     those received and not polled, or sent and not completed.
 *
 *   - In 22.11.11 (and perhaps its siblings in other stable series)
 *     eth_dev_close() tests "__atomic_sub_fetch(&umem->refcnt, 1) - 1 == 0",
 *     one too many, and so never deletes the umem.  Its socket stays open and
 *     bound to the netdevice's queue, which then is busy: EBUSY for the next
 *     one that binds.
 *
 *   - xsk_release_xdp_prog() does not close refcnt_map_fd (libxdp's pull
 *     request 576), nor, if the netdevice is there, every descriptor of the
 *     program that it detaches.
 *
 *   - xdp_umem_configure() takes the mempool for as long as all its mbufs
 *     together, without the gaps that keep them from crossing pages.  The
 *     kernel refuses mbufs beyond that: they are lost, and received packets
 *     with them.  With huge pages that is about one mbuf in four thousand,
 *     without them more than every fourth.  They are put aside while there is
 *     an AF_XDP device; those in use when the first one is opened escape.
 *
 *   - A device that cannot be started leaves the mbufs of its fill rings.  If
 *     it fails after xsk_configure(), as when it gets another name before
 *     promiscuous mode is set, its sockets stay, with the queues, and the mbufs
 *     can be found there.  If xsk_configure() fails, as when another has the
 *     queue, or if the netdevice disappears meanwhile, then the umem is
 *     deleted, and the mbufs are lost.  So a queue that is busy is tried once.
 *
 * What is not taken back: the PMD's and libxdp's few hundred bytes of heap,
 * mbufs that a driver in zero-copy mode has in its hardware's rings, and those
 * lost where xsk_configure() fails.
 *
 * The PMD tells nobody its sockets.  They are found by the address of the
 * receive ring, the first member of its "struct pkt_rx_queue" in all versions
 * of DPDK so far, and what is found there is believed only if it is a mapping
 * of an AF_XDP socket, so that another layout would mean no more than the leak
 * that there was.  The same with a fixed PMD: then nothing is found to be
 * left.  Those of a device that could not be started are found by what the
 * PMD leaves of them: new descriptors without a mapping.
 *
 * Called by whoever opens and closes paths, with no lock held. */

#include <stdint.h>

struct netvsc_af_xdp;

int netvsc_af_xdp_opening(int ifindex, int n_rxq, int n_to_check,
                          struct netvsc_af_xdp **);
void netvsc_af_xdp_opened(struct netvsc_af_xdp *, uint16_t port_id, int n_rxq);
void netvsc_af_xdp_closing(struct netvsc_af_xdp *);
void netvsc_af_xdp_closed(struct netvsc_af_xdp *);

#endif /* netvsc-af-xdp.h */
