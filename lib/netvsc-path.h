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

#ifndef NETVSC_PATH_H
#define NETVSC_PATH_H 1

/* A path: one child netdev of OVS's class "dpdk", with all its receive queues
 * open.  This file builds and takes down paths; it neither decides when (the
 * policy does) nor passes packets (the path set does).
 *
 * Opening and closing may take seconds, so only the worker thread does it, and
 * with no lock held. */

#include <stdbool.h>
#include <stdint.h>
#include <net/if.h>

#include "netvsc-options.h"

struct netdev;
struct netdev_rxq;
struct netdev_stats;
struct netvsc_af_xdp;
struct netvsc_tap;

enum netvsc_path_id {
    NETVSC_SYNTHETIC,           /* Over the NetVSC device: always there. */
    NETVSC_VF,                  /* The SR-IOV VF: while the host lends it. */
    NETVSC_N_PATHS,
};
#define NETVSC_NO_PATH NETVSC_N_PATHS

const char *netvsc_path_id_to_string(enum netvsc_path_id);

/* Which queues, and so on, a port wants of each path.  As on a dpdk port. */
struct netvsc_queues {
    int n_rxq;
    int n_txq;
    int n_rxq_desc;             /* 0 for netdev-dpdk's default. */
    int n_txq_desc;             /* 0 for netdev-dpdk's default. */
    int mtu;                    /* Bytes, without the Ethernet header. */
};

/* All that a path is built from.  Two paths with equal specs are alike, except
 * for their generation.  Must be zeroed before it is filled in, as
 * netvsc_path_spec_equals() compares bytes. */
struct netvsc_path_spec {
    int ifindex;                /* The kernel's device that it drives... */
    unsigned int serial;        /* ...not another with the same ifindex... */
    char ifname[IFNAMSIZ];      /* ...and its name when it was opened. */
    char vdev[24];              /* Prefix of the virtual device's name, to
                                 * which a generation is added, or "". */
    char devargs[2 * NETVSC_DEVARGS_SIZE]; /* What follows that name, or the
                                            * whole if 'vdev' is empty. */
    char bdf[16];               /* The PCI function that its PMD probes... */
    bool shares_function;       /* ...which may carry several... */
    struct eth_addr mac;        /* ...with this address on it, which that of
                                 * a tap is too... */
    bool probe_by_mac;          /* ...which its PMD must be told... */
    char probe_devargs[NETVSC_DEVARGS_SIZE]; /* ...with more for the PMD. */
    char tap_prefix[8];         /* Of the name of the tap that its PMD makes,
                                 * to which a generation is added, or "". */
    struct netvsc_queues queues;
};

bool netvsc_path_spec_equals(const struct netvsc_path_spec *,
                             const struct netvsc_path_spec *);
bool netvsc_path_spec_same_device(const struct netvsc_path_spec *,
                                  const struct netvsc_path_spec *);

/* True if 'spec' is of a virtual device of DPDK, over one of the kernel. */
static inline bool
netvsc_path_spec_is_virtual(const struct netvsc_path_spec *spec)
{
    return spec->vdev[0] != '\0';
}

/* An open path.  Constant while it is open. */
struct netvsc_path {
    enum netvsc_path_id id;
    struct netvsc_path_spec spec;
    char *devargs;              /* As probed. */
    struct netdev *netdev;      /* The child... */
    int port_id;                /* ...and its ethdev... */
    long long int dpdk_us;      /* ...which took DPDK so long to probe,
                                 * configure and start, us. */
    struct netdev_rxq **rxqs;   /* Its receive queues, all open. */
    int n_rxq;                  /* Granted, may be less than asked for. */
    int n_txq;                  /* Likewise. */
    struct netvsc_af_xdp *af_xdp; /* NULL if it is no AF_XDP device. */
    struct netvsc_tap *tap;     /* NULL if its PMD makes no tap... */
    int tap_ifindex;            /* ...which has this ifindex, or 0... */
    char tap_name[IFNAMSIZ];    /* ...and this name, or "". */
    bool has_function;          /* Has a reference to spec.bdf. */
    unsigned int flags_to_clear; /* IFF_* of spec.ifindex that its PMD sets. */
};

int netvsc_path_open(const char *port_name, enum netvsc_path_id,
                     const struct netvsc_path_spec *,
                     struct netvsc_path **, char **errp);
void netvsc_path_close(struct netvsc_path *, struct netdev_stats *final);

#endif /* netvsc-path.h */
