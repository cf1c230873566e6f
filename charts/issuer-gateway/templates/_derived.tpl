{{/* What several templates need to know, derived from the values in one place; each returns "true" or nothing. */}}

{{/* TLS ends in front of the gateway. */}}
{{- define "issuer-gateway.terminated" -}}
{{- if or .Values.httpRoute.enabled .Values.ingress.enabled -}}true{{- end -}}
{{- end }}

{{/* The plain HTTP port is open: documents without TLS, or HTTP-01. */}}
{{- define "issuer-gateway.plainHttp" -}}
{{- $http01 := or (empty .Values.tls.acme.challenges) (has "http-01" .Values.tls.acme.challenges) -}}
{{- if or (eq .Values.tls.mode "none") (and (eq .Values.tls.mode "acme") $http01) -}}true{{- end -}}
{{- end }}

{{/* An issuer is read from the API servers of this cluster. */}}
{{- define "issuer-gateway.inCluster" -}}
{{- range .Values.issuers -}}
{{- if eq "InCluster" (dig "upstream" "kind" "InCluster" .) -}}true{{- end -}}
{{- end -}}
{{- end }}

{{/* The pod talks to the Kubernetes API and so needs a token of it. */}}
{{- define "issuer-gateway.usesApi" -}}
{{- if or (include "issuer-gateway.inCluster" .) (eq .Values.tls.mode "acme") (and .Values.state.secret .Values.state.secretForOtherClusters) -}}true{{- end -}}
{{- end }}

{{/* More than one pod may run at the same time. */}}
{{- define "issuer-gateway.several" -}}
{{- if or (eq .Values.kind "DaemonSet") (gt (int .Values.replicas) 1) -}}true{{- end -}}
{{- end }}

{{- define "issuer-gateway.serviceType" -}}
{{- $ledHere := or .Values.tlsRoute.enabled .Values.httpRoute.enabled .Values.ingress.enabled .Values.hostPorts.enabled -}}
{{- default (ternary "ClusterIP" "LoadBalancer" $ledHere) .Values.service.type -}}
{{- end }}

{{/* An identifier's host without port; of "https://a.example/b" it is "a.example". */}}
{{- define "issuer-gateway.host" -}}
{{- . | trimPrefix "https://" | splitList "/" | first | splitList ":" | first | lower -}}
{{- end }}

{{/* The path of an identifier without one trailing slash. */}}
{{- define "issuer-gateway.path" -}}
{{- regexReplaceAll "^https://[^/]*" . "" | trimSuffix "/" -}}
{{- end }}

{{/* JSON object: host -> list of the exact paths that are published under it. */}}
{{- define "issuer-gateway.pathsByHost" -}}
{{- $hosts := dict -}}
{{- range .Values.issuers -}}
{{- range prepend (.previousIdentifiers | default list) .identifier -}}
{{- $host := include "issuer-gateway.host" . -}}
{{- $path := include "issuer-gateway.path" . -}}
{{- $paths := list (printf "%s/.well-known/openid-configuration" $path) (printf "%s/openid/v1/jwks" $path) -}}
{{- $_ := set $hosts $host (concat (get $hosts $host | default list) $paths | uniq) -}}
{{- end -}}
{{- end -}}
{{- $hosts | toJson -}}
{{- end }}

{{/* Seconds of a duration such as 1h30m, 5m, 20s. */}}
{{- define "issuer-gateway.seconds" -}}
{{- $total := 0 -}}
{{- range regexFindAll "[0-9]+(d|h|ms|m|s)" . -1 -}}
{{- $number := int (regexFind "[0-9]+" .) -}}
{{- $unit := regexFind "[a-z]+" . -}}
{{- if ne $unit "ms" -}}
{{- $total = add $total (mul $number (get (dict "d" 86400 "h" 3600 "m" 60 "s" 1) $unit)) -}}
{{- end -}}
{{- end -}}
{{- $total -}}
{{- end }}

{{/* The name that ACME state has in the namespace: account and order state, and the Lease of the leader. */}}
{{- define "issuer-gateway.acmeName" -}}
{{- include "issuer-gateway.fullname" . }}-acme
{{- end }}

{{/* The Secret of the certificate of a host; the gateway makes the same names from Tls:Acme:SecretPrefix. */}}
{{- define "issuer-gateway.certificateSecret" -}}
{{- printf "%s-tls-%s" (include "issuer-gateway.fullname" .root) .host -}}
{{- end }}

{{/* The last good documents are also kept in Secrets. */}}
{{- define "issuer-gateway.sharesState" -}}
{{- if and .Values.state.secret (include "issuer-gateway.usesApi" .) -}}true{{- end -}}
{{- end }}

{{/* How the names of those Secrets begin, and the Role of the same name. */}}
{{- define "issuer-gateway.stateName" -}}
{{- include "issuer-gateway.fullname" . }}-documents
{{- end }}

{{/* The Secret of one issuer; the gateway makes the same name from StateSecret:Prefix. */}}
{{- define "issuer-gateway.stateSecret" -}}
{{- printf "%s-%s" (include "issuer-gateway.stateName" .root) (.identifier | sha256sum | trunc 16) -}}
{{- end }}
