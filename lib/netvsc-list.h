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

#ifndef NETVSC_LIST_H
#define NETVSC_LIST_H 1

/* "netvsc/list": the NetVSC interfaces of this machine and who has them.
 *
 * To read the kernel's tables may have to wait until the kernel has removed a
 * device, which ovs-vswitchd's main thread must not.  So a thread of its own
 * reads them for each request, and the main thread replies when that is
 * done. */

#include <stdbool.h>

struct unixctl_conn;

void netvsc_list_start(struct unixctl_conn *, bool json);
void netvsc_list_run(void);
void netvsc_list_wait(void);

#endif /* netvsc-list.h */
