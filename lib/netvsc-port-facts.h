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

#ifndef NETVSC_PORT_FACTS_H
#define NETVSC_PORT_FACTS_H 1

/* What the policy must know of a port: which link is its interface, which is
 * its VF, how their paths would be built now.  And what people want to know of
 * it: why a path is not open. */

#include "netvsc-port.h"

bool netvsc_port_collect_facts(struct netvsc_port *,
                               const struct netvsc_links *,
                               struct netvsc_facts *,
                               struct netvsc_path_spec specs[NETVSC_N_PATHS])
    OVS_REQUIRES(netvsc_mutex);
const struct netvsc_synthetic *netvsc_port_choose_backend(struct netvsc_port *)
    OVS_REQUIRES(netvsc_mutex);

#endif /* netvsc-port-facts.h */
