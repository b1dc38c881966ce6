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

/* Events as text: "vf appears", "pin synthetic", "wait 20". */

#include <config.h>

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "test-world.h"
#include "util.h"

enum event_kind {
    OF_PATH,                    /* Follows the name of a path. */
    WITH_NUMBER,                /* A number follows. */
    WITH_PIN,                   /* A pin's name follows. */
    ALONE,
};

static const struct {
    const char *name;
    enum event_kind kind;
} names[WORLD_N_EVENTS] = {
    [WORLD_APPEARS] = { "appears", OF_PATH },
    [WORLD_DISAPPEARS] = { "disappears", OF_PATH },
    [WORLD_UP] = { "up", OF_PATH },
    [WORLD_DOWN] = { "down", OF_PATH },
    [WORLD_MOVES] = { "moves", OF_PATH },
    [WORLD_SETTINGS] = { "settings", OF_PATH },
    [WORLD_BREAKS] = { "breaks", OF_PATH },
    [WORLD_MENDS] = { "mends", OF_PATH },
    [WORLD_DIES] = { "dies", OF_PATH },
    [WORLD_RECOVERS] = { "recovers", OF_PATH },
    [WORLD_RECOVERED] = { "recovered", OF_PATH },
    [WORLD_PIN] = { "pin", WITH_PIN },
    [WORLD_DELAY] = { "delay", WITH_NUMBER },
    [WORLD_FLAP_LIMIT] = { "flap-limit", WITH_NUMBER },
    [WORLD_IGNORE] = { "ignore", WITH_NUMBER },
    [WORLD_ENABLE] = { "enable", WITH_NUMBER },
    [WORLD_DONE] = { "done", ALONE },
    [WORLD_FAILS] = { "fails", ALONE },
    [WORLD_WAIT] = { "wait", WITH_NUMBER },
    [WORLD_STALL] = { "stall", WITH_NUMBER },
    [WORLD_AGAIN] = { "again", ALONE },
    [WORLD_LOSE] = { "lose", ALONE },
    [WORLD_DUMP] = { "dump", ALONE },
    [WORLD_SETTLE] = { "settle", ALONE },
};

/* Appends 'event' to 's'. */
void
world_event_format(const struct world_event *event, struct ds *s)
{
    const char *name = names[event->type].name;

    switch (names[event->type].kind) {
    case OF_PATH:
        ds_put_format(s, "%s %s", netvsc_path_id_to_string(event->id), name);
        break;
    case WITH_NUMBER:
        ds_put_format(s, "%s %d", name, event->arg);
        break;
    case WITH_PIN:
        ds_put_format(s, "%s %s", name, netvsc_pin_to_string(event->arg));
        break;
    case ALONE:
        ds_put_cstr(s, name);
        break;
    }
}

/* Parses 'text', as world_event_format() makes it.  Returns false if it is no
 * event. */
bool
world_event_parse(const char *text, struct world_event *event)
{
    char first[16], second[16] = "";

    if (!ovs_scan(text, "%15s %15s", first, second)
        && !ovs_scan(text, "%15s", first)) {
        return false;
    }
    for (int i = 0; i < WORLD_N_EVENTS; i++) {
        enum netvsc_pin pin;

        *event = (struct world_event) { .type = i };
        switch (names[i].kind) {
        case OF_PATH:
            for (int id = 0; id < NETVSC_N_PATHS; id++) {
                if (!strcmp(first, netvsc_path_id_to_string(id))
                    && !strcmp(second, names[i].name)) {
                    event->id = id;
                    return true;
                }
            }
            break;
        case WITH_NUMBER:
            if (!strcmp(first, names[i].name)) {
                return str_to_int(second, 10, &event->arg);
            }
            break;
        case WITH_PIN:
            if (!strcmp(first, names[i].name)
                && netvsc_pin_from_string(second, &pin)) {
                event->arg = pin;
                return true;
            }
            break;
        case ALONE:
            if (!strcmp(first, names[i].name)) {
                return true;
            }
            break;
        }
    }
    return false;
}
