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

#ifndef TRAFFIC_CAPTURE_H
#define TRAFFIC_CAPTURE_H 1

/* Sockets and network namespaces: finding the two ends, opening the AF_PACKET
 * sockets that send and those that capture, reading a capture ring.
 *
 * A socket stays in the namespace in which it was created, so only setup
 * changes namespace: main() opens everything, then starts the threads.  A
 * capture is then used by one thread. */

#include "traffic-packet.h"
#include "traffic-util.h"

/* Moves the calling thread into namespace 'name' ("" = stay) and back.
 * netns_enter() returns what netns_leave() wants.  Both exit on failure. */
int netns_enter(const char *name);
void netns_leave(int saved);

/* Looks up the index, MTU, MAC and IPv4 address of 'end', except what an
 * option gave.  Exits, naming what is missing. */
void traffic_end_resolve(struct traffic_end *end, const char *default_ip);

/* Opens a UDP socket on the run's port that drops all it gets, so that the
 * kernel at 'end' does not answer each packet with an ICMP error. */
int sink_open(const struct traffic_end *, const struct traffic_config *);

/* Opens a socket that sends on 'end' and receives nothing. */
int sender_socket_open(const struct traffic_end *);

/* A TPACKET_V3 ring.  Its timestamps are the kernel's, CLOCK_REALTIME. */
struct capture {
    int fd;
    uint8_t *ring;
    size_t block_size;
    unsigned int n_blocks;
    unsigned int next_block;
    counter drops;              /* By the socket, for want of room. */
};

/* 'ifindex' 0 captures on all interfaces of the namespace, in and out;
 * otherwise only what arrives on that interface. */
void capture_open(struct capture *, const char *ns, int ifindex,
                  const struct traffic_filter *, size_t ring_octets);
void capture_close(struct capture *);

typedef void capture_cb(void *aux, int ifindex, uint64_t time_ns,
                        const uint8_t *frame, size_t len);

/* Waits up to 'timeout_ms' for a block and passes each frame in it to 'cb'.
 * Returns false if there was none.  Call it until then before giving up: the
 * kernel hands over a partly filled block only after a few milliseconds. */
bool capture_poll(struct capture *, int timeout_ms, capture_cb *, void *aux);

/* The name of interface 'ifindex' in the capture's namespace. */
bool capture_ifname(const struct capture *, int ifindex, char name[IFNAMSIZ]);

#endif /* traffic-capture.h */
