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

#ifndef TRAFFIC_REPORT_H
#define TRAFFIC_REPORT_H 1

/* What netvsc-traffic says: the progress line while it runs, and when all
 * other threads have ended the summary for people and the JSON file for
 * programs.  main() only. */

#include "traffic-receive.h"
#include "traffic-send.h"
#include "traffic-track.h"
#include "traffic-watch.h"

struct report {
    const struct traffic_config *config;
    struct sender *senders;             /* TRAFFIC_N_DIRS of them. */
    struct receiver *host, *guest;
    struct journal *journal;
    const struct watch *watch;          /* NULL if there is none. */

    /* report_progress()'s memory. */
    uint64_t last_ns;
    uint64_t last_sent[TRAFFIC_N_DIRS], last_got[TRAFFIC_N_DIRS];

    /* Set by report_settle(). */
    struct track_result results[TRAFFIC_N_DIRS];
    uint64_t end_ns;                    /* CLOCK_REALTIME. */
    double cpu_s;                       /* User and system, all threads,
                                         * since report_begin(). */
    uint64_t tool_drops;
    enum traffic_exit verdict;
};

/* The run is about to start. */
void report_begin(struct report *);

/* Prints one line: rates since the last call, totals, paths. */
void report_progress(struct report *);

/* Tells whether a packet that was sent has not been delivered so far. */
bool report_missing(const struct report *);

/* Computes the results and the verdict. */
void report_settle(struct report *);

void report_summary(const struct report *);

/* Writes the JSON file.  Returns 0 or a positive errno value. */
int report_json(const struct report *, const char *file_name);

#endif /* traffic-report.h */
