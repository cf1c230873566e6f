#!/usr/bin/env bash
# Writes the CycloneDX bill of materials of the gateway as it is shipped: every package of its lock file that is in the
# binary, with license and hash, and the .NET runtime that Native AOT links in. Reproducible: no serial number, and the
# time of the last commit (SOURCE_DATE_EPOCH wins).
#
#   tests/sbom.sh FILE
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

file=${1:?tests/sbom.sh FILE}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd tests/tools && dotnet tool restore >/dev/null)
# The tool reads what a restore leaves; locked, so that it is what the lock file says.
dotnet restore src/IssuerGateway --locked-mode -v quiet >/dev/null
version=$(dotnet msbuild src/IssuerGateway -getProperty:Version)
runtime=$(dotnet msbuild src/IssuerGateway -getProperty:BundledNETCoreAppPackageVersion)
(cd tests/tools && dotnet tool run dotnet-CycloneDX ../../src/IssuerGateway/IssuerGateway.csproj \
  --output "$work" --filename raw.json --output-format Json --spec-version 1.6 --exclude-dev --no-serial-number \
  --disable-package-restore --set-name issuer-gateway --set-version "$version" --set-type Application) >"$work/log" || { cat "$work/log" >&2; exit 1; }

epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
jq --sort-keys --arg time "$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)" --arg runtime "$runtime" '
  def linked(name): {
    "type": "framework", "bom-ref": "pkg:nuget/\(name)@\($runtime)", "name": name, "version": $runtime, "scope": "required",
    "purl": "pkg:nuget/\(name)@\($runtime)", "licenses": [{"license": {"id": "MIT"}}],
    "description": "linked into the binary by Native AOT" };
  .metadata.timestamp = $time
  | .components += [linked("Microsoft.NETCore.App"), linked("Microsoft.AspNetCore.App")]
  | .components |= sort_by(.name)
  # It gives its license as a file; src/IssuerGateway/THIRD-PARTY-NOTICES.md says who has read it.
  | (.components[] | select(.name == "Vecc.YamlDotNet.Analyzers.StaticGenerator")).licenses = [{"license": {"id": "MIT"}}]
' "$work/raw.json" >"$file"
echo "$file: $(jq '.components | length' "$file") components"
