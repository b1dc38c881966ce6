# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
# shellcheck shell=bash disable=SC2154,SC2016
#
# What the cases about synthetic=tap have in common.

# What is logged from now on is meant by log_has and log_has_not.
mark_log() {
    log_mark=$(wc -l <"$run/ovs-vswitchd.log")
}

log_has() { # REGEX
    tail -n "+$((log_mark + 1))" "$run/ovs-vswitchd.log" | grep "$1" ||
        fail "not in the log: $1"
}

log_has_not() { # REGEX
    ! tail -n "+$((log_mark + 1))" "$run/ovs-vswitchd.log" | grep "$1" ||
        fail "in the log: $1"
}

# Prints the name of the tap of port $1.
tap_of() { # NUMBER
    appctl netvsc/show "eth$1" | sed -n 's/^    tap: //p'
}

wait_new_tap() { # NUMBER OLD-TAP
    local tap deadline=$((SECONDS + 90))
    while ((SECONDS < deadline)); do
        tap=$(tap_of "$1")
        if [ -n "$tap" ] && [ "$tap" != "$2" ]; then
            wait_path "$1" synthetic
            return 0
        fi
        sleep 0.2
    done
    fail "no tap in place of $2"
}

wait_backend() { # NUMBER BACKEND
    wait_shown "$1" "*synthetic path: open*backend: $2 (*" \
        "port eth$1 does not use $2" 90
}

# Waits until the synthetic path of the port that is deleted is closed.
wait_closed() { # NUMBER
    must guest_sh 'deadline=$((SECONDS + 90))
        while ((SECONDS < deadline)); do
            case $(ip link show type tun) in
                *nvtap*) sleep 0.1 ;;
                *) sleep 0.5; exit 0 ;;
            esac
        done
        exit 1' wait_closed
}

# Waits until rules for the address $2 are on NIC $1.
wait_rules() { # NUMBER MAC
    must guest_sh 'deadline=$((SECONDS + 90))
        while ((SECONDS < deadline)); do
            case $(tc filter show dev "eth$1" parent ffff:) in
                *"$2"*) exit 0 ;;
            esac
            sleep 0.1
        done
        exit 1' wait_rules "$1" "$2"
    wait_path "$1" synthetic
}

# On NIC $1, whose address is $2, are five rules, to the tap of its port:
# unicast for that address is taken away from the host, and whatever it cannot
# do without is copied.
check_rules() { # NUMBER MAC
    local tap want got
    tap=$(tap_of "$1")
    [ -n "$tap" ] || fail "port eth$1 has no tap"
    want="\
61450 $2 Redirect $tap
61451 any Mirror $tap
61452 01:00:00:00:00:00/01:00:00:00:00:00 Mirror $tap
61453 ff:ff:ff:ff:ff:ff Mirror $tap
61454 33:33:00:00:00:00/33:33:00:00:00:00 Mirror $tap"
    got=$(guest tc filter show dev "eth$1" parent ffff: | awk '
        / handle / { priority = $5; mac = "any" }
        / dst_mac / { mac = $2 }
        / mirred / {
            sub(/\)$/, "", $9)
            print priority, mac, $6, $9
        }')
    [ "$got" = "$want" ] || {
        guest tc filter show dev "eth$1" parent ffff:
        echo "$got"
        fail "wrong rules on eth$1"
    }
}

# NIC $1 as net_tap may leave something behind on it: qdiscs, MTU, flags.  The
# state of the link is not its business.
nic_state() { # NUMBER
    # shellcheck disable=SC2016
    must guest_sh 'tc qdisc show dev "$1" && ip -d link show dev "$1"' \
        nic_state "eth$1" |
        sed -n 's/^qdisc \([a-z_]*\) \([0-9a-f]*:\) .*/qdisc \1 \2/p
            s/.*<\(.*\)> mtu \([0-9]*\) qdisc \([a-z_]*\) .*/\1 \2 \3/p
            s/.* \(promiscuity [0-9]*\) .*/\1/p' |
        sed 's/NO-CARRIER,\|,LOWER_UP//'
}

# What check_clean compares NIC $1 with.
mark_nic() { # NUMBER [MTU]
    must guest ip link set dev "eth$1" mtu "${2:-1500}"
    clean=$(nic_state "$1")
    say "$clean"
    [[ $clean = *" ${2:-1500} "*"promiscuity 0" ]] || fail "eth$1: $clean"
}

# NIC $1 is as if net_tap had never been there.
check_clean() { # NUMBER
    local now
    now=$(nic_state "$1")
    [ "$now" = "$clean" ] || fail "eth$1 was: $clean; and is: $now"
    ! guest ip link show type tun | grep nvtap || fail "a tap is left"
}

# Prints how many packets matched the rule with priority $2 on device $1.
packets_of_rule() { # NIC PRIORITY
    guest tc -s -j filter show dev "$1" parent ffff: | jq "
        [.[] | select(.pref == $2) | .options.actions[]?.stats.packets] | add"
}
