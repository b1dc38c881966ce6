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

#include "ovs-netvsc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command-line.h"
#include "netvsc-json.h"
#include "netvsc-show.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "ovs-netvsc-appctl.h"
#include "ovs-netvsc-draw.h"
#include "ovs-netvsc-pair.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

/* "watch": looks again and again, and shows what flows meanwhile. */

/* How many of the last transitions are on the screen, if there is room. */
#define N_TRANSITIONS 8

struct watch {
    const struct ovs_netvsc_options *options;
    const char *name;               /* Of what to watch, NULL for all. */
    bool screen;                    /* Draw, not a line each time. */

    struct json *last;              /* Pairs, the last time... */
    long long int last_when;        /* ...time_msec(). */
    struct json *history;           /* Of all ports, NULL before the first. */
    struct smap said;               /* On stderr, the last time. */
    bool found;                     /* There was something, the last time. */
};

/* Returns what has the same port as 'pair', in 'pairs', or a null pointer. */
static const struct json *
find_same_port(const struct json *pairs, const struct json *pair)
{
    const char *name = netvsc_json_str(netvsc_json_get(pair, "port"), "name");

    for (size_t i = 0; i < netvsc_json_size(pairs); i++) {
        const struct json *port
            = netvsc_json_get(netvsc_json_at(pairs, i), "port");

        if (port && !strcmp(netvsc_json_str(port, "name"), name)) {
            return port;
        }
    }
    return NULL;
}

/* Returns a path of 'port', with "rates" if 'before', the same path 'ms' ms
 * earlier, is nonnull. */
static struct json *
path_with_rates(const struct json *path, const struct json *before,
                long long int ms)
{
    static const char *counters[] = {
        "rx_packets", "rx_bytes", "rx_dropped",
        "tx_packets", "tx_bytes", "tx_dropped",
    };
    const struct json *stats = netvsc_json_get(path, "statistics");
    const struct json *old = netvsc_json_get(before, "statistics");
    struct json *copy = json_deep_clone(path);

    if (stats && old && ms > 0) {
        struct json *rates = json_object_create();

        for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
            long long int d = (netvsc_json_int(stats, counters[i])
                               - netvsc_json_int(old, counters[i]));

            netvsc_json_put_int(rates, counters[i],
                                d > 0 ? (d * 1000 + ms / 2) / ms : 0);
        }
        json_object_put(copy, "rates", rates);
    }
    return copy;
}

/* Returns 'pair' with rates in its paths. */
static struct json *
pair_with_rates(const struct watch *w, const struct json *pair,
                long long int now)
{
    static const char *names[] = { "synthetic", "vf" };
    const struct json *port = netvsc_json_get(pair, "port");
    const struct json *before = find_same_port(w->last, pair);
    const struct json *paths = netvsc_json_get(port, "paths");
    struct json *copy = json_deep_clone(pair);
    struct json *port_copy, *paths_copy;

    if (!paths) {
        return copy;
    }
    paths_copy = json_object_create();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const struct json *path = netvsc_json_get(paths, names[i]);

        if (path) {
            json_object_put(paths_copy, names[i], path_with_rates(
                path, netvsc_json_get(netvsc_json_get(before, "paths"),
                                      names[i]), now - w->last_when));
        }
    }
    port_copy = json_deep_clone(port);
    json_object_put(port_copy, "paths", paths_copy);
    json_object_put(copy, "port", port_copy);
    return copy;
}

static void
put_rates(struct ds *s, const struct json *port, const char *name)
{
    const struct json *path
        = netvsc_json_get(netvsc_json_get(port, "paths"), name);
    const struct json *rates = netvsc_json_get(path, "rates");
    const char *state = netvsc_json_str(path, "state");

    ds_put_format(s, ", %s %s", name, state[0] ? state : "unknown");
    if (rates) {
        ds_put_format(s, " rx %lld/s tx %lld/s",
                      netvsc_json_int(rates, "rx_packets"),
                      netvsc_json_int(rates, "tx_packets"));
    }
}

/* Prints a line about 'pair'. */
static void
print_line(const struct json *pair)
{
    const struct json *port = netvsc_json_get(pair, "port");
    const struct json *device = netvsc_json_get(pair, "interface");
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_strftime_msec(&s, "%H:%M:%S ", time_wall_msec(), false);
    if (port) {
        const char *active = netvsc_json_str(port, "active_path");
        const char *error = netvsc_json_str(port, "error");

        ds_put_format(&s, "%s: ", netvsc_json_str(port, "name"));
        if (error[0]) {
            ds_put_format(&s, "error: %s", error);
        } else {
            ds_put_format(&s, "transmits on %s",
                          active[0] ? active : "unknown");
            put_rates(&s, port, "synthetic");
            put_rates(&s, port, "vf");
            ds_put_format(&s, ", %lld switches",
                          netvsc_json_int(port, "path_switches"));
        }
        if (netvsc_json_bool(port, "stale")) {
            ds_put_cstr(&s, ", "OVS_NETVSC_STALE);
        }
    } else {
        const struct json *vf = netvsc_json_get(device, "vf");

        ds_put_format(&s, "%s: %s, VF %s, %s, port: %s",
                      netvsc_json_str(device, "interface"),
                      netvsc_json_str(device, "link_state"),
                      vf ? netvsc_json_str(vf, "interface") : "none",
                      netvsc_json_str(device, "state"),
                      netvsc_json_str(device, "port"));
    }
    puts(ds_cstr(&s));
    ds_destroy(&s);
}

/* Returns how many of 'transitions', the first ones, are among 'before', which
 * netvsc/history gave earlier.  It gives the last ones, so that some of the
 * first may be missing since, and new ones are at the end.  Times do not tell:
 * several may be of one millisecond, and the clock may be set back. */
static size_t
count_known(const struct json *before, const struct json *transitions)
{
    size_t n_before = netvsc_json_size(before);
    size_t n = netvsc_json_size(transitions);

    for (size_t i = 0; i < n_before; i++) {
        size_t known = n_before - i, j;

        for (j = 0; known <= n && j < known; j++) {
            if (!json_equal(netvsc_json_at(before, i + j),
                            netvsc_json_at(transitions, j))) {
                break;
            }
        }
        if (j == known) {
            return known;
        }
    }
    return 0;
}

/* Returns the port of 'history' that is named 'name', or a null pointer. */
static const struct json *
find_in_history(const struct json *history, const char *name)
{
    for (size_t i = 0; i < netvsc_json_size(history); i++) {
        const struct json *port = netvsc_json_at(history, i);

        if (!strcmp(netvsc_json_str(port, "name"), name)) {
            return port;
        }
    }
    return NULL;
}

/* Returns the netvsc/history of all ports, or a null pointer. */
static struct json *
get_history(const struct watch *w)
{
    char *why_not;
    struct json *json = ovs_netvsc_appctl(w->options->target,
                                          "netvsc/history", &why_not);

    free(why_not);
    return json;
}

/* Returns the transitions of the ports of 'pairs' that came since the last
 * time, as netvsc/history gives them.  What was before the first time is no
 * news. */
static struct json *
take_new_transitions(struct watch *w, const struct json *pairs)
{
    struct json *news = json_array_create_empty();
    struct json *history = get_history(w);

    for (size_t i = 0; w->history && i < netvsc_json_size(history); i++) {
        const struct json *port = netvsc_json_at(history, i);
        const char *name = netvsc_json_str(port, "name");
        const struct json *all = netvsc_json_get(port, "transitions");
        size_t known = count_known(
            netvsc_json_get(find_in_history(w->history, name), "transitions"),
            all);

        if (known < netvsc_json_size(all)
            && ovs_netvsc_pairs_have_port(pairs, name)) {
            struct json *copy = json_object_create();
            struct json *transitions = json_array_create_empty();

            for (size_t j = known; j < netvsc_json_size(all); j++) {
                json_array_add(transitions,
                               json_deep_clone(netvsc_json_at(all, j)));
            }
            netvsc_json_put_text(copy, "name", name);
            json_object_put(copy, "transitions", transitions);
            json_array_add(news, copy);
        }
    }
    if (history) {
        json_destroy(w->history);
        w->history = history;
    }
    return news;
}

/* Prints what take_new_transitions() returned. */
static void
print_transitions(const struct json *news)
{
    for (size_t i = 0; i < netvsc_json_size(news); i++) {
        const struct json *port = netvsc_json_at(news, i);
        const struct json *transitions = netvsc_json_get(port, "transitions");

        for (size_t j = 0; j < netvsc_json_size(transitions); j++) {
            struct ds s = DS_EMPTY_INITIALIZER;

            netvsc_show_transition(netvsc_json_at(transitions, j), &s);
            printf("%s: %s\n", netvsc_json_str(port, "name"), ds_cstr(&s));
            ds_destroy(&s);
        }
    }
}

/* Appends the last transitions of the ports of 'pairs' to 's', in at most
 * 'rows' lines of at most 'columns'. */
static void
put_history(struct ds *s, const struct json *history,
            const struct json *pairs, size_t rows, size_t columns)
{
    size_t n_ports = 0, max;

    for (size_t i = 0; i < netvsc_json_size(history); i++) {
        n_ports += ovs_netvsc_pairs_have_port(
            pairs, netvsc_json_str(netvsc_json_at(history, i), "name"));
    }
    /* Each has an empty line and a heading. */
    if (!n_ports || rows < 3 * n_ports) {
        return;
    }
    max = MIN(rows / n_ports - 2, N_TRANSITIONS);
    for (size_t i = 0; i < netvsc_json_size(history); i++) {
        const struct json *port = netvsc_json_at(history, i);
        const struct json *transitions = netvsc_json_get(port, "transitions");
        size_t n = netvsc_json_size(transitions);

        if (!ovs_netvsc_pairs_have_port(pairs,
                                        netvsc_json_str(port, "name"))) {
            continue;
        }
        ds_put_format(s, "\nhistory of %s:\n", netvsc_json_str(port, "name"));
        for (size_t j = n > max ? n - max : 0; j < n; j++) {
            size_t start = s->length;

            ds_put_cstr(s, "  ");
            netvsc_show_transition(netvsc_json_at(transitions, j), s);
            if (s->length - start > columns) {
                ds_truncate(s, start + columns);
            }
            ds_put_char(s, '\n');
        }
    }
}

/* Cuts 's' to 'rows' lines, and returns how many of them are left. */
static size_t
cut_lines(struct ds *s, size_t rows)
{
    size_t n = 0;

    for (size_t i = 0; i < s->length; i++) {
        if (s->string[i] == '\n' && ++n == rows) {
            ds_truncate(s, i + 1);
            break;
        }
    }
    return rows - n;
}

/* Returns why nothing is to be seen, or a null pointer if something is, or if
 * one of the 'problems' is why.  The caller must free it. */
static char *
explain_nothing(const struct watch *w, const struct json *pairs,
                const struct smap *problems)
{
    if (netvsc_json_size(pairs) || smap_get(problems, "kernel")) {
        return NULL;
    }
    return (w->name
            ? xasprintf("%s is no NetVSC interface, no VF of one, and no "
                        "netvsc port", w->name)
            : xstrdup("there is no NetVSC interface"));
}

/* Draws all on a cleared screen.  If the window is too low the history is cut
 * first. */
static void
draw_screen(const struct watch *w, const struct json *pairs,
            const struct smap *problems)
{
    struct json *history = get_history(w);
    char *nothing = explain_nothing(w, pairs, problems);
    struct winsize size = { .ws_row = 0 };
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct smap_node *node;
    size_t rows;

    /* A terminal that does not tell has room for all. */
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 2
        || size.ws_col < 2) {
        size.ws_row = size.ws_col = UINT16_MAX;
    }
    ds_put_strftime_msec(&s, "%Y-%m-%d %H:%M:%S", time_wall_msec(), false);
    ds_put_format(&s, ", every %.3g s; Ctrl-C ends\n\n",
                  w->options->interval / 1000.0);
    SMAP_FOR_EACH (node, problems) {
        ds_put_format(&s, "%s\n\n", node->value);
    }
    if (nothing) {
        ds_put_format(&s, "%s\n", nothing);
    }
    for (size_t i = 0; i < netvsc_json_size(pairs); i++) {
        ovs_netvsc_draw(netvsc_json_at(pairs, i), ovs_netvsc_use_color(), &s);
        ds_put_char(&s, '\n');
    }
    /* The cursor is in the last line. */
    rows = cut_lines(&s, size.ws_row - 1);
    put_history(&s, history, pairs, rows, size.ws_col);
    printf("\033[H\033[J%s", ds_cstr(&s));
    ds_destroy(&s);
    free(nothing);
    json_destroy(history);
}

/* Says on stderr who does not answer, and if there is nothing to be seen, but
 * nothing that was said the last time. */
static void
report_problems(struct watch *w, const struct json *pairs,
                const struct smap *problems)
{
    char *nothing = explain_nothing(w, pairs, problems);
    const struct smap_node **nodes;
    struct smap said;

    smap_clone(&said, problems);
    if (nothing) {
        smap_add_nocopy(&said, xstrdup("nothing"), nothing);
    }
    nodes = smap_sort(&said);
    for (size_t i = 0; i < smap_count(&said); i++) {
        if (strcmp(nodes[i]->value,
                   smap_get_def(&w->said, nodes[i]->key, ""))) {
            ovs_error(0, "%s", nodes[i]->value);
        }
    }
    free(nodes);
    hmap_swap(&w->said.map, &said.map);
    smap_destroy(&said);
}

static void
print_lines(struct watch *w, const struct json *pairs)
{
    struct json *news = take_new_transitions(w, pairs);

    print_transitions(news);
    for (size_t i = 0; i < netvsc_json_size(pairs); i++) {
        print_line(netvsc_json_at(pairs, i));
    }
    json_destroy(news);
}

static void
print_json(struct watch *w, const struct json *pairs,
           const struct smap *problems)
{
    struct json *json = json_object_create();
    struct json *unanswered = json_object_create();
    const struct smap_node *node;

    SMAP_FOR_EACH (node, problems) {
        netvsc_json_put_text(unanswered, node->key, node->value);
    }
    netvsc_json_put_time(json, "time", time_wall_msec());
    json_object_put(json, "pairs", json_deep_clone(pairs));
    json_object_put(json, "history", take_new_transitions(w, pairs));
    json_object_put(json, "problems", unanswered);
    ovs_netvsc_print_json(w->options, json);
    json_destroy(json);
}

/* Looks once. */
static void
look(struct watch *w)
{
    struct smap problems = SMAP_INITIALIZER(&problems);
    struct json *all = ovs_netvsc_pairs(w->options, &problems);
    struct json *pairs = json_array_create_empty();
    long long int now = time_msec();

    for (size_t i = 0; i < netvsc_json_size(all); i++) {
        const struct json *pair = netvsc_json_at(all, i);

        if (!w->name || ovs_netvsc_is_pair(pair, w->name)) {
            json_array_add(pairs, pair_with_rates(w, pair, now));
        }
    }
    if (w->screen) {
        draw_screen(w, pairs, &problems);
    } else {
        report_problems(w, pairs, &problems);
        if (w->options->json) {
            print_json(w, pairs, &problems);
        } else {
            print_lines(w, pairs);
        }
    }
    fflush(stdout);

    w->found = netvsc_json_size(pairs) > 0;
    json_destroy(w->last);
    json_destroy(all);
    w->last = pairs;
    w->last_when = now;
    smap_destroy(&problems);
}

/* "watch". */
void
ovs_netvsc_watch(struct ovs_cmdl_context *ctx)
{
    const struct ovs_netvsc_options *options = ctx->pvt;
    struct watch w = {
        .options = options,
        .name = ctx->argc > 1 ? ctx->argv[1] : NULL,
        .screen = ovs_netvsc_has_screen() && !options->json,
        .said = SMAP_INITIALIZER(&w.said),
    };
    long long int next = time_msec();

    for (unsigned int i = 0; !options->count || i < options->count; i++) {
        while (time_msec() < next) {
            poll_timer_wait_until(next);
            poll_block();
        }
        look(&w);
        next = MAX(next + options->interval, time_msec());
        if (ferror(stdout)) {
            /* Whoever read it has gone. */
            break;
        }
    }
    json_destroy(w.last);
    json_destroy(w.history);
    smap_destroy(&w.said);
    if (w.name && !w.found) {
        exit(OVS_NETVSC_FAILED);
    }
}
