# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
#
# Completes the command lines of ovs-netvsc and ovs-netvsc-lab, and of
# ovs-appctl if the command is one of netvsc ports.  Source it, or install it
# where bash looks for such files:
#
#     $ . utilities/ovs-netvsc-bashcomp.bash
#
# Commands and options are taken from what the programs print with --help, so
# that nothing has to be kept up to date here.  Ports and bridges come from the
# database, interfaces from the kernel.
#
# shellcheck shell=bash

# Prints those of the lines of stdin that begin with $1.
_ovs_netvsc_matches() { # WORD
    local line
    while IFS= read -r line; do
        [[ $line != "$1"* ]] || printf '%s\n' "$line"
    done
}

# Sets COMPREPLY to those lines of what COMMAND prints that begin with WORD.
# An option that needs a value ends in "=", and no space follows.
_ovs_netvsc_reply() { # WORD COMMAND [ARG]...
    local word=$1
    shift
    mapfile -t COMPREPLY < <("$@" | _ovs_netvsc_matches "$word" | sort -u)
    if [[ ${#COMPREPLY[@]} = 1 && ${COMPREPLY[0]} = *= ]]; then
        # There is no completion going on in a test.
        compopt -o nospace 2>/dev/null
    fi
    return 0
}

# Prints the names below the heading "$2:" of what "$1 --help" prints.
_ovs_netvsc_names() { # PROGRAM HEADING
    "$1" --help 2>/dev/null |
        sed -n "/^$2:/,/^\$/s/^  \\([a-z][a-z-]*\\).*/\\1/p"
}

_ovs_netvsc_options() { # PROGRAM
    "$1" --help 2>/dev/null | grep -o -e '--[a-z][a-z-]*[[]\{0,1\}=\{0,1\}' |
        sed 's/\[$//; s/\[=$//'
}

_ovs_netvsc_bridges() {
    ovs-vsctl --timeout=2 list-br 2>/dev/null
}

# Ports of type netvsc.
_ovs_netvsc_ports() {
    ovs-vsctl --timeout=2 --bare --columns=name find Interface type=netvsc \
        2>/dev/null | grep .
}

# NetVSC interfaces and their VFs.
_ovs_netvsc_interfaces() {
    ovs-netvsc --timeout=2 list --format=csv --no-headings 2>/dev/null |
        cut -d, -f1,4 | tr ',' '\n' | grep -v '^none$'
}

_ovs_netvsc_names_of_pairs() {
    _ovs_netvsc_ports
    _ovs_netvsc_interfaces
}

_ovs_netvsc_labs() {
    local state
    for state in "${OVS_NETVSC_LAB_DIR:-/run/ovs-netvsc-lab}"/*/state; do
        [ ! -e "$state" ] || basename "${state%/state}"
    done
}

# True if WORD is an option of ovs-netvsc whose value may be the next word.
_ovs_netvsc_needs_value() { # WORD
    [[ $1 = --* ]] && _ovs_netvsc_options ovs-netvsc | grep -qxF -e "$1="
}

# Sets 'cur' to the word to be completed and 'option' to the option whose value
# it is, or to "".  Bash takes "--format=csv" for three words.
_ovs_netvsc_split() {
    local prev=${COMP_WORDS[COMP_CWORD - 1]}
    cur=${COMP_WORDS[COMP_CWORD]}
    option=
    if [[ $cur = '=' ]]; then
        cur=
        option=$prev
    elif [[ $prev = '=' ]] && ((COMP_CWORD >= 2)); then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $prev = -f ]]; then
        option=--format
    elif [[ $prev = -d ]]; then
        option=--data
    elif _ovs_netvsc_needs_value "$prev"; then
        option=$prev
    fi
}

# Prints the words of the command line before the one to be completed that are
# neither options nor their values.
_ovs_netvsc_arguments() {
    local i prev=
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -* | =) ;;
            *) [[ $prev = '=' || $prev = -[dft] || $prev = --name ]] ||
                   _ovs_netvsc_needs_value "$prev" ||
                   printf '%s\n' "${COMP_WORDS[i]}" ;;
        esac
        prev=${COMP_WORDS[i]}
    done
}

_ovs_netvsc_complete() {
    local cur option arguments
    COMPREPLY=()
    _ovs_netvsc_split
    mapfile -t arguments < <(_ovs_netvsc_arguments)

    case $option in
        --format)
            _ovs_netvsc_reply "$cur" printf '%s\n' table list html csv json
            return ;;
        --data)
            _ovs_netvsc_reply "$cur" printf '%s\n' string bare json
            return ;;
        --ignore)
            _ovs_netvsc_reply "$cur" _ovs_netvsc_interfaces
            return ;;
        --root | --log-file)
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            return ;;
        --*) return ;;
    esac
    if [[ $cur = -* ]]; then
        _ovs_netvsc_reply "$cur" _ovs_netvsc_options ovs-netvsc
        return
    fi
    if [ ${#arguments[@]} -eq 0 ]; then
        _ovs_netvsc_reply "$cur" _ovs_netvsc_names ovs-netvsc Commands
        return
    fi
    case ${arguments[0]} in
        auto)
            [ ${#arguments[@]} -gt 1 ] ||
                _ovs_netvsc_reply "$cur" _ovs_netvsc_bridges ;;
        show | watch)
            [ ${#arguments[@]} -gt 1 ] ||
                _ovs_netvsc_reply "$cur" _ovs_netvsc_names_of_pairs ;;
        doctor)
            _ovs_netvsc_reply "$cur" _ovs_netvsc_names ovs-netvsc \
                'Checks of doctor' ;;
    esac
}

# Prints the options that the help of ovs-netvsc-lab has for a command, or, if
# there is none so far, before the commands.
_ovs_netvsc_lab_options() { # [COMMAND]
    ovs-netvsc-lab --help 2>/dev/null | awk -v command="$1" '
        /^Commands:/ { commands = 1 }
        /^Environment:/ { exit }
        /^  [a-z]/ { now = $1 }
        commands && command != "" && now == command { print }
        !commands && command == "" { print }' |
        grep -o -e '--[a-z][a-z-]*'
}

_ovs_netvsc_lab_complete() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local arguments
    COMPREPLY=()
    mapfile -t arguments < <(_ovs_netvsc_arguments)

    if [[ $prev = --name ]]; then
        _ovs_netvsc_reply "$cur" _ovs_netvsc_labs
    elif [[ $prev = --vswitchd || $prev = --module ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    elif [[ $cur = -* ]]; then
        _ovs_netvsc_reply "$cur" _ovs_netvsc_lab_options "${arguments[0]}"
    elif [ ${#arguments[@]} -eq 0 ]; then
        _ovs_netvsc_reply "$cur" _ovs_netvsc_names ovs-netvsc-lab Commands
    elif [[ ${arguments[0]} = exec && ${#arguments[@]} = 1 ]]; then
        _ovs_netvsc_reply "$cur" printf '%s\n' guest host
    fi
}

# Open vSwitch's own script, which completes the other commands of ovs-appctl.
# Debian puts it into the folder from which bash-completion loads files, but
# under a name by which it does not find it.
_ovs_netvsc_load_appctl() {
    local file=${BASH_SOURCE[0]%/*}/ovs-appctl-bashcomp.bash
    if [ -r "$file" ] && ! complete -p ovs-appctl >/dev/null 2>&1; then
        # shellcheck disable=SC1090
        . "$file"
    fi
}
_ovs_netvsc_load_appctl

# What completed ovs-appctl before, that script for instance.
_OVS_NETVSC_APPCTL_BEFORE=$(complete -p ovs-appctl 2>/dev/null |
    sed -n 's/.* -F \([^ ]*\).*/\1/p')
if [[ $_OVS_NETVSC_APPCTL_BEFORE = _ovs_netvsc_appctl_complete ]]; then
    _OVS_NETVSC_APPCTL_BEFORE=
fi

_ovs_netvsc_appctl_commands() {
    ovs-appctl --timeout=2 list-commands 2>/dev/null |
        sed -n 's/^  *\([^ ][^ ]*\).*/\1/p'
}

_ovs_netvsc_appctl_complete() {
    local cur=${COMP_WORDS[COMP_CWORD]} i first=0
    COMPREPLY=()

    # Bash may take a command apart at its slash no more than at others.
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} = netvsc/* ]]; then
            first=$i
            break
        fi
    done
    if ((!first)); then
        if [[ -n $_OVS_NETVSC_APPCTL_BEFORE ]]; then
            "$_OVS_NETVSC_APPCTL_BEFORE" "$@"
        elif [[ $cur != -* ]]; then
            _ovs_netvsc_reply "$cur" _ovs_netvsc_appctl_commands
        fi
        return
    fi

    # The first argument is a port, for commands that have one.
    case ${COMP_WORDS[first]}:$((COMP_CWORD - first)) in
        netvsc/show:* | netvsc/history:*)
            if [[ $cur = -* ]]; then
                _ovs_netvsc_reply "$cur" echo --json
            else
                _ovs_netvsc_reply "$cur" _ovs_netvsc_ports
            fi ;;
        netvsc/list:*) _ovs_netvsc_reply "$cur" echo --json ;;
        netvsc/set-path:1) _ovs_netvsc_reply "$cur" _ovs_netvsc_ports ;;
        netvsc/set-path:2)
            _ovs_netvsc_reply "$cur" printf '%s\n' auto vf synthetic ;;
    esac
}

complete -F _ovs_netvsc_complete ovs-netvsc
complete -F _ovs_netvsc_lab_complete ovs-netvsc-lab
complete -F _ovs_netvsc_appctl_complete ovs-appctl
