#!/usr/bin/env bash
# Runs the gateway as a pod of a cluster that has no IPv4 at all: a network namespace without an IPv4 address, loopback
# included; two API servers (nginx with the recorded documents) behind a service address; credentials where the kubelet
# puts them. Nothing of it is seen outside, and all of it ends with this process.
#   ipv6-only.sh FOLDER GATEWAY   as root; FOLDER holds documents/ and slices.json, tls.crt, tls.key, ca.crt, and gets the results
set -euo pipefail

if [ "$1" != --inside ]; then
  exec unshare --net --mount --pid --fork --kill-child --propagation private -- "$0" --inside "$@"
fi
folder=$2
gateway=$3
issuer=https://issuer.example.test

ip link set lo up
ip -4 address flush dev lo
for address in fd00::1 fd00::a fd00::b fd00::c; do
  ip -6 address add "$address/128" dev lo nodad
done
ip -4 address > "$folder/ipv4"

mount -t tmpfs run /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount "$folder/nginx"
cp "$folder/ca.crt" /run/secrets/kubernetes.io/serviceaccount/ca.crt
printf token > /run/secrets/kubernetes.io/serviceaccount/token
printf gateway > /run/secrets/kubernetes.io/serviceaccount/namespace

cat > "$folder/nginx.conf" <<EOF
daemon off;
master_process off;
pid $folder/nginx/pid;
error_log $folder/nginx/error;
events {}
http {
  log_format servers '\$server_addr \$request_uri';
  access_log $folder/requests servers;
  client_body_temp_path $folder/nginx/a; proxy_temp_path $folder/nginx/b; fastcgi_temp_path $folder/nginx/c;
  uwsgi_temp_path $folder/nginx/d; scgi_temp_path $folder/nginx/e;
  default_type application/json;
  server {
    listen [fd00::1]:6443 ssl; listen [fd00::a]:6443 ssl; listen [fd00::b]:6443 ssl;
    ssl_certificate $folder/tls.crt; ssl_certificate_key $folder/tls.key;
    location = /apis/discovery.k8s.io/v1/namespaces/default/endpointslices { alias $folder/slices.json; }
    location / { root $folder/documents; }
  }
}
EOF
nginx -c "$folder/nginx.conf" &

export KUBERNETES_SERVICE_HOST=fd00::1 KUBERNETES_SERVICE_PORT=6443
"$gateway" serve --set Issuers:0:Identifier=$issuer --set Issuers:0:Upstream:Kind=InCluster --set Issuers:0:AllowPrivateHost=true \
  --set Tls:Mode=SelfSigned --set Tls:SelfSigned:ExportFile="$folder/self-signed.pem" --set Edge:HttpsPort=443 --set 'Operations:Address=*' \
  --set Shutdown:Delay=0s > "$folder/log" 2>&1 &
running=$!

for _ in $(seq 150); do
  ! curl -sfo /dev/null -g 'http://[::1]:9090/readyz' || break
  sleep 0.2
done

at() { curl -sg --cacert "$folder/self-signed.pem" --resolve 'issuer.example.test:443:[fd00::c]' "$@"; }
curl -sg 'http://[::1]:9090/status' > "$folder/status" || true
at -o "$folder/jwks" -w '%{http_code} %{remote_ip}' $issuer/openid/v1/jwks > "$folder/response" || true
curl -sgko /dev/null -w '%{http_code}' -H 'Host: issuer.example.test' 'https://[fd00::c]/openid/v1/jwks' > "$folder/by-address" || true
"$gateway" healthcheck --set 'Operations:Address=*' > "$folder/healthcheck" 2>&1 || echo "exit $?" >> "$folder/healthcheck"
"$gateway" keys --set 'Operations:Address=*' > "$folder/keys" 2>&1 || echo "exit $?" >> "$folder/keys"
"$gateway" check $issuer --resolve 'issuer.example.test:443:[fd00::c]' --ca "$folder/self-signed.pem" --allow-private > "$folder/check" 2>&1 || echo "exit $?" >> "$folder/check"
"$gateway" export --set Issuers:0:Identifier=$issuer --set Issuers:0:Upstream:Kind=InCluster --set Issuers:0:AllowPrivateHost=true --output "$folder/exported" > "$folder/export" 2>&1 || echo "exit $?" >> "$folder/export"
kill -TERM "$running"
wait "$running" && echo "exit 0" > "$folder/end" || echo "exit $?" > "$folder/end"
