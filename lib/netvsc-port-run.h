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

#ifndef NETVSC_PORT_RUN_H
#define NETVSC_PORT_RUN_H 1

/* Brings a port where the policy wants it: carries out the plan, takes note of
 * what the worker did.  All state changes of a port are made here. */

#include "netvsc-port.h"

struct netvsc_job;

long long int netvsc_port_run(struct netvsc_port *,
                              const struct netvsc_links *)
    OVS_REQUIRES(netvsc_mutex);
void netvsc_port_job_done(struct netvsc_port *, struct netvsc_job *)
    OVS_REQUIRES(netvsc_mutex);
void netvsc_port_let_go(struct netvsc_port *) OVS_REQUIRES(netvsc_mutex);
void netvsc_ports_shut_down(void) OVS_EXCLUDED(netvsc_mutex);

#endif /* netvsc-port-run.h */
