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

#include "doctor-checks.h"

#include <stdlib.h>
#include <string.h>

#include "doctor-facts.h"
#include "netvsc-vf-driver.h"
#include "util.h"

/* Checks of DPDK and of what it needs. */

/* Returns what DPDK is started with, as words, which the caller must
 * destroy. */
static void
get_eal_args(const struct doctor_facts *facts, struct svec *args)
{
    svec_init(args);
    svec_parse_words(args, smap_get_def(&facts->other_config, "dpdk-extra",
                                        ""));
}

/* Stores in '*value' the value of the 'i'th of 'args' if that is the option
 * with the letter 'letter' or called 'name', and returns the index of the next
 * one; returns 0 if it is another one.  As getopt_long(): "-a X", "-aX",
 * "--allow X", "--allow=X". */
static size_t
match_option(const struct svec *args, size_t i, char letter, const char *name,
             const char **value)
{
    const char *arg = args->names[i];
    size_t n = strlen(name);

    *value = NULL;
    if (letter && arg[0] == '-' && arg[1] == letter) {
        *value = &arg[2];
    } else if (!strncmp(arg, "--", 2) && !strncmp(&arg[2], name, n)) {
        if (arg[2 + n] == '=') {
            *value = &arg[3 + n];
        } else if (!arg[2 + n]) {
            *value = "";
        }
    }
    if (!*value) {
        return 0;
    }
    if (!(*value)[0] && i + 1 < args->n) {
        *value = args->names[i + 1];
        return i + 2;
    }
    return i + 1;
}

static bool
has_flag(const struct svec *args, const char *flag)
{
    for (size_t i = 0; i < args->n; i++) {
        if (!strcmp(args->names[i], flag)) {
            return true;
        }
    }
    return false;
}

/* What the pool of packet buffers of ports with an MTU of 1500 takes, in MB:
 * netdev-dpdk asks for 262,144 buffers of 3008 bytes, and for half as many
 * until there is room, but for no less than 16,384.  Open vSwitch's
 * Documentation/topics/dpdk/memory.rst. */
enum { POOL_MB = 262144LL * 3008 >> 20, MIN_POOL_MB = 16384 * 3008 >> 20 };

/* Returns the sum of "1024,0", megabytes on each NUMA node. */
static long long int
sum_of_list(const char *list)
{
    long long int sum = 0;

    while (*list) {
        char *end;

        sum += strtoll(list, &end, 10);
        list = *end == ',' ? end + 1 : "";
    }
    return sum;
}

/* DPDK's linux_gsg: without "--no-huge" all packet buffers are in huge pages,
 * which need hugetlbfs unless there is "--in-memory". */
void
doctor_check_hugepages(const struct doctor_facts *facts,
                       struct doctor_result *result)
{
    long long int total = 0, free_pages = 0, total_mb = 0, free_mb = 0, room;
    long long int asked = sum_of_list(smap_get_def(&facts->other_config,
                                                   "dpdk-socket-mem", ""));
    bool no_huge, in_memory, runs;
    struct svec args;

    get_eal_args(facts, &args);
    no_huge = has_flag(&args, "--no-huge");
    in_memory = has_flag(&args, "--in-memory");
    svec_destroy(&args);
    if (no_huge) {
        doctor_note(result, DOCTOR_WARNED,
                    "other_config:dpdk-extra has --no-huge");
        doctor_fix(result, "for production, reserve huge pages and remove "
                   "--no-huge");
        return;
    }
    for (size_t i = 0; i < facts->n_pages; i++) {
        const struct doctor_pages *pages = &facts->pages[i];

        if (pages->total > 0) {
            total += pages->total;
            free_pages += pages->free;
            total_mb += pages->total * pages->kb / 1024;
            free_mb += pages->free * pages->kb / 1024;
            doctor_note(result, DOCTOR_PASSED, "%lld of %lld pages of %lld kB "
                        "are free", pages->free, pages->total, pages->kb);
        }
    }
    /* What DPDK has already it has. */
    runs = (facts->dpdk_initialized
            && facts->vswitchd != DOCTOR_VSWITCHD_STOPPED);
    room = runs ? total_mb : free_mb;
    if (total <= 0) {
        doctor_note(result, DOCTOR_FAILED, "no huge pages are reserved");
        doctor_fix(result, "sysctl -w vm.nr_hugepages=1024, and for the next "
                   "boot in /etc/sysctl.d; in a lab, --no-huge in "
                   "other_config:dpdk-extra");
    } else if (!facts->hugetlbfs && !in_memory) {
        doctor_note(result, DOCTOR_FAILED, "no hugetlbfs is mounted");
        doctor_fix(result, "mount -t hugetlbfs none /dev/hugepages");
    } else if (free_pages <= 0 && !runs) {
        doctor_note(result, DOCTOR_FAILED, "all of the %lld huge pages are in "
                    "use, and not by ovs-vswitchd", total);
        doctor_fix(result, "reserve more: sysctl -w vm.nr_hugepages=...");
    } else if (asked > room) {
        doctor_note(result, DOCTOR_FAILED, "other_config:dpdk-socket-mem asks "
                    "for %lld MB, and there are %lld MB in huge pages", asked,
                    room);
        doctor_fix(result, "reserve more: sysctl -w vm.nr_hugepages=...");
    } else if (room < POOL_MB) {
        doctor_note(result,
                    room < MIN_POOL_MB ? DOCTOR_FAILED : DOCTOR_WARNED,
                    "there are %lld MB in huge pages; a pool of packet "
                    "buffers takes %d MB, at the very least %d MB", room,
                    POOL_MB, MIN_POOL_MB);
        doctor_fix(result, "reserve more: sysctl -w vm.nr_hugepages=...");
    }
}

/* True if 'devargs' name the PCI function 'bdf', which DPDK lets people write
 * without the domain 0000. */
static bool
is_function(const char *devargs, const char *bdf)
{
    size_t n = strcspn(devargs, ",");

    if (!strncmp(devargs, "pci:", 4)) {
        devargs += 4;
        n -= 4;
    }
    return ((n == strlen(bdf) && !strncasecmp(devargs, bdf, n))
            || (!strncmp(bdf, "0000:", 5) && n == strlen(bdf) - 5
                && !strncasecmp(devargs, bdf + 5, n)));
}

/* Looks for a VF that 'devargs' name.  Returns it, or a null pointer. */
static const struct doctor_link *
find_vf_by_devargs(const struct doctor_facts *facts, const char *devargs)
{
    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_link *vf = facts->pairs[i].vf;

        if (vf && !strcmp(vf->link.sysfs.subsystem, "pci")
            && is_function(devargs, vf->link.sysfs.address)) {
            return vf;
        }
    }
    return NULL;
}

/* Returns the first VF that a PMD drives by its PCI function, or a null
 * pointer. */
static const struct doctor_link *
find_pmd_vf(const struct doctor_facts *facts)
{
    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_link *vf = facts->pairs[i].vf;

        if (vf && netvsc_vf_driver_lookup(vf->link.sysfs.driver)->has_pmd) {
            return vf;
        }
    }
    return NULL;
}

/* DPDK's drivers/net/vdev_netvsc, failsafe and tap: they drive what a netvsc
 * port is to drive. */
static bool
is_rival(const char *vdev)
{
    return (strstr(vdev, "vdev_netvsc") || strstr(vdev, "net_failsafe")
            || (strstr(vdev, "net_tap") && strstr(vdev, "remote=")));
}

/* True if 'devargs' are those of a net_vdev_netvsc, by either of its names,
 * that is to do nothing. */
static bool
ignores_netvsc(const char *devargs)
{
    const char *ignore = strstr(devargs, ",ignore=");

    return (strstr(devargs, "vdev_netvsc")
            && ignore && atoi(ignore + strlen(",ignore=")));
}

/* netvsc-eal.c keeps the driver from starting by itself.  EAL refuses
 * arguments of a driver that it does not have. */
static void
check_vdev_netvsc(const struct doctor_facts *facts, const char *ignored,
                  struct doctor_result *result)
{
    if (ignored && facts->pmd_dir
        && !sset_contains(&facts->pmds, "net_vdev_netvsc")) {
        doctor_note(result, DOCTOR_FAILED, "there is no net_vdev_netvsc in "
                    "%s, so that DPDK refuses to start with --vdev=%s",
                    facts->pmd_dir, ignored);
        doctor_fix(result, "remove it from other_config:dpdk-extra");
    }
}

/* netdev-dpdk detaches only what it has probed itself.  Up to Open vSwitch 3.7
 * EAL probes every PCI device that is allowed when DPDK starts. */
void
doctor_check_eal_arguments(const struct doctor_facts *facts,
                           struct doctor_result *result)
{
    const struct doctor_link *pmd_vf = find_pmd_vf(facts), *vf;
    bool allows = false, probes_at_start;
    const char *value, *ignored = NULL;
    struct svec args;
    int major;

    if (!doctor_knows_db(facts, result)) {
        return;
    }
    probes_at_start = !(facts->ovs_version
                        && ovs_scan(facts->ovs_version, "%d.", &major)
                        && major >= 4);
    get_eal_args(facts, &args);
    for (size_t i = 0, next; i < args.n; i = next ? next : i + 1) {
        if ((next = match_option(&args, i, 'a', "allow", &value)) != 0
            || (next = match_option(&args, i, 'w', "pci-whitelist",
                                    &value)) != 0) {
            if (ignores_netvsc(value)) {
                ignored = value;
                continue;
            }
            allows = true;
            vf = find_vf_by_devargs(facts, value);
            if (vf) {
                doctor_note(result, DOCTOR_WARNED, "%s %s has EAL take VF %s "
                            "at start", args.names[i], value,
                            vf->link.rt.name);
                doctor_fix(result, "remove it from other_config:dpdk-extra; "
                           "-a 0000:00:00.0 allows nothing");
            }
        } else if ((next = match_option(&args, i, 'b', "block",
                                        &value)) != 0) {
            vf = find_vf_by_devargs(facts, value);
            if (vf) {
                doctor_note(result, DOCTOR_FAILED, "%s %s hides VF %s",
                            args.names[i], value, vf->link.rt.name);
                doctor_fix(result, "remove it from other_config:dpdk-extra; "
                           "-a 0000:00:00.0 allows nothing at start");
            }
        } else if ((next = match_option(&args, i, '\0', "vdev",
                                        &value)) != 0) {
            if (ignores_netvsc(value)) {
                ignored = value;
            } else if (is_rival(value)) {
                doctor_note(result, DOCTOR_FAILED, "--vdev %s drives the same "
                            "devices as netvsc ports", value);
                doctor_fix(result, "remove it from other_config:dpdk-extra");
            }
        }
    }
    if (has_flag(&args, "--no-pci")) {
        allows = true;
        if (pmd_vf) {
            doctor_note(result, DOCTOR_FAILED, "--no-pci hides VF %s",
                        pmd_vf->link.rt.name);
            doctor_fix(result, "put -a 0000:00:00.0 in the place of --no-pci "
                       "in other_config:dpdk-extra");
        }
    }
    check_vdev_netvsc(facts, ignored, result);
    svec_destroy(&args);

    if (!allows && probes_at_start) {
        if (pmd_vf) {
            doctor_note(result, DOCTOR_WARNED, "EAL takes every PCI device at "
                        "start, also VF %s", pmd_vf->link.rt.name);
        } else {
            doctor_note(result, DOCTOR_WARNED, "EAL takes every PCI device "
                        "at start, also VFs that are there then");
        }
        doctor_fix(result, "add -a 0000:00:00.0, which allows nothing, to "
                   "other_config:dpdk-extra, and restart ovs-vswitchd");
    }
    doctor_note(result, DOCTOR_PASSED, "EAL leaves VFs to the ports");
}

/* The drivers of all VFs are there. */
void
doctor_check_pmds(const struct doctor_facts *facts,
                  struct doctor_result *result)
{
    bool any = false;

    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_link *vf = facts->pairs[i].vf;
        const char *pmd;

        if (!vf) {
            continue;
        }
        any = true;
        pmd = netvsc_vf_driver_lookup(vf->link.sysfs.driver)->pmd;
        if (!facts->pmd_dir) {
            doctor_note(result, DOCTOR_WARNED, "DPDK's folder of drivers is "
                        "not found; does ovs-vswitchd have %s?", pmd);
            doctor_fix(result, "if DPDK is linked statically, see that it was "
                       "built with %s", pmd);
        } else if (!sset_contains(&facts->pmds, pmd)) {
            doctor_note(result, DOCTOR_FAILED, "%s, for VF %s (%s), is not in "
                        "%s", pmd, vf->link.rt.name, vf->link.sysfs.driver,
                        facts->pmd_dir);
            doctor_fix(result, "install the package of DPDK that has it "
                       "(Debian: apt-cache search librte-net)");
        } else {
            doctor_note(result, DOCTOR_PASSED, "%s for VF %s", pmd,
                        vf->link.rt.name);
        }
    }
    if (!any) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "there is no VF");
    }
}

/* What the PMDs of NICs that stay with their kernel driver need: DPDK's mlx4,
 * mlx5 and mana guides. */
static const struct verbs_driver {
    const char *kernel_driver;
    const char *module;
    const char *provider;
} verbs_drivers[] = {
    { "mlx4_core", "mlx4_ib", "mlx4" },
    { "mlx5_core", "mlx5_ib", "mlx5" },
    { "mana", "mana_ib", "mana" },
};

static const struct verbs_driver *
find_verbs_driver(const struct doctor_link *vf)
{
    for (size_t i = 0; vf && i < ARRAY_SIZE(verbs_drivers); i++) {
        if (!strcmp(verbs_drivers[i].kernel_driver, vf->link.sysfs.driver)) {
            return &verbs_drivers[i];
        }
    }
    return NULL;
}

/* A module that is not loaded may be built in, if it is not known which are. */
static void
check_verbs_module(const struct doctor_facts *facts, const char *module,
                   const struct doctor_link *vf, struct doctor_result *result)
{
    if (sset_contains(&facts->modules, module)) {
        return;
    }
    if (facts->knows_modules) {
        doctor_note(result, DOCTOR_FAILED, "the module %s, for VF %s, is not "
                    "loaded", module, vf->link.rt.name);
    } else {
        doctor_note(result, DOCTOR_WARNED, "the module %s, for VF %s, is not "
                    "loaded, or it is built in", module, vf->link.rt.name);
    }
    doctor_fix(result, "modprobe %s, and for the next boot in "
               "/etc/modules-load.d", module);
}

/* RDMA verbs, by which such PMDs get their queues. */
void
doctor_check_verbs(const struct doctor_facts *facts,
                   struct doctor_result *result)
{
    bool any = false;

    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_link *vf = facts->pairs[i].vf;
        const struct verbs_driver *d = find_verbs_driver(vf);

        if (!d) {
            continue;
        }
        any = true;
        check_verbs_module(facts, "ib_uverbs", vf, result);
        check_verbs_module(facts, d->module, vf, result);
        if (!sset_contains(&facts->providers, d->provider)) {
            doctor_note(result, DOCTOR_FAILED, "rdma-core's library for %s is "
                        "not installed", d->provider);
            doctor_fix(result, "Debian: apt-get install ibverbs-providers; "
                       "Fedora: dnf install libibverbs");
        }
        if (result->status <= DOCTOR_PASSED && !facts->has_uverbs) {
            doctor_note(result, DOCTOR_FAILED, "there is no verbs device");
            doctor_fix(result, "see what the kernel says (dmesg), and, in a "
                       "network namespace of its own, rdma system");
        }
        doctor_note(result, DOCTOR_PASSED, "%s for VF %s", d->module,
                    vf->link.rt.name);
    }
    if (!any) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE,
                    "there is no VF whose driver needs verbs");
    }
}

/* DPDK's mana guide: Linux 6.2, rdma-core after 42; net_mana came with DPDK
 * 22.11.  Debian 12 has rdma-core 44. */
void
doctor_check_mana(const struct doctor_facts *facts,
                  struct doctor_result *result)
{
    bool any = false, knows_dpdk;
    int major = 0, minor = 0;

    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_link *vf = facts->pairs[i].vf;

        any |= vf && !strcmp(vf->link.sysfs.driver, "mana");
    }
    if (!any) {
        doctor_note(result, DOCTOR_NOT_APPLICABLE, "there is no MANA VF");
        return;
    }
    if (ovs_scan(facts->release, "%d.%d", &major, &minor)
        && (major < 6 || (major == 6 && minor < 2))) {
        doctor_note(result, DOCTOR_FAILED, "Linux %s is too old: 6.2 or later "
                    "is needed for MANA", facts->release);
        doctor_fix(result, "install a later kernel");
    }
    if (facts->rdma_core && facts->rdma_core < 44) {
        doctor_note(result, DOCTOR_FAILED, "rdma-core %d is too old: 44 or "
                    "later is needed for MANA", facts->rdma_core);
        doctor_fix(result, "install a later rdma-core");
    }
    knows_dpdk = (facts->dpdk_version
                  && ovs_scan(facts->dpdk_version, "DPDK %d.%d", &major,
                              &minor));
    if (knows_dpdk && (major < 22 || (major == 22 && minor < 11))) {
        doctor_note(result, DOCTOR_FAILED, "%s is too old: 22.11 or later is "
                    "needed for MANA", facts->dpdk_version);
        doctor_fix(result, "build Open vSwitch with a later DPDK");
    }
    if (!facts->release[0] || !facts->rdma_core || !knows_dpdk) {
        doctor_note(result, DOCTOR_WARNED, "the version of %s is not known",
                    !facts->release[0] ? "Linux"
                    : !facts->rdma_core ? "rdma-core" : "DPDK");
        doctor_fix(result, "see that there are Linux 6.2, rdma-core 44 and "
                   "DPDK 22.11, or later");
    }
    doctor_note(result, DOCTOR_PASSED, "Linux %s, rdma-core %d, %s",
                facts->release, facts->rdma_core, facts->dpdk_version);
}

/* True if CPU 'cpu' is in 'mask', hexadecimal digits after an optional 0x, as
 * ovs_numa_dump_cores_with_cmask() reads them. */
static bool
is_in_mask(const char *mask, int cpu)
{
    size_t n = strlen(mask);
    int digit;

    if (cpu / 4 >= n) {
        return false;
    }
    digit = hexit_value(mask[n - 1 - cpu / 4]);
    return digit >= 0 && digit & (1 << cpu % 4);
}

/* dpif-netdev polls a queue on a core of the port's NUMA node, or else on
 * another, which costs. */
void
doctor_check_numa(const struct doctor_facts *facts,
                  struct doctor_result *result)
{
    const char *mask = smap_get_def(&facts->other_config, "pmd-cpu-mask", "");
    bool any_core = false;

    if (!doctor_knows_db(facts, result)) {
        return;
    }
    if (!strncasecmp(mask, "0x", 2)) {
        mask += 2;
    }
    if (!mask[0]) {
        doctor_note(result, DOCTOR_PASSED, "other_config:pmd-cpu-mask is not "
                    "set: there is a PMD thread on each NUMA node");
        return;
    }
    for (int cpu = 0; cpu < 4 * strlen(mask); cpu++) {
        char key[16];

        snprintf(key, sizeof key, "%d", cpu);
        any_core |= (is_in_mask(mask, cpu)
                     && smap_get(&facts->cpu_nodes, key));
    }
    if (!any_core) {
        doctor_note(result, DOCTOR_FAILED, "no CPU of this machine is in "
                    "other_config:pmd-cpu-mask=%s", mask);
        doctor_fix(result, "ovs-vsctl set Open_vSwitch . "
                   "other_config:pmd-cpu-mask=0x... with CPUs that there are "
                   "(lscpu)");
        return;
    }
    for (size_t i = 0; i < facts->n_pairs; i++) {
        const struct doctor_pair *pair = &facts->pairs[i];
        const struct doctor_link *link = pair->vf ? pair->vf : pair->netvsc;
        int node = MAX(link->link.sysfs.numa_node, 0);
        const struct smap_node *cpu;
        bool found = false;

        SMAP_FOR_EACH (cpu, &facts->cpu_nodes) {
            found |= (atoi(cpu->value) == node
                      && is_in_mask(mask, atoi(cpu->key)));
        }
        if (!found) {
            doctor_note(result, DOCTOR_WARNED, "%s is on NUMA node %d, of "
                        "which no CPU is in other_config:pmd-cpu-mask=%s",
                        link->link.rt.name, node, mask);
            doctor_fix(result, "add a CPU of that node to the mask (lscpu)");
        }
    }
    doctor_note(result, DOCTOR_PASSED, "there are PMD threads where the NICs "
                "are");
}
