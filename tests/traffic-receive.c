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

#define _GNU_SOURCE 1

#include "traffic-receive.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Values of 'path' for interfaces that are none. */
enum {
    PATH_DELIVERY = -1,         /* The host's own interface. */
    PATH_NONE = -2,
};

/* How long to believe the name of an interface.  One that was no path may
 * soon be one, as when a netdevice is made and then renamed. */
#define KNOWN_PATH_NS (500 * NSEC_PER_MSEC)
#define KNOWN_NONE_NS (20 * NSEC_PER_MSEC)

static int
name_to_path(const struct traffic_config *config, const char *name)
{
    for (int i = 0; i < config->n_paths; i++) {
        if (!strcmp(config->paths[i].iface, name)) {
            return i;
        }
    }
    return PATH_NONE;
}

static int
receiver_path(struct receiver *r, int ifindex, uint64_t now)
{
    struct known_ifindex *k = &r->known[ifindex % RECEIVER_N_KNOWN];
    char name[IFNAMSIZ];

    if (ifindex == r->config->host.ifindex) {
        return PATH_DELIVERY;
    }
    if (k->ifindex == ifindex && now < k->expires_ns) {
        return k->path;
    }

    if (capture_ifname(&r->capture, ifindex, name)) {
        k->path = name_to_path(r->config, name);
    } else if (k->ifindex != ifindex) {
        k->path = PATH_NONE;
    } else {
        /* It is gone, and this is one of its last packets. */
    }
    k->ifindex = ifindex;
    k->expires_ns = now + (k->path == PATH_NONE ? KNOWN_NONE_NS
                                                : KNOWN_PATH_NS);
    return k->path;
}

struct switch_cause
switch_find_cause(const struct traffic_config *config,
                  struct journal *journal, const struct wire *w,
                  size_t index)
{
    const struct wire_switch *s = &w->switches[index];
    struct switch_cause cause = { .to_vf = s->to == config->vf_path,
                                  .from_vf = s->from == config->vf_path };
    uint64_t previous_ns = 0;

    if (config->vf_path < 0 || (!cause.to_vf && !cause.from_vf)) {
        return cause;
    }
    for (size_t i = index; i-- > 0; ) {
        const struct wire_switch *p = &w->switches[i];

        if ((p->to == config->vf_path) == cause.to_vf) {
            previous_ns = p->first_new_ns;
            break;
        }
    }
    cause.event_ns = journal_cause(journal, cause.to_vf, s->first_new_ns,
                                   previous_ns);
    return cause;
}

static void
announce_switch(struct receiver *r, enum traffic_dir dir)
{
    const struct traffic_config *config = r->config;
    const struct wire *w = &r->wire[dir];
    const struct wire_switch *s = &w->switches[w->n_switches - 1];
    struct switch_cause cause;
    char since[64] = "";

    cause = switch_find_cause(config, r->journal, w, w->n_switches - 1);
    if (cause.event_ns) {
        snprintf(since, sizeof since, " %s=%.3f",
                 cause.to_vf ? "vf_up_to_first_packet_ms"
                             : "vf_gone_to_first_packet_ms",
                 (int64_t) (s->first_new_ns - cause.event_ns) / 1e6);
    }
    say("switch t=%.6f dir=%s from=%s to=%s gap_ms=%.3f last_seq=%"PRIu64
        " first_seq=%"PRIu64"%s",
        (int64_t) (s->first_new_ns - config->start_ns) / 1e9,
        traffic_dir_name(dir), config->paths[s->from].name,
        config->paths[s->to].name,
        (int64_t) (s->first_new_ns - s->last_old_ns) / 1e6,
        s->last_old_seq, s->first_new_seq, since);
}

static void
receiver_wire(struct receiver *r, int path,
              const struct traffic_packet *packet, uint64_t time_ns)
{
    struct wire *w = &r->wire[packet->dir];
    size_t n_switches = w->n_switches;

    switch (wire_packet(w, path, packet, time_ns)) {
    case WIRE_FIRST:
        say("event t=%.6f kind=path dir=%s path=%s",
            (int64_t) (time_ns - r->config->start_ns) / 1e9,
            traffic_dir_name(packet->dir), r->config->paths[path].name);
        break;

    case WIRE_SWITCH:
        if (w->n_switches > n_switches) {
            announce_switch(r, packet->dir);
        }
        break;

    case WIRE_NOTHING:
    default:
        break;
    }
    raw_row(time_ns, "wire", traffic_dir_name(packet->dir),
            r->config->paths[path].name, packet->flow, packet->seq,
            packet->tx_ns);
}

static void
receiver_deliver(struct receiver *r, const struct traffic_packet *packet,
                 uint64_t time_ns)
{
    delivery_packet(&r->delivery, packet, time_ns);
    raw_row(time_ns, "deliver", traffic_dir_name(packet->dir),
            r->is_host ? r->config->host.iface : r->config->guest.iface,
            packet->flow, packet->seq, packet->tx_ns);
}

/* The socket's filter has already dropped what is of no use. */
static void
receiver_frame(void *r_, int ifindex, uint64_t time_ns, const uint8_t *frame,
               size_t len)
{
    struct receiver *r = r_;
    struct traffic_packet packet;
    int path;

    if (!traffic_packet_parse(frame, len, &packet)
        || packet.seq >= SEQSET_LIMIT
        || packet.flow >= r->config->n_flows) {
        counter_add(&r->strange, 1);
        return;
    }

    if (r->is_host && r->config->stall_ms && !r->stalled) {
        r->stalled = true;
        sleep_ms(r->config->stall_ms);
    }

    path = r->is_host ? receiver_path(r, ifindex, time_ns) : PATH_DELIVERY;
    if (path >= 0) {
        receiver_wire(r, path, &packet, time_ns);
    } else if (path == PATH_DELIVERY) {
        receiver_deliver(r, &packet, time_ns);
    } else {
        counter_add(&r->elsewhere, 1);
    }
}

static void *
receiver_main(void *r_)
{
    struct receiver *r = r_;

    for (;;) {
        /* Read before the ring is: whatever came before the stop is then
         * still looked at. */
        bool stop = atomic_load_explicit(r->stop, memory_order_acquire);

        if (!capture_poll(&r->capture, 20, receiver_frame, r) && stop) {
            return NULL;
        }
    }
}

void
receiver_open(struct receiver *r)
{
    const struct traffic_config *config = r->config;
    size_t ring = config->ring_mb * 1024 * 1024;
    struct traffic_filter filter;

    if (r->is_host) {
        traffic_filter_host(&filter, config);
        capture_open(&r->capture, config->host.ns, 0, &filter, ring);
    } else {
        traffic_filter_guest(&filter, config);
        capture_open(&r->capture, config->guest.ns, config->guest.ifindex,
                     &filter, ring / 2);
    }
    delivery_init(&r->delivery, config);
    for (int i = 0; i < TRAFFIC_N_DIRS; i++) {
        wire_init(&r->wire[i]);
    }
}

void
receiver_start(struct receiver *r)
{
    int error = pthread_create(&r->thread, NULL, receiver_main, r);

    if (error) {
        fatal(error, "cannot start a receiver");
    }
}

void
receiver_join(struct receiver *r)
{
    pthread_join(r->thread, NULL);
}

void
receiver_destroy(struct receiver *r)
{
    capture_close(&r->capture);
    delivery_destroy(&r->delivery);
    for (int i = 0; i < TRAFFIC_N_DIRS; i++) {
        wire_destroy(&r->wire[i]);
    }
}
