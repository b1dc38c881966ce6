# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

dist_sbin_SCRIPTS += utilities/ovs-netvsc-lab

if HAVE_LIBBPF
pkglibexec_PROGRAMS += utilities/ovs-netvsc-lab-steer
utilities_ovs_netvsc_lab_steer_SOURCES = utilities/ovs-netvsc-lab-steer.c
utilities_ovs_netvsc_lab_steer_CPPFLAGS = $(LIBBPF_CFLAGS)
utilities_ovs_netvsc_lab_steer_LDADD = $(LIBBPF_LIBS)
endif

EXTRA_DIST += \
	utilities/build-ovs.sh \
	utilities/build.sh \
	utilities/install-deps.sh \
	utilities/quickstart.sh
