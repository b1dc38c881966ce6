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

#ifndef NETVSC_MONITOR_H
#define NETVSC_MONITOR_H 1

/* The monitor: one thread that watches the kernel's links for all ports and
 * brings each port where the policy wants it.
 *
 * It is woken by netlink messages, by the worker's results, by class callbacks
 * and commands, and by the deadline of the last plan.  It never waits for
 * anything else, so that a port is off a VF as soon as the kernel says that
 * the VF is gone. */

#include "openvswitch/compiler.h"

struct ds;

void netvsc_monitor_start(void);
void netvsc_monitor_wake(void);
void netvsc_monitor_rescan(void);
void netvsc_monitor_show(struct ds *);

#endif /* netvsc-monitor.h */
