#!/usr/bin/env bash
# Assembles what the final stage of the Dockerfile holds, from this machine, for tests that have no registry:
#   image-root.sh BINARY DIRECTORY
# The binary, the C library and OpenSSL that it loads, the CA bundle, the account's directories; no shell, no package manager.
set -euo pipefail
binary=$1 root=$2

copy() { # a file and what its name links to, at its own path
  install -D -m 0755 "$(readlink -f "$1")" "$root$1"
}

install -D -m 0755 "$binary" "$root/usr/bin/$(basename "$binary")"

# Linked: ldd knows. Loaded by .NET at run time: OpenSSL.
libraries=()
for library in libssl.so.3 libcrypto.so.3; do
  path=$(/sbin/ldconfig -p | awk -v name="$library" '$1 == name { print $NF; exit }')
  [ -n "$path" ] || { echo "image-root.sh: $library is not installed" >&2; exit 1; }
  libraries+=("$path")
done
while read -r path; do
  copy "$path"
done < <(printf '%s\n' "${libraries[@]}"; ldd "$binary" "${libraries[@]}" | grep -oE '/[^ ]+\.so[^ ]*' | grep -v ':$' | sort -u)

install -D -m 0644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
install -d -m 0755 "$root/usr/lib/ssl" "$root/etc/issuer-gateway" "$root/proc" "$root/dev" "$root/tmp" "$root/documents"
ln -sfn /etc/ssl/certs "$root/usr/lib/ssl/certs"
install -d -m 0750 -o 65532 -g 65532 "$root/var/lib/issuer-gateway"
