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

#include "netvsc-json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "netvsc-config.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "timeval.h"
#include "util.h"

#define TIME_FORMAT "%Y-%m-%dT%H:%M:%S"

/* Returns the number of elements of 'array', 0 if that is a null pointer or no
 * array. */
size_t
netvsc_json_size(const struct json *array)
{
    if (!array || array->type != JSON_ARRAY) {
        return 0;
    }
#if HAVE_DECL_JSON_ARRAY_AT
    return json_array_size(array);
#else
    return json_array(array)->n;
#endif
}

/* Returns element 'i' of 'array', which must have that many. */
const struct json *
netvsc_json_at(const struct json *array, size_t i)
{
#if HAVE_DECL_JSON_ARRAY_AT
    return json_array_at(array, i);
#else
    return json_array(array)->elems[i];
#endif
}

/* Returns 'member' of 'json', or a null pointer if 'json' is no object, or a
 * null pointer itself, or has no such member. */
const struct json *
netvsc_json_get(const struct json *json, const char *member)
{
    return (json && json->type == JSON_OBJECT
            ? shash_find_data(json_object(json), member) : NULL);
}

/* Returns the text of 'member', "" if there is none. */
const char *
netvsc_json_str(const struct json *json, const char *member)
{
    const struct json *value = netvsc_json_get(json, member);

    return value && value->type == JSON_STRING ? json_string(value) : "";
}

/* Returns the number in 'member', 0 if there is none. */
long long int
netvsc_json_int(const struct json *json, const char *member)
{
    const struct json *value = netvsc_json_get(json, member);

    return value && value->type == JSON_INTEGER ? json_integer(value) : 0;
}

/* Returns the truth of 'member', false if there is none. */
bool
netvsc_json_bool(const struct json *json, const char *member)
{
    const struct json *value = netvsc_json_get(json, member);

    return value && value->type == JSON_TRUE;
}

void
netvsc_json_put_int(struct json *json, const char *member, long long int i)
{
    json_object_put(json, member, json_integer_create(i));
}

void
netvsc_json_put_bool(struct json *json, const char *member, bool b)
{
    json_object_put(json, member, json_boolean_create(b));
}

/* Leaves 'member' out if there is no 'text'. */
void
netvsc_json_put_text(struct json *json, const char *member, const char *text)
{
    if (text && text[0]) {
        json_object_put_string(json, member, text);
    }
}

/* Puts a time of time_wall_msec(), in UTC; leaves 'member' out if it is 0. */
void
netvsc_json_put_time(struct json *json, const char *member,
                     long long int wall_msec)
{
    if (wall_msec) {
        char *text = xastrftime_msec(TIME_FORMAT".###Z", wall_msec, true);

        json_object_put(json, member, json_string_create(text));
        free(text);
    }
}

/* Returns the time in 'member' as time_wall_msec() does, 0 if there is
 * none. */
long long int
netvsc_json_time(const struct json *json, const char *member)
{
    const char *text = netvsc_json_str(json, member);
    struct tm tm;
    const char *end;
    int msec = 0;

    memset(&tm, 0, sizeof tm);
    end = strptime(text, TIME_FORMAT, &tm);
    if (!end) {
        return 0;
    }
    if (*end == '.') {
        msec = atoi(end + 1);
    }
    return timegm(&tm) * 1000LL + msec;
}
