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

#ifndef TEST_WORLD_RULES_H
#define TEST_WORLD_RULES_H 1

/* The rules that every plan must keep to, and what a port must come to in the
 * end.  Written from the design, not from netvsc-policy.c, none of whose
 * functions is called in here. */

#include <stdbool.h>

#include "netvsc-policy.h"

const char *world_broken_rule(const struct netvsc_facts *,
                              const struct netvsc_plan *);

/* What a port may have come to. */
enum world_end {
    WORLD_END_CLOSED,           /* No child. */
    WORLD_END_CURRENT,          /* Open, on the device and as wanted. */
    WORLD_END_OTHER,            /* Anything else. */
};

struct world_ends {
    enum world_end paths[NETVSC_N_PATHS];
    bool rx[NETVSC_N_PATHS];
    enum netvsc_path_id tx;
};

/* What decides about that. */
struct world_ends_facts {
    bool ignored;
    bool vf_is_pinned_off;
    bool exists[NETVSC_N_PATHS];
    bool up[NETVSC_N_PATHS];
    bool broken[NETVSC_N_PATHS];
};

const char *world_wrong_end(const struct world_ends_facts *,
                            const struct world_ends *);

#endif /* test-world-rules.h */
