#!/usr/bin/env bash
# Makes what a release holds and one machine without an image builder can make, into artifacts/release: the native gateway
# for this processor, issuerctl as one file for five platforms and as a .NET tool, the charts, and checksums.
# What the release workflow alone can do is named in the last line.
#   tests/release.sh            all of it
#   tests/release.sh issuerctl  issuerctl alone, as a job of the release workflow does
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

only=${1:-}
platforms=(linux-x64 linux-arm64 osx-arm64 osx-x64 win-x64)
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
target=$PWD/artifacts/release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$target"
mkdir -p "$target"

if [[ $only != issuerctl ]]; then
  echo "== issuer-gateway $version for linux-x64"
  dotnet publish src/IssuerGateway -c Release -r linux-x64 -o "$work/gateway" -v q -nologo
  install -m 0755 "$work/gateway/issuer-gateway" "$target/issuer-gateway-linux-x64"
fi

for platform in "${platforms[@]}"; do
  echo "== issuerctl $version for $platform"
  # With a lock file of its own: that of the repository names no platform, so that the tool is one package for all.
  dotnet publish src/IssuerGateway.Ctl -c Release -r "$platform" --self-contained -o "$work/$platform" -v q -nologo \
    -p:PackAsTool=false -p:PublishSingleFile=true -p:EnableCompressionInSingleFile=true -p:IncludeNativeLibrariesForSelfExtract=true \
    -p:DebugType=none -p:NuGetLockFilePath=obj/issuerctl.lock.json -p:RestoreLockedMode=false
  suffix=; [[ $platform == win-* ]] && suffix=.exe
  install -m 0755 "$work/$platform/issuerctl$suffix" "$target/issuerctl-$platform$suffix"
done

echo "== issuerctl as a .NET tool"
dotnet pack src/IssuerGateway.Ctl -c Release -o "$target" -v q -nologo

[[ $only != issuerctl ]] || exit 0

echo "== charts"
tests/tools/install.sh
HELM=${TOOLS_DIRECTORY:-artifacts/tools}/bin/helm4 node charts/package.mjs "$target"

(cd "$target" && sha256sum -- * > SHA256SUMS)
du -h "$target"/* | sort -k2
echo "not done here: image, linux-arm64 gateway, signature, provenance"
