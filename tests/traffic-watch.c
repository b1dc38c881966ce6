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

#define _GNU_SOURCE 1

#include "traffic-watch.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "traffic-capture.h"

/* RTA_NEXT() and NLMSG_NEXT(), the kernel's, cast a char pointer. */
#pragma GCC diagnostic ignored "-Wcast-align"

/* How much later than the packet its cause may be.  Nothing uses a VF before
 * it is up, but a datapath may leave it before the kernel says that it is
 * down. */
#define UP_SLACK_NS (100 * NSEC_PER_MSEC)
#define DOWN_SLACK_NS (1000 * NSEC_PER_MSEC)

struct watched {
    int ifindex;
    bool running;
    bool seen;                  /* Mark and sweep, after an overrun. */
    char name[IFNAMSIZ];
};

const char *
vf_event_name(enum vf_event event)
{
    switch (event) {
    case VF_APPEARED: return "vf_appeared";
    case VF_UP: return "vf_up";
    case VF_DOWN: return "vf_down";
    case VF_GONE: return "vf_gone";
    case VF_MARK: return "mark";
    default: return "?";
    }
}

void
journal_init(struct journal *j)
{
    memset(j, 0, sizeof *j);
    pthread_mutex_init(&j->mutex, NULL);
}

void
journal_destroy(struct journal *j)
{
    pthread_mutex_destroy(&j->mutex);
    free(j->entries);
}

void
journal_add(struct journal *j, const struct traffic_config *config,
            enum vf_event event, bool initial, int ifindex, const char *text)
{
    struct journal_entry e = { .time_ns = clock_ns(CLOCK_REALTIME),
                               .event = event, .initial = initial,
                               .ifindex = ifindex };

    snprintf(e.text, sizeof e.text, "%s", text);

    pthread_mutex_lock(&j->mutex);
    if (j->n >= j->allocated) {
        j->allocated = j->allocated * 2 + 64;
        j->entries = xrealloc(j->entries, j->allocated, sizeof *j->entries);
    }
    j->entries[j->n++] = e;
    pthread_mutex_unlock(&j->mutex);

    if (event == VF_MARK) {
        say("event t=%.6f kind=mark text=%s",
            (int64_t) (e.time_ns - config->start_ns) / 1e9, e.text);
    } else {
        say("event t=%.6f kind=%s iface=%s ifindex=%d initial=%d",
            (int64_t) (e.time_ns - config->start_ns) / 1e9,
            vf_event_name(event), e.text, ifindex, initial);
    }
    raw_row(e.time_ns, vf_event_name(event), "", e.text, 0, 0, 0);
}

/* The time of the cause as in journal_cause(), 0 if none. */
static uint64_t
find_cause(const struct journal *j, bool to_vf, uint64_t time_ns)
{
    uint64_t up_ns = 0, end_ns = 0;
    bool up = false;
    size_t i;

    for (i = 0; i < j->n; i++) {
        const struct journal_entry *e = &j->entries[i];

        if (to_vf && up && e->time_ns > time_ns) {
            /* It was up: what came later was not the cause. */
            break;
        }
        if (e->event == VF_UP) {
            if (e->time_ns > time_ns + (to_vf ? UP_SLACK_NS : 0)) {
                break;
            }
            up = true;
            up_ns = e->initial ? 0 : e->time_ns;
            end_ns = 0;
        } else if ((e->event == VF_DOWN || e->event == VF_GONE) && up) {
            if (e->time_ns > time_ns + DOWN_SLACK_NS) {
                break;
            }
            up = false;
            end_ns = e->time_ns;
        }
    }
    return to_vf ? up_ns : end_ns;
}

uint64_t
journal_cause(struct journal *j, bool to_vf, uint64_t time_ns,
              uint64_t previous_ns)
{
    uint64_t cause;

    pthread_mutex_lock(&j->mutex);
    cause = find_cause(j, to_vf, time_ns);
    if (cause && previous_ns && cause == find_cause(j, to_vf, previous_ns)) {
        cause = 0;
    }
    pthread_mutex_unlock(&j->mutex);
    return cause;
}

static void
watch_event(struct watch *w, const struct watched *link, enum vf_event event,
            bool initial)
{
    journal_add(w->journal, w->config, event, initial, link->ifindex,
                link->name);
}

static bool
is_excluded(const struct traffic_config *config, const char *name)
{
    int i;

    for (i = 0; i < config->n_excluded; i++) {
        if (!fnmatch(config->excluded[i], name, 0)) {
            return true;
        }
    }
    return !strcmp(name, config->guest.iface);
}

static struct watched *
watch_find(struct watch *w, int ifindex)
{
    for (size_t i = 0; i < w->n_links; i++) {
        if (w->links[i].ifindex == ifindex) {
            return &w->links[i];
        }
    }
    return NULL;
}

static void
watch_forget(struct watch *w, struct watched *link)
{
    watch_event(w, link, VF_GONE, false);
    *link = w->links[--w->n_links];
}

static struct watched *
watch_learn(struct watch *w, int ifindex, const char *name, bool initial)
{
    struct watched *link;

    if (w->n_links >= w->allocated_links) {
        w->allocated_links = w->allocated_links * 2 + 8;
        w->links = xrealloc(w->links, w->allocated_links, sizeof *w->links);
    }
    link = &w->links[w->n_links++];
    memset(link, 0, sizeof *link);
    link->ifindex = ifindex;
    snprintf(link->name, sizeof link->name, "%s", name);
    watch_event(w, link, VF_APPEARED, initial);
    return link;
}

static void
watch_link_message(struct watch *w, const struct nlmsghdr *nlh, bool initial)
{
    const struct ifinfomsg *ifi = NLMSG_DATA(nlh);
    int left = nlh->nlmsg_len - NLMSG_LENGTH(sizeof *ifi);
    const struct rtattr *rta;
    struct watched *link;
    const char *name = "";
    bool is_vf = false;
    bool running;

    /* Bridges announce the loss of a port by an RTM_DELLINK of their own. */
    if (left < 0 || ifi->ifi_family != AF_UNSPEC) {
        return;
    }

    link = watch_find(w, ifi->ifi_index);
    if (nlh->nlmsg_type == RTM_DELLINK) {
        if (link) {
            watch_forget(w, link);
        }
        return;
    }

    for (rta = IFLA_RTA(ifi); RTA_OK(rta, left); rta = RTA_NEXT(rta, left)) {
        if (rta->rta_type == IFLA_IFNAME) {
            name = RTA_DATA(rta);
        } else if (rta->rta_type == IFLA_ADDRESS && RTA_PAYLOAD(rta) == 6) {
            is_vf = !memcmp(RTA_DATA(rta), w->config->watch_mac, 6);
        }
    }
    if (!is_vf || is_excluded(w->config, name)) {
        if (link) {
            watch_forget(w, link);
        }
        return;
    }

    if (!link) {
        link = watch_learn(w, ifi->ifi_index, name, initial);
    }
    link->seen = true;
    snprintf(link->name, sizeof link->name, "%s", name);
    running = (ifi->ifi_flags & IFF_UP) && (ifi->ifi_flags & IFF_RUNNING);
    if (running != link->running) {
        link->running = running;
        watch_event(w, link, running ? VF_UP : VF_DOWN, initial);
    }
}

/* Reads what is there.  Returns 0, EAGAIN if there was nothing, or another
 * errno value; sets '*done' at the end of a dump. */
static int
watch_receive(struct watch *w, bool initial, bool *done)
{
    static _Thread_local char buffer[32768]
        __attribute__((aligned(NLMSG_ALIGNTO)));
    const struct nlmsghdr *nlh = (const void *) buffer;
    int len = recv(w->fd, buffer, sizeof buffer, MSG_DONTWAIT);

    if (len < 0) {
        return errno;
    }
    for (; NLMSG_OK(nlh, (unsigned int) len); nlh = NLMSG_NEXT(nlh, len)) {
        if (nlh->nlmsg_type == RTM_NEWLINK
            || nlh->nlmsg_type == RTM_DELLINK) {
            watch_link_message(w, nlh, initial && nlh->nlmsg_seq);
        } else if (nlh->nlmsg_type == NLMSG_DONE
                   || nlh->nlmsg_type == NLMSG_ERROR) {
            *done = true;
        }
    }
    return 0;
}

static void
wait_for_input(int fd, int timeout_ms)
{
    struct pollfd pfd = { .fd = fd, .events = POLLIN };

    poll(&pfd, 1, timeout_ms);
}

static void
watch_dump(struct watch *w, bool initial)
{
    struct {
        struct nlmsghdr nlh;
        struct ifinfomsg ifi;
    } req = {
        .nlh = { .nlmsg_len = sizeof req, .nlmsg_type = RTM_GETLINK,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP, .nlmsg_seq = 1 },
        .ifi = { .ifi_family = AF_UNSPEC },
    };
    uint64_t deadline;
    bool overrun = false;
    bool done = false;
    size_t i;

    deadline = clock_ns(CLOCK_MONOTONIC) + NSEC_PER_SEC;
    for (i = 0; i < w->n_links; i++) {
        w->links[i].seen = false;
    }
    if (send(w->fd, &req, sizeof req, 0) < 0) {
        complain(errno, "cannot ask for a list of links");
        return;
    }
    while (!done) {
        int error = watch_receive(w, initial, &done);

        if (error == ENOBUFS) {
            /* The dump goes on, but what happened meanwhile is unknown. */
            counter_add(&w->overruns, 1);
            overrun = true;
        } else if (error == EAGAIN) {
            if (clock_ns(CLOCK_MONOTONIC) > deadline) {
                complain(ETIMEDOUT, "no complete list of links");
                return;
            }
            wait_for_input(w->fd, 100);
        } else if (error) {
            complain(error, "netlink");
            return;
        }
    }
    if (overrun) {
        watch_dump(w, initial);
        return;
    }
    for (i = w->n_links; i-- > 0; ) {
        if (!w->links[i].seen) {
            watch_forget(w, &w->links[i]);
        }
    }
}

static void *
watch_main(void *w_)
{
    struct sched_param param = { .sched_priority = 10 };
    struct watch *w = w_;
    bool done;

    /* Without the privilege it is merely less exact. */
    pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);

    while (!atomic_load_explicit(w->stop, memory_order_relaxed)) {
        int error = watch_receive(w, false, &done);

        if (error == ENOBUFS) {
            counter_add(&w->overruns, 1);
            watch_dump(w, false);
        } else if (error == EAGAIN) {
            wait_for_input(w->fd, 100);
        } else if (error) {
            complain(error, "netlink: the VF is no longer watched");
            counter_add(&w->overruns, 1);
            return NULL;
        }
    }
    return NULL;
}

void
watch_start(struct watch *w)
{
    struct sockaddr_nl snl = { .nl_family = AF_NETLINK,
                               .nl_groups = RTMGRP_LINK };
    int rcvbuf = 4 * 1024 * 1024;
    int saved = netns_enter(w->config->guest.ns);
    int error;

    w->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (w->fd < 0 || bind(w->fd, (struct sockaddr *) &snl, sizeof snl)) {
        fatal(errno, "netlink socket in namespace \"%s\"",
              w->config->guest.ns);
    }
    netns_leave(saved);
    setsockopt(w->fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof rcvbuf);
    watch_dump(w, true);

    error = pthread_create(&w->thread, NULL, watch_main, w);
    if (error) {
        fatal(error, "cannot start the watch");
    }
}

void
watch_join(struct watch *w)
{
    pthread_join(w->thread, NULL);
    close(w->fd);
    free(w->links);
}
