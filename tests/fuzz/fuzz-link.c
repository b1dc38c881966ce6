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
#include <string.h>

#include "netvsc-link.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* From netlink messages to the table of links.  The input is a series of
 * messages, each with its length before it in two octets, as the kernel may
 * send them in any number, order and state of repair. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct netvsc_links links;

    netvsc_links_init(&links, "/nonexistent");
    netvsc_links_add_name(&links, "eth1");
    netvsc_links_add_mac(&links,
                         (struct eth_addr) ETH_ADDR_C(00,0d,3a,01,02,03));

    while (size >= 2) {
        size_t len = MIN(data[0] | data[1] << 8, size - 2);
        struct netvsc_link_change change;
        struct ofpbuf *msg = ofpbuf_clone_data(data + 2, len);

        if (netvsc_link_parse(msg, &change)) {
            ovs_assert(memchr(change.name, '\0', sizeof change.name));
            ovs_assert(memchr(change.kind, '\0', sizeof change.kind));
            netvsc_links_handle(&links, &change);
        }
        ofpbuf_delete(msg);
        data += 2 + len;
        size -= 2 + len;
    }

    /* Each link is found by its ifindex, and by it alone. */
    const struct netvsc_link *link;
    HMAP_FOR_EACH (link, node, &links.links) {
        ovs_assert(netvsc_links_by_ifindex(&links, link->rt.ifindex) == link);
    }
    netvsc_links_destroy(&links);
    return 0;
}
