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

#ifndef NETVSC_XSK_H
#define NETVSC_XSK_H 1

/* AF_XDP sockets as the process and the kernel have them, and what libxdp
 * leaves of them, whoever made them: nothing in here knows a PMD.  May be
 * called by any thread. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Not declared by all C libraries. */
#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif

/* How long, in ns, a socket must have been without rings, as one that is just
 * being made or deleted is for the time of a few system calls; and how long
 * the kernel may take to let go of a queue. */
#define NETVSC_XSK_SETTLE_TIME (200 * 1000 * 1000)

/* How often to try whether a queue is free, 2 ms apart: for a second. */
#define NETVSC_XSK_MAX_TRIES 500

/* A mapping of a socket in the process's memory. */
struct netvsc_xsk_mapping {
    uintptr_t begin, end;
    uintmax_t offset;           /* Which of the socket's rings. */
    ino_t inode;                /* The socket's, 0 if there is no mapping. */
};

void netvsc_xsk_for_each_fd(void (*cb)(int fd, void *aux), void *aux);
bool netvsc_xsk_for_each_mapping(
    void (*cb)(const struct netvsc_xsk_mapping *, void *aux), void *aux);

bool netvsc_xsk_is_socket(int fd, ino_t inode);
bool netvsc_xsk_is_af_xdp(int fd);
ino_t netvsc_xsk_mapped_at(uintptr_t address);
void netvsc_xsk_unmap(ino_t inode);

uint32_t netvsc_xsk_get_prog_id(int ifindex);
void netvsc_xsk_close_bpf_objects(uint32_t prog_id);
int netvsc_xsk_wait_for_queues(int ifindex, int n, int max_tries);

#endif /* netvsc-xsk.h */
