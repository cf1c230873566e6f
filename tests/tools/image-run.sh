#!/usr/bin/env bash
# Runs a command in a root made by image-root.sh as a container runtime would run the image: as its user, with a
# read-only root, no capability, no way to new privileges, /proc of its own processes, the usual devices, and one
# writable directory.
#   image-run.sh ROOT COMMAND…          as root; the command ends with this process
set -euo pipefail

if [ "$1" != --inside ]; then
  exec unshare --mount --pid --fork --kill-child --propagation private -- "$0" --inside "$@"
fi
shift
root=$1
shift

mount --bind "$root" "$root"
mount -o remount,bind,ro,nosuid,nodev "$root"
mount -t tmpfs -o size=16m,mode=0750,uid=65532,gid=65532 state "$root/var/lib/issuer-gateway"
mount -t proc -o subset=pid,nosuid,nodev,noexec proc "$root/proc"
mount -t tmpfs -o size=64k,mode=0755 devices "$root/dev"
for device in null zero full random urandom; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,ro "$root/dev"
exec setpriv --no-new-privs -- chroot --userspec=65532:65532 --groups= "$root" "$@"
