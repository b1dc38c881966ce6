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

#ifndef NETVSC_LINK_SOCK_H
#define NETVSC_LINK_SOCK_H 1

/* A socket that the kernel tells of its links.
 *
 * A host may have thousands of links that no port is interested in: those of
 * containers, say.  To be woken for a message and to dismiss it costs some
 * 15 us, so the kernel is given a filter (classic BPF) and does not queue such
 * messages.  The filter may let pass what is of no interest, but never holds
 * back what is: see netvsc_link_sock_set_filter().
 *
 * The socket belongs to one thread (the monitor) and has no lock. */

#include <stdbool.h>

struct netvsc_link_sock;
struct netvsc_links;
struct ofpbuf;

int netvsc_link_sock_create(struct netvsc_link_sock **);
void netvsc_link_sock_destroy(struct netvsc_link_sock *);
void netvsc_link_sock_set_filter(struct netvsc_link_sock *,
                                 const struct netvsc_links *);
int netvsc_link_sock_attach_filter(int fd, const struct netvsc_links *);
int netvsc_link_sock_recv(struct netvsc_link_sock *, struct ofpbuf *);
void netvsc_link_sock_wait(struct netvsc_link_sock *);

#endif /* netvsc-link-sock.h */
