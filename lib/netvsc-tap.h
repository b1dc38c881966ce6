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

#ifndef NETVSC_TAP_H
#define NETVSC_TAP_H 1

/* What DPDK's net_tap does to the NetVSC device behind everybody's back, and
 * what it leaves undone there and on its tap.
 *
 * With "remote=", net_tap makes a tap and has the kernel's traffic control
 * pass packets between that and the NetVSC device:
 *
 *   - It deletes the queueing disciplines of the NetVSC device first.  They
 *     are named in the log here.
 *
 *   - It leaves an ingress qdisc on the NetVSC device when it closes, and
 *     rules too if its process is killed, which lead to a tap that is gone, so
 *     that packets for the host are lost.  Both are removed here.
 *
 *   - It gives the NetVSC device the path's MTU.  When the port is removed, or
 *     the process ends, the device gets back the one it had.
 *
 *   - What it sends is also received by the host's network stack, from the
 *     tap, and what the host sends through the tap is received by DPDK.
 *     Neither happens here.
 *
 *   - A rule for an address or mode that changes stays.  A path is built anew
 *     instead, see netvsc-synthetic.c.
 *
 * Only the worker thread calls these, with no lock held. */

#include <stdbool.h>
#include <net/if.h>

struct netvsc_path_spec;
struct netvsc_tap;

void netvsc_tap_remove_leftovers(const char *child,
                                 const struct netvsc_path_spec *);

struct netvsc_tap *netvsc_tap_opening(const char *child,
                                      const struct netvsc_path_spec *);
int netvsc_tap_probed(struct netvsc_tap *, int port_id, char name[IFNAMSIZ]);
bool netvsc_tap_has_rules(const struct netvsc_tap *);
void netvsc_tap_closed(struct netvsc_tap *);

int netvsc_tap_changing_mtu(int ifindex, int mtu);
void netvsc_tap_restore_mtu(int ifindex);

#endif /* netvsc-tap.h */
