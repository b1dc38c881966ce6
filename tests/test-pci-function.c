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

#include "test-netvsc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netvsc-pci-function.h"
#include "packets.h"
#include "util.h"

#define BDF "0000:00:02.0"

/* What the next calls into DPDK return: at most two probes. */
static int results[2];
static int n_probes;
static bool silent;

static int
fake_probe(const char *devargs)
{
    printf("probe %s", devargs);
    return results[n_probes++];
}

static int
fake_remove(const char *bus, const char *bdf)
{
    ovs_assert(!strcmp(bus, "pci") && !strcmp(bdf, BDF));
    printf(n_probes && !silent ? " remove " : "remove");
    return 0;
}

static void
get(const char *root, const char *what, const char *octet, bool by_mac,
    const char *extra, int first, int second)
{
    struct netvsc_pci_probe probe = {
        .sysfs_root = root, .bdf = BDF, .by_mac = by_mac,
        .extra_devargs = extra,
    };
    char *mac = xasprintf("00:0d:3a:01:02:%s", octet);
    char *message = NULL;

    ovs_assert(eth_addr_from_string(mac, &probe.mac));
    free(mac);
    results[0] = -first;
    results[1] = -second;
    n_probes = 0;
    silent = false;
    printf("%s %s: ", what, octet);
    if (!netvsc_pci_function_get(&probe, &message)) {
        printf("%sok\n", n_probes ? ": " : "");
    } else {
        printf("%s%s\n", n_probes ? ": " : "", message);
    }
    free(message);
}

static void
put(bool last)
{
    silent = true;
    printf("put: ");
    netvsc_pci_function_put(BDF);
    printf(last ? "\n" : "nothing\n");
}

/* Takes and gives back references to a PCI function, with a DPDK that only
 * says what it is asked.  The argument is where sysfs is. */
void
test_pci_function(struct ovs_cmdl_context *ctx)
{
    const char *root = ctx->argv[1];

    netvsc_pci_do_probe = fake_probe;
    netvsc_pci_do_remove = fake_remove;

    get(root, "mana", "03", true, "a=1", 0, 0);
    get(root, "mana", "04", true, "a=1", 0, 0);
    get(root, "mana", "05", true, "", 0, 0);
    put(false);
    put(true);

    get(root, "mlx4", "03", false, "", 0, 0);
    put(true);

    get(root, "stale", "03", false, "", EEXIST, 0);
    put(true);

    get(root, "broken", "03", false, "", ENODEV, 0);
}
