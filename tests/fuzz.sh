#!/usr/bin/env bash
# Fuzzes one parser, guided by coverage: SharpFuzz instruments the gateway, AFL++ makes the inputs.
#
#   tests/fuzz.sh TARGET [SECONDS]     default 300 seconds; without TARGET it lists them
#   tests/fuzz.sh all [SECONDS]        each target in turn
#
# Starts from tests/IssuerGateway.Fuzz/Corpus/TARGET and from what earlier runs found below artifacts/fuzz. Prints
# executions, inputs that reached something new, and crashes; exits with 1 when there is one. To look at it:
#   dotnet tests/IssuerGateway.Fuzz/bin/Release/net10.0/IssuerGateway.Fuzz.dll TARGET FILE
# An input that found something is fixed in src and kept in the corpus, which the tests replay.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

corpus=tests/IssuerGateway.Fuzz/Corpus
program=artifacts/fuzz/program
findings=artifacts/fuzz/findings

install_tools() {
  if ! command -v afl-fuzz >/dev/null; then
    if ! command -v apt-get >/dev/null || ((EUID != 0)); then
      echo "fuzz.sh: missing afl-fuzz: install AFL++ with your package manager" >&2
      exit 2
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends afl++ >/dev/null
  fi
  (cd tests/tools && dotnet tool restore >/dev/null)
}

# Built apart, so that the instrumented gateway is never the one that is tested or shipped. Without AOT the restore takes
# the compiler out of the gateway's lock file, which is put back.
build() {
  local lock=src/IssuerGateway/packages.lock.json kept status=0
  rm -rf "$program"
  kept=$(mktemp)
  cp "$lock" "$kept"
  dotnet publish tests/IssuerGateway.Fuzz -c Release -o "$program" -v quiet -p:PublishAot=false || status=$?
  cat "$kept" >"$lock"
  rm "$kept"
  ((status == 0)) || exit "$status"
  (cd tests/tools && dotnet tool run sharpfuzz "../../$program/issuer-gateway.dll")
}

stat_of() { # target, name
  sed -n "s/^$2 *: //p" "$findings/$1/default/fuzzer_stats"
}

fuzz() { # target, seconds
  local target=$1 seconds=$2 crashes
  mkdir -p "$findings"
  local from=$corpus/$target
  [[ -d $findings/$target ]] && from=-
  # The program is .NET, so AFL++ cannot see that it is instrumented; nice, because tests of others run beside it.
  AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
    nice -n 19 afl-fuzz -i "$from" -o "$findings/$target" -t 5000 -m none -V "$seconds" -x tests/IssuerGateway.Fuzz/words.dict \
    -- dotnet "$program/IssuerGateway.Fuzz.dll" "$target" >"$findings/$target.log" 2>&1 || { tail -n 20 "$findings/$target.log" >&2; exit 2; }
  crashes=$(stat_of "$target" saved_crashes)
  echo "$target: $(stat_of "$target" execs_done) executions in $(stat_of "$target" run_time) s, $(stat_of "$target" corpus_count) inputs kept, $crashes crashes, $(stat_of "$target" saved_hangs) hangs"
  ((crashes == 0))
}

if (($# == 0)); then
  ls "$corpus"
  exit 2
fi

install_tools
build
if [[ $1 != all ]]; then
  fuzz "$1" "${2:-300}"
  exit
fi

found=0
for target in "$corpus"/*/; do
  fuzz "$(basename "$target")" "${2:-300}" || found=1
done
exit "$found"
