{{/* The variables that mutation and validation share: (kind, CEL of the pod). */}}
{{- define "workload-identity.variables" -}}
{{- $kind := index . 0 -}}
- name: annotations
  expression: '{{ index . 1 }}.?metadata.?annotations.orValue({})'
- name: skip
  expression: 'variables.annotations[?"{{ $kind.skip.annotation }}"].orValue("").split("{{ $kind.skip.separator }}").map(name, name.trim()).filter(name, name != "")'
- name: expirationText
  expression: 'variables.annotations[?"{{ $kind.expiration.annotation }}"].orValue("{{ $kind.expiration.default }}")'
# By matches() first: the failure of int() would print this whole expression to the user.
- name: expirationValid
  expression: 'variables.expirationText.matches("^[0-9]{3,5}$") && int(variables.expirationText) >= {{ $kind.expiration.minimum }} && int(variables.expirationText) <= 86400'
{{- end }}

{{/* What the settings of a kind are: (kind, whether the ConfigMap is at hand). The pod's annotation wins. One that would make
the API server reject the pod before a policy can explain it becomes the fallback. */}}
{{- define "workload-identity.settings" -}}
{{- $kind := index . 0 -}}
{{- if $kind.configMap }}
- name: data
  expression: 'params == null ? {} : params.?data.orValue({})'
{{- end }}
{{- range $kind.settings }}
{{- $annotationName := .annotation }}
- name: {{ .variable }}
  {{- $annotation := printf "variables.annotations[?%s].orValue(%s)" (toJson .annotation) (ternary (printf "variables.data[?%s].orValue(\"\")" (toJson .key)) (toJson (default "" .default)) (and (hasKey . "key") (not (hasKey . "fallback")))) }}
  {{- if hasKey . "fallback" }}
  expression: 'variables.annotations[?{{ toJson .annotation }}].orValue("").matches({{ toJson (default .pattern .annotationPattern) }}){{ with .not }} && !variables.annotations[{{ toJson $annotationName }}].matches({{ toJson . }}){{ end }} ? variables.annotations[{{ toJson .annotation }}] : {{ toJson .fallback }}'
  {{- else }}
  expression: '{{ $annotation }}'
  {{- end }}
{{- end }}
{{- end }}
