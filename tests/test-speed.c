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

/* speed: how fast devices are, as the kernel says and as Open vSwitch can. */

#include <config.h>

#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>

#include "netvsc-speed.h"
#include "test-netvsc.h"

/* Prints of each device what the kernel says, in Mbit/s, and what Open vSwitch
 * makes of it, in bits per second. */
void
test_speed(struct ovs_cmdl_context *ctx)
{
    for (int i = 1; i < ctx->argc; i++) {
        struct netvsc_speed speed
            = netvsc_speed_read(if_nametoindex(ctx->argv[i]));
        enum netdev_features features = netvsc_speed_to_features(&speed);

        printf("%s: %"PRIu32" %s, %"PRIu64" %s%s\n", ctx->argv[i], speed.mbps,
               speed.full_duplex ? "full" : "half",
               netdev_features_to_bps(features, 0),
               netdev_features_is_full_duplex(features) ? "full" : "half",
               features & NETDEV_F_OTHER ? ", other" : "");
    }
}
