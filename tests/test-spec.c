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

/* vf-spec, synthetic-spec, af-packet-frames: how paths are to be opened. */

#include <config.h>

#include <linux/if_packet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netvsc-synthetic.h"
#include "netvsc-vf-driver.h"
#include "packets.h"
#include "test-netvsc.h"
#include "util.h"

static bool
parse_queues_word(const struct test_line *line, struct netvsc_queues *queues)
{
    int *n = (test_word_is(line, "rxq") ? &queues->n_rxq
              : test_word_is(line, "txq") ? &queues->n_txq
              : test_word_is(line, "mtu") ? &queues->mtu
              : NULL);

    if (n) {
        *n = test_int_value(line);
    }
    return n != NULL;
}

static void
print_spec(bool ok, const struct netvsc_path_spec *spec)
{
    if (!ok) {
        puts("  too long");
        return;
    }
    printf("  %s%s%s\n", spec->vdev, spec->vdev[0] ? "*," : "",
           spec->devargs);
    printf("  on %d%s%s, %d rxq, %d txq, MTU %d\n", spec->ifindex,
           spec->ifname[0] ? " " : "", spec->ifname,
           spec->queues.n_rxq, spec->queues.n_txq, spec->queues.mtu);
    if (spec->shares_function) {
        printf("  function %s%s%s%s\n", spec->bdf,
               spec->probe_by_mac ? ", by address" : "",
               spec->probe_devargs[0] ? ", with " : "", spec->probe_devargs);
    }
}

/* Reads words about a device and about queues into '*link' and '*queues'.
 * Returns false if there is another one. */
static bool
parse_word(const struct test_line *line, struct netvsc_link *link,
           struct netvsc_queues *queues)
{
    return (parse_queues_word(line, queues)
            || test_parse_link_word(line, link));
}

static void
init_link(struct netvsc_link *link, struct netvsc_queues *queues)
{
    *link = (struct netvsc_link) {
        .rt.ifindex = 5,
        .rt.name = "dev0",
        .rt.mac = ETH_ADDR_C(00,0d,3a,01,02,03),
        .sysfs.address = "0000:00:02.0",
        .n_channels = 1,
    };
    *queues = (struct netvsc_queues) {
        .n_rxq = 1,
        .n_txq = 1,
        .mtu = 1500,
    };
}

/* A line tells about a VF, the port's queues, and options: "extra=DEVARGS",
 * "devargs=DEVARGS". */
void
test_vf_spec(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct test_line line;

    while (test_next_line(&line)) {
        struct netvsc_options options = { .vf = NETVSC_VF_AUTO };
        struct netvsc_path_spec spec;
        struct netvsc_queues queues;
        struct netvsc_link vf;

        init_link(&vf, &queues);
        while (test_next_word(&line)) {
            if (test_word_is(&line, "extra")) {
                ovs_strlcpy(options.vf_extra_devargs, line.value,
                            sizeof options.vf_extra_devargs);
            } else if (test_word_is(&line, "devargs")) {
                options.vf = NETVSC_VF_DEVARGS;
                ovs_strlcpy(options.vf_devargs, line.value,
                            sizeof options.vf_devargs);
            } else if (test_word_is(&line, "longest")) {
                memset(options.vf_extra_devargs, 'x',
                       sizeof options.vf_extra_devargs - 1);
                memset(vf.sysfs.address, '0', sizeof vf.sysfs.address - 1);
            } else if (!parse_word(&line, &vf, &queues)) {
                test_bad_word(&line);
            }
        }

        bool ok = netvsc_vf_driver_make_spec(&vf, &options, &queues, &spec);
        if (strlen(spec.devargs) > 200) {
            printf("  %s, %"PRIuSIZE" characters\n", ok ? "fits" : "too long",
                   strlen(spec.devargs));
        } else {
            print_spec(ok, &spec);
        }
    }
}

/* A line names a backend, then tells about a NetVSC and the port's queues. */
void
test_synthetic_spec(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    struct test_line line;

    while (test_next_line(&line) && test_next_word(&line)) {
        const struct netvsc_synthetic *b = netvsc_synthetic_by_name(line.word);
        struct netvsc_path_spec spec;
        struct netvsc_queues queues;
        struct netvsc_link netvsc;

        if (!b) {
            puts("  no such backend");
            continue;
        }
        init_link(&netvsc, &queues);
        while (test_next_word(&line)) {
            if (!parse_word(&line, &netvsc, &queues)) {
                test_bad_word(&line);
            }
        }
        print_spec(netvsc_synthetic_make_spec(b, &netvsc, &queues, &spec),
                   &spec);
    }
}

/* OVS's lib/netdev-dpdk.c: dpdk_buf_size() without the headroom. */
static int
mbuf_data_size(int mtu)
{
    return ROUND_UP(mtu + ETH_HEADER_LEN + 4 + 2 * VLAN_HEADER_LEN, 1024);
}

/* Checks for one MTU what DPDK's drivers/net/af_packet (v22.11), the kernel's
 * net/packet/af_packet.c and OVS's netdev-dpdk demand of a ring.  Returns a
 * null pointer if it is good, otherwise which rule it breaks. */
static const char *
check_frames(int mtu)
{
    const struct netvsc_synthetic *b = netvsc_synthetic_by_name("af_packet");
    int framesz, blocksz, framecnt, qpairs, data_size;
    struct netvsc_path_spec spec;
    struct netvsc_queues queues;
    struct netvsc_link netvsc;
    char ifname[IFNAMSIZ];

    init_link(&netvsc, &queues);
    queues.mtu = mtu;
    if (!netvsc_synthetic_make_spec(b, &netvsc, &queues, &spec)
        || !ovs_scan(spec.devargs, "iface=%15[^,],qpairs=%d,framesz=%d,"
                     "blocksz=%d,framecnt=%d", ifname, &qpairs, &framesz,
                     &blocksz, &framecnt)) {
        return "devargs";
    }

    /* eth_rx_queue_setup(): what the kernel may fill of a frame fits in an
     * mbuf. */
    data_size = framesz - (TPACKET2_HDRLEN - sizeof(struct sockaddr_ll));
    return (spec.queues.mtu < mtu ? "the MTU is lowered"
            : spec.queues.mtu >= mtu + 100 ? "the MTU is raised too much"
            : data_size > mbuf_data_size(spec.queues.mtu)
            ? "a frame does not fit in an mbuf"
            /* tpacket_rcv(): the packet begins at 'netoff' - 'maclen'.  The
             * kernel takes one VLAN tag out, others stay. */
            : (TPACKET_ALIGN(TPACKET2_HDRLEN + 16) - ETH_HEADER_LEN
               + ETH_HEADER_LEN + VLAN_HEADER_LEN + spec.queues.mtu > framesz)
            ? "a packet does not fit in a frame to receive"
            /* eth_af_packet_tx(). */
            : data_size < ETH_HEADER_LEN + 2 * VLAN_HEADER_LEN + mtu
            ? "a packet does not fit in a frame to send"
            /* eth_dev_mtu_set(). */
            : spec.queues.mtu > framesz - TPACKET2_HDRLEN
            ? "the PMD refuses the MTU"
            /* packet_set_ring(). */
            : framesz % TPACKET_ALIGNMENT ? "frames are not aligned"
            : blocksz % getpagesize() ? "blocks are not whole pages"
            /* The PMD steps through the ring by the frame size alone. */
            : blocksz % framesz ? "frames do not fill a block"
            : framecnt % (blocksz / framesz) ? "frames do not fill blocks"
            : framecnt < 256 ? "too few frames"
            : NULL);
}

void
test_af_packet_frames(struct ovs_cmdl_context *ctx OVS_UNUSED)
{
    int n = 0;

    for (int mtu = 68; mtu <= 9702; mtu++) {
        const char *broken = check_frames(mtu);

        if (broken) {
            printf("MTU %d: %s\n", mtu, broken);
        } else {
            n++;
        }
    }
    printf("%d MTUs are good\n", n);
}
