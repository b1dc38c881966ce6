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

#ifndef NETVSC_ETHDEV_EVENT_H
#define NETVSC_ETHDEV_EVENT_H 1

/* What PMDs report of their own accord about a VF's ethdev: removal, a reset
 * that is due, an error that they recover from.
 *
 * PMDs do so from any thread, with locks of theirs held: what happened is
 * stored and the monitor woken, no more. */

/* Weightiest last. */
enum netvsc_ethdev_event {
    NETVSC_ETHDEV_NONE,
    NETVSC_ETHDEV_RECOVERED,    /* RTE_ETH_EVENT_RECOVERY_SUCCESS. */
    NETVSC_ETHDEV_RECOVERING,   /* RTE_ETH_EVENT_ERR_RECOVERING. */
    NETVSC_ETHDEV_RESET,        /* RTE_ETH_EVENT_INTR_RESET. */
    NETVSC_ETHDEV_FAILED,       /* RTE_ETH_EVENT_RECOVERY_FAILED. */
    NETVSC_ETHDEV_REMOVED,      /* RTE_ETH_EVENT_INTR_RMV. */
};

const char *netvsc_ethdev_event_to_string(enum netvsc_ethdev_event);
void netvsc_ethdev_event_start(void (*wake)(void));
enum netvsc_ethdev_event netvsc_ethdev_event_take(int port_id);

#endif /* netvsc-ethdev-event.h */
