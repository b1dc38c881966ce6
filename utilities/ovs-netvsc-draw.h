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

#ifndef OVS_NETVSC_DRAW_H
#define OVS_NETVSC_DRAW_H 1

/* Draws a pair of "ovs-netvsc-pair.h": the host at the top, the port at the
 * bottom, the two ways between them side by side.
 *
 * Pure functions. */

#include <stdbool.h>

struct ds;
struct json;

/* What is said of a port that is "stale": see ovs-netvsc-pair.c. */
#define OVS_NETVSC_STALE "as last known: ovs-vswitchd does not answer"

/* Colours, by what they mean. */
enum ovs_netvsc_style {
    OVS_NETVSC_PLAIN,
    OVS_NETVSC_GOOD,
    OVS_NETVSC_WARNING,
    OVS_NETVSC_BAD,
    OVS_NETVSC_STRONG,
};

bool ovs_netvsc_use_color(void);
bool ovs_netvsc_has_screen(void);
void ovs_netvsc_put(struct ds *, bool color, enum ovs_netvsc_style,
                    const char *text);

void ovs_netvsc_draw(const struct json *pair, bool color, struct ds *);

#endif /* ovs-netvsc-draw.h */
