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

#include "test-netvsc.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/vlog.h"
#include "util.h"

static void help(struct ovs_cmdl_context *);

static const struct ovs_cmdl_command commands[] = {
    { "--help", NULL, 0, 0, help, OVS_RO },
    { "options", "< SESSION", 0, 0, test_options, OVS_RO },
    { "sysfs", "ROOT IFNAME...", 2, INT_MAX, test_sysfs, OVS_RO },
    { "find-sysfs", "ROOT [MAC]", 1, 2, test_find_sysfs, OVS_RO },
    { "links", "ROOT < SESSION", 1, 1, test_links, OVS_RO },
    { "garbled-links", "N", 1, 1, test_garbled_links, OVS_RO },
    { "judge-vf", "< SESSION", 0, 0, test_judge_vf, OVS_RO },
    { "prefer-vf", "< SESSION", 0, 0, test_prefer_vf, OVS_RO },
    { "plan", "< SESSION", 0, 0, test_plan, OVS_RO },
    { "retry-delay", "N_FAILURES...", 1, INT_MAX, test_retry_delay, OVS_RO },
    { "hold-delay", "LIMIT MAX N_LOSSES...", 3, INT_MAX, test_hold_delay,
      OVS_RO },
    { "pin", "NAME...", 1, INT_MAX, test_pin, OVS_RO },
    { "vf-spec", "< SESSION", 0, 0, test_vf_spec, OVS_RO },
    { "synthetic-spec", "< SESSION", 0, 0, test_synthetic_spec, OVS_RO },
    { "af-packet-frames", NULL, 0, 0, test_af_packet_frames, OVS_RO },
    { "tc", "< SESSION", 0, 0, test_tc, OVS_RO },
    { "garbled-tc", "N", 1, 1, test_garbled_tc, OVS_RO },
    { "tc-list", "IFINDEX [KIND]", 1, 2, test_tc_list, OVS_RO },
    { "tap-mtu", "IFINDEX [MTU | other=MTU | end | log]...", 1, INT_MAX,
      test_tap_mtu, OVS_RO },
    { "speed", "IFNAME...", 1, INT_MAX, test_speed, OVS_RO },
    { "stats", "< SESSION", 0, 0, test_stats, OVS_RO },
    { "recv", "< SESSION", 0, 0, test_recv, OVS_RO },
    { "send", "< SESSION", 0, 0, test_send, OVS_RO },
    { "offload", "< SESSION", 0, 0, test_offload, OVS_RO },
    { "swap", "N", 1, 1, test_swap, OVS_RO },
    { "pci-function", "SYSFS", 1, 1, test_pci_function, OVS_RO },
    { "ethdev-event", NULL, 0, 0, test_ethdev_event, OVS_RO },
    { "port-recovery", NULL, 0, 0, test_port_recovery, OVS_RO },
    { "port-reason", NULL, 0, 0, test_port_reason, OVS_RO },
    { "worker-finish", NULL, 0, 0, test_worker_finish, OVS_RO },
    { "history", "N [SUBJECT [MAX]]", 1, 3, test_history, OVS_RO },
    { "reply", "text|json --text|--json [STRING]...", 2, INT_MAX, test_reply,
      OVS_RO },
    { "simulate", "< EVENTS", 0, 0, test_simulate, OVS_RO },
    { "model", "[--seed=N] [--events=N]", 0, 2, test_model, OVS_RO },
    { NULL, NULL, 0, 0, NULL, OVS_RO },
};

static void
help(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    printf("%s: unit tests of ovs-netvsc\n"
           "usage: %s TEST [ARG...]\n"
           "where TEST is one of the following:\n",
           program_name, program_name);
    for (const struct ovs_cmdl_command *p = commands; p->name; p++) {
        printf("  %-18s %s\n", p->name, p->usage ? p->usage : "");
    }
}

/* Reads a line, prints it and makes it '*line'.  Returns false at the end. */
bool
test_next_line(struct test_line *line)
{
    if (!fgets(line->text, sizeof line->text, stdin)) {
        return false;
    }
    line->text[strcspn(line->text, "\n")] = '\0';
    puts(line->text);
    line->rest = line->text;
    line->word = NULL;
    line->value = NULL;
    return true;
}

/* Makes the line's next word, NAME or NAME=VALUE, 'line->word' and
 * 'line->value'.  Returns false if there is none.  Words are separated by
 * spaces, commas and semicolons; a VALUE may have commas in it, and in quotes
 * all of them. */
bool
test_next_word(struct test_line *line)
{
    char *p = line->rest + strspn(line->rest, " ,;");
    char *equal;

    if (!*p) {
        return false;
    }
    line->word = p;
    equal = p + strcspn(p, " ,;=");
    if (*equal == '=') {
        *equal++ = '\0';
        if (*equal == '"') {
            line->value = ++equal;
            p = strchr(equal, '"');
            ovs_assert(p);
        } else {
            line->value = equal;
            p = equal + strcspn(equal, " ;");
        }
    } else {
        p = line->value = equal;
    }
    line->rest = p + (*p != '\0');
    *p = '\0';
    return true;
}

bool
test_word_is(const struct test_line *line, const char *word)
{
    return !strcmp(line->word, word);
}

int
test_int_value(const struct test_line *line)
{
    int i;

    if (!str_to_int(line->value, 10, &i)) {
        ovs_fatal(0, "%s: \"%s\" is not a number", line->word, line->value);
    }
    return i;
}

/* A test that is not understood has failed. */
void
test_bad_word(const struct test_line *line)
{
    ovs_fatal(0, "\"%s\" is not understood", line->word);
}

int
main(int argc, char *argv[])
{
    struct ovs_cmdl_context ctx = { .argc = argc - 1, .argv = argv + 1 };

    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    if (argc < 2) {
        ovs_fatal(0, "a test is needed; see %s --help", program_name);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    ovs_cmdl_run_command(&ctx, commands);
    return 0;
}
