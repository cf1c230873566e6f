#!/usr/bin/env bash
# Writes the CycloneDX bill of materials of a program as it is shipped: every package of its lock file that is in it, with
# license and hash, and the .NET runtime, which Native AOT links into the gateway and which one file of issuerctl holds.
# Reproducible: no serial number, and the time of the last commit (SOURCE_DATE_EPOCH wins).
#
#   tests/sbom.sh FILE [PROGRAM]     PROGRAM: issuer-gateway (default) or issuerctl
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

file=${1:?tests/sbom.sh FILE [PROGRAM]}
program=${2:-issuer-gateway}
case $program in
  issuer-gateway) project=IssuerGateway frameworks='["Microsoft.NETCore.App", "Microsoft.AspNetCore.App"]' ;;
  issuerctl) project=IssuerGateway.Ctl frameworks='["Microsoft.NETCore.App"]' ;;
  *) echo "sbom.sh: $program is not a program: issuer-gateway, issuerctl" >&2 && exit 2 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd tests/tools && dotnet tool restore >/dev/null)
# The tool reads what a restore leaves; locked, so that it is what the lock file says.
dotnet restore "src/$project" --locked-mode -v quiet >/dev/null
version=$(dotnet msbuild "src/$project" -getProperty:Version)
runtime=$(dotnet msbuild "src/$project" -getProperty:BundledNETCoreAppPackageVersion)
(cd tests/tools && dotnet tool run dotnet-CycloneDX "../../src/$project/$project.csproj" \
  --output "$work" --filename raw.json --output-format Json --spec-version 1.6 --exclude-dev --no-serial-number \
  --disable-package-restore --set-name "$program" --set-version "$version" --set-type Application) >"$work/log" || { cat "$work/log" >&2; exit 1; }

epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
jq --sort-keys --arg time "$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)" --arg runtime "$runtime" --argjson frameworks "$frameworks" '
  def linked(name): {
    "type": "framework", "bom-ref": "pkg:nuget/\(name)@\($runtime)", "name": name, "version": $runtime, "scope": "required",
    "purl": "pkg:nuget/\(name)@\($runtime)", "licenses": [{"license": {"id": "MIT"}}],
    "description": "the .NET runtime is part of the program" };
  .metadata.timestamp = $time
  | .components += [$frameworks[] | linked(.)]
  | .components |= sort_by(.name)
  # They give their license as a file, which tests/tools/notices.mjs says a person has read.
  | (.components[] | select(.name == "Vecc.YamlDotNet.Analyzers.StaticGenerator" or .name == "System.Security.Cryptography.ProtectedData")).licenses = [{"license": {"id": "MIT"}}]
' "$work/raw.json" >"$file"
echo "$file: $(jq '.components | length' "$file") components"
