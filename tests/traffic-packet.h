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

#ifndef TRAFFIC_PACKET_H
#define TRAFFIC_PACKET_H 1

/* The frames that netvsc-traffic sends: how they are written, read, and told
 * from everything else on a link.  Pure functions, any thread.
 *
 * An Ethernet, an IPv4 and a UDP header with right checksums, then, in
 * network byte order, the fields below, then zeros up to the frame size. */

#include <linux/filter.h>

#include "traffic-util.h"

#define TRAFFIC_MIN_FRAME 70
#define TRAFFIC_MAX_FRAME 9014
#define TRAFFIC_SRC_PORT 20000      /* Plus the flow. */

/* What a frame tells. */
struct traffic_packet {
    enum traffic_dir dir;
    uint16_t flow;
    uint64_t seq;
    uint64_t tx_ns;                 /* CLOCK_REALTIME. */
};

/* A frame of one direction with everything that does not change filled in. */
struct traffic_template {
    uint8_t frame[TRAFFIC_MAX_FRAME];
    size_t size;
    uint32_t udp_sum;               /* Of the fixed part and pseudo header. */
};

void traffic_template_init(struct traffic_template *,
                           const struct traffic_config *, enum traffic_dir,
                           bool warmup);

/* Completes 'frame', which must be a copy of the template's. */
void traffic_template_fill(const struct traffic_template *, uint8_t *frame,
                           uint16_t flow, uint64_t seq, uint64_t tx_ns);

/* Reads a frame which a filter below has let through.  Returns false if it
 * is too short or its fields make no sense. */
bool traffic_packet_parse(const uint8_t *frame, size_t len,
                          struct traffic_packet *);

/* Socket filters, for the kernel to drop all but the frames of this run that
 * the namespace has to look at.
 *
 * Host: guest-to-host frames that arrive, host-to-guest frames that leave,
 * the latter not on the host's own interface, where they merely start.
 * Guest: host-to-guest frames that arrive. */
#define TRAFFIC_FILTER_MAX 24
struct traffic_filter {
    struct sock_filter insns[TRAFFIC_FILTER_MAX];
    struct sock_fprog prog;
};
void traffic_filter_host(struct traffic_filter *,
                         const struct traffic_config *);
void traffic_filter_guest(struct traffic_filter *,
                          const struct traffic_config *);

#endif /* traffic-packet.h */
