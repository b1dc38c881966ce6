# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.

# NETVSC_COMPILER_FLAGS
#
# Substitutes:
#
#   NETVSC_WARNING_FLAGS   the warnings, -f and -m options of the OVS build,
#                          then those which OVS's configure would add for our
#                          compiler if it is not the one that built OVS (clang
#                          brings -Wthread-safety), less what it refuses
#   NETVSC_CPPFLAGS        the OVS build's -D options, DPDK, libnl
#
# The build's CFLAGS count for -m alone: inline functions in OVS's headers
# (hash.h) choose their implementation by the macros of -msse4.2 and the like.
# Which CPU to compile for is not taken over.
AC_DEFUN([NETVSC_COMPILER_FLAGS],
  [AC_REQUIRE([AC_PROG_CC])
   _NETVSC_OVS_VAR([netvsc_am_cflags], [AM_CFLAGS])
   _NETVSC_OVS_VAR([netvsc_am_cppflags], [AM_CPPFLAGS])
   _NETVSC_OVS_VAR([netvsc_cflags], [CFLAGS])
   netvsc_configure_ac_flags=`$SED -n \
     's/^ *OVS_ENABLE_OPTION(.\(-.*\).)$/\1/p' "$OVS_SRC/configure.ac"`
   netvsc_defines=
   netvsc_candidates=
   for netvsc_word in $netvsc_am_cppflags $netvsc_am_cflags \
                      $netvsc_configure_ac_flags; do
     AS_CASE([$netvsc_word],
       [-D*|-U*], [AS_VAR_APPEND([netvsc_defines], [" $netvsc_word"])],
       [-Werror*|-W@<:@alp@:>@,*], [],
       [-W*|-f*|-m*|-Q*],
         [AS_VAR_APPEND([netvsc_candidates], [" $netvsc_word"])])
   done
   for netvsc_word in $netvsc_cflags; do
     AS_CASE([$netvsc_word],
       [-m*], [AS_VAR_APPEND([netvsc_candidates], [" $netvsc_word"])])
   done

   AC_MSG_CHECKING([which of Open vSwitch's options $CC accepts])
   NETVSC_WARNING_FLAGS=
   for netvsc_word in $netvsc_candidates; do
     AS_CASE([$netvsc_word],
       [-march=*|-mtune=*|-mcpu=*|-mno-avx512f], [continue])
     AS_CASE([" $NETVSC_WARNING_FLAGS "],
       [*" $netvsc_word "*], [continue])
     _NETVSC_CC_ACCEPTS([$netvsc_word],
       [AS_VAR_APPEND([NETVSC_WARNING_FLAGS], [" $netvsc_word"])])
   done
   AC_MSG_RESULT([$NETVSC_WARNING_FLAGS])
   AC_SUBST([NETVSC_WARNING_FLAGS])

   NETVSC_CPPFLAGS="$netvsc_defines $NETVSC_DPDK_CFLAGS $LIBNL_CFLAGS"
   AC_SUBST([NETVSC_CPPFLAGS])])

# _NETVSC_CC_ACCEPTS(OPTION, ACTION-IF-ACCEPTED)
#
# -Werror, because clang only warns about an option that it does not know.
# gcc says nothing about an unknown -Wno-..., so the positive form is tried;
# and about some others on stderr alone.  What was accepted so far is there
# too: -Wformat-security is an error without -Wformat.
AC_DEFUN([_NETVSC_CC_ACCEPTS],
  [netvsc_save_CFLAGS=$CFLAGS
   CFLAGS="$CFLAGS $NETVSC_WARNING_FLAGS -Werror"
   CFLAGS="$CFLAGS `echo "x$1" | $SED 's/^x//; s/^-Wno-/-W/'`"
   AC_COMPILE_IFELSE([AC_LANG_SOURCE([int x;])],
     [AS_IF([test -s conftest.err &&
             $GREP 'unrecognized' conftest.err >/dev/null], [], [$2])])
   CFLAGS=$netvsc_save_CFLAGS])

# NETVSC_ENABLE_WERROR
AC_DEFUN([NETVSC_ENABLE_WERROR],
  [AC_ARG_ENABLE([Werror],
     [AS_HELP_STRING([--disable-Werror],
        [warnings do not fail the build])],
     [], [enable_Werror=yes])
   NETVSC_WERROR=
   AS_IF([test "$enable_Werror" = yes], [NETVSC_WERROR=-Werror])
   AC_SUBST([NETVSC_WERROR])])

# NETVSC_ENABLE_SANITIZERS
#
# Only our objects are instrumented; for the whole of ovs-vswitchd, build OVS
# with the same sanitizers in CFLAGS.
AC_DEFUN([NETVSC_ENABLE_SANITIZERS],
  [AC_ARG_ENABLE([sanitizers],
     [AS_HELP_STRING([--enable-sanitizers=LIST],
        [build with -fsanitize=LIST, such as address,undefined (which a bare
         --enable-sanitizers means) or thread])],
     [], [enable_sanitizers=no])
   AS_IF([test "$enable_sanitizers" = yes],
     [enable_sanitizers=address,undefined])
   NETVSC_SANITIZER_FLAGS=
   AS_IF([test "$enable_sanitizers" != no],
     [netvsc_flags="-fsanitize=$enable_sanitizers -fno-omit-frame-pointer"
      AC_MSG_CHECKING([whether $CC links with -fsanitize=$enable_sanitizers])
      netvsc_save_CFLAGS=$CFLAGS
      CFLAGS="$CFLAGS $netvsc_flags"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
        [AC_MSG_RESULT([yes])
         NETVSC_SANITIZER_FLAGS=$netvsc_flags],
        [AC_MSG_RESULT([no])
         AC_MSG_ERROR([$CC does not link with ]dnl
[-fsanitize=$enable_sanitizers (config.log has its message); are the ]dnl
[sanitizers known and compatible, and their runtime installed?  Debian: ]dnl
[apt-get install libgcc-12-dev for gcc, libclang-rt-14-dev for clang])])
      CFLAGS=$netvsc_save_CFLAGS])
   AC_SUBST([NETVSC_SANITIZER_FLAGS])])

# NETVSC_CHECK_FUZZER
#
# Defines the conditional HAVE_FUZZER: whether the compiler brings libFuzzer,
# as clang does.
AC_DEFUN([NETVSC_CHECK_FUZZER],
  [AC_MSG_CHECKING([whether $CC links with -fsanitize=fuzzer])
   netvsc_save_CFLAGS=$CFLAGS
   CFLAGS="$CFLAGS $NETVSC_SANITIZER_FLAGS -fsanitize=fuzzer"
   AC_LINK_IFELSE(
     [AC_LANG_SOURCE([int LLVMFuzzerTestOneInput(void);
                      int LLVMFuzzerTestOneInput(void) { return 0; }])],
     [have_fuzzer=yes], [have_fuzzer=no])
   CFLAGS=$netvsc_save_CFLAGS
   AC_MSG_RESULT([$have_fuzzer])
   AM_CONDITIONAL([HAVE_FUZZER], [test $have_fuzzer = yes])])
