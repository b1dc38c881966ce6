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

/* recv, send, swap: the data path over children that only count. */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dp-packet.h"
#include "netdev-provider.h"
#include "netvsc-path-set.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-atomic.h"
#include "ovs-rcu.h"
#include "ovs-thread.h"
#include "test-netvsc.h"
#include "util.h"

#define MAX_RXQS 16

/* Packets in a burst of a busy queue. */
#define BURST 3

struct fake_rxq {
    struct netdev_rxq up;
    int error;                  /* What to return, 0 for a burst. */
    unsigned int n_polls;
    unsigned int last_poll;     /* Number of the poll, over all queues. */
    unsigned int longest_gap;   /* Other polls between two polls of it. */
};

/* A child. */
struct fake_child {
    struct netdev up;
    struct netvsc_path path;
    struct netdev_rxq *rxqs[MAX_RXQS];
    struct fake_rxq queues[MAX_RXQS];
    bool closed;                /* Not to be used any longer. */

    /* The last burst sent. */
    int sent_qid;
    bool sent_concurrent;
    unsigned int n_sent;        /* Packets. */
};

/* What was polled last, one after the other. */
static __thread const struct fake_rxq *polled[2];
static __thread int n_polled;
static __thread unsigned int n_polls;

static struct fake_child *
fake_child_cast(const struct netdev *netdev)
{
    return CONTAINER_OF(netdev, struct fake_child, up);
}

static void
fill_batch(struct dp_packet_batch *batch, enum netvsc_path_id id)
{
    dp_packet_batch_init(batch);
    for (int i = 0; i < BURST; i++) {
        struct dp_packet *packet = dp_packet_new(64);

        packet->md.in_port.odp_port = u32_to_odp(id);
        dp_packet_batch_add(batch, packet);
    }
}

static int
fake_rxq_recv(struct netdev_rxq *rxq, struct dp_packet_batch *batch,
              int *qfill OVS_UNUSED)
{
    struct fake_rxq *q = CONTAINER_OF(rxq, struct fake_rxq, up);
    struct fake_child *child = fake_child_cast(rxq->netdev);

    ovs_assert(!child->closed);
    ovs_assert(n_polled < ARRAY_SIZE(polled));
    polled[n_polled++] = q;
    if (q->n_polls++) {
        q->longest_gap = MAX(q->longest_gap, n_polls - q->last_poll - 1);
    }
    q->last_poll = n_polls;
    if (q->error) {
        /* As some drivers leave it. */
        batch->count = BURST;
    } else {
        fill_batch(batch, child->path.id);
    }
    return q->error;
}

static int
fake_send(struct netdev *netdev, int qid, struct dp_packet_batch *batch,
          bool concurrent_txq)
{
    struct fake_child *child = fake_child_cast(netdev);

    ovs_assert(!child->closed);
    child->sent_qid = qid;
    child->sent_concurrent = concurrent_txq;
    child->n_sent += dp_packet_batch_size(batch);
    dp_packet_delete_batch(batch, true);
    return 0;
}

static const struct netdev_class fake_class = {
    .type = "fake",
    .is_pmd = true,
    .send = fake_send,
    .rxq_recv = fake_rxq_recv,
};

/* Makes '*child' one of path 'id'.  'queues' tells how many receive queues it
 * has and what they do, a letter each: "b", always has packets; "q", never
 * has; "e", always fails. */
static void
fake_child_init(struct fake_child *child, enum netvsc_path_id id,
                const char *queues, int n_txq)
{
    memset(child, 0, sizeof *child);
    child->up.name = CONST_CAST(char *, netvsc_path_id_to_string(id));
    child->up.netdev_class = &fake_class;
    child->path.id = id;
    child->path.netdev = &child->up;
    child->path.rxqs = child->rxqs;
    child->path.n_rxq = strlen(queues);
    child->path.n_txq = n_txq;
    ovs_assert(child->path.n_rxq <= MAX_RXQS);
    for (int i = 0; i < child->path.n_rxq; i++) {
        struct fake_rxq *q = &child->queues[i];

        q->up.netdev = &child->up;
        q->up.queue_id = i;
        q->error = queues[i] == 'b' ? 0 : queues[i] == 'e' ? EIO : EAGAIN;
        child->rxqs[i] = &q->up;
    }
}

static struct netvsc_path_set *
make_set(struct netvsc_path *synthetic, struct netvsc_path *vf,
         struct netvsc_path *tx, int n_rxq, int n_txq)
{
    struct netvsc_path *const rx[NETVSC_N_PATHS] = {
        [NETVSC_SYNTHETIC] = synthetic,
        [NETVSC_VF] = vf,
    };

    const struct netvsc_queues queues = {
        .n_rxq = n_rxq, .n_txq = n_txq, .mtu = 1500
    };

    return netvsc_path_set_create(rx, tx, &queues);
}

static void
publish(struct netvsc_dp *dp, struct netvsc_path *synthetic,
        struct netvsc_path *vf, struct netvsc_path *tx, int n_rxq, int n_txq)
{
    netvsc_dp_publish(dp, make_set(synthetic, vf, tx, n_rxq, n_txq));
}

/* Polls queue 'qid' once and checks what comes of it: at most one child was
 * called, or the other child as well if the first had nothing; the packets of
 * the last called, and no others, were passed on, or none if it failed. */
static void
poll_once(struct netvsc_dp *dp, struct netvsc_rx_state *state, int qid)
{
    const struct netdev_rxq rxq = { .queue_id = qid };
    const struct fake_rxq *last;
    struct dp_packet_batch batch;
    struct dp_packet *packet;
    int error;

    dp_packet_batch_init(&batch);
    batch.count = BURST;        /* Rubbish, to be overwritten. */
    n_polled = 0;
    error = netvsc_dp_recv(dp, state, &rxq, &batch, NULL);
    if (error) {
        batch.count = 0;        /* As netdev_rxq_recv(). */
    }
    last = n_polled ? polled[n_polled - 1] : NULL;
    ovs_assert(n_polled < 2 || (polled[0]->error
                                && polled[0]->up.netdev != last->up.netdev));
    ovs_assert(error == (last ? last->error : EAGAIN));
    ovs_assert(dp_packet_batch_size(&batch) == (error ? 0 : BURST));
    DP_PACKET_BATCH_FOR_EACH (i, packet, &batch) {
        ovs_assert(odp_to_u32(packet->md.in_port.odp_port)
                   == fake_child_cast(last->up.netdev)->path.id);
    }
    dp_packet_delete_batch(&batch, true);
    n_polls++;
}

static void
print_polled(void)
{
    if (!n_polled) {
        printf(" -");
    }
    for (int i = 0; i < n_polled; i++) {
        printf("%c%c%d", i ? '+' : ' ', polled[i]->up.netdev->name[0],
               polled[i]->up.queue_id);
    }
}

static void
print_gaps(const struct fake_child *child)
{
    for (int i = 0; i < child->path.n_rxq; i++) {
        const struct fake_rxq *q = &child->queues[i];

        printf("  %c%d: %u polls, longest gap %u\n", child->up.name[0], i,
               q->n_polls, q->longest_gap);
    }
}

/* A line is
 *
 *   [same] [again] [port=N_RXQ] [queue=QID] [vf=QUEUES] [synthetic=QUEUES]
 *   [tx=vf | tx=synthetic] [slow] [wait] [polls=N]
 *
 * and the result is the queues polled, or how often and after how long each
 * was, if they are too many.  "same" means that the port's queues remember
 * what happened in the lines before; "again", that the paths are those of the
 * line before, too, but for what their queues do.  With "slow" every poll takes
 * long; with "wait" a queue that has caught up waits for others for ever. */
void
test_recv(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct fake_child children[NETVSC_N_PATHS];
    struct netvsc_rx_state states[MAX_RXQS];
    struct test_line line;
    struct netvsc_dp dp;
    int port_rxqs = 1;

    netvsc_dp_init(&dp);
    memset(&children, 0, sizeof children);
    while (test_next_line(&line)) {
        struct fake_child *vf = NULL, *synthetic = NULL, *tx = NULL;
        bool same = false, again = false;
        bool slow = false, wait = false;
        int qid = 0, polls = 0;

        while (test_next_word(&line)) {
            if (test_word_is(&line, "same")) {
                same = true;
            } else if (test_word_is(&line, "again")) {
                same = again = true;
            } else if (test_word_is(&line, "slow")) {
                slow = true;
            } else if (test_word_is(&line, "wait")) {
                wait = true;
            } else if (test_word_is(&line, "port")) {
                port_rxqs = test_int_value(&line);
            } else if (test_word_is(&line, "queue")) {
                qid = test_int_value(&line);
            } else if (test_word_is(&line, "vf")) {
                vf = &children[NETVSC_VF];
                fake_child_init(vf, NETVSC_VF, line.value, 1);
            } else if (test_word_is(&line, "synthetic")) {
                synthetic = &children[NETVSC_SYNTHETIC];
                fake_child_init(synthetic, NETVSC_SYNTHETIC, line.value, 1);
            } else if (test_word_is(&line, "tx")) {
                tx = !strcmp(line.value, "vf") ? vf : synthetic;
            } else if (test_word_is(&line, "polls")) {
                polls = test_int_value(&line);
            } else {
                test_bad_word(&line);
            }
        }

        if (!same) {
            /* As netdev_netvsc_rxq_construct(). */
            memset(states, 0, sizeof states);
            for (int q = 0; q < MAX_RXQS; q++) {
                for (int i = 0; i < NETVSC_N_PATHS; i++) {
                    states[q].sources[i].next = q;
                }
            }
        }
        if (!again) {
            struct netvsc_path_set *set;

            set = make_set(synthetic ? &synthetic->path : NULL,
                           vf ? &vf->path : NULL, tx ? &tx->path : NULL,
                           port_rxqs, 1);
            if (slow) {
                set->max_skip_cycles = 0;
            }
            if (wait) {
                set->catch_up_until = UINT64_MAX;
            }
            netvsc_dp_publish(&dp, set);
        }
        if (polls <= 40) {
            putchar(' ');
        }
        for (int i = 0; i < polls; i++) {
            poll_once(&dp, &states[qid], qid);
            if (polls <= 40) {
                print_polled();
            }
        }
        if (polls <= 40) {
            putchar('\n');
        } else {
            if (vf) {
                print_gaps(vf);
            }
            if (synthetic) {
                print_gaps(synthetic);
            }
        }
        ovsrcu_quiesce();
    }
    netvsc_dp_publish(&dp, NULL);
    ovsrcu_exit();
}

/* A line is
 *
 *   txqs=N [vf=N_TXQ | synthetic=N_TXQ] queue=QID [concurrent]
 *
 * where the path, if there is one, is the one to transmit on. */
void
test_send(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct test_line line;
    struct netvsc_dp dp;

    netvsc_dp_init(&dp);
    while (test_next_line(&line)) {
        struct dp_packet_batch batch;
        struct fake_child child;
        struct fake_child *tx = NULL;
        bool concurrent = false;
        int port_txqs = 1, qid = 0;

        while (test_next_word(&line)) {
            if (test_word_is(&line, "txqs")) {
                port_txqs = test_int_value(&line);
            } else if (test_word_is(&line, "queue")) {
                qid = test_int_value(&line);
            } else if (test_word_is(&line, "concurrent")) {
                concurrent = true;
            } else if (test_word_is(&line, "vf")
                       || test_word_is(&line, "synthetic")) {
                tx = &child;
                fake_child_init(tx, (test_word_is(&line, "vf")
                                     ? NETVSC_VF : NETVSC_SYNTHETIC),
                                "q", test_int_value(&line));
            } else {
                test_bad_word(&line);
            }
        }
        publish(&dp, NULL, NULL, tx ? &tx->path : NULL, 1, port_txqs);
        fill_batch(&batch, NETVSC_NO_PATH);
        ovs_assert(!netvsc_dp_send(&dp, qid, &batch, concurrent));
        if (tx) {
            ovs_assert(tx->n_sent == BURST);
            printf("  %s, queue %d, %s\n", tx->up.name, tx->sent_qid,
                   tx->sent_concurrent ? "locked" : "no lock");
        } else {
            printf("  dropped, %llu in all\n", netvsc_dp_get_tx_drops(&dp));
        }
        ovsrcu_quiesce();
    }
    netvsc_dp_publish(&dp, NULL);
    ovsrcu_exit();
}

/* The threads of "swap". */
struct swap_aux {
    struct netvsc_dp dp;
    atomic_bool stop;
    atomic_uint n_rounds[2];    /* Of the receiving and the sending thread. */
};

#define N_TXQ 2

static void *
swap_receive(void *aux_)
{
    struct swap_aux *aux = aux_;
    struct netvsc_rx_state state;
    unsigned int orig;
    bool stop;

    memset(&state, 0, sizeof state);
    do {
        for (int i = 0; i < 32; i++) {
            poll_once(&aux->dp, &state, 0);
        }
        ovsrcu_quiesce();
        atomic_add(&aux->n_rounds[0], 1, &orig);
        atomic_read(&aux->stop, &stop);
    } while (!stop);
    return NULL;
}

static void *
swap_send(void *aux_)
{
    struct swap_aux *aux = aux_;
    unsigned int orig;
    bool stop;

    do {
        for (int i = 0; i < 8; i++) {
            struct dp_packet_batch batch;

            fill_batch(&batch, NETVSC_NO_PATH);
            ovs_assert(!netvsc_dp_send(&aux->dp, i % N_TXQ, &batch, false));
        }
        ovsrcu_quiesce();
        atomic_add(&aux->n_rounds[1], 1, &orig);
        atomic_read(&aux->stop, &stop);
    } while (!stop);
    return NULL;
}

/* Swaps path sets N times under the eyes of a receiving and a sending thread.
 * A child that was taken out is "closed" after a grace period and then opened
 * anew in the same memory: a thread that still uses it aborts, or is caught by
 * a sanitizer. */
void
test_swap(struct ovs_cmdl_context *ctx)
{
    struct fake_child *synthetic = xzalloc(sizeof *synthetic);
    struct swap_aux aux;
    pthread_t threads[2];
    int n = atoi(ctx->argv[1]);

    netvsc_dp_init(&aux.dp);
    atomic_init(&aux.stop, false);
    atomic_init(&aux.n_rounds[0], 0);
    atomic_init(&aux.n_rounds[1], 0);
    fake_child_init(synthetic, NETVSC_SYNTHETIC, "q", N_TXQ);

    threads[0] = ovs_thread_create("receive", swap_receive, &aux);
    threads[1] = ovs_thread_create("send", swap_send, &aux);
    for (int i = 0; i < n; i++) {
        struct fake_child *vf = xmalloc(sizeof *vf);
        unsigned int before, now;

        fake_child_init(vf, NETVSC_VF, i & 1 ? "bqb" : "b", 1 + i % N_TXQ);
        publish(&aux.dp, &synthetic->path, &vf->path, &vf->path, 1, N_TXQ);

        /* Wait until both threads have used it for a whole round. */
        for (int j = 0; j < 2; j++) {
            atomic_read(&aux.n_rounds[j], &before);
            do {
                ovsrcu_quiesce();
                atomic_read(&aux.n_rounds[j], &now);
            } while (now - before < 2);
        }

        /* Draining, then nothing of it. */
        publish(&aux.dp, &synthetic->path, &vf->path, &synthetic->path, 1,
                N_TXQ);
        publish(&aux.dp, i & 2 ? &synthetic->path : NULL, NULL,
                i & 4 ? &synthetic->path : NULL, 1, N_TXQ);
        ovsrcu_synchronize();
        vf->closed = true;
        ovs_assert(vf->n_sent && vf->queues[0].n_polls);
        free(vf);
    }
    atomic_store(&aux.stop, true);
    xpthread_join(threads[0], NULL);
    xpthread_join(threads[1], NULL);
    ovs_assert(netvsc_dp_get_tx_drops(&aux.dp) % BURST == 0);
    printf("%d swaps\n", n);

    netvsc_dp_publish(&aux.dp, NULL);
    ovsrcu_exit();
    free(synthetic);
}
