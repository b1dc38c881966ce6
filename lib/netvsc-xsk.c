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

#include "netvsc-xsk.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "netlink.h"
#include "netlink-socket.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* How long apart, in ns, to try whether a queue is free. */
#define BIND_INTERVAL (2 * 1000 * 1000)

/* Calls 'cb' for each of the process's file descriptors. */
void
netvsc_xsk_for_each_fd(void (*cb)(int fd, void *aux), void *aux)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *de;

    while (dir && (de = readdir(dir)) != NULL) {
        int fd;

        if (str_to_int(de->d_name, 10, &fd) && fd != dirfd(dir)) {
            cb(fd, aux);
        }
    }
    if (dir) {
        closedir(dir);
    }
}

/* Calls 'cb' for each mapping of a socket.  Returns true if it has seen all of
 * them. */
bool
netvsc_xsk_for_each_mapping(
    void (*cb)(const struct netvsc_xsk_mapping *, void *aux), void *aux)
{
    FILE *stream = fopen("/proc/self/maps", "r");
    bool complete;
    char line[512];

    while (stream && fgets(line, sizeof line, stream)) {
        struct netvsc_xsk_mapping m;
        uintmax_t inode;

        if (ovs_scan(line, "%"SCNxPTR"-%"SCNxPTR" %*s %"SCNxMAX" %*s %*u "
                     "socket:[%"SCNuMAX"]", &m.begin, &m.end, &m.offset,
                     &inode)) {
            m.inode = inode;
            cb(&m, aux);
        }
    }
    complete = stream && !ferror(stream);
    if (stream) {
        fclose(stream);
    }
    return complete;
}

struct find_address {
    uintptr_t address;
    ino_t inode;                /* 0 if not found. */
};

static void
find_address(const struct netvsc_xsk_mapping *m, void *find_)
{
    struct find_address *find = find_;

    if (find->address >= m->begin && find->address < m->end) {
        find->inode = m->inode;
    }
}

/* Returns the inode of the socket that is mapped at 'address', 0 if there is
 * none. */
ino_t
netvsc_xsk_mapped_at(uintptr_t address)
{
    struct find_address find = { .address = address };

    netvsc_xsk_for_each_mapping(find_address, &find);
    return find.inode;
}

/* True if 'fd' is the socket 'inode'. */
bool
netvsc_xsk_is_socket(int fd, ino_t inode)
{
    struct stat st;

    return !fstat(fd, &st) && S_ISSOCK(st.st_mode) && st.st_ino == inode;
}

/* True if 'fd' is an AF_XDP socket. */
bool
netvsc_xsk_is_af_xdp(int fd)
{
    int domain = 0;
    socklen_t len = sizeof domain;

    return (!getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len)
            && domain == AF_XDP);
}

static void
unmap(const struct netvsc_xsk_mapping *m, void *inode_)
{
    const ino_t *inode = inode_;

    if (m->inode == *inode) {
        munmap((void *) m->begin, m->end - m->begin);
    }
}

/* Takes all mappings of the socket 'inode', whoever has made them, out of the
 * process's memory: one alone keeps it open. */
void
netvsc_xsk_unmap(ino_t inode)
{
    netvsc_xsk_for_each_mapping(unmap, &inode);
}

/* Returns the id of the XDP program on 'ifindex', 0 if there is none. */
uint32_t
netvsc_xsk_get_prog_id(int ifindex)
{
    static const struct nl_policy policy[] = {
        [IFLA_XDP] = { .type = NL_A_NESTED, .optional = true },
    };
    struct nlattr *attrs[ARRAY_SIZE(policy)];
    struct ofpbuf request, *reply;
    struct ifinfomsg *ifinfo;
    uint32_t id = 0;

    ofpbuf_init(&request, 0);
    nl_msg_put_nlmsghdr(&request, sizeof *ifinfo, RTM_GETLINK, NLM_F_REQUEST);
    ifinfo = ofpbuf_put_zeros(&request, sizeof *ifinfo);
    ifinfo->ifi_index = ifindex;
    if (!nl_transact(NETLINK_ROUTE, &request, &reply)) {
        if (nl_policy_parse(reply, NLMSG_HDRLEN + sizeof *ifinfo, policy,
                            attrs, ARRAY_SIZE(policy)) && attrs[IFLA_XDP]) {
            const struct nlattr *attr
                = nl_attr_find_nested(attrs[IFLA_XDP], IFLA_XDP_PROG_ID);

            id = attr ? nl_attr_get_u32(attr) : 0;
        }
        ofpbuf_delete(reply);
    }
    ofpbuf_uninit(&request);
    return id;
}

static int
sys_bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
    return syscall(__NR_bpf, cmd, attr, sizeof *attr);
}

static bool
is_bpf_object(int fd, const char *kind)
{
    char link[64], target[64];
    ssize_t len;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, target, sizeof target - 1);
    target[MAX(len, 0)] = '\0';
    return !strcmp(target, kind);
}

/* Stores what the kernel knows of the eBPF object 'fd' in '*info'.  Returns
 * true if successful. */
static bool
get_bpf_info(int fd, void *info, uint32_t size)
{
    union bpf_attr attr;

    memset(&attr, 0, sizeof attr);
    attr.info.bpf_fd = fd;
    attr.info.info_len = size;
    attr.info.info = (uintptr_t) info;
    return !sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

/* True if 'fd' is the map in which libxdp counts the users of an XDP program,
 * and there is none. */
static bool
is_unused_refcnt_map(int fd)
{
    struct bpf_map_info info = { .id = 0 };
    const uint32_t key = 0;
    uint32_t value[16];
    union bpf_attr attr;

    if (!is_bpf_object(fd, "anon_inode:bpf-map")
        || !get_bpf_info(fd, &info, sizeof info)
        || strcmp(info.name, "xsk_def_.data")
        || info.value_size > sizeof value) {
        return false;
    }
    memset(value, 0, sizeof value);
    memset(&attr, 0, sizeof attr);
    attr.map_fd = fd;
    attr.key = (uintptr_t) &key;
    attr.value = (uintptr_t) value;
    return (!sys_bpf(BPF_MAP_LOOKUP_ELEM, &attr)
            && is_all_zeros(value, sizeof value));
}

static bool
is_prog(int fd, uint32_t id)
{
    struct bpf_prog_info info = { .id = 0 };

    return (id && is_bpf_object(fd, "anon_inode:bpf-prog")
            && get_bpf_info(fd, &info, sizeof info) && info.id == id);
}

static void
close_bpf_object(int fd, void *prog_id_)
{
    const uint32_t *prog_id = prog_id_;

    if (is_unused_refcnt_map(fd) || is_prog(fd, *prog_id)) {
        close(fd);
    }
}

/* Closes what libxdp leaves open of the XDP program 'prog_id', 0 if that is
 * not known, and maps that no program uses. */
void
netvsc_xsk_close_bpf_objects(uint32_t prog_id)
{
    netvsc_xsk_for_each_fd(close_bpf_object, &prog_id);
}

/* Sets up AF_XDP socket 'fd' with a umem at 'umem' and the rings that bind()
 * asks for.  Returns true if successful. */
static bool
set_up_socket(int fd, void *umem)
{
    const struct xdp_umem_reg reg = {
        .addr = (uintptr_t) umem, .len = getpagesize(),
        .chunk_size = getpagesize(),
    };
    const int n = 1;

    return (!setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof reg)
            && !setsockopt(fd, SOL_XDP, XDP_UMEM_FILL_RING, &n, sizeof n)
            && !setsockopt(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &n, sizeof n)
            && !setsockopt(fd, SOL_XDP, XDP_RX_RING, &n, sizeof n));
}

/* Waits until the first 'n' queues of the netdevice 'ifindex' may be bound to
 * again, but tries no more than 'max_tries' times in all: the kernel lets go
 * of a queue some time after the socket was closed, in a kernel thread
 * (xp_release_deferred() in net/xdp/xsk_buff_pool.c).  Returns -1, or the
 * number of one that is still in use.
 *
 * Tries to bind a socket in zero-copy mode: of a netdevice without it, which
 * gives EOPNOTSUPP if the queue is free and EBUSY if not, it holds nothing
 * afterwards.  With the mode, the socket has the queue, and again the kernel
 * may take its time. */
int
netvsc_xsk_wait_for_queues(int ifindex, int n, int max_tries)
{
    bool bound = false, busy = false;
    void *umem = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int i;

    for (i = 0; i < n && umem != MAP_FAILED; i++) {
        const struct sockaddr_xdp sxdp = {
            .sxdp_family = AF_XDP, .sxdp_flags = XDP_ZEROCOPY,
            .sxdp_ifindex = ifindex, .sxdp_queue_id = i,
        };
        int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
        bool ready = fd >= 0 && set_up_socket(fd, umem);

        do {
            int error = (!ready || !bind(fd, (const struct sockaddr *) &sxdp,
                                         sizeof sxdp) ? 0 : errno);

            busy = error == EBUSY;
            bound = bound || (ready && !error);
            if (busy && --max_tries > 0) {
                xnanosleep_no_quiesce(BIND_INTERVAL);
            }
        } while (busy && max_tries > 0);
        if (fd >= 0) {
            close(fd);
        }
        if (busy) {
            break;
        }
    }
    if (umem != MAP_FAILED) {
        munmap(umem, getpagesize());
    }
    if (bound) {
        xnanosleep_no_quiesce(NETVSC_XSK_SETTLE_TIME);
    }
    return busy ? i : -1;
}
