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

/* plan, retry-delay, hold-delay, pin, judge-vf, prefer-vf: the policy's rules,
 * one by one. */

#include <config.h>

#include <limits.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netvsc-policy.h"
#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "test-netvsc.h"
#include "util.h"

/* What time it is. */
#define NOW 1000000

/* Parses the words that tell about a path. */
static bool
parse_path_word(const struct test_line *line, struct netvsc_path_facts *p)
{
    int n;

    for (int i = NETVSC_PATH_CLOSED; i <= NETVSC_PATH_CLOSING; i++) {
        if (test_word_is(line, netvsc_path_state_to_string(i))) {
            p->state = i;
            return true;
        }
    }
    if (test_word_is(line, "gone")) {
        p->has_device = p->usable = p->same_device = p->same_spec = false;
        p->usable_since = LLONG_MAX;
    } else if (test_word_is(line, "down")) {
        p->usable = false;
        p->usable_since = LLONG_MAX;
    } else if (test_word_is(line, "elsewhere")) {
        p->same_device = p->same_spec = false;
    } else if (test_word_is(line, "stale")) {
        p->same_spec = false;
    } else if (test_word_is(line, "broken")) {
        p->broken = true;
    } else if (test_word_is(line, "suspended")) {
        p->suspended = true;
    } else if (ovs_scan(line->word, "hold%d", &n)) {
        p->hold_until = NOW + n;
    } else if (ovs_scan(line->word, "up-%d", &n)) {
        p->usable_since = NOW - n;
    } else if (ovs_scan(line->word, "until%d", &n)) {
        p->drain_until = NOW + n;
    } else if (ovs_scan(line->word, "retry%d", &n)) {
        p->retry_at = NOW + n;
    } else {
        return false;
    }
    return true;
}

static void
parse_facts(struct test_line *line, struct netvsc_facts *facts)
{
    struct netvsc_path_facts *p = NULL;

    memset(facts, 0, sizeof *facts);
    facts->now = NOW;
    facts->enabled = true;
    for (int i = 0; i < NETVSC_N_PATHS; i++) {
        p = &facts->paths[i];
        p->has_device = p->usable = p->same_device = p->same_spec = true;
    }
    p = NULL;
    while (test_next_word(line)) {
        if (test_word_is(line, "disabled")) {
            facts->enabled = false;
        } else if (test_word_is(line, "pin")) {
            if (!netvsc_pin_from_string(line->value, &facts->pin)) {
                test_bad_word(line);
            }
        } else if (test_word_is(line, "delay")) {
            facts->vf_up_delay = test_int_value(line);
        } else if (test_word_is(line, "vf")) {
            p = &facts->paths[NETVSC_VF];
        } else if (test_word_is(line, "synthetic")) {
            p = &facts->paths[NETVSC_SYNTHETIC];
        } else if (!p || !parse_path_word(line, p)) {
            test_bad_word(line);
        }
    }
}

static void
print_plan(const struct netvsc_plan *plan)
{
    static const char *actions[] = {
        [NETVSC_KEEP] = "keep",
        [NETVSC_OPEN] = "open",
        [NETVSC_DRAIN] = "drain",
        [NETVSC_CLOSE] = "close",
    };

    printf("  vf %s, synthetic %s; tx %s; rx%s%s%s;",
           actions[plan->actions[NETVSC_VF]],
           actions[plan->actions[NETVSC_SYNTHETIC]],
           netvsc_path_id_to_string(plan->tx),
           plan->rx[NETVSC_VF] ? " vf" : "",
           plan->rx[NETVSC_SYNTHETIC] ? " synthetic" : "",
           plan->rx[NETVSC_VF] || plan->rx[NETVSC_SYNTHETIC] ? "" : " none");
    if (plan->deadline == LLONG_MAX) {
        puts(" no deadline");
    } else {
        printf(" again in %lld ms\n", plan->deadline - NOW);
    }
}

/* A line tells the facts, first those about the port: "disabled", "pin=PIN",
 * "delay=MS"; then those about a path: "vf" or "synthetic", a state, and
 *
 *   gone         it has no device      down         its device is down
 *   elsewhere    the child is on another device than the path's now
 *   stale        the child is not as it would be built now
 *   up-MS        how long the device has been up
 *   until+MS     when to stop draining
 *   retry+MS     when to try again after a failure
 */
void
test_plan(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct test_line line;

    while (test_next_line(&line)) {
        struct netvsc_facts facts;
        struct netvsc_plan plan;

        parse_facts(&line, &facts);
        netvsc_policy_plan(&facts, &plan);
        print_plan(&plan);
    }
}

void
test_retry_delay(struct ovs_cmdl_context *ctx)
{
    for (int i = 1; i < ctx->argc; i++) {
        printf("%s: %lld ms\n", ctx->argv[i],
               netvsc_policy_retry_delay(atoi(ctx->argv[i])));
    }
}

/* Arguments: options:vf-flap-limit, options:vf-flap-hold-max, and how often
 * the VF was lost. */
void
test_hold_delay(struct ovs_cmdl_context *ctx)
{
    struct netvsc_options options = {
        .vf_flap_limit = atoi(ctx->argv[1]),
        .vf_flap_hold_max = atoi(ctx->argv[2]),
    };

    for (int i = 3; i < ctx->argc; i++) {
        printf("%s: %lld ms\n", ctx->argv[i],
               netvsc_policy_hold_delay(&options, atoi(ctx->argv[i])));
    }
}

void
test_pin(struct ovs_cmdl_context *ctx)
{
    for (int i = 1; i < ctx->argc; i++) {
        enum netvsc_pin pin;

        printf("%s: %s\n", ctx->argv[i],
               netvsc_pin_from_string(ctx->argv[i], &pin)
               ? netvsc_pin_to_string(pin) : "no");
    }
}

static void
parse_link(struct test_line *line, struct netvsc_link *link)
{
    memset(link, 0, sizeof *link);
    link->rt.arphrd = ARPHRD_ETHER;
    link->n_channels = 1;
    while (test_next_word(line)) {
        if (!test_parse_link_word(line, link)) {
            test_bad_word(line);
        }
    }
}

/* The first line tells what the NetVSC device is, each other line options:vf
 * and the device in question. */
void
test_judge_vf(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct netvsc_link netvsc, vf;
    struct test_line line;

    if (!test_next_line(&line)) {
        return;
    }
    parse_link(&line, &netvsc);
    while (test_next_line(&line) && test_next_word(&line)) {
        enum netvsc_vf_mode mode;

        if (test_word_is(&line, "auto")) {
            mode = NETVSC_VF_AUTO;
        } else if (test_word_is(&line, "off")) {
            mode = NETVSC_VF_OFF;
        } else if (test_word_is(&line, "any")) {
            mode = NETVSC_VF_ANY;
        } else if (test_word_is(&line, "devargs")) {
            mode = NETVSC_VF_DEVARGS;
        } else {
            test_bad_word(&line);
        }
        parse_link(&line, &vf);
        printf("  %s\n", netvsc_vf_verdict_to_string(
                   netvsc_policy_judge_vf(&netvsc, &vf, mode)));
    }
}

/* Lines are two candidates each, of the NetVSC with ifindex 3. */
void
test_prefer_vf(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct netvsc_link netvsc = {
        .rt.ifindex = 3,
        .rt.perm_mac = ETH_ADDR_C(00,0d,3a,01,02,03),
    };
    struct test_line line;

    while (test_next_line(&line)) {
        const struct netvsc_link *better, *swapped;
        struct netvsc_link vfs[2];
        int n = -1;

        memset(vfs, 0, sizeof vfs);
        while (test_next_word(&line)) {
            n += test_word_is(&line, "index");
            if (n < 0 || n > 1 || !test_parse_link_word(&line, &vfs[n])) {
                test_bad_word(&line);
            }
        }
        better = netvsc_policy_prefer_vf(&netvsc, &vfs[0],
                                         n ? &vfs[1] : NULL);
        swapped = netvsc_policy_prefer_vf(&netvsc, n ? &vfs[1] : NULL,
                                          &vfs[0]);
        ovs_assert(better == swapped);
        printf("  %d\n", better->rt.ifindex);
    }
}
