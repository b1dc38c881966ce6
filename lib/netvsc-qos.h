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

#ifndef NETVSC_QOS_H
#define NETVSC_QOS_H 1

/* Ingress policing and egress QoS that a port is to have.  Its children, of
 * class "dpdk", do it: each is given all of it before packets pass through it,
 * and again when it changes.  Each child has token buckets of its own, of the
 * full rate: see Documentation/ref/options.rst for what follows from that.
 *
 * No locks: a "struct netvsc_qos" has one user at a time. */

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "smap.h"

struct netdev;
struct sset;

/* A type of QoS that netdev-dpdk has. */
struct netvsc_qos_type {
    const char *name;
    bool has_queues;
};

/* A queue of a QoS, which is not a queue of a device. */
struct netvsc_qos_queue {
    struct hmap_node node;              /* In netvsc_qos's 'queues'. */
    uint32_t id;
    struct smap details;
};

struct netvsc_qos {
    /* As netdev_set_policing(). */
    uint32_t kbits_rate, kbits_burst, kpkts_rate, kpkts_burst;

    const struct netvsc_qos_type *type; /* NULL for none. */
    struct smap details;
    struct hmap queues;                 /* Contains netvsc_qos_queues. */
};

void netvsc_qos_init(struct netvsc_qos *);
void netvsc_qos_destroy(struct netvsc_qos *);
struct netvsc_qos *netvsc_qos_clone(const struct netvsc_qos *);
void netvsc_qos_free(struct netvsc_qos *);

void netvsc_qos_get_types(struct sset *);
bool netvsc_qos_set_policing(struct netvsc_qos *, uint32_t kbits_rate,
                             uint32_t kbits_burst, uint32_t kpkts_rate,
                             uint32_t kpkts_burst);
int netvsc_qos_set(struct netvsc_qos *, const char *type,
                   const struct smap *details, bool *changed);
int netvsc_qos_set_queue(struct netvsc_qos *, uint32_t id,
                         const struct smap *details, bool *changed);
int netvsc_qos_delete_queue(struct netvsc_qos *, uint32_t id, bool *changed);
const struct netvsc_qos_queue *netvsc_qos_find_queue(const struct netvsc_qos *,
                                                     uint32_t id);

void netvsc_qos_apply(const struct netvsc_qos *, struct netdev *child);

#endif /* netvsc-qos.h */
