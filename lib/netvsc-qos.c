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

#include <config.h>

#include "netvsc-qos.h"

#include <errno.h>
#include <stdlib.h>

#include "hash.h"
#include "netdev.h"
#include "sset.h"
#include "util.h"

/* netdev-dpdk's qos_confs[], which a child is needed to ask for.  Those with a
 * 'qos_queue_construct' have queues. */
static const struct netvsc_qos_type types[] = {
    { .name = "egress-policer" },
    { .name = "trtcm-policer", .has_queues = true },
};

/* Makes 'qos' one that does nothing. */
void
netvsc_qos_init(struct netvsc_qos *qos)
{
    *qos = (struct netvsc_qos) { .type = NULL };
    smap_init(&qos->details);
    hmap_init(&qos->queues);
}

static void
delete_queue(struct netvsc_qos *qos, struct netvsc_qos_queue *queue)
{
    hmap_remove(&qos->queues, &queue->node);
    smap_destroy(&queue->details);
    free(queue);
}

static void
clear_queues(struct netvsc_qos *qos)
{
    struct netvsc_qos_queue *queue;

    HMAP_FOR_EACH_SAFE (queue, node, &qos->queues) {
        delete_queue(qos, queue);
    }
}

void
netvsc_qos_destroy(struct netvsc_qos *qos)
{
    clear_queues(qos);
    hmap_destroy(&qos->queues);
    smap_destroy(&qos->details);
}

static void
insert_queue(struct netvsc_qos *qos, uint32_t id, const struct smap *details)
{
    struct netvsc_qos_queue *queue = xmalloc(sizeof *queue);

    queue->id = id;
    smap_clone(&queue->details, details);
    hmap_insert(&qos->queues, &queue->node, hash_int(id, 0));
}

/* Returns a copy of 'qos', which the caller must free with
 * netvsc_qos_free(). */
struct netvsc_qos *
netvsc_qos_clone(const struct netvsc_qos *qos)
{
    struct netvsc_qos *clone = xmalloc(sizeof *clone);
    const struct netvsc_qos_queue *queue;

    *clone = *qos;
    smap_clone(&clone->details, &qos->details);
    hmap_init(&clone->queues);
    HMAP_FOR_EACH (queue, node, &qos->queues) {
        insert_queue(clone, queue->id, &queue->details);
    }
    return clone;
}

/* Frees 'qos', made by netvsc_qos_clone(), or a null pointer. */
void
netvsc_qos_free(struct netvsc_qos *qos)
{
    if (qos) {
        netvsc_qos_destroy(qos);
        free(qos);
    }
}

/* Adds the names of all types of QoS to 'names'. */
void
netvsc_qos_get_types(struct sset *names)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        sset_add(names, types[i].name);
    }
}

/* Sets the ingress policing, as netdev_set_policing().  Returns true if that
 * changes something. */
bool
netvsc_qos_set_policing(struct netvsc_qos *qos, uint32_t kbits_rate,
                        uint32_t kbits_burst, uint32_t kpkts_rate,
                        uint32_t kpkts_burst)
{
    bool changed = (qos->kbits_rate != kbits_rate
                    || qos->kbits_burst != kbits_burst
                    || qos->kpkts_rate != kpkts_rate
                    || qos->kpkts_burst != kpkts_burst);

    qos->kbits_rate = kbits_rate;
    qos->kbits_burst = kbits_burst;
    qos->kpkts_rate = kpkts_rate;
    qos->kpkts_burst = kpkts_burst;
    return changed;
}

/* Sets the type, "" for none, and the details of the egress QoS.  Another type
 * has no queues at first.  Sets '*changed' if that changes something.  Returns
 * 0, or EOPNOTSUPP if there is no such type, when 'qos' is not changed. */
int
netvsc_qos_set(struct netvsc_qos *qos, const char *name,
               const struct smap *details, bool *changed)
{
    const struct netvsc_qos_type *type = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (!strcmp(types[i].name, name)) {
            type = &types[i];
        }
    }
    if (!type && name[0]) {
        return EOPNOTSUPP;
    }

    if (type != qos->type) {
        clear_queues(qos);
        qos->type = type;
        *changed = true;
    }
    if (!smap_equal(details, &qos->details)) {
        smap_destroy(&qos->details);
        smap_clone(&qos->details, details);
        *changed = true;
    }
    return 0;
}

/* Returns the queue 'id' of 'qos', or a null pointer if it has none. */
const struct netvsc_qos_queue *
netvsc_qos_find_queue(const struct netvsc_qos *qos, uint32_t id)
{
    const struct netvsc_qos_queue *queue;

    HMAP_FOR_EACH_WITH_HASH (queue, node, hash_int(id, 0), &qos->queues) {
        if (queue->id == id) {
            return queue;
        }
    }
    return NULL;
}

/* Adds a queue to the egress QoS, or changes it.  Sets '*changed' if that
 * changes something.  Returns 0, or EOPNOTSUPP if the type has no queues. */
int
netvsc_qos_set_queue(struct netvsc_qos *qos, uint32_t id,
                     const struct smap *details, bool *changed)
{
    const struct netvsc_qos_queue *queue = netvsc_qos_find_queue(qos, id);

    if (!qos->type || !qos->type->has_queues) {
        return EOPNOTSUPP;
    }
    if (!queue || !smap_equal(&queue->details, details)) {
        if (queue) {
            delete_queue(qos, CONST_CAST(struct netvsc_qos_queue *, queue));
        }
        insert_queue(qos, id, details);
        *changed = true;
    }
    return 0;
}

/* Removes a queue of the egress QoS, if it is there.  Sets '*changed' if that
 * changes something.  Returns 0, or EOPNOTSUPP if the type has no queues. */
int
netvsc_qos_delete_queue(struct netvsc_qos *qos, uint32_t id, bool *changed)
{
    const struct netvsc_qos_queue *queue = netvsc_qos_find_queue(qos, id);

    if (!qos->type || !qos->type->has_queues) {
        return EOPNOTSUPP;
    }
    if (queue) {
        delete_queue(qos, CONST_CAST(struct netvsc_qos_queue *, queue));
        *changed = true;
    }
    return 0;
}

/* Has 'child' do what 'qos' says.  What it refuses, a rate of 0 for example,
 * netdev-dpdk logs, and it goes without, as a dpdk port does.
 *
 * Takes the child's mutex.  A child that does that already is left alone as to
 * policing and to the type; its queues start anew with full buckets. */
void
netvsc_qos_apply(const struct netvsc_qos *qos, struct netdev *child)
{
    const struct netvsc_qos_queue *queue;
    struct netdev_queue_dump dump;
    struct smap details;
    unsigned int id;

    netdev_set_policing(child, qos->kbits_rate, qos->kbits_burst,
                        qos->kpkts_rate, qos->kpkts_burst);
    if (netdev_set_qos(child, qos->type ? qos->type->name : NULL,
                       &qos->details)
        || !qos->type || !qos->type->has_queues) {
        return;
    }

    smap_init(&details);
    NETDEV_QUEUE_FOR_EACH (&id, &details, &dump, child) {
        if (!netvsc_qos_find_queue(qos, id)) {
            netdev_delete_queue(child, id);
        }
    }
    smap_destroy(&details);
    HMAP_FOR_EACH (queue, node, &qos->queues) {
        netdev_set_queue(child, queue->id, &queue->details);
    }
}
