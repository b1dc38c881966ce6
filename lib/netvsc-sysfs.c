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

#include "netvsc-sysfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packets.h"
#include "util.h"

/* Reads the first line of the attribute ROOT/class/net/IFNAME/ATTR, without
 * its new-line, into 'value' of 'size' bytes.  Returns false and stores "" if
 * it cannot be read. */
static bool
read_attr(const char *root, const char *ifname, const char *attr,
          char *value, size_t size)
{
    char path[PATH_MAX];
    bool ok = false;
    FILE *stream;

    value[0] = '\0';
    snprintf(path, sizeof path, "%s/class/net/%s/%s", root, ifname, attr);
    stream = fopen(path, "r");
    if (stream) {
        ok = fgets(value, size, stream) != NULL;
        fclose(stream);
        value[strcspn(value, "\n")] = '\0';
    }
    return ok;
}

static int
read_int(const char *root, const char *ifname, const char *attr, int def)
{
    char value[32];
    int i;

    return (read_attr(root, ifname, attr, value, sizeof value)
            && str_to_int(value, 10, &i)) ? i : def;
}

/* Stores in 'base' the last component of what the link
 * ROOT/class/net/IFNAME/LINK leads to, "" if there is no such link. */
static bool
read_link(const char *root, const char *ifname, const char *link,
          char *base, size_t size)
{
    char path[PATH_MAX], target[PATH_MAX];
    const char *slash;
    ssize_t n;

    base[0] = '\0';
    snprintf(path, sizeof path, "%s/class/net/%s/%s", root, ifname, link);
    n = readlink(path, target, sizeof target - 1);
    if (n <= 0) {
        return false;
    }
    target[n] = '\0';
    slash = strrchr(target, '/');
    ovs_strlcpy(base, slash ? slash + 1 : target, size);
    return true;
}

/* True if this is a guest of Hyper-V: the kernel has found a VMBus. */
bool
netvsc_sysfs_is_hyperv(const char *root)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/bus/vmbus", root);
    return !access(path, F_OK);
}

/* Returns how many receive queues the kernel has for 'ifname'. */
static int
count_rx_queues(const char *root, const char *ifname)
{
    char path[PATH_MAX];
    int n = 0;
    DIR *dir;

    snprintf(path, sizeof path, "%s/class/net/%s/queues", root, ifname);
    dir = opendir(path);
    if (dir) {
        const struct dirent *de;

        while ((de = readdir(dir)) != NULL) {
            n += !strncmp(de->d_name, "rx-", 3);
        }
        closedir(dir);
    }
    return MAX(n, 1);
}

/* Reads what sysfs mounted at 'root' says about 'ifname' into '*info'.
 * Returns 0 if successful, ENODEV if there is no such network device. */
int
netvsc_sysfs_read(const char *root, const char *ifname,
                  struct netvsc_sysfs_info *info)
{
    char master[IFNAMSIZ], value[64];

    memset(info, 0, sizeof *info);
    info->arphrd = info->numa_node = -1;

    /* None of these is the name of a network device. */
    if (!ifname[0] || !strcmp(ifname, ".") || !strcmp(ifname, "..")
        || strchr(ifname, '/')) {
        return ENODEV;
    }
    info->ifindex = read_int(root, ifname, "ifindex", 0);
    if (info->ifindex <= 0) {
        info->ifindex = 0;
        return ENODEV;
    }

    read_attr(root, ifname, "address", value, sizeof value);
    if (!eth_addr_from_string(value, &info->mac)) {
        info->mac = eth_addr_zero;
    }
    info->arphrd = read_int(root, ifname, "type", -1);
    if (read_link(root, ifname, "master", master, sizeof master)) {
        info->master = read_int(root, master, "ifindex", 0);
    }

    info->has_device = read_link(root, ifname, "device", info->address,
                                 sizeof info->address);
    if (info->has_device) {
        read_link(root, ifname, "device/subsystem", info->subsystem,
                  sizeof info->subsystem);
        read_link(root, ifname, "device/driver", info->driver,
                  sizeof info->driver);
        info->numa_node = read_int(root, ifname, "device/numa_node", -1);
        read_attr(root, ifname, "device/class_id", value, sizeof value);
        info->is_netvsc = (info->arphrd == ARPHRD_ETHER
                           && !strcasecmp(value, NETVSC_CLASS_ID));
    }
    info->n_rx_queues = count_rx_queues(root, ifname);

    /* The attributes were read one by one, by a name that may have gone to
     * another device meanwhile. */
    if (read_int(root, ifname, "ifindex", 0) != info->ifindex) {
        info->ifindex = 0;
        return ENODEV;
    }
    return 0;
}

/* Goes through the network devices below 'root' and stores in 'ifname' ('size'
 * bytes) the name of the first for which 'match' returns true, given 'aux'.
 * Returns 0 if one was found, ENODEV if none was, otherwise the errno of
 * opening the folder. */
int
netvsc_sysfs_find(const char *root,
                  bool (*match)(const char *ifname,
                                const struct netvsc_sysfs_info *,
                                const void *aux),
                  const void *aux, char *ifname, size_t size)
{
    char path[PATH_MAX];
    const struct dirent *de;
    int error = ENODEV;
    DIR *dir;

    snprintf(path, sizeof path, "%s/class/net", root);
    dir = opendir(path);
    if (!dir) {
        return errno;
    }
    while (error && (de = readdir(dir)) != NULL) {
        struct netvsc_sysfs_info info;

        if (!netvsc_sysfs_read(root, de->d_name, &info)
            && match(de->d_name, &info, aux)) {
            ovs_strlcpy(ifname, de->d_name, size);
            error = 0;
        }
    }
    closedir(dir);
    return error;
}

static int
compare_macs(const void *a, const void *b)
{
    return memcmp(a, b, ETH_ADDR_LEN);
}

/* Returns the addresses of all network devices on the PCI function 'bdf', in
 * ascending order, and stores how many there are in '*n'.  The caller must
 * free them. */
struct eth_addr *
netvsc_sysfs_function_macs(const char *root, const char *bdf, size_t *n)
{
    struct eth_addr *macs = NULL;
    const struct dirent *de;
    size_t allocated = 0;
    char path[PATH_MAX];
    DIR *dir;

    *n = 0;
    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/net", root, bdf);
    dir = opendir(path);
    while (dir && (de = readdir(dir)) != NULL) {
        struct netvsc_sysfs_info info;

        if (!netvsc_sysfs_read(root, de->d_name, &info)
            && !eth_addr_is_zero(info.mac)) {
            if (*n >= allocated) {
                macs = x2nrealloc(macs, &allocated, sizeof *macs);
            }
            macs[(*n)++] = info.mac;
        }
    }
    if (dir) {
        closedir(dir);
    }
    if (*n) {
        qsort(macs, *n, sizeof *macs, compare_macs);
    }
    return macs;
}
