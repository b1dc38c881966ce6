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

#include "traffic-send.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "traffic-capture.h"

/* Injected faults: at each multiple of INJECT_PERIOD from then on, a packet
 * that is not sent; a quarter further one that is sent twice; at half one
 * that is sent after its successor.  Far enough apart to be told apart. */
#define INJECT_PERIOD 100

/* The longest sleep, so that the sender notices that it should stop. */
#define MAX_SLEEP_NS (100 * NSEC_PER_MSEC)

/* Packets being put together for one or more calls of send.  A packet may
 * take two places (duplicated), and a swap adds one packet. */
#define BATCH_MAX (2 * (SENDER_BURST + 1))

struct batch {
    struct sockaddr_ll to;
    struct mmsghdr messages[BATCH_MAX];
    struct iovec iovs[BATCH_MAX];
    uint64_t seqs[BATCH_MAX];
    uint8_t *frames;
    unsigned int n;
};

static struct batch *
batch_create(const struct sender *s, const struct traffic_template *t)
{
    struct batch *b = xcalloc(1, sizeof *b);

    b->frames = xcalloc(BATCH_MAX, t->size);
    b->to.sll_family = AF_PACKET;
    b->to.sll_protocol = htons(ETH_P_IP);
    b->to.sll_ifindex = s->ifindex;
    for (size_t i = 0; i < BATCH_MAX; i++) {
        struct msghdr *m = &b->messages[i].msg_hdr;

        b->iovs[i].iov_base = b->frames + i * t->size;
        b->iovs[i].iov_len = t->size;
        memcpy(b->iovs[i].iov_base, t->frame, t->size);
        m->msg_name = &b->to;
        m->msg_namelen = sizeof b->to;
        m->msg_iov = &b->iovs[i];
        m->msg_iovlen = 1;
    }
    return b;
}

static void
batch_destroy(struct batch *b)
{
    free(b->frames);
    free(b);
}

static void
batch_add(struct batch *b, const struct traffic_template *t, uint16_t flow,
          uint64_t seq)
{
    b->seqs[b->n] = seq;
    traffic_template_fill(t, b->iovs[b->n].iov_base, flow, seq,
                          clock_ns(CLOCK_REALTIME));
    b->n++;
}

/* Adds the packet or packets of the next sequence number. */
static void
batch_add_next(struct batch *b, struct sender *s)
{
    const struct traffic_config *config = s->all->config;
    uint64_t seq = counter_read(&s->next_seq);
    uint16_t flow = seq % config->n_flows;
    unsigned int phase = seq < INJECT_PERIOD ? 1 : seq % INJECT_PERIOD;
    unsigned int n = 1;

    if (phase == 0 && s->injected_drop < config->drop) {
        s->injected_drop++;
    } else if (phase == INJECT_PERIOD / 4
               && s->injected_dup < config->dup) {
        s->injected_dup++;
        batch_add(b, &s->template, flow, seq);
        batch_add(b, &s->template, flow, seq);
    } else if (phase == INJECT_PERIOD / 2
               && s->injected_swap < config->swap) {
        s->injected_swap++;
        batch_add(b, &s->template, flow, seq + 1);
        batch_add(b, &s->template, flow, seq);
        n = 2;
    } else {
        batch_add(b, &s->template, flow, seq);
    }
    counter_add(&s->next_seq, n);
}

static void
batch_flush(struct batch *b, struct sender *s)
{
    unsigned int i = 0;

    while (i < b->n) {
        int retval;

        if (b->n - i == 1) {
            retval = sendmsg(s->fd, &b->messages[i].msg_hdr, 0) < 0 ? -1 : 1;
        } else {
            retval = sendmmsg(s->fd, &b->messages[i], b->n - i, 0);
        }
        if (retval > 0) {
            i += retval;
        } else {
            s->last_error = errno;
            if (!seqset_add(s->refused, b->seqs[i])) {
                counter_add(&s->errors, 1);
            }
            i++;
        }
    }
    b->n = 0;
}

static void
sleep_until(uint64_t when_ns)
{
    struct timespec ts = { .tv_sec = when_ns / NSEC_PER_SEC,
                           .tv_nsec = when_ns % NSEC_PER_SEC };

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static bool
stopped(const struct senders *all)
{
    return atomic_load_explicit(all->stop, memory_order_relaxed);
}

/* Every 10 ms, or faster if the flows would not all get their turn, in both
 * directions even if only one is to be measured. */
static void
warm_up(struct sender_thread *t)
{
    const struct senders *all = t->senders[0]->all;
    const struct traffic_config *config = all->config;
    uint64_t warmup_ns = config->warmup_ms * NSEC_PER_MSEC;
    struct traffic_template *template = xcalloc(1, sizeof *template);
    uint64_t n = config->warmup_ms / 10;

    if (n < 2 * config->n_flows) {
        n = 2 * config->n_flows;
    }
    for (uint64_t i = 0; warmup_ns && i < n && !stopped(all); i++) {
        for (unsigned int j = 0; j < t->n; j++) {
            struct sender *s = t->senders[j];
            struct batch *b;

            traffic_template_init(template, config, s->dir, true);
            b = batch_create(s, template);
            batch_add(b, template, i % config->n_flows, i);
            if (sendmsg(s->fd, &b->messages[0].msg_hdr, 0) < 0) {
                s->last_error = errno;
            }
            batch_destroy(b);
        }

        /* Leave the last quarter for them to arrive. */
        sleep_until(all->base_ns - warmup_ns
                    + warmup_ns * 3 / 4 * (i + 1) / n);
    }
    free(template);
}

/* Deadline 'n', CLOCK_MONOTONIC, rounded up so that it has come then. */
static uint64_t
sender_deadline(const struct sender *s, uint64_t n)
{
    const uint64_t rate = s->all->config->rate;

    return s->all->base_ns
           + ((unsigned __int128) n * NSEC_PER_SEC + rate - 1) / rate;
}

/* Sends what is due.  Returns when to be called again, CLOCK_MONOTONIC, or
 * UINT64_MAX when all is sent. */
static uint64_t
sender_step(struct sender *s)
{
    const uint64_t rate = s->all->config->rate;
    const uint64_t max_due = rate / 10 + SENDER_BURST;
    uint64_t base = s->all->base_ns;
    uint64_t now = clock_ns(CLOCK_MONOTONIC);
    uint64_t due, seq, before;

    /* Deadlines up to now. */
    due = now >= base
          ? (unsigned __int128) (now - base) * rate / NSEC_PER_SEC + 1 : 0;
    if (due > s->limit) {
        due = s->limit;
    }
    due = due > s->n_deadlines ? due - s->n_deadlines : 0;
    if (due) {
        uint64_t deadline = sender_deadline(s, s->n_deadlines);

        if (now > deadline && now - deadline > s->max_late_ns) {
            s->max_late_ns = now - deadline;
            s->max_late_at_ns = clock_ns(CLOCK_REALTIME) - s->max_late_ns;
        }
    }
    if (due > max_due) {
        counter_add(&s->skipped, due - max_due);
        s->n_deadlines += due - max_due;
        due = max_due;
    }

    before = seq = counter_read(&s->next_seq);
    while (seq - before < due && seq - before < SENDER_BURST) {
        batch_add_next(s->batch, s);
        seq = counter_read(&s->next_seq);
    }
    batch_flush(s->batch, s);
    s->n_deadlines += seq - before;

    if (s->n_deadlines >= s->limit || seq >= SEQSET_LIMIT - SENDER_BURST - 2) {
        return UINT64_MAX;
    }
    if (due > SENDER_BURST) {
        return now + SENDER_BURST * NSEC_PER_SEC / (2 * rate);
    }

    return sender_deadline(s, s->n_deadlines);
}

static void
sender_done(struct sender *s)
{
    uint64_t one = 1;

    s->done = true;
    if (write(s->all->done_fd, &one, sizeof one) < 0) {
        complain(errno, "eventfd");
    }
}

static void *
sender_main(void *t_)
{
    struct sched_param param = { .sched_priority = 5 };
    struct sender_thread *t = t_;
    const struct senders *all = t->senders[0]->all;
    uint64_t wakeup;
    cpu_set_t cpu;

    /* By default the kernel may be 50 us late on purpose, and a busy core
     * several ms.  A sender that shares its thread leaves most of a core to
     * others, so that it may go first; without the privilege it is merely
     * less exact. */
    prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
    if (t->n > 1) {
        pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);

        /* What veth passes on waits in a queue of the core that sent it.  A
         * thread that moved to another core could overtake its own packets,
         * and the datapath under test would be blamed. */
        CPU_ZERO(&cpu);
        CPU_SET(sched_getcpu(), &cpu);
        pthread_setaffinity_np(pthread_self(), sizeof cpu, &cpu);
    }

    warm_up(t);
    for (wakeup = all->base_ns; wakeup != UINT64_MAX && !stopped(all); ) {
        uint64_t latest = clock_ns(CLOCK_MONOTONIC) + MAX_SLEEP_NS;

        if (wakeup > latest) {
            sleep_until(latest);
            continue;
        }
        sleep_until(wakeup);

        wakeup = UINT64_MAX;
        for (unsigned int i = 0; i < t->n; i++) {
            struct sender *s = t->senders[i];
            uint64_t next = s->done ? UINT64_MAX : sender_step(s);

            if (next == UINT64_MAX && !s->done) {
                sender_done(s);
            }
            if (next < wakeup) {
                wakeup = next;
            }
        }
    }
    return NULL;
}

static void
sender_init(struct sender *s, const struct senders *all, enum traffic_dir dir)
{
    const struct traffic_config *config = all->config;
    const struct traffic_end *end = (dir == TRAFFIC_G2H ? &config->guest
                                     : &config->host);

    memset(s, 0, sizeof *s);
    s->all = all;
    s->dir = dir;
    s->fd = sender_socket_open(end);
    s->ifindex = end->ifindex;
    s->refused = seqset_create();
    traffic_template_init(&s->template, config, dir, false);
    s->batch = batch_create(s, &s->template);
    if (!config->dirs[dir]) {
        s->limit = 0;
    } else if (!config->duration_ns) {
        s->limit = UINT64_MAX;
    } else {
        s->limit = ((double) config->duration_ns * config->rate / NSEC_PER_SEC
                    + 0.5);
    }
}

void
senders_start(struct senders *all)
{
    bool share = all->config->rate < SENDER_ALONE_RATE;

    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        struct sender_thread *t = &all->threads[share ? 0 : dir];

        sender_init(&all->dirs[dir], all, dir);
        t->senders[t->n++] = &all->dirs[dir];
    }

    all->n_threads = share ? 1 : TRAFFIC_N_DIRS;
    for (unsigned int i = 0; i < all->n_threads; i++) {
        int error = pthread_create(&all->threads[i].thread, NULL, sender_main,
                                   &all->threads[i]);

        if (error) {
            fatal(error, "cannot start a sender");
        }
    }
}

void
senders_join(struct senders *all)
{
    for (unsigned int i = 0; i < all->n_threads; i++) {
        pthread_join(all->threads[i].thread, NULL);
    }
}

void
senders_destroy(struct senders *all)
{
    for (int dir = 0; dir < TRAFFIC_N_DIRS; dir++) {
        struct sender *s = &all->dirs[dir];

        batch_destroy(s->batch);
        seqset_destroy(s->refused);
        close(s->fd);
    }
}
