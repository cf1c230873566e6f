{{/* Values that are missing or contradict each other, each with a sentence that names the value and the fix; all at once. */}}
{{- define "oauth2-proxy-workload.guards" -}}
{{- $errors := concat (include "oauth2-proxy-workload.guards.entra" . | fromJsonArray) (include "oauth2-proxy-workload.guards.access" . | fromJsonArray) (include "oauth2-proxy-workload.guards.cookie" . | fromJsonArray) (include "oauth2-proxy-workload.guards.proxy" . | fromJsonArray) (include "oauth2-proxy-workload.guards.workload" . | fromJsonArray) -}}
{{- if $errors -}}
{{- fail (printf "\n\n%s\n" (join "\n" $errors)) -}}
{{- end -}}
{{- end }}

{{- define "oauth2-proxy-workload.guards.entra" -}}
{{- $errors := list -}}
{{- $guid := include "oauth2-proxy-workload.guid" . -}}
{{- if not .Values.tenantId -}}
{{- $errors = append $errors "tenantId is empty: set it to the id of your Entra tenant (az account show --query tenantId -o tsv)." -}}
{{- else if has (lower .Values.tenantId) (list "common" "organizations" "consumers" "9188040d-6c67-4c5b-b112-36a304b66dad") -}}
{{- $errors = append $errors (printf "tenantId %q admits accounts of every tenant: set it to the id of your own (az account show --query tenantId -o tsv)." .Values.tenantId) -}}
{{- else if not (regexMatch $guid .Values.tenantId) -}}
{{- $errors = append $errors (printf "tenantId %q is not a tenant id: set it to the GUID that az account show --query tenantId -o tsv prints. With a domain name OAuth2 Proxy stops, because Entra's discovery document names the GUID as issuer." .Values.tenantId) -}}
{{- end -}}
{{- if not (regexMatch $guid .Values.clientId) -}}
{{- $errors = append $errors (printf "clientId %q is not an application id: set it to the application (client) id of the app registration (issuerctl trust apply entra-app prints it)." .Values.clientId) -}}
{{- end -}}
{{- if not .Values.host -}}
{{- $errors = append $errors "host is empty: set it to the public host name of the workload, such as app.example.com." -}}
{{- else if not (regexMatch "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$" .Values.host) -}}
{{- $errors = append $errors (printf "host %q is not a host name: write it in lower case, without scheme, port and path." .Values.host) -}}
{{- else if and .Values.redirectUrl (not (hasPrefix (printf "https://%s/" .Values.host) .Values.redirectUrl)) -}}
{{- $errors = append $errors (printf "redirectUrl %q does not lead to https://%s/: Entra would send the sign-in elsewhere; correct it or leave it empty." .Values.redirectUrl .Values.host) -}}
{{- end -}}
{{- if and (not .Values.allowedGroups) (not .Values.allowAnyTenantUser) -}}
{{- $errors = append $errors "allowedGroups is empty: list the object ids of the groups that may enter, or set allowAnyTenantUser to true to admit every user of the tenant, guests too." -}}
{{- else if and .Values.allowedGroups .Values.allowAnyTenantUser -}}
{{- $errors = append $errors "allowAnyTenantUser contradicts allowedGroups: remove one of the two." -}}
{{- end -}}
{{- range $i, $group := .Values.allowedGroups -}}
{{- if not (trim $group) -}}
{{- $errors = append $errors (printf "allowedGroups[%d] is empty, and with an empty group OAuth2 Proxy admits everybody: set the object id of a group, or remove the entry." $i) -}}
{{- else if regexMatch "[,\"\\s]" $group -}}
{{- $errors = append $errors (printf "allowedGroups[%d] %q has a comma, a quote or white space, which OAuth2 Proxy splits into several groups: give one group for each entry." $i $group) -}}
{{- else if and (eq $.Values.groupsClaim "wids") (has (lower $group) (include "oauth2-proxy-workload.everybody" . | fromYamlArray)) -}}
{{- $errors = append $errors (printf "allowedGroups has %q, a role that every user or guest of the tenant has: remove it, or set allowAnyTenantUser to true in place of allowedGroups." $group) -}}
{{- else if and (has $.Values.groupsClaim (list "" "groups" "wids")) (not (regexMatch $guid $group)) -}}
{{- $errors = append $errors (printf "allowedGroups has %q, but Entra sends object ids of groups: use the id (az ad group show -g NAME --query id -o tsv), or set groupsClaim to roles for app roles." $group) -}}
{{- end -}}
{{- end -}}
{{- $prefix := get .Values.proxy.flags "proxy-prefix" | default "/oauth2" -}}
{{- if and .Values.host (not (hasSuffix (printf "%s/callback" $prefix) (include "oauth2-proxy-workload.redirectUrl" .))) -}}
{{- $errors = append $errors (printf "redirectUrl is %s, but OAuth2 Proxy finishes the sign-in at %s/callback: set it to https://%s%s/callback, also in the app registration." (include "oauth2-proxy-workload.redirectUrl" .) $prefix .Values.host $prefix) -}}
{{- end -}}
{{- range $i, $domain := .Values.emailDomains -}}
{{- if not (regexMatch "^(\\*|\\.?[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+)$" $domain) -}}
{{- $errors = append $errors (printf "emailDomains[%d] %q is not a domain: write one for each entry, such as example.com, .example.com for its subdomains, or * to leave the decision to allowedGroups." $i $domain) -}}
{{- end -}}
{{- end -}}
{{- if and (has "*" .Values.emailDomains) (gt (len .Values.emailDomains) 1) -}}
{{- $errors = append $errors "emailDomains has * beside other domains, which admits them all: remove it, or the others." -}}
{{- end -}}
{{- if not .Values.emailDomains -}}
{{- $errors = append $errors "emailDomains is empty, so nobody could enter: set it to [\"*\"], which leaves the decision to allowedGroups." -}}
{{- end -}}
{{- if has "groups" (splitList " " .Values.scope) -}}
{{- $errors = append $errors (printf "scope %q has groups, which Entra rejects: remove it; the app registration decides about group claims." .Values.scope) -}}
{{- else if not (has "openid" (splitList " " .Values.scope)) -}}
{{- $errors = append $errors (printf "scope %q lacks openid: Entra would send no id_token; set it to \"openid email profile offline_access\"." .Values.scope) -}}
{{- else if not (has "offline_access" (splitList " " .Values.scope)) -}}
{{- $errors = append $errors (printf "scope %q lacks offline_access: Entra sends no refresh token, so every session ends with its id_token after 60 to 90 minutes; add it." .Values.scope) -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}

{{- define "oauth2-proxy-workload.guards.cookie" -}}
{{- $errors := list -}}
{{- $make := "openssl rand -base64 32 | tr -- '+/' '-_'" -}}
{{- $secret := .Values.cookie.secret -}}
{{- if and (not $secret) (not .Values.cookie.existingSecret) -}}
{{- $errors = append $errors (printf "cookie.existingSecret is empty: create it once (kubectl create secret generic %s-cookie -n %s --from-literal=cookie-secret=\"$(%s)\") and name it; there is no default." (include "oauth2-proxy-workload.fullname" .) .Release.Namespace $make) -}}
{{- else if and $secret .Values.cookie.existingSecret -}}
{{- $errors = append $errors "cookie.secret and cookie.existingSecret exclude each other: set only one." -}}
{{- else if $secret -}}
{{- $length := len (trimSuffix "=" (trimSuffix "=" $secret)) -}}
{{- if regexMatch "[+/]" $secret -}}
{{- $errors = append $errors (printf "cookie.secret is standard base64, which OAuth2 Proxy does not decode: replace + and / by - and _ (%s)." $make) -}}
{{- else if not (regexMatch "^[A-Za-z0-9_-]+={0,2}$" $secret) -}}
{{- $errors = append $errors (printf "cookie.secret has characters outside A-Z, a-z, 0-9, - and _: make one with %s." $make) -}}
{{- else if not (has $length (list 16 22 24 32 43)) -}}
{{- $errors = append $errors (printf "cookie.secret has %d characters: it must be 16, 24 or 32, or URL-safe base64 of as many bytes (%s)." (len $secret) $make) -}}
{{- else if or (lt (len (uniq (splitList "" $secret))) 8) (regexMatch "(?i)01234567|12345678|abcdefgh|secret|password|changeme" $secret) (eq (sha256sum $secret) "2c36d0a5c0ad12299dc81ea623324e9bba90b5b2cccaf5eed2863b77a86cce35") -}}
{{- $errors = append $errors (printf "cookie.secret is a known or trivial one, with which anybody can forge a session: make one with %s." $make) -}}
{{- end -}}
{{- end -}}
{{- if and (hasPrefix "__Host-" .Values.cookie.name) (get .Values.proxy.flags "cookie-domain") -}}
{{- $errors = append $errors "proxy.flags.cookie-domain contradicts cookie.name: a __Host- cookie belongs to one host (RFC 6265bis); rename the cookie or drop the flag." -}}
{{- end -}}
{{- if hasPrefix "__Host-" .Values.cookie.name -}}
{{- if and (hasKey .Values.proxy.flags "cookie-path") (ne (get .Values.proxy.flags "cookie-path" | toString) "/") -}}
{{- $errors = append $errors "proxy.flags.cookie-path contradicts cookie.name: browsers drop a __Host- cookie whose path is not / (RFC 6265bis); rename the cookie or drop the flag." -}}
{{- end -}}
{{- if eq (get .Values.proxy.flags "cookie-secure" | toString) "false" -}}
{{- $errors = append $errors "proxy.flags.cookie-secure contradicts cookie.name: browsers drop a __Host- cookie without Secure (RFC 6265bis); rename the cookie or drop the flag." -}}
{{- end -}}
{{- end -}}
{{- $refresh := int (include "oauth2-proxy-workload.seconds" .Values.cookie.refresh) -}}
{{- if and (or (eq $refresh 0) (gt $refresh 3600)) (not (has "cookie-refresh" .Values.acknowledgedRisks)) -}}
{{- $errors = append $errors (printf "cookie.refresh %s loosens access: Entra is not asked earlier whether the user may still enter (with 0 never). Set it to 1h or less, or add \"cookie-refresh\" to acknowledgedRisks." .Values.cookie.refresh) -}}
{{- end -}}
{{- if ge (int (include "oauth2-proxy-workload.seconds" .Values.cookie.refresh)) (int (include "oauth2-proxy-workload.seconds" .Values.cookie.expire)) -}}
{{- $errors = append $errors (printf "cookie.refresh %s is not shorter than cookie.expire %s: sessions would never be refreshed; shorten it." .Values.cookie.refresh .Values.cookie.expire) -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}

{{- define "oauth2-proxy-workload.guards.proxy" -}}
{{- $errors := list -}}
{{- $tag := default .Chart.AppVersion .Values.proxy.image.tag -}}
{{- if and .Values.proxy.image.digest (not .Values.proxy.image.tag) -}}
{{- $errors = append $errors "proxy.image.tag is empty, but proxy.image.digest decides what runs: name the version of that digest, v7.15.4 or newer." -}}
{{- end -}}
{{- if contains ":" (last (splitList "/" .Values.proxy.image.repository)) -}}
{{- $errors = append $errors (printf "proxy.image.repository %q has a tag: put it into proxy.image.tag." .Values.proxy.image.repository) -}}
{{- end -}}
{{- if not (regexMatch "^v?[0-9]+\\.[0-9]+\\.[0-9]+" $tag) -}}
{{- $errors = append $errors (printf "proxy.image.tag %q names no version: use one of v7.15.4 or newer, so that what runs is known." $tag) -}}
{{- else if or (semverCompare "<7.15.4-0" (regexFind "[0-9]+\\.[0-9]+\\.[0-9]+" $tag)) (regexMatch "^v?7\\.15\\.4-(alpha|beta|rc|pre)([.0-9-]|$)" $tag) -}}
{{- $errors = append $errors (printf "proxy.image.tag %s has known security holes (v7.15.4 is a security release; before v7.15.2 sign-in can be bypassed, GHSA-5hvv-m4w4-gf6v and GHSA-7x63-xv5r-3p2x): use v7.15.4 or newer." $tag) -}}
{{- end -}}
{{- range $flag := list "cookie-secret" "client-secret" "redis-password" "redis-sentinel-password" "basic-auth-password" "github-token" "signature-key" -}}
{{- if hasKey $.Values.proxy.flags $flag -}}
{{- $errors = append $errors (printf "proxy.flags.%s would put a secret on the command line, which every reader of the pod sees: use cookie, redis or proxy.extraEnv with a Secret." $flag) -}}
{{- end -}}
{{- end -}}
{{- range .Values.trustedProxyRanges -}}
{{- $wrong := include "oauth2-proxy-workload.rangeFault" . -}}
{{- if eq $wrong "large" -}}
{{- $errors = append $errors (printf "trustedProxyRanges has %q: every caller could then claim any address or host; list the ranges of your ingress or gateway pods only." .) -}}
{{- else if $wrong -}}
{{- $errors = append $errors (printf "trustedProxyRanges has %q, with which OAuth2 Proxy does not start: write the first address of the range and its length, such as 10.42.0.0/16." .) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.clientAddressHeader (not .Values.trustedProxyRanges) -}}
{{- $errors = append $errors (printf "clientAddressHeader %s has no effect without trustedProxyRanges: list the ranges of your ingress or gateway pods, or remove it." .Values.clientAddressHeader) -}}
{{- else if and (eq .Values.clientAddressHeader "X-Real-IP") .Values.httpRoute.enabled -}}
{{- $errors = append $errors "clientAddressHeader X-Real-IP contradicts httpRoute.enabled, which removes that header because most Gateways pass on what a client sent: use X-Envoy-External-Address behind an Envoy-based Gateway, or leave it empty." -}}
{{- end -}}
{{- if and .Values.redis.existingSecret (not .Values.redis.connectionUrl) -}}
{{- $errors = append $errors "redis.existingSecret is set, but redis.connectionUrl is empty: set it to redis://HOST:6379 or rediss://HOST:6379." -}}
{{- end -}}
{{- if contains "@" .Values.redis.connectionUrl -}}
{{- $errors = append $errors "redis.connectionUrl holds a user or password: put the password into a Secret and name it in redis.existingSecret." -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}

{{- define "oauth2-proxy-workload.guards.workload" -}}
{{- $errors := list -}}
{{- if regexMatch "^[0-9]" (include "oauth2-proxy-workload.fullname" .) -}}
{{- $errors = append $errors (printf "the name %q of the objects begins with a digit, which a Service may not (RFC 1035): set fullnameOverride." (include "oauth2-proxy-workload.fullname" .)) -}}
{{- end -}}
{{- $own := list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/managed-by" "helm.sh/chart" -}}
{{- range $value, $labels := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels -}}
{{- range $label := keys ($labels | default dict) | sortAlpha -}}
{{- if has $label $own -}}
{{- $errors = append $errors (printf "%s has %s, which the chart sets itself: remove it." $value $label) -}}
{{- else if eq $label "issuer-gateway.io/sign-in" -}}
{{- $errors = append $errors (printf "%s has %s, by which charts/workload-identity adds the sidecar: remove it; this chart brings it." $value $label) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled .Values.ingress.enabled -}}
{{- $errors = append $errors "httpRoute.enabled and ingress.enabled are both true: the host is exposed one way; enable only one." -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- $errors = append $errors "httpRoute.parentRefs is empty: name the Gateway that carries the route, for example --set 'httpRoute.parentRefs[0].name=public' --set 'httpRoute.parentRefs[0].sectionName=https'." -}}
{{- end -}}
{{- range $i, $parent := ternary .Values.httpRoute.parentRefs list .Values.httpRoute.enabled -}}
{{- if and (not $parent.sectionName) (not $parent.port) -}}
{{- $errors = append $errors (printf "httpRoute.parentRefs[%d].sectionName is empty: the route would also attach to a plain-http listener, where each sign-in ends in 403; name the https listener, and the http one in httpRoute.plainHttpParentRefs to redirect it." $i) -}}
{{- end -}}
{{- /* The usual names of listeners without TLS; that of Traefik is web. */ -}}
{{- if or (has (int $parent.port) (list 80 8080)) (and (regexMatch "^(http|web|plain)(-.*)?$" (toString $parent.sectionName)) (not (regexMatch "https|tls" (toString $parent.sectionName)))) -}}
{{- $errors = append $errors (printf "httpRoute.parentRefs[%d] names a plain-http listener, where each sign-in ends in 403: name the https listener, and move this one to httpRoute.plainHttpParentRefs, which redirects to https." $i) -}}
{{- end -}}
{{- end -}}
{{- range $annotation := list "nginx.ingress.kubernetes.io/server-alias" "haproxy.org/server-alias" "haproxy-ingress.github.io/server-alias" -}}
{{- if hasKey $.Values.ingress.annotations $annotation -}}
{{- $errors = append $errors (printf "ingress.annotations has %s, but sign-in works on host %q alone, and elsewhere ends in 403 at the callback: remove it, and redirect that name to the host." $annotation $.Values.host) -}}
{{- end -}}
{{- end -}}
{{- if eq (get .Values.ingress.annotations "nginx.ingress.kubernetes.io/ssl-redirect" | toString) "false" -}}
{{- $errors = append $errors "ingress.annotations turns nginx.ingress.kubernetes.io/ssl-redirect off: over plain http each sign-in ends in 403; remove it." -}}
{{- end -}}
{{- range .Values.httpRoute.hostnames -}}
{{- if ne . $.Values.host -}}
{{- $errors = append $errors (printf "httpRoute.hostnames has %q, but sign-in works on host %q alone, and elsewhere ends in 403 at the callback: remove it, and redirect that name to the host." . $.Values.host) -}}
{{- end -}}
{{- end -}}
{{- if not .Values.app.enabled -}}
{{- if not .Values.trustedProxyRanges -}}
{{- $errors = append $errors "trustedProxyRanges is empty, but with app.enabled false OAuth2 Proxy responds for other hosts and has to believe the X-Forwarded headers of your proxies: list the ranges of their pods." -}}
{{- end -}}
{{- if not .Values.forwardAuth.cookieDomain -}}
{{- $errors = append $errors (printf "forwardAuth.cookieDomain is empty: the applications and host %q need one session cookie; set their common domain, such as apps.example.com." .Values.host) -}}
{{- else if not (or (eq .Values.host .Values.forwardAuth.cookieDomain) (hasSuffix (printf ".%s" .Values.forwardAuth.cookieDomain) .Values.host)) -}}
{{- $errors = append $errors (printf "forwardAuth.cookieDomain %q is not the domain of host %q: browsers would drop the cookie (RFC 6265 §5.3)." .Values.forwardAuth.cookieDomain .Values.host) -}}
{{- end -}}
{{- if not .Values.forwardAuth.returnHosts -}}
{{- $errors = append $errors "forwardAuth.returnHosts is empty: after sign-in nobody could return to an application; list their host names." -}}
{{- end -}}
{{- range .Values.forwardAuth.returnHosts -}}
{{- if and $.Values.forwardAuth.cookieDomain (ne . $.Values.forwardAuth.cookieDomain) (not (hasSuffix (printf ".%s" $.Values.forwardAuth.cookieDomain) .)) -}}
{{- $errors = append $errors (printf "forwardAuth.returnHosts has %q outside forwardAuth.cookieDomain %q: its users would be sent back and forth without a session." . $.Values.forwardAuth.cookieDomain) -}}
{{- end -}}
{{- end -}}
{{- if or .Values.app.image.repository .Values.app.command .Values.app.args .Values.app.env .Values.app.envFrom .Values.app.volumeMounts .Values.app.probes .Values.app.lifecycle -}}
{{- $errors = append $errors "app.enabled is false, but other values of app describe an application: set app.enabled to true, or remove them." -}}
{{- end -}}
{{- else -}}
{{- if or .Values.forwardAuth.cookieDomain .Values.forwardAuth.returnHosts -}}
{{- $errors = append $errors "forwardAuth belongs to app.enabled false: a sidecar protects its own application only; remove it, or set app.enabled to false." -}}
{{- end -}}
{{- if .Values.upstream -}}
{{- $errors = append $errors (printf "upstream %q would leave the app of this pod without requests: remove it, or set app.enabled to false." .Values.upstream) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (lt (int .Values.autoscaling.maxReplicas) (int .Values.autoscaling.minReplicas)) -}}
{{- $errors = append $errors (printf "autoscaling.maxReplicas %d is less than autoscaling.minReplicas %d: raise it." (int .Values.autoscaling.maxReplicas) (int .Values.autoscaling.minReplicas)) -}}
{{- end -}}
{{- if and .Values.app.image.repository (not .Values.app.image.tag) (not .Values.app.image.digest) -}}
{{- $errors = append $errors "app.image.tag is empty: name the version of your app (or app.image.digest), so that what runs is known." -}}
{{- end -}}
{{- if and .Values.app.enabled (not .Values.app.image.repository) (or .Values.app.command .Values.app.args .Values.app.env .Values.app.envFrom .Values.app.volumeMounts .Values.app.probes .Values.app.lifecycle) -}}
{{- $errors = append $errors "app.image.repository is empty, but other values of app describe your own: set it; the demo takes none of them." -}}
{{- end -}}
{{- if has (int .Values.app.port) (list 4180 44180) -}}
{{- $errors = append $errors (printf "app.port %d is a port of the proxy: let the app listen on another." (int .Values.app.port)) -}}
{{- end -}}
{{- range $list := list "extraContainers" "extraInitContainers" -}}
{{- range $i, $container := index $.Values $list -}}
{{- range $port := $container.ports -}}
{{- if and (has (int $port.containerPort) (list 4180 44180)) (eq (default "TCP" $port.protocol) "TCP") -}}
{{- $errors = append $errors (printf "%s[%d] has port %d, which is one of the proxy's: let it listen on another." $list $i (int $port.containerPort)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- if and (ne (toString $budget.minAvailable) "") (ne (toString $budget.maxUnavailable) "") -}}
{{- $errors = append $errors "podDisruptionBudget.minAvailable and podDisruptionBudget.maxUnavailable exclude each other: set only one." -}}
{{- end -}}
{{- if ge (int .Values.preStopSeconds) (int .Values.terminationGracePeriodSeconds) -}}
{{- $errors = append $errors (printf "preStopSeconds %d is not shorter than terminationGracePeriodSeconds %d: the pod would be killed before the app can end; shorten it." (int .Values.preStopSeconds) (int .Values.terminationGracePeriodSeconds)) -}}
{{- end -}}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- $errors = append $errors "serviceAccount.name is empty although serviceAccount.create is false: every pod of the namespace could sign in as this app through \"default\"; name a ServiceAccount." -}}
{{- end -}}
{{- if and .Values.tests.enabled .Values.tests.image.repository (not .Values.tests.issuer) -}}
{{- $errors = append $errors "tests.issuer is empty: set it to the issuer of the cluster (kubectl get --raw /.well-known/openid-configuration shows it), or remove tests.image.repository." -}}
{{- end -}}
{{- if and .Values.podMonitor.enabled .Values.networkPolicy.enabled (empty .Values.networkPolicy.monitoringNamespace) -}}
{{- $errors = append $errors "networkPolicy.monitoringNamespace is empty, so Prometheus could not scrape: set the labels of its namespace." -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}
