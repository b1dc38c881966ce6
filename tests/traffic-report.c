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

#define _GNU_SOURCE 1

#include "traffic-report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const struct delivery *
delivery_of(const struct report *r, int dir)
{
    return dir == TRAFFIC_G2H ? &r->host->delivery : &r->guest->delivery;
}

static const char *
path_name(const struct report *r, int path)
{
    return path < 0 ? "none" : r->config->paths[path].name;
}

static double
ms(uint64_t later_ns, uint64_t earlier_ns)
{
    return (int64_t) (later_ns - earlier_ns) / 1e6;
}

static double
seconds(const struct report *r, uint64_t time_ns)
{
    return (int64_t) (time_ns - r->config->start_ns) / 1e9;
}

static double
cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
           + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void
report_begin(struct report *r)
{
    r->cpu_s = cpu_seconds();
}

void
report_progress(struct report *r)
{
    static const char *const keys[TRAFFIC_N_DIRS] = { "g2h", "h2g" };
    uint64_t now = clock_ns(CLOCK_REALTIME);
    double interval = (now - (r->last_ns ? r->last_ns
                                         : r->config->start_ns)) / 1e9;
    char line[512];
    size_t len;

    len = snprintf(line, sizeof line, "progress t=%.3f", seconds(r, now));
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        const struct sender *s = &r->senders[dir];
        const struct delivery *d = delivery_of(r, dir);
        uint64_t got = counter_read(&d->n_got);
        uint64_t sent = counter_read(&s->next_seq) - counter_read(&s->errors);
        int path = atomic_load(&r->host->wire[dir].current);

        if (!r->config->dirs[dir] || len >= sizeof line) {
            continue;
        }
        len += snprintf(line + len, sizeof line - len,
                        " %s.tx_pps=%.0f %s.rx_pps=%.0f %s.missing=%"PRId64
                        " %s.dup=%"PRIu64" %s.reord=%"PRIu64" %s.path=%s",
                        keys[dir], (sent - r->last_sent[dir]) / interval,
                        keys[dir], (got - r->last_got[dir]) / interval,
                        keys[dir], (int64_t) (sent - got),
                        keys[dir], counter_read(&d->n_duplicated),
                        keys[dir], counter_read(&d->n_reordered),
                        keys[dir], path_name(r, path));
        r->last_sent[dir] = sent;
        r->last_got[dir] = got;
    }
    r->last_ns = now;
    say("%s", line);
}

bool
report_missing(const struct report *r)
{
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        const struct sender *s = &r->senders[dir];

        if (counter_read(&s->next_seq) - counter_read(&s->errors)
            > counter_read(&delivery_of(r, dir)->n_got)) {
            return true;
        }
    }
    return false;
}

void
report_settle(struct report *r)
{
    bool faulty = false, idle = false;

    r->end_ns = clock_ns(CLOCK_REALTIME);
    r->cpu_s = cpu_seconds() - r->cpu_s;

    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        const struct sender *s = &r->senders[dir];
        struct track_result *t = &r->results[dir];

        track_settle(r->config, counter_read(&s->next_seq), s->refused,
                     &r->host->wire[dir], delivery_of(r, dir), t);
        faulty |= t->lost || t->duplicated || t->reordered;
        idle |= r->config->dirs[dir] && !t->sent;
    }

    r->tool_drops = counter_read(&r->host->capture.drops)
                    + counter_read(&r->guest->capture.drops);
    if (r->tool_drops || idle || counter_read(&r->host->strange)
        || counter_read(&r->guest->strange)
        || (r->watch && counter_read(&r->watch->overruns))) {
        r->verdict = TRAFFIC_UNRELIABLE;
    } else {
        r->verdict = faulty ? TRAFFIC_FAULTY : TRAFFIC_CLEAN;
    }
}

static const char *
verdict_name(enum traffic_exit verdict)
{
    return (verdict == TRAFFIC_CLEAN ? "clean"
            : verdict == TRAFFIC_FAULTY ? "faulty" : "unreliable");
}

static double
mean_latency_us(const struct delivery *d)
{
    uint64_t n = counter_read(&d->n_got);

    return n ? d->latency_sum / 1e3 / n : 0;
}

/* A row of the summary table. */
static void
row(const struct report *r, const char *label, const uint64_t *g2h,
    const uint64_t *h2g)
{
    const uint64_t *values[TRAFFIC_N_DIRS] = { g2h, h2g };

    printf("%-22s", label);
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        if (r->config->dirs[dir]) {
            printf(" %15"PRIu64, *values[dir]);
        } else {
            printf(" %15s", "-");
        }
    }
    putchar('\n');
}

#define ROW(LABEL, FIELD) \
    row(r, LABEL, &r->results[TRAFFIC_G2H].FIELD, \
        &r->results[TRAFFIC_H2G].FIELD)

static void
counter_row(const struct report *r, const char *label, const counter *g2h,
            const counter *h2g)
{
    uint64_t a = counter_read(g2h), b = counter_read(h2g);

    row(r, label, &a, &b);
}

static void
summary_gaps(const struct report *r)
{
    printf("%-22s", "longest gap, ms");
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        const struct delivery_gap *g = &delivery_of(r, dir)->longest;

        printf(" %15.3f", ms(g->to_ns, g->from_ns));
    }
    printf("\n%-22s", "  at, s");
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        const struct delivery_gap *g = &delivery_of(r, dir)->longest;

        printf(" %15.3f", g->from_ns ? seconds(r, g->from_ns) : 0.0);
    }
    printf("\n%-22s", "sender's worst, ms");
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        printf(" %15.3f", r->senders[dir].max_late_ns / 1e6);
    }
    printf("\n%-22s", "latency mean, us");
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        printf(" %15.1f", mean_latency_us(delivery_of(r, dir)));
    }
    printf("\n%-22s", "latency max, us");
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        printf(" %15.1f", delivery_of(r, dir)->latency_max / 1e3);
    }
    putchar('\n');
}

static void
summary_switches(const struct report *r)
{
    bool header = false;

    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        const struct wire *w = &r->host->wire[dir];

        for (size_t i = 0; i < w->n_switches; i++) {
            const struct wire_switch *s = &w->switches[i];
            struct switch_cause cause;
            char since[32] = "-";

            if (!header) {
                printf("\n%-13s %9s  %-22s %9s %5s %5s %5s %9s %12s\n",
                       "switches of", "at, s", "path", "gap, ms", "lost",
                       "dup", "reord", "quiet, ms", "after VF, ms");
                header = true;
            }
            cause = switch_find_cause(r->config, r->journal, w, i);
            if (cause.event_ns) {
                snprintf(since, sizeof since, "%.3f",
                         ms(s->first_new_ns, cause.event_ns));
            }
            printf("%-13s %9.3f  %s -> %-*s %9.3f %5"PRIu64" %5"PRIu64
                   " %5"PRIu64" %9.3f %12s\n",
                   traffic_dir_name(dir), seconds(r, s->first_new_ns),
                   path_name(r, s->from),
                   (int) (18 - strlen(path_name(r, s->from))),
                   path_name(r, s->to), ms(s->first_new_ns, s->last_old_ns),
                   s->lost, s->duplicated, s->reordered,
                   s->delivery_gap_ns / 1e6, since);
        }
    }
    if (header) {
        puts("(quiet: longest silence at delivery, 0 if none was unusual; "
             "after VF: since it\n came up, or since it went down or away)");
    }
}

void
report_summary(const struct report *r)
{
    const struct traffic_config *c = r->config;
    const struct wire *w = r->host->wire;
    double elapsed = seconds(r, r->end_ns);

    printf("\n%.3f s at %"PRIu64" packets/s, %zu octets, %u flow(s); "
           "CPU %.1f %% of a core\n\n", elapsed, c->rate, c->frame_size,
           c->n_flows, 100 * r->cpu_s / elapsed);
    printf("%-22s %15s %15s\n", "", traffic_dir_name(TRAFFIC_G2H),
           traffic_dir_name(TRAFFIC_H2G));
    ROW("sent", sent);
    ROW("received", received);
    ROW("lost", lost);
    ROW("  before the wire", lost_before_wire);
    ROW("  after the wire", lost_after_wire);
    ROW("  outside switches", lost_elsewhere);
    ROW("duplicated", duplicated);
    ROW("reordered", reordered);
    for (int i = 0; i < c->n_paths; i++) {
        char label[64];

        snprintf(label, sizeof label, "on %s", c->paths[i].name);
        counter_row(r, label, &w[TRAFFIC_G2H].paths[i].packets,
                    &w[TRAFFIC_H2G].paths[i].packets);
    }
    counter_row(r, "switches of path", &w[TRAFFIC_G2H].total_switches,
                &w[TRAFFIC_H2G].total_switches);
    counter_row(r, "refused by send()", &r->senders[TRAFFIC_G2H].errors,
                &r->senders[TRAFFIC_H2G].errors);
    counter_row(r, "deadlines skipped", &r->senders[TRAFFIC_G2H].skipped,
                &r->senders[TRAFFIC_H2G].skipped);
    summary_gaps(r);
    summary_switches(r);

    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        if (c->dirs[dir] && r->senders[dir].last_error) {
            printf("\nsend(), %s: %s\n", traffic_dir_name(dir),
                   strerror(r->senders[dir].last_error));
        }
        if (c->dirs[dir] && r->results[dir].not_on_wire) {
            printf("\n%"PRIu64" %s packets were delivered but seen on no "
                   "path: check --paths\n", r->results[dir].not_on_wire,
                   traffic_dir_name(dir));
        }
    }
    if (r->tool_drops) {
        printf("\nthe tool itself missed %"PRIu64" packets: raise --ring-mb "
               "or lower --rate\n", r->tool_drops);
    }
    if (r->watch && counter_read(&r->watch->overruns)) {
        printf("\nthe tool missed events of the VF\n");
    }
    say("\nverdict: %s", verdict_name(r->verdict));
}

/* JSON.  Every value is written by one of these, which put the comma before
 * it unless it is the first of its object or array. */

static FILE *json;
static bool json_first;

static void
json_key(const char *key)
{
    fputs(json_first ? "\n" : ",\n", json);
    json_first = false;
    if (key) {
        fprintf(json, "\"%s\": ", key);
    }
}

static void
json_open(const char *key, char bracket)
{
    json_key(key);
    fputc(bracket, json);
    json_first = true;
}

static void
json_close(char bracket)
{
    fputs(json_first ? "" : "\n", json);
    fputc(bracket, json);
    json_first = false;
}

static void
json_uint(const char *key, uint64_t value)
{
    json_key(key);
    fprintf(json, "%"PRIu64, value);
}

static void
json_int(const char *key, int64_t value)
{
    json_key(key);
    fprintf(json, "%"PRId64, value);
}

static void
json_double(const char *key, double value)
{
    json_key(key);
    fprintf(json, "%.6f", value);
}

static void
json_bool(const char *key, bool value)
{
    json_key(key);
    fputs(value ? "true" : "false", json);
}

static void
json_null(const char *key)
{
    json_key(key);
    fputs("null", json);
}

static void
json_string(const char *key, const char *value)
{
    json_key(key);
    fputc('"', json);
    for (; *value; value++) {
        unsigned char c = *value;

        if (c == '"' || c == '\\') {
            fprintf(json, "\\%c", c);
        } else if (c < 0x20 || c >= 0x7f) {
            fprintf(json, "\\u%04x", c);
        } else {
            fputc(c, json);
        }
    }
    fputc('"', json);
}

static void
json_end(const char *key, const struct traffic_end *end)
{
    char mac[18];

    snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", end->mac[0],
             end->mac[1], end->mac[2], end->mac[3], end->mac[4],
             end->mac[5]);
    json_open(key, '{');
    json_string("namespace", end->ns);
    json_string("iface", end->iface);
    json_string("mac", mac);
    json_close('}');
}

static void
json_config(const struct report *r)
{
    const struct traffic_config *c = r->config;

    json_open("config", '{');
    json_end("guest", &c->guest);
    json_end("host", &c->host);
    json_open("paths", '{');
    for (int i = 0; i < c->n_paths; i++) {
        json_string(c->paths[i].name, c->paths[i].iface);
    }
    json_close('}');
    json_uint("rate_pps", c->rate);
    json_uint("size", c->frame_size);
    json_uint("flows", c->n_flows);
    json_double("duration_s", c->duration_ns / 1e9);
    json_uint("settle_ms", c->settle_ms);
    json_uint("quiet_ms", c->quiet_ms);
    json_bool("watch", c->watch);
    json_close('}');
}

static void
json_paths(const struct report *r, int dir)
{
    const struct wire *w = &r->host->wire[dir];

    json_open("paths", '{');
    for (int i = 0; i < r->config->n_paths; i++) {
        const struct wire_path *p = &w->paths[i];

        json_open(r->config->paths[i].name, '{');
        json_uint("packets", counter_read(&p->packets));
        json_uint("first_ns", p->first_ns);
        json_uint("last_ns", p->last_ns);
        json_close('}');
    }
    json_close('}');
}

static void
json_direction(const struct report *r, int dir)
{
    const struct delivery *d = delivery_of(r, dir);
    const struct track_result *t = &r->results[dir];
    const struct wire *w = &r->host->wire[dir];
    const struct sender *s = &r->senders[dir];

    json_open(traffic_dir_name(dir), '{');
    json_uint("sent", t->sent);
    json_uint("received", t->received);
    json_uint("lost", t->lost);
    json_uint("lost_before_wire", t->lost_before_wire);
    json_uint("lost_after_wire", t->lost_after_wire);
    json_uint("lost_elsewhere", t->lost_elsewhere);
    json_uint("duplicated", t->duplicated);
    json_uint("duplicated_elsewhere", t->duplicated_elsewhere);
    json_uint("copies", t->copies);
    json_uint("reordered", t->reordered);
    json_uint("reordered_elsewhere", t->reordered_elsewhere);
    json_uint("wire_copies", counter_read(&w->copies));
    json_uint("not_on_wire", t->not_on_wire);
    json_uint("tx_errors", counter_read(&s->errors));
    json_string("tx_last_error",
                s->last_error ? strerror(s->last_error) : "");
    json_uint("tx_skipped", counter_read(&s->skipped));
    json_uint("tx_max_late_ns", s->max_late_ns);
    json_uint("tx_max_late_at_ns", s->max_late_at_ns);
    json_uint("longest_gap_ns", d->longest.to_ns - d->longest.from_ns);
    json_uint("longest_gap_at_ns", d->longest.from_ns);
    json_uint("first_ns", d->first_ns);
    json_uint("last_ns", d->last_ns);
    json_uint("latency_min_ns", d->latency_min);
    json_double("latency_mean_ns", mean_latency_us(d) * 1e3);
    json_uint("latency_max_ns", d->latency_max);
    json_uint("switches", counter_read(&w->total_switches));
    json_string("initial_path", path_name(r, w->initial));
    json_string("final_path", path_name(r, atomic_load(&w->current)));
    json_paths(r, dir);

    json_open("injected", '{');
    json_uint("drop", s->injected_drop);
    json_uint("dup", s->injected_dup);
    json_uint("swap", s->injected_swap);
    json_close('}');

    json_uint("loss_runs", t->n_losses);
    json_open("losses", '[');
    for (size_t i = 0; i < t->n_losses && i < TRACK_MAX_LOSSES; i++) {
        json_open(NULL, '{');
        json_uint("first_seq", t->losses[i].first_seq);
        json_uint("count", t->losses[i].count);
        json_close('}');
    }
    json_close(']');
    json_close('}');
}

/* Three figures that need a cause, null without. */
static void
json_relation(const struct report *r, int dir, size_t i)
{
    const struct wire *w = &r->host->wire[dir];
    const struct wire_switch *s = &w->switches[i];
    struct switch_cause cause;

    cause = switch_find_cause(r->config, r->journal, w, i);
    if (cause.event_ns) {
        json_uint("vf_event_ns", cause.event_ns);
    } else {
        json_null("vf_event_ns");
    }
    if (cause.event_ns && cause.to_vf) {
        json_double("vf_up_to_first_packet_ms",
                    ms(s->first_new_ns, cause.event_ns));
    } else {
        json_null("vf_up_to_first_packet_ms");
    }
    if (cause.event_ns && cause.from_vf) {
        json_double("vf_gone_to_first_packet_ms",
                    ms(s->first_new_ns, cause.event_ns));
    } else {
        json_null("vf_gone_to_first_packet_ms");
    }
    if (cause.from_vf) {
        json_double("last_vf_packet_to_first_synthetic_ms",
                    ms(s->first_new_ns, s->last_old_ns));
    } else {
        json_null("last_vf_packet_to_first_synthetic_ms");
    }
}

static void
json_switch(const struct report *r, int dir, size_t i)
{
    const struct wire_switch *s = &r->host->wire[dir].switches[i];

    json_open(NULL, '{');
    json_string("direction", traffic_dir_name(dir));
    json_string("from", path_name(r, s->from));
    json_string("to", path_name(r, s->to));
    json_double("t_s", seconds(r, s->first_new_ns));
    json_uint("time_ns", s->first_new_ns);
    json_int("gap_ns", s->first_new_ns - s->last_old_ns);
    json_uint("last_old_ns", s->last_old_ns);
    json_uint("last_old_seq", s->last_old_seq);
    json_uint("first_new_seq", s->first_new_seq);
    json_uint("first_new_tx_ns", s->first_new_tx_ns);
    json_uint("stragglers", s->stragglers);
    json_uint("last_straggler_ns", s->last_straggler_ns);
    json_uint("window_first_seq", s->window_first);
    json_uint("window_end_seq", s->window_end);
    json_uint("lost", s->lost);
    json_uint("duplicated", s->duplicated);
    json_uint("reordered", s->reordered);
    json_uint("delivery_gap_ns", s->delivery_gap_ns);
    json_relation(r, dir, i);
    json_close('}');
}

/* One number for each switch that has it. */
enum array { UP_TO_FIRST, GONE_TO_FIRST, LAST_TO_FIRST, LOST_TO_VF,
             LOST_FROM_VF, N_ARRAYS };

static const char *const array_names[N_ARRAYS] = {
    "vf_up_to_first_packet_ms",
    "vf_gone_to_first_packet_ms",
    "last_vf_packet_to_first_synthetic_ms",
    "lost_to_vf",
    "lost_from_vf",
};

static void
json_array(const struct report *r, int dir, enum array which)
{
    const struct wire *w = &r->host->wire[dir];

    json_open(array_names[which], '[');
    for (size_t i = 0; i < w->n_switches; i++) {
        const struct wire_switch *s = &w->switches[i];
        struct switch_cause c = switch_find_cause(r->config, r->journal, w,
                                                  i);

        switch (which) {
        case UP_TO_FIRST:
        case GONE_TO_FIRST:
            if (c.event_ns && (which == UP_TO_FIRST ? c.to_vf : c.from_vf)) {
                json_double(NULL, ms(s->first_new_ns, c.event_ns));
            }
            break;
        case LAST_TO_FIRST:
            if (c.from_vf) {
                json_double(NULL, ms(s->first_new_ns, s->last_old_ns));
            }
            break;
        case LOST_TO_VF:
        case LOST_FROM_VF:
            if (which == LOST_TO_VF ? c.to_vf : c.from_vf) {
                json_uint(NULL, s->lost);
            }
            break;
        case N_ARRAYS:
        default:
            break;
        }
    }
    json_close(']');
}

static void
json_journal(const struct report *r, bool marks)
{
    json_open(marks ? "marks" : "vf_events", '[');
    for (size_t i = 0; i < r->journal->n; i++) {
        const struct journal_entry *e = &r->journal->entries[i];

        if ((e->event == VF_MARK) != marks) {
            continue;
        }
        json_open(NULL, '{');
        json_double("t_s", seconds(r, e->time_ns));
        json_uint("time_ns", e->time_ns);
        if (marks) {
            json_string("text", e->text);
        } else {
            json_string("event", vf_event_name(e->event));
            json_string("iface", e->text);
            json_int("ifindex", e->ifindex);
            json_bool("initial", e->initial);
        }
        json_close('}');
    }
    json_close(']');
}

int
report_json(const struct report *r, const char *file_name)
{
    double elapsed = seconds(r, r->end_ns);
    int error;

    json = fopen(file_name, "w");
    if (!json) {
        return errno;
    }
    fputc('{', json);
    json_first = true;
    json_string("tool", "netvsc-traffic");
    json_uint("format", 1);
    json_uint("run_id", r->config->run_id);
    json_string("verdict", verdict_name(r->verdict));
    json_uint("exit_code", r->verdict);
    json_uint("start_ns", r->config->start_ns);
    json_uint("end_ns", r->end_ns);
    json_double("cpu_percent", 100 * r->cpu_s / elapsed);
    json_uint("tool_drops", r->tool_drops);
    json_uint("tool_strange_frames", counter_read(&r->host->strange)
                                     + counter_read(&r->guest->strange));
    json_uint("frames_elsewhere", counter_read(&r->host->elsewhere));
    json_uint("netlink_overruns",
              r->watch ? counter_read(&r->watch->overruns) : 0);
    json_config(r);

    json_open("directions", '{');
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        if (r->config->dirs[dir]) {
            json_direction(r, dir);
        }
    }
    json_close('}');

    json_open("switches", '[');
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        for (size_t i = 0; i < r->host->wire[dir].n_switches; i++) {
            json_switch(r, dir, i);
        }
    }
    json_close(']');

    json_open("arrays", '{');
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        if (r->config->dirs[dir]) {
            json_open(traffic_dir_name(dir), '{');
            for (int which = 0; which < N_ARRAYS; which++) {
                json_array(r, dir, which);
            }
            json_close('}');
        }
    }
    json_close('}');

    json_journal(r, false);
    json_journal(r, true);
    json_close('}');
    fputc('\n', json);

    error = ferror(json) ? EIO : 0;
    if (fclose(json)) {
        error = errno;
    }
    return error;
}
