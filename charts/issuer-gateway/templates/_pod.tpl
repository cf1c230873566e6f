{{/* The pod template of both kinds of workload. */}}
{{- define "issuer-gateway.pod" -}}
metadata:
  labels:
    {{- include "issuer-gateway.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # The configuration is read once: a change of it replaces the pods.
    checksum/config: {{ include "issuer-gateway.config" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "issuer-gateway.serviceAccountName" . | quote }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "issuer-gateway.context" (list . .Values.podSecurityContext) | nindent 4 }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .Values.runtimeClassName }}
  runtimeClassName: {{ . | quote }}
  {{- end }}
  # Longer than the gateway takes to shut down, so that the kubelet does not kill it meanwhile.
  {{- $shutdown := get (include "issuer-gateway.config" . | fromJson) "Shutdown" }}
  terminationGracePeriodSeconds: {{ add (include "issuer-gateway.seconds" $shutdown.Delay) (include "issuer-gateway.seconds" $shutdown.Grace) 10 }}
  containers:
    - name: issuer-gateway
      image: {{ include "issuer-gateway.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy | quote }}
      args: [serve, --config, /etc/issuer-gateway/config.json]
      env:
        # Names this pod to operators, also where it shares the network name of its node.
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        {{- if ne .Values.tls.mode "none" }}
        - name: https
          containerPort: 8443
          {{- if .Values.hostPorts.enabled }}
          hostPort: {{ int .Values.hostPorts.https }}
          {{- end }}
        {{- end }}
        {{- if include "issuer-gateway.plainHttp" . }}
        - name: http
          containerPort: 8080
          {{- if .Values.hostPorts.enabled }}
          hostPort: {{ int .Values.hostPorts.http }}
          {{- end }}
        {{- end }}
        - name: operations
          containerPort: {{ int .Values.operations.port }}
      startupProbe:
        {{- include "issuer-gateway.probe" (list "/livez" (dict "periodSeconds" 1 "failureThreshold" 60) .Values.probes.startup) | nindent 8 }}
      readinessProbe:
        {{- include "issuer-gateway.probe" (list "/readyz" (dict "periodSeconds" 5 "failureThreshold" 2) .Values.probes.readiness) | nindent 8 }}
      livenessProbe:
        {{- include "issuer-gateway.probe" (list "/livez" (dict "periodSeconds" 10 "timeoutSeconds" 5 "failureThreshold" 6) .Values.probes.liveness) | nindent 8 }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        {{- include "issuer-gateway.context" (list . .Values.securityContext) | nindent 8 }}
      volumeMounts:
        {{- include "issuer-gateway.mounts" . | trim | nindent 8 }}
  volumes:
    {{- include "issuer-gateway.volumes" . | trim | nindent 4 }}
  {{- $spread := .Values.topologySpreadConstraints }}
  {{- if and (not $spread) (eq .Values.kind "Deployment") }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      matchLabelKeys: [pod-template-hash]
      labelSelector:
        matchLabels:
          {{- include "issuer-gateway.selectorLabels" $ | nindent 10 }}
    {{- end }}
  {{- else if $spread }}
  topologySpreadConstraints:
    {{- toYaml $spread | nindent 4 }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* (list root context): a security context; on OpenShift without the ids that the platform assigns. */}}
{{- define "issuer-gateway.context" -}}
{{- $context := index . 1 -}}
{{- if (index . 0).Values.openshift -}}{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" "fsGroupChangePolicy" -}}{{- end -}}
{{- toYaml $context -}}
{{- end }}

{{/* (list path defaults override) */}}
{{- define "issuer-gateway.probe" -}}
{{- $probe := dict "httpGet" (dict "path" (index . 0) "port" "operations") -}}
{{- mergeOverwrite $probe (index . 1) (deepCopy (index . 2)) | toYaml -}}
{{- end }}

{{- define "issuer-gateway.mounts" -}}
- name: config
  mountPath: /etc/issuer-gateway
  readOnly: true
- name: state
  mountPath: /var/lib/issuer-gateway
- name: run
  mountPath: /run/issuer-gateway
{{- if include "issuer-gateway.usesApi" . }}
- name: kubernetes-api
  mountPath: /var/run/secrets/kubernetes.io/serviceaccount
  readOnly: true
{{- end }}
{{- if and .Values.canary.enabled (include "issuer-gateway.inCluster" .) }}
- name: canary
  mountPath: /var/run/secrets/issuer-gateway/canary
  readOnly: true
{{- end }}
{{- range $i, $name := ternary .Values.tls.secrets list (eq .Values.tls.mode "secret") }}
- name: tls-{{ $i }}
  mountPath: /etc/issuer-gateway-tls/{{ $i }}
  readOnly: true
{{- end }}
{{- if and (eq .Values.tls.mode "acme") .Values.tls.acme.externalAccountSecret }}
- name: acme-account
  mountPath: /etc/issuer-gateway-acme/account
  readOnly: true
{{- end }}
{{- if and (eq .Values.tls.mode "acme") .Values.tls.acme.rootsConfigMap }}
- name: acme-roots
  mountPath: /etc/issuer-gateway-acme/roots
  readOnly: true
{{- end }}
{{- range $i, $issuer := .Values.issuers }}
{{- with $issuer.upstream }}
{{- if or .existingSecret .existingClaim }}
- name: upstream-{{ $i }}
  mountPath: /etc/issuer-gateway-upstream/{{ $i }}
  readOnly: true
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "issuer-gateway.volumes" -}}
- name: config
  configMap:
    name: {{ include "issuer-gateway.fullname" . | quote }}
- name: run
  emptyDir:
    sizeLimit: 1Mi
- name: state
  {{- if or .Values.state.existingClaim .Values.state.size }}
  persistentVolumeClaim:
    claimName: {{ default (include "issuer-gateway.fullname" .) .Values.state.existingClaim | quote }}
  {{- else }}
  emptyDir:
    sizeLimit: 64Mi
  {{- end }}
{{- if include "issuer-gateway.usesApi" . }}
- name: kubernetes-api
  projected:
    sources:
      - serviceAccountToken:
          path: token
          # Short, so that a signing key that is replaced takes the gateway's access with it for minutes only.
          expirationSeconds: 600
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                fieldPath: metadata.namespace
{{- end }}
{{- if and .Values.canary.enabled (include "issuer-gateway.inCluster" .) }}
- name: canary
  projected:
    sources:
      - serviceAccountToken:
          path: token
          audience: {{ .Values.canary.audience | quote }}
          expirationSeconds: {{ int .Values.canary.expirationSeconds }}
{{- end }}
{{- range $i, $name := ternary .Values.tls.secrets list (eq .Values.tls.mode "secret") }}
- name: tls-{{ $i }}
  secret:
    secretName: {{ $name | quote }}
    defaultMode: 0440
{{- end }}
{{- if and (eq .Values.tls.mode "acme") .Values.tls.acme.externalAccountSecret }}
- name: acme-account
  secret:
    secretName: {{ .Values.tls.acme.externalAccountSecret | quote }}
    defaultMode: 0440
{{- end }}
{{- if and (eq .Values.tls.mode "acme") .Values.tls.acme.rootsConfigMap }}
- name: acme-roots
  configMap:
    name: {{ .Values.tls.acme.rootsConfigMap | quote }}
{{- end }}
{{- range $i, $issuer := .Values.issuers }}
{{- with $issuer.upstream }}
{{- if .existingSecret }}
- name: upstream-{{ $i }}
  secret:
    secretName: {{ .existingSecret | quote }}
    defaultMode: 0440
{{- else if .existingClaim }}
- name: upstream-{{ $i }}
  persistentVolumeClaim:
    claimName: {{ .existingClaim | quote }}
    readOnly: true
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
