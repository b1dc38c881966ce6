# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

EXTRA_DIST += \
	rhel/openvswitch-netvsc.rpmlintrc \
	rhel/openvswitch-netvsc.spec
