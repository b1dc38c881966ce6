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

#ifndef NETVSC_JSON_H
#define NETVSC_JSON_H 1

/* What people and programs are told is put into JSON first, whatever the form
 * in which they get it, so that text and JSON cannot differ.
 *
 * Helpers for that: getters that never fail, because what is read may have
 * been written by another version, and what differs between releases of Open
 * vSwitch.
 *
 * Pure functions, no locks, any thread. */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/json.h"

size_t netvsc_json_size(const struct json *array);
const struct json *netvsc_json_at(const struct json *array, size_t i);

const struct json *netvsc_json_get(const struct json *, const char *member);
const char *netvsc_json_str(const struct json *, const char *member);
long long int netvsc_json_int(const struct json *, const char *member);
bool netvsc_json_bool(const struct json *, const char *member);

void netvsc_json_put_int(struct json *, const char *member, long long int);
void netvsc_json_put_bool(struct json *, const char *member, bool);
void netvsc_json_put_text(struct json *, const char *member, const char *);

void netvsc_json_put_time(struct json *, const char *member,
                          long long int wall_msec);
long long int netvsc_json_time(const struct json *, const char *member);

#endif /* netvsc-json.h */
