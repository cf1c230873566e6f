{{/* Volume, mounts and variables of one kind of token: (root, kind). Each part is looked for before it is added, so that a
second run, another webhook at the same label or what the pod has already does no harm. */}}
{{- define "workload-identity.mutation" -}}
{{- $root := index . 0 -}}
{{- $kind := index . 1 -}}
apiVersion: admissionregistration.k8s.io/{{ include "workload-identity.apiVersion" $root }}
kind: MutatingAdmissionPolicy
metadata:
  name: workload-identity-{{ $kind.name }}
  labels:
    {{- include "workload-identity.labels" $root | nindent 4 }}
spec:
  {{- if $kind.configMap }}
  paramKind:
    apiVersion: v1
    kind: ConfigMap
  {{- end }}
  matchConstraints:
    {{- include "workload-identity.matchPods" (list $root $kind.label "true") | nindent 4 }}
  matchConditions:
    {{- include "workload-identity.notMirror" $root | nindent 4 }}
    {{- if $kind.configMap }}
    {{- $needed := list }}
    {{- range $kind.settings }}
    {{- $needed = append $needed (printf "%s in object.metadata.?annotations.orValue({})" (toJson .annotation)) }}
    {{- end }}
    # A pod whose annotations have every setting needs no ConfigMap.
    - name: settings
      expression: '!(params == null) || ({{ join " && " $needed }})'
    {{- end }}
  failurePolicy: Fail
  # Containers that another webhook adds get the token too.
  reinvocationPolicy: IfNeeded
  variables:
    {{- include "workload-identity.variables" (list $kind "object") | trim | nindent 4 }}
    {{- include "workload-identity.settings" (list $kind) | trim | nindent 4 }}
    - name: expiration
      expression: 'variables.expirationValid ? int(variables.expirationText) : {{ $kind.expiration.default }}'
    - name: mountPath
      expression: '{{ $kind.mountPath }}'
    # The sign-in sidecar never gets the identity of the app.
    - name: left
      expression: 'variables.skip + ("issuer-gateway.io/sign-in" in object.metadata.?labels.orValue({}) ? ["oauth2-proxy"] : [])'
  mutations:
    # projected.sources is an atomic list, which ApplyConfiguration may not touch.
    - patchType: JSONPatch
      jsonPatch:
        expression: |
          object.spec.?volumes.orValue([]).exists(v, v.name == "{{ $kind.volume }}") ? [] :
          (has(object.spec.volumes) ? [] : [JSONPatch{op: "add", path: "/spec/volumes", value: []}])
          + [JSONPatch{op: "add", path: "/spec/volumes/-", value: Object.spec.volumes{
              name: "{{ $kind.volume }}",
              projected: Object.spec.volumes.projected{sources: [
                Object.spec.volumes.projected.sources{serviceAccountToken: Object.spec.volumes.projected.sources.serviceAccountToken{
                  audience: {{ $kind.audience }}, expirationSeconds: variables.expiration, path: {{ $kind.tokenFile }}}}
                {{- with $kind.credentials }},
                Object.spec.volumes.projected.sources{configMap: Object.spec.volumes.projected.sources.configMap{
                  name: {{ . }}, items: [Object.spec.volumes.projected.sources.configMap.items{key: "googleCredentials", path: "credentials.json"}]}}
                {{- end }}
              ]}}}]
    # A variable that a container has stays, which ApplyConfiguration alone would override. A container that mounts the volume
    # elsewhere and says so in a variable of its own needs no second mount.
    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: |
          Object{spec: Object.spec{
            {{- range $i, $list := list "containers" "initContainers" }}
            {{- if $i }},{{ end }}
            {{ $list }}: object.spec.?{{ $list }}.orValue([]).filter(c, !(c.name in variables.left)).map(c, Object.spec.{{ $list }}{
              name: c.name,
              {{- if $kind.env }}
              env: [c.?env.orValue([]).map(own, own.name)].map(names, [
                {{- range $j, $env := $kind.env }}
                {{- if $j }},{{ end }}
                Object.spec.{{ $list }}.env{name: "{{ $env.name }}", value: {{ $env.value }}}
                {{- end }}
              ].filter(e, !(e.name in names)
                {{- range $kind.env }}
                {{- if hasKey . "unless" }} && !(e.name == "{{ .name }}" && "{{ .unless }}" in names){{ end }}
                {{- end }}))[0],
              {{- end }}
              volumeMounts: c.?volumeMounts.orValue([]).exists(m, {{ include "workload-identity.path" "m.mountPath" }} == variables.mountPath || (m.name == "{{ $kind.volume }}"
                {{- with $kind.fileVariable }} && c.?env.orValue([]).exists(e, e.name == "{{ . }}"){{ end }})) ? [] :
                [Object.spec.{{ $list }}.volumeMounts{name: "{{ $kind.volume }}", mountPath: variables.mountPath, readOnly: true}]
            })
            {{- end }}
          }}
{{- end }}
