# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

# The OVS build's own ovs-vswitchd with the class linked in.  Installed under
# libexec, so that it never overwrites the distribution's.
#
# netvsc-plugin.o is on the link line by itself: it holds nothing but a
# constructor, and the linker drops an archive member that nobody refers to.
pkglibexec_PROGRAMS += vswitchd-plugin/ovs-vswitchd
vswitchd_plugin_ovs_vswitchd_SOURCES = vswitchd-plugin/netvsc-plugin.c
vswitchd_plugin_ovs_vswitchd_LDADD = \
	$(OVS_VSWITCHD_OBJECTS) \
	lib/libnetvsc.la \
	$(NETVSC_LDADD)
vswitchd_plugin_ovs_vswitchd_LDFLAGS = $(AM_LDFLAGS) $(OVS_VSWITCHD_LDFLAGS)
EXTRA_vswitchd_plugin_ovs_vswitchd_DEPENDENCIES = \
	$(OVS_VSWITCHD_OBJECTS) \
	$(OVS_LTLIBS)

# The same for an ovs-vswitchd that is linked with shared libraries: EAL loads
# the module, and what it uses of OVS and DPDK is in the process already.
if OVS_SHARED
pkglib_LTLIBRARIES += vswitchd-plugin/netvsc.la
vswitchd_plugin_netvsc_la_SOURCES = vswitchd-plugin/netvsc-plugin.c
# Its own flags give the object its own name, beside the program's.
vswitchd_plugin_netvsc_la_CFLAGS = $(AM_CFLAGS)
vswitchd_plugin_netvsc_la_LDFLAGS = \
	$(AM_LDFLAGS) -module -avoid-version -shared
vswitchd_plugin_netvsc_la_LIBADD = lib/libnetvsc.la $(LIBNL_LIBS)
endif
