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

#ifndef NETVSC_KERNEL_H
#define NETVSC_KERNEL_H 1

/* What the running kernel can do for a synthetic backend.
 *
 * The kernel itself is asked, in a network namespace of a thread's own, so
 * that it loads its modules if it has them, and nothing else is touched. */

#include <stdbool.h>

enum netvsc_kernel_feature {
    NETVSC_KERNEL_TAP_REMOTE,   /* What net_tap's "remote=" is made of. */
    NETVSC_KERNEL_AF_XDP,
    NETVSC_KERNEL_AF_PACKET,
    NETVSC_KERNEL_N_FEATURES,
};

const char *netvsc_kernel_check(enum netvsc_kernel_feature);
bool netvsc_kernel_ask_again(int min_interval);

#endif /* netvsc-kernel.h */
