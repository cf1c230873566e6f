{{/* The sign-in sidecar: the container of charts/oauth2-proxy-workload, with the namespace's settings in place of values.
A test holds its arguments, variables, probes and resources equal to those that the other chart renders. */}}

{{/* The settings of ConfigMap oauth2-proxy; a key that is not listed is rejected, so that none can weaken the sign-in. */}}
{{- define "workload-identity.signIn.settings" -}}
- {variable: tenantId, key: tenantId}
- {variable: clientId, key: clientId, annotation: issuer-gateway.io/client-id}
- {variable: host, key: host, annotation: issuer-gateway.io/host}
- {variable: allowedGroups, key: allowedGroups, annotation: issuer-gateway.io/allowed-groups}
- {variable: groupsClaim, key: groupsClaim}
- {variable: emailClaim, key: emailClaim}
- {variable: emailDomains, key: emailDomains, default: "*"}
- {variable: trustedProxyRanges, key: trustedProxyRanges}
- {variable: cookieRefresh, key: cookieRefresh, default: 30m}
- {variable: cookieExpire, key: cookieExpire, default: 8h}
- {variable: cookieSecretName, key: cookieSecretName, default: oauth2-proxy-cookie}
{{- end }}

{{/* Templates of the directory roles that Entra puts into claim wids of everybody: of users, guests and restricted guests. */}}
{{- define "workload-identity.signIn.everybody" -}}
- b79fbf4d-3ef9-4689-8143-76b194e85509
- a0b1b346-4d3e-4e8b-98f8-753987be4970
- 10dae51f-b6af-4016-8d66-8efd2a99b8b3
- 2af84b1e-32c8-42b7-82bc-daa82404023b
{{- end }}

{{/* Each flag of OAuth2 Proxy as a CEL list of arguments. Entra writes ids in lower case, and OAuth2 Proxy compares exactly; the
name of an app role keeps its case. */}}
{{- define "workload-identity.signIn.flags" -}}
allowed-group: 'variables.groups.map(each, "--allowed-group=" + (variables.groupsClaim == "roles" ? each : each.lowerAscii()))'
client-id: 'variables.clientId == "" ? [] : ["--client-id=" + variables.clientId.lowerAscii()]'
code-challenge-method: '["--code-challenge-method=S256"]'
cookie-csrf-expire: '["--cookie-csrf-expire=5m"]'
cookie-csrf-per-request: '["--cookie-csrf-per-request=true"]'
cookie-expire: 'variables.cookieExpire == "" ? [] : ["--cookie-expire=" + variables.cookieExpire]'
cookie-httponly: '["--cookie-httponly=true"]'
cookie-name: '["--cookie-name=__Host-oauth2_proxy"]'
cookie-refresh: 'variables.cookieRefresh == "" ? [] : ["--cookie-refresh=" + variables.cookieRefresh]'
cookie-samesite: '["--cookie-samesite=lax"]'
cookie-secure: '["--cookie-secure=true"]'
email-domain: 'variables.domains.map(each, "--email-domain=" + each)'
entra-id-federated-token-auth: '["--entra-id-federated-token-auth=true"]'
http-address: '["--http-address=0.0.0.0:4180"]'
oidc-email-claim: 'variables.emailClaim == "" ? [] : ["--oidc-email-claim=" + variables.emailClaim]'
oidc-groups-claim: 'variables.groupsClaim == "" ? [] : ["--oidc-groups-claim=" + variables.groupsClaim]'
oidc-issuer-url: '["--oidc-issuer-url=https://login.microsoftonline.com/" + variables.tenantId.lowerAscii() + "/v2.0"]'
provider: '["--provider=entra-id"]'
redirect-url: '["--redirect-url=https://" + variables.host + "/oauth2/callback"]'
reverse-proxy: 'variables.trusted.size() == 0 ? [] : ["--reverse-proxy=true"]'
scope: '["--scope=openid email profile offline_access"]'
silence-ping-logging: '["--silence-ping-logging=true"]'
skip-provider-button: '["--skip-provider-button=true"]'
trusted-proxy-ip: 'variables.trusted.map(each, "--trusted-proxy-ip=" + each)'
upstream: '["--upstream=http://127.0.0.1:" + variables.port + "/"]'
whitelist-domain: '["--whitelist-domain=login.microsoftonline.com"]'
{{- end }}

{{/* What an argument of the sidecar may be, as a regular expression: a flag of the chart's, and those that never vary with their value. */}}
{{- define "workload-identity.signIn.pattern" -}}
{{- $fixed := list -}}{{- $free := list -}}
{{- range $name, $arguments := include "workload-identity.signIn.flags" . | fromYaml -}}
{{- if regexMatch "^\\[\"[^\"]+\"\\]$" $arguments -}}
{{- $fixed = append $fixed (regexFind "--[^\"]+" $arguments | replace "." "[.]") -}}
{{- else if ne $name "reverse-proxy" -}}
{{- $free = append $free $name -}}
{{- end -}}
{{- end -}}
^(--reverse-proxy=true|{{ join "|" $fixed }}|--({{ join "|" $free }})=[\s\S]+)$
{{- end }}

{{/* All arguments in the order of their names, as CEL. */}}
{{- define "workload-identity.signIn.arguments" -}}
{{- $flags := include "workload-identity.signIn.flags" . | fromYaml -}}
{{- $lists := list -}}
{{- range $name := keys $flags | sortAlpha -}}
{{- $lists = append $lists (printf "(%s)" (get $flags $name)) -}}
{{- end -}}
{{- join " +\n" $lists -}}
{{- end }}

{{- define "workload-identity.signIn.variables" -}}
- name: annotations
  expression: '{{ . }}.?metadata.?annotations.orValue({})'
# The app's port: the annotation, else the first TCP port of the first container.
- name: port
  expression: 'variables.annotations[?"issuer-gateway.io/app-port"].orValue(string({{ . }}.spec.containers[0].?ports.orValue([]).filter(p, p.?protocol.orValue("TCP") == "TCP")[?0].?containerPort.orValue(0)))'
{{- end }}

{{/* Text that is too long for the cost limit of CEL is cut here, so that the validating policy can explain it. */}}
{{- define "workload-identity.signIn.settingVariables" -}}
- name: data
  expression: 'params.?data.orValue({})'
{{- range include "workload-identity.signIn.settings" . | fromYamlArray }}
{{- $key := printf "variables.data[?%s].orValue(%s)" (toJson .key) (toJson (default "" .default)) }}
- name: {{ .variable }}
  expression: '[{{ if .annotation }}variables.annotations[?{{ toJson .annotation }}].orValue({{ $key }}){{ else }}{{ $key }}{{ end }}].map(s, s.size() > {{ if eq .key "allowedGroups" }}8000{{ else }}1000{{ end }} ? {{ if eq .key "trustedProxyRanges" }}""{{ else }}"too-long"{{ end }} : s)[0]'
{{- end }}
{{- range $name, $source := dict "groups" "allowedGroups" "domains" "emailDomains" "ranges" "trustedProxyRanges" }}
- name: {{ $name }}
  expression: 'variables.{{ $source }}.split(",").map(each, each.trim()).filter(each, each != "")'
{{- end }}
# A range that would trust every address stays away from the sidecar, so that the policy over the ConfigMap alone rejects it.
- name: trusted
  expression: 'variables.ranges.filter(each, each.matches("^[^/]+/[1-9]"))'
{{- end }}

{{- define "workload-identity.signIn.image" -}}
{{- with .Values.signIn.image -}}
{{- .repository -}}:{{- default $.Chart.AppVersion .tag -}}
{{- with .digest -}}@{{- . -}}{{- end -}}
{{- end -}}
{{- end }}

{{/* Quantities as a CEL map. */}}
{{- define "workload-identity.quantities" -}}
{
{{- $first := true -}}
{{- range $name, $value := . -}}
{{- if not $first }}, {{ end -}}
{{ toJson $name }}: {{ $value | toString | toJson }}
{{- $first = false -}}
{{- end -}}
}
{{- end }}

{{/* A probe of the sidecar, as CEL: (field, path, further fields). */}}
{{- define "workload-identity.probe" -}}
{{ index . 0 }}: Object.spec.initContainers.{{ index . 0 }}{httpGet: Object.spec.initContainers.{{ index . 0 }}.httpGet{path: "{{ index . 1 }}", port: "proxy"}, {{ index . 2 }}}
{{- end }}
