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

#ifndef NETVSC_PORT_H
#define NETVSC_PORT_H 1

/* A netvsc port as its three users see it: the class callbacks write what is
 * wanted, the monitor acts on it and writes what is, ovs-appctl and the status
 * column read both.  All under netvsc_mutex, which is never held across
 * anything that may block: not a probe, start, stop or close, not a system
 * call, not an RCU synchronization.  PMD threads never take it.
 *
 * A port outlives its netdev: when that is destructed the monitor still has
 * paths to close. */

#include <stdbool.h>

#include "netvsc-history.h"
#include "netvsc-options.h"
#include "netvsc-path-set.h"
#include "netvsc-policy.h"
#include "netvsc-qos.h"
#include "netvsc-speed.h"
#include "openvswitch/list.h"
#include "openvswitch/netdev.h"
#include "openvswitch/thread.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "sset.h"

struct ds;
struct netdev;
struct netvsc_link;
struct netvsc_links;
struct netvsc_synthetic;

/* Protects all ports and the list of them. */
extern struct ovs_mutex netvsc_mutex;
extern struct ovs_list netvsc_ports OVS_GUARDED_BY(netvsc_mutex);

/* How a port knows its interface if neither options:iface nor options:mac says
 * which. */
enum netvsc_naming {
    NETVSC_UNDECIDED,           /* Not configured so far, or not needed. */
    NETVSC_BY_PORT_NAME,        /* The port is named as its interface. */
    NETVSC_CHOSEN,              /* It was the only one free: by its MAC. */
};

/* One path of a port. */
struct netvsc_port_path {
    enum netvsc_path_state state;
    struct netvsc_path *path;       /* The child, if open or draining. */
    struct netvsc_path_spec spec;   /* Of the child, also while opening. */
    long long int drain_until;      /* If draining. */
    bool broken;                    /* Its PMD gave it up, or its tap is
                                     * lost... */
    bool tap_seen;                  /* ...which was seen to be up... */
    bool rules_lost;                /* ...or the rules that feed it are... */
    long long int rules_lost_at;    /* ...when last... */
    int n_rules_lost;               /* ...and how often soon after that. */
    bool checking;                  /* The worker looks for those... */
    unsigned int tc_serial;         /* ...as of the link's 'tc_serial'. */
    unsigned int qos_serial;        /* The port's that it has or gets. */
    struct netvsc_speed speed;      /* Of its device, if that of DPDK is a
                                     * virtual one... */
    bool reading_speed;             /* ...which the worker reads again. */
    int mtu_told;                   /* The port's when it was compared with
                                     * the open path's, 0 for not yet. */
    bool suspended;                 /* Its PMD recovers from an error... */
    long long int suspended_until;  /* ...or else is given up then. */

    int n_failures;                 /* To open it, in a row... */
    struct netvsc_path_spec failed_spec; /* ...with this... */
    long long int retry_at;         /* ...try again then. */
    char *error;                    /* Why the last attempt failed. */
    struct netvsc_path_spec good_spec;  /* What it was open with last; of
                                         * ifindex 0 if that is of no use. */

    unsigned long long int n_opened;    /* Times opened. */
    unsigned long long int n_failed;    /* Times that failed. */

    struct netdev_stats base;       /* Of all children closed so far. */
    struct netdev_stats reported;   /* The most that was ever reported. */

    /* Damping. */
    long long int lost_at[2 * NETVSC_MAX_FLAP_LIMIT]; /* Ring of times. */
    unsigned int n_lost;            /* Number ever put there. */
    long long int hold_until;       /* Do not open it before... */
    bool held_off;                  /* ...which was told, and not yet its
                                     * end. */

    /* The device, for people. */
    int ifindex;                    /* 0 if there is none. */
    unsigned int serial;            /* The link's. */
    char ifname[IFNAMSIZ];
    char pci[32];
    char driver[32];                /* The kernel's. */
    struct eth_addr mac;
    bool usable;                    /* Its link is up, with carrier. */
    long long int heard_at;         /* time_usec() of the kernel's message that
                                     * changed one of these, 0 if none did or
                                     * nothing more will follow from it. */
    char *reason;                   /* Why the path is not open. */
    char *drain_reason;             /* Why it was taken out of use last. */

    /* The last device, if it is lost. */
    int lost_ifindex;               /* 0 if there was none. */
    unsigned int lost_serial;
    char lost_ifname[IFNAMSIZ];
};

struct netvsc_port {
    struct ovs_list node;           /* In netvsc_ports. */
    char *name;
    struct netdev *netdev;          /* NULL once it was destructed. */
    struct netvsc_dp *dp;           /* The netdev's; NULL with it. */

    /* Wanted. */
    bool configured;                /* 'options' are valid. */
    bool started;                   /* The datapath reconfigured it once. */
    bool admin_up;                  /* NETDEV_UP. */
    struct netvsc_options options;
    enum netvsc_naming naming;
    struct eth_addr chosen_mac;     /* With NETVSC_CHOSEN. */
    struct netvsc_queues queues;    /* In use by the datapath. */
    enum netvsc_pin pin;
    struct netvsc_qos qos;
    unsigned int qos_serial;        /* Incremented when 'qos' changes. */

    /* What is. */
    struct netvsc_port_path paths[NETVSC_N_PATHS];
    const struct netvsc_synthetic *backend; /* In use or to be tried next. */
    char *backend_reason;           /* Why that one. */
    struct smap backend_errors;     /* Why others could not be opened: from a
                                     * backend's name to a message. */
    int n_backends_failed;          /* Times that all of them failed... */
    long long int backends_retry_at; /* ...try again then... */
    char *backends_error;           /* ...and what was wrong with the last. */
    bool too_many_queues;           /* The NetVSC has more than AF_XDP can
                                     * open. */
    int iface_ifindex;              /* The NetVSC, 0 if it is not there. */
    unsigned int iface_serial;      /* Its netvsc_link's, 0 if unknown. */
    char *iface_reason;             /* Why not. */
    bool inspected;                 /* For addresses and routes in the way. */
    enum netvsc_path_id active;     /* Transmits on it. */
    bool rx[NETVSC_N_PATHS];        /* Receives from it. */
    struct vlog_rate_limit rl;      /* Its own, so that a port that flaps
                                     * does not silence the others. */
    struct sset passed_over;        /* Links logged as no VF, and why. */
    bool carrier;
    unsigned long long int carrier_resets;
    long long int announce_again_at; /* time_msec(), or 0. */
    unsigned long long int path_switches;
    long long int last_switch;      /* time_wall_msec(), 0 for never. */
    char *last_switch_reason;
    struct netvsc_history history;
};

void netvsc_port_try_again(struct netvsc_port *) OVS_REQUIRES(netvsc_mutex);
bool netvsc_set_text(char **textp, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);

struct netvsc_port *netvsc_port_create(const char *name, struct netdev *,
                                       struct netvsc_dp *)
    OVS_EXCLUDED(netvsc_mutex);
void netvsc_port_orphan(struct netvsc_port *) OVS_EXCLUDED(netvsc_mutex);
void netvsc_port_destroy(struct netvsc_port *) OVS_REQUIRES(netvsc_mutex);
struct netvsc_port *netvsc_port_lookup(const char *name)
    OVS_REQUIRES(netvsc_mutex);

const char *netvsc_port_iface(const struct netvsc_port *)
    OVS_REQUIRES(netvsc_mutex);
struct eth_addr netvsc_port_mac(const struct netvsc_port *)
    OVS_REQUIRES(netvsc_mutex);
const struct netvsc_port *netvsc_port_claiming(const char *ifname, int ifindex,
                                               const struct netvsc_port *but)
    OVS_REQUIRES(netvsc_mutex);
const struct netvsc_port *netvsc_port_awaiting_mac(
    struct eth_addr, const struct netvsc_port *but)
    OVS_REQUIRES(netvsc_mutex);
const struct netvsc_port *netvsc_port_driving_mac(
    struct eth_addr, const struct netvsc_port *but)
    OVS_REQUIRES(netvsc_mutex);

int netvsc_port_n_flaps(const struct netvsc_port_path *,
                        const struct netvsc_options *, long long int now)
    OVS_REQUIRES(netvsc_mutex);
unsigned long long int netvsc_port_drops(const struct netvsc_port *)
    OVS_REQUIRES(netvsc_mutex);
void netvsc_port_publish(struct netvsc_port *) OVS_REQUIRES(netvsc_mutex);
bool netvsc_port_is_gone(const struct netvsc_port *)
    OVS_REQUIRES(netvsc_mutex);

void netvsc_port_get_stats(struct netvsc_port *, struct netdev_stats *total,
                           struct netdev_stats by_path[NETVSC_N_PATHS])
    OVS_EXCLUDED(netvsc_mutex);

#endif /* netvsc-port.h */
