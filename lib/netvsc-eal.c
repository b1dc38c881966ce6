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

#include "netvsc-eal.h"

#include <stdbool.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_devargs.h>
#include <rte_hypervisor.h>
#include <rte_log.h>

#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_eal);

#define DRIVER "net_vdev_netvsc"

/* Adds a device of the driver that does nothing.  Returns false if the driver
 * is not in this process: EAL then knows no device of that name, which would
 * be an error in its log. */
static bool
add_idle_device(void)
{
    int level = rte_log_get_level(RTE_LOGTYPE_EAL);
    int error;

    rte_log_set_level(RTE_LOGTYPE_EAL, RTE_LOG_CRIT);
    error = rte_devargs_add(RTE_DEVTYPE_VIRTUAL, DRIVER"_ignore,ignore=1");
    rte_log_set_level(RTE_LOGTYPE_EAL, level);
    return !error;
}

/* Called when the vdev bus looks for its devices: by the main thread within
 * rte_eal_init(), when all drivers are there and nothing was probed, and again
 * whenever a device is attached, by any thread, when all is done.  DPDK holds
 * its lock of such callbacks, under which none may be added or removed.
 *
 * The driver's callback may have been called before, or be called after. */
static void
scan_cb(void *aux OVS_UNUSED)
{
    struct rte_devargs *devargs, *drivers_own = NULL;
    static bool called;

    if (called) {
        return;
    }
    called = true;

    RTE_EAL_DEVARGS_FOREACH ("vdev", devargs) {
        if (strncmp(devargs->name, DRIVER, strlen(DRIVER))) {
            continue;
        }
        if (devargs->name[strlen(DRIVER)]
            || (devargs->args && devargs->args[0])) {
            return;             /* The user's. */
        }
        drivers_own = devargs;
    }
    if (add_idle_device()) {
        rte_devargs_remove(drivers_own);
        VLOG_INFO("DPDK's net_vdev_netvsc is kept from taking NetVSC "
                  "interfaces; --vdev=net_vdev_netvsc0,iface=NAME in "
                  "other_config:dpdk-extra gives it one");
    }
}

/* Has the driver kept from starting by itself, once EAL is initialized.  To be
 * called before EAL looks for devices, by a constructor too: makes no thread
 * and no socket.  As the driver, does nothing elsewhere than on Hyper-V. */
void
netvsc_eal_register(void)
{
    if (rte_hypervisor_get() == RTE_HYPERVISOR_HYPERV
        && rte_vdev_add_custom_scan(scan_cb, NULL)) {
        out_of_memory();
    }
}
