{{/* Values that contradict each other, each with a sentence that names the value and the fix; all at once. What one
value alone can tell is in values.schema.json, but for the few whose message there would not help. */}}
{{- define "issuer-gateway.guards" -}}
{{- $errors := concat (include "issuer-gateway.guards.issuers" . | fromJsonArray) (include "issuer-gateway.guards.tls" . | fromJsonArray) (include "issuer-gateway.guards.traffic" . | fromJsonArray) (include "issuer-gateway.guards.workload" . | fromJsonArray) -}}
{{- if $errors -}}
{{- fail (printf "\n\n%s\n" (join "\n" $errors)) -}}
{{- end -}}
{{- end }}

{{- define "issuer-gateway.guards.issuers" -}}
{{- $errors := list -}}
{{- if not .Values.issuers -}}
{{- $errors = append $errors "issuers is empty: set issuers[0].identifier to the exact --service-account-issuer of the API server (kubectl get --raw /.well-known/openid-configuration shows it), for example --set 'issuers[0].identifier=https://oidc.example.com'." -}}
{{- end -}}
{{- $seen := dict -}}
{{- range $i, $issuer := .Values.issuers -}}
{{- $key := printf "issuers[%d]" $i -}}
{{- $identifier := $issuer.identifier | default "" -}}
{{- if not $identifier -}}
{{- if eq $.Values.tls.mode "acme" -}}
{{- $errors = append $errors (printf "%s.identifier is empty: tls.mode acme never orders a certificate without it; set it to the exact --service-account-issuer of the API server." $key) -}}
{{- else -}}
{{- $errors = append $errors (printf "%s.identifier is empty: set it to the exact --service-account-issuer of the API server." $key) -}}
{{- end -}}
{{- end -}}
{{- range $text := prepend ($issuer.previousIdentifiers | default list) $identifier -}}
{{- if $text -}}
{{- $name := ternary (printf "%s.identifier" $key) (printf "%s.previousIdentifiers" $key) (eq $text $identifier) -}}
{{- if not (hasPrefix "https://" $text) -}}
{{- $errors = append $errors (printf "%s %q is not an https URL: relying parties accept only https (OIDC Discovery); change --service-account-issuer of the API server." $name $text) -}}
{{- else if regexMatch "[?#\\s]" $text -}}
{{- $errors = append $errors (printf "%s %q has a query, a fragment or white space: remove it; the API server rejects such an issuer too." $name $text) -}}
{{- else if hasSuffix "/.well-known/openid-configuration" $text -}}
{{- $errors = append $errors (printf "%s %q is the URL of the document, not the issuer: remove \"/.well-known/openid-configuration\"." $name $text) -}}
{{- else if and (not $issuer.allowPrivateHost) (regexMatch "^([^.]*|.*\\.(svc|local|internal|localhost)|10\\..*|127\\..*|169\\.254\\..*|192\\.168\\..*|172\\.(1[6-9]|2[0-9]|3[01])\\..*)$" (include "issuer-gateway.host" $text)) -}}
{{- $errors = append $errors (printf "%s %q has a host that the internet cannot reach: give the API server a public --service-account-issuer (the old one can stay as a second), or set %s.allowPrivateHost to true for relying parties inside your network." $name $text $key) -}}
{{- else if hasKey $seen (trimSuffix "/" $text) -}}
{{- $errors = append $errors (printf "%s %q is fetched from the same URL as that of %s: remove one of the two." $name $text (get $seen (trimSuffix "/" $text))) -}}
{{- end -}}
{{- $_ := set $seen (trimSuffix "/" $text) $name -}}
{{- end -}}
{{- end -}}
{{- $upstream := $issuer.upstream | default dict -}}
{{- $kind := $upstream.kind | default "InCluster" -}}
{{- if and (eq $kind "Explicit") (not $upstream.servers) -}}
{{- $errors = append $errors (printf "%s.upstream.servers is empty: kind Explicit needs the URLs of the API servers, such as https://10.0.0.1:6443." $key) -}}
{{- end -}}
{{- if and (has $kind (list "Explicit" "Kubeconfig" "PublicKeys")) (not $upstream.existingSecret) -}}
{{- $errors = append $errors (printf "%s.upstream.existingSecret is empty: kind %s reads %s from a Secret of this namespace; name it." $key $kind (get (dict "Explicit" "ca.crt and token (or tls.crt and tls.key)" "Kubeconfig" "kubeconfig" "PublicKeys" "its public keys (*.pub)") $kind)) -}}
{{- end -}}
{{- if and (eq $kind "PublicKeys") (not $upstream.publicKeys) -}}
{{- $errors = append $errors (printf "%s.upstream.publicKeys is empty: kind PublicKeys needs the keys of upstream.existingSecret that hold public keys, such as sa.pub." $key) -}}
{{- end -}}
{{- if and (eq $kind "Directory") (not $upstream.existingClaim) -}}
{{- $errors = append $errors (printf "%s.upstream.existingClaim is empty: kind Directory reads what `issuer-gateway export` wrote from a claim; name it." $key) -}}
{{- end -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}

{{- define "issuer-gateway.guards.tls" -}}
{{- $errors := list -}}
{{- $mode := .Values.tls.mode -}}
{{- $terminating := ternary "ingress" "httpRoute" .Values.ingress.enabled -}}
{{- if eq $mode "acme" -}}
{{- if include "issuer-gateway.terminated" . -}}
{{- $errors = append $errors (printf "tls.mode acme contradicts %s.enabled: the proxy that terminates TLS holds the certificate; set tls.mode to none, or use tlsRoute (passthrough) instead." $terminating) -}}
{{- end -}}
{{- if not .Values.tls.acme.acceptTerms -}}
{{- $errors = append $errors (printf "tls.acme.acceptTerms is false: read the terms of service of the certificate authority (%s) and set it to true, or choose tls.mode secret or none." .Values.tls.acme.directory) -}}
{{- end -}}
{{- if ne (empty .Values.tls.acme.externalAccountSecret) (empty .Values.tls.acme.externalAccountKeyId) -}}
{{- $errors = append $errors "tls.acme.externalAccountSecret and tls.acme.externalAccountKeyId belong together: set both or neither." -}}
{{- end -}}
{{- end -}}
{{- if eq $mode "secret" -}}
{{- if not .Values.tls.secrets -}}
{{- $errors = append $errors "tls.secrets is empty: tls.mode secret needs the names of kubernetes.io/tls Secrets, one for each host of the issuers." -}}
{{- end -}}
{{- if include "issuer-gateway.terminated" . -}}
{{- $errors = append $errors (printf "tls.mode secret contradicts %s.enabled, which sends plain HTTP: set tls.mode to none and give the Secret to the gateway or ingress controller, or use tlsRoute (passthrough) instead." $terminating) -}}
{{- end -}}
{{- else if .Values.tls.secrets -}}
{{- $errors = append $errors (printf "tls.secrets is set, but tls.mode is %s: set tls.mode to secret, or remove tls.secrets." $mode) -}}
{{- end -}}
{{- if and (eq $mode "none") .Values.tlsRoute.enabled -}}
{{- $errors = append $errors "tlsRoute.enabled contradicts tls.mode none: passed-through TLS must end in the gateway; set tls.mode to acme or secret, or use httpRoute." -}}
{{- end -}}
{{- if and .Values.tlsRoute.http01.enabled (eq $mode "acme") (not (include "issuer-gateway.plainHttp" .)) -}}
{{- $errors = append $errors "tlsRoute.http01.enabled contradicts tls.acme.challenges, which lacks http-01: add it, or disable the route." -}}
{{- end -}}
{{- if and .Values.tlsRoute.http01.enabled (or (ne $mode "acme") (not .Values.tlsRoute.enabled)) -}}
{{- $errors = append $errors "tlsRoute.http01.enabled only serves tls.mode acme behind tlsRoute.enabled: set both, or disable it." -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}

{{- define "issuer-gateway.guards.traffic" -}}
{{- $errors := list -}}
{{- $ways := list -}}
{{- range $way := list "tlsRoute" "httpRoute" "ingress" -}}
{{- if (get $.Values $way).enabled -}}{{- $ways = append $ways (printf "%s.enabled" $way) -}}{{- end -}}
{{- end -}}
{{- if gt (len $ways) 1 -}}
{{- $errors = append $errors (printf "%s are both true: public traffic comes one way; enable only one of tlsRoute, httpRoute and ingress." (join " and " $ways)) -}}
{{- end -}}
{{- range $way := list "tlsRoute" "httpRoute" -}}
{{- $route := get $.Values $way -}}
{{- if and $route.enabled (not $route.parentRefs) -}}
{{- $errors = append $errors (printf "%s.parentRefs is empty: name the Gateway that carries the route, for example --set '%s.parentRefs[0].name=public'." $way $way) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.tlsRoute.http01.enabled (not .Values.tlsRoute.http01.parentRefs) -}}
{{- $errors = append $errors "tlsRoute.http01.parentRefs is empty: name the Gateway and the listener of port 80." -}}
{{- end -}}
{{- $address := .Values.edge.clientAddress -}}
{{- if and (eq $address "ProxyProtocol") (not .Values.edge.proxyProtocol.trustedSources) -}}
{{- $errors = append $errors "edge.proxyProtocol.trustedSources is empty: with edge.clientAddress ProxyProtocol name the networks from which the load balancer connects, such as 10.0.0.0/8." -}}
{{- else if and (ne $address "ProxyProtocol") .Values.edge.proxyProtocol.trustedSources -}}
{{- $errors = append $errors (printf "edge.proxyProtocol.trustedSources is set, but edge.clientAddress is %s: set edge.clientAddress to ProxyProtocol, or remove them." $address) -}}
{{- end -}}
{{- if and (eq $address "Direct") $ways -}}
{{- $errors = append $errors (printf "edge.clientAddress Direct contradicts %s: all clients would share the address of the proxy and its limits; use ProxyProtocol if the proxy speaks it, or leave Unknown." (join " and " $ways)) -}}
{{- else if and (eq $address "Direct") (ne (include "issuer-gateway.serviceType" .) "ClusterIP") (ne .Values.service.externalTrafficPolicy "Local") -}}
{{- $errors = append $errors "edge.clientAddress Direct contradicts service.externalTrafficPolicy Cluster, which hides the address of the caller: set the policy to Local, or leave Unknown." -}}
{{- end -}}
{{- if and .Values.podMonitor.enabled .Values.serviceMonitor.enabled -}}
{{- $errors = append $errors "podMonitor.enabled and serviceMonitor.enabled are both true: every figure would count twice; enable only one." -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}

{{- define "issuer-gateway.guards.workload" -}}
{{- $errors := list -}}
{{- if not .Values.image.repository -}}
{{- $errors = append $errors "image.repository is empty: build the image (docker build -t REGISTRY/issuer-gateway:VERSION .), push it, and set image.repository to REGISTRY/issuer-gateway." -}}
{{- end -}}
{{- if and .Values.hostPorts.enabled (ne .Values.kind "DaemonSet") -}}
{{- $errors = append $errors "hostPorts.enabled needs kind DaemonSet: two replicas cannot share the ports of one node; set kind to DaemonSet." -}}
{{- end -}}
{{- if and .Values.hostPorts.enabled (dig "rollingUpdate" "maxSurge" 0 .Values.updateStrategy | toString | ne "0") -}}
{{- $errors = append $errors "updateStrategy.rollingUpdate.maxSurge contradicts hostPorts.enabled: the new pod cannot have the ports of the old one; set maxUnavailable instead." -}}
{{- end -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- if and (ne (toString $budget.minAvailable) "") (ne (toString $budget.maxUnavailable) "") -}}
{{- $errors = append $errors "podDisruptionBudget.minAvailable and podDisruptionBudget.maxUnavailable exclude each other: set only one." -}}
{{- end -}}
{{- if and .Values.state.existingClaim .Values.state.size -}}
{{- $errors = append $errors "state.existingClaim and state.size exclude each other: name a claim, or let the chart create one." -}}
{{- end -}}
{{- if and .Values.state.size (eq .Values.state.accessMode "ReadWriteOnce") (include "issuer-gateway.several" .) -}}
{{- $errors = append $errors "state.size creates a ReadWriteOnce claim that more than one pod cannot share: set replicas to 1, state.accessMode to ReadWriteMany, or leave state empty." -}}
{{- end -}}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) (include "issuer-gateway.usesApi" .) .Values.rbac.create -}}
{{- $errors = append $errors "serviceAccount.name is empty although serviceAccount.create is false: the access would be given to \"default\" and so to every pod of the namespace; name a ServiceAccount." -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (empty .Values.networkPolicy.monitoringNamespace) (or .Values.podMonitor.enabled .Values.serviceMonitor.enabled) -}}
{{- $errors = append $errors "networkPolicy.monitoringNamespace is empty, so Prometheus could not scrape: set the labels of its namespace." -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}
