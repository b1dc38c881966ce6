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

/* sysfs, find-sysfs: network devices as a folder made like sysfs shows
 * them. */

#include <config.h>

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#include "netvsc-sysfs.h"
#include "packets.h"
#include "test-netvsc.h"
#include "util.h"

static void
print_info(const struct netvsc_sysfs_info *info)
{
    printf("ifindex=%d mac="ETH_ADDR_FMT" type=%d master=%d", info->ifindex,
           ETH_ADDR_ARGS(info->mac), info->arphrd, info->master);
    if (info->has_device) {
        printf(" bus=%s address=%s driver=%s numa=%d%s",
               info->subsystem, info->address, info->driver, info->numa_node,
               info->is_netvsc ? " netvsc" : "");
    } else {
        printf(" virtual numa=%d%s", info->numa_node,
               info->is_netvsc ? " netvsc" : "");
    }
    putchar('\n');
}

void
test_sysfs(struct ovs_cmdl_context *ctx)
{
    for (int i = 2; i < ctx->argc; i++) {
        struct netvsc_sysfs_info info;
        int error;

        error = netvsc_sysfs_read(ctx->argv[1], ctx->argv[i], &info);
        printf("%s: ", ctx->argv[i]);
        if (error) {
            printf("%s\n", ovs_strerror(error));
        } else {
            print_info(&info);
        }
    }
}

static bool
is_netvsc(const char *ifname OVS_UNUSED, const struct netvsc_sysfs_info *info,
          const void *mac_)
{
    const struct eth_addr *mac = mac_;

    return (info->is_netvsc
            && (!mac || eth_addr_equals(info->mac, *mac)));
}

void
test_find_sysfs(struct ovs_cmdl_context *ctx)
{
    char ifname[IFNAMSIZ];
    struct eth_addr mac;
    int error;

    if (ctx->argc > 2 && !eth_addr_from_string(ctx->argv[2], &mac)) {
        ovs_fatal(0, "%s is no MAC address", ctx->argv[2]);
    }
    error = netvsc_sysfs_find(ctx->argv[1], is_netvsc,
                              ctx->argc > 2 ? &mac : NULL,
                              ifname, sizeof ifname);
    puts(error ? ovs_strerror(error) : ifname);
}
