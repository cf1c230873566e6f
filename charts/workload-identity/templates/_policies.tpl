{{- define "workload-identity.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "workload-identity.apiVersion" -}}
{{- default "v1" .Values.apiVersion -}}
{{- end }}

{{/* Namespaces that the policies see. */}}
{{- define "workload-identity.namespaces" -}}
namespaceSelector:
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values:
        {{- toYaml .Values.excludedNamespaces | nindent 8 }}
{{- end }}

{{/* Creations of pods that carry a label: (root, label, wanted value or "" for any). Pods without it never meet the policy. */}}
{{- define "workload-identity.matchPods" -}}
{{- include "workload-identity.namespaces" (index . 0) }}
objectSelector:
  {{- if index . 2 }}
  matchLabels:
    {{ index . 1 }}: {{ index . 2 | quote }}
  {{- else }}
  matchExpressions:
    - key: {{ index . 1 }}
      operator: Exists
  {{- end }}
resourceRules:
  - apiGroups: [""]
    apiVersions: [v1]
    operations: [CREATE]
    resources: [pods]
{{- end }}

{{- define "workload-identity.matchTemplates" -}}
{{- include "workload-identity.namespaces" . }}
resourceRules:
  - apiGroups: [apps]
    apiVersions: [v1]
    operations: [CREATE, UPDATE]
    resources: [deployments, statefulsets, daemonsets]
  - apiGroups: [batch]
    apiVersions: [v1]
    operations: [CREATE, UPDATE]
    resources: [jobs, cronjobs]
{{- end }}

{{/* The pod of a workload, in CEL. */}}
{{- define "workload-identity.template" -}}
(has(object.spec.jobTemplate) ? object.spec.jobTemplate.spec.template : object.spec.template)
{{- end }}

{{/* What the API server shows of static pods can not have ServiceAccount tokens. */}}
{{- define "workload-identity.notMirror" -}}
- name: not-a-mirror-pod
  expression: '!("kubernetes.io/config.mirror" in object.metadata.?annotations.orValue({}))'
{{- end }}

{{/* A binding: (root, kind of policy, name of policy, name of binding, ConfigMap or "", validation action or ""). */}}
{{- define "workload-identity.binding" -}}
{{- $root := index . 0 }}
apiVersion: admissionregistration.k8s.io/{{ ternary (include "workload-identity.apiVersion" $root) "v1" (eq (index . 1) "MutatingAdmissionPolicy") }}
kind: {{ index . 1 }}Binding
metadata:
  name: {{ index . 3 }}
  labels:
    {{- include "workload-identity.labels" $root | nindent 4 }}
spec:
  policyName: {{ index . 2 }}
  {{- with index . 4 }}
  # Of the pod's own namespace. Allow: another policy says it better where there is none.
  paramRef:
    name: {{ . }}
    parameterNotFoundAction: Allow
  {{- end }}
  {{- with index . 5 }}
  validationActions: [{{ . }}]
  {{- end }}
{{- end }}
