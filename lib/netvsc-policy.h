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

#ifndef NETVSC_POLICY_H
#define NETVSC_POLICY_H 1

/* The policy of a netvsc port: which device is its VF, which paths to open and
 * close, on which to transmit, when to look again.
 *
 * Pure functions of facts: no I/O, no DPDK, no clock, no memory of their own.
 * The monitor collects the facts and carries out the plan. */

#include <stdbool.h>
#include <stddef.h>

#include "netvsc-options.h"
#include "netvsc-path.h"

struct netvsc_link;

/* How long packets are still received from a path after the port transmits on
 * another: what was on its way when the host switched, ms. */
#define NETVSC_DRAIN_TIME 20

/* Where a path is in its life.  It goes round:
 *
 *     closed -> opening -> open -> draining -> closing -> closed
 *
 * where "opening" may also fail and lead back to "closed". */
enum netvsc_path_state {
    NETVSC_PATH_CLOSED,         /* There is no child. */
    NETVSC_PATH_OPENING,        /* The worker builds it. */
    NETVSC_PATH_OPEN,           /* Packets may be received and sent. */
    NETVSC_PATH_DRAINING,       /* Packets are still received. */
    NETVSC_PATH_CLOSING,        /* Out of use, the worker takes it down. */
};

const char *netvsc_path_state_to_string(enum netvsc_path_state);

/* What an operator asked for, ovs-appctl netvsc/set-path. */
enum netvsc_pin {
    NETVSC_PIN_AUTO,
    NETVSC_PIN_VF,              /* As AUTO; says that the VF is wanted. */
    NETVSC_PIN_SYNTHETIC,       /* Do not transmit on the VF. */
};

const char *netvsc_pin_to_string(enum netvsc_pin);
bool netvsc_pin_from_string(const char *, enum netvsc_pin *);

/* Facts about one path.  Times are those of time_msec(). */
struct netvsc_path_facts {
    /* The device. */
    bool has_device;            /* There is one and the path may use it. */
    bool usable;                /* It passes packets: up, with carrier. */
    long long int usable_since;

    /* The child. */
    enum netvsc_path_state state;
    bool same_device;           /* It is on that device... */
    bool same_spec;             /* ...and is as it would be built now. */
    bool broken;                /* Of no use any longer, says its PMD. */
    bool suspended;             /* Not to be used for now, says its PMD. */
    long long int drain_until;  /* If draining. */
    long long int retry_at;     /* After a failure not before this, or 0. */
    long long int hold_until;   /* If it flaps not before this, or 0. */
};

struct netvsc_facts {
    long long int now;
    bool enabled;               /* The port is configured and not ignored. */
    enum netvsc_pin pin;
    int vf_up_delay;            /* ms. */
    struct netvsc_path_facts paths[NETVSC_N_PATHS];
};

enum netvsc_action {
    NETVSC_KEEP,                /* Leave it as it is. */
    NETVSC_OPEN,                /* closed -> opening. */
    NETVSC_DRAIN,               /* open -> draining. */
    NETVSC_CLOSE,               /* draining -> closing. */
};

struct netvsc_plan {
    enum netvsc_action actions[NETVSC_N_PATHS];
    bool rx[NETVSC_N_PATHS];    /* Receive from it? */
    enum netvsc_path_id tx;     /* Transmit on it, or NETVSC_NO_PATH. */
    long long int deadline;     /* Plan again then, LLONG_MAX for never. */
};

void netvsc_policy_plan(const struct netvsc_facts *, struct netvsc_plan *);
long long int netvsc_policy_retry_delay(int n_failures);
long long int netvsc_policy_hold_delay(const struct netvsc_options *,
                                       int n_flaps);

/* Why a link is not used as the VF of a NetVSC. */
enum netvsc_vf_verdict {
    NETVSC_VF_ACCEPTED,
    NETVSC_VF_TURNED_OFF,
    NETVSC_VF_IS_SELF,
    NETVSC_VF_IS_OWN_TAP,
    NETVSC_VF_OTHER_MAC,
    NETVSC_VF_NOT_ETHERNET,
    NETVSC_VF_NETVSC,
    NETVSC_VF_OTHER_MASTER,
    NETVSC_VF_IS_STACKED,
    NETVSC_VF_IS_VIRTUAL,
    NETVSC_VF_NOT_PCI,
    NETVSC_VF_NOT_PREFERRED,    /* Acceptable, but another is better. */
    NETVSC_VF_N_VERDICTS,
};

const char *netvsc_vf_verdict_to_string(enum netvsc_vf_verdict);
enum netvsc_vf_verdict netvsc_policy_judge_vf(const struct netvsc_link *netvsc,
                                              const struct netvsc_link *vf,
                                              enum netvsc_vf_mode);
const struct netvsc_link *netvsc_policy_prefer_vf(
    const struct netvsc_link *netvsc, const struct netvsc_link *a,
    const struct netvsc_link *b);

#endif /* netvsc-policy.h */
