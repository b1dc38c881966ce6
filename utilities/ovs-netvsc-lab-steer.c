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

/* What hv_netvsc does in a guest's kernel with a packet that arrives at the VF
 * and that no DPDK driver takes first: it hands the packet to the NetVSC
 * device (netvsc_vf_handle_frame() in drivers/net/hyperv/netvsc_drv.c).  The
 * lab's VF is no slave of its NetVSC, so a BPF program at the VF's ingress
 * does the same.
 *
 *     ovs-netvsc-lab-steer VF NETVSC
 *
 * attaches it, in the network namespace that it runs in; it goes with the VF.
 * XDP sees packets first, so what AF_XDP takes never gets here. */

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Loads "return bpf_redirect(ifindex, BPF_F_INGRESS);".  Returns its file
 * descriptor, or a negative errno value. */
static int
load_redirect(int ifindex)
{
    const struct bpf_insn insns[] = {
        /* r1 = ifindex */
        { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1,
          .imm = ifindex },
        /* r2 = BPF_F_INGRESS */
        { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2,
          .imm = BPF_F_INGRESS },
        /* r0 = bpf_redirect(r1, r2) */
        { .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
        { .code = BPF_JMP | BPF_EXIT },
    };

    return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "netvsc_steer", "GPL",
                         insns, sizeof insns / sizeof *insns, NULL);
}

/* Runs the program 'fd' for each packet that arrives at 'ifindex'.  Returns 0
 * or a negative errno value. */
static int
attach_to_ingress(int fd, int ifindex)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
                .attach_point = BPF_TC_INGRESS);
    /* Priority 1 is for a driver that takes packets before the kernel. */
    LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 2,
                .prog_fd = fd);
    int error = bpf_tc_hook_create(&hook);

    return error && error != -EEXIST ? error : bpf_tc_attach(&hook, &opts);
}

static int
lookup(const char *ifname)
{
    int ifindex = if_nametoindex(ifname);

    if (!ifindex) {
        fprintf(stderr, "ovs-netvsc-lab-steer: no interface %s\n", ifname);
        exit(EXIT_FAILURE);
    }
    return ifindex;
}

int
main(int argc, char *argv[])
{
    int error, fd;

    if (argc == 2 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))) {
        printf("usage: ovs-netvsc-lab-steer VF NETVSC\n\n"
               "Has the kernel hand to the interface NETVSC what arrives at "
               "VF.  A part of\novs-netvsc-lab.\n\n"
               "Exit status: 0 done, 1 failed, 2 wrong usage.\n");
        return EXIT_SUCCESS;
    }
    if (argc != 3) {
        fprintf(stderr, "usage: ovs-netvsc-lab-steer VF NETVSC\n");
        return 2;
    }

    fd = load_redirect(lookup(argv[2]));
    error = fd < 0 ? fd : attach_to_ingress(fd, lookup(argv[1]));
    if (error) {
        fprintf(stderr, "ovs-netvsc-lab-steer: cannot hand %s's packets to "
                "%s: %s\n", argv[1], argv[2], strerror(-error));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
