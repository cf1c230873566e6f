#!/usr/bin/env bash
# Makes what a release holds and one machine without an image builder can make, into artifacts/release: the native gateway
# for linux-x64, issuerctl as one file for five platforms and as a .NET tool, the charts, the bills of materials, the license
# and notices, and checksums.
# What the release workflow alone can do is named in the last line.
#   tests/release.sh            all of it, into an empty folder
#   tests/release.sh issuerctl  issuerctl alone, as a job of the release workflow does
#   tests/release.sh PART...    one after the other: gateway, tool, charts, sbom, notices, or a platform of issuerctl
#                             such as win-x64
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

platforms=(linux-x64 linux-arm64 osx-arm64 osx-x64 win-x64)
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
target=$PWD/artifacts/release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

make_gateway() {
  echo "== issuer-gateway $version for linux-x64"
  dotnet publish src/IssuerGateway -c Release -r linux-x64 -o "$work/gateway" -v q -nologo
  install -m 0755 "$work/gateway/issuer-gateway" "$target/issuer-gateway-linux-x64"
}

# The lock files name no platform, so that the tool is one package for all, and NuGet takes neither them nor their absence
# for a platform of its own: what is published for one is built in a copy without them.
copy_sources() {
  [[ -d $work/source ]] && return
  mkdir "$work/source"
  cp -r src Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig global.json nuget.config "$work/source/"
  find "$work/source/src" \( -name bin -o -name obj \) -prune -exec rm -rf {} +
  find "$work/source/src" -name packages.lock.json -delete
}

make_issuerctl() {
  local platform=$1 suffix=
  [[ $platform == win-* ]] && suffix=.exe
  echo "== issuerctl $version for $platform"
  copy_sources
  (cd "$work/source" && dotnet publish src/IssuerGateway.Ctl -c Release -r "$platform" --self-contained -o "$work/$platform" -v q -nologo \
    -p:PackAsTool=false -p:PublishSingleFile=true -p:EnableCompressionInSingleFile=true -p:IncludeNativeLibrariesForSelfExtract=true \
    -p:DebugType=none -p:RestorePackagesWithLockFile=false)
  install -m 0755 "$work/$platform/issuerctl$suffix" "$target/issuerctl-$platform$suffix"
}

make_tool() {
  echo "== issuerctl as a .NET tool"
  dotnet pack src/IssuerGateway.Ctl -c Release -o "$target" -v q -nologo
}

make_charts() {
  echo "== charts"
  tests/tools/install.sh
  HELM=${TOOLS_DIRECTORY:-artifacts/tools}/bin/helm4 node charts/package.mjs "$target"
}

make_sbom() {
  echo "== bills of materials"
  local program
  for program in issuer-gateway issuerctl; do
    tests/sbom.sh "$target/$program.cdx.json" "$program"
  done
}

make_notices() {
  cp LICENSE NOTICE src/IssuerGateway/THIRD-PARTY-NOTICES.md "$target"
}

if (($# == 0)); then
  rm -rf "$target"
  set -- gateway "${platforms[@]}" tool charts sbom notices
elif [[ $* == issuerctl ]]; then
  rm -rf "$target"
  set -- "${platforms[@]}" tool
fi
mkdir -p "$target"
while (($# > 0)); do
  case $1 in
    gateway | tool | charts | sbom | notices) "make_$1" ;;
    *)
      if [[ " ${platforms[*]} " != *" $1 "* ]]; then
        echo "release.sh: $1 is not a part: gateway, tool, charts, sbom, notices, ${platforms[*]}" >&2
        exit 2
      fi
      make_issuerctl "$1" ;;
  esac
  shift
done

rm -f "$target/SHA256SUMS"
(cd "$target" && sha256sum -- * > SHA256SUMS)
du -h "$target"/* | sort -k2
echo "not done here: image, linux-arm64 gateway, signature, provenance"
