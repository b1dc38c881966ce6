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

#include "netvsc-dump.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "coverage.h"
#include "util.h"

COVERAGE_DEFINE(netvsc_dump);
COVERAGE_DEFINE(netvsc_dump_interrupted);

/* How often a table that changed while it was read is read again.  Each
 * attempt is short, or long enough for others to finish. */
#define MAX_ATTEMPTS 50

/* The kernel fills messages as large as this. */
#define RECV_SIZE 32768

/* Reads all of the table once.  Returns 0 or a negative libnl error number,
 * -NLE_DUMP_INTR if the table changed meanwhile and may be incomplete. */
static int
read_once(int type, const void *hdr, size_t hdr_len,
          nl_recvmsg_msg_cb_t handle, void *aux)
{
    struct nl_sock *sock = nl_socket_alloc();
    int error;

    COVERAGE_INC(netvsc_dump);
    if (!sock) {
        return -NLE_NOMEM;
    }
    nl_socket_set_msg_buf_size(sock, RECV_SIZE);
    nl_socket_enable_msg_peek(sock);
    nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, handle, aux);

    error = nl_connect(sock, NETLINK_ROUTE);
    if (!error) {
        error = nl_send_simple(sock, type, NLM_F_DUMP,
                               CONST_CAST(void *, hdr), hdr_len);
        if (error >= 0) {
            error = nl_recvmsgs_default(sock);
        }
    }
    nl_socket_free(sock);
    return MIN(error, 0);
}

/* Reads one of the kernel's rtnetlink tables, that which a request of 'type'
 * (RTM_GETLINK, ...) with the 'hdr_len' bytes at 'hdr' dumps.  Calls 'forget'
 * before each attempt, which must undo what 'handle' did, and 'handle' for
 * each message, both with 'aux'.
 *
 * Returns 0 if successful, when 'handle' was called for the whole table as it
 * was at one time since 'forget' was called last.  Otherwise a positive errno
 * value: ENOMEM; EOPNOTSUPP if the kernel does not have the table; ENODEV if
 * it is that of a device that does not exist; EAGAIN if it never stood still;
 * EIO for all else.
 *
 * Takes the kernel's rtnl lock, so it may have to wait for as long as it takes
 * to remove a device: hold no lock across it.  Any thread. */
int
netvsc_dump(int type, const void *hdr, size_t hdr_len,
            nl_recvmsg_msg_cb_t handle, void (*forget)(void *aux), void *aux)
{
    for (int i = 0; i < MAX_ATTEMPTS; i++) {
        int error;

        forget(aux);
        error = read_once(type, hdr, hdr_len, handle, aux);
        switch (-error) {
        case 0:
            return 0;
        case NLE_DUMP_INTR:
            COVERAGE_INC(netvsc_dump_interrupted);
            break;
        case NLE_NOMEM:
            return ENOMEM;
        case NLE_OPNOTSUPP:
        case NLE_AF_NOSUPPORT:
            return EOPNOTSUPP;
        case NLE_NODEV:
            return ENODEV;
        default:
            return EIO;
        }
    }
    return EAGAIN;
}
