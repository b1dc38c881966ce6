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

#ifndef TRAFFIC_UTIL_H
#define TRAFFIC_UTIL_H 1

/* What every part of netvsc-traffic needs: its configuration, clocks, the
 * ways it speaks (a line on stdout, a row in the raw file, a fatal error) and
 * counters that one thread writes and any thread may read.
 *
 * The configuration is written by main() before any other thread starts and
 * never after that. */

#include <net/if.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NSEC_PER_SEC UINT64_C(1000000000)
#define NSEC_PER_MSEC UINT64_C(1000000)

#define TRAFFIC_MAX_PATHS 8
#define TRAFFIC_MAX_EXCLUDED 32

/* Exit codes. */
enum traffic_exit {
    TRAFFIC_CLEAN = 0,          /* Nothing lost, duplicated or reordered. */
    TRAFFIC_FAULTY = 1,         /* Something was. */
    TRAFFIC_USAGE = 2,          /* Wrong usage. */
    TRAFFIC_UNRELIABLE = 3,     /* The tool itself missed packets or events. */
    TRAFFIC_UNUSABLE = 4,       /* Nothing was measured or written. */
};

/* The two directions.  Also on the wire, as an octet. */
enum traffic_dir {
    TRAFFIC_G2H,                /* Guest to host. */
    TRAFFIC_H2G,                /* Host to guest. */
    TRAFFIC_N_DIRS
};

const char *traffic_dir_name(enum traffic_dir);

/* One end: a network namespace and the interface in it. */
struct traffic_end {
    char ns[64];                /* Name as for "ip netns", "" = ours. */
    char iface[IFNAMSIZ];
    int ifindex;
    int mtu;
    uint8_t mac[6];
    bool mac_set;               /* By an option. */
    struct in_addr ip;
    bool ip_set;                /* By an option. */
};

/* A path: what the user calls it, and the host's interface which tells it. */
struct traffic_path {
    char name[32];
    char iface[IFNAMSIZ];
};

struct traffic_config {
    struct traffic_end guest, host;
    struct traffic_path paths[TRAFFIC_MAX_PATHS];
    int n_paths;
    int vf_path;                /* Index of the path which is the VF's, or
                                 * -1. */
    bool dirs[TRAFFIC_N_DIRS];  /* Which directions carry traffic. */
    uint64_t rate;              /* Packets per second and direction. */
    uint64_t duration_ns;       /* 0 = until told to stop. */
    uint64_t warmup_ms;
    uint64_t settle_ms;
    uint64_t late_ms;           /* After 'settle_ms', while any is missing. */
    uint64_t quiet_ms;          /* See "window" in traffic-track.h. */
    size_t frame_size;          /* Octets, without FCS. */
    unsigned int n_flows;
    uint16_t port;              /* UDP destination port. */
    uint32_t run_id;
    size_t ring_mb;             /* Host's capture ring; guest's is half. */

    bool watch;                 /* Watch the VF netdevice... */
    uint8_t watch_mac[6];       /* ...which has this address... */
    char excluded[TRAFFIC_MAX_EXCLUDED][IFNAMSIZ];
    int n_excluded;             /* ...and a name that matches none of
                                 * these. */

    uint64_t drop, dup, swap;   /* Faults to inject into each direction. */
    uint64_t stall_ms;          /* The host's receiver sleeps once. */
    bool progress;
    const char *json;           /* File names, or NULL. */
    const char *raw;

    uint64_t start_ns;          /* CLOCK_REALTIME of "t=0". */
};

uint64_t clock_ns(int clock_id);
void sleep_ms(uint64_t n);

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *, size_t n, size_t size);

/* Prints "netvsc-traffic: MESSAGE[: strerror(error)]" and exits with
 * TRAFFIC_UNUSABLE.  For setup only: nothing has been measured yet. */
void fatal(int error, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* The same without leaving. */
void complain(int error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints one line on stdout at once.  Any thread. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The --raw file: a row is written only if it was opened.  Any thread.
 * raw_close() returns 0 or a positive errno value. */
void raw_open(const char *name);
int raw_close(void);
void raw_row(uint64_t time_ns, const char *kind, const char *dir,
             const char *where, int flow, uint64_t seq, uint64_t tx_ns);

/* A counter which exactly one thread changes and any thread reads. */
typedef _Atomic uint64_t counter;

static inline uint64_t
counter_read(const counter *c)
{
    return atomic_load_explicit(c, memory_order_relaxed);
}

static inline void
counter_add(counter *c, uint64_t n)
{
    atomic_store_explicit(c, counter_read(c) + n, memory_order_relaxed);
}

#endif /* traffic-util.h */
