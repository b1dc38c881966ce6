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

#include <rte_config.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <stdio.h>

#include "netvsc-config.h"
#include "netvsc-ethdev-event.h"
#include "ovs-atomic.h"
#include "util.h"

/* What a PMD calls to report an event.  Exported by DPDK for its own PMDs,
 * whose headers are not installed. */
int rte_eth_dev_callback_process(struct rte_eth_dev *,
                                 enum rte_eth_event_type, void *);
struct rte_eth_dev *rte_eth_dev_allocated(const char *name);

static atomic_count n_woken = ATOMIC_COUNT_INIT(0);

static void
wake(void)
{
    atomic_count_inc(&n_woken);
}

/* Makes an ethdev, has it report each event that netvsc ports listen for, and
 * prints what they are told. */
void
test_ethdev_event(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    static const struct {
        enum rte_eth_event_type type;
        const char *name;
    } events[] = {
        { RTE_ETH_EVENT_INTR_RMV, "INTR_RMV" },
        { RTE_ETH_EVENT_INTR_RESET, "INTR_RESET" },
        { RTE_ETH_EVENT_INTR_LSC, "INTR_LSC" },
#if HAVE_DECL_RTE_ETH_EVENT_ERR_RECOVERING
        { RTE_ETH_EVENT_ERR_RECOVERING, "ERR_RECOVERING" },
#endif
#if HAVE_DECL_RTE_ETH_EVENT_RECOVERY_SUCCESS
        { RTE_ETH_EVENT_RECOVERY_SUCCESS, "RECOVERY_SUCCESS" },
#endif
#if HAVE_DECL_RTE_ETH_EVENT_RECOVERY_FAILED
        { RTE_ETH_EVENT_RECOVERY_FAILED, "RECOVERY_FAILED" },
#endif
    };
    char *argv[] = {
        "test-netvsc", "--no-huge", "--legacy-mem", "-m", "64", "--no-pci",
        "--no-shconf", "--no-telemetry", "--log-level=error",
        "--vdev=net_null0",
    };

    ovs_assert(rte_eal_init(ARRAY_SIZE(argv), argv) >= 0);
    ovs_assert(rte_eth_dev_is_valid_port(0));
    netvsc_ethdev_event_start(wake);

    for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
        unsigned int before = atomic_count_get(&n_woken);
        enum netvsc_ethdev_event event;

        rte_eth_dev_callback_process(rte_eth_dev_allocated("net_null0"),
                                     events[i].type, NULL);
        event = netvsc_ethdev_event_take(0);
        printf("%s: %s%s\n", events[i].name,
               event ? netvsc_ethdev_event_to_string(event) : "nothing",
               atomic_count_get(&n_woken) != before ? ", woken" : "");

        /* Once is enough, and others are not concerned. */
        ovs_assert(!netvsc_ethdev_event_take(0));
        ovs_assert(!netvsc_ethdev_event_take(1));
    }

    /* Another ethdev with the same number does not inherit events. */
    for (int i = 0; i < 2; i++) {
        rte_eth_dev_callback_process(rte_eth_dev_allocated("net_null0"),
                                     RTE_ETH_EVENT_INTR_RMV, NULL);
        if (i) {
            rte_eth_dev_callback_process(rte_eth_dev_allocated("net_null0"),
                                         RTE_ETH_EVENT_NEW, NULL);
        }
        printf("%s ethdev: %s\n", i ? "new" : "same",
               netvsc_ethdev_event_take(0) ? "an event" : "nothing");
    }
    ovs_assert(!netvsc_ethdev_event_take(-1));
    ovs_assert(!netvsc_ethdev_event_take(RTE_MAX_ETHPORTS));
}
