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

/* Keeps packets that a port has received from the kernel, as a NIC does that
 * steers them to DPDK's queues: AF_PACKET gives the sockets copies, and then a
 * BPF program at the device's ingress drops them. */

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

/* Before the one of utilities/ovs-netvsc-lab-steer.c. */
#define PRIORITY 1

/* Loads "return TC_ACT_SHOT;".  Returns its file descriptor, or a negative
 * errno value. */
static int
load_drop(void)
{
    const struct bpf_insn insns[] = {
        { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
          .imm = TC_ACT_SHOT },
        { .code = BPF_JMP | BPF_EXIT },
    };

    return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "vf_pmd_steer", "GPL",
                         insns, RTE_DIM(insns), NULL);
}

/* Returns 0 or a negative errno value. */
int
vf_steer_start(const struct vf_port *port)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = port->ifindex,
                .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = PRIORITY,
                .flags = BPF_TC_F_REPLACE);
    int error;

    opts.prog_fd = load_drop();
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

/* The device may be gone. */
void
vf_steer_stop(const struct vf_port *port)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = port->ifindex,
                .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = PRIORITY);

    bpf_tc_detach(&hook, &opts);
}
