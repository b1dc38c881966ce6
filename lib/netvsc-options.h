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

#ifndef NETVSC_OPTIONS_H
#define NETVSC_OPTIONS_H 1

/* The options column of a netvsc Interface, parsed and checked by itself.
 * Whether the devices that it names exist is not looked at here.
 *
 * Pure functions: no I/O, no locks, any thread. */

#include <stdbool.h>
#include <net/if.h>

#include "openvswitch/types.h"

struct netvsc_synthetic;
struct smap;

/* Which VFs a port accepts, options:vf. */
enum netvsc_vf_mode {
    NETVSC_VF_AUTO,             /* A PCI device with the NetVSC's address. */
    NETVSC_VF_OFF,              /* None. */
    NETVSC_VF_ANY,              /* Also one that is no PCI device: labs. */
    NETVSC_VF_DEVARGS,          /* As ANY, opened by the devargs given. */
};

#define NETVSC_DEVARGS_SIZE 256
#define NETVSC_MAX_FLAP_LIMIT 16

struct netvsc_options {
    char iface[IFNAMSIZ];       /* "" if not given. */
    struct eth_addr mac;        /* Zero if not given. */
    bool force;
    bool ignore;
    const struct netvsc_synthetic *synthetic;   /* NULL for "auto". */
    enum netvsc_vf_mode vf;
    char vf_devargs[NETVSC_DEVARGS_SIZE];       /* With NETVSC_VF_DEVARGS. */
    char vf_extra_devargs[NETVSC_DEVARGS_SIZE];
    int vf_up_delay;            /* ms that a VF must be up before its use. */
    int vf_flap_limit;          /* Losses of the VF in... */
    int vf_flap_window;         /* ...so many ms before it is held off... */
    int vf_flap_hold_max;       /* ...for up to so many ms. */
    int n_rxq;
    int n_rxq_desc;             /* 0 for netdev-dpdk's default. */
    int n_txq_desc;             /* Likewise. */
};

char *netvsc_options_parse(const struct smap *args, struct netvsc_options *);

#endif /* netvsc-options.h */
