# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

# Traffic generator of the system tests: plain C, nothing of OVS.
check_PROGRAMS += tests/netvsc-traffic
tests_netvsc_traffic_SOURCES = \
	tests/netvsc-traffic.c \
	tests/traffic-capture.c \
	tests/traffic-capture.h \
	tests/traffic-packet.c \
	tests/traffic-packet.h \
	tests/traffic-receive.c \
	tests/traffic-receive.h \
	tests/traffic-report.c \
	tests/traffic-report.h \
	tests/traffic-send.c \
	tests/traffic-send.h \
	tests/traffic-seqset.c \
	tests/traffic-seqset.h \
	tests/traffic-track.c \
	tests/traffic-track.h \
	tests/traffic-util.c \
	tests/traffic-util.h \
	tests/traffic-watch.c \
	tests/traffic-watch.h
tests_netvsc_traffic_CPPFLAGS = -D_GNU_SOURCE
tests_netvsc_traffic_LDADD = -lpthread

# Unit tests: our library and OVS's, without ovs-vswitchd's own objects.
check_PROGRAMS += tests/test-netvsc
tests_test_netvsc_SOURCES = \
	tests/test-ethdev-event.c \
	tests/test-history.c \
	tests/test-link.c \
	tests/test-model.c \
	tests/test-netvsc.c \
	tests/test-netvsc.h \
	tests/test-offload.c \
	tests/test-options.c \
	tests/test-path-set.c \
	tests/test-pci-function.c \
	tests/test-policy.c \
	tests/test-port.c \
	tests/test-reply.c \
	tests/test-spec.c \
	tests/test-speed.c \
	tests/test-stats.c \
	tests/test-sysfs.c \
	tests/test-tc.c \
	tests/test-world.c \
	tests/test-world.h \
	tests/test-world-event.c \
	tests/test-world-rules.c \
	tests/test-world-rules.h
tests_test_netvsc_LDADD = lib/libnetvsc.la $(NETVSC_LDADD)
tests_test_netvsc_LDFLAGS = $(AM_LDFLAGS) $(OVS_VSWITCHD_LDFLAGS)
EXTRA_tests_test_netvsc_DEPENDENCIES = $(OVS_LTLIBS)

# Fuzzers, where the compiler has libFuzzer.  Configure with
#
#     CC=clang --enable-sanitizers=fuzzer-no-link,address,undefined
#
# to have our library instrumented for coverage, without which they are blind.
FUZZERS = link options
FUZZ_RUNS = 200000
EXTRA_DIST += tests/fuzz/link tests/fuzz/options
if HAVE_FUZZER
fuzz_ldflags = $(AM_LDFLAGS) $(OVS_VSWITCHD_LDFLAGS) -fsanitize=fuzzer
fuzz_ldadd = lib/libnetvsc.la $(NETVSC_LDADD)
EXTRA_PROGRAMS += tests/fuzz/fuzz-link tests/fuzz/fuzz-options
tests_fuzz_fuzz_link_SOURCES = tests/fuzz/fuzz-link.c
tests_fuzz_fuzz_link_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_link_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_options_SOURCES = tests/fuzz/fuzz-options.c
tests_fuzz_fuzz_options_LDADD = $(fuzz_ldadd)
tests_fuzz_fuzz_options_LDFLAGS = $(fuzz_ldflags)

# What is found is added to a copy of the corpus, the tree stays as it is.
check-fuzz: $(FUZZERS:%=tests/fuzz/fuzz-%)
	@for fuzzer in $(FUZZERS); do \
	  mkdir -p tests/fuzz/new-$$fuzzer && \
	  echo "fuzzing $$fuzzer: $(FUZZ_RUNS) runs" && \
	  tests/fuzz/fuzz-$$fuzzer -runs=$(FUZZ_RUNS) -max_len=4096 \
	    -print_final_stats=1 tests/fuzz/new-$$fuzzer \
	    $(srcdir)/tests/fuzz/$$fuzzer >tests/fuzz/$$fuzzer.log 2>&1 \
	    || { tail -n 40 tests/fuzz/$$fuzzer.log; exit 1; }; \
	  grep -E 'number_of_executed_units|DONE' tests/fuzz/$$fuzzer.log; \
	done
else
check-fuzz:
	@echo "the compiler has no libFuzzer: configure with CC=clang" >&2
	@exit 1
endif
.PHONY: check-fuzz

# The discovery of NetVSC interfaces, for tests/discovery.at.
check_PROGRAMS += tests/test-discovery
tests_test_discovery_SOURCES = tests/test-discovery.c
tests_test_discovery_LDADD = lib/libnetvsc.la $(NETVSC_LDADD)
tests_test_discovery_LDFLAGS = $(AM_LDFLAGS) $(OVS_VSWITCHD_LDFLAGS)
EXTRA_tests_test_discovery_DEPENDENCIES = $(OVS_LTLIBS)

# What renames an AF_XDP device at a bad moment, for tests/system-life.at: shared in any build,
# and without sanitizers, since any program may have to load it.
check_DATA += tests/preload-rename.so
EXTRA_DIST += tests/preload-rename.c
CLEANFILES += tests/preload-rename.so
tests/preload-rename.so: tests/preload-rename.c
	$(AM_V_CC)$(CC) -D_GNU_SOURCE $(NETVSC_WARNING_FLAGS) $(NETVSC_WERROR) \
	  $(CFLAGS) -fPIC -shared -o $@ $(srcdir)/tests/preload-rename.c -ldl

# A driver for the system tests, built by a script when they need it: it takes
# headers that are not in libdpdk-dev.
EXTRA_DIST += \
	tests/vf-pmd/build.sh \
	tests/vf-pmd/vf-pmd.h \
	tests/vf-pmd/vf-pmd-ethdev.c \
	tests/vf-pmd/vf-pmd-event.c \
	tests/vf-pmd/vf-pmd-probe.c \
	tests/vf-pmd/vf-pmd-queue.c \
	tests/vf-pmd/vf-pmd-steer.c

# The system tests in QEMU, for tests/run.sh.
SYSTEM_TESTS = \
	tests/system/cases/bench-tap \
	tests/system/cases/boot-with-vf \
	tests/system/cases/broadcast \
	tests/system/cases/compare \
	tests/system/cases/cycles-25 \
	tests/system/cases/jumbo \
	tests/system/cases/mtu \
	tests/system/cases/netvsc-rebind \
	tests/system/cases/plug-later \
	tests/system/cases/pmd-cycles \
	tests/system/cases/pmd-devargs \
	tests/system/cases/pmd-known \
	tests/system/cases/pmd-life \
	tests/system/cases/pmd-mtu \
	tests/system/cases/pmd-probed \
	tests/system/cases/pmd-queues \
	tests/system/cases/pmd-recovery \
	tests/system/cases/pmd-removal \
	tests/system/cases/pmd-shared \
	tests/system/cases/pmd-siblings \
	tests/system/cases/restart \
	tests/system/cases/servicing \
	tests/system/cases/tap-fallback \
	tests/system/cases/tap-killed \
	tests/system/cases/tap-lost \
	tests/system/cases/tap-mac \
	tests/system/cases/tap-missing \
	tests/system/cases/tap-mtu \
	tests/system/cases/tap-qdisc \
	tests/system/cases/tap-rebind \
	tests/system/cases/tap-rules \
	tests/system/cases/tap-rules-lost \
	tests/system/cases/two-vfs \
	tests/system/cases/unplug-traffic \
	tests/system/cases/vf-dies \
	tests/system/cases/vf-down-up \
	tests/system/cases/vf-driver-unbind \
	tests/system/cases/vf-remove-rescan \
	tests/system/cases/vf-rename \
	tests/system/cases/vlan \
	tests/system/compare.py \
	tests/system/compare.sh \
	tests/system/frames.py \
	tests/system/guest/agent \
	tests/system/guest/boot \
	tests/system/guest/hv-netvsc \
	tests/system/guest/init \
	tests/system/guest/profile \
	tests/system/guest/vf-driver \
	tests/system/lib.sh \
	tests/system/log.sh \
	tests/system/run.sh \
	tests/system/surprise.sh \
	tests/system/tap.sh \
	tests/system/vf-pmd.sh \
	tests/system/vm.sh

# Autotest.  The suite itself is distributed, so that a release can be tested
# without Autoconf.
TESTSUITE_AT = \
	tests/completion.at \
	tests/bench.at \
	tests/discovery-port.at \
	tests/discovery.at \
	tests/docs.at \
	tests/doctor.at \
	tests/doctor-dpdk.at \
	tests/system-data-path.at \
	tests/module.at \
	tests/packaging.at \
	tests/system-discovery.at \
	tests/system-docs.at \
	tests/system-eal.at \
	tests/system-flap.at \
	tests/system-life.at \
	tests/system-macros.at \
	tests/system-operator.at \
	tests/system-port.at \
	tests/system.at \
	tests/testsuite.at \
	tests/unit.at \
	tests/unit-data-path.at \
	tests/unit-device.at \
	tests/unit-model.at \
	tests/unit-policy.at \
	tests/unit-spec.at
TESTSUITE = $(srcdir)/tests/testsuite
EXTRA_DIST += \
	tests/doc-commands.py \
	tests/doc-messages.py \
	tests/tcp-stream.py \
	tests/test-traffic.sh \
	$(TESTSUITE_AT) \
	$(TESTSUITE) \
	tests/atlocal.in \
	tests/package.m4 \
	tests/package/common.sh \
	tests/package/deb.sh \
	tests/package/other-ovs.sh \
	tests/package/rpm.sh \
	tests/package/scenario.sh \
	tests/run.sh \
	$(SYSTEM_TESTS)
DISTCLEANFILES += tests/atconfig

# Our programs before those of the OVS build, which bring ovs-vsctl and more.
AUTOTEST = $(AUTOM4TE) --language=autotest
AUTOTEST_PATH = vswitchd-plugin:utilities:tests
AUTOTEST_OVS_PATH = $(OVS_BUILD)/utilities:$(OVS_BUILD)/ovsdb

check-local: tests/atconfig tests/atlocal $(TESTSUITE)
	$(SHELL) '$(TESTSUITE)' -C tests \
	  AUTOTEST_PATH='$(AUTOTEST_PATH):$(AUTOTEST_OVS_PATH)' \
	  $(TESTSUITEFLAGS)

# Written aside and moved, because several build folders may share $(srcdir).
$(TESTSUITE): $(srcdir)/tests/package.m4 $(TESTSUITE_AT)
	@$(MKDIR_P) tests
	$(AM_V_GEN)$(AUTOTEST) -I '$(srcdir)/tests' -o tests/testsuite.tmp \
	  testsuite.at
	$(AM_V_at)mv tests/testsuite.tmp '$@'

$(srcdir)/tests/package.m4: $(top_srcdir)/configure.ac
	@$(MKDIR_P) tests
	$(AM_V_GEN){ \
	  echo 'm4_define([AT_PACKAGE_NAME], [$(PACKAGE_NAME)])' && \
	  echo 'm4_define([AT_PACKAGE_TARNAME], [$(PACKAGE_TARNAME)])' && \
	  echo 'm4_define([AT_PACKAGE_VERSION], [$(PACKAGE_VERSION)])' && \
	  echo 'm4_define([AT_PACKAGE_STRING], [$(PACKAGE_STRING)])' && \
	  echo 'm4_define([AT_PACKAGE_BUGREPORT], [$(PACKAGE_BUGREPORT)])'; \
	} >tests/package.tmp
	$(AM_V_at)mv tests/package.tmp '$@'

CLEAN_LOCAL += clean-tests
clean-tests:
	test ! -f '$(TESTSUITE)' || test ! -f tests/atconfig || \
	  $(SHELL) '$(TESTSUITE)' -C tests --clean

# Benchmarks: see Documentation/topics/benchmarks.rst.  BENCHFLAGS may be
# --quick, or names of benchmarks.
EXTRA_DIST += \
	Documentation/topics/benchmarks \
	Documentation/topics/comparison \
	tests/bench/bench.py \
	tests/bench/benchlib.py \
	tests/bench/control.py \
	tests/bench/cycles.py \
	tests/bench/datapath.py \
	tests/bench/failover.py \
	tests/bench/goals.py
bench: all check-programs
	python3 -B '$(srcdir)/tests/bench/bench.py' --build . $(BENCHFLAGS)
# Puts what "make bench" has found into the documentation.
bench-docs:
	cp bench/results.rst bench/*.svg \
	  '$(srcdir)/Documentation/topics/benchmarks'
clean-bench:
	rm -rf bench
CLEAN_LOCAL += clean-bench
.PHONY: bench bench-docs clean-bench
check_PROGRAMS += tests/bench/bench-dp
tests_bench_bench_dp_SOURCES = tests/bench/bench-dp.c
tests_bench_bench_dp_LDADD = lib/libnetvsc.la $(NETVSC_LDADD)
tests_bench_bench_dp_LDFLAGS = $(AM_LDFLAGS) $(OVS_VSWITCHD_LDFLAGS)
EXTRA_tests_bench_bench_dp_DEPENDENCIES = $(OVS_LTLIBS)
