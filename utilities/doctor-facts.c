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

#include "doctor-facts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_config.h>

#include "dirs.h"
#include "doctor-files.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-netvsc.h"
#include "util.h"

/* The asset tag that every virtual machine of Azure has. */
#define AZURE_ASSET_TAG "7783-7084-3265-9085-8269-3286-77"

static void
collect_platform(struct doctor_facts *facts)
{
    char *tag = doctor_line(facts->root,
                            "/sys/class/dmi/id/chassis_asset_tag");

    facts->is_hyperv = doctor_exists(facts->root, "/sys/bus/vmbus");
    facts->is_azure = tag && !strcmp(tag, AZURE_ASSET_TAG);
    facts->release = doctor_line(facts->root, "/proc/sys/kernel/osrelease");
    if (!facts->release) {
        facts->release = xstrdup("");
    }
    free(tag);
}

/* Documentation/admin-guide/mm/hugetlbpage.rst of Linux. */
static void
collect_pages(struct doctor_facts *facts)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    struct svec mounts = SVEC_EMPTY_INITIALIZER;
    const char *name;
    size_t i;

    doctor_glob(&names, facts->root, "/sys/kernel/mm/hugepages/hugepages-*kB");
    facts->pages = xcalloc(names.n + 1, sizeof *facts->pages);
    SVEC_FOR_EACH (i, name, &names) {
        struct doctor_pages *pages = &facts->pages[facts->n_pages++];

        pages->kb = atoll(strrchr(name, '-') + 1);
        pages->total = doctor_number(facts->root, "%s/nr_hugepages", name);
        pages->free = doctor_number(facts->root, "%s/free_hugepages", name);
    }
    svec_destroy(&names);

    doctor_lines(&mounts, facts->root, "/proc/self/mounts");
    SVEC_FOR_EACH (i, name, &mounts) {
        facts->hugetlbfs |= strstr(name, " hugetlbfs ") != NULL;
    }
    svec_destroy(&mounts);
}

static void
add_module(struct sset *set, const char *name, size_t n)
{
    char *copy = xmemdup0(name, n);

    for (char *p = copy; *p; p++) {
        *p = *p == '-' ? '_' : *p;
    }
    sset_add(set, copy);
    free(copy);
}

/* Adds the modules that modules.dep or modules.builtin lists, as
 * "kernel/net/sched/sch_ingress.ko.xz: ...". */
static bool
collect_module_list(struct doctor_facts *facts, const char *file,
                    struct sset *set)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const char *line;
    size_t i;
    bool any;

    doctor_lines(&lines, facts->root, "/lib/modules/%s/%s", facts->release,
                 file);
    SVEC_FOR_EACH (i, line, &lines) {
        size_t n = strcspn(line, ":");
        const char *base = line;

        for (size_t j = 0; j < n; j++) {
            base = line[j] == '/' ? &line[j + 1] : base;
        }
        add_module(set, base, strcspn(base, ".:"));
    }
    any = lines.n > 0;
    svec_destroy(&lines);
    return any;
}

static void
collect_modules(struct doctor_facts *facts)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    const char *line;
    size_t i;

    doctor_lines(&lines, facts->root, "/proc/modules");
    SVEC_FOR_EACH (i, line, &lines) {
        add_module(&facts->modules, line, strcspn(line, " "));
    }
    svec_clear(&lines);
    facts->knows_modules
        = collect_module_list(facts, "modules.builtin", &facts->modules);
    facts->knows_modules
        |= collect_module_list(facts, "modules.dep", &facts->loadable);

    doctor_lines(&lines, facts->root, "/proc/net/protocols");
    SVEC_FOR_EACH (i, line, &lines) {
        size_t n = strcspn(line, " ");
        char *name = xmemdup0(line, n);

        sset_add(&facts->protocols, name);
        free(name);
    }
    svec_destroy(&lines);
    facts->has_tun = doctor_exists(facts->root, "/dev/net/tun");
}

/* The PMDs of a DPDK with shared libraries are in a folder that it was
 * configured with. */
static void
collect_pmds(struct doctor_facts *facts)
{
    static const char *patterns[] = {
#ifdef RTE_EAL_PMD_PATH
        RTE_EAL_PMD_PATH"/librte_*.so*",
#endif
        "/usr/lib/*/dpdk/pmds-*/librte_*.so*",
        "/usr/lib64/dpdk/pmds-*/librte_*.so*",
        "/usr/lib64/dpdk-pmds/librte_*.so*",
        "/usr/local/lib*/dpdk/pmds-*/librte_*.so*",
        "/usr/local/lib/*/dpdk/pmds-*/librte_*.so*",
    };

    for (size_t i = 0; i < ARRAY_SIZE(patterns) && !facts->pmd_dir; i++) {
        struct svec names = SVEC_EMPTY_INITIALIZER;
        const char *name;
        size_t j;

        if (patterns[i][0] != '/') {
            continue;           /* RTE_EAL_PMD_PATH is "". */
        }
        doctor_glob(&names, facts->root, patterns[i]);
        SVEC_FOR_EACH (j, name, &names) {
            const char *base = strrchr(name, '/') + 1 + strlen("librte_");
            char *pmd = xmemdup0(base, strcspn(base, "."));

            sset_add(&facts->pmds, pmd);
            free(pmd);
            if (!facts->pmd_dir) {
                facts->pmd_dir = xmemdup0(name, strrchr(name, '/') - name);
            }
        }
        svec_destroy(&names);
    }
}

/* Providers are libibverbs/libmlx5-rdmav34.so; libibverbs.so.1.14.44.0 is that
 * of rdma-core 44. */
static void
collect_rdma(struct doctor_facts *facts)
{
    struct svec uverbs = SVEC_EMPTY_INITIALIZER;
    static const char *dirs[] = {
        "/usr/lib/*", "/usr/lib64", "/usr/local/lib*",
    };

    for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
        struct svec names = SVEC_EMPTY_INITIALIZER;
        const char *name;
        char *pattern;
        size_t j;

        pattern = xasprintf("%s/libibverbs/lib*-rdmav*.so", dirs[i]);
        doctor_glob(&names, facts->root, pattern);
        free(pattern);
        SVEC_FOR_EACH (j, name, &names) {
            const char *base = strrchr(name, '/') + 1 + strlen("lib");
            char *provider = xmemdup0(base, strcspn(base, "-"));

            sset_add(&facts->providers, provider);
            free(provider);
        }
        svec_clear(&names);

        pattern = xasprintf("%s/libibverbs.so.1.*", dirs[i]);
        doctor_glob(&names, facts->root, pattern);
        free(pattern);
        SVEC_FOR_EACH (j, name, &names) {
            int version;

            if (ovs_scan(strstr(name, ".so.1."), ".so.1.%*d.%d", &version)) {
                facts->rdma_core = MAX(facts->rdma_core, version);
            }
        }
        svec_destroy(&names);
    }
    doctor_glob(&uverbs, facts->root, "/sys/class/infiniband_verbs/uverbs*");
    facts->has_uverbs = uverbs.n > 0;
    svec_destroy(&uverbs);
}

/* Adds the CPUs of 'list', "0-3,8", to those of 'node'. */
static void
add_cpus(struct doctor_facts *facts, const char *list, const char *node)
{
    while (isdigit((unsigned char) *list)) {
        char *end;
        long int first = strtol(list, &end, 10);
        long int last = *end == '-' ? strtol(end + 1, &end, 10) : first;

        for (long int cpu = first; cpu <= last && cpu - first < 4096; cpu++) {
            char *key = xasprintf("%ld", cpu);

            smap_replace(&facts->cpu_nodes, key, node);
            free(key);
        }
        list = *end == ',' ? end + 1 : end;
    }
}

static void
collect_numa(struct doctor_facts *facts)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const char *name;
    size_t i;

    doctor_glob(&names, facts->root, "/sys/devices/system/node/node[0-9]*");
    SVEC_FOR_EACH (i, name, &names) {
        char *list = doctor_line(facts->root, "%s/cpulist", name);

        if (list) {
            add_cpus(facts, list, strrchr(name, '/') + 1 + strlen("node"));
        }
        free(list);
    }
    svec_destroy(&names);
}

/* True if 'line', of a udev rule or a .link file, names interfaces by their
 * MAC address. */
static bool
is_by_address(const char *line)
{
    return (line[strspn(line, " \t")] != '#'
            && (strcasestr(line, "ATTR{address}==")
                || strcasestr(line, "MACAddress=")));
}

/* Adds the lines of a udev rules file to 'rules', those that a backslash at the
 * end continues as one. */
static void
join_lines(const struct svec *lines, struct svec *rules)
{
    struct ds rule = DS_EMPTY_INITIALIZER;
    const char *line;
    size_t i;

    SVEC_FOR_EACH (i, line, lines) {
        size_t n = strlen(line);
        bool goes_on = n && line[n - 1] == '\\';

        ds_put_buffer(&rule, line, goes_on ? n - 1 : n);
        if (!goes_on || i + 1 == lines->n) {
            svec_add(rules, ds_cstr(&rule));
            ds_clear(&rule);
        }
    }
    ds_destroy(&rule);
}

/* Adds those of a file's lines that name an interface by its address.  A rule
 * is a line, a .link file is a rule. */
static void
collect_rules_of_file(struct doctor_facts *facts, const char *name)
{
    bool is_link = strstr(name, ".link") != NULL;
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    struct svec rules = SVEC_EMPTY_INITIALIZER;
    bool driver = false, named = false;
    const char *line;
    size_t i;

    doctor_lines(&lines, facts->root, "%s", name);
    SVEC_FOR_EACH (i, line, &lines) {
        driver |= !strncasecmp(line, "Driver=", 7);
        named |= !strncasecmp(line, "Name=", 5);
    }
    join_lines(&lines, &rules);
    SVEC_FOR_EACH (i, line, &rules) {
        if (is_by_address(line)
            && (is_link ? named && !driver
                : strstr(line, "NAME=") && !strstr(line, "DRIVERS"))) {
            svec_add_nocopy(&facts->name_rules,
                            xasprintf("%s: %s", name, line));
        }
    }
    svec_destroy(&lines);
    svec_destroy(&rules);
}

/* As udev(7) and systemd.link(5): a file takes the place of those of its name
 * in the folders that follow. */
static void
collect_name_rules(struct doctor_facts *facts)
{
    static const char *patterns[] = {
        "/etc/udev/rules.d/*.rules", "/run/udev/rules.d/*.rules",
        "/usr/lib/udev/rules.d/*.rules",
        "/etc/systemd/network/*.link", "/run/systemd/network/*.link",
        "/usr/lib/systemd/network/*.link",
    };
    struct sset seen = SSET_INITIALIZER(&seen);

    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
        struct svec names = SVEC_EMPTY_INITIALIZER;
        const char *name;
        size_t j;

        doctor_glob(&names, facts->root, patterns[i]);
        SVEC_FOR_EACH (j, name, &names) {
            if (sset_add(&seen, strrchr(name, '/') + 1)) {
                collect_rules_of_file(facts, name);
            }
        }
        svec_destroy(&names);
    }
    sset_destroy(&seen);
}

static bool
is_denial(const char *line)
{
    return (strstr(line, "ovs-vswitchd")
            && (strstr(line, "apparmor=\"DENIED\"")
                || strstr(line, "avc:  denied")));
}

/* Returns when the machine was booted, in seconds, 0 if that is not known. */
static long long int
boot_time(const char *root)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    long long int when = 0;
    const char *line;
    size_t i;

    doctor_lines(&lines, root, "/proc/stat");
    SVEC_FOR_EACH (i, line, &lines) {
        ovs_scan(line, "btime %lld", &when);
    }
    svec_destroy(&lines);
    return when;
}

/* Looks at 'line' of the log 'name'.  What the kernel and auditd write has
 * "audit(SECONDS.MS:SERIAL)". */
static void
look_at_line(struct doctor_facts *facts, const char *name, const char *line,
             long long int boot, bool dated)
{
    const char *audit = strstr(line, "audit(");
    long long int when;

    if (!is_denial(line)) {
        return;
    }
    if (!dated && boot && audit && ovs_scan(audit, "audit(%lld", &when)) {
        if (when < boot) {
            return;
        }
        dated = true;
    }
    free(facts->denial);
    facts->denial = xasprintf("%s: %s", name, line);
    facts->denial_dated = dated;
}

/* Debian 12 has no other log, unless rsyslog is installed. */
static void
look_at_journal(struct doctor_facts *facts)
{
    size_t allocated = 0;
    char *line = NULL;
    FILE *stream;

    if (facts->root[0] || (!doctor_exists("", "/run/log/journal")
                           && !doctor_exists("", "/var/log/journal"))) {
        return;
    }
    stream = popen("journalctl -b -q --no-pager -o cat _TRANSPORT=kernel "
                   "+ _TRANSPORT=audit 2>/dev/null", "r");
    if (!stream) {
        return;
    }
    while (getline(&line, &allocated, stream) > 0) {
        line[strcspn(line, "\n")] = '\0';
        look_at_line(facts, "journal", line, 0, true);
        facts->logs_read = true;
    }
    free(line);
    pclose(stream);
}

/* Looks for the last line of the logs that says that ovs-vswitchd was denied
 * something since the machine was booted. */
static void
find_denial(struct doctor_facts *facts)
{
    static const char *logs[] = {
        "/var/log/audit/audit.log", "/var/log/kern.log", "/var/log/syslog",
        "/var/log/messages",
    };
    long long int boot = boot_time(facts->root);

    for (size_t i = 0; i < ARRAY_SIZE(logs) && !facts->denial; i++) {
        struct svec lines = SVEC_EMPTY_INITIALIZER;
        const char *line;
        size_t j;

        doctor_lines(&lines, facts->root, "%s", logs[i]);
        SVEC_FOR_EACH (j, line, &lines) {
            look_at_line(facts, logs[i], line, boot, false);
        }
        facts->logs_read |= lines.n > 0;
        svec_destroy(&lines);
    }
    if (!facts->denial) {
        look_at_journal(facts);
    }
}

/* "enabled" of AppArmor is "Y" or "N", and only root may know which. */
static void
collect_confinement(struct doctor_facts *facts)
{
    char *enabled = doctor_line(facts->root,
                                "/sys/module/apparmor/parameters/enabled");
    char *pidfile = xasprintf("%s/ovs-vswitchd.pid",
                              facts->root[0] ? "/run/openvswitch"
                              : ovs_rundir());
    long long int pid = doctor_number(facts->root, "%s", pidfile);
    char *context;

    facts->has_apparmor
        = (doctor_exists(facts->root,
                         "/sys/module/apparmor/parameters/enabled")
           && !(enabled && !strcmp(enabled, "N")));
    facts->has_selinux = doctor_exists(facts->root, "/sys/fs/selinux/enforce");
    facts->has_process = pid > 0 && doctor_exists(facts->root, "/proc/%lld",
                                                  pid);
    if (facts->has_process) {
        facts->apparmor = doctor_line(facts->root,
                                      "/proc/%lld/attr/apparmor/current", pid);
        context = doctor_line(facts->root, "/proc/%lld/attr/current", pid);
        if (context && strchr(context, ':') && facts->has_selinux) {
            facts->selinux = context;
        } else if (context && !facts->apparmor) {
            facts->apparmor = context;
        } else {
            free(context);
        }
    }
    facts->selinux_enforcing = doctor_number(facts->root,
                                             "/sys/fs/selinux/enforce") == 1;
    find_denial(facts);
    free(pidfile);
    free(enabled);
}

/* Collects what is in files but for links. */
void
doctor_facts_collect_files(struct doctor_facts *facts)
{
    collect_platform(facts);
    collect_pages(facts);
    collect_modules(facts);
    collect_pmds(facts);
    collect_rdma(facts);
    collect_numa(facts);
    collect_name_rules(facts);
    collect_confinement(facts);
    facts->nm_runs = doctor_exists(facts->root, "/run/NetworkManager/devices");
    facts->networkd_runs = doctor_exists(facts->root,
                                         "/run/systemd/netif/links");
}

/* Collects all there is to know, in '*facts', which the caller must destroy
 * with doctor_facts_destroy(). */
void
doctor_facts_collect(const struct ovs_netvsc_options *options,
                     struct doctor_facts *facts)
{
    memset(facts, 0, sizeof *facts);
    facts->root = options->root;
    sset_init(&facts->protocols);
    sset_init(&facts->modules);
    sset_init(&facts->loadable);
    sset_init(&facts->pmds);
    sset_init(&facts->providers);
    smap_init(&facts->cpu_nodes);
    smap_init(&facts->other_config);

    doctor_facts_collect_files(facts);
    doctor_facts_collect_vswitchd(options, facts);
    doctor_facts_collect_db(options, facts);
    doctor_facts_collect_links(facts);
}

/* Frees what is in 'facts'. */
void
doctor_facts_destroy(struct doctor_facts *facts)
{
    for (size_t i = 0; i < facts->n_links; i++) {
        free(facts->links[i].address);
        free(facts->links[i].networkd);
    }
    for (size_t i = 0; i < facts->n_ports; i++) {
        struct doctor_port *port = &facts->ports[i];

        smap_destroy(&port->options);
        smap_destroy(&port->status);
        free(port->name);
        free(port->error);
        free(port->bridge);
        free(port->datapath_type);
        free(port->bridge_mac);
        free(port->others);
    }
    for (size_t i = 0; i < facts->n_pcis; i++) {
        free(facts->pcis[i].netdev);
    }
    sset_destroy(&facts->protocols);
    sset_destroy(&facts->modules);
    sset_destroy(&facts->loadable);
    sset_destroy(&facts->pmds);
    sset_destroy(&facts->providers);
    smap_destroy(&facts->cpu_nodes);
    smap_destroy(&facts->other_config);
    svec_destroy(&facts->name_rules);
    free(facts->release);
    free(facts->links);
    free(facts->pairs);
    free(facts->pcis);
    free(facts->pages);
    free(facts->pmd_dir);
    free(facts->vswitchd_problem);
    free(facts->apparmor);
    free(facts->selinux);
    free(facts->denial);
    free(facts->db_problem);
    free(facts->ovs_version);
    free(facts->dpdk_version);
    free(facts->ports);
}
