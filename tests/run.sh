#!/usr/bin/env bash
# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Runs the tests, from whatever state the tree is in.  The tests are
# groups of the Autotest suite; this script prepares for them, runs the suite
# in several builds and adds up.

set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=utilities/script.sh
. "$top/utilities/script.sh"
suite=$top/tests/testsuite
passed=0
failed=0
skipped=0
failures=()
# Whether groups that fail are run once more before that counts; those groups,
# and the system tests; and what was said of each, in that order.
recheck=false
again=()
again_system=()
second=()

usage() {
    cat <<USAGE
usage: ${0##*/} [--all | AUTOTEST-ARGUMENT...]

Installs what is missing (Debian 12, as root), builds Open vSwitch and
ovs-netvsc, and runs

  - all groups of the test suite but those with the keyword "slow", those that
    need the lab too if root;
  - the system tests of tests/system, in QEMU, if root: all with tap, and some
    with each synthetic backend;
  - the fuzzers, a few seconds each;
  - the unit tests again in builds with sanitizers: of addresses and undefined
    behavior by clang, of threads by gcc.

Any warning of either compiler is a failure.

With --all it also runs the slow groups: packages, the module for shared
libraries, commands of the documentation that build from the sources; and all
system tests with each backend.  That takes longer than half an hour.

Where up to five tests in the lab or in QEMU fail in a run without arguments, or
with --all, they are run once more when nothing runs beside them.  The second
result counts, and is said to be one.

Arguments choose groups of the test suite, and go to it as TESTSUITEFLAGS:

  -k KEYWORD   those with a keyword, such as unit
  N, N-M       by number, see --list
  -d, -v, -x   as of the suite; tests/testsuite --help tells

The sanitizers then see the unit tests among them; all else is left out.

  --list       list the groups
  -h, --help   this text

The last line is "N passed, N failed", and ", N skipped" if there are any.
Exit status: 0 some have passed and none has failed, 1 not, 2 wrong usage.
USAGE
}

# Before anything is installed or built: the suite would refuse them, too.
check_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            -k | --keywords) [ $# -gt 1 ] || wrong_usage "$1 needs a keyword"
                shift ;;
            -k?* | --keywords=?* | -[dvxrej] | -j[0-9]* | --debug | \
                --verbose | --trace | --recheck | --errexit | --jobs | \
                --jobs=* | [A-Za-z_]*=*) ;;
            *) [[ $1 =~ ^([0-9]+(-[0-9]*)?|-[0-9]+)$ ]] ||
                wrong_usage "unknown argument '$1'" ;;
        esac
        shift
    done
}

# ----------------------------------------------------------------- Results

title() {
    printf '\n== %s\n' "$*"
}

one_passed() {
    passed=$((passed + 1))
}

one_failed() { # NAME
    failed=$((failed + 1))
    failures+=("$1")
}

# Prints the last line and exits.
finish() {
    local summary
    if [ ${#second[@]} -gt 0 ]; then
        title "Failed, and run once more, which is what counts"
        printf '%s\n' "${second[@]}"
    fi
    if [ ${#failures[@]} -gt 0 ]; then
        title "Failed"
        printf '%s\n' "${failures[@]}"
    fi
    summary="$passed passed, $failed failed"
    [ $skipped -eq 0 ] || summary+=", $skipped skipped"
    printf '\n%s\n' "$summary"
    if [ $failed -gt 0 ] || [ $passed -eq 0 ]; then
        exit 1
    fi
    exit 0
}

# ------------------------------------------------------------------ Builds

# Builds in _build/$1; arguments are those of build.sh.
build() {
    local dir=$top/_build/$1
    shift
    "$top/utilities/build.sh" --dir "$dir" all check-programs "$@"
}

make_suite() {
    make -s -C "$top/_build/build" "$suite"
}

prepare() {
    title "Packages and builds"
    if ! "$top/utilities/install-deps.sh" build lab test; then
        one_failed "installation of packages"
        finish
    fi
    if ! build build || ! make_suite; then
        one_failed "build with gcc"
        finish
    fi
}

# A short run of each fuzzer, from the corpus in the tree.
test_fuzzers() {
    local fuzzer
    title "Fuzzers"
    if ! "$top/utilities/build.sh" --dir "$top/_build/fuzz" \
        tests/fuzz/fuzz-link tests/fuzz/fuzz-options -- CC=clang \
        --enable-sanitizers=fuzzer-no-link,address,undefined; then
        one_failed "build of the fuzzers"
        return 0
    fi
    for fuzzer in link options; do
        if make -s --no-print-directory -C "$top/_build/fuzz" check-fuzz \
            FUZZERS=$fuzzer; then
            one_passed
        else
            one_failed "fuzzer of $fuzzer"
        fi
    done
}

# ------------------------------------------------------------ Test groups

# Prints the numbers of the groups that the arguments choose.
chosen_groups() { # [AUTOTEST-ARGUMENT]...
    "$suite" --list "$@" | sed -n 's/^ *\([0-9][0-9]*\): .*/\1/p'
}

# Prints the chosen groups that standard input has too, with -12, or has not,
# with -23.
among() { # -12|-23
    comm "$1" <(sort <<<"$chosen") <(sort) | sort -n | tr '\n' ' '
}

# Prints its arguments for make, which lets the shell take them apart.
make_words() {
    local words=
    [ $# -eq 0 ] || words=$(printf '%q ' "$@")
    echo "${words//\$/\$\$}"
}

# Runs the suite in _build/$1 and adds its results up; $2 is for people.
run_suite() { # DIR NAME GROUPS [AUTOTEST-ARGUMENT]...
    local dir=$top/_build/$1 name=$2 groups=$3 log=$top/_build/$1/check.log
    local rc=0 before=$((failed + ${#again[@]})) wrapper=()
    shift 3
    title "Test suite, $name"
    rm -rf "$dir/tests/testsuite.dir/figures"
    # The thread sanitizer's runtime refuses to start where the kernel
    # randomizes more address bits than it was made for.
    if [ "${dir##*/}" = tsan ] && setarch -R true 2>/dev/null; then
        wrapper=(setarch -R)
    fi
    "${wrapper[@]}" make -s --no-print-directory -C "$dir" check \
        TESTSUITEFLAGS="$(make_words "$@")" 2>&1 | tee "$log" || rc=$?
    add_up "$dir" "$name" "$groups" <"$log"
    show_figures "$dir"
    # Should it have failed in another way than by a test.
    if [ $rc -ne 0 ] && [ $((failed + ${#again[@]})) -eq $before ]; then
        one_failed "$name: make check, with exit status $rc"
    fi
}

# Autotest's line for a group is "NUMBER: TITLE   RESULT".  A failure that was
# expected is a success, and a success that was not is a failure.
add_up() { # DIR NAME GROUPS; reads what the suite has printed.
    local line number group
    local pattern='^ *([0-9]+): (.*[^ ]) +((ok|skipped|FAILED|expected failure'
    pattern+='|UNEXPECTED PASS)( \([^)]*\))?)$'
    local -A result=() title=()

    while read -r line; do
        [[ $line =~ $pattern ]] || continue
        number=${BASH_REMATCH[1]}
        title[$number]=${BASH_REMATCH[2]}
        result[$number]=${BASH_REMATCH[3]}
    done
    for group in $3; do
        line="$2: $group: ${title[$group]:-}"
        case ${result[$group]:-none} in
            ok | "expected failure"*) one_passed ;;
            skipped*)
                skipped=$((skipped + 1))
                why_skipped "$line" "${result[$group]}" ;;
            none) one_failed "$2: group $group has no result" ;;
            *)
                show_failure "$1" "$group" "$line"
                line+=": ${result[$group]}, $(why_failed "$1" "$group")"
                if $recheck; then
                    again+=("$group")
                    second+=("$line")
                else
                    one_failed "$line"
                fi ;;
        esac
    done
}

# The reason is given, or else it is the line of the suite that skipped the
# group.
why_skipped() { # GROUP "skipped (REASON)" or "skipped (FILE:LINE)"
    local where=${2#*(} text
    where=${where%)}
    if ! [[ $where =~ ^[a-z-]+\.at:[0-9]+$ ]]; then
        echo "skipped: $1: $where"
        return
    fi
    text=$(sed -n "${where##*:}{s/^[[:space:]]*//;p}" \
        "$top/tests/${where%:*}" 2>/dev/null) || text=
    echo "skipped: $1: ${text:-$where}"
}

# Prints what the system tests have measured.
show_figures() { # DIR
    local figures=("$1"/tests/testsuite.dir/figures/*)
    [ -e "${figures[0]}" ] || return 0
    title "Figures"
    cat "${figures[@]}"
}

# Prints the name of the log of a group that has failed.
group_log() { # DIR NUMBER
    local log
    for log in "$1"/tests/testsuite.dir/*/testsuite.log; do
        if [[ $log =~ /0*"$2"/testsuite\.log$ ]]; then
            echo "$log"
            return
        fi
    done
    echo /dev/null
}

# Prints the check that failed, of a group's log.
failed_check() { # LOG
    awk '/^[^ ]*\.at:[0-9]+: / && !/: exit code was / { check = "" }
         { check = check $0 "\n" }
         / exit code was |^[0-9]+\. .*: FAILED/ { printf "%s", check; exit }
        ' "$1"
}

# Prints what it said, in one short line.
why_failed() { # DIR NUMBER
    failed_check "$(group_log "$1" "$2")" | sed 1d | tr -s ' \t\n' ' ' |
        cut -c -400
}

show_failure() { # DIR NUMBER GROUP
    local log
    log=$(group_log "$1" "$2")
    printf '\n-- %s: the end of %s\n' "$3" "$log"
    tail -n 40 "$log"
    # What a check that failed then collects can be long.
    printf '\n-- %s: the check that failed\n' "$3"
    failed_check "$log" | sed -n 1,40p
}

# Runs those of the groups that are unit tests under a sanitizer.
test_sanitizer() { # DIR NAME COMPILER LIST GROUPS [AUTOTEST-OPTION]...
    local dir=$1 name=$2 compiler=$3 list=$4 groups=$5
    shift 5
    title "Build with $name"
    if ! build "$dir" -- "CC=$compiler" "--enable-sanitizers=$list"; then
        one_failed "build with $name"
        return 0
    fi
    ! $default || one_passed
    echo "$compiler has no warnings"
    # shellcheck disable=SC2086
    run_suite "$dir" "$name" "$groups" $groups "$@"
}

# The system tests in QEMU have so many seconds.
system_args=(--brief --limit 900)

# Starts the system tests in QEMU in the background, where they judge no time.
start_system() {
    system=
    if [ "$EUID" -ne 0 ]; then
        skipped=$((skipped + 1))
        echo "skipped: system tests in QEMU: need root"
        return 0
    fi
    system_log=$top/_build/system.log
    "$top/tests/system/run.sh" "${system_args[@]}" >"$system_log" 2>&1 &
    system=$!
    # Guests wait most of the time, and cases fail where they come too late.  All
    # else takes what they leave.
    renice -n 10 -p $$ >/dev/null
    trap 'kill "$system" 2>/dev/null' EXIT
}

# Waits for the system tests in QEMU, and adds up what they say, "ok|FAIL|skip
# CASE BACKEND ...".
finish_system() {
    local result name backend rest rc=0 found=false
    [ -n "$system" ] || return 0
    title "System tests in QEMU"
    wait "$system" || rc=$?
    trap - EXIT
    cat "$system_log"
    while read -r result name backend rest; do
        case $result,$name in
            ok,*) one_passed ;;
            skip,*)
                skipped=$((skipped + 1))
                echo "skipped: system test $name with $backend: $rest" ;;
            FAIL,guest)
                found=true
                one_failed "system tests, guest $backend: $rest" ;;
            FAIL,*)
                found=true
                again_system+=("$name $backend")
                second+=("system test $name with $backend: $rest") ;;
        esac
    done <"$system_log"
    if [ $rc -ne 0 ] && ! $found; then
        one_failed "system tests in QEMU, with exit status $rc"
    fi
}

# Runs what has failed once more, when nothing runs beside it.
run_again() {
    local test first=("${second[@]}") groups=("${again[@]}") rc before i=0
    local log=$top/_build/again.log backend brief=()
    [ "${system_args[0]}" != --brief ] || brief=(--brief)
    again=()
    second=()
    if [ ${#first[@]} -gt 5 ]; then
        for test in "${first[@]}"; do
            one_failed "$test"
        done
        return
    fi
    for test in "${groups[@]}"; do
        before=$((passed + failed))
        run_suite build "gcc, once more" "$test" "$test" \
            ${options[@]+"${options[@]}"}
        if [ $((passed + failed)) -eq $before ]; then
            skipped=$((skipped - 1))
            one_failed "${first[i]}; once more: skipped"
        else
            second+=("${first[i]}")
        fi
        i=$((i + 1))
    done
    for test in "${again_system[@]}"; do
        title "System test ${test% *} with ${test#* }, once more"
        rc=0
        # What is wrong with none of them alone, with all.
        backend=(--backend "${test#* }")
        [ "${test#* }" != all ] || backend=()
        "$top/tests/system/run.sh" "${brief[@]}" --limit 300 "${backend[@]}" \
            "${test% *}" 2>&1 |
            tee "$log" || rc=$?
        second+=("${first[i]}")
        if [ $rc -eq 0 ]; then
            one_passed
        else
            one_failed "system test ${test% *} with ${test#* }, once more: \
$(sed -n 's/^FAIL  *[^ ]* *[^ ]* *//p' "$log")"
        fi
        i=$((i + 1))
    done
}

# The arguments that choose no group, for a suite whose groups are known.
options_only() {
    options=()
    while [ $# -gt 0 ]; do
        case $1 in
            -k | --keywords) shift ;;
            -k* | --keywords=* | -r | --recheck | [0-9]* | -[0-9]*) ;;
            *) options+=("$1") ;;
        esac
        [ $# -eq 0 ] || shift
    done
}

# ------------------------------------------------------------------- Main

default=false
case ${1:-} in
    -h | --help) usage; exit 0 ;;
    -l | --list) build build && make_suite; exec "$suite" --list ;;
    --all)
        [ $# -eq 1 ] || wrong_usage "--all takes no arguments"
        shift
        default=true
        system_args=(--limit 1800) ;;
    '') default=true; set -- -k '!slow' ;;
esac

check_arguments "$@"
prepare
if ! chosen=$(chosen_groups "$@"); then
    one_failed "choice of tests, by: $*"
    finish
fi
unit=$(chosen_groups -k unit | among -12)
options_only "$@"

# Unit tests come first, two at a time, and what judges time then runs alone:
# all else beside the system tests.
if $default; then
    # shellcheck disable=SC2086
    run_suite build "gcc, unit tests" "$unit" -j2 $unit \
        ${options[@]+"${options[@]}"}
    recheck=true
    timed=$(chosen_groups -k 'system,!docs' -k bench | among -12)
    others=$(chosen_groups -k 'system,!docs' -k bench -k unit | among -23)
    # shellcheck disable=SC2086
    run_suite build "gcc" "$timed" $timed ${options[@]+"${options[@]}"}
    start_system
    # shellcheck disable=SC2086
    run_suite build "gcc, beside the system tests" "$others" $others \
        ${options[@]+"${options[@]}"}
    recheck=false
    test_fuzzers
else
    run_suite build gcc "$chosen" "$@"
fi
if [ -n "${unit// /}" ]; then
    test_sanitizer asan "address and undefined behavior sanitizers" clang \
        address,undefined "$unit" ${options[@]+"${options[@]}"}
    test_sanitizer tsan "thread sanitizer" gcc thread "$unit" \
        ${options[@]+"${options[@]}"}
fi
if $default; then
    finish_system
    run_again
fi
finish
