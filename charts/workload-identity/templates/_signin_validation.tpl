{{/* Rules that need no ConfigMap: (whether the pod itself is at hand, root). */}}
{{- define "workload-identity.signIn.rules" -}}
{{- $guid := include "workload-identity.guid" . | toJson -}}
{{- $host := include "workload-identity.hostName" . | toJson -}}
{{ include "workload-identity.rule" (list
  "variables.label == \"entra\""
  "\"label issuer-gateway.io/sign-in is \" + strings.quote(variables.label) + \": set it to \\\"entra\\\", or remove it\""
  "label issuer-gateway.io/sign-in has to be \"entra\"") }}
{{ include "workload-identity.rule" (list
  "variables.label != \"entra\" || !variables.windows"
  "\"its os.name is windows, but the sidecar is a Linux container: remove the label issuer-gateway.io/sign-in, and let charts/oauth2-proxy-workload sign in with forward-auth\""
  "the sidecar is a Linux container, and the pod is one for Windows") }}
{{ include "workload-identity.rule" (list
  "variables.port.matches(\"^[1-9][0-9]{0,4}$\") && int(variables.port) <= 65535"
  "(\"issuer-gateway.io/app-port\" in variables.annotations ? \"annotation issuer-gateway.io/app-port is \" + strings.quote(variables.port) + \": set it to the port\" : \"its first container has no TCP port: set the annotation issuer-gateway.io/app-port to the port\") + \" that the app listens on at 127.0.0.1\""
  "annotation issuer-gateway.io/app-port has to be a port number") }}
{{ include "workload-identity.rule" (list
  "!(variables.port in [\"4180\", \"44180\"])"
  "\"port \" + variables.port + \" is the sidecar's own: let the app listen on another, and set the annotation issuer-gateway.io/app-port to it\""
  "the app listens on the port of the sidecar") }}
{{ include "workload-identity.rule" (list
  "variables.label != \"entra\" || variables.onPort.size() == 0"
  (printf "\"container \" + %s + \" has port 4180, which is the sidecar's: let it listen on another\"" (include "workload-identity.joined" "variables.onPort"))
  "a container has the port of the sidecar") }}
{{ include "workload-identity.rule" (list
  (printf "variables.annotations[?\"issuer-gateway.io/client-id\"].orValue(\"00000000-0000-0000-0000-000000000000\").matches(%s)" $guid)
  "\"annotation issuer-gateway.io/client-id is \" + strings.quote(variables.annotations[\"issuer-gateway.io/client-id\"]) + \": set it to the application (client) id, a GUID\""
  "annotation issuer-gateway.io/client-id has to be a GUID") }}
{{ include "workload-identity.rule" (list
  (printf "variables.annotations[?\"issuer-gateway.io/host\"].orValue(\"a.example\").matches(%s) && variables.annotations[?\"issuer-gateway.io/host\"].orValue(\"\").size() <= 253" $host)
  "\"annotation issuer-gateway.io/host is \" + strings.quote(variables.annotations[\"issuer-gateway.io/host\"]) + \": set it to the public host name, without scheme, port and path\""
  "annotation issuer-gateway.io/host has to be a host name") }}
{{ include "workload-identity.rule" (list
  "!variables.taken"
  "\"its container oauth2-proxy has the name of the sidecar: rename it\""
  "a container has the name of the sidecar") }}
{{ include "workload-identity.rule" (list
  "variables.wrongVolumes.size() == 0"
  (printf "\"its volume \" + variables.wrongVolumes.join(\", \") + \" is not the one of the sidecar (oauth2-proxy-token: a serviceAccountToken with path token and audience \" + %s + \"; oauth2-proxy-no-api-token: an emptyDir): rename it, or remove it so that the right one is added\"" (toJson (index . 1).Values.signIn.audience))
  "a volume of the pod has the name of one of the sidecar's, but does not hold what belongs there") }}
{{- if index . 0 }}
{{ include "workload-identity.rule" (list
  "variables.label != \"entra\" || variables.taken || variables.windows || (variables.sidecars.size() == 1 && variables.annotations[?\"issuer-gateway.io/sign-in-settings\"].orValue(\"\") == request.namespace)"
  "\"there is no ConfigMap oauth2-proxy, or this API server runs without MutatingAdmissionPolicy: kubectl create configmap oauth2-proxy -n \" + request.namespace + \" --from-literal=tenantId=ID --from-literal=clientId=ID --from-literal=host=HOST --from-literal=allowedGroups=ID; if it was created just now, try again\""
  "the namespace has no ConfigMap oauth2-proxy with tenantId, clientId, host and allowedGroups, or this API server runs without MutatingAdmissionPolicy") }}
{{- end }}
{{ include "workload-identity.rule" (list
  "variables.label != \"entra\" || variables.sidecars.all(c, c.?args.orValue([]).exists(a, a.matches(\"^--allowed-group=[^ ]\")))"
  "\"the sidecar would admit every user of the tenant: list the groups that may enter in key allowedGroups of ConfigMap oauth2-proxy, or in the annotation issuer-gateway.io/allowed-groups\""
  "the sidecar would admit every user of the tenant") }}
{{ include "workload-identity.rule" (list
  "variables.label != \"entra\" || variables.sidecars.all(c, !has(c.command) && !has(c.envFrom) && c.?env.orValue([]).all(e, !e.name.startsWith(\"OAUTH2_PROXY_\") || (e.name == \"OAUTH2_PROXY_COOKIE_SECRET\" && has(e.valueFrom))) && c.?args.orValue([]).size() <= 400 && c.?args.orValue([]).all(a, a.size() <= 2000 && a.matches(variables.flags)) && (!c.?args.orValue([]).exists(a, a.startsWith(\"--reverse-proxy=\")) || c.?args.orValue([]).exists(a, a.matches(\"^--trusted-proxy-ip=[^/]+/[1-9]\"))))"
  "\"it brings an init container oauth2-proxy of its own with flags or variables that could weaken the sign-in: remove it, and the sidecar is added\""
  "the pod brings an init container oauth2-proxy of its own with flags that could weaken the sign-in") }}
{{ include "workload-identity.rule" (list
  "variables.label != \"entra\" || variables.sidecars.all(c, c.?image.orValue(\"\") == variables.image)"
  "\"its init container oauth2-proxy has the image \" + strings.quote(variables.sidecars[0].?image.orValue(\"\")) + \" in place of \" + strings.quote(variables.image) + \" (signIn.image of the chart workload-identity): remove it, and the sidecar is added\""
  "the init container oauth2-proxy of the pod has another image than the sidecar") }}
{{ include "workload-identity.rule" (list
  "variables.label != \"entra\" || variables.wrongVolumes.size() > 0 || variables.sidecars.all(c, c.?volumeMounts.orValue([]).exists(m, variables.volumes.exists(v, v.name == m.name && v.?projected.?sources.orValue([]).exists(s, has(s.serviceAccountToken) && s.serviceAccountToken.?audience.orValue(\"\") != \"\"))))"
  "\"it brings an init container oauth2-proxy of its own that mounts no serviceAccountToken: remove it, and the sidecar is added\""
  "the pod brings an init container oauth2-proxy of its own without the token to sign in with") }}
{{- end }}

{{/* Rules over ConfigMap oauth2-proxy, those of charts/oauth2-proxy-workload. */}}
{{- define "workload-identity.signIn.settingsRules" -}}
{{- $guid := include "workload-identity.guid" . -}}
{{- $keys := list }}
{{- range include "workload-identity.signIn.settings" . | fromYamlArray }}{{- $keys = append $keys .key }}{{- end }}
{{- $end := " (kubectl edit configmap oauth2-proxy -n \" + request.namespace + \")\"" }}
{{ include "workload-identity.rule" (list
  "variables.data.all(key, variables.data[key].size() <= (key == \"allowedGroups\" ? 8000 : 1000))"
  (printf "\"ConfigMap oauth2-proxy is too long in \" + %s + \" (at most 8000 characters in allowedGroups, about 200 groups, and 1000 elsewhere): shorten it, or let an app role decide in place of many groups (groupsClaim roles)%s" (include "workload-identity.joined" "variables.data.filter(key, variables.data[key].size() > (key == \"allowedGroups\" ? 8000 : 1000))") $end)
  "ConfigMap oauth2-proxy has a key that is too long") }}
{{ include "workload-identity.rule" (list
  "variables.annotations[?\"issuer-gateway.io/allowed-groups\"].orValue(\"\").size() <= 8000"
  "\"annotation issuer-gateway.io/allowed-groups has more than 8000 characters: list fewer groups, or let an app role decide in place of them (groupsClaim roles)\""
  "annotation issuer-gateway.io/allowed-groups is too long") }}
{{ include "workload-identity.rule" (list
  (printf "variables.data.all(key, key in %s)" (toJson $keys))
  (printf "\"ConfigMap oauth2-proxy has \" + %s + \", but only %s are known; flags that could weaken the sign-in can not be set here: remove it%s" (include "workload-identity.joined" (printf "variables.data.filter(key, !(key in %s)).map(key, strings.quote(key))" (toJson $keys))) (join ", " $keys) $end)
  "ConfigMap oauth2-proxy has an unknown key") }}
{{ include "workload-identity.rule" (list
  (printf "variables.tenantId.matches(%s) && variables.tenantId.lowerAscii() != \"9188040d-6c67-4c5b-b112-36a304b66dad\"" (toJson $guid))
  (printf "\"key tenantId of ConfigMap oauth2-proxy is \" + strings.quote(variables.tenantId) + \": set it to the id of your Entra tenant, a GUID%s" $end)
  "key tenantId of ConfigMap oauth2-proxy has to be a GUID") }}
{{ include "workload-identity.rule" (list
  (printf "\"issuer-gateway.io/client-id\" in variables.annotations || variables.clientId.matches(%s)" (toJson $guid))
  (printf "\"key clientId of ConfigMap oauth2-proxy is \" + strings.quote(variables.clientId) + \": set it, or the annotation issuer-gateway.io/client-id, to the application (client) id, a GUID%s" $end)
  "key clientId of ConfigMap oauth2-proxy has to be a GUID") }}
{{ include "workload-identity.rule" (list
  (printf "\"issuer-gateway.io/host\" in variables.annotations || (variables.host.matches(%s) && variables.host.size() <= 253)" (include "workload-identity.hostName" . | toJson))
  (printf "\"key host of ConfigMap oauth2-proxy is \" + strings.quote(variables.host) + \": set it, or the annotation issuer-gateway.io/host, to the public host name, without scheme, port and path%s" $end)
  "key host of ConfigMap oauth2-proxy has to be a host name") }}
{{ include "workload-identity.rule" (list
  "variables.groups.size() > 0 && variables.allowedGroups.split(\",\").all(each, each.trim() != \"\")"
  (printf "(\"issuer-gateway.io/allowed-groups\" in variables.annotations ? \"annotation issuer-gateway.io/allowed-groups\" : \"key allowedGroups of ConfigMap oauth2-proxy\") + \" is \" + strings.quote(variables.allowedGroups) + \": an empty group would admit every user of the tenant; list the object ids of the groups that may enter, separated by commas%s" $end)
  "allowedGroups has to list at least one group, and no empty one") }}
{{ include "workload-identity.rule" (list
  (printf "variables.groupsClaim == \"roles\" || variables.groups.all(each, each.matches(%s))" (toJson $guid))
  (printf "(\"issuer-gateway.io/allowed-groups\" in variables.annotations ? \"annotation issuer-gateway.io/allowed-groups\" : \"key allowedGroups of ConfigMap oauth2-proxy\") + \" has \" + %s + \", but Entra sends object ids of groups: use the id, or set groupsClaim to roles for app roles%s" (include "workload-identity.joined" (printf "variables.groups.filter(each, !each.matches(%s)).map(each, strings.quote(each))" (toJson $guid))) $end)
  "allowedGroups has to list object ids of groups, unless groupsClaim is roles") }}
{{ include "workload-identity.rule" (list
  "variables.groups.all(each, each.matches(\"^[!#-~]+$\") && !each.contains(\"$(\"))"
  (printf "\"allowedGroups has \" + [variables.groups.filter(each, !each.matches(\"^[!#-~]+$\") || each.contains(\"$(\")).map(each, strings.quote(each)).join(\", \")].map(s, s.size() > 500 ? s.substring(0, 500) + \"…\" : s)[0] + \": names of app roles have no blanks, no quotes and no $( here, which Kubernetes replaces by a variable%s" $end)
  "allowedGroups has a name that no app role can have") }}
{{ include "workload-identity.rule" (list
  (printf "variables.groupsClaim != \"wids\" || variables.groups.all(each, !(each.lowerAscii() in %s))" (include "workload-identity.signIn.everybody" . | fromYamlArray | toJson))
  (printf "(\"issuer-gateway.io/allowed-groups\" in variables.annotations ? \"annotation issuer-gateway.io/allowed-groups\" : \"key allowedGroups of ConfigMap oauth2-proxy\") + \" has \" + variables.groups.filter(each, each.lowerAscii() in %s).map(each, strings.quote(each)).join(\", \") + \", a role that every user or guest of the tenant has: remove it%s" (include "workload-identity.signIn.everybody" . | fromYamlArray | toJson) $end)
  "allowedGroups has a directory role that every user or guest has") }}
{{ include "workload-identity.rule" (list
  "variables.groupsClaim in [\"\", \"groups\", \"roles\", \"wids\"]"
  (printf "\"key groupsClaim of ConfigMap oauth2-proxy is \" + strings.quote(variables.groupsClaim) + \": a claim that all users share would admit every user of the tenant; set it to roles for app roles, or remove it%s" $end)
  "key groupsClaim of ConfigMap oauth2-proxy has to be groups, roles or wids") }}
{{- range $key := list "emailClaim" }}
{{ include "workload-identity.rule" (list
  (printf "variables.%s.matches(\"^[A-Za-z0-9_.-]*$\")" $key)
  (printf "\"key %s of ConfigMap oauth2-proxy is \" + strings.quote(variables.%s) + \": set it to the name of a claim, or remove it%s" $key $key $end)
  (printf "key %s of ConfigMap oauth2-proxy has to be the name of a claim" $key)) }}
{{- end }}
{{ include "workload-identity.rule" (list
  "variables.domains.size() > 0 && variables.domains.all(each, each.matches(\"^([*]|[.]?[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+)$\"))"
  (printf "\"key emailDomains of ConfigMap oauth2-proxy is \" + strings.quote(variables.emailDomains) + \": list domains separated by commas, such as example.com, or .example.com for its subdomains, or remove it%s" $end)
  "key emailDomains of ConfigMap oauth2-proxy has to list domains") }}
{{ include "workload-identity.rule" (list
  "!(\"*\" in variables.domains) || variables.domains.size() == 1"
  (printf "\"key emailDomains of ConfigMap oauth2-proxy is \" + strings.quote(variables.emailDomains) + \": * beside other domains admits them all; remove it, or the others%s" $end)
  "key emailDomains of ConfigMap oauth2-proxy has * beside other domains") }}
{{ include "workload-identity.rule" (list
  "variables.ranges.all(each, isCIDR(each) && cidr(each) == cidr(each).masked() && cidr(each).prefixLength() >= (each.contains(\":\") ? (each.matches(\"^[fF][cdCD][0-9a-fA-F]{2}:\") ? 7 : 16) : 8))"
  (printf "\"key trustedProxyRanges of ConfigMap oauth2-proxy is \" + strings.quote(variables.trustedProxyRanges) + \": list the address ranges of your ingress or gateway pods, such as 10.42.0.0/16, and none larger than a /8 (IPv6: /16, or /7 in fc00::/7)%s" $end)
  "key trustedProxyRanges of ConfigMap oauth2-proxy has to list address ranges") }}
{{- $duration := toJson "^([0-9]{1,6}[ms]|[0-9]{1,5}h){1,3}$" }}
{{- range $key := list "cookieRefresh" "cookieExpire" }}
{{ include "workload-identity.rule" (list
  (printf "variables.%s.matches(%s) && !variables.%s.matches(\"^(0+[hms])+$\")" $key $duration $key)
  (printf "\"key %s of ConfigMap oauth2-proxy is \" + strings.quote(variables.%s) + \": set it to a duration such as 30m or 8h, or remove it%s" $key $key $end)
  (printf "key %s of ConfigMap oauth2-proxy has to be a duration" $key)) }}
{{- end }}
{{ include "workload-identity.rule" (list
  (printf "!variables.cookieRefresh.matches(%s) || !variables.cookieExpire.matches(%s) || duration(variables.cookieRefresh) < duration(variables.cookieExpire)" $duration $duration)
  (printf "\"key cookieRefresh \" + variables.cookieRefresh + \" of ConfigMap oauth2-proxy is not shorter than cookieExpire \" + variables.cookieExpire + \": sessions would never be refreshed; shorten it%s" $end)
  "cookieRefresh of ConfigMap oauth2-proxy has to be shorter than cookieExpire") }}
{{ include "workload-identity.rule" (list
  (printf "!variables.cookieRefresh.matches(%s) || duration(variables.cookieRefresh) <= duration(\"1h\")" $duration)
  (printf "\"key cookieRefresh of ConfigMap oauth2-proxy is \" + strings.quote(variables.cookieRefresh) + \": Entra would not be asked earlier whether the user may still enter; set it to 1h or less, or remove it%s" $end)
  "key cookieRefresh of ConfigMap oauth2-proxy has to be 1h or less") }}
{{ include "workload-identity.rule" (list
  (printf "variables.cookieSecretName.size() <= 253 && variables.cookieSecretName.matches(%s)" (include "workload-identity.objectName" . | toJson))
  (printf "\"key cookieSecretName of ConfigMap oauth2-proxy is \" + strings.quote(variables.cookieSecretName) + \": set it to the name of the Secret with the key cookie-secret%s" $end)
  "key cookieSecretName of ConfigMap oauth2-proxy has to be the name of a Secret") }}
{{ include "workload-identity.rule" (list
  (printf "!variables.cookieSecretName.matches(%s) || variables.sidecars.all(c, c.?args.orValue([]) == variables.arguments && c.?restartPolicy.orValue(\"\") == \"Always\" && c.?env.orValue([]).exists(e, e.name == \"OAUTH2_PROXY_COOKIE_SECRET\" && e.?valueFrom.?secretKeyRef.?name.orValue(\"\") == variables.cookieSecretName))" (include "workload-identity.objectName" . | toJson))
  "\"it brings an init container oauth2-proxy of its own whose arguments or cookie Secret are not those of ConfigMap oauth2-proxy, or whose restartPolicy is not Always: remove it, and the sidecar is added\""
  "the pod brings an init container oauth2-proxy of its own that is not the sidecar of these settings") }}
{{- end }}

{{/* (root, "pods" or "templates", whether over the ConfigMap) */}}
{{- define "workload-identity.signIn.validation" -}}
{{- $root := index . 0 -}}
{{- $pods := eq (index . 1) "pods" -}}
{{- $settings := index . 2 -}}
{{- $pod := ternary "object" (include "workload-identity.template" $root) $pods -}}
{{- $name := printf "workload-identity-sign-in%s%s" (ternary "" "-templates" $pods) (ternary "-settings" "" $settings) -}}
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
    {{- include "workload-identity.matchPods" (list $root "issuer-gateway.io/sign-in" "") | nindent 4 }}
    {{- else }}
    {{- include "workload-identity.matchTemplates" $root | nindent 4 }}
    {{- end }}
  matchConditions:
    {{- if $pods }}
    {{- include "workload-identity.notMirror" $root | nindent 4 }}
    {{- else }}
    - name: labeled
      expression: '"issuer-gateway.io/sign-in" in {{ $pod }}.?metadata.?labels.orValue({})'
    {{- end }}
  failurePolicy: {{ ternary "Fail" "Ignore" $pods }}
  variables:
    {{- include "workload-identity.subject" $root | nindent 4 }}
    {{- include "workload-identity.signIn.variables" $pod | nindent 4 }}
    - name: sidecars
      expression: '{{ $pod }}.spec.?initContainers.orValue([]).filter(c, c.name == "oauth2-proxy")'
    {{- if $settings }}
    {{- include "workload-identity.signIn.settingVariables" $root | nindent 4 }}
    - name: arguments
      expression: |
        {{- include "workload-identity.signIn.arguments" $root | nindent 8 }}
    {{- else }}
    - name: label
      expression: '{{ $pod }}.metadata.labels["issuer-gateway.io/sign-in"]'
    - name: image
      expression: '{{ include "workload-identity.signIn.image" $root | toJson }}'
    - name: flags
      expression: '{{ include "workload-identity.signIn.pattern" $root | toJson }}'
    - name: windows
      expression: '{{ $pod }}.spec.?os.?name.orValue("") == "windows"'
    - name: onPort
      expression: |
        ({{ $pod }}.spec.?initContainers.orValue([]) + {{ $pod }}.spec.containers).filter(c, c.name != "oauth2-proxy" && c.?ports.orValue([]).exists(p,
          p.containerPort == 4180 && p.?protocol.orValue("TCP") == "TCP")).map(c, c.name)
    - name: taken
      expression: '{{ $pod }}.spec.containers.exists(c, c.name == "oauth2-proxy")'
    - name: volumes
      expression: '{{ $pod }}.spec.?volumes.orValue([])'
    - name: wrongVolumes
      expression: |
        variables.volumes.filter(v, (v.name == "oauth2-proxy-token" && (!v.?projected.?sources.orValue([]).exists(s, has(s.serviceAccountToken)
          && s.serviceAccountToken.path == "token" && s.serviceAccountToken.?audience.orValue("") == {{ $root.Values.signIn.audience | toJson }}) || {{ include "workload-identity.overlap" (toJson "token") }}))
          || (v.name == "oauth2-proxy-no-api-token" && !has(v.emptyDir))).map(v, v.name)
    {{- end }}
  validations:
    {{- if $settings }}
    {{- include "workload-identity.signIn.settingsRules" $root | trim | nindent 4 }}
    {{- else }}
    {{- include "workload-identity.signIn.rules" (list $pods $root) | trim | nindent 4 }}
    {{- end }}
---
{{- include "workload-identity.binding" (list $root "ValidatingAdmissionPolicy" $name $name (ternary "oauth2-proxy" "" $settings) (ternary "Deny" "Warn" $pods)) }}
{{- end }}
