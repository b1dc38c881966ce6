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

#ifndef NETVSC_STATS_H
#define NETVSC_STATS_H 1

/* Arithmetic of "struct netdev_stats", in which UINT64_MAX stands for "not
 * supported".  Pure functions: no locks, any thread. */

#include "openvswitch/netdev.h"

void netvsc_stats_init(struct netdev_stats *);
void netvsc_stats_add(struct netdev_stats *, const struct netdev_stats *);
void netvsc_stats_raise(struct netdev_stats *, const struct netdev_stats *);

#endif /* netvsc-stats.h */
