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

#include "traffic-capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK_SIZE (256 * 1024)

/* How long the kernel may keep a block that is not full.  It bounds how late
 * a "switch" line is printed, not how exact its times are. */
#define BLOCK_TIMEOUT_MS 4

int
netns_enter(const char *name)
{
    char path[PATH_MAX];
    int saved, ns;

    if (!name[0]) {
        return -1;
    }
    saved = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (saved < 0) {
        fatal(errno, "/proc/thread-self/ns/net");
    }
    snprintf(path, sizeof path, "/var/run/netns/%s", name);
    ns = open(path, O_RDONLY | O_CLOEXEC);
    if (ns < 0) {
        fatal(errno, "network namespace \"%s\" (%s)", name, path);
    }
    if (setns(ns, CLONE_NEWNET)) {
        fatal(errno, "cannot enter network namespace \"%s\"", name);
    }
    close(ns);
    return saved;
}

void
netns_leave(int saved)
{
    if (saved >= 0) {
        if (setns(saved, CLONE_NEWNET)) {
            fatal(errno, "cannot go back to our network namespace");
        }
        close(saved);
    }
}

static void
request(int fd, unsigned long code, const char *what, struct ifreq *ifr,
        const struct traffic_end *end)
{
    snprintf(ifr->ifr_name, sizeof ifr->ifr_name, "%s", end->iface);
    if (ioctl(fd, code, ifr)) {
        fatal(errno, "interface \"%s\" in namespace \"%s\": %s", end->iface,
              end->ns, what);
    }
}

void
traffic_end_resolve(struct traffic_end *end, const char *default_ip)
{
    int saved = netns_enter(end->ns);
    struct ifreq ifr = { .ifr_name = "" };
    int fd;

    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fatal(errno, "socket");
    }

    request(fd, SIOCGIFINDEX, "index", &ifr, end);
    end->ifindex = ifr.ifr_ifindex;
    request(fd, SIOCGIFMTU, "MTU", &ifr, end);
    end->mtu = ifr.ifr_mtu;
    request(fd, SIOCGIFFLAGS, "flags", &ifr, end);
    if (!(ifr.ifr_flags & IFF_UP)) {
        fatal(0, "interface \"%s\" in namespace \"%s\" is down", end->iface,
              end->ns);
    }
    if (!end->mac_set) {
        request(fd, SIOCGIFHWADDR, "MAC address", &ifr, end);
        if (ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
            fatal(0, "interface \"%s\" in namespace \"%s\" is not Ethernet",
                  end->iface, end->ns);
        }
        memcpy(end->mac, ifr.ifr_hwaddr.sa_data, 6);
    }
    if (!end->ip_set) {
        struct sockaddr_in sin;

        if (!ioctl(fd, SIOCGIFADDR, &ifr)) {
            memcpy(&sin, &ifr.ifr_addr, sizeof sin);
            end->ip = sin.sin_addr;
        } else {
            inet_pton(AF_INET, default_ip, &end->ip);
        }
    }
    close(fd);
    netns_leave(saved);
}

int
sink_open(const struct traffic_end *end, const struct traffic_config *config)
{
    struct sock_filter drop_all = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog prog = { .len = 1, .filter = &drop_all };
    struct sockaddr_in sin = { .sin_family = AF_INET,
                               .sin_port = htons(config->port) };
    int saved = netns_enter(end->ns);
    int fd;

    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0
        || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof prog)) {
        fatal(errno, "UDP socket in namespace \"%s\"", end->ns);
    }
    if (bind(fd, (struct sockaddr *) &sin, sizeof sin)) {
        /* Somebody else swallows the packets, or both ends share one
         * namespace: just as well. */
        close(fd);
        fd = -1;
    }
    netns_leave(saved);
    return fd;
}

static int
packet_socket(const char *ns)
{
    int saved = netns_enter(ns);
    int fd;

    /* Protocol 0: nothing is received before bind() says what. */
    fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fatal(errno, "packet socket in namespace \"%s\"", ns);
    }
    netns_leave(saved);
    return fd;
}

static void
packet_bind(int fd, const char *ns, int ifindex, uint16_t protocol)
{
    struct sockaddr_ll sll = { .sll_family = AF_PACKET,
                               .sll_ifindex = ifindex,
                               .sll_protocol = htons(protocol) };

    if (bind(fd, (struct sockaddr *) &sll, sizeof sll)) {
        fatal(errno, "cannot bind to interface %d in namespace \"%s\"",
              ifindex, ns);
    }
}

int
sender_socket_open(const struct traffic_end *end)
{
    int fd = packet_socket(end->ns);
    int sndbuf = 4 * 1024 * 1024;

    /* Enough that a packet that waits in a queue does not stop the rest. */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &sndbuf, sizeof sndbuf);
    packet_bind(fd, end->ns, end->ifindex, 0);
    return fd;
}

void
capture_open(struct capture *c, const char *ns, int ifindex,
             const struct traffic_filter *filter, size_t ring_octets)
{
    int version = TPACKET_V3;
    struct tpacket_req3 req;

    memset(c, 0, sizeof *c);
    c->fd = packet_socket(ns);
    c->block_size = BLOCK_SIZE;
    c->n_blocks = ring_octets / BLOCK_SIZE;

    memset(&req, 0, sizeof req);
    req.tp_block_size = c->block_size;
    req.tp_block_nr = c->n_blocks;
    req.tp_frame_size = 2048;
    req.tp_frame_nr = c->block_size / req.tp_frame_size * c->n_blocks;
    req.tp_retire_blk_tov = BLOCK_TIMEOUT_MS;

    if (setsockopt(c->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter->prog,
                   sizeof filter->prog)
        || setsockopt(c->fd, SOL_PACKET, PACKET_VERSION, &version,
                      sizeof version)
        || setsockopt(c->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof req)) {
        fatal(errno, "capture ring of %zu octets in namespace \"%s\"",
              ring_octets, ns);
    }
    c->ring = mmap(NULL, c->block_size * c->n_blocks, PROT_READ | PROT_WRITE,
                   MAP_SHARED, c->fd, 0);
    if (c->ring == MAP_FAILED) {
        fatal(errno, "mmap of a capture ring");
    }

    /* Only ETH_P_ALL sockets get what leaves.  They also cost a copy of each
     * packet that leaves, so that the guest's, which needs none, is bound to
     * ETH_P_IP. */
    packet_bind(c->fd, ns, ifindex, ifindex ? ETH_P_IP : ETH_P_ALL);
}

static void
capture_count_drops(struct capture *c)
{
    struct tpacket_stats_v3 stats;
    socklen_t len = sizeof stats;

    /* Reading them sets them to zero. */
    if (!getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len)) {
        counter_add(&c->drops, stats.tp_drops);
    }
}

void
capture_close(struct capture *c)
{
    munmap(c->ring, c->block_size * c->n_blocks);
    close(c->fd);
}

bool
capture_poll(struct capture *c, int timeout_ms, capture_cb *cb, void *aux)
{
    uint8_t *block = c->ring + c->next_block * c->block_size;
    struct tpacket_block_desc *desc = (void *) block;
    const struct tpacket3_hdr *hdr;
    uint32_t n;

    if (!(__atomic_load_n(&desc->hdr.bh1.block_status, __ATOMIC_ACQUIRE)
          & TP_STATUS_USER)) {
        struct pollfd pfd = { .fd = c->fd, .events = POLLIN };

        capture_count_drops(c);
        poll(&pfd, 1, timeout_ms);
        if (pfd.revents & POLLERR) {
            int error;
            socklen_t len = sizeof error;

            /* The interface went down: clear the error, or poll() would
             * return at once for ever. */
            getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
        }
        if (!(__atomic_load_n(&desc->hdr.bh1.block_status, __ATOMIC_ACQUIRE)
              & TP_STATUS_USER)) {
            return false;
        }
    }

    hdr = (const void *) (block + desc->hdr.bh1.offset_to_first_pkt);
    for (n = desc->hdr.bh1.num_pkts; n > 0; n--) {
        const uint8_t *p = (const uint8_t *) hdr;
        const struct sockaddr_ll *sll
            = (const void *) (p + TPACKET_ALIGN(sizeof *hdr));

        cb(aux, sll->sll_ifindex, hdr->tp_sec * NSEC_PER_SEC + hdr->tp_nsec,
           p + hdr->tp_mac, hdr->tp_snaplen);
        hdr = (const void *) (p + hdr->tp_next_offset);
    }

    __atomic_store_n(&desc->hdr.bh1.block_status, TP_STATUS_KERNEL,
                     __ATOMIC_RELEASE);
    c->next_block = (c->next_block + 1) % c->n_blocks;
    return true;
}

bool
capture_ifname(const struct capture *c, int ifindex, char name[IFNAMSIZ])
{
    struct ifreq ifr = { .ifr_ifindex = ifindex };

    if (ioctl(c->fd, SIOCGIFNAME, &ifr)) {
        return false;
    }
    memcpy(name, ifr.ifr_name, IFNAMSIZ);
    return true;
}
