# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

noinst_LTLIBRARIES += lib/libnetvsc.la

lib_libnetvsc_la_SOURCES = \
	lib/netdev-netvsc.c \
	lib/netdev-netvsc.h \
	lib/netvsc-af-xdp.c \
	lib/netvsc-af-xdp.h \
	lib/netvsc-claim.c \
	lib/netvsc-claim.h \
	lib/netvsc-discovery.c \
	lib/netvsc-discovery.h \
	lib/netvsc-dump.c \
	lib/netvsc-dump.h \
	lib/netvsc-ethdev-event.c \
	lib/netvsc-ethdev-event.h \
	lib/netvsc-history.c \
	lib/netvsc-history.h \
	lib/netvsc-json.c \
	lib/netvsc-json.h \
	lib/netvsc-kernel.c \
	lib/netvsc-kernel.h \
	lib/netvsc-link-sock.c \
	lib/netvsc-link-sock.h \
	lib/netvsc-link.c \
	lib/netvsc-link.h \
	lib/netvsc-list.c \
	lib/netvsc-list.h \
	lib/netvsc-monitor.c \
	lib/netvsc-monitor.h \
	lib/netvsc-mtu.c \
	lib/netvsc-mtu.h \
	lib/netvsc-offload.c \
	lib/netvsc-offload.h \
	lib/netvsc-options.c \
	lib/netvsc-options.h \
	lib/netvsc-path-set.c \
	lib/netvsc-path-set.h \
	lib/netvsc-path.c \
	lib/netvsc-path.h \
	lib/netvsc-pci-function.c \
	lib/netvsc-pci-function.h \
	lib/netvsc-policy.c \
	lib/netvsc-policy.h \
	lib/netvsc-port.c \
	lib/netvsc-port-facts.c \
	lib/netvsc-port-facts.h \
	lib/netvsc-port-run.c \
	lib/netvsc-port-run.h \
	lib/netvsc-port-show.c \
	lib/netvsc-port-show.h \
	lib/netvsc-port.h \
	lib/netvsc-qos.c \
	lib/netvsc-qos.h \
	lib/netvsc-reply.c \
	lib/netvsc-reply.h \
	lib/netvsc-rtnl.c \
	lib/netvsc-rtnl.h \
	lib/netvsc-show.c \
	lib/netvsc-show.h \
	lib/netvsc-stats.c \
	lib/netvsc-stats.h \
	lib/netvsc-synthetic.c \
	lib/netvsc-synthetic.h \
	lib/netvsc-sysfs.c \
	lib/netvsc-sysfs.h \
	lib/netvsc-tap.c \
	lib/netvsc-tap.h \
	lib/netvsc-tc.c \
	lib/netvsc-tc.h \
	lib/netvsc-unixctl.c \
	lib/netvsc-unixctl.h \
	lib/netvsc-vf-driver.c \
	lib/netvsc-vf-driver.h \
	lib/netvsc-worker.c \
	lib/netvsc-worker.h
