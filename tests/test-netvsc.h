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

#ifndef TEST_NETVSC_H
#define TEST_NETVSC_H 1

/* What the sub-commands of test-netvsc have in common.
 *
 * Most of them hold a session: they read lines from stdin, print each as it
 * is and, indented by two spaces, what came of it. */

#include <stdbool.h>

#include "command-line.h"
#include "netvsc-link.h"
#include "netvsc-path.h"

/* A session's current line, and what is left of it. */
struct test_line {
    char text[512];
    char *rest;
    const char *word;           /* The last word read... */
    char *value;                /* ...what follows "=" in it, or "". */
};

bool test_next_line(struct test_line *);
bool test_next_word(struct test_line *);
bool test_word_is(const struct test_line *, const char *);
int test_int_value(const struct test_line *);
OVS_NO_RETURN void test_bad_word(const struct test_line *);

bool test_parse_link_word(const struct test_line *, struct netvsc_link *);

/* Sub-commands. */
void test_options(struct ovs_cmdl_context *);
void test_sysfs(struct ovs_cmdl_context *);
void test_find_sysfs(struct ovs_cmdl_context *);
void test_links(struct ovs_cmdl_context *);
void test_garbled_links(struct ovs_cmdl_context *);
void test_judge_vf(struct ovs_cmdl_context *);
void test_prefer_vf(struct ovs_cmdl_context *);
void test_plan(struct ovs_cmdl_context *);
void test_retry_delay(struct ovs_cmdl_context *);
void test_hold_delay(struct ovs_cmdl_context *);
void test_pin(struct ovs_cmdl_context *);
void test_vf_spec(struct ovs_cmdl_context *);
void test_synthetic_spec(struct ovs_cmdl_context *);
void test_af_packet_frames(struct ovs_cmdl_context *);
void test_tc(struct ovs_cmdl_context *);
void test_garbled_tc(struct ovs_cmdl_context *);
void test_tc_list(struct ovs_cmdl_context *);
void test_tap_mtu(struct ovs_cmdl_context *);
void test_speed(struct ovs_cmdl_context *);
void test_stats(struct ovs_cmdl_context *);
void test_recv(struct ovs_cmdl_context *);
void test_send(struct ovs_cmdl_context *);
void test_offload(struct ovs_cmdl_context *);
void test_swap(struct ovs_cmdl_context *);
void test_ethdev_event(struct ovs_cmdl_context *);
void test_pci_function(struct ovs_cmdl_context *);
void test_port_recovery(struct ovs_cmdl_context *);
void test_port_reason(struct ovs_cmdl_context *);
void test_worker_finish(struct ovs_cmdl_context *);
void test_history(struct ovs_cmdl_context *);
void test_reply(struct ovs_cmdl_context *);
void test_simulate(struct ovs_cmdl_context *);
void test_model(struct ovs_cmdl_context *);

#endif /* test-netvsc.h */
