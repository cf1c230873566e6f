#!/usr/bin/env bash
# Makes a root file system of Debian 13 with its systemd (257) below artifacts/tools, for tests of what the systemd of this
# machine may be too old for. Prints its path. Does nothing when it is there; exits with 1 and a reason where it cannot be made.
# DEBIAN_MIRROR overrides where packages come from.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${TOOLS_DIRECTORY:-$here/../../artifacts/tools}
mkdir -p "$target"
root=$(cd "$target" && pwd)/systemd-root

exec 9> "$target/.systemd-root.lock"
flock 9
[ ! -e "$root/.made" ] || { echo "$root"; exit 0; }
[ "$(id -u)" -eq 0 ] || { echo "debootstrap needs root" >&2; exit 1; }
command -v debootstrap > /dev/null || { echo "debootstrap is not installed" >&2; exit 1; }

new=$root.new.$$
trap 'rm -rf "$new"' EXIT
debootstrap --variant=minbase --include=systemd,libssl3t64,ca-certificates,curl,iproute2 trixie "$new" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" > "$target/systemd-root.log" 2>&1 \
  || { echo "debootstrap failed: $(tail -n 1 "$target/systemd-root.log")" >&2; exit 1; }
rm -rf "$new"/var/cache/apt/archives/*.deb "$new"/var/lib/apt/lists/*
touch "$new/.made"
rm -rf "$root"
mv "$new" "$root"
echo "$root"
