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

#include "netvsc-af-xdp.h"

#include <linux/if_xdp.h>
#include <linux/membarrier.h>
#include <rte_config.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hmapx.h"
#include "netvsc-xsk.h"
#include "openvswitch/list.h"
#include "openvswitch/thread.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(netvsc_af_xdp);

/* How far into its "struct pkt_rx_queue" the PMD's pointer to the mempool may
 * be.  It is at 64, after the receive ring and two more pointers. */
#define MAX_MEMPOOL_OFFSET 128

#define MAX_RING_ENTRIES 65536

/* With fewer mbufs in the fill ring it does not show in the mempool whether
 * the PMD has freed them. */
#define MIN_FILLED 512

/* How a "struct xsk_ring_cons" begins, in <xdp/xsk.h> and in <bpf/xsk.h>
 * before it. */
struct ring_head {
    uint32_t cached_prod;
    uint32_t cached_cons;
    uint32_t mask;
    uint32_t size;
    const uint32_t *producer;
};

/* The rings of a socket, each of which may hold mbufs. */
enum ring_id { RX, TX, FILL, COMPLETION, N_RINGS };

struct ring {
    const uint32_t *producer;
    const uint32_t *consumer;
    const void *entries;
    uint32_t n;                 /* A power of 2, or 0 if it is not mapped. */
};

/* Paths are opened and closed by one thread, but closed by another when the
 * process ends. */
static struct ovs_mutex mutex = OVS_MUTEX_INITIALIZER;
static struct ovs_list quarantines OVS_GUARDED_BY(mutex)
    = OVS_LIST_INITIALIZER(&quarantines);

/* The ifindexes of AF_XDP devices that could not be started the last time. */
static struct hmapx failed OVS_GUARDED_BY(mutex) = HMAPX_INITIALIZER(&failed);

/* The offsets of mbufs in the umem. */
struct offsets {
    uint64_t *v;
    size_t n, allocated;
};

struct queue {
    uintptr_t pmd_ring;         /* In the PMD's mapping of the RX ring. */
    int fd;                     /* The PMD's. */
    ino_t inode;
    struct xdp_mmap_offsets offsets;
    struct rte_mempool *mp;
    unsigned int n_avail;       /* mbufs in it before the device is closed. */
    uintptr_t base;             /* Where the umem begins. */
    struct ring rings[N_RINGS];
    bool mapped;                /* The rings are, by us. */
    struct offsets held;        /* By read_rings(): first 'n_fill' of the fill */
    size_t n_fill;              /* ring, then of the others. */
};

/* AF_XDP sockets of the process, by 'fd' and 'inode' only. */
struct sockets {
    struct queue *v;
    size_t n, allocated;
};

struct netvsc_af_xdp {
    int ifindex;
    int n_rxq;                  /* As many queues are asked for. */
    bool started;
    struct sockets others;      /* Those that there were before. */
    uint32_t other_prog_id;     /* The XDP program before, 0 if none. */
    uint32_t prog_id;           /* The device's, 0 if not known. */
    int n_queues;               /* Started, and known. */
    struct queue *queues;
};

static void
note_socket(int fd, void *sockets_)
{
    struct sockets *sockets = sockets_;
    struct stat st;

    if (netvsc_xsk_is_af_xdp(fd) && !fstat(fd, &st)) {
        if (sockets->n >= sockets->allocated) {
            sockets->v = x2nrealloc(sockets->v, &sockets->allocated,
                                    sizeof *sockets->v);
        }
        sockets->v[sockets->n++] = (struct queue) {
            .fd = fd, .inode = st.st_ino,
        };
    }
}

static void
find_socket(int fd, void *q_)
{
    struct queue *q = q_;

    if (netvsc_xsk_is_socket(fd, q->inode) && netvsc_xsk_is_af_xdp(fd)) {
        q->fd = fd;
    }
}

struct find_mempool {
    const void *const *words;
    struct rte_mempool *mp;
};

static void
find_mempool(struct rte_mempool *mp, void *find_)
{
    struct find_mempool *find = find_;

    for (size_t i = 0; i < MAX_MEMPOOL_OFFSET / sizeof(void *); i++) {
        if (find->words[i] == mp) {
            find->mp = mp;
        }
    }
}

/* What the kernel says and what the PMD makes of each ring. */
static const struct {
    uint64_t pgoff;
    size_t entry_size;
} ring_types[N_RINGS] = {
    [RX] = { XDP_PGOFF_RX_RING, sizeof(struct xdp_desc) },
    [TX] = { XDP_PGOFF_TX_RING, sizeof(struct xdp_desc) },
    [FILL] = { XDP_UMEM_PGOFF_FILL_RING, sizeof(uint64_t) },
    [COMPLETION] = { XDP_UMEM_PGOFF_COMPLETION_RING, sizeof(uint64_t) },
};

static const struct xdp_ring_offset *
ring_offset(const struct queue *q, enum ring_id id)
{
    return (id == RX ? &q->offsets.rx
            : id == TX ? &q->offsets.tx
            : id == FILL ? &q->offsets.fr
            : &q->offsets.cr);
}

/* Makes 'q''s ring 'id' that of 'n' entries at 'map'. */
static void
set_ring(struct queue *q, enum ring_id id, void *map, uint32_t n)
{
    const struct xdp_ring_offset *off = ring_offset(q, id);
    struct ring *ring = &q->rings[id];
    char *base = map;

    ring->n = n;
    ring->producer = ALIGNED_CAST(uint32_t *, base + off->producer);
    ring->consumer = ALIGNED_CAST(uint32_t *, base + off->consumer);
    ring->entries = base + off->desc;
}

/* Maps 'q''s ring 'id' of 'n' entries, or of as many as there are, if 'n' is
 * 0. */
static void
map_ring(struct queue *q, enum ring_id id, uint32_t n)
{
    size_t entry_size = ring_types[id].entry_size;
    size_t desc = ring_offset(q, id)->desc;
    void *map = MAP_FAILED;
    uint32_t size;

    /* The kernel refuses to map more than there is.  There is a header before
     * the entries, so no ring of half a page or more has room for twice as
     * many. */
    for (size = n ? n : MAX_RING_ENTRIES; size; size /= 2) {
        map = mmap(NULL, desc + size * entry_size, PROT_READ | PROT_WRITE,
                   MAP_SHARED, q->fd, ring_types[id].pgoff);
        if (map != MAP_FAILED || n) {
            break;
        }
    }
    if (map != MAP_FAILED && (n || size * entry_size >= getpagesize() / 2)) {
        set_ring(q, id, map, size);
    }
}

/* Asks the kernel what is where in the mappings of 'q''s rings.  Returns true
 * if successful. */
static bool
get_offsets(struct queue *q)
{
    socklen_t len = sizeof q->offsets;

    return (!getsockopt(q->fd, SOL_XDP, XDP_MMAP_OFFSETS, &q->offsets, &len)
            && len == sizeof q->offsets);
}

/* Makes the umem of 'q' that of 'mp', which has one chunk of memory, as the
 * PMD's get_base_addr() does it. */
static void
set_mempool(struct queue *q, struct rte_mempool *mp)
{
    const struct rte_mempool_memhdr *chunk = STAILQ_FIRST(&mp->mem_list);

    q->mp = mp;
    q->base = ROUND_DOWN((uintptr_t) chunk->addr, getpagesize());
}

/* Finds out about the PMD's receive queue 'pmd_rxq'.  Returns true if
 * successful. */
static bool
queue_init(struct queue *q, const void *pmd_rxq)
{
    const struct ring_head *rx = pmd_rxq;
    struct find_mempool mempool = { .words = pmd_rxq };

    if (!rx->size || !IS_POW2(rx->size) || rx->size > MAX_RING_ENTRIES
        || rx->mask != rx->size - 1) {
        return false;
    }
    q->pmd_ring = (uintptr_t) rx->producer;
    q->inode = netvsc_xsk_mapped_at(q->pmd_ring);
    if (!q->inode) {
        return false;
    }
    netvsc_xsk_for_each_fd(find_socket, q);
    rte_mempool_walk(find_mempool, &mempool);
    if (q->fd < 0 || !mempool.mp || mempool.mp->nb_mem_chunks != 1
        || !get_offsets(q)) {
        return false;
    }
    set_mempool(q, mempool.mp);

    /* Now: the kernel refuses it when the netdevice is gone.  Older kernels,
     * 6.1 for one, refuse it for any socket that is bound (net/xdp/xsk.c,
     * xsk_mmap()). */
    map_ring(q, RX, rx->size);
    map_ring(q, TX, rx->size);
    map_ring(q, FILL, 0);
    map_ring(q, COMPLETION, 0);
    q->mapped = true;
    for (enum ring_id id = 0; id < N_RINGS; id++) {
        q->mapped = q->mapped && q->rings[id].n;
    }
    return true;
}

/* The mbufs of a mempool that are beyond the end of the umem. */
struct quarantine {
    struct ovs_list node;       /* In 'quarantines'. */
    struct rte_mempool *mp;
    int n_users;
    void **mbufs;
    size_t n, allocated;
};

/* Where the PMD thinks that the mempool ends, as its xdp_umem_configure() has
 * it: it reckons without the gaps that keep mbufs from crossing pages. */
static uintptr_t
umem_end(const struct rte_mempool *mp)
{
    const struct rte_mempool_memhdr *chunk = STAILQ_FIRST(&mp->mem_list);
    size_t size = rte_mempool_calc_obj_size(mp->elt_size, mp->flags, NULL);

    return (uintptr_t) chunk->addr + mp->populated_size * size;
}

/* Takes the mbufs out of 'q->mp' that the kernel would refuse, except those
 * in use just now, and at least one, which keeps netdev-dpdk from freeing the
 * mempool.  Never holds more than a burst of the others. */
static void
quarantine_fill(struct quarantine *q)
{
    const struct rte_mempool_memhdr *chunk = STAILQ_FIRST(&q->mp->mem_list);
    uintptr_t end = umem_end(q->mp);
    bool all = (uintptr_t) chunk->addr + chunk->len <= end;
    unsigned int left = all ? 1 : rte_mempool_avail_count(q->mp);
    void *burst[64];

    while (left) {
        unsigned int n = MIN(left, ARRAY_SIZE(burst));
        unsigned int n_back = 0;

        if (rte_mempool_get_bulk(q->mp, burst, n)) {
            break;
        }
        for (unsigned int i = 0; i < n; i++) {
            if (!q->n || (uintptr_t) burst[i] + q->mp->elt_size
                         + q->mp->trailer_size > end) {
                if (q->n >= q->allocated) {
                    q->mbufs = x2nrealloc(q->mbufs, &q->allocated,
                                          sizeof *q->mbufs);
                }
                q->mbufs[q->n++] = burst[i];
            } else {
                burst[n_back++] = burst[i];
            }
        }
        rte_mempool_put_bulk(q->mp, burst, n_back);
        left -= n;
    }
}

static void
quarantine_ref(struct rte_mempool *mp)
    OVS_REQUIRES(mutex)
{
    struct quarantine *q;

    LIST_FOR_EACH (q, node, &quarantines) {
        if (q->mp == mp) {
            q->n_users++;
            return;
        }
    }
    q = xzalloc(sizeof *q);
    q->mp = mp;
    q->n_users = 1;
    ovs_list_push_back(&quarantines, &q->node);
    quarantine_fill(q);
    VLOG_DBG("%"PRIuSIZE" mbufs of %s are kept from AF_XDP", q->n, mp->name);
}

static void
quarantine_unref(struct rte_mempool *mp)
    OVS_REQUIRES(mutex)
{
    struct quarantine *q;

    LIST_FOR_EACH (q, node, &quarantines) {
        if (q->mp == mp) {
            if (!--q->n_users) {
                ovs_list_remove(&q->node);
                for (size_t i = 0; i < q->n; i++) {
                    rte_mempool_put(mp, q->mbufs[i]);
                }
                free(q->mbufs);
                free(q);
            }
            return;
        }
    }
}

/* Takes note of what belongs to the ethdev 'port_id' of 'dev', which was
 * started and has 'n_rxq' receive queues. */
void
netvsc_af_xdp_opened(struct netvsc_af_xdp *dev, uint16_t port_id, int n_rxq)
{
    struct rte_eth_dev_info info;

    ovs_mutex_lock(&mutex);
    hmapx_find_and_delete(&failed, (void *) (intptr_t) dev->ifindex);
    ovs_mutex_unlock(&mutex);

    if (rte_eth_dev_info_get(port_id, &info)) {
        return;
    }
    dev->started = true;
    dev->queues = xcalloc(n_rxq, sizeof *dev->queues);
    for (dev->n_queues = 0; dev->n_queues < n_rxq; dev->n_queues++) {
        struct queue *q = &dev->queues[dev->n_queues];

        q->fd = -1;
        if (!queue_init(q, rte_eth_fp_ops[port_id].rxq.data[dev->n_queues])) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

            VLOG_INFO_RL(&rl, "the AF_XDP sockets of %s are not found; what "
                         "net_af_xdp leaks when it closes them is lost",
                         rte_dev_name(info.device));
            break;
        }
        ovs_mutex_lock(&mutex);
        quarantine_ref(q->mp);
        ovs_mutex_unlock(&mutex);
    }
    dev->ifindex = info.if_index;
    dev->prog_id = netvsc_xsk_get_prog_id(info.if_index);
}

/* Returns the mbuf at 'offset' in the umem, a null pointer if there is none
 * that may be freed. */
static struct rte_mbuf *
mbuf_at(const struct queue *q, uint64_t offset)
{
    const struct rte_mempool_memhdr *chunk = STAILQ_FIRST(&q->mp->mem_list);
    uintptr_t begin = (uintptr_t) chunk->addr;
    uintptr_t object = q->base + offset + q->mp->header_size;
    struct rte_mbuf *m = (struct rte_mbuf *) object;

    return (object >= begin + q->mp->header_size
            && object + q->mp->elt_size <= begin + chunk->len
            && rte_mempool_from_obj(m) == q->mp && m->pool == q->mp
            && rte_mbuf_refcnt_read(m) == 1
            ? m : NULL);
}

static int
compare_offsets(const void *a_, const void *b_)
{
    const uint64_t *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* Appends to 'offsets' the entries of the ring 'id' from index 'begin' up to,
 * but not including, 'end'. */
static void
read_ring(const struct queue *q, enum ring_id id, uint32_t begin,
          uint32_t end, struct offsets *offsets)
{
    const struct ring *ring = &q->rings[id];

    if (end - begin > ring->n) {
        return;
    }
    for (uint32_t i = begin; i != end; i++) {
        uint32_t at = i & (ring->n - 1);
        uint64_t addr = (id == RX || id == TX
                         ? ((const struct xdp_desc *) ring->entries)[at].addr
                         : ((const uint64_t *) ring->entries)[at]);

        if (offsets->n >= offsets->allocated) {
            offsets->v = x2nrealloc(offsets->v, &offsets->allocated,
                                    sizeof *offsets->v);
        }
        offsets->v[offsets->n++] = addr & XSK_UNALIGNED_BUF_ADDR_MASK;
    }
}

/* Appends to 'offsets' what is in the ring 'id' and not consumed. */
static void
read_rest(const struct queue *q, enum ring_id id, struct offsets *offsets)
{
    const struct ring *ring = &q->rings[id];

    if (ring->n) {
        read_ring(q, id, *ring->consumer, *ring->producer, offsets);
    }
}

/* Appends to 'offsets' what is in the TX ring and was never sent.
 *
 * The kernel does not tell at once what it has consumed: while the netdevice
 * is down it drops one packet a system call, and completes it, without moving
 * the TX ring's consumer (net/xdp/xsk.c, __xsk_generic_xmit(), the case of
 * NET_XMIT_DROP).  The PMD may have freed that mbuf, and another may have it
 * by now.  But every packet consumed is completed once, so if none is on its
 * way then the completion ring's producer is where the kernel is in the TX
 * ring.  Whether that is so tell the last completions: they must be of just
 * those packets.  If it is not, then what is in the TX ring is lost. */
static void
read_unsent(const struct queue *q, struct offsets *offsets)
{
    struct offsets sent = { .n = 0 }, completed = { .n = 0 };
    uint32_t told, consumed;

    if (!q->rings[TX].n || !q->rings[COMPLETION].n) {
        return;
    }
    told = *q->rings[TX].consumer;
    consumed = *q->rings[COMPLETION].producer;
    read_ring(q, TX, told, consumed, &sent);
    read_ring(q, COMPLETION, told, consumed, &completed);
    if (sent.n == (uint32_t) (consumed - told) && sent.n == completed.n) {
        if (sent.n) {
            qsort(sent.v, sent.n, sizeof *sent.v, compare_offsets);
            qsort(completed.v, completed.n, sizeof *completed.v,
                  compare_offsets);
        }
        if (!sent.n || !memcmp(sent.v, completed.v,
                               sent.n * sizeof *sent.v)) {
            read_ring(q, TX, consumed, *q->rings[TX].producer, offsets);
        }
    }
    free(sent.v);
    free(completed.v);
}

/* Notes the mbufs that are in the rings of 'q'. */
static void
read_rings(struct queue *q)
{
    read_rest(q, FILL, &q->held);
    q->n_fill = q->held.n;
    read_rest(q, RX, &q->held);
    read_unsent(q, &q->held);
    read_rest(q, COMPLETION, &q->held);
}

/* Takes a ring from the PMD's own mapping of it. */
static void
adopt_ring(const struct netvsc_xsk_mapping *m, void *q_)
{
    struct queue *q = q_;

    for (enum ring_id id = 0; m->inode == q->inode && id < N_RINGS; id++) {
        size_t room = m->end - m->begin - ring_offset(q, id)->desc;

        if (m->offset == ring_types[id].pgoff) {
            set_ring(q, id, (void *) m->begin,
                     ROUND_DOWN_POW2(room / ring_types[id].entry_size));
        }
    }
}

/* Takes note of how things are just before a device is closed, when no thread
 * uses it any more.  'dev' may be a null pointer.
 *
 * Rings that could not be mapped are read here, while the PMD has them.  The
 * kernel may still move mbufs from one to another, but all that it has in none
 * of them just now is lost: packets that are being sent. */
void
netvsc_af_xdp_closing(struct netvsc_af_xdp *dev)
{
    if (dev && !dev->started) {
        uint32_t prog_id = netvsc_xsk_get_prog_id(dev->ifindex);

        dev->prog_id = prog_id != dev->other_prog_id ? prog_id : 0;
    }
    for (int i = 0; dev && i < dev->n_queues; i++) {
        struct queue *q = &dev->queues[i];

        q->n_avail = rte_mempool_avail_count(q->mp);
        if (!q->mapped) {
            netvsc_xsk_for_each_mapping(adopt_ring, q);
            read_rings(q);
            memset(q->rings, 0, sizeof q->rings);
        }
    }
}

/* Frees the mbufs that 'q' holds and returns their number. */
static int
free_held(struct queue *q)
{
    struct offsets *held = &q->held;
    int n_freed = 0;

    if (held->n) {
        qsort(held->v, held->n, sizeof *held->v, compare_offsets);
    }
    for (size_t i = 0; i < held->n; i++) {
        if (!i || held->v[i] != held->v[i - 1]) {
            struct rte_mbuf *m = mbuf_at(q, held->v[i]);

            if (m) {
                rte_pktmbuf_free(m);
                n_freed++;
            }
        }
    }
    return n_freed;
}

/* Frees the mbufs in the rings of 'q' and returns their number. */
static int
drain(struct queue *q)
{
    if (q->mapped) {
        read_rings(q);
    }
    if (rte_mempool_avail_count(q->mp) >= q->n_avail + q->n_fill / 2
        && q->n_fill > MIN_FILLED) {
        /* A PMD that frees them itself. */
        q->held.n = 0;
    }
    return free_held(q);
}

/* A mempool of which all of the entries of the fill ring may be mbufs. */
struct find_umem {
    struct queue *q;
    struct rte_mempool *mp;
    int n;                      /* Of those found. */
};

static void
try_mempool(struct rte_mempool *mp, void *find_)
{
    struct find_umem *find = find_;

    if (mp->elt_size < sizeof(struct rte_mbuf)) {
        /* Not of mbufs. */
    } else if (mp->nb_mem_chunks != 1) {
        /* Nothing can be said. */
        find->n += 2;
    } else {
        size_t n = 0;

        set_mempool(find->q, mp);
        while (n < find->q->held.n && mbuf_at(find->q, find->q->held.v[n])) {
            n++;
        }
        if (n && n == find->q->held.n) {
            find->mp = mp;
            find->n++;
        }
    }
}

static void
forget_socket(struct sockets *sockets, ino_t inode)
{
    for (size_t i = 0; i < sockets->n; i++) {
        if (sockets->v[i].inode == inode) {
            sockets->v[i--] = sockets->v[--sockets->n];
        }
    }
}

static void
forget_if_mapped(const struct netvsc_xsk_mapping *m, void *sockets)
{
    forget_socket(sockets, m->inode);
}

/* Closes the socket of 'q' and frees the mbufs in its fill ring, if the kernel
 * lets map it: see queue_init().  Returns the number of mbufs.
 *
 * Nothing tells which mempool they are of but that it must be one of which all
 * the entries are mbufs.  If there is another that may be, then they are
 * lost. */
static int
take_orphan_back(struct queue *q)
{
    struct find_umem find = { .q = q };
    int n_freed = 0;

    if (!netvsc_xsk_is_socket(q->fd, q->inode)) {
        return 0;
    }
    if (get_offsets(q)) {
        map_ring(q, FILL, 0);
        read_rest(q, FILL, &q->held);
        netvsc_xsk_unmap(q->inode);
    }
    close(q->fd);
    rte_mempool_walk(try_mempool, &find);
    if (find.n == 1) {
        set_mempool(q, find.mp);
        n_freed = free_held(q);
    }
    free(q->held.v);
    return n_freed;
}

/* Takes back the sockets of 'dev', which could not be started.  All that is
 * known of them is that they were not there before, that nobody can use a
 * socket of which no ring is mapped, and that one which is just being made or
 * deleted does not stay like that.  Returns the number of sockets and stores
 * that of mbufs in '*n_freed'. */
static int
take_orphans_back(const struct netvsc_af_xdp *dev, int *n_freed)
{
    struct sockets orphans = { .n = 0 };
    int n_sockets;

    netvsc_xsk_for_each_fd(note_socket, &orphans);
    for (size_t i = 0; i < dev->others.n; i++) {
        forget_socket(&orphans, dev->others.v[i].inode);
    }
    for (int i = 0; i < 2 && orphans.n; i++) {
        if (i) {
            xnanosleep_no_quiesce(NETVSC_XSK_SETTLE_TIME);
        }
        if (!netvsc_xsk_for_each_mapping(forget_if_mapped, &orphans)) {
            orphans.n = 0;
        }
    }
    for (size_t i = 0; i < orphans.n; i++) {
        *n_freed += take_orphan_back(&orphans.v[i]);
    }
    n_sockets = orphans.n;
    free(orphans.v);
    return n_sockets;
}

/* Takes back what is left of a device that was closed, and frees 'dev', which
 * may be a null pointer. */
void
netvsc_af_xdp_closed(struct netvsc_af_xdp *dev)
{
    int n_freed = 0, n_sockets = 0;

    if (!dev) {
        return;
    }

    /* The XDP program is gone.  Let the kernel come to the end of what it does
     * with a packet: afterwards the rings do not change. */
    syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0);

    for (int i = 0; i < dev->n_queues; i++) {
        struct queue *q = &dev->queues[i];

        if (netvsc_xsk_mapped_at(q->pmd_ring) == q->inode) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

            VLOG_WARN_RL(&rl, "AF_XDP device is still open: what net_af_xdp "
                         "leaks when it is closed is lost");
            continue;
        }
        n_freed += drain(q);
        ovs_mutex_lock(&mutex);
        quarantine_unref(q->mp);
        ovs_mutex_unlock(&mutex);

        /* A mapping keeps a socket open too: ours, and libxdp's of the umem
         * that was not deleted. */
        netvsc_xsk_unmap(q->inode);
        if (netvsc_xsk_is_socket(q->fd, q->inode)) {
            close(q->fd);
            n_sockets++;
        }
    }
    if (!dev->started) {
        n_sockets = take_orphans_back(dev, &n_freed);
        ovs_mutex_lock(&mutex);
        hmapx_add(&failed, (void *) (intptr_t) dev->ifindex);
        ovs_mutex_unlock(&mutex);
    }
    netvsc_xsk_close_bpf_objects(dev->prog_id);
    netvsc_xsk_wait_for_queues(dev->ifindex, dev->n_rxq, NETVSC_XSK_MAX_TRIES);
    VLOG_DBG("took %d mbufs and %d sockets back", n_freed, n_sockets);
    for (int i = 0; i < dev->n_queues; i++) {
        free(dev->queues[i].held.v);
    }
    free(dev->queues);
    free(dev->others.v);
    free(dev);
}

/* Takes note of what there is before an AF_XDP device of 'n_rxq' receive
 * queues is opened over the netdevice 'ifindex', so that no more than what is
 * its own is taken back.
 *
 * If the last attempt to open one there failed, or there is an XDP program on
 * the netdevice, then it asks the kernel whether the first 'n_to_check' queues
 * are free: an attempt that cannot have a queue costs packet buffers, which
 * the PMD does not return, and takes off the XDP program, whose ever it is
 * (eth_dev_close() in drivers/net/af_xdp/rte_eth_af_xdp.c).
 *
 * If successful returns -1 and stores in '*devp' what the caller must pass to
 * netvsc_af_xdp_closed().  Otherwise returns the number of a queue that is not
 * free. */
int
netvsc_af_xdp_opening(int ifindex, int n_rxq, int n_to_check,
                      struct netvsc_af_xdp **devp)
{
    struct netvsc_af_xdp *dev;
    uint32_t prog_id = netvsc_xsk_get_prog_id(ifindex);
    bool has_failed;
    int busy = -1;

    *devp = NULL;
    ovs_mutex_lock(&mutex);
    has_failed = hmapx_contains(&failed, (void *) (intptr_t) ifindex);
    ovs_mutex_unlock(&mutex);
    if (has_failed || prog_id) {
        busy = netvsc_xsk_wait_for_queues(
            ifindex, n_to_check, has_failed ? 1 : NETVSC_XSK_MAX_TRIES);
    }
    if (busy < 0) {
        *devp = dev = xzalloc(sizeof *dev);
        dev->ifindex = ifindex;
        dev->n_rxq = n_rxq;
        netvsc_xsk_for_each_fd(note_socket, &dev->others);
        dev->other_prog_id = prog_id;
    }
    return busy;
}
