#!/usr/bin/env bash
# Starts a service unit under a real systemd in namespaces of its own, on a copy-on-write view of this machine, and says
# what became of it. Nothing of it is seen outside, and all of it ends with this process.
#   unit-run.sh FOLDER       as root; FOLDER holds what is to be tried, and gets the results
#     root/                  files laid over the machine's
#     base                   optional: the root file system to try it on in place of this machine's
#     unit                   the name of the service; its file lies in root/kit-units/
#     probe                  a shell script, run once the service has been started (or has failed); what it writes to
#                            /result stands in FOLDER/result afterwards
set -euo pipefail

if [ "$1" != --inside ]; then
  mkdir -p "$1/result" "$1/space"
  exec unshare --pid --mount --ipc --uts --cgroup --net --fork --kill-child --propagation private -- "$0" --inside "$1"
fi
folder=$2
unit=$(cat "$folder/unit")
space=$folder/space
base=/
[ ! -e "$folder/base" ] || base=$(cat "$folder/base")

mount -t tmpfs space "$space"
mkdir "$space/upper" "$space/work" "$space/root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$space/upper,workdir=$space/work" "$space/root"
cp -a "$folder/root/." "$space/root/"
install -m 0755 "$folder/probe" "$space/root/probe"
cd "$space/root"

mount -t proc proc proc
mount -t sysfs sys sys
mount -t cgroup2 cgroup sys/fs/cgroup
mount -t tmpfs run run -o mode=0755
mount -t tmpfs tmp tmp -o mode=1777
mount -t tmpfs dev dev -o mode=0755
for device in null zero full random urandom tty; do
  : > "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm dev/mqueue dev/hugepages
mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666
ln -s pts/ptmx dev/ptmx
mount -t tmpfs shm dev/shm
mount -t mqueue mqueue dev/mqueue
mkdir -p result old kit-units
mount --bind "$folder/result" result

cat > kit-units/kit.target <<EOF
[Unit]
DefaultDependencies=no
Wants=$unit probe.service
EOF
cat > kit-units/probe.service <<EOF
[Unit]
DefaultDependencies=no
After=$unit
[Service]
Type=oneshot
ExecStart=/bin/sh /probe
ExecStopPost=/bin/systemctl exit 0
EOF

ip link set lo up
mount --make-rprivate /
pivot_root . old
umount -l /old
mount --make-rshared /
cd /
[ ! -e /kit-units/accounts.conf ] || systemd-sysusers /kit-units/accounts.conf
[ ! -e /kit-units/directories.conf ] || systemd-tmpfiles --create /kit-units/directories.conf
exec env -i container=kit PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH=/kit-units:/usr/lib/systemd/system \
  /usr/lib/systemd/systemd --system --unit=kit.target --show-status=no
