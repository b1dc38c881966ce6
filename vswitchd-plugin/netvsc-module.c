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

/* netvsc.so: what DPDK loads into an ovs-vswitchd, with "-d FILE" among EAL's
 * arguments.
 *
 * It has nothing of the class in it.  It looks at what it has been loaded
 * into, and only if that is what the class was built for it loads the class,
 * netvsc-class.so, from its own folder.  If the class were loaded by EAL, a
 * symbol that another release of Open vSwitch lacks would fail EAL, and with
 * that end ovs-vswitchd; and structures that another release lays out in
 * another way would be written to by constructors, before anything could be
 * checked.  So this file itself uses no symbol of Open vSwitch without having
 * looked for it.
 *
 * Runs in ovs-vswitchd's main thread, within rte_eal_init(), and takes no
 * locks but the dynamic linker's and those of DPDK's log. */

#include <config.h>

#include "netvsc-config.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_log.h>
#include <rte_version.h>

#define CLASS_FILE "netvsc-class.so"

/* DPDK's log, which ovs-vswitchd has in its own, and not Open vSwitch's: for
 * the reason above. */
#define MODULE_ERR(FORMAT, ...)                                         \
    rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL,                               \
            "netvsc.so: "FORMAT"; there are no netvsc ports\n",         \
            ##__VA_ARGS__)

/* Reads the first two numbers in 'text'.  Returns false if there are none. */
static bool
parse_version(const char *text, unsigned int version[2])
{
    text += strcspn(text, "0123456789");
    return sscanf(text, "%u.%u", &version[0], &version[1]) == 2;
}

/* Is release 'running', such as "DPDK 22.11.4", one that code built for
 * 'built', such as "22.11.11", runs with?  Open vSwitch changes its internal
 * interfaces in minor releases, and DPDK its ABI once a year. */
static bool
same_minor(const char *running, const char *built)
{
    unsigned int a[2], b[2];

    return (parse_version(running, a) && parse_version(built, b)
            && a[0] == b[0] && a[1] == b[1]);
}

/* Stores the version of Open vSwitch's library, out of what
 * ovs_get_program_version() returns.  That is "PROGRAM (Open vSwitch)
 * VERSION", or for a program with a version of its own "PROGRAM ITS-VERSION",
 * and "Open vSwitch Library VERSION" on a line by itself.  Some releases end
 * it with a new-line. */
static void
library_version(const char *text, char version[], size_t size)
{
    const char *s = strstr(text, "Open vSwitch");

    s = s ? s + strcspn(s, "0123456789\n") : text;
    snprintf(version, size, "%.*s", (int) strcspn(s, "\n"), s);
}

static bool
is_built_for_this(void)
{
    const char *(*program_version)(void);
    char version[128];
    const char *s;

    /* main() has told libopenvswitch long ago. */
    *(void **) &program_version = dlsym(RTLD_DEFAULT,
                                        "ovs_get_program_version");
    s = program_version ? program_version() : NULL;
    if (!s) {
        MODULE_ERR("this program is not linked with shared libraries of Open "
                   "vSwitch");
        return false;
    }
    library_version(s, version, sizeof version);
    if (!same_minor(version, NETVSC_OVS_VERSION)) {
        MODULE_ERR("built for Open vSwitch "NETVSC_OVS_VERSION", and this is "
                   "%s", version);
        return false;
    }
    if (!same_minor(rte_version(), NETVSC_DPDK_VERSION)) {
        MODULE_ERR("built for DPDK "NETVSC_DPDK_VERSION", and this is %s",
                   rte_version());
        return false;
    }
    return true;
}

/* Stores the name of the class's file, which is beside this one. */
static bool
class_path(char path[PATH_MAX])
{
    const char *slash;
    Dl_info info;

    if (!dladdr(__func__, &info)) {
        return false;
    }
    slash = strrchr(info.dli_fname, '/');
    return snprintf(path, PATH_MAX, "%.*s"CLASS_FILE,
                    slash ? (int) (slash + 1 - info.dli_fname) : 0,
                    info.dli_fname) < PATH_MAX;
}

/* A constructor cannot fail: without the class ovs-vswitchd goes on, and tells
 * of each netvsc port that it has no such type. */
static void __attribute__((constructor))
netvsc_module_init(void)
{
    char path[PATH_MAX];

    if (!is_built_for_this()) {
        return;
    }
    if (!class_path(path)) {
        MODULE_ERR("cannot tell where it was loaded from");
        return;
    }
    /* Its own constructor registers the class.  It stays till the process
     * ends, as the class does.  EAL has made sure that nobody else can write
     * to the folder. */
    if (!dlopen(path, RTLD_NOW | RTLD_NODELETE)) {
        MODULE_ERR("%s", dlerror());
    }
}
