# Before every measurement: finds the native gateway, gives it one core and the load generator another, installs what is
# missing and makes the documents in a directory of its own.
# shellcheck shell=bash disable=SC2154  # root comes from the script that reads this

bench=$root/loadtests/bench
gateway_binary=${ISSUER_GATEWAY_BINARY:-$root/artifacts/publish/issuer-gateway}
[[ -x $gateway_binary ]] || {
  echo "no gateway at $gateway_binary: dotnet publish src/IssuerGateway -c Release -r linux-x64 -o artifacts/publish" >&2
  exit 3
}
(($(nproc) > 1)) || { echo "one core: the server and the load generator need one each" >&2 && exit 3; }
# shellcheck disable=SC2034  # read by servers.sh and measure.sh
server_core=0 load_core=1

# shellcheck source=loadtests/bench/servers.sh
source "$bench/servers.sh"
# shellcheck source=loadtests/bench/measure.sh
source "$bench/measure.sh"

install_missing
work=$(mktemp -d)
trap stop_all EXIT
make_documents
