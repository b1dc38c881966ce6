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

#ifndef NETVSC_OFFLOAD_H
#define NETVSC_OFFLOAD_H 1

/* Completes packets for a child that lacks an offload they need.
 *
 * With userspace TSO, packets come from virtual machines and from the kernel
 * without checksums and larger than the MTU.  netdev_send() of Open vSwitch
 * before 3.3 drops them if the device cannot complete them.  A port's paths
 * differ in what they can, and a virtual machine is not told that the path has
 * changed: so the port takes every packet, and what the child in use cannot do
 * is done here, in software, as Open vSwitch itself does it from 3.3 on.
 *
 * This is the one place of the data path that looks into packets and allocates
 * memory, for segments; it is not gone through unless userspace TSO is on and
 * the child lacks an offload. */

#include <stdbool.h>
#include <stdint.h>

struct dp_packet;
struct dp_packet_batch;
struct netdev;

uint64_t netvsc_offload_port_flags(void);
bool netvsc_offload_is_needed(const struct netdev *child);
int (*netvsc_offload_get_send(const struct netdev *child))(
    struct netdev *, int qid, struct dp_packet_batch *, bool concurrent_txq);
int netvsc_offload_send(struct netdev *child, int qid,
                        struct dp_packet_batch *, bool concurrent_txq,
                        int mtu, unsigned int *n_invalid);

#endif /* netvsc-offload.h */
