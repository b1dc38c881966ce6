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

#ifndef NETVSC_PORT_SHOW_H
#define NETVSC_PORT_SHOW_H 1

/* A port as others see it: the status column, and the JSON that netvsc/show
 * and netvsc/history are made of. */

#include "netvsc-port.h"

struct json;

void netvsc_port_get_status(const struct netvsc_port *, struct smap *)
    OVS_REQUIRES(netvsc_mutex);
struct json *netvsc_port_to_json(
    const struct netvsc_port *,
    const struct netdev_stats by_path[NETVSC_N_PATHS])
    OVS_REQUIRES(netvsc_mutex);
struct json *netvsc_port_history_to_json(const struct netvsc_port *)
    OVS_REQUIRES(netvsc_mutex);

#endif /* netvsc-port-show.h */
