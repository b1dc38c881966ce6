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

#ifndef NETVSC_SHOW_H
#define NETVSC_SHOW_H 1

/* Text for people, made of the JSON that programs get: what netvsc/show,
 * netvsc/history and netvsc/list print, in ovs-vswitchd and in ovs-netvsc.
 *
 * Pure functions, no locks, any thread. */

struct ds;
struct json;
struct netvsc_found;

void netvsc_show_transition(const struct json *, struct ds *);
void netvsc_show_history(const struct json *, struct ds *);
void netvsc_show_port(const struct json *, struct ds *);

struct json *netvsc_found_to_json(const struct netvsc_found *,
                                  const char *user);
void netvsc_show_found(const struct json *, struct ds *);

#endif /* netvsc-show.h */
