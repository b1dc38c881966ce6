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

#ifndef NETVSC_DUMP_H
#define NETVSC_DUMP_H 1

/* Reads a whole table of the kernel's by rtnetlink, with libnl: again until no
 * change came in between, so that nothing is missing. */

#include <stddef.h>
#include <netlink/handlers.h>

int netvsc_dump(int type, const void *hdr, size_t hdr_len,
                nl_recvmsg_msg_cb_t handle, void (*forget)(void *aux),
                void *aux);

#endif /* netvsc-dump.h */
