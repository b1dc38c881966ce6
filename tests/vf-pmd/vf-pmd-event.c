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

#include "vf-pmd.h"

/* What ports report of their own accord: that their device is gone, the state
 * of their link; and what a test has them report.
 *
 * EAL's interrupt thread reads a netlink socket and the FIFO "control".  A
 * line in that, for the port of a network device, is one of
 *
 *   recovering IFACE     ERR_RECOVERING; no packets from now on
 *   recovered IFACE      RECOVERY_SUCCESS; packets again
 *   failed IFACE         RECOVERY_FAILED
 *   reset IFACE          INTR_RESET
 *   removed IFACE        INTR_RMV
 *
 * 'mutex' protects the list of ports.  It is not held when an event is
 * reported, as whoever is told may hold locks of his own. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_interrupts.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(, vf_port) ports = TAILQ_HEAD_INITIALIZER(ports);

static const struct {
    const char *name;
    enum rte_eth_event_type type;
} events[] = {
    { "reset", RTE_ETH_EVENT_INTR_RESET },
    { "removed", RTE_ETH_EVENT_INTR_RMV },
#ifdef VF_HAVE_RECOVERY
    { "recovering", RTE_ETH_EVENT_ERR_RECOVERING },
    { "recovered", RTE_ETH_EVENT_RECOVERY_SUCCESS },
    { "failed", RTE_ETH_EVENT_RECOVERY_FAILED },
#endif
};

/* Stores the path of 'name' in the test's folder.  Returns false if there is
 * no such folder. */
static bool
get_path(const char *name, char path[PATH_MAX])
{
    const char *dir = getenv("VF_PMD");

    return dir && snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX;
}

/* Reads what is to be imitated now. */
struct vf_mode
vf_event_mode(void)
{
    struct vf_mode mode = { .rmv = VF_RMV_ASKED };
    char path[PATH_MAX], word[16];
    FILE *stream;

    stream = get_path("mode", path) ? fopen(path, "r") : NULL;
    while (stream && fscanf(stream, "%15s", word) == 1) {
        if (!strcmp(word, "mana")) {
            mode.mana = true;
        } else if (!strcmp(word, "mtu=refused")) {
            mode.refuse_mtu = true;
        } else if (!strcmp(word, "rmv=always")) {
            mode.rmv = VF_RMV_ALWAYS;
        } else if (!strcmp(word, "rmv=never")) {
            mode.rmv = VF_RMV_NEVER;
        } else {
            VF_LOG(ERR, "%s: \"%s\"?", path, word);
        }
    }
    if (stream) {
        fclose(stream);
    }
    return mode;
}

void
vf_event_add(struct vf_port *port)
{
    pthread_mutex_lock(&mutex);
    TAILQ_INSERT_TAIL(&ports, port, node);
    pthread_mutex_unlock(&mutex);
}

void
vf_event_remove(struct vf_port *port)
{
    pthread_mutex_lock(&mutex);
    TAILQ_REMOVE(&ports, port, node);
    pthread_mutex_unlock(&mutex);
}

static void
report(int port_id, enum rte_eth_event_type type)
{
    if (port_id >= 0) {
        rte_eth_dev_callback_process(&rte_eth_devices[port_id], type, NULL);
    }
}

static struct vf_port *
find_port(int ifindex, const char *ifname)
{
    struct vf_port *port;

    TAILQ_FOREACH (port, &ports, node) {
        if (ifname ? !strcmp(port->ifname, ifname)
            : port->ifindex == ifindex) {
            return port;
        }
    }
    return NULL;
}

/* The network device 'ifindex' was removed. */
static void
handle_removal(int ifindex)
{
    enum vf_rmv rmv = vf_event_mode().rmv;
    struct vf_port *port;
    int port_id = -1;

    pthread_mutex_lock(&mutex);
    port = find_port(ifindex, NULL);
    if (port) {
        const struct rte_eth_dev_data *data
            = rte_eth_devices[port->port_id].data;

        if (rmv == VF_RMV_ALWAYS
            || (rmv == VF_RMV_ASKED && data->dev_conf.intr_conf.rmv)) {
            port_id = port->port_id;
        }
        VF_LOG(NOTICE, "%s is gone, which is %sreported", port->ifname,
               port_id >= 0 ? "" : "not ");
    }
    pthread_mutex_unlock(&mutex);
    report(port_id, RTE_ETH_EVENT_INTR_RMV);
}

/* The network device 'ifindex' has changed; it has the name 'ifname' and
 * 'flags'. */
static void
handle_change(int ifindex, const char *ifname, unsigned int flags)
{
    bool up = flags & IFF_UP && flags & IFF_RUNNING;
    struct vf_port *port;
    int port_id = -1;

    pthread_mutex_lock(&mutex);
    port = find_port(ifindex, NULL);
    if (port) {
        if (ifname) {
            snprintf(port->ifname, sizeof port->ifname, "%s", ifname);
        }
        if (up != port->was_up && !port->mana) {
            const struct rte_eth_dev_data *data
                = rte_eth_devices[port->port_id].data;

            port_id = data->dev_conf.intr_conf.lsc ? port->port_id : -1;
        }
        port->was_up = up;
    }
    pthread_mutex_unlock(&mutex);
    report(port_id, RTE_ETH_EVENT_INTR_LSC);
}

static void
handle_message(const struct nlmsghdr *nlh)
{
    const struct ifinfomsg *info = NLMSG_DATA(nlh);
    const struct rtattr *rta = IFLA_RTA(info);
    int left = IFLA_PAYLOAD(nlh);
    const char *ifname = NULL;

    if (nlh->nlmsg_type == RTM_DELLINK && info->ifi_family == AF_UNSPEC) {
        handle_removal(info->ifi_index);
    } else if (nlh->nlmsg_type == RTM_NEWLINK
               && info->ifi_family == AF_UNSPEC) {
        for (; RTA_OK(rta, left); rta = RTA_NEXT(rta, left)) {
            if (rta->rta_type == IFLA_IFNAME) {
                ifname = RTA_DATA(rta);
            }
        }
        handle_change(info->ifi_index, ifname, info->ifi_flags);
    }
}

static void
handle_netlink(void *handle)
{
    int fd = rte_intr_fd_get(handle);
    uint32_t buffer[16384 / sizeof(uint32_t)];
    int n;

    while ((n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
        const struct nlmsghdr *nlh = (const struct nlmsghdr *) buffer;

        for (; NLMSG_OK(nlh, (unsigned int) n); nlh = NLMSG_NEXT(nlh, n)) {
            handle_message(nlh);
        }
    }
}

/* Returns true if 'command' is one, and stores what it is. */
static bool
parse_event(const char *command, enum rte_eth_event_type *type)
{
    for (size_t i = 0; i < RTE_DIM(events); i++) {
        if (!strcmp(events[i].name, command)) {
            *type = events[i].type;
            return true;
        }
    }
    return false;
}

static bool
handle_event_command(const char *command, const char *ifname)
{
    enum rte_eth_event_type type;
    struct vf_port *port;
    int port_id = -1;

    if (!parse_event(command, &type)) {
        return false;
    }
    pthread_mutex_lock(&mutex);
    port = find_port(0, ifname);
    if (port) {
        port_id = port->port_id;
        if (!strcmp(command, "recovering")) {
            __atomic_store_n(&port->suspended, true, __ATOMIC_RELAXED);
        } else if (!strcmp(command, "recovered")) {
            __atomic_store_n(&port->suspended, false, __ATOMIC_RELAXED);
        }
    }
    pthread_mutex_unlock(&mutex);
    report(port_id, type);
    return port_id >= 0;
}

static void
handle_command(char *line)
{
    char *save = NULL;
    const char *command = strtok_r(line, " ", &save);
    const char *ifname = strtok_r(NULL, " ", &save);

    if (command && ifname && handle_event_command(command, ifname)) {
        VF_LOG(NOTICE, "done: %s %s", command, ifname);
    } else if (command) {
        VF_LOG(ERR, "cannot do: %s %s", command, ifname ? ifname : "");
    }
}

/* A line is written, and so read, in one piece. */
static void
handle_control(void *handle)
{
    char buffer[1024], *line, *save = NULL;
    int n = read(rte_intr_fd_get(handle), buffer, sizeof buffer - 1);

    if (n <= 0) {
        return;
    }
    buffer[n] = '\0';
    for (line = strtok_r(buffer, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        handle_command(line);
    }
}

/* Has EAL's interrupt thread call 'cb' when 'fd' is readable, for ever. */
static int
watch(int fd, rte_intr_callback_fn cb)
{
    struct rte_intr_handle *handle
        = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);

    if (!handle || rte_intr_fd_set(handle, fd)
        || rte_intr_type_set(handle, RTE_INTR_HANDLE_EXT)) {
        return -ENOMEM;
    }
    return rte_intr_callback_register(handle, cb, handle);
}

static int
open_netlink(void)
{
    const struct sockaddr_nl address = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_LINK,
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    NETLINK_ROUTE);

    if (fd < 0 || bind(fd, (const struct sockaddr *) &address,
                       sizeof address)) {
        return -errno;
    }
    return fd;
}

static int
start(void)
{
    int fd = open_netlink();
    int error = fd < 0 ? fd : watch(fd, handle_netlink);
    char path[PATH_MAX];

    if (!error && get_path("control", path)) {
        unlink(path);
        /* Open for writing too, so that there never is an end of file. */
        if (mkfifo(path, 0600)
            || (fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0) {
            error = -errno;
        } else {
            error = watch(fd, handle_control);
        }
    }
    return error;
}

/* Returns 0 or a negative errno value.  Calls after the first do nothing. */
int
vf_event_start(void)
{
    static bool started;
    int error = 0;

    if (!started) {
        error = start();
        started = !error;
        if (error) {
            VF_LOG(ERR, "cannot watch for events (%s)", strerror(-error));
        }
    }
    return error;
}
