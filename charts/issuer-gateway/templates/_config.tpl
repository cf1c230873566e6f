{{/* The gateway's configuration file as JSON; its keys are those of the gateway's README. */}}
{{- define "issuer-gateway.config" -}}
{{- $issuers := list -}}
{{- range $i, $issuer := .Values.issuers -}}
{{- $issuers = append $issuers (include "issuer-gateway.config.issuer" (dict "index" $i "issuer" $issuer "canary" $.Values.canary.enabled) | fromJson) -}}
{{- end -}}
{{- $config := dict
  "Issuers" $issuers
  "Refresh" (dict "Interval" .Values.refresh.interval "MaxBackoff" .Values.refresh.maxBackoff)
  "MaxStale" .Values.maxStale
  "ClientMaxAge" .Values.clientMaxAge
  "StateDirectory" "/var/lib/issuer-gateway"
  "Edge" (include "issuer-gateway.config.edge" . | fromJson)
  "Tls" (include "issuer-gateway.config.tls" . | fromJson)
  "Operations" (dict "Address" .Values.operations.address "Port" (int .Values.operations.port))
  "Log" (dict "Level" .Values.log.level)
  "Shutdown" (dict "Delay" .Values.shutdown.delay "Grace" .Values.shutdown.grace) -}}
{{- if include "issuer-gateway.sharesState" . -}}
{{- $_ := set $config "StateSecret" (dict "Prefix" (include "issuer-gateway.stateName" .) "Namespace" .Release.Namespace) -}}
{{- end -}}
{{- mergeOverwrite $config (deepCopy .Values.extraConfig) | toPrettyJson -}}
{{- end }}

{{- define "issuer-gateway.config.issuer" -}}
{{- $issuer := .issuer -}}
{{- $files := printf "/etc/issuer-gateway-upstream/%d" .index -}}
{{- $upstream := $issuer.upstream | default dict -}}
{{- $kind := $upstream.kind | default "InCluster" -}}
{{- $source := dict "Kind" $kind -}}
{{- if has $kind (list "InCluster" "Explicit") -}}{{- with $upstream.serverName -}}{{- $_ := set $source "ServerName" . -}}{{- end -}}{{- end -}}
{{- if eq $kind "Explicit" -}}
{{- $source = merge $source (dict "Servers" $upstream.servers "CaFile" (printf "%s/ca.crt" $files)) -}}
{{- if eq ($upstream.credential | default "Token") "Token" -}}
{{- $source = merge $source (dict "TokenFile" (printf "%s/token" $files)) -}}
{{- else -}}
{{- $source = merge $source (dict "ClientCertificateFile" (printf "%s/tls.crt" $files) "ClientKeyFile" (printf "%s/tls.key" $files)) -}}
{{- end -}}
{{- else if eq $kind "Kubeconfig" -}}
{{- $source = merge $source (dict "KubeconfigFile" (printf "%s/kubeconfig" $files)) -}}
{{- with $upstream.context -}}{{- $_ := set $source "Context" . -}}{{- end -}}
{{- else if eq $kind "Directory" -}}
{{- /* `issuer-gateway export` puts the documents of each issuer below its host and path. */ -}}
{{- $source = merge $source (dict "Directory" (printf "%s/%s%s" $files (include "issuer-gateway.host" $issuer.identifier) (include "issuer-gateway.path" $issuer.identifier))) -}}
{{- else if eq $kind "PublicKeys" -}}
{{- $keys := list -}}
{{- range $upstream.publicKeys -}}{{- $keys = append $keys (printf "%s/%s" $files .) -}}{{- end -}}
{{- $source = merge $source (dict "PublicKeyFiles" $keys) -}}
{{- end -}}
{{- $result := dict "Identifier" $issuer.identifier "JwksUri" ($issuer.jwksUri | default "Publish") "AllowPrivateHost" ($issuer.allowPrivateHost | default false) "Upstream" $source -}}
{{- with $issuer.previousIdentifiers -}}{{- $_ := set $result "PreviousIdentifiers" . -}}{{- end -}}
{{- /* Only the cluster that the pod runs in signs its token. */ -}}
{{- if and .canary (eq $kind "InCluster") -}}{{- $_ := set $result "CanaryTokenFile" "/var/run/secrets/issuer-gateway/canary/token" -}}{{- end -}}
{{- with $issuer.revokedKeys -}}{{- $_ := set $result "RevokedKeys" . -}}{{- end -}}
{{- $result | toJson -}}
{{- end }}

{{- define "issuer-gateway.config.edge" -}}
{{- $edge := .Values.edge -}}
{{- $result := dict "HttpsPort" 8443 "HttpPort" 8080 "AccessLog" .Values.log.access -}}
{{- if ne $edge.clientAddress "Unknown" -}}{{- $_ := set $result "ClientAddress" $edge.clientAddress -}}{{- end -}}
{{- with $edge.proxyProtocol.trustedSources -}}{{- $_ := set $result "ProxyProtocol" (dict "TrustedSources" .) -}}{{- end -}}
{{- with $edge.probePath -}}{{- $_ := set $result "ProbePath" . -}}{{- end -}}
{{- with $edge.maxConnections -}}{{- $_ := set $result "MaxConnections" (int .) -}}{{- end -}}
{{- with $edge.maxConnectionsPerAddress -}}{{- $_ := set $result "MaxConnectionsPerAddress" (int .) -}}{{- end -}}
{{- $handshakes := dict -}}
{{- with $edge.handshakesPerAddress.perSecond -}}{{- $_ := set $handshakes "PerSecond" (int .) -}}{{- end -}}
{{- with $edge.handshakesPerAddress.burst -}}{{- $_ := set $handshakes "Burst" (int .) -}}{{- end -}}
{{- with $handshakes -}}{{- $_ := set $result "HandshakesPerAddress" . -}}{{- end -}}
{{- $result | toJson -}}
{{- end }}

{{- define "issuer-gateway.config.tls" -}}
{{- $tls := .Values.tls -}}
{{- $result := dict "Mode" (get (dict "acme" "Acme" "secret" "Files" "none" "None") $tls.mode) -}}
{{- if eq $tls.mode "secret" -}}
{{- $pairs := list -}}
{{- range $i, $name := $tls.secrets -}}
{{- $pairs = append $pairs (dict "CertificateFile" (printf "/etc/issuer-gateway-tls/%d/tls.crt" $i) "KeyFile" (printf "/etc/issuer-gateway-tls/%d/tls.key" $i)) -}}
{{- end -}}
{{- $_ := set $result "Certificates" $pairs -}}
{{- else if eq $tls.mode "acme" -}}
{{- $acme := dict "Directory" $tls.acme.directory "AcceptTerms" $tls.acme.acceptTerms "Store" "Secrets" "SecretPrefix" (include "issuer-gateway.fullname" .) "KeyType" $tls.acme.keyType -}}
{{- with $tls.acme.contacts -}}{{- $_ := set $acme "Contacts" . -}}{{- end -}}
{{- range $value, $key := dict "challenges" "Challenges" "profile" "Profile" "preferredChain" "PreferredChain" "extraNames" "ExtraNames" "proxy" "Proxy" -}}
{{- with get $tls.acme $value -}}{{- $_ := set $acme $key . -}}{{- end -}}
{{- end -}}
{{- if $tls.acme.externalAccountSecret -}}
{{- $_ := set $acme "Eab" (dict "KeyId" $tls.acme.externalAccountKeyId "HmacKeyFile" "/etc/issuer-gateway-acme/account/hmac") -}}
{{- end -}}
{{- if $tls.acme.rootsConfigMap -}}{{- $_ := set $acme "CaFile" "/etc/issuer-gateway-acme/roots/ca.crt" -}}{{- end -}}
{{- $_ := set $result "Acme" $acme -}}
{{- $_ := set $result "Kubernetes" (dict "Namespace" .Release.Namespace) -}}
{{- end -}}
{{- $result | toJson -}}
{{- end }}
