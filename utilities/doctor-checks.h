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

#ifndef DOCTOR_CHECKS_H
#define DOCTOR_CHECKS_H 1

/* The checks of "ovs-netvsc doctor": a table of pure functions from the facts
 * about a machine to a finding and what to do about it.  To check something
 * else, add a row. */

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/compiler.h"
#include "openvswitch/dynamic-string.h"

struct doctor_facts;

enum doctor_status {
    DOCTOR_NOT_APPLICABLE,
    DOCTOR_PASSED,
    DOCTOR_WARNED,              /* It may work, or not as well as it could. */
    DOCTOR_FAILED,              /* It cannot work. */
    DOCTOR_N_STATUSES,
};

struct doctor_result {
    enum doctor_status status;
    struct ds finding;          /* For a person. */
    struct ds fix;              /* What to do, "" if nothing. */
};

void doctor_note(struct doctor_result *, enum doctor_status,
                 const char *format, ...) OVS_PRINTF_FORMAT(3, 4);
void doctor_fix(struct doctor_result *, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);
void doctor_see(struct doctor_result *, const char *section);

typedef void doctor_check_func(const struct doctor_facts *,
                               struct doctor_result *);

struct doctor_check {
    const char *name;
    doctor_check_func *run;
};

extern const struct doctor_check doctor_checks[];
extern const size_t doctor_n_checks;

const char *doctor_status_to_string(enum doctor_status);

/* By what they are about.  doctor-dpdk.c: */
doctor_check_func doctor_check_hugepages;
doctor_check_func doctor_check_eal_arguments;
doctor_check_func doctor_check_pmds;
doctor_check_func doctor_check_verbs;
doctor_check_func doctor_check_mana;
doctor_check_func doctor_check_numa;

/* doctor-devices.c: */
doctor_check_func doctor_check_interfaces;
doctor_check_func doctor_check_netvsc_up;
doctor_check_func doctor_check_orphans;
doctor_check_func doctor_check_vf_address;
doctor_check_func doctor_check_network_manager;
doctor_check_func doctor_check_networkd;
doctor_check_func doctor_check_udev;
doctor_check_func doctor_check_mtu;

/* doctor-host.c: */
doctor_check_func doctor_check_backends;
doctor_check_func doctor_check_ports;
doctor_check_func doctor_check_mac_spoofing;
doctor_check_func doctor_check_promiscuous;
doctor_check_func doctor_check_apparmor;
doctor_check_func doctor_check_selinux;

/* doctor-vswitchd.c: */
doctor_check_func doctor_check_vswitchd;
doctor_check_func doctor_check_build;
doctor_check_func doctor_check_dpdk_init;

bool doctor_knows_db(const struct doctor_facts *, struct doctor_result *);

#endif /* doctor-checks.h */
