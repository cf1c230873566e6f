{{/* The flags of OAuth2 Proxy: safe ones of the chart, with those of proxy.flags in their place. */}}
{{- define "oauth2-proxy-workload.flags" -}}
{{- $flags := dict
  "provider" "entra-id"
  "entra-id-federated-token-auth" true
  "oidc-issuer-url" (printf "https://login.microsoftonline.com/%s/v2.0" (lower .Values.tenantId))
  "client-id" (lower .Values.clientId)
  "scope" .Values.scope
  "code-challenge-method" "S256"
  "redirect-url" (include "oauth2-proxy-workload.redirectUrl" .)
  "email-domain" .Values.emailDomains
  "cookie-name" (include "oauth2-proxy-workload.cookieName" .)
  "cookie-samesite" "lax"
  "cookie-secure" true
  "cookie-httponly" true
  "cookie-refresh" .Values.cookie.refresh
  "cookie-expire" .Values.cookie.expire
  "cookie-csrf-per-request" true
  "cookie-csrf-expire" "5m"
  "upstream" (include "oauth2-proxy-workload.upstream" .)
  "http-address" "0.0.0.0:4180"
  "skip-provider-button" true
  "silence-ping-logging" true -}}
{{- /* Entra writes ids in lower case, and OAuth2 Proxy compares exactly; the value of a role keeps its case. */ -}}
{{- $groups := list -}}
{{- range .Values.allowedGroups -}}{{- $groups = append $groups (ternary (lower .) . (has $.Values.groupsClaim (list "" "groups" "wids"))) -}}{{- end -}}
{{- with $groups -}}{{- $_ := set $flags "allowed-group" . -}}{{- end -}}
{{- with .Values.groupsClaim -}}{{- $_ := set $flags "oidc-groups-claim" . -}}{{- end -}}
{{- with .Values.emailClaim -}}{{- $_ := set $flags "oidc-email-claim" . -}}{{- end -}}
{{- with .Values.trustedProxyRanges -}}
{{- $_ := set $flags "reverse-proxy" true -}}
{{- $_ := set $flags "trusted-proxy-ip" . -}}
{{- end -}}
{{- with .Values.clientAddressHeader -}}{{- $_ := set $flags "real-client-ip-header" . -}}{{- end -}}
{{- with .Values.redis.connectionUrl -}}
{{- $_ := set $flags "session-store-type" "redis" -}}
{{- $_ := set $flags "redis-connection-url" . -}}
{{- end -}}
{{- if .Values.podMonitor.enabled -}}{{- $_ := set $flags "metrics-address" "0.0.0.0:44180" -}}{{- end -}}
{{- $returns := .Values.forwardAuth.returnHosts -}}
{{- if .Values.signOutOfEntra -}}{{- $returns = append $returns "login.microsoftonline.com" -}}{{- end -}}
{{- with $returns -}}{{- $_ := set $flags "whitelist-domain" . -}}{{- end -}}
{{- if not .Values.app.enabled -}}
{{- $_ := set $flags "set-xauthrequest" true -}}
{{- with .Values.forwardAuth.cookieDomain -}}{{- $_ := set $flags "cookie-domain" . -}}{{- end -}}
{{- end -}}
{{- range $name, $value := .Values.proxy.flags -}}
{{- if or (kindIs "invalid" $value) (and (kindIs "slice" $value) (empty $value)) -}}
{{- $_ := unset $flags $name -}}
{{- else -}}
{{- $_ := set $flags $name $value -}}
{{- end -}}
{{- end -}}
{{- $args := list -}}
{{- range $name := keys $flags | sortAlpha -}}
{{- $value := get $flags $name -}}
{{- range ternary $value (list $value) (kindIs "slice" $value) -}}
{{- $text := ternary (printf "%d" (int64 .)) (toString .) (kindIs "float64" .) -}}
{{- /* Kubernetes would replace $(NAME) by a variable, which the guards do not see. */ -}}
{{- $args = append $args (printf "--%s=%s" $name ($text | replace "$(" "$$(")) -}}
{{- end -}}
{{- end -}}
{{- $args | toJson -}}
{{- end }}

{{/* Where OAuth2 Proxy sends requests of signed-in users: the app beside it; without one, nowhere (forward-auth). */}}
{{- define "oauth2-proxy-workload.upstream" -}}
{{- default (ternary (printf "http://127.0.0.1:%d/" (int .Values.app.port)) "static://202" .Values.app.enabled) .Values.upstream -}}
{{- end }}

{{/* A cookie that several hosts share cannot have the prefix __Host- (RFC 6265bis §4.1.3.2). */}}
{{- define "oauth2-proxy-workload.cookieName" -}}
{{- if and .Values.forwardAuth.cookieDomain (eq .Values.cookie.name "__Host-oauth2_proxy") -}}
__Secure-oauth2_proxy
{{- else -}}
{{- .Values.cookie.name -}}
{{- end -}}
{{- end }}

{{/* A container that runs OAuth2 Proxy: (root, further arguments). */}}
{{- define "oauth2-proxy-workload.proxy" -}}
{{- $root := index . 0 -}}
image: {{ include "oauth2-proxy-workload.image" (list $root.Values.proxy.image $root.Chart.AppVersion) | quote }}
imagePullPolicy: {{ $root.Values.proxy.image.pullPolicy | quote }}
args:
  {{- range concat (include "oauth2-proxy-workload.flags" $root | fromJsonArray) (index . 1) }}
  - {{ . | quote }}
  {{- end }}
env:
  # Read again at every sign-in and refresh, so the kubelet may replace the token at any time.
  - name: AZURE_FEDERATED_TOKEN_FILE
    value: /var/run/secrets/azure/token
  - name: OAUTH2_PROXY_COOKIE_SECRET
    valueFrom:
      secretKeyRef:
        name: {{ include "oauth2-proxy-workload.cookieSecretName" $root | quote }}
        key: {{ ternary $root.Values.cookie.existingSecretKey "cookie-secret" (not (empty $root.Values.cookie.existingSecret)) | quote }}
  {{- if $root.Values.redis.existingSecret }}
  - name: OAUTH2_PROXY_REDIS_PASSWORD
    valueFrom:
      secretKeyRef:
        name: {{ $root.Values.redis.existingSecret | quote }}
        key: {{ $root.Values.redis.existingSecretKey | quote }}
  {{- end }}
  {{- with $root.Values.proxy.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $root.Values.proxy.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
resources:
  {{- toYaml $root.Values.proxy.resources | nindent 2 }}
securityContext:
  {{- include "oauth2-proxy-workload.context" (list $root $root.Values.proxy.securityContext) | nindent 2 }}
volumeMounts:
  - name: azure-token
    mountPath: /var/run/secrets/azure
    readOnly: true
  {{- with $root.Values.proxy.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* The proxy that serves, with its ports and probes. Without a startup probe the app would not wait for it. /ready asks
the session store, /ping only the process. */}}
{{- define "oauth2-proxy-workload.serving" -}}
{{- include "oauth2-proxy-workload.proxy" (list . list) }}
ports:
  - name: proxy
    containerPort: 4180
  {{- if .Values.podMonitor.enabled }}
  - name: metrics
    containerPort: 44180
  {{- end }}
startupProbe:
  {{- include "oauth2-proxy-workload.probe" (list "/ready" (dict "periodSeconds" 1 "failureThreshold" 60) .Values.proxy.probes.startup) | nindent 2 }}
readinessProbe:
  {{- include "oauth2-proxy-workload.probe" (list "/ready" (dict "periodSeconds" 5 "failureThreshold" 2) .Values.proxy.probes.readiness) | nindent 2 }}
livenessProbe:
  {{- include "oauth2-proxy-workload.probe" (list "/ping" (dict "periodSeconds" 10 "timeoutSeconds" 5 "failureThreshold" 6) .Values.proxy.probes.liveness) | nindent 2 }}
{{- end }}

{{/* (list path defaults override) */}}
{{- define "oauth2-proxy-workload.probe" -}}
{{- $probe := dict "httpGet" (dict "path" (index . 0) "port" "proxy") -}}
{{- mergeOverwrite $probe (index . 1) (deepCopy (index . 2)) | toYaml -}}
{{- end }}

{{/* (list root context): a security context; on OpenShift without the ids that the platform assigns. */}}
{{- define "oauth2-proxy-workload.context" -}}
{{- $context := index . 1 -}}
{{- if (index . 0).Values.openshift -}}{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" "fsGroupChangePolicy" -}}{{- end -}}
{{- toYaml $context -}}
{{- end }}
