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

#ifndef NETVSC_EAL_H
#define NETVSC_EAL_H 1

/* Keeps net_vdev_netvsc, DPDK's own driver for NetVSC interfaces, from taking
 * the interfaces that ports are to drive.
 *
 * DPDK 22.11's drivers/net/vdev_netvsc/vdev_netvsc.c,
 * vdev_netvsc_scan_callback(): on Hyper-V, when EAL looks for the devices of
 * the vdev bus, the driver adds one of its own, without arguments, unless
 * there is one whose name begins with the driver's.  What it adds then takes
 * every NetVSC interface without an address.  So a device that does nothing is
 * put there, unless the user has given one. */

void netvsc_eal_register(void);

#endif /* netvsc-eal.h */
