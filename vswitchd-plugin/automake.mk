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

# For an ovs-vswitchd that is linked with shared libraries: EAL loads the first
# of these modules, which loads the second.  What they use of OVS and DPDK is
# in the process already, but for the vdev bus, which EAL may load later.
#
# Their own flags give the objects their own names, beside the program's.
if OVS_SHARED
module_ldflags = $(AM_LDFLAGS) -module -avoid-version -shared
pkglib_LTLIBRARIES += \
	vswitchd-plugin/netvsc-class.la \
	vswitchd-plugin/netvsc.la
vswitchd_plugin_netvsc_class_la_SOURCES = vswitchd-plugin/netvsc-plugin.c
vswitchd_plugin_netvsc_class_la_CFLAGS = $(AM_CFLAGS)
vswitchd_plugin_netvsc_class_la_LDFLAGS = $(module_ldflags)
vswitchd_plugin_netvsc_class_la_LIBADD = \
	lib/libnetvsc.la \
	$(DPDK_VDEV_LIBS) \
	$(LIBNL_LIBS)
vswitchd_plugin_netvsc_la_SOURCES = vswitchd-plugin/netvsc-module.c
vswitchd_plugin_netvsc_la_CFLAGS = $(AM_CFLAGS)
vswitchd_plugin_netvsc_la_LDFLAGS = $(module_ldflags)
endif
