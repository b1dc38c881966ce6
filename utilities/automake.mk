# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

dist_sbin_SCRIPTS += utilities/ovs-netvsc-lab

EXTRA_DIST += \
	utilities/build-ovs.sh \
	utilities/quickstart.sh
