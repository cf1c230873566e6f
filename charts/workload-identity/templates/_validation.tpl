{{/* Who is rejected, and where: (CEL of the name). One sentence names namespace, object, key and fix. */}}
{{- define "workload-identity.subject" -}}
- name: subject
  expression: '"namespace " + request.namespace + ", " + request.kind.kind + " " + (object.metadata.?name.orValue("") != "" ? object.metadata.name : object.metadata.?generateName.orValue("") + "*") + ": "'
{{- end }}

{{/* A list as text, as CEL; the API server drops a sentence of more than 5 KiB. */}}
{{- define "workload-identity.joined" -}}
[{{ . }}.join(", ")].map(s, s.size() > 500 ? s.substring(0, 500) + "…" : s)[0]
{{- end }}

{{/* A path of a mount as the kubelet sees it, as CEL: with a slash first and none doubled or last, without dot segments and, as
Windows nodes have it, without drive C and with slashes for backslashes. */}}
{{- define "workload-identity.path" -}}
"/" + {{ . }}.replace("\\", "/").split("/").filter(p, !(p in ["", ".", "c:", "C:"])).join("/")
{{- end }}

{{/* The same by way of the link that /var/run is in most images. */}}
{{- define "workload-identity.place" -}}
[{{ include "workload-identity.path" . }}].map(p, p.startsWith("/run/") ? "/var" + p : p)[0]
{{- end }}

{{/* One rule: (condition, message, message where the sentence can not be made). What is quoted is shortened: the API server
drops a sentence of more than 5 KiB. */}}
{{- define "workload-identity.rule" -}}
{{- $message := regexReplaceAll "strings[.]quote[(]([^()]+([(][^()]*[)])?)[)]" (index . 1) "strings.quote([${1}].map(s, s.size() > 200 ? s.substring(0, 200) + \"…\" : s)[0])" -}}
- expression: |
    {{ index . 0 | replace " && " "\n    && " | replace " || " "\n    || " }}
  messageExpression: |
    variables.subject
    + {{ regexReplaceAll "([^\\\\]\") \\+ " $message "${1}\n    + " }}
  message: {{ index . 2 | toJson }}
  reason: Invalid
{{- end }}

{{/* What a value must be, as CEL: (setting, CEL of the value). */}}
{{- define "workload-identity.check" -}}
{{- $value := index . 1 -}}
{{- with (index . 0) -}}
{{- if .patterns -}}
{{- $all := list -}}
{{- range .patterns -}}{{- $all = append $all (printf "%s.matches(%s)" $value (toJson .)) -}}{{- end -}}
{{- join " && " $all -}}
{{- else -}}
{{ $value }}.matches({{ toJson .pattern }})
{{- with .not }} && !{{ $value }}.matches({{ toJson . }}){{ end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Rules that need no ConfigMap: (kind, whether the pod itself is at hand and not the template of a workload). */}}
{{- define "workload-identity.rules" -}}
{{- $kind := index . 0 -}}
{{- $pod := index . 1 -}}
{{- $label := toJson $kind.label -}}
{{ include "workload-identity.rule" (list
  "variables.label in [\"true\", \"false\"]"
  (printf "\"label %s is \" + strings.quote(variables.label) + \": set it to \\\"true\\\", or remove it\"" $kind.label)
  (printf "label %s has to be \"true\" or \"false\"" $kind.label)) }}
{{ include "workload-identity.rule" (list
  "!variables.active || variables.expirationValid"
  (printf "\"annotation %s is \" + strings.quote(variables.expirationText) + \": set it to a number of seconds from %d to 86400\"" $kind.expiration.annotation (int $kind.expiration.minimum))
  (printf "annotation %s has to be a number of seconds from %d to 86400" $kind.expiration.annotation (int $kind.expiration.minimum))) }}
{{ include "workload-identity.rule" (list
  "!variables.active || variables.skip.all(name, name in variables.containers)"
  (printf "\"annotation %s names \" + %s + \", but the containers are \" + %s + \": correct it; names are separated by %s%s\"" $kind.skip.annotation (include "workload-identity.joined" "variables.skip.filter(name, !(name in variables.containers)).map(name, strings.quote(name))") (include "workload-identity.joined" "variables.containers") $kind.skip.separator (ternary "" " (one that a webhook adds to the pod is not seen here, and right)" $pod))
  (printf "annotation %s names a container that the pod does not have" $kind.skip.annotation)) }}
{{- range $kind.settings }}
{{- $value := printf "variables.annotations[%s]" (toJson .annotation) }}
{{- $meaning := default .meaning .annotationMeaning }}
{{- $check := include "workload-identity.check" (list (dict "pattern" (default .pattern .annotationPattern) "not" .not) $value) }}
{{- if or (hasKey . "key") (hasKey . "default") }}
{{ include "workload-identity.rule" (list
  (printf "!variables.active || !(%s in variables.annotations) || %s" (toJson .annotation) $check)
  (printf "\"annotation %s is \" + strings.quote(%s) + \": set it to %s\"" .annotation $value $meaning)
  (printf "annotation %s has to be %s" .annotation $meaning)) }}
{{- else }}
{{ include "workload-identity.rule" (list
  (printf "!variables.active || (%s in variables.annotations && %s)" (toJson .annotation) $check)
  (printf "\"annotation %s \" + (%s in variables.annotations ? \"is \" + strings.quote(%s) : \"is missing\") + \": set it to %s\"" .annotation (toJson .annotation) $value $meaning)
  (printf "annotation %s has to be %s" .annotation $meaning)) }}
{{- end }}
{{- end }}
{{- if and $pod (not $kind.configMap) }}
{{ include "workload-identity.rule" (list
  "!variables.active || variables.volumes.exists(v, v.name == variables.volume)"
  "\"it has no volume \" + variables.volume + \": this API server runs without MutatingAdmissionPolicy, which adds it; turn its feature gate on\""
  "the pod has no volume with the token: this API server runs without MutatingAdmissionPolicy") }}
{{- end }}
{{- if and $pod $kind.configMap }}
{{- $keys := list }}{{- $annotations := list }}
{{- range $kind.settings }}
{{- $keys = append $keys .key }}{{- $annotations = append $annotations .annotation }}
{{- end }}
{{ include "workload-identity.rule" (list
  "!variables.active || variables.volumes.exists(v, v.name == variables.volume)"
  (printf "\"there is no ConfigMap %s with %s, or this API server runs without MutatingAdmissionPolicy: kubectl create configmap %s -n \" + request.namespace + \"%s (or set the annotations %s); if it was created just now, try again\"" $kind.configMap (join " and " $keys) $kind.configMap (include "workload-identity.literals" $keys) (join " and " $annotations))
  (printf "the namespace has no ConfigMap %s with %s, or this API server runs without MutatingAdmissionPolicy" $kind.configMap (join " and " $keys))) }}
{{- end }}
{{ include "workload-identity.rule" (list
  (printf "!variables.active || variables.volumes.all(v, v.name != variables.volume || (%s))" (include "workload-identity.tokenVolume" (list $kind (default $kind.audience $kind.audienceOfVolume))))
  (printf "\"its volume \" + variables.volume + \" holds no serviceAccountToken with path \" + variables.tokenFile + \" and audience \" + %s + \"%s: rename it, or remove it so that the right one is added\"" (default $kind.audience $kind.audienceToShow) (ternary " and no credentials.json" "" (hasKey $kind "credentials")))
  "a volume of the pod has the name of the token volume, but does not hold what belongs there") }}
{{ include "workload-identity.rule" (list
  (printf "!variables.active || variables.volumes.all(v, v.name != variables.volume || !(%s))" (include "workload-identity.overlap" "variables.tokenFile"))
  "\"its volume \" + variables.volume + \" has something else at the path \" + variables.tokenFile + \" of the token too: remove that, or rename the volume\""
  "a volume of the pod has something else at the path of the token") }}
{{ include "workload-identity.rule" (list
  "!variables.active || variables.dotted.size() == 0"
  (printf "\"container \" + %s + \" has a mount with .. in its path, which could end at \" + variables.mountPath + \", where the token belongs: write that path without .., or name the container in the annotation %s\"" (include "workload-identity.joined" "variables.dotted") $kind.skip.annotation)
  "a container has a mount with .. in its path, which could end where the token belongs") }}
{{ include "workload-identity.rule" (list
  "!variables.active || variables.blocked.size() == 0"
  (printf "\"container \" + %s + \" has another mount at or below \" + variables.mountPath + \", which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation %s\"" (include "workload-identity.joined" "variables.blocked") $kind.skip.annotation)
  "a container has another mount where the token belongs") }}
{{- end }}

{{/* Whether volume v holds the token under its name, as CEL: (kind, CEL of an audience that it must have, or ""). */}}
{{- define "workload-identity.tokenVolume" -}}
{{- $kind := index . 0 -}}
v.?projected.?sources.orValue([]).exists(s, has(s.serviceAccountToken) && s.serviceAccountToken.path == variables.tokenFile
{{- with index . 1 }} && s.serviceAccountToken.?audience.orValue("") == {{ . }}{{ end }})
{{- if $kind.credentials }} && v.projected.sources.exists(s, s.?configMap.?items.orValue([]).exists(i, i.path == "credentials.json")){{ end }}
{{- end }}

{{/* Whether something else in the projected volume v has the path of the token, and so may take its place, as CEL: (CEL of the path). */}}
{{- define "workload-identity.overlap" -}}
v.?projected.?sources.orValue([]).exists(s, (s.?configMap.?items.orValue([]) + s.?secret.?items.orValue([])).exists(i, i.path == {{ . }}) || s.?downwardAPI.?items.orValue([]).exists(i, i.path == {{ . }})) || v.?projected.?sources.orValue([]).filter(s, has(s.serviceAccountToken) && s.serviceAccountToken.path == {{ . }}).size() > 1
{{- end }}

{{- define "workload-identity.literals" -}}
{{- range . }}{{ if eq . "googleCredentials" }} --from-file=googleCredentials=FILE{{ else }} --from-literal={{ . }}=VALUE{{ end }}{{- end -}}
{{- end }}

{{/* Rules over the ConfigMap, where the annotation does not decide: (kind, CEL of the pod). */}}
{{- define "workload-identity.settingsRules" -}}
{{- $kind := index . 0 -}}
{{- range $kind.settings }}
{{- $value := printf "variables.data[?%s].orValue(\"\")" (toJson .key) }}
{{ include "workload-identity.rule" (list
  (printf "!variables.active || %s in variables.annotations || (%s)" (toJson .annotation) (include "workload-identity.check" (list . $value)))
  (printf "\"key %s of ConfigMap %s is \" + (%s in variables.data ? %s : \"missing\") + \": set it to %s (kubectl edit configmap %s -n \" + request.namespace + \"), or set the annotation %s\"" .key $kind.configMap (toJson .key) (ternary "\"not valid\"" (printf "strings.quote(variables.data[%s])" (toJson .key)) (hasKey . "patterns")) .meaning $kind.configMap .annotation)
  (printf "key %s of ConfigMap %s has to be %s" .key $kind.configMap .meaning)) }}
{{- end }}
{{- if $kind.audienceOfVolume }}
{{ include "workload-identity.rule" (list
  (printf "!variables.active || \"issuer-gateway.io/google-audience\" in variables.annotations || %s.spec.?volumes.orValue([]).all(v, v.name != %s || v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken) || s.serviceAccountToken.?audience.orValue(\"\") == variables.data[?\"googleAudience\"].orValue(\"\")))" (index . 1) (toJson $kind.volume))
  (printf "\"its volume %s holds a token for another audience than key googleAudience of ConfigMap %s: rename it, or remove it so that the right one is added\"" $kind.volume $kind.configMap)
  "a volume of the pod has the name of the token volume, but a token for another audience") }}
{{- end }}
{{- end }}

{{/* The validating policies of one kind, each with its binding: (root, kind, "pods" or "templates", whether over the ConfigMap). */}}
{{- define "workload-identity.validation" -}}
{{- $root := index . 0 -}}
{{- $kind := index . 1 -}}
{{- $pods := eq (index . 2) "pods" -}}
{{- $settings := index . 3 -}}
{{- $pod := ternary "object" (include "workload-identity.template" $root) $pods -}}
{{- $name := printf "workload-identity-%s%s%s" $kind.name (ternary "" "-templates" $pods) (ternary "-settings" "" $settings) -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ $name }}
  labels:
    {{- include "workload-identity.labels" $root | nindent 4 }}
spec:
  {{- if $settings }}
  paramKind:
    apiVersion: v1
    kind: ConfigMap
  {{- end }}
  matchConstraints:
    {{- if $pods }}
    {{- include "workload-identity.matchPods" (list $root $kind.label "") | nindent 4 }}
    {{- else }}
    {{- include "workload-identity.matchTemplates" $root | nindent 4 }}
    {{- end }}
  matchConditions:
    {{- if $pods }}
    {{- include "workload-identity.notMirror" $root | nindent 4 }}
    {{- else }}
    - name: labeled
      expression: '{{ toJson $kind.label }} in {{ $pod }}.?metadata.?labels.orValue({})'
    {{- end }}
  # A workload is only warned, whatever happens; a pod that requested a token is never created without it.
  failurePolicy: {{ ternary "Fail" "Ignore" $pods }}
  variables:
    {{- include "workload-identity.subject" $root | nindent 4 }}
    {{- include "workload-identity.variables" (list $kind $pod) | nindent 4 }}
    - name: label
      expression: '{{ $pod }}.metadata.labels[{{ toJson $kind.label }}]'
    - name: active
      expression: 'variables.label == "true"'
    {{- if $settings }}
    - name: data
      expression: 'params.?data.orValue({})'
    {{- else }}
    - name: containers
      expression: '{{ $pod }}.spec.?initContainers.orValue([]).map(c, c.name) + {{ $pod }}.spec.containers.map(c, c.name)'
    - name: volume
      expression: '{{ toJson $kind.volume }}'
    - name: volumes
      expression: '{{ $pod }}.spec.?volumes.orValue([])'
    {{- range $kind.settings }}
    {{- if not (hasKey . "key") }}
    {{- include "workload-identity.settings" (list (dict "settings" (list .) "configMap" "")) | trim | nindent 4 }}
    {{- end }}
    {{- end }}
    - name: mountPath
      expression: '{{ $kind.mountPath }}'
    - name: tokenFile
      expression: '{{ $kind.tokenFile }}'
    - name: place
      expression: '{{ include "workload-identity.place" "variables.mountPath" }}'
    - name: injected
      expression: |
        ({{ $pod }}.spec.?initContainers.orValue([]) + {{ $pod }}.spec.containers).filter(c,
          !(c.name in variables.skip) && !(c.name == "oauth2-proxy" && "issuer-gateway.io/sign-in" in {{ $pod }}.metadata.labels))
    # The API server takes .. in the path of a mount, and CEL cannot resolve it.
    - name: dotted
      expression: |
        variables.injected.filter(c, c.?volumeMounts.orValue([]).exists(m, ("/" + m.mountPath.replace("\\", "/") + "/").contains("/../"))).map(c, c.name)
    # Containers whose token would be hidden by a mount of something else, such as the token of the API, or of the token by subPath,
    # which is never updated.
    - name: blocked
      expression: |
        variables.injected.filter(c, c.?volumeMounts.orValue([]).exists(m, [{{ include "workload-identity.place" "m.mountPath" }}].exists(path, (path + "/").startsWith(variables.place + "/")
            && (path != variables.place || m.?subPath.orValue("") != "" || m.?subPathExpr.orValue("") != "" || (m.name != variables.volume
            {{- if not $kind.credentials }}
            && !variables.volumes.exists(v, v.name == m.name && {{ include "workload-identity.tokenVolume" (list $kind $kind.audience) }})
            {{- end }}))))).map(c, c.name)
    {{- end }}
  validations:
    {{- if $settings }}
    {{- include "workload-identity.settingsRules" (list $kind $pod) | trim | nindent 4 }}
    {{- else }}
    {{- include "workload-identity.rules" (list $kind $pods) | trim | nindent 4 }}
    {{- end }}
---
{{- include "workload-identity.binding" (list $root "ValidatingAdmissionPolicy" $name $name (ternary $kind.configMap "" $settings) (ternary "Deny" "Warn" $pods)) }}
{{- end }}
