{{/* The name of the chart's objects. A name that is too long keeps its beginning and gets a hash, so that two long
releases never share a name. 52 leaves room for the longest suffix and the hash that controllers append. */}}
{{- define "issuer-gateway.fullname" -}}
{{- $name := .Values.fullnameOverride -}}
{{- if not $name -}}
{{- $chart := default .Chart.Name .Values.nameOverride -}}
{{- $name = ternary .Release.Name (printf "%s-%s" .Release.Name $chart) (contains $chart .Release.Name) -}}
{{- end -}}
{{- include "issuer-gateway.truncate" (list $name 52) -}}
{{- end }}

{{/* (list text length): at most that long, a hash of the whole in place of what is cut off. */}}
{{- define "issuer-gateway.truncate" -}}
{{- $text := index . 0 -}}
{{- $most := int (index . 1) -}}
{{- if gt (len $text) $most -}}
{{- printf "%s-%s" ($text | trunc (int (sub $most 7)) | trimSuffix "-" | trimSuffix ".") (sha256sum $text | trunc 6) -}}
{{- else -}}
{{- $text | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* The name of an object that belongs to no namespace; unique for each release of the cluster: no namespace has a dot in its
name, so none ends where another one's release begins. */}}
{{- define "issuer-gateway.clusterName" -}}
{{- include "issuer-gateway.truncate" (list (printf "%s.%s" .Release.Namespace (include "issuer-gateway.fullname" .)) 52) -}}
{{- end }}

{{- define "issuer-gateway.selectorLabels" -}}
app.kubernetes.io/name: {{ include "issuer-gateway.truncate" (list (default .Chart.Name .Values.nameOverride) 63) | quote }}
app.kubernetes.io/instance: {{ include "issuer-gateway.truncate" (list .Release.Name 63) | quote }}
{{- end }}

{{- define "issuer-gateway.labels" -}}
{{ include "issuer-gateway.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "issuer-gateway.serviceAccountName" -}}
{{- default (ternary (include "issuer-gateway.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end }}

{{- define "issuer-gateway.image" -}}
{{- $image := .Values.image -}}
{{- $image.repository -}}:{{- default .Chart.AppVersion $image.tag -}}
{{- with $image.digest -}}@{{- . -}}{{- end -}}
{{- end }}
