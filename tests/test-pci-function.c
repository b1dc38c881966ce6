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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netvsc-pci-function.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "sset.h"
#include "util.h"

#define BDF "0000:00:02.0"

/* DPDK as it is to be: */
static bool probed;             /* The function is known to it... */
static int probe_error;         /* ...or cannot be probed. */
static const char *foreign;     /* Netdev of somebody else there. */

static const char *space;       /* Between the words printed. */

static void OVS_PRINTF_FORMAT(1, 2)
say(const char *format, ...)
{
    va_list args;

    fputs(space, stdout);
    space = " ";
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

/* As rte_dev_probe() of all versions from 22.11 on: what is probed is not
 * probed again, and that is no error. */
static int
fake_probe(const char *devargs)
{
    say("probe %s%s", devargs, probed ? " in vain" : "");
    probed |= !probe_error;
    return -probe_error;
}

static int
fake_remove(const char *bus, const char *bdf)
{
    ovs_assert(!strcmp(bus, "pci") && !strcmp(bdf, BDF));
    say("remove");
    probed = false;
    return 0;
}

static bool
fake_is_probed(const char *bdf)
{
    ovs_assert(!strcmp(bdf, BDF));
    return probed;
}

static char *
fake_find_foreign(const struct netdev_class *class OVS_UNUSED,
                  const char *bdf, const struct sset *own)
{
    ovs_assert(!strcmp(bdf, BDF));
    return nullable_xstrdup(foreign && !sset_contains(own, foreign)
                            ? foreign : NULL);
}

/* For the netdev named 'octet'. */
static void
get(const char *root, const char *what, const char *octet, bool by_mac,
    const char *extra)
{
    struct netvsc_pci_probe probe = {
        .netdev = octet, .sysfs_root = root, .bdf = BDF, .by_mac = by_mac,
        .extra_devargs = extra,
    };
    char *mac = xasprintf("00:0d:3a:01:02:%s", octet);
    char *message = NULL;

    ovs_assert(eth_addr_from_string(mac, &probe.mac));
    free(mac);
    space = "";
    printf("%s %s: ", what, octet);
    if (!netvsc_pci_function_get(&probe, &message)) {
        say("ok\n");
    } else {
        say("%s\n", message);
    }
    free(message);
}

static void
put(const char *octet)
{
    space = "";
    printf("put %s: ", octet);
    netvsc_pci_function_put(BDF, octet);
    say("ok\n");
}

static void
forget(const char *what)
{
    space = "";
    printf("forget %s: ", what);
    netvsc_pci_function_forget(NULL, BDF);
    say("ok\n");
}

/* Takes and gives back references to a PCI function, with a DPDK that only
 * prints what it is asked to do.  ROOT is sysfs. */
void
test_pci_function(struct ovs_cmdl_context *ctx)
{
    const char *root = ctx->argv[1];

    vlog_set_levels(NULL, VLF_CONSOLE, VLL_WARN);
    netvsc_pci_do_probe = fake_probe;
    netvsc_pci_do_remove = fake_remove;
    netvsc_pci_is_probed = fake_is_probed;
    netvsc_pci_find_foreign = fake_find_foreign;

    get(root, "mana", "03", true, "a=1");
    get(root, "mana", "04", true, "a=1");
    get(root, "mana", "05", true, "");
    put("03");
    get(root, "mana", "03", true, "a=2");
    put("03");
    put("04");

    get(root, "mlx4", "03", false, "");
    put("03");

    probed = true;
    get(root, "stale", "03", false, "");
    put("03");

    probe_error = ENODEV;
    get(root, "broken", "03", false, "");
    probe_error = 0;

    /* A user's dpdk port was first... */
    probed = true;
    foreign = "dpdk0";
    get(root, "foreign", "03", true, "");
    probed = false;
    foreign = NULL;

    /* ...or came later. */
    get(root, "mana", "03", true, "");
    get(root, "mana", "04", true, "");
    foreign = "dpdk0";
    put("03");
    put("04");
    get(root, "foreign", "03", true, "");
    foreign = NULL;
    get(root, "mana", "03", true, "");

    /* Its own netdev, which is being closed, is not foreign. */
    foreign = "03";
    put("03");

    /* EAL has probed it for nobody, for somebody, or has not. */
    probed = true;
    foreign = NULL;
    forget("unused");
    foreign = "dpdk0";
    probed = true;
    forget("used");
    probed = false;
    foreign = NULL;
    forget("not probed");
}
