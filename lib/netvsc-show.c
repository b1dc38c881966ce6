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

#include "netvsc-show.h"

#include "netvsc-discovery.h"
#include "netvsc-json.h"
#include "netvsc-path.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

/* Appends a transition of netvsc_history_to_json() to 's', as a line without
 * its end. */
void
netvsc_show_transition(const struct json *t, struct ds *s)
{
    ds_put_strftime_msec(s, "%Y-%m-%d %H:%M:%S.### ",
                         netvsc_json_time(t, "time"), false);
    ds_put_format(s, "%s: %s -> %s (%s)", netvsc_json_str(t, "subject"),
                  netvsc_json_str(t, "from"), netvsc_json_str(t, "to"),
                  netvsc_json_str(t, "reason"));
    if (netvsc_json_get(t, "lasted_ms")) {
        ds_put_format(s, " after %lld ms", netvsc_json_int(t, "lasted_ms"));
    }
    if (netvsc_json_get(t, "reaction_us")) {
        ds_put_format(s, ", %lld us after the kernel's message",
                      netvsc_json_int(t, "reaction_us"));
    }
    if (netvsc_json_int(t, "dropped")) {
        ds_put_format(s, ", %lld packets dropped",
                      netvsc_json_int(t, "dropped"));
    }
}

static void
show_transitions(const struct json *array, const char *indent, struct ds *s)
{
    for (size_t i = 0; i < netvsc_json_size(array); i++) {
        ds_put_cstr(s, indent);
        netvsc_show_transition(netvsc_json_at(array, i), s);
        ds_put_char(s, '\n');
    }
}

/* Appends the history of a port, one of those that netvsc/history --json
 * returns, to 's'. */
void
netvsc_show_history(const struct json *port, struct ds *s)
{
    ds_put_format(s, "%s:\n", netvsc_json_str(port, "name"));
    show_transitions(netvsc_json_get(port, "transitions"), "  ", s);
}

static void
show_queues(const struct json *path, const struct json *port, struct ds *s)
{
    const struct json *queues = netvsc_json_get(path, "queues");
    const struct json *granted = netvsc_json_get(queues, "granted");
    const struct json *asked = netvsc_json_get(queues, "asked");
    const struct json *wanted = netvsc_json_get(port, "queues");

    ds_put_format(s, "    queues: %lld rxq (port: %lld), %lld txq (port: "
                  "%lld)", netvsc_json_int(granted, "rxq"),
                  netvsc_json_int(wanted, "rxq"),
                  netvsc_json_int(granted, "txq"),
                  netvsc_json_int(wanted, "txq"));
    if (netvsc_json_int(granted, "rxq") != netvsc_json_int(asked, "rxq")
        || netvsc_json_int(granted, "txq") != netvsc_json_int(asked, "txq")) {
        ds_put_format(s, ", asked for: %lld rxq, %lld txq",
                      netvsc_json_int(asked, "rxq"),
                      netvsc_json_int(asked, "txq"));
    }
    ds_put_char(s, '\n');
}

static void
show_counters(const struct json *path, struct ds *s)
{
    const struct json *stats = netvsc_json_get(path, "statistics");

    ds_put_format(s, "    received: %lld packets, %lld bytes, %lld dropped\n",
                  netvsc_json_int(stats, "rx_packets"),
                  netvsc_json_int(stats, "rx_bytes"),
                  netvsc_json_int(stats, "rx_dropped"));
    ds_put_format(s, "    transmitted: %lld packets, %lld bytes, %lld "
                  "dropped\n", netvsc_json_int(stats, "tx_packets"),
                  netvsc_json_int(stats, "tx_bytes"),
                  netvsc_json_int(stats, "tx_dropped"));
}

static void
show_text(const struct json *json, const char *member, const char *label,
          struct ds *s)
{
    const char *text = netvsc_json_str(json, member);

    if (text[0]) {
        ds_put_format(s, "    %s: %s\n", label, text);
    }
}

static void
show_path(const struct json *port, const char *name, struct ds *s)
{
    const struct json *path
        = netvsc_json_get(netvsc_json_get(port, "paths"), name);
    const struct json *iface = netvsc_json_get(path, "interface");

    ds_put_format(s, "  %s path: %s%s\n", name,
                  netvsc_json_str(path, "state"),
                  netvsc_json_bool(path, "transmitting") ? ", transmitting"
                  : "");
    if (iface) {
        ds_put_format(s, "    interface: %s, ifindex %lld, %s, %s\n",
                      netvsc_json_str(iface, "name"),
                      netvsc_json_int(iface, "ifindex"),
                      netvsc_json_str(iface, "mac"),
                      netvsc_json_str(iface, "link_state"));
    }
    show_text(path, "pci", "PCI address", s);
    show_text(path, "driver", "kernel driver", s);
    if (netvsc_json_get(path, "backend")) {
        ds_put_format(s, "    backend: %s (%s)\n",
                      netvsc_json_str(path, "backend"),
                      netvsc_json_str(path, "backend_reason"));
    }
    show_text(path, "pmd", "DPDK driver", s);
    show_text(path, "devargs", "devargs", s);
    show_text(path, "tap", "tap", s);
    if (netvsc_json_get(path, "queues")) {
        show_queues(path, port, s);
        ds_put_format(s, "    MTU: %lld\n", netvsc_json_int(path, "mtu"));
    }
    show_text(path, "error", "error", s);
    show_text(path, "reason", "reason", s);
    ds_put_format(s, "    opened: %lld times, failed: %lld times\n",
                  netvsc_json_int(path, "opened"),
                  netvsc_json_int(path, "failed"));
    show_counters(path, s);
}

static void
show_damping(const struct json *port, struct ds *s)
{
    const struct json *damping = netvsc_json_get(port, "damping");

    ds_put_format(s, "  VF lost: %lld times in the last %lld ms",
                  netvsc_json_int(damping, "losses"),
                  netvsc_json_int(damping, "window_ms"));
    if (netvsc_json_int(damping, "limit")) {
        ds_put_format(s, ", limit %lld", netvsc_json_int(damping, "limit"));
    }
    if (netvsc_json_int(damping, "held_off_ms")) {
        ds_put_format(s, ", held off for %lld ms more",
                      netvsc_json_int(damping, "held_off_ms"));
    }
    ds_put_char(s, '\n');
}

/* Appends a description of a port, one of those that netvsc/show --json
 * returns, to 's'. */
void
netvsc_show_port(const struct json *port, struct ds *s)
{
    const struct json *last = netvsc_json_get(port, "last_switch");
    const struct json *switches = netvsc_json_get(port, "switches");

    ds_put_format(s, "%s: %s, link %s\n", netvsc_json_str(port, "name"),
                  netvsc_json_str(port, "admin_state"),
                  netvsc_json_str(port, "link_state"));
    ds_put_format(s, "  transmitting on: %s (set-path: %s)\n",
                  netvsc_json_str(port, "active_path"),
                  netvsc_json_str(port, "set_path"));
    ds_put_format(s, "  path switches: %lld",
                  netvsc_json_int(port, "path_switches"));
    if (last) {
        ds_put_strftime_msec(s, ", last at %Y-%m-%d %H:%M:%S.###",
                             netvsc_json_time(last, "time"), false);
        ds_put_format(s, " (%s)", netvsc_json_str(last, "reason"));
    }
    ds_put_format(s, "\n  MTU: %lld\n", netvsc_json_int(port, "mtu"));
    ds_put_format(s, "  dropped for want of a path: %lld packets\n",
                  netvsc_json_int(port, "no_path_tx_drops"));
    show_damping(port, s);
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        show_path(port, netvsc_path_id_to_string(i), s);
    }
    if (netvsc_json_size(switches)) {
        ds_put_cstr(s, "  last switches:\n");
        show_transitions(switches, "    ", s);
    }
}

/* Returns 'found' as a member of the array that netvsc/list --json returns.
 * 'user' is who has it: "none", or "unknown", if nobody has. */
struct json *
netvsc_found_to_json(const struct netvsc_found *found, const char *user)
{
    const struct netvsc_link *link = found->link;
    const char *obstacle = netvsc_found_obstacle(found);
    struct json *json = json_object_create();

    netvsc_json_put_text(json, "interface", link->rt.name);
    netvsc_json_put_int(json, "ifindex", link->rt.ifindex);
    json_object_put_format(json, "mac", ETH_ADDR_FMT,
                           ETH_ADDR_ARGS(link->rt.mac));
    netvsc_json_put_text(json, "link_state", netvsc_link_is_usable(link)
                         ? "up" : "down");
    if (found->vf) {
        struct json *vf = json_object_create();

        netvsc_json_put_text(vf, "interface", found->vf->rt.name);
        netvsc_json_put_int(vf, "ifindex", found->vf->rt.ifindex);
        netvsc_json_put_text(vf, "pci", found->vf->sysfs.address);
        netvsc_json_put_text(vf, "driver", found->vf->sysfs.driver);
        netvsc_json_put_text(vf, "link_state",
                             netvsc_link_is_usable(found->vf) ? "up" : "down");
        json_object_put(json, "vf", vf);
    }
    netvsc_json_put_bool(json, "routed", obstacle != NULL);
    netvsc_json_put_text(json, "state", obstacle ? obstacle : "unrouted");
    netvsc_json_put_text(json, "port", user);
    return json;
}

/* Appends a description of what netvsc_found_to_json() returns to 's'. */
void
netvsc_show_found(const struct json *found, struct ds *s)
{
    const struct json *vf = netvsc_json_get(found, "vf");

    ds_put_format(s, "%s: ifindex %lld, %s, %s\n",
                  netvsc_json_str(found, "interface"),
                  netvsc_json_int(found, "ifindex"),
                  netvsc_json_str(found, "mac"),
                  netvsc_json_str(found, "link_state"));
    if (vf) {
        ds_put_format(s, "  VF: %s, ifindex %lld, %s, %s, %s\n",
                      netvsc_json_str(vf, "interface"),
                      netvsc_json_int(vf, "ifindex"),
                      netvsc_json_str(vf, "pci"),
                      netvsc_json_str(vf, "driver"),
                      netvsc_json_str(vf, "link_state"));
    } else {
        ds_put_cstr(s, "  VF: none\n");
    }
    ds_put_format(s, "  state: %s\n", netvsc_json_str(found, "state"));
    ds_put_format(s, "  port: %s\n", netvsc_json_str(found, "port"));
}
