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

#include "netvsc-ethdev-event.h"

#include <rte_config.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "netvsc-config.h"
#include "openvswitch/vlog.h"
#include "ovs-atomic.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_ethdev_event);

/* The events of each ethdev port that the monitor has not seen yet: a bit for
 * each "enum netvsc_ethdev_event". */
static atomic_uint events[RTE_MAX_ETHPORTS];

static void (*wake_monitor)(void);

static const struct {
    enum rte_eth_event_type type;
    enum netvsc_ethdev_event event;
    const char *name;
} types[] = {
    { RTE_ETH_EVENT_INTR_RMV, NETVSC_ETHDEV_REMOVED, "its PMD reports that it "
      "was removed" },
    { RTE_ETH_EVENT_INTR_RESET, NETVSC_ETHDEV_RESET, "its PMD asks for a "
      "reset" },
    /* MANA's PMD resets a VF without a PCI remove:
     * drivers/net/mana, mana_intr_handler(). */
#if HAVE_DECL_RTE_ETH_EVENT_ERR_RECOVERING
    { RTE_ETH_EVENT_ERR_RECOVERING, NETVSC_ETHDEV_RECOVERING, "its PMD "
      "recovers from an error" },
#endif
#if HAVE_DECL_RTE_ETH_EVENT_RECOVERY_SUCCESS
    { RTE_ETH_EVENT_RECOVERY_SUCCESS, NETVSC_ETHDEV_RECOVERED, "its PMD "
      "recovered from an error" },
#endif
#if HAVE_DECL_RTE_ETH_EVENT_RECOVERY_FAILED
    { RTE_ETH_EVENT_RECOVERY_FAILED, NETVSC_ETHDEV_FAILED, "its PMD could not "
      "recover from an error" },
#endif
};

/* Returns what 'event' says about a VF, for people. */
const char *
netvsc_ethdev_event_to_string(enum netvsc_ethdev_event event)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (types[i].event == event) {
            return types[i].name;
        }
    }
    return "";
}

static int
handle_event(uint16_t port_id, enum rte_eth_event_type type,
             void *aux OVS_UNUSED, void *ret_param OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (types[i].type == type && port_id < ARRAY_SIZE(events)) {
            unsigned int orig;

            if (types[i].event == NETVSC_ETHDEV_RECOVERED) {
                atomic_and(&events[port_id],
                           ~(1u << NETVSC_ETHDEV_RECOVERING), &orig);
            }
            atomic_or(&events[port_id], 1u << types[i].event, &orig);
            wake_monitor();
        }
    }
    return 0;
}

/* An ethdev gets a number that another one had, whose events are not its own.
 * This comes before all of its own that it reports when it can be used. */
static int
handle_new(uint16_t port_id, enum rte_eth_event_type type OVS_UNUSED,
           void *aux OVS_UNUSED, void *ret_param OVS_UNUSED)
{
    netvsc_ethdev_event_take(port_id);
    return 0;
}

static void
listen_to(enum rte_eth_event_type type, rte_eth_dev_cb_fn callback)
{
    int error = rte_eth_dev_callback_register(RTE_ETH_ALL, type, callback,
                                              NULL);

    if (error) {
        VLOG_WARN("cannot register for ethdev events: %s",
                  rte_strerror(-error));
    }
}

/* Starts to listen, for the ethdevs there are and all to come.  'wake' is
 * called after each event, by any thread, and must not block.  Needs DPDK to
 * be initialized; to be called once. */
void
netvsc_ethdev_event_start(void (*wake)(void))
{
    wake_monitor = wake;
    listen_to(RTE_ETH_EVENT_NEW, handle_new);
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        listen_to(types[i].type, handle_event);
    }
}

/* Returns the weightiest event of the ethdev 'port_id' since the last call or
 * since it was new, or NETVSC_ETHDEV_NONE.  Any thread. */
enum netvsc_ethdev_event
netvsc_ethdev_event_take(int port_id)
{
    unsigned int seen = 0;

    if (port_id >= 0 && port_id < ARRAY_SIZE(events)) {
        seen = atomic_exchange(&events[port_id], 0);
    }
    return seen ? log_2_floor(seen) : NETVSC_ETHDEV_NONE;
}
