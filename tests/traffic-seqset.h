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

#ifndef TRAFFIC_SEQSET_H
#define TRAFFIC_SEQSET_H 1

/* A set of sequence numbers: a bit each, in chunks allocated when first
 * needed.  Ten minutes at 100,000 packets a second are 7.5 MB.
 *
 * Not thread-safe: one thread at a time owns a set. */

#include <stdbool.h>
#include <stdint.h>

#define SEQSET_CHUNK_BITS 17
#define SEQSET_N_CHUNKS (1 << 16)

/* Sequence numbers from here on are refused: a frame that has one is not
 * ours.  8,589,934,592: a day at 99,420 packets a second. */
#define SEQSET_LIMIT ((uint64_t) SEQSET_N_CHUNKS << SEQSET_CHUNK_BITS)

struct seqset {
    uint64_t *chunks[SEQSET_N_CHUNKS];
};

struct seqset *seqset_create(void);
void seqset_destroy(struct seqset *);

/* Adds 'seq', which must be below SEQSET_LIMIT.  Returns true if it was
 * there already. */
bool seqset_add(struct seqset *, uint64_t seq);

static inline bool
seqset_has(const struct seqset *set, uint64_t seq)
{
    const uint64_t *chunk = set->chunks[seq >> SEQSET_CHUNK_BITS];

    return chunk && (chunk[(seq >> 6) & ((1 << (SEQSET_CHUNK_BITS - 6)) - 1)]
                     >> (seq & 63) & 1);
}

/* True if 'seq', a multiple of 64, and the 63 that follow are there. */
static inline bool
seqset_has_64(const struct seqset *set, uint64_t seq)
{
    const uint64_t *chunk = set->chunks[seq >> SEQSET_CHUNK_BITS];

    return chunk && chunk[(seq >> 6) & ((1 << (SEQSET_CHUNK_BITS - 6)) - 1)]
                    == UINT64_MAX;
}

#endif /* traffic-seqset.h */
