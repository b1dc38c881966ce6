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

#include "netvsc-mtu.h"

#include <linux/bpf.h>

#include "packets.h"
#include "util.h"

/* What netdev-dpdk (dpdk_buf_size()) adds to the MTU for an mbuf, whose data
 * room is a multiple of 1024 bytes: Ethernet header, CRC, two VLAN tags. */
#define MBUF_OVERHEAD (ETH_HEADER_LEN + 4 + 2 * VLAN_HEADER_LEN)

/* Returns the MTU to ask netdev-dpdk for so that an mbuf has room for
 * 'data_size' bytes: 'mtu', or where the mbuf for that is too small, the
 * lowest that has a larger one. */
int
netvsc_mtu_for_data(int mtu, int data_size)
{
    return MAX(mtu, ROUND_UP(data_size, 1024) - 1024 + 1 - MBUF_OVERHEAD);
}

/* Returns the MTU to ask netdev-dpdk for, for packets of 'mtu' bytes by
 * net_af_xdp: the kernel keeps XDP_PACKET_HEADROOM bytes of each mbuf for
 * itself and drops what does not fit in the rest
 * (xsk_pool_get_rx_frame_size()). */
int
netvsc_mtu_for_af_xdp(int mtu)
{
    return netvsc_mtu_for_data(mtu, XDP_PACKET_HEADROOM + ETH_HEADER_LEN
                                    + 2 * VLAN_HEADER_LEN + mtu);
}
