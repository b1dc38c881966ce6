# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

EXTRA_DIST += \
	debian/changelog \
	debian/control \
	debian/copyright \
	debian/openvswitch-switch-netvsc-doc.docs \
	debian/openvswitch-switch-netvsc.README.Debian \
	debian/openvswitch-switch-netvsc.docs \
	debian/openvswitch-switch-netvsc.install \
	debian/openvswitch-switch-netvsc.postinst \
	debian/openvswitch-switch-netvsc.prerm \
	debian/restart-switch \
	debian/rules \
	debian/source/format
