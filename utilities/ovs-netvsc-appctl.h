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

#ifndef OVS_NETVSC_APPCTL_H
#define OVS_NETVSC_APPCTL_H 1

/* Asks a running ovs-vswitchd, as ovs-appctl does. */

struct json;

char *ovs_netvsc_appctl_text(const char *target, const char *command,
                             int *error, char **why_not);
struct json *ovs_netvsc_appctl(const char *target, const char *command,
                               char **why_not);

#endif /* ovs-netvsc-appctl.h */
