{{/* The name of the chart's objects is that of the release, the workload: it also names the ServiceAccount, and so the
subject of the federated credential. One that is too long keeps its beginning and gets a hash, so that two never meet. */}}
{{- define "oauth2-proxy-workload.fullname" -}}
{{- $own := ternary .Release.Name (printf "%s-%s" .Release.Name .Values.nameOverride) (empty .Values.nameOverride) -}}
{{- /* A Service cannot have a dot in its name (RFC 1035), which the name of a release may have. */ -}}
{{- include "oauth2-proxy-workload.truncate" (list (default $own .Values.fullnameOverride | replace "." "-") 52) -}}
{{- end }}

{{/* (list text length): at most that long, a hash of the whole in place of what is cut off. */}}
{{- define "oauth2-proxy-workload.truncate" -}}
{{- $text := index . 0 -}}
{{- $most := int (index . 1) -}}
{{- if gt (len $text) $most -}}
{{- printf "%s-%s" ($text | trunc (int (sub $most 7)) | trimSuffix "-" | trimSuffix ".") (sha256sum $text | trunc 6) -}}
{{- else -}}
{{- $text | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "oauth2-proxy-workload.selectorLabels" -}}
app.kubernetes.io/name: {{ include "oauth2-proxy-workload.truncate" (list (default .Chart.Name .Values.nameOverride) 63) | quote }}
app.kubernetes.io/instance: {{ include "oauth2-proxy-workload.truncate" (list .Release.Name 63) | quote }}
{{- end }}

{{- define "oauth2-proxy-workload.labels" -}}
{{ include "oauth2-proxy-workload.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "oauth2-proxy-workload.serviceAccountName" -}}
{{- default (ternary (include "oauth2-proxy-workload.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end }}

{{/* (image default-tag) */}}
{{- define "oauth2-proxy-workload.image" -}}
{{- $image := index . 0 -}}
{{- $image.repository -}}
{{- $tag := default (index . 1) $image.tag -}}
{{- with $tag -}}:{{- . -}}{{- end -}}
{{- with $image.digest -}}@{{- . -}}{{- end -}}
{{- end }}

{{- define "oauth2-proxy-workload.cookieSecretName" -}}
{{- default (printf "%s-cookie" (include "oauth2-proxy-workload.fullname" .)) .Values.cookie.existingSecret -}}
{{- end }}

{{- define "oauth2-proxy-workload.redirectUrl" -}}
{{- default (printf "https://%s/oauth2/callback" .Values.host) .Values.redirectUrl -}}
{{- end }}
