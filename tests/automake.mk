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
tests_test_netvsc_SOURCES = tests/test-netvsc.c
tests_test_netvsc_LDADD = lib/libnetvsc.la $(NETVSC_LDADD)
tests_test_netvsc_LDFLAGS = $(AM_LDFLAGS) $(OVS_VSWITCHD_LDFLAGS)
EXTRA_tests_test_netvsc_DEPENDENCIES = $(OVS_LTLIBS)

# Autotest.  The suite itself is distributed, so that a release can be tested
# without Autoconf.
TESTSUITE_AT = \
	tests/testsuite.at \
	tests/unit.at
TESTSUITE = $(srcdir)/tests/testsuite
EXTRA_DIST += \
	tests/test-traffic.sh \
	$(TESTSUITE_AT) \
	$(TESTSUITE) \
	tests/atlocal.in \
	tests/package.m4
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
