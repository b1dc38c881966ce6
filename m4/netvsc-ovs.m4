# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

# NETVSC_CHECK_OVS
#
# Finds the sources and the build of Open vSwitch that ovs-netvsc is built
# against, and refuses what cannot work.  Reads the build folder, never writes
# there.  Substitutes:
#
#   OVS_SRC, OVS_BUILD     the two folders, absolute
#   OVS_CPPFLAGS           finds OVS's headers, the build's config.h first
#   OVS_VSWITCHD_OBJECTS   what the build's ovs-vswitchd is made of ...
#   OVS_VSWITCHD_LDADD     ... the libraries it is linked with ...
#   OVS_VSWITCHD_LDFLAGS   ... and the linker's options
#   OVS_LTLIBS             the .la files in OVS_VSWITCHD_LDADD
AC_DEFUN([NETVSC_CHECK_OVS],
  [AC_REQUIRE([AC_PROG_SED])
   AC_REQUIRE([AC_PROG_GREP])
   _NETVSC_OVS_SOURCE
   _NETVSC_OVS_BUILD
   _NETVSC_OVS_VERSION
   _NETVSC_OVS_MADE
   _NETVSC_OVS_LINK

   # The build's top folder comes before anything else: <config.h> has to be
   # the one that its libraries were compiled with.
   OVS_CPPFLAGS="-I$OVS_BUILD"
   OVS_CPPFLAGS="$OVS_CPPFLAGS -I$OVS_SRC/include -I$OVS_BUILD/include"
   OVS_CPPFLAGS="$OVS_CPPFLAGS -I$OVS_SRC/lib -I$OVS_BUILD/lib"
   AC_SUBST([OVS_CPPFLAGS])])

m4_define([_NETVSC_BUILD_OVS_HINT],
  [utilities/build-ovs.sh builds one and prints the options to give here])

AC_DEFUN([_NETVSC_OVS_SOURCE],
  [AC_ARG_WITH([ovs-source],
     [AS_HELP_STRING([--with-ovs-source=DIR],
        [Open vSwitch sources (required)])])
   AC_MSG_CHECKING([for Open vSwitch sources])
   AS_CASE([$with_ovs_source],
     [''|yes|no],
       [AC_MSG_RESULT([not given])
        AC_MSG_ERROR([--with-ovs-source=DIR is required; ]dnl
[_NETVSC_BUILD_OVS_HINT])])
   AC_MSG_RESULT([$with_ovs_source])
   AS_IF([test ! -d "$with_ovs_source"],
     [AC_MSG_ERROR([$with_ovs_source: no such folder])])
   for netvsc_file in lib/netdev-provider.h vswitchd/bridge.c; do
     AS_IF([test ! -f "$with_ovs_source/$netvsc_file"],
       [AC_MSG_ERROR([$with_ovs_source is not an Open vSwitch source tree: ]dnl
[it has no $netvsc_file; _NETVSC_BUILD_OVS_HINT])])
   done
   OVS_SRC=`cd "$with_ovs_source" && pwd -P`
   AC_SUBST([OVS_SRC])])

AC_DEFUN([_NETVSC_OVS_BUILD],
  [AC_ARG_WITH([ovs-build],
     [AS_HELP_STRING([--with-ovs-build=DIR],
        [folder in which Open vSwitch was configured and made (default: the
         sources, if they were configured in place)])])
   AC_MSG_CHECKING([for the Open vSwitch build])
   AS_CASE([$with_ovs_build],
     [''|yes|no],
       [AS_IF([test ! -f "$OVS_SRC/config.h"],
          [AC_MSG_RESULT([not given])
           AC_MSG_ERROR([$OVS_SRC was not configured in place: ]dnl
[say --with-ovs-build=DIR; _NETVSC_BUILD_OVS_HINT])])
        with_ovs_build=$OVS_SRC])
   AC_MSG_RESULT([$with_ovs_build])
   AS_IF([test ! -d "$with_ovs_build"],
     [AC_MSG_ERROR([$with_ovs_build: no such folder])])
   for netvsc_file in config.h Makefile; do
     AS_IF([test ! -f "$with_ovs_build/$netvsc_file"],
       [AC_MSG_ERROR([$with_ovs_build is not a configured Open vSwitch ]dnl
[build: it has no $netvsc_file; run $OVS_SRC/configure --with-dpdk=shared ]dnl
[and make there])])
   done
   OVS_BUILD=`cd "$with_ovs_build" && pwd -P`
   AC_SUBST([OVS_BUILD])

   # One was configured out of the other?
   _NETVSC_OVS_VAR([netvsc_srcdir], [abs_top_srcdir])
   AS_IF([test -z "$netvsc_srcdir"],
     [AC_MSG_ERROR([cannot read $OVS_BUILD/Makefile; is ${MAKE-make} GNU ]dnl
[make?  Debian: apt-get install make])])
   netvsc_srcdir=`cd "$netvsc_srcdir" 2>/dev/null && pwd -P`
   AS_IF([test "$netvsc_srcdir" != "$OVS_SRC"],
     [AC_MSG_ERROR([$OVS_BUILD was configured from other sources than ]dnl
[$OVS_SRC; give --with-ovs-source and --with-ovs-build that belong together])
     ])])

AC_DEFUN([_NETVSC_OVS_VERSION],
  [AC_MSG_CHECKING([the version of Open vSwitch])
   NETVSC_OVS_VERSION=`$SED -n \
     's/^#define PACKAGE_VERSION "\(.*\)"$/\1/p' "$OVS_BUILD/config.h"`
   AC_MSG_RESULT([${NETVSC_OVS_VERSION:-unknown}])
   AS_VERSION_COMPARE([${NETVSC_OVS_VERSION:-0}], [3.1],
     [AC_MSG_ERROR([Open vSwitch ${NETVSC_OVS_VERSION:-of unknown version} ]dnl
[in $OVS_BUILD is too old: 3.1 or later is needed])])
   AC_DEFINE_UNQUOTED([NETVSC_OVS_VERSION], ["$NETVSC_OVS_VERSION"],
     [Version of Open vSwitch that this was built against.])
   AC_SUBST([NETVSC_OVS_VERSION])

   AC_MSG_CHECKING([whether Open vSwitch was configured with DPDK])
   AS_IF([$GREP '^#define DPDK_NETDEV 1' "$OVS_BUILD/config.h" >/dev/null],
     [AC_MSG_RESULT([yes])],
     [AC_MSG_RESULT([no])
      AC_MSG_ERROR([$OVS_BUILD has no DPDK: ]dnl
[rebuild it --with-dpdk=shared; utilities/build-ovs.sh does])])])

AC_DEFUN([_NETVSC_OVS_MADE],
  [_NETVSC_OVS_VAR([netvsc_objects], [vswitchd_ovs_vswitchd_OBJECTS])
   AS_IF([test -z "$netvsc_objects"],
     [AC_MSG_ERROR([$OVS_BUILD/Makefile does not say what ovs-vswitchd is ]dnl
[made of])])
   AC_MSG_CHECKING([whether Open vSwitch was made])
   OVS_VSWITCHD_OBJECTS=
   netvsc_missing=
   for netvsc_file in lib/libopenvswitch.la $netvsc_objects; do
     AS_IF([test ! -f "$OVS_BUILD/$netvsc_file"],
       [netvsc_missing=$netvsc_file
        break])
     AS_CASE([$netvsc_file],
       [*.la], [],
       [AS_VAR_APPEND([OVS_VSWITCHD_OBJECTS], [" $OVS_BUILD/$netvsc_file"])])
   done
   # "make clean" by hand may leave the .la without the library.
   AS_IF([test -z "$netvsc_missing" &&
          test ! -f "$OVS_BUILD/lib/.libs/libopenvswitch.a" &&
          test ! -f "$OVS_BUILD/lib/.libs/libopenvswitch.so"],
     [netvsc_missing=lib/.libs/libopenvswitch.a])
   AS_IF([test -n "$netvsc_missing"],
     [AC_MSG_RESULT([no])
      AC_MSG_ERROR([$OVS_BUILD is configured but not made: ]dnl
[it has no $netvsc_missing; run make -C $OVS_BUILD])])
   AC_MSG_RESULT([yes])
   AC_SUBST([OVS_VSWITCHD_OBJECTS])

   AC_MSG_CHECKING([whether Open vSwitch's libraries are shared])
   AS_IF([test -f "$OVS_BUILD/lib/.libs/libopenvswitch.so"],
     [netvsc_ovs_shared=yes], [netvsc_ovs_shared=no])
   AC_MSG_RESULT([$netvsc_ovs_shared])
   AC_SUBST([netvsc_ovs_shared])
   AM_CONDITIONAL([OVS_SHARED], [test "$netvsc_ovs_shared" = yes])])

AC_DEFUN([_NETVSC_OVS_LINK],
  [_NETVSC_OVS_VAR([netvsc_ldadd], [vswitchd_ovs_vswitchd_LDADD])
   _NETVSC_OVS_VAR([netvsc_libs], [LIBS])
   _NETVSC_OVS_VAR([netvsc_vswitchd_ldflags], [vswitchd_ovs_vswitchd_LDFLAGS])
   _NETVSC_OVS_VAR([netvsc_ldflags], [LDFLAGS])
   _NETVSC_OVS_VAR([netvsc_cflags], [CFLAGS])

   # Files are named relative to the build folder.
   OVS_LTLIBS=
   OVS_VSWITCHD_LDADD=
   for netvsc_word in $netvsc_ldadd $netvsc_libs; do
     AS_CASE([$netvsc_word],
       [-*|/*], [],
       [netvsc_word=$OVS_BUILD/$netvsc_word])
     AS_CASE([$netvsc_word],
       [*.la], [AS_VAR_APPEND([OVS_LTLIBS], [" $netvsc_word"])])
     AS_VAR_APPEND([OVS_VSWITCHD_LDADD], [" $netvsc_word"])
   done

   # Objects compiled with these need them at the link as well.
   OVS_VSWITCHD_LDFLAGS="$netvsc_vswitchd_ldflags $netvsc_ldflags"
   for netvsc_word in $netvsc_cflags; do
     AS_CASE([$netvsc_word],
       [-fsanitize=*|--coverage|-fprofile-*|-flto*],
         [AS_VAR_APPEND([OVS_VSWITCHD_LDFLAGS], [" $netvsc_word"])])
   done
   AC_SUBST([OVS_LTLIBS])
   AC_SUBST([OVS_VSWITCHD_LDADD])
   AC_SUBST([OVS_VSWITCHD_LDFLAGS])])

# _NETVSC_OVS_VAR(SHELL-VARIABLE, MAKE-VARIABLE)
#
# Asks make for the value that MAKE-VARIABLE has in the OVS build's Makefile.
# It is asked through a copy without the include directives, because make would
# first remake what is included (automake's included files, the Makefile itself
# by way of config.status), and the build is not ours to change.
AC_DEFUN([_NETVSC_OVS_VAR],
  [{ $SED '/^-\{0,1\}include /d' "$OVS_BUILD/Makefile" &&
     echo 'netvsc-print-var: ; $(info $($(NETVSC_VAR)))@:'
   } > conftest.mk
   netvsc_mk=`pwd`/conftest.mk
   $1=`cd "$OVS_BUILD" &&
       MAKEFLAGS= MAKELEVEL= ${MAKE-make} -s --no-print-directory \
         -f "$netvsc_mk" NETVSC_VAR=$2 netvsc-print-var 2>&AS_MESSAGE_LOG_FD`
   rm -f conftest.mk])

# NETVSC_CHECK_OVS_FEATURES
#
# What differs between OVS releases, found out by asking the headers.
AC_DEFUN([NETVSC_CHECK_OVS_FEATURES],
  [netvsc_save_CPPFLAGS=$CPPFLAGS
   netvsc_save_CFLAGS=$CFLAGS
   CPPFLAGS="$OVS_CPPFLAGS $NETVSC_CPPFLAGS $CPPFLAGS"
   CFLAGS="$NETVSC_WARNING_FLAGS $CFLAGS"

   AC_MSG_CHECKING([whether $CC compiles Open vSwitch's headers])
   AC_COMPILE_IFELSE(
     [AC_LANG_PROGRAM([_NETVSC_OVS_INCLUDES], [])],
     [AC_MSG_RESULT([yes])],
     [AC_MSG_RESULT([no])
      AC_MSG_ERROR([$CC does not compile the headers of $OVS_SRC with the ]dnl
[config.h of $OVS_BUILD; config.log has its messages])])

   AC_CHECK_MEMBERS(
     [struct netdev_class.get_speed, struct netdev_class.get_duplex], [], [],
     [_NETVSC_OVS_INCLUDES])

   # From 3.3 on netdev_send() segments and checksums in software what the
   # device cannot; before, it drops such packets.
   AC_CHECK_HEADERS([dp-packet-gso.h], [], [], [_NETVSC_OVS_INCLUDES])

   # From 3.4 on ovs-appctl has --format json, and unixctl_client_transact()
   # gives and takes JSON.
   AC_CHECK_DECLS([unixctl_command_reply_json], [], [],
     [_NETVSC_OVS_INCLUDES[#include "unixctl.h"]])
   # From 3.6 on the elements of a JSON array are hidden behind functions.
   AC_CHECK_DECLS([json_array_at], [], [],
     [_NETVSC_OVS_INCLUDES[#include "openvswitch/json.h"]])

   AC_CACHE_CHECK([whether struct dp_packet_batch.packets is a pointer],
     [netvsc_cv_batch_packets_pointer],
     [AC_COMPILE_IFELSE(
        [AC_LANG_PROGRAM([_NETVSC_OVS_INCLUDES],
           [struct dp_packet_batch batch; batch.packets = NULL;])],
        [netvsc_cv_batch_packets_pointer=yes],
        [netvsc_cv_batch_packets_pointer=no])])
   AS_IF([test "$netvsc_cv_batch_packets_pointer" = yes],
     [AC_DEFINE([HAVE_DP_PACKET_BATCH_PACKETS_POINTER], [1],
        [Define to 1 if struct dp_packet_batch.packets is a pointer, not an
         array.])])

   CPPFLAGS=$netvsc_save_CPPFLAGS
   CFLAGS=$netvsc_save_CFLAGS])

# The #undef keep -Werror in the user's CFLAGS from failing every check:
# confdefs.h has these names with our values.
m4_define([_NETVSC_OVS_INCLUDES],
[#undef PACKAGE_BUGREPORT
#undef PACKAGE_NAME
#undef PACKAGE_STRING
#undef PACKAGE_TARNAME
#undef PACKAGE_URL
#undef PACKAGE_VERSION
#include <config.h>
#ifndef DPDK_NETDEV
#error <config.h> is not that of the OVS build
#endif
#include "netdev-provider.h"
#include "dp-packet.h"
])
