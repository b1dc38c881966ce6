# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

# NETVSC_CONFIG_HEADER
#
# Our sources include OVS's <config.h> and then netvsc-config.h, and Autoconf
# would define PACKAGE_* in both, with different values.  Ours leaves them out:
# of several templates for a name autoheader keeps the last, and it wants no
# more than a directive that mentions the name.  #ifndef is one that
# config.status does not turn into a #define; it also catches a source that
# forgot <config.h>.
AC_DEFUN([NETVSC_CONFIG_HEADER],
  [m4_foreach_w([netvsc_name],
     [PACKAGE_BUGREPORT PACKAGE_NAME PACKAGE_STRING PACKAGE_TARNAME
      PACKAGE_URL PACKAGE_VERSION],
     [AH_VERBATIM(netvsc_name,
[#ifndef ]m4_defn([netvsc_name])[
#error "include OVS's <config.h> before netvsc-config.h"
#endif])])
   AC_DEFINE_UNQUOTED([NETVSC_VERSION], ["$PACKAGE_VERSION"],
     [Version of ovs-netvsc.])])

# NETVSC_CHECK_PKG_CONFIG
AC_DEFUN([NETVSC_CHECK_PKG_CONFIG],
  [PKG_PROG_PKG_CONFIG
   AS_IF([test -z "$PKG_CONFIG"],
     [AC_MSG_ERROR([pkg-config not found; Debian: apt-get install pkg-config])
     ])])
