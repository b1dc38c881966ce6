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

#ifndef NETVSC_SPEED_H
#define NETVSC_SPEED_H 1

/* How fast the kernel says a device is: DPDK's virtual devices over it do not
 * know.  No locks, any thread. */

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/netdev.h"

struct netvsc_speed {
    uint32_t mbps;              /* Mbit/s, 0 if it is not known. */
    bool full_duplex;           /* False if it is not known. */
};

struct netvsc_speed netvsc_speed_read(int ifindex);
bool netvsc_speed_equals(const struct netvsc_speed *,
                         const struct netvsc_speed *);
enum netdev_features netvsc_speed_to_features(const struct netvsc_speed *);

#endif /* netvsc-speed.h */
