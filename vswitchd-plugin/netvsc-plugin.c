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

#include "netdev-netvsc.h"

/* Registers the class when ovs-vswitchd, or a process that loads this as a
 * shared object, starts.  OVS has no other way for a class from outside.
 *
 * Runs before main() and before ovs-vswitchd puts itself in the background, so
 * nothing in here may make a thread or a socket, or log. */
static void __attribute__((constructor))
netvsc_plugin_init(void)
{
    netdev_netvsc_register();
}
