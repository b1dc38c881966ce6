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

#ifndef OVS_NETVSC_PAIR_H
#define OVS_NETVSC_PAIR_H 1

/* Pairs: each NetVSC interface with its VF, and the port that drives both, if
 * there is one.  What the kernel, the database and ovs-vswitchd tell is put
 * together, as far as each of them can be asked. */

#include <stdbool.h>

struct json;
struct ovs_netvsc_options;
struct smap;

struct json *ovs_netvsc_pairs(const struct ovs_netvsc_options *,
                              struct smap *problems);
bool ovs_netvsc_pairs_have_port(const struct json *pairs, const char *name);

#endif /* ovs-netvsc-pair.h */
