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

#include "traffic-seqset.h"

#include <stdlib.h>

#include "traffic-util.h"

struct seqset *
seqset_create(void)
{
    return xcalloc(1, sizeof(struct seqset));
}

void
seqset_destroy(struct seqset *set)
{
    if (set) {
        for (size_t i = 0; i < SEQSET_N_CHUNKS; i++) {
            free(set->chunks[i]);
        }
        free(set);
    }
}

bool
seqset_add(struct seqset *set, uint64_t seq)
{
    uint64_t **chunk = &set->chunks[seq >> SEQSET_CHUNK_BITS];
    uint64_t bit = UINT64_C(1) << (seq & 63);
    uint64_t *word;
    bool was;

    if (!*chunk) {
        *chunk = xcalloc(1 << (SEQSET_CHUNK_BITS - 6), sizeof **chunk);
    }
    word = &(*chunk)[(seq >> 6) & ((1 << (SEQSET_CHUNK_BITS - 6)) - 1)];
    was = (*word & bit) != 0;
    *word |= bit;
    return was;
}
