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

#include "netvsc-speed.h"

#include <limits.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util.h"

/* Fills in 'settings', which has room for all link modes that there may be,
 * for the device with 'ifindex'.  Returns true if successful. */
static bool
read_settings(int ifindex, struct ethtool_link_settings *settings)
{
    struct ifreq ifr = { .ifr_data = (void *) settings };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok = false;

    if (fd < 0) {
        return false;
    }
    if (if_indextoname(ifindex, ifr.ifr_name)) {
        settings->cmd = ETHTOOL_GLINKSETTINGS;
        if (!ioctl(fd, SIOCETHTOOL, &ifr)
            && settings->link_mode_masks_nwords < 0) {
            /* So many words are the masks of this kernel, and it has told no
             * more than that. */
            settings->cmd = ETHTOOL_GLINKSETTINGS;
            settings->link_mode_masks_nwords
                = -settings->link_mode_masks_nwords;
            ok = !ioctl(fd, SIOCETHTOOL, &ifr);
        }
    }
    close(fd);
    return ok;
}

/* Returns what the kernel says of the device with 'ifindex'.  Takes the
 * kernel's rtnl lock: not for the monitor, and not for the main thread.
 *
 * hv_netvsc says what the host told it, and while it has a VF what that one's
 * driver says: netvsc_get_link_ksettings() in
 * drivers/net/hyperv/netvsc_drv.c. */
struct netvsc_speed
netvsc_speed_read(int ifindex)
{
    union {
        struct ethtool_link_settings settings;
        uint8_t room[sizeof(struct ethtool_link_settings)
                     + 3 * SCHAR_MAX * sizeof(uint32_t)];
    } u;
    struct netvsc_speed speed = { .mbps = 0 };

    memset(&u, 0, sizeof u);
    if (read_settings(ifindex, &u.settings)
        && u.settings.speed != (uint32_t) SPEED_UNKNOWN && u.settings.speed) {
        speed.mbps = u.settings.speed;
        speed.full_duplex = u.settings.duplex != DUPLEX_HALF;
    }
    return speed;
}

bool
netvsc_speed_equals(const struct netvsc_speed *a, const struct netvsc_speed *b)
{
    return a->mbps == b->mbps && a->full_duplex == b->full_duplex;
}

/* Returns 'speed' as a bit, 0 if it is not known. */
enum netdev_features
netvsc_speed_to_features(const struct netvsc_speed *speed)
{
    static const struct {
        uint32_t mbps;
        enum netdev_features half, full;
    } bits[] = {
        { 10, NETDEV_F_10MB_HD, NETDEV_F_10MB_FD },
        { 100, NETDEV_F_100MB_HD, NETDEV_F_100MB_FD },
        { 1000, NETDEV_F_1GB_HD, NETDEV_F_1GB_FD },
        { 10000, NETDEV_F_OTHER, NETDEV_F_10GB_FD },
        { 40000, NETDEV_F_OTHER, NETDEV_F_40GB_FD },
        { 100000, NETDEV_F_OTHER, NETDEV_F_100GB_FD },
        { 1000000, NETDEV_F_OTHER, NETDEV_F_1TB_FD },
    };

    for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
        if (speed->mbps == bits[i].mbps) {
            return speed->full_duplex ? bits[i].full : bits[i].half;
        }
    }
    return speed->mbps ? NETDEV_F_OTHER : 0;
}
