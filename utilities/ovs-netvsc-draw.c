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

#include "ovs-netvsc-draw.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netvsc-json.h"
#include "openvswitch/dynamic-string.h"
#include "svec.h"
#include "util.h"

/* Columns of text for each path, and how far the paths are indented. */
#define WIDTH 36
#define MARGIN 2

/* True if colours may be used on stdout: it is a terminal, and nobody said
 * that they do not want any (https://no-color.org). */
bool
ovs_netvsc_use_color(void)
{
    const char *no_color = getenv("NO_COLOR");

    return ovs_netvsc_has_screen() && !(no_color && no_color[0]);
}

/* True if stdout is a terminal that knows escape sequences. */
bool
ovs_netvsc_has_screen(void)
{
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb");
}

/* Appends 'text' to 's', in 'style' if 'color'. */
void
ovs_netvsc_put(struct ds *s, bool color, enum ovs_netvsc_style style,
               const char *text)
{
    static const char *sequences[] = {
        [OVS_NETVSC_PLAIN] = "",
        [OVS_NETVSC_GOOD] = "\033[32m",
        [OVS_NETVSC_WARNING] = "\033[33m",
        [OVS_NETVSC_BAD] = "\033[31m",
        [OVS_NETVSC_STRONG] = "\033[1m",
    };

    if (color && text[0] && sequences[style][0]) {
        ds_put_format(s, "%s%s\033[0m", sequences[style], text);
    } else {
        ds_put_cstr(s, text);
    }
}

/* Adds 'text' to 'lines', broken into lines of at most WIDTH columns. */
static void
add_wrapped(struct svec *lines, const char *text)
{
    while (text[0]) {
        size_t n = strlen(text);

        if (n > WIDTH) {
            for (n = WIDTH; n && text[n] != ' '; n--) {
                continue;
            }
            n = n ? n : WIDTH;
        }
        svec_add_nocopy(lines, xmemdup0(text, n));
        text += n;
        text += strspn(text, " ");
    }
}

/* Adds 'a' and 'b', of which any may be "", to 'lines' as one. */
static void
add_both(struct svec *lines, const char *a, const char *b)
{
    char *text = xasprintf("%s%s%s", a, a[0] && b[0] ? ", " : "", b);

    add_wrapped(lines, text);
    free(text);
}

static void
add_rates(struct svec *lines, const struct json *path)
{
    const struct json *rates = netvsc_json_get(path, "rates");
    const struct json *stats = netvsc_json_get(path, "statistics");
    const struct json *json = rates ? rates : stats;
    const char *unit = rates ? "/s" : " packets";

    if (json) {
        svec_add_nocopy(lines, xasprintf(
            "rx %lld%s, tx %lld%s", netvsc_json_int(json, "rx_packets"), unit,
            netvsc_json_int(json, "tx_packets"), unit));
    }
}

/* Adds what is known of a path: 'device' is the kernel's interface, 'path' the
 * port's path; each may be a null pointer. */
static void
describe_path(struct svec *lines, const struct json *device,
              const struct json *path, bool admin_up)
{
    const struct json *iface = netvsc_json_get(path, "interface");
    const char *state = netvsc_json_str(path, "state");
    const char *why = netvsc_json_str(path, "reason");
    const char *name = netvsc_json_str(device, "interface");
    const char *link_state = netvsc_json_str(device, "link_state");

    if (!name[0]) {
        name = netvsc_json_str(iface, "name");
        link_state = netvsc_json_str(iface, "link_state");
    }
    add_both(lines, name[0] ? name : "none", link_state);
    add_both(lines, netvsc_json_str(device ? device : path, "driver"),
             netvsc_json_str(device ? device : path, "pci"));
    if (!path) {
        return;
    }
    add_both(lines, netvsc_json_str(path, "backend"),
             netvsc_json_str(path, "pmd"));
    if (!strcmp(state, "open")) {
        const char *flow = (!admin_up ? "open, but the port is down"
                            : netvsc_json_bool(path, "transmitting")
                            ? "open, receives and transmits"
                            : "open, receives only");

        add_wrapped(lines, flow);
        if (netvsc_json_get(path, "error")) {
            char *text = xasprintf("error: %s",
                                   netvsc_json_str(path, "error"));

            add_wrapped(lines, text);
            free(text);
        }
    } else {
        char *text = xasprintf("%s%s%s", state[0] ? state : "unknown",
                               why[0] ? ": " : "", why);

        add_wrapped(lines, text);
        free(text);
    }
    add_rates(lines, path);
}

static void
put_row(struct ds *s, const char *left, const char *right, bool color,
        enum ovs_netvsc_style left_style, enum ovs_netvsc_style right_style)
{
    ds_put_char_multiple(s, ' ', MARGIN);
    ovs_netvsc_put(s, color, left_style, left);
    if (right[0]) {
        size_t n = strlen(left);

        ds_put_char_multiple(s, ' ', n < WIDTH + 2 ? WIDTH + 2 - n : 1);
        ovs_netvsc_put(s, color, right_style, right);
    }
    while (s->length && s->string[s->length - 1] == ' ') {
        ds_truncate(s, s->length - 1);
    }
    ds_put_char(s, '\n');
}

static void
put_columns(struct ds *s, const struct svec *left, const struct svec *right,
            bool color, enum ovs_netvsc_style left_style,
            enum ovs_netvsc_style right_style)
{
    for (size_t i = 0; i < MAX(left->n, right->n); i++) {
        put_row(s, i < left->n ? left->names[i] : "",
                i < right->n ? right->names[i] : "", color, left_style,
                right_style);
    }
}

/* What carries packets both ways is drawn with double lines. */
static const char *
bar_of(const struct json *path, bool admin_up)
{
    return (strcmp(netvsc_json_str(path, "state"), "open") || !admin_up ? " :"
            : netvsc_json_bool(path, "transmitting") ? " ||"
            : " |");
}

static enum ovs_netvsc_style
style_of(const struct json *path)
{
    return (strcmp(netvsc_json_str(path, "state"), "open") ? OVS_NETVSC_PLAIN
            : netvsc_json_bool(path, "transmitting") ? OVS_NETVSC_GOOD
            : OVS_NETVSC_PLAIN);
}

static void
put_port(struct ds *s, const struct json *pair, bool color)
{
    const struct json *port = netvsc_json_get(pair, "port");
    const char *bridge = netvsc_json_str(pair, "bridge");
    const char *active = netvsc_json_str(port, "active_path");
    const char *error = netvsc_json_str(port, "error");

    ds_put_char_multiple(s, ' ', MARGIN);
    ds_put_cstr(s, "port ");
    ovs_netvsc_put(s, color, OVS_NETVSC_STRONG, netvsc_json_str(port, "name"));
    if (bridge[0]) {
        ds_put_format(s, " of bridge %s", bridge);
    }
    if (netvsc_json_get(port, "admin_state")) {
        ds_put_format(s, ": %s, link %s", netvsc_json_str(port, "admin_state"),
                      netvsc_json_str(port, "link_state"));
    }
    ds_put_char(s, '\n');
    if (netvsc_json_bool(port, "stale")) {
        ds_put_char_multiple(s, ' ', MARGIN);
        ovs_netvsc_put(s, color, OVS_NETVSC_WARNING, OVS_NETVSC_STALE);
        ds_put_char(s, '\n');
    }
    ds_put_char_multiple(s, ' ', MARGIN);
    if (error[0]) {
        ovs_netvsc_put(s, color, OVS_NETVSC_BAD, "error: ");
        ds_put_format(s, "%s\n", error);
        return;
    }
    ds_put_format(s, "transmits on %s", active[0] ? active : "unknown");
    if (netvsc_json_get(port, "set_path")) {
        ds_put_format(s, " (set-path: %s)", netvsc_json_str(port, "set_path"));
    }
    ds_put_format(s, ", %lld path switches\n",
                  netvsc_json_int(port, "path_switches"));
}

/* Appends a picture of 'pair' to 's'. */
void
ovs_netvsc_draw(const struct json *pair, bool color, struct ds *s)
{
    const struct json *device = netvsc_json_get(pair, "interface");
    const struct json *port = netvsc_json_get(pair, "port");
    const struct json *paths = netvsc_json_get(port, "paths");
    const struct json *syn = netvsc_json_get(paths, "synthetic");
    const struct json *vf = netvsc_json_get(paths, "vf");
    const struct json *vf_device = netvsc_json_get(device, "vf");
    bool admin_up = strcmp(netvsc_json_str(port, "admin_state"), "down");
    bool has_vf = (vf_device || netvsc_json_get(vf, "interface")
                   || !strcmp(netvsc_json_str(vf, "state"), "open"));
    const char *name = netvsc_json_str(device, "interface");
    const char *mac = netvsc_json_str(device, "mac");
    struct svec left = SVEC_EMPTY_INITIALIZER;
    struct svec right = SVEC_EMPTY_INITIALIZER;

    if (!device) {
        name = netvsc_json_str(netvsc_json_get(syn, "interface"), "name");
        mac = netvsc_json_str(netvsc_json_get(syn, "interface"), "mac");
    }
    ovs_netvsc_put(s, color, OVS_NETVSC_STRONG,
                   name[0] ? name : netvsc_json_str(port, "name"));
    ds_put_format(s, "%s%s\n", mac[0] ? ", " : "", mac);

    put_row(s, "Hyper-V host: virtual switch", "Hyper-V host: SR-IOV", color,
            OVS_NETVSC_PLAIN, OVS_NETVSC_PLAIN);
    put_row(s, port ? bar_of(syn, admin_up) : " |",
            port ? bar_of(vf, admin_up) : has_vf ? " |" : " :", color,
            style_of(syn), style_of(vf));

    svec_add(&left, "synthetic (NetVSC)");
    describe_path(&left, device, syn, admin_up);
    svec_add(&right, "VF");
    if (has_vf || vf) {
        describe_path(&right, vf_device, vf, admin_up);
    } else {
        svec_add(&right, "none");
    }
    put_columns(s, &left, &right, color, style_of(syn), style_of(vf));
    svec_destroy(&left);
    svec_destroy(&right);

    if (port) {
        put_row(s, bar_of(syn, admin_up), bar_of(vf, admin_up), color,
                style_of(syn), style_of(vf));
        put_port(s, pair, color);
    } else {
        put_row(s, " |", has_vf ? " |" : " :", color, OVS_NETVSC_PLAIN,
                OVS_NETVSC_PLAIN);
        put_row(s, "the host's own network", "", color, OVS_NETVSC_PLAIN,
                OVS_NETVSC_PLAIN);
        ds_put_char_multiple(s, ' ', MARGIN);
        ds_put_format(s, "%s %s; port: %s\n", name,
                      netvsc_json_bool(device, "routed")
                      ? netvsc_json_str(device, "state") : "is unrouted",
                      netvsc_json_str(device, "port"));
    }
}
