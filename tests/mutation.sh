#!/usr/bin/env bash
# Mutation testing: changes the code in many small ways, runs the unit tests after each change, and prints how many
# changes they noticed. It takes hours, so CI does not run it; a folder at a time takes minutes.
#
#   tests/mutation.sh [NAME...]     names of the list below, all by default
#
# A name is a project, or a folder or file of one. Reports stay in artifacts/mutation/NAME. Only unit tests run
# (tests/IssuerGateway.Tests), and of them those of the list below. Not changed, by tests/tools/stryker.json: texts, since
# what a message says is asserted where it matters, and calls of the log.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Project, and what of it: all of the libraries that decide, and the decisions of publishing and issuing. The other files
# there are I/O, metrics and the composition root, whose tests are end to end.
declare -A projects=(
  [Issuers]='IssuerGateway.Issuers **/*.cs'
  [Acme]='IssuerGateway.Acme **/*.cs'
  [Checking]='IssuerGateway.Checking **/*.cs'
  [Publishing]='IssuerGateway **/Publishing/Keys/*.cs,**/Publishing/RefreshMerge.cs,**/Publishing/RefreshSchedule.cs,**/Publishing/CachePromise.cs,**/Publishing/Confirmation.cs,**/Publishing/Reporting/ServerFindings.cs,**/Publishing/Reporting/UnionFindings.cs,**/Publishing/State/KeyHistoryText.cs,**/Publishing/State/KeyProvenance.cs,**/Publishing/State/LastKnownGood.cs,**/Publishing/State/StateSeal.cs'
  [Issuance]='IssuerGateway **/Tls/Issuance/**/OrderSchedule.cs,**/Tls/Issuance/**/OrderValidation.cs,**/Tls/Issuance/**/OrderFlow.cs,**/Tls/Issuance/**/AcmeState.cs,**/Tls/Issuance/**/AcmeStateText.cs,**/Tls/Issuance/**/AcmeAccounts.cs,**/Tls/Issuance/**/StoredCertificate.cs'
)

# The tests of each, and the files of other folders that they need: all others would run for each change that they pass by.
fixtures='Issuers/Build.cs;Edge/EdgeFixture.cs;Edge/EdgeBuild.cs;Edge/RepeatedExchange.cs'
declare -A tests=(
  [Issuers]='Issuers/**/*.cs'
  [Acme]="Acme/**/*.cs;Tls/**/*.cs;Publishing/**/*.cs;$fixtures"
  [Checking]="Checking/**/*.cs;Ctl/EntraApp/**/*.cs;Publishing/**/*.cs;Tls/*.cs;Cli/GoldenOutput.cs;Cli/TerminalPicture.cs;Cli/SchemaCheck.cs;$fixtures"
  [Publishing]="Publishing/**/*.cs;Tls/*.cs;$fixtures"
  [Issuance]="Tls/**/*.cs;Acme/**/*.cs;Publishing/**/*.cs;$fixtures"
)

# Tests that take five seconds or more, because they play days, or each fault of a server: they reach nearly every change, and
# would run again for each. So a score is a lower limit.
skips='**/FaultMatrixTests.cs;**/*SimulationTests.cs;**/HostRenewalTests.cs;**/StateFaultTests.cs'

run() { # name
  local name=$1 project=${projects[${1%%/*}]%% *} pattern patterns=()
  if [[ $name == */* ]]; then
    patterns=("**/${name#*/}")
  else
    IFS=, read -ra patterns <<<"${projects[$name]#* }"
  fi
  local arguments=()
  for pattern in "${patterns[@]}"; do
    arguments+=(--mutate "$pattern")
  done
  rm -rf "artifacts/mutation/$name"
  mkdir -p "artifacts/mutation/$name"
  # The properties come from the environment, because stryker builds the project itself. A simulation reaches nearly every
  # change, and a few of its seeds are enough to notice one.
  (cd tests/tools && export SIMULATION_SEED=1..3 &&
    export UseMicrosoftTestingPlatformRunner=true RunAnalyzers=false EnforceCodeStyleInBuild=false &&
    export ProduceReferenceAssembly=false MutationTests=${tests[${name%%/*}]} MutationSkips=$skips &&
    dotnet tool run dotnet-stryker --config-file stryker.json --test-project ../IssuerGateway.Tests/IssuerGateway.Tests.csproj --project "$project.csproj" \
    --concurrency "${MUTATION_CONCURRENCY:-1}" --output "../../artifacts/mutation/$name" "${arguments[@]}") >"artifacts/mutation/$name/log" 2>&1 || {
    tail -n 30 "artifacts/mutation/$name/log"
    exit 3
  }
}

# The score is what was noticed (killed, or timed out) of all that was changed and compiles.
report() { # names
  local name
  {
    printf 'what\tkilled\ttimed out\tsurvived\tno coverage\tscore\n'
    for name in "$@"; do
      jq -r --arg name "$name" '[.files[].mutants[].status] | map(select(. == "Killed" or . == "Timeout" or . == "Survived" or . == "NoCoverage"))
        | (map(select(. == "Killed")) | length) as $killed | (map(select(. == "Timeout")) | length) as $late
        | [$name, $killed, $late, (map(select(. == "Survived")) | length), (map(select(. == "NoCoverage")) | length),
           (if length == 0 then "-" else "\(1000 * ($killed + $late) / length | round / 10) %" end)] | @tsv' \
        "artifacts/mutation/$name/reports/mutation-report.json"
    done
  } | column -t -s $'\t'
  for name in "$@"; do
    jq -r '.files | to_entries[] | .key as $file | .value.mutants[] | select(.status == "Survived" or .status == "NoCoverage")
      | "\($file):\(.location.start.line): \(.status): \(.mutatorName): \(.replacement | gsub("\\s+"; " ") | .[:120])"' \
      "artifacts/mutation/$name/reports/mutation-report.json" >"artifacts/mutation/$name/left"
  done
}

names=("$@")
((${#names[@]} > 0)) || names=(Issuers Acme Checking Publishing Issuance)
for name in "${names[@]}"; do
  [[ -n ${projects[${name%%/*}]:-} ]] || { echo "usage: mutation.sh [NAME...], each of: ${!projects[*]}, or such as Issuers/KeySet.cs" >&2 && exit 2; }
done
(cd tests/tools && dotnet tool restore >/dev/null)
for name in "${names[@]}"; do
  run "$name"
  report "$name"
done
((${#names[@]} == 1)) || report "${names[@]}"
echo "what was not noticed: artifacts/mutation/NAME/left"
