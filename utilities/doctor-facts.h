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

#ifndef DOCTOR_FACTS_H
#define DOCTOR_FACTS_H 1

/* What "ovs-netvsc doctor" knows of a machine before it judges.
 *
 * All of it comes from files below a root, "" for the machine itself, and from
 * the database, so that a machine can be made up for a test, or looked at from
 * elsewhere.  Nothing is changed, no kernel module is loaded, and root is not
 * needed, except that some files cannot be read without. */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "netvsc-link.h"
#include "smap.h"
#include "sset.h"
#include "svec.h"

struct ovs_netvsc_options;

/* A network interface. */
struct doctor_link {
    struct netvsc_link link;    /* What sysfs tells of it. */
    char *address;              /* An IP address, NULL if it has none but
                                 * IPv6 link-local ones. */
    char *networkd;             /* State in systemd-networkd, NULL if that
                                 * does not run, or not for it. */
    bool nm_managed;            /* NetworkManager says that it manages it. */
    bool nm_known;              /* NetworkManager knows it. */
};

/* A port of type "netvsc" in the database. */
struct doctor_port {
    char *name;
    char *error;                /* Column error, NULL if empty. */
    struct smap options;
    struct smap status;
    long long int mtu;          /* 0 if unknown. */
    char *bridge;               /* NULL if it is in none, which
                                 * the database does not keep. */
    char *datapath_type;        /* The bridge's. */
    char *bridge_mac;           /* The bridge's own port's, NULL if unknown. */
    char *others;               /* Ports of the bridge that bring other MAC
                                 * addresses, NULL if there is none. */
};

/* A NetVSC interface, with all that belongs to it. */
struct doctor_pair {
    const struct doctor_link *netvsc;
    const struct doctor_link *vf;       /* NULL if there is none. */
    const struct doctor_port *port;     /* NULL if there is none. */
};

/* A PCI network controller. */
struct doctor_pci {
    char bdf[16];
    char driver[32];            /* "" if none is bound. */
    char *netdev;               /* Its first, NULL if it has none. */
    unsigned int vendor, device;
};

/* Pages of one size. */
struct doctor_pages {
    long long int kb;           /* Of a page. */
    long long int total, free;
};

/* Whether ovs-vswitchd runs. */
enum doctor_vswitchd {
    DOCTOR_VSWITCHD_UNKNOWN,
    DOCTOR_VSWITCHD_STOPPED,
    DOCTOR_VSWITCHD_RUNS,
};

/* What a running ovs-vswitchd says of itself. */
struct doctor_version {
    char ours[32];              /* Of ovs-netvsc. */
    char ovs[32], dpdk[32];     /* That it was built for. */
    char runs_dpdk[32];         /* That it runs with. */
};

struct doctor_facts {
    const char *root;           /* "" or a folder, without a final slash. */

    /* The kernel's. */
    bool is_hyperv, is_azure;
    char *release;              /* Of the kernel, "" if unknown. */
    struct doctor_link *links;
    size_t n_links;
    struct doctor_pair *pairs;
    size_t n_pairs;
    struct doctor_pci *pcis;
    size_t n_pcis;
    struct doctor_pages *pages;
    size_t n_pages;
    bool hugetlbfs;             /* It is mounted. */
    bool has_tun;               /* /dev/net/tun is there. */
    struct sset protocols;      /* Of sockets, as in /proc/net/protocols. */
    struct sset modules;        /* Loaded or built in... */
    struct sset loadable;       /* ...or there to be loaded. */
    bool knows_modules;         /* The list of those could be read. */
    bool has_uverbs;            /* Verbs devices are there. */
    struct smap cpu_nodes;      /* NUMA node by CPU. */

    /* The distribution's. */
    struct sset pmds;           /* DPDK's PMDs, "net_mlx5". */
    char *pmd_dir;              /* Where they are, NULL if not found. */
    struct sset providers;      /* rdma-core's providers, "mlx5". */
    int rdma_core;              /* Its version, 0 if not found. */
    bool nm_runs, networkd_runs;
    struct svec name_rules;     /* Lines of udev and networkd that name an
                                 * interface by its address, "FILE: LINE". */

    /* ovs-vswitchd's. */
    enum doctor_vswitchd vswitchd;
    char *vswitchd_problem;     /* Why it does not run or is not known. */
    bool has_class, lacks_class; /* It said so; neither if it was not asked. */
    struct doctor_version version; /* If 'has_class'. */
    bool has_process;           /* Which one it is is known. */
    bool has_apparmor, has_selinux; /* The kernel has it, and it is on. */
    char *apparmor;             /* Profile and mode, NULL if not known. */
    char *selinux;              /* Context, NULL if not known... */
    bool selinux_enforcing;     /* ...of any effect. */
    char *denial;               /* The last line of a log that says that it
                                 * was denied something, NULL if none... */
    bool denial_dated;          /* ...and it is known to be of this boot. */
    bool logs_read;             /* There were logs to look at. */

    /* The database's. */
    char *db_problem;           /* Why it is not known, NULL if it is. */
    struct smap other_config;
    bool dpdk_initialized;
    char *ovs_version;          /* That ovs-vswitchd wrote, "" if none. */
    char *dpdk_version;
    bool has_type;              /* ovs-vswitchd knows the type netvsc... */
    bool has_types;             /* ...or has said what types it knows. */
    struct doctor_port *ports;
    size_t n_ports;
};

void doctor_facts_collect(const struct ovs_netvsc_options *,
                          struct doctor_facts *);
void doctor_facts_destroy(struct doctor_facts *);

/* Parts of it, in files of their own. */
void doctor_facts_collect_files(struct doctor_facts *);
void doctor_facts_collect_links(struct doctor_facts *);
void doctor_facts_collect_db(const struct ovs_netvsc_options *,
                             struct doctor_facts *);
void doctor_facts_collect_vswitchd(const struct ovs_netvsc_options *,
                                   struct doctor_facts *);

#endif /* doctor-facts.h */
