#!/usr/bin/env python3
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

"""Sends numbered frames and counts where they arrive, how often.

usage: frames.py [--count N] [--size BYTES] [--vlan ID] [--wait SECONDS]
           FROM SOURCE-MAC DESTINATION-MAC IFACE...

Sends N frames (default 50), BYTES long (default 100, without the VLAN tag),
on interface FROM, and watches each IFACE.  Prints for each of those "IFACE
ARRIVED COPIES WRONG": how many different frames arrived, how many more
copies of them, and how many with another VLAN tag, or of another size, than
they were sent with.
"""

import argparse
import os
import select
import socket
import struct
import sys
import time

ETHERTYPE = 0x88b5              # For local experiments.
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_IGNORE_OUTGOING = 23
TP_STATUS_VLAN_VALID = 0x10
TPID = 0x8100


def mac(text):
    return bytes(int(octet, 16) for octet in text.split(":"))


class Watch:
    """Counts the frames of one run that arrive at, or leave by, 'iface'."""

    def __init__(self, iface, run, vlan, size):
        self.iface, self.run, self.vlan, self.size = iface, run, vlan, size
        self.seen, self.copies, self.wrong = set(), 0, 0
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                  socket.htons(3))
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.sock.bind((iface, 0x0003))

    def receive(self):
        data, ancillary, _, _ = self.sock.recvmsg(65536, 256)
        vlan = None
        for level, kind, aux in ancillary:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                status, tci = struct.unpack_from("=I", aux)[0], \
                    struct.unpack_from("=H", aux, 16)[0]
                if status & TP_STATUS_VLAN_VALID:
                    vlan = tci & 0xfff
        ethertype, = struct.unpack_from("!H", data, 12)
        offset = 14
        if ethertype == TPID:
            tci, ethertype = struct.unpack_from("!HH", data, 14)
            vlan = tci & 0xfff
            offset = 18
        if ethertype != ETHERTYPE \
                or data[offset:offset + 8] != self.run:
            return
        number, = struct.unpack_from("!I", data, offset + 8)
        if number in self.seen:
            self.copies += 1
        self.seen.add(number)
        size = len(data) - (offset - 14)
        self.wrong += vlan != self.vlan or size != self.size


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--vlan", type=int)
    parser.add_argument("--wait", type=float, default=3)
    parser.add_argument("sender")
    parser.add_argument("source", type=mac)
    parser.add_argument("destination", type=mac)
    parser.add_argument("ifaces", nargs="+")
    args = parser.parse_args()

    run = os.urandom(8)
    watches = [Watch(iface, run, args.vlan, args.size)
               for iface in args.ifaces]
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind((args.sender, 0))
    head = args.destination + args.source
    if args.vlan is not None:
        head += struct.pack("!HH", TPID, args.vlan)
    head += struct.pack("!H", ETHERTYPE)

    # An emulated device has no room for many at once.
    interval = 0.01
    sent = 0
    next_send = time.monotonic()
    deadline = None
    while deadline is None or time.monotonic() < deadline:
        ready, _, _ = select.select([w.sock for w in watches], [], [], 0.005)
        for watch in watches:
            if watch.sock in ready:
                watch.receive()
        if sent < args.count:
            if time.monotonic() < next_send:
                continue
            payload = run + struct.pack("!I", sent)
            room = args.size - 14 - len(payload)
            sender.send(head + payload + bytes(room))
            sent += 1
            next_send = time.monotonic() + interval
            deadline = time.monotonic() + args.wait
        elif all(len(w.seen) == args.count for w in watches):
            # Copies may still follow.
            deadline = min(deadline, time.monotonic() + args.wait / 4)
    for watch in watches:
        print(watch.iface, len(watch.seen), watch.copies, watch.wrong)
    return 0


if __name__ == "__main__":
    sys.exit(main())
