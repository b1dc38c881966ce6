# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

# NETVSC_CHECK_DPDK
#
# Substitutes NETVSC_DPDK_CFLAGS, DPDK_LIBS and, for the vdev bus,
# DPDK_VDEV_LIBS.  Run after NETVSC_CHECK_OVS.
AC_DEFUN([NETVSC_CHECK_DPDK],
  [PKG_CHECK_MODULES([DPDK], [libdpdk >= 22.11], [],
     [AC_MSG_ERROR([DPDK 22.11 or later not found by pkg-config ]dnl
[($DPDK_PKG_ERRORS); Debian: apt-get install libdpdk-dev])])
   NETVSC_DPDK_VERSION=`$PKG_CONFIG --modversion libdpdk`
   AC_DEFINE_UNQUOTED([NETVSC_DPDK_VERSION], ["$NETVSC_DPDK_VERSION"],
     [Version of DPDK that this was built against.])

   # As OVS does: the CPU to compile for is the user's choice, in CFLAGS, not
   # that of whoever built DPDK (it may say -march=native).  -mssse3, which
   # DPDK's headers need, is among the options taken from the OVS build.
   NETVSC_DPDK_CFLAGS=
   for netvsc_word in $DPDK_CFLAGS; do
     AS_CASE([$netvsc_word],
       [-march=*|-mtune=*|-mcpu=*|-mno-avx512f], [],
       [AS_VAR_APPEND([NETVSC_DPDK_CFLAGS], [" $netvsc_word"])])
   done
   AC_SUBST([NETVSC_DPDK_CFLAGS])

   # Buses are drivers, and pkg-config names those only for static linking.
   # Then the OVS build brings the bus, and it is not to come again.
   DPDK_VDEV_LIBS="`$PKG_CONFIG --libs-only-L libdpdk` -Wl,--as-needed ]dnl
[-lrte_bus_vdev"
   AC_SUBST([DPDK_VDEV_LIBS])

   _NETVSC_OVS_VAR([netvsc_ovs_dpdk_cflags], [DPDK_CFLAGS])
   AS_IF([test "x`echo $netvsc_ovs_dpdk_cflags`" != "x`echo $DPDK_CFLAGS`"],
     [AC_MSG_WARN([$OVS_BUILD was configured with another DPDK than ]dnl
[pkg-config finds now ($NETVSC_DPDK_VERSION); if they differ in more than ]dnl
[the order of options, set PKG_CONFIG_PATH or rebuild Open vSwitch])])])

# NETVSC_CHECK_DPDK_FEATURES
AC_DEFUN([NETVSC_CHECK_DPDK_FEATURES],
  [netvsc_save_CPPFLAGS=$CPPFLAGS
   netvsc_save_CFLAGS=$CFLAGS
   CPPFLAGS="$NETVSC_CPPFLAGS $CPPFLAGS"
   CFLAGS="$NETVSC_WARNING_FLAGS $CFLAGS"
   AC_CHECK_DECL([RTE_ETH_EVENT_INTR_RMV], [],
     [AC_MSG_ERROR([$CC does not compile DPDK's rte_ethdev.h; config.log ]dnl
[has its messages])],
     [[#include <rte_ethdev.h>]])
   AC_CHECK_DECLS(
     [RTE_ETH_EVENT_ERR_RECOVERING, RTE_ETH_EVENT_RECOVERY_SUCCESS,
      RTE_ETH_EVENT_RECOVERY_FAILED], [], [],
     [[#include <rte_ethdev.h>]])
   CPPFLAGS=$netvsc_save_CPPFLAGS
   CFLAGS=$netvsc_save_CFLAGS])

# NETVSC_CHECK_LIBNL
#
# Substitutes LIBNL_CFLAGS and LIBNL_LIBS, for both libraries.
AC_DEFUN([NETVSC_CHECK_LIBNL],
  [PKG_CHECK_MODULES([LIBNL3], [libnl-3.0], [],
     [AC_MSG_ERROR([libnl-3.0 not found by pkg-config ]dnl
[($LIBNL3_PKG_ERRORS); Debian: apt-get install libnl-3-dev])])
   PKG_CHECK_MODULES([LIBNL_ROUTE], [libnl-route-3.0], [],
     [AC_MSG_ERROR([libnl-route-3.0 not found by pkg-config ]dnl
[($LIBNL_ROUTE_PKG_ERRORS); Debian: apt-get install libnl-route-3-dev])])
   LIBNL_CFLAGS="$LIBNL_ROUTE_CFLAGS $LIBNL3_CFLAGS"
   LIBNL_LIBS="$LIBNL_ROUTE_LIBS $LIBNL3_LIBS"
   AC_SUBST([LIBNL_CFLAGS])
   AC_SUBST([LIBNL_LIBS])])

# NETVSC_CHECK_LIBBPF
#
# The lab's own; optional.  Defines the conditional HAVE_LIBBPF.
AC_DEFUN([NETVSC_CHECK_LIBBPF],
  [PKG_CHECK_MODULES([LIBBPF], [libbpf >= 0.7], [have_libbpf=yes],
     [have_libbpf=no
      AC_MSG_WARN([libbpf 0.7 or later not found: in the lab packets will be ]dnl
[lost while a VF is probed (Debian: apt-get install libbpf-dev)])])
   AM_CONDITIONAL([HAVE_LIBBPF], [test $have_libbpf = yes])])
