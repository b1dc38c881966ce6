#!/usr/bin/env python3
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# A TCP connection that sends numbered bytes for a while, in large writes, so
# that the sender's kernel makes large segments of them, and a UDP datagram for
# each write.
#
# tcp-stream.py receive PORT                 prints how many bytes were as sent
# tcp-stream.py send ADDRESS PORT SECONDS    prints how many were sent

import socket
import sys
import time

# Of no power of two's length, so that no segment begins where another did.
PATTERN = bytes(i * 7 % 251 for i in range(251 * 263))


def receive(port):
    listener = socket.create_server(("::", port), family=socket.AF_INET6,
                                    dualstack_ipv6=True)
    listener.settimeout(30)
    # Nobody reads from it, but the port is not unreachable.
    datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    datagrams.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    datagrams.bind(("::", port))
    print("listening", flush=True)
    connection = listener.accept()[0]
    connection.settimeout(30)
    n = 0
    while True:
        data = connection.recv(65536)
        if not data:
            break
        start = n % len(PATTERN)
        expected = (PATTERN + PATTERN)[start:start + len(data)]
        if data != expected:
            sys.exit("bytes from %d on are not as sent" % n)
        n += len(data)
    print(n)


def send(address, port, seconds):
    connection = socket.create_connection((address, port), 30)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    datagrams = socket.socket(family, socket.SOCK_DGRAM)
    end = time.monotonic() + seconds
    n = 0
    while time.monotonic() < end:
        connection.sendall(PATTERN)
        datagrams.sendto(PATTERN[:1 + n % 1400], (address, port))
        n += len(PATTERN)
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)
    print(n)


if sys.argv[1] == "receive":
    receive(int(sys.argv[2]))
else:
    send(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
