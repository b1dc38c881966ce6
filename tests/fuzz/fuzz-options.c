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

#include <config.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "netvsc-options.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The parser of the options column.  The input is lines, "key=value". */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xmemdup0((const char *) data, size);
    struct smap args = SMAP_INITIALIZER(&args);
    struct netvsc_options options;
    char *line, *save_ptr = NULL, *message;

    for (line = strtok_r(text, "\n", &save_ptr); line;
         line = strtok_r(NULL, "\n", &save_ptr)) {
        char *value = strchr(line, '=');

        if (value) {
            *value++ = '\0';
            smap_replace(&args, line, value);
        }
    }

    message = netvsc_options_parse(&args, &options);
    if (message) {
        ovs_assert(message[0]);
    } else {
        /* What is accepted is within its limits. */
        ovs_assert(memchr(options.iface, '\0', sizeof options.iface));
        ovs_assert(memchr(options.vf_devargs, '\0',
                          sizeof options.vf_devargs));
        ovs_assert(!options.iface[0] || eth_addr_is_zero(options.mac));
        ovs_assert(!eth_addr_is_multicast(options.mac));
        ovs_assert(options.n_rxq >= 1 && options.n_rxq <= 64);
        ovs_assert(options.vf_up_delay >= 0);
        ovs_assert(options.vf_flap_limit <= NETVSC_MAX_FLAP_LIMIT);
    }
    free(message);
    smap_destroy(&args);
    free(text);
    return 0;
}
