{{/* Values that are missing or contradict each other, each with a sentence that names the value and the fix; all at once. */}}
{{- define "oauth2-proxy-workload.guards" -}}
{{- $errors := concat (include "oauth2-proxy-workload.guards.entra" . | fromJsonArray) (include "oauth2-proxy-workload.guards.cookie" . | fromJsonArray) (include "oauth2-proxy-workload.guards.proxy" . | fromJsonArray) (include "oauth2-proxy-workload.guards.workload" . | fromJsonArray) -}}
{{- if $errors -}}
{{- fail (printf "\n\n%s\n" (join "\n" $errors)) -}}
{{- end -}}
{{- end }}

{{- define "oauth2-proxy-workload.guid" -}}^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$
{{- end }}

{{- define "oauth2-proxy-workload.guards.entra" -}}
{{- $errors := list -}}
{{- $guid := include "oauth2-proxy-workload.guid" . -}}
{{- if not .Values.tenantId -}}
{{- $errors = append $errors "tenantId is empty: set it to the id of your Entra tenant (az account show --query tenantId -o tsv)." -}}
{{- else if has .Values.tenantId (list "common" "organizations" "consumers") -}}
{{- $errors = append $errors (printf "tenantId %q admits accounts of every tenant: set it to the id of your own (az account show --query tenantId -o tsv)." .Values.tenantId) -}}
{{- else if not (or (regexMatch $guid .Values.tenantId) (regexMatch "^[a-zA-Z0-9-]+(\\.[a-zA-Z0-9-]+)+$" .Values.tenantId)) -}}
{{- $errors = append $errors (printf "tenantId %q is neither a tenant id nor a domain name: set it to the output of az account show --query tenantId -o tsv." .Values.tenantId) -}}
{{- end -}}
{{- if not (regexMatch $guid .Values.clientId) -}}
{{- $errors = append $errors (printf "clientId %q is not an application id: set it to the application (client) id of the app registration (issuer-gateway-entra apply prints it)." .Values.clientId) -}}
{{- end -}}
{{- if not .Values.host -}}
{{- $errors = append $errors "host is empty: set it to the public host name of the workload, such as app.example.com." -}}
{{- else if not (regexMatch "^[a-z0-9-]+(\\.[a-z0-9-]+)+$" .Values.host) -}}
{{- $errors = append $errors (printf "host %q is not a host name: write it in lower case, without scheme, port and path." .Values.host) -}}
{{- else if and .Values.redirectUrl (not (hasPrefix (printf "https://%s/" .Values.host) .Values.redirectUrl)) -}}
{{- $errors = append $errors (printf "redirectUrl %q does not lead to https://%s/: Entra would send the sign-in elsewhere; correct it or leave it empty." .Values.redirectUrl .Values.host) -}}
{{- end -}}
{{- if and (not .Values.allowedGroups) (not .Values.allowAnyTenantUser) -}}
{{- $errors = append $errors "allowedGroups is empty: list the object ids of the groups that may enter, or set allowAnyTenantUser to true to admit every user of the tenant, guests too." -}}
{{- else if and .Values.allowedGroups .Values.allowAnyTenantUser -}}
{{- $errors = append $errors "allowAnyTenantUser contradicts allowedGroups: remove one of the two." -}}
{{- end -}}
{{- if not .Values.groupsClaim -}}
{{- range .Values.allowedGroups -}}
{{- if not (regexMatch $guid .) -}}
{{- $errors = append $errors (printf "allowedGroups has %q, but Entra sends object ids of groups: use the id (az ad group show -g NAME --query id -o tsv), or set groupsClaim to roles for app roles." .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not (has "openid" (splitList " " .Values.scope)) -}}
{{- $errors = append $errors (printf "scope %q lacks openid: Entra would send no id_token; set it to \"openid email profile offline_access\"." .Values.scope) -}}
{{- else if not (has "offline_access" (splitList " " .Values.scope)) -}}
{{- $errors = append $errors (printf "scope %q lacks offline_access: cookie.refresh could not work and a blocked user would stay for cookie.expire; add it." .Values.scope) -}}
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
{{- else if or (lt (len (uniq (splitList "" $secret))) 8) (eq (sha256sum $secret) "2c36d0a5c0ad12299dc81ea623324e9bba90b5b2cccaf5eed2863b77a86cce35") -}}
{{- $errors = append $errors (printf "cookie.secret is a known or trivial one, with which anybody can forge a session: make one with %s." $make) -}}
{{- end -}}
{{- end -}}
{{- if and (hasPrefix "__Host-" .Values.cookie.name) (hasKey .Values.proxy.flags "cookie-domain") -}}
{{- $errors = append $errors "proxy.flags.cookie-domain contradicts cookie.name: a __Host- cookie belongs to one host (RFC 6265bis); rename the cookie or drop the flag." -}}
{{- end -}}
{{- if ge (int (include "oauth2-proxy-workload.seconds" .Values.cookie.refresh)) (int (include "oauth2-proxy-workload.seconds" .Values.cookie.expire)) -}}
{{- $errors = append $errors (printf "cookie.refresh %s is not shorter than cookie.expire %s: sessions would never be refreshed; shorten it." .Values.cookie.refresh .Values.cookie.expire) -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}

{{- define "oauth2-proxy-workload.guards.proxy" -}}
{{- $errors := list -}}
{{- $tag := default .Chart.AppVersion .Values.proxy.image.tag -}}
{{- if not (regexMatch "^v?[0-9]+\\.[0-9]+\\.[0-9]+" $tag) -}}
{{- $errors = append $errors (printf "proxy.image.tag %q names no version: use one of v7.15.2 or newer, so that what runs is known." $tag) -}}
{{- else if semverCompare "<7.15.2-0" (regexFind "[0-9]+\\.[0-9]+\\.[0-9]+" $tag) -}}
{{- $errors = append $errors (printf "proxy.image.tag %s has critical bypasses of the sign-in (GHSA-5hvv-m4w4-gf6v, GHSA-7x63-xv5r-3p2x): use v7.15.2 or newer." $tag) -}}
{{- end -}}
{{- range $flag := list "cookie-secret" "client-secret" "redis-password" "redis-sentinel-password" "basic-auth-password" "github-token" "signature-key" -}}
{{- if hasKey $.Values.proxy.flags $flag -}}
{{- $errors = append $errors (printf "proxy.flags.%s would put a secret on the command line, which every reader of the pod sees: use cookie, redis or proxy.extraEnv with a Secret." $flag) -}}
{{- end -}}
{{- end -}}
{{- range .Values.trustedProxyRanges -}}
{{- if hasSuffix "/0" . -}}
{{- $errors = append $errors (printf "trustedProxyRanges has %q: every caller could then claim any address or host; list the ranges of your ingress or gateway pods only." .) -}}
{{- end -}}
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
{{- if and .Values.httpRoute.enabled .Values.ingress.enabled -}}
{{- $errors = append $errors "httpRoute.enabled and ingress.enabled are both true: the host is exposed one way; enable only one." -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- $errors = append $errors "httpRoute.parentRefs is empty: name the Gateway that carries the route, for example --set 'httpRoute.parentRefs[0].name=public'." -}}
{{- end -}}
{{- if and .Values.app.image.repository (not .Values.app.image.tag) (not .Values.app.image.digest) -}}
{{- $errors = append $errors "app.image.tag is empty: name the version of your app (or app.image.digest), so that what runs is known." -}}
{{- end -}}
{{- if and (not .Values.app.image.repository) (or .Values.app.command .Values.app.args .Values.app.env .Values.app.envFrom .Values.app.volumeMounts .Values.app.probes) -}}
{{- $errors = append $errors "app.image.repository is empty, but other values of app describe your own: set it; the demo takes none of them." -}}
{{- end -}}
{{- if has (int .Values.app.port) (list 4180 44180) -}}
{{- $errors = append $errors (printf "app.port %d is a port of the proxy: let the app listen on another." (int .Values.app.port)) -}}
{{- end -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- if and (ne (toString $budget.minAvailable) "") (ne (toString $budget.maxUnavailable) "") -}}
{{- $errors = append $errors "podDisruptionBudget.minAvailable and podDisruptionBudget.maxUnavailable exclude each other: set only one." -}}
{{- end -}}
{{- if ge (int .Values.preStopSeconds) (int .Values.terminationGracePeriodSeconds) -}}
{{- $errors = append $errors (printf "preStopSeconds %d is not shorter than terminationGracePeriodSeconds %d: the pod would be killed in its sleep; shorten it." (int .Values.preStopSeconds) (int .Values.terminationGracePeriodSeconds)) -}}
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

{{/* Seconds of a duration such as 1h30m, 5m, 20s. */}}
{{- define "oauth2-proxy-workload.seconds" -}}
{{- $total := 0 -}}
{{- range regexFindAll "[0-9]+[hms]" . -1 -}}
{{- $total = add $total (mul (int (regexFind "[0-9]+" .)) (get (dict "h" 3600 "m" 60 "s" 1) (regexFind "[hms]" .))) -}}
{{- end -}}
{{- $total -}}
{{- end }}
