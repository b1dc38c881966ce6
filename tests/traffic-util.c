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

#include "traffic-util.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Set before the first thread starts, closed after the last one ended. */
static FILE *raw_stream;

const char *
traffic_dir_name(enum traffic_dir dir)
{
    return dir == TRAFFIC_G2H ? "guest-to-host" : "host-to-guest";
}

uint64_t
clock_ns(int clock_id)
{
    struct timespec ts;

    clock_gettime(clock_id, &ts);
    return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void
sleep_ms(uint64_t n)
{
    struct timespec ts = { .tv_sec = n / 1000,
                           .tv_nsec = n % 1000 * NSEC_PER_MSEC };

    while (nanosleep(&ts, &ts) && errno == EINTR) {
        continue;
    }
}

void *
xcalloc(size_t n, size_t size)
{
    void *p = calloc(n, size);

    if (!p) {
        fatal(ENOMEM, "cannot allocate %zu x %zu octets", n, size);
    }
    return p;
}

void *
xrealloc(void *old, size_t n, size_t size)
{
    void *p = reallocarray(old, n, size);

    if (!p) {
        fatal(ENOMEM, "cannot allocate %zu x %zu octets", n, size);
    }
    return p;
}

static void __attribute__((format(printf, 2, 0)))
vcomplain(int error, const char *format, va_list args)
{
    char message[512];

    vsnprintf(message, sizeof message, format, args);
    if (error) {
        fprintf(stderr, "netvsc-traffic: %s: %s\n", message,
                strerror(error));
    } else {
        fprintf(stderr, "netvsc-traffic: %s\n", message);
    }
}

void
fatal(int error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vcomplain(error, format, args);
    va_end(args);
    exit(TRAFFIC_UNUSABLE);
}

void
complain(int error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vcomplain(error, format, args);
    va_end(args);
}

void
say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    flockfile(stdout);
    vprintf(format, args);
    putchar_unlocked('\n');
    fflush(stdout);
    funlockfile(stdout);
    va_end(args);
}

void
raw_open(const char *name)
{
    raw_stream = fopen(name, "w");
    if (!raw_stream) {
        fatal(errno, "%s", name);
    }
    setvbuf(raw_stream, NULL, _IOFBF, 1 << 20);
    fputs("time_ns,kind,direction,where,flow,seq,tx_ns\n", raw_stream);
}

int
raw_close(void)
{
    int error = 0;

    if (raw_stream) {
        error = ferror(raw_stream) ? EIO : 0;
        if (fclose(raw_stream)) {
            error = errno;
        }
        raw_stream = NULL;
    }
    return error;
}

void
raw_row(uint64_t time_ns, const char *kind, const char *dir,
        const char *where, int flow, uint64_t seq, uint64_t tx_ns)
{
    if (raw_stream) {
        fprintf(raw_stream, "%"PRIu64",%s,%s,%s,%d,%"PRIu64",%"PRIu64"\n",
                time_ns, kind, dir, where, flow, seq, tx_ns);
    }
}
