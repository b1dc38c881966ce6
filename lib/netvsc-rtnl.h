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

#ifndef NETVSC_RTNL_H
#define NETVSC_RTNL_H 1

/* Reads the kernel's tables of links, nexthop objects, addresses and routes
 * for "netvsc-discovery.h", with libnl.
 *
 * The parsers are pure functions of one message.  netvsc_rtnl_discover() does
 * system calls and may have to wait for the kernel's rtnl lock, as long as it
 * takes to remove a device: hold no lock across it.  Any thread. */

#include <stdbool.h>

struct netvsc_addr;
struct netvsc_discovery;
struct netvsc_nexthop;
struct netvsc_route;
struct nlmsghdr;

bool netvsc_rtnl_parse_addr(const struct nlmsghdr *, struct netvsc_addr *);
bool netvsc_rtnl_parse_nexthop(const struct nlmsghdr *,
                               struct netvsc_nexthop *);
bool netvsc_rtnl_parse_route(const struct nlmsghdr *, struct netvsc_route *);

int netvsc_rtnl_discover(const char *sysfs_root, int also_ifindex,
                         struct netvsc_discovery *);

#endif /* netvsc-rtnl.h */
