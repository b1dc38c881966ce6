# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

dist_sbin_SCRIPTS += utilities/ovs-netvsc-lab

if HAVE_LIBBPF
pkglibexec_PROGRAMS += utilities/ovs-netvsc-lab-steer
utilities_ovs_netvsc_lab_steer_SOURCES = utilities/ovs-netvsc-lab-steer.c
utilities_ovs_netvsc_lab_steer_CPPFLAGS = $(LIBBPF_CFLAGS)
utilities_ovs_netvsc_lab_steer_LDADD = $(LIBBPF_LIBS)
endif

# Shares lib/'s discovery; needs the OVS build's libopenvswitch and its IDL.
bin_PROGRAMS += utilities/ovs-netvsc
utilities_ovs_netvsc_SOURCES = \
	utilities/doctor-checks.c \
	utilities/doctor-checks.h \
	utilities/doctor-db.c \
	utilities/doctor-devices.c \
	utilities/doctor-dpdk.c \
	utilities/doctor-facts.c \
	utilities/doctor-facts.h \
	utilities/doctor-files.c \
	utilities/doctor-files.h \
	utilities/doctor-host.c \
	utilities/doctor-links.c \
	utilities/doctor-vswitchd.c \
	utilities/ovs-netvsc.c \
	utilities/ovs-netvsc.h \
	utilities/ovs-netvsc-appctl.c \
	utilities/ovs-netvsc-appctl.h \
	utilities/ovs-netvsc-auto.c \
	utilities/ovs-netvsc-db.c \
	utilities/ovs-netvsc-db.h \
	utilities/ovs-netvsc-doctor.c \
	utilities/ovs-netvsc-draw.c \
	utilities/ovs-netvsc-draw.h \
	utilities/ovs-netvsc-list.c \
	utilities/ovs-netvsc-pair.c \
	utilities/ovs-netvsc-pair.h \
	utilities/ovs-netvsc-show.c \
	utilities/ovs-netvsc-watch.c
utilities_ovs_netvsc_LDADD = lib/libnetvsc.la $(NETVSC_LDADD)
utilities_ovs_netvsc_LDFLAGS = $(AM_LDFLAGS) $(OVS_VSWITCHD_LDFLAGS)
EXTRA_utilities_ovs_netvsc_DEPENDENCIES = $(OVS_LTLIBS)

# A service that runs "ovs-netvsc auto" at boot, and its settings.
systemdsystemunitdir = $(prefix)/lib/systemd/system
nodist_systemdsystemunit_DATA = utilities/ovs-netvsc-auto.service
CLEANFILES += utilities/ovs-netvsc-auto.service
utilities/ovs-netvsc-auto.service: utilities/ovs-netvsc-auto.service.in
	@$(MKDIR_P) utilities
	$(AM_V_GEN)$(SED) \
	  -e 's,[@]bindir[@],$(bindir),g' \
	  -e 's,[@]sysconfdir[@],$(sysconfdir),g' \
	  '$(srcdir)/utilities/ovs-netvsc-auto.service.in' >$@.tmp
	$(AM_V_at)mv $@.tmp $@

install-data-hook: install-defaults
install-defaults:
	$(MKDIR_P) '$(DESTDIR)$(sysconfdir)/default'
	test -f '$(DESTDIR)$(sysconfdir)/default/ovs-netvsc' || \
	  $(INSTALL_DATA) '$(srcdir)/utilities/ovs-netvsc.default' \
	    '$(DESTDIR)$(sysconfdir)/default/ovs-netvsc'
uninstall-hook: uninstall-defaults
uninstall-defaults:
	! cmp -s '$(srcdir)/utilities/ovs-netvsc.default' \
	    '$(DESTDIR)$(sysconfdir)/default/ovs-netvsc' || \
	  rm -f '$(DESTDIR)$(sysconfdir)/default/ovs-netvsc'
.PHONY: install-defaults uninstall-defaults

# As Open vSwitch's own.
bashcompdir = $(sysconfdir)/bash_completion.d
dist_bashcomp_DATA = utilities/ovs-netvsc-bashcomp.bash

EXTRA_DIST += \
	utilities/ovs-netvsc-auto.service.in \
	utilities/ovs-netvsc.default \
	utilities/build-ovs.sh \
	utilities/build.sh \
	utilities/install-deps.sh \
	utilities/quickstart.sh \
	utilities/script.sh
