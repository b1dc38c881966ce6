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

/* A library to load by LD_PRELOAD.  With
 *
 *     RENAME_AF_XDP="OLD NEW"
 *
 * in the environment it renames interface OLD to NEW, once, as soon as a thread
 * that has bound an AF_XDP socket to OLD asks for its flags, as DPDK's
 * net_af_xdp does at the end of a start. */

#include <dlfcn.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifndef AF_XDP
#define AF_XDP 44
#endif

static _Thread_local bool bound;
static atomic_flag renamed = ATOMIC_FLAG_INIT;

static bool
get_names(struct ifreq *ifr)
{
    const char *names = getenv("RENAME_AF_XDP");

    memset(ifr, 0, sizeof *ifr);
    return names && sscanf(names, "%15s %15s", ifr->ifr_name,
                           ifr->ifr_newname) == 2;
}

/* Up to Linux 6.1 an interface can be renamed only while it is down. */
static void
rename_interface(int (*next)(int, unsigned long, void *), int fd,
                 struct ifreq *ifr)
{
    struct ifreq flags = *ifr;

    if (!next(fd, SIOCSIFNAME, ifr) || next(fd, SIOCGIFFLAGS, &flags)) {
        return;
    }
    flags.ifr_flags &= ~IFF_UP;
    next(fd, SIOCSIFFLAGS, &flags);
    if (next(fd, SIOCSIFNAME, ifr)) {
        perror("SIOCSIFNAME");
    }
    strcpy(flags.ifr_name, ifr->ifr_newname);
    flags.ifr_flags |= IFF_UP;
    next(fd, SIOCSIFFLAGS, &flags);
}

int
bind(int fd, const struct sockaddr *addr, socklen_t len)
{
    int (*next)(int, const struct sockaddr *, socklen_t);
    const struct sockaddr_xdp *sxdp = (const void *) addr;
    struct ifreq ifr;
    int retval;

    *(void **) &next = dlsym(RTLD_NEXT, "bind");
    retval = next(fd, addr, len);
    if (!retval && addr->sa_family == AF_XDP && get_names(&ifr)
        && sxdp->sxdp_ifindex == if_nametoindex(ifr.ifr_name)) {
        bound = true;
    }
    return retval;
}

int
ioctl(int fd, unsigned long request, ...)
{
    int (*next)(int, unsigned long, void *);
    struct ifreq ifr;
    va_list args;
    void *arg;

    va_start(args, request);
    arg = va_arg(args, void *);
    va_end(args);

    *(void **) &next = dlsym(RTLD_NEXT, "ioctl");
    if (request == SIOCGIFFLAGS && bound && get_names(&ifr)
        && !strcmp(((struct ifreq *) arg)->ifr_name, ifr.ifr_name)
        && !atomic_flag_test_and_set(&renamed)) {
        rename_interface(next, fd, &ifr);
    }
    return next(fd, request, arg);
}
