#!/usr/bin/env bash
# Prints how much of each project the unit tests run: lines and branches, by coverlet.
#
#   tests/coverage.sh [FILE...]     with names of files, or parts of them: their untested lines as well
#
# Builds below artifacts/coverage, beside the usual build. The report is artifacts/coverage/coverage.json.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=$PWD/artifacts/coverage
mkdir -p "$out/locks"
# The reference to coverlet stands behind a property (tests/IssuerGateway.Tests), with lock files of its own (Directory.Build.props).
dotnet build tests/IssuerGateway.Tests -c Debug -v q -nologo -p:Coverage=true -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false --artifacts-path "$out/build"
rm -f "$out"/*coverage*.json
# An asterisk for the hyphen, which coverlet rejects in a filter; it then leaves the filter out without a word.
"$out/build/bin/IssuerGateway.Tests/debug/IssuerGateway.Tests" --coverlet --coverlet-output-format json --coverlet-include '[IssuerGateway*]*' --coverlet-include '[issuer*gateway]*' --coverlet-include '[issuerctl]*' \
  --coverlet-exclude '[IssuerGateway.Demo]*' --coverlet-exclude '[IssuerGateway.Fuzz]*' --results-directory "$out" >"$out/log" 2>&1 ||
  echo "some tests failed: $out/log" >&2
report=$(find "$out" -maxdepth 1 -name '*coverage*.json' | head -n 1)
[[ -n $report ]] || { tail -n 30 "$out/log" >&2 && exit 3; }
[[ $report == "$out/coverage.json" ]] || mv "$report" "$out/coverage.json"

# A line counts once, however many methods of the compiler it is part of.
jq -r '
  def share($hit; $all): if $all == 0 then "-" else "\(1000 * $hit / $all | round / 10) % of \($all)" end;
  def counted: (map(select(. > 0)) | length) as $hit | share($hit; length);
  ["project", "lines", "branches"],
  (to_entries[]
    | [.value | to_entries[] | .key as $file | .value[][] | .Lines | to_entries[] | {at: "\($file):\(.key)", hits: .value}] as $lines
    | [.value | to_entries[] | .value[][] | .Branches[]?.Hits] as $branches
    | [.key | rtrimstr(".dll"), ($lines | group_by(.at) | map(map(.hits) | max) | counted), ($branches | counted)])
  | @tsv' "$out/coverage.json" | column -t -s $'\t'
for file in "$@"; do
  jq -r --arg file "$file" '.[] | to_entries[] | select(.key | contains($file)) | .key as $name
    | [.value[][] | .Lines | to_entries[] | {line: (.key | tonumber), hits: .value}] | group_by(.line) | map({line: .[0].line, hits: (map(.hits) | max)})
    | map(select(.hits == 0).line) | select(length > 0) | "\($name): \(join(" "))"' "$out/coverage.json"
done
