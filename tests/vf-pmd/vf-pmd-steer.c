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

/* Keeps packets that a port receives from the kernel, as a NIC does that steers
 * them to DPDK's queues: AF_PACKET gives the sockets copies, and then a BPF
 * program at the device's ingress drops them.  A flag that it shares with the
 * sockets' filter has both begin at once, so that in between no packet is lost
 * or comes both ways. */

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

/* Before the one of utilities/ovs-netvsc-lab-steer.c. */
#define PRIORITY 1

/* Loads a program that returns 'on' if the flag in 'map' is set, otherwise
 * 'off'.  Returns its file descriptor, or a negative errno value. */
static int
load_switch(enum bpf_prog_type type, int map, int32_t on, int32_t off)
{
    const struct bpf_insn insns[] = {
        /* r1 = &flag. */
        { .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1,
          .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = map },
        { .code = 0 },
        { .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_2,
          .src_reg = BPF_REG_1 },
        { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
          .imm = on },
        { .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = BPF_REG_2, .imm = 0,
          .off = 1 },
        { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
          .imm = off },
        { .code = BPF_JMP | BPF_EXIT },
    };

    return bpf_prog_load(type, "vf_pmd_steer", "GPL", insns,
                         RTE_DIM(insns), NULL);
}

/* Has the device's ingress drop packets if the flag in 'map' is set. */
static int
attach(const struct vf_port *port, int map)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = port->ifindex,
                .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = PRIORITY,
                .flags = BPF_TC_F_REPLACE);
    int error;

    opts.prog_fd = load_switch(BPF_PROG_TYPE_SCHED_CLS, map, TC_ACT_SHOT,
                               TC_ACT_UNSPEC);
    if (opts.prog_fd < 0) {
        return opts.prog_fd;
    }
    error = bpf_tc_hook_create(&hook);
    if (!error || error == -EEXIST) {
        error = bpf_tc_attach(&hook, &opts);
    }
    close(opts.prog_fd);
    return error;
}

/* Prepares all.  Stores a filter for the sockets, by which they receive
 * nothing before vf_steer_start(), in '*filter', to be closed by the caller.
 * Returns the flag, a file descriptor, to be closed too, or a negative errno
 * value. */
int
vf_steer_open(const struct vf_port *port, int *filter)
{
    int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "vf_pmd_steer",
                             sizeof(uint32_t), sizeof(uint32_t), 1, NULL);
    int error = map < 0 ? map : attach(port, map);

    if (!error) {
        *filter = load_switch(BPF_PROG_TYPE_SOCKET_FILTER, map, -1, 0);
        error = *filter < 0 ? *filter : 0;
    }
    if (error && map >= 0) {
        close(map);
    }
    return error ? error : map;
}

/* Has packets come to the sockets, and to the kernel no more.  Returns 0 or a
 * negative errno value. */
int
vf_steer_start(int map)
{
    const uint32_t key = 0, on = 1;

    return bpf_map_update_elem(map, &key, &on, BPF_ANY);
}

/* The device may be gone. */
void
vf_steer_stop(const struct vf_port *port)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = port->ifindex,
                .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = PRIORITY);

    bpf_tc_detach(&hook, &opts);
}
