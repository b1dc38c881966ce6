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

#ifndef NETVSC_MTU_H
#define NETVSC_MTU_H 1

/* The MTUs to ask netdev-dpdk for, which sizes mbufs by the MTU, where a PMD
 * needs larger ones.  Pure functions. */

int netvsc_mtu_for_data(int mtu, int data_size);
int netvsc_mtu_for_af_xdp(int mtu);

#endif /* netvsc-mtu.h */
