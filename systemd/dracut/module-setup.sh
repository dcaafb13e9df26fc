#!/bin/bash
# Puts into the initrd what counts the boots of a system that is on trial, and goes back from it: dracut.modules(7).

check() {
    require_binaries /usr/libexec/container-snap/trial btrfs || return 1
    return 0
}

depends() {
    echo btrfs
}

install() {
    inst_multiple /usr/libexec/container-snap/trial btrfs cat ln mkdir mount reboot rm systemctl umount
    # shellcheck disable=SC2154 # dracut's
    inst_hook pre-pivot 50 "$moddir/pre-pivot.sh"
}
