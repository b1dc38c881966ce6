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

#ifndef NETVSC_REPLY_H
#define NETVSC_REPLY_H 1

/* Replies of ovs-appctl commands, as text or as JSON.  As all of unixctl, in
 * ovs-vswitchd's main thread. */

#include <stdbool.h>

#include "netvsc-config.h"      /* Which unixctl there is. */

struct ds;
struct json;
struct unixctl_conn;

void netvsc_reply(struct unixctl_conn *, bool json, struct json *array,
                  void (*show)(const struct json *, struct ds *),
                  const char *none);

#endif /* netvsc-reply.h */
