# Copyright (c) 2026 The ovs-netvsc Authors.
# Licensed under the Apache License, Version 2.0; see LICENSE.
# shellcheck shell=bash disable=SC2154
#
# The virtual machine of the system tests: its kernel, its network on this
# machine's side, QEMU, and ways to talk to both.  Sourced by run.sh, which
# sets top, cache, run, build, ovs_source, ovs_build and nics, and runs in the
# network namespace that is the host.
#
#     this machine                                guest
#
#     app1 .............................. QEMU ... app1 [OVS]
#     host1 ---- port1 -- vsw1 -- syn1 .. QEMU ... eth1 (NetVSC)
#                            \--- vf1 ... QEMU ... the VF
#
# One such set for each number from 1 to $nics, and mgmt for commands.  The
# virtual switch does as utilities/ovs-netvsc-lab describes.

meta_package=linux-image-amd64

# ------------------------------------------------------------ The kernel

# Debian's own kernel, unpacked below the cache.  Sets "kernel", "vmlinuz" and
# "modules".
get_kernel() {
    local package deb
    package=$(apt-cache depends "$meta_package" 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    if [ -z "$package" ]; then
        apt-get -qq update >"$cache/apt.log" 2>&1 || :
        package=$(apt-cache depends "$meta_package" 2>/dev/null |
            sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    fi
    if [ -z "$package" ]; then
        # Without the lists of packages, what was unpacked before will do.
        package=$(cd "$cache" && printf '%s\n' linux-image-*/ | tail -n 1)
        package=${package%/}
        [ -d "$cache/$package" ] || die "apt knows no $meta_package"
    fi
    kernel=${package#linux-image-}
    if [ ! -e "$cache/$package/.complete" ]; then
        rm -rf "${cache:?}/$package"
        mkdir -p "$cache/$package"
        (cd "$cache/$package" &&
            { apt-get -q download "$package" ||
                { apt-get -q update && apt-get -q download "$package"; } } &&
            deb=$(echo ./*.deb) && dpkg-deb -x "$deb" . && rm "$deb" &&
            depmod -b . "$kernel" && touch .complete) >"$cache/kernel.log" 2>&1 ||
            { tail -n 5 "$cache/kernel.log" >&2; die "cannot unpack $package"; }
    fi
    vmlinuz=$cache/$package/boot/vmlinuz-$kernel
    modules=$cache/$package/lib/modules/$kernel
}

# An initramfs that can mount the root.
make_initramfs() {
    local dir=$run/initramfs path
    mkdir -p "$dir"/{bin,proc,dev,modules}
    cp "$(command -v busybox)" "$dir/bin/busybox"
    cp "$top/tests/system/guest/init" "$dir/init"
    for path in virtio_pci 9pnet_virtio 9p overlay; do
        modprobe -d "${modules%/lib/modules/*}" -S "$kernel" \
            --show-depends "$path"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' \
        >"$run/modules.list"
    while read -r path; do
        cp "$path" "$dir/modules/"
        echo "${path##*/}"
    done <"$run/modules.list" >"$dir/modules/list"
    (cd "$dir" && find . | cpio -o -H newc --quiet) >"$run/initramfs.img"
    rm -rf "$dir"
}

# ----------------------------------------------------------- The network

mac() { # NUMBER WHAT
    printf '02:4e:56:%02x:00:%02x' "$1" "$2"
}

# The guest's own and its application's address, of NIC $1.
nic_mac() { mac "$1" 1; }
app_mac() { mac "$1" 2; }
host_mac() { mac "$1" 0x15; }

create_network() {
    local i nic
    for nic in all default; do
        echo 1 >"/proc/sys/net/ipv6/conf/$nic/disable_ipv6" 2>/dev/null || :
    done
    ip link set dev lo up
    ip tuntap add dev mgmt mode tap
    ip address add 192.0.3.1/24 dev mgmt
    ip link set dev mgmt up
    for ((i = 1; i <= nics; i++)); do
        ip -batch - <<BATCH
tuntap add dev syn$i mode tap
tuntap add dev vf$i mode tap
tuntap add dev app$i mode tap
link add name vsw$i address $(mac "$i" 0x14) mtu 9000 type bridge \
    stp_state 0 forward_delay 0 mcast_snooping 0
link add name host$i address $(host_mac "$i") mtu 9000 \
    type veth peer name port$i address $(mac "$i" 0x16) mtu 9000
link set dev syn$i address $(mac "$i" 0x11) mtu 9000 master vsw$i
link set dev vf$i address $(mac "$i" 0x12) mtu 9000 master vsw$i
link set dev port$i master vsw$i
link set dev syn$i type bridge_slave learning off isolated on \
    flood on mcast_flood on bcast_flood on
link set dev vf$i type bridge_slave learning off isolated on \
    flood off mcast_flood off bcast_flood off
link set dev port$i type bridge_slave learning off
link set dev app$i address $(app_mac "$i") mtu 9000
BATCH
        bridge fdb add "$(host_mac "$i")" dev "port$i" master static
        for nic in host port syn vf app; do
            ethtool -K "$nic$i" rx off tx off tso off gso off gro off \
                >"$run/ethtool.log" 2>&1 || :
        done
        for nic in syn vf vsw port host app; do
            ip link set dev "$nic$i" up
        done
    done
}

# The virtual switch sends unicast for NIC $1 to its VF, or not.
switch_to() { # NUMBER vf|synthetic
    local m
    for m in "$(nic_mac "$1")" "$(app_mac "$1")"; do
        if [ "$2" = vf ]; then
            bridge fdb replace "$m" dev "vf$1" master static
        else
            bridge fdb del "$m" dev "vf$1" master static 2>/dev/null || :
        fi
    done
}

# Writes down when something happened, for who measures.
event() { # WORD...
    echo "$EPOCHREALTIME $*" >>"$run/events"
}

# Follows what the guest's hv_netvsc says of its VFs, in the background.  A VF
# is used while it is plugged in and its netdevice is up.
follow_guest() {
    local what number state bdf nic
    while read -r what number state bdf nic; do
        [ "$what" = vf ] || continue
        (
            flock 9
            if [ "$state" = up ] && [ -e "$run/vf$number.plugged" ]; then
                switch_to "$number" vf
            else
                switch_to "$number" synthetic
            fi
            event switch "$number" "$state"
            # Who waits for the state may send at once.
            echo "$state $bdf $nic" >"$run/vf$number.state"
        ) 9>"$run/switch.lock"
    done < <(guest exec "$top/tests/system/guest/hv-netvsc")
}

# ------------------------------------------------------------------ QEMU

# Two for each NIC, and two more.
slots=$((2 * nics + 2))

# The root port of slot $1, whose only bus the guest's firmware numbers $1.
slot_bdf() { # SLOT
    printf '0000:00:%02x.0' "$((16 + $1))"
}

# MB of the guest's memory in huge pages, for DPDK.  Open vSwitch fills half of
# what is there with packet buffers, which takes time, so less is faster; the
# rest has room for those of larger packets in one piece.
huge_mb=370

# AF_XDP needs packet buffers in one piece of memory, which physical addresses
# would break up.  No VF is probed at the start.
dpdk_extra="--iova-mode=va -a 0000:00:00.0 --no-telemetry"

# Starts the guest and waits until it takes commands.
start_vm() { # [-device ARG]...
    local i args=()
    for ((i = 1; i <= slots; i++)); do
        args+=(-device "pcie-root-port,id=slot$i,chassis=$i,slot=$i,\
addr=$(slot_bdf "$i" | cut -d : -f 3)")
    done
    args+=(-netdev "tap,id=mgmt,ifname=mgmt,script=no,downscript=no"
        -device "virtio-net-pci,netdev=mgmt,romfile=,mac=02:4e:56:00:00:07")
    for ((i = 1; i <= nics; i++)); do
        args+=(-netdev "tap,id=syn$i,ifname=syn$i,script=no,downscript=no"
            -device "$(netvsc_device "$i")")
        args+=(-netdev "tap,id=app$i,ifname=app$i,script=no,downscript=no"
            -device "virtio-net-pci,netdev=app$i,romfile=,\
mac=$(mac "$i" 3),$virtio_plain")
    done
    console=$run/console.log
    : >"$console"
    cat >"$run/config" <<CONFIG
kernel=$kernel
modules=$modules
top=$top
build=$build
ovs_source=$ovs_source
ovs_build=$ovs_build
vswitchd=$vswitchd
vf_pmd=$vf_pmd
dpdk_extra="$dpdk_extra"
nics=$nics
CONFIG
    qemu-system-x86_64 -nodefaults -no-user-config -display none \
        -machine q35,smm=off,vmport=off -accel tcg,thread=multi \
        -cpu max,-erms,-fsrm -smp 2 -m 2048 \
        -kernel "$vmlinuz" -initrd "$run/initramfs.img" -append \
        "console=ttyS0 quiet panic=-1 mitigations=off ipv6.disable_ipv6=1 \
nowatchdog no_timer_check clearcpuid=rep_good hugepages=$((huge_mb / 2)) random.trust_cpu=on \
netvsc.boot=$top/tests/system/guest/boot" \
        -chardev "file,id=console,path=$console,append=on" \
        -serial chardev:console \
        -chardev "socket,id=shell,path=$run/shell.sock,server=on,wait=off" \
        -serial chardev:shell \
        -qmp tcp:127.0.0.1:4444,server=on,wait=off \
        -virtfs "local,path=/,mount_tag=root,security_model=none,\
readonly=on,multidevs=remap" \
        -virtfs "local,path=$run,mount_tag=host,security_model=none" \
        -object rng-random,id=rng,filename=/dev/urandom \
        -device virtio-rng-pci,rng=rng -no-reboot "${args[@]}" "$@" \
        >"$run/qemu.log" 2>&1 9>&- &
    qemu_pid=$!
    for ((i = 0; i < 1200; i++)); do
        ! grep -q "guest is ready" "$console" || return 0
        kill -0 "$qemu_pid" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 15 "$run/qemu.log" "$console" >&2
    return 1
}

# Packets that are left half made would have wrong checksums.
virtio_plain=csum=off,guest_csum=off,gso=off,guest_tso4=off,guest_tso6=off
virtio_plain+=,guest_ecn=off,guest_ufo=off,host_tso4=off,host_tso6=off
virtio_plain+=,host_ecn=off,host_ufo=off,mrg_rxbuf=on

netvsc_device() { # NUMBER
    echo "virtio-net-pci,id=eth$1,netdev=syn$1,romfile=,mac=$(nic_mac "$1"),\
$virtio_plain"
}

# A network device of e1000e's or vmxnet3's is one of a PCI driver, and has no
# native XDP here.
vf_model=virtio-net-pci

vf_device() { # NUMBER SLOT
    local options=
    [ $vf_model != virtio-net-pci ] || options=,$virtio_plain
    echo "$vf_model,id=vfdev$1,netdev=vf$1,bus=slot$2,romfile=,\
mac=$(nic_mac "$1")$options"
}

stop_vm() {
    local i
    [ -n "${qemu_pid:-}" ] || return 0
    kill "$qemu_pid" 2>/dev/null || :
    for ((i = 0; i < 50; i++)); do
        kill -0 "$qemu_pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -9 "$qemu_pid" 2>/dev/null || :
    wait "$qemu_pid" 2>/dev/null || :
    qemu_pid=
}

# Gives one command by QMP, and waits for an event about a device after it, if
# asked to.  Prints why it fails.
qmp() { # JSON [EVENT DEVICE]
    local line fd rc=1 returned=false happened=false
    [ $# -gt 1 ] || happened=true
    exec {fd}<>/dev/tcp/127.0.0.1/4444
    read -r -t 20 -u "$fd" line
    echo '{"execute":"qmp_capabilities"}' >&"$fd"
    read -r -t 20 -u "$fd" line
    echo "$1" >&"$fd"
    while read -r -t 20 -u "$fd" line; do
        case $line in
            *'"error"'*) echo "qmp: $1: $line" >&2; break ;;
            *'"return"'*) returned=true ;;
            *"\"${2:-}\""*"\"${3:-}\""*) happened=true ;;
        esac
        ! $returned || ! $happened || { rc=0; break; }
    done
    exec {fd}>&-
    return $rc
}

# Runs a command in the guest; its output and its status are the guest's.
# Returns 255 if the guest ends meanwhile.
guest() { # COMMAND [ARG]...
    local fd line part= got rc=255 words
    words=$(printf '%q ' "$@")
    exec {fd}<>/dev/tcp/192.0.3.2/7000 || return 255
    printf '%s\n' "$words" >&"$fd"
    # The agent's line begins on a line of its own: an empty one before it is
    # not the command's.  All else is passed on as it comes.
    local empty=
    while :; do
        got=0
        IFS= read -r -t 10 -u "$fd" line || got=$?
        # A guest that has ended closes no connection.
        if [ $got -gt 128 ] && kill -0 "$qemu_pid" 2>/dev/null; then
            part+=$line
            continue
        fi
        [ $got = 0 ] || break
        line=$part$line
        part=
        if [[ $line =~ ^@exit\ ([0-9]+)$ ]]; then
            rc=${BASH_REMATCH[1]}
            break
        elif [ -z "$line" ]; then
            empty+=$'\n'
        else
            printf '%s%s\n' "$empty" "$line"
            empty=
        fi
    done
    exec {fd}>&-
    return "$rc"
}

# The same for a piece of shell.
guest_sh() { # SCRIPT [ARG]...
    guest bash -c "$@"
}
