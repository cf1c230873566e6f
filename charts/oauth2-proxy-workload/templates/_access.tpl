{{/* Who may enter, and each way to loosen it. The tables are data, so that the guards, the schema and README.md's table
"Ways to loosen access" cannot tell different stories (a test compares them). */}}

{{/* Flags that let somebody in whom Entra and allowedGroups would not, with what each opens. One of them is taken only
when acknowledgedRisks names it too. */}}
{{- define "oauth2-proxy-workload.access.risks" -}}
skip-jwt-bearer-tokens: requests with any valid token of the tenant for this app enter without a session
extra-jwt-issuers: tokens of another issuer enter
oidc-extra-audience: tokens that were made for another app enter
oidc-audience-claim: the audience is read from a claim of your choice
htpasswd-file: whoever knows a password of that file enters without Entra
htpasswd-user-group: users of the htpasswd file count as members of a group
entra-id-allowed-tenant: users of other tenants enter
azure-tenant: users of another tenant enter
insecure-oidc-allow-unverified-email: addresses that nobody verified count
insecure-oidc-skip-issuer-verification: tokens of any issuer are accepted
ssl-insecure-skip-verify: whoever is on the network path can pose as Entra
ssl-upstream-insecure-skip-verify: whoever is on the network path can pose as the app
redis-insecure-skip-tls-verify: whoever is on the network path can read and change sessions
cookie-secure: "the session cookie is sent over plain HTTP (value: false)"
cookie-httponly: "scripts of the page can read the session cookie (value: false)"
cookie-samesite: "other sites can send requests with the session (value: none)"
cookie-domain: every subdomain receives the session cookie and can use it
whitelist-domain: sign-in and sign-out links may lead to these hosts
pass-user-headers: "clients can send X-Forwarded-User and X-Forwarded-Groups themselves (value: false, with pass-basic-auth false too)"
skip-auth-strip-headers: "what clients send as X-Forwarded-User and X-Forwarded-Groups reaches the app beside the real values (value: false)"
code-challenge-method: "an intercepted authorization code can be redeemed (any value but S256)"
session-cookie-minimal: no refresh, so a blocked user stays until cookie.expire
relative-redirect-url: the redirect URL follows the Host header that a client sends
trusted-ip: requests from these addresses enter without sign-in; whoever reaches the port of the proxy past your Gateway can claim one of them
{{- end }}

{{/* Flags that decide by headers which a client can send itself, as soon as forwarded headers are believed. */}}
{{- define "oauth2-proxy-workload.access.byHeader" -}}
skip-auth-route: X-Forwarded-Uri
skip-auth-regex: X-Forwarded-Uri
skip-auth-preflight: X-Forwarded-Uri
trusted-ip: X-Real-IP
{{- end }}

{{/* Values with which nobody could sign in, each with the reason: (flag=value). */}}
{{- define "oauth2-proxy-workload.access.broken" -}}
cookie-samesite=strict: browsers do not send such a cookie on the way back from Entra, so every sign-in ends in 403
cookie-csrf-samesite=strict: browsers do not send such a cookie on the way back from Entra, so every sign-in ends in 403
insecure-oidc-skip-nonce=false: every session ends at its first refresh, and true is the default of OAuth2 Proxy
{{- end }}

{{/* Flags that have a value of their own in this chart, which the guards read. */}}
{{- define "oauth2-proxy-workload.access.owned" -}}
allowed-group: allowedGroups
email-domain: emailDomains
oidc-groups-claim: groupsClaim
oidc-email-claim: emailClaim
scope: scope
client-id: clientId
oidc-issuer-url: tenantId
redirect-url: redirectUrl
reverse-proxy: trustedProxyRanges
trusted-proxy-ip: trustedProxyRanges
real-client-ip-header: clientAddressHeader
upstream: upstream
cookie-name: cookie.name
cookie-secret-file: cookie.existingSecret
cookie-refresh: cookie.refresh
cookie-expire: cookie.expire
session-store-type: redis.connectionUrl
redis-connection-url: redis.connectionUrl
metrics-address: podMonitor.enabled
{{- end }}

{{/* Flags that this chart cannot do without, or that would break what it builds, with the reason. */}}
{{- define "oauth2-proxy-workload.access.fixed" -}}
provider: this chart signs in to Entra ID only
entra-id-federated-token-auth: it takes the place of a client secret
client-secret-file: the federated token takes the place of a client secret
config: the guards cannot read that file; use proxy.flags
alpha-config: the guards cannot read that file; use proxy.flags
http-address: probes, Service and NetworkPolicy use port 4180
https-address: TLS is terminated in front of the proxy
tls-cert-file: TLS is terminated in front of the proxy
tls-key-file: TLS is terminated in front of the proxy
force-https: probes would be redirected; terminate TLS in front and set httpRoute.plainHttpParentRefs
ping-path: the liveness probe requests /ping
ping-user-agent: the liveness probe requests it as kube-probe
ready-path: the startup and readiness probes request /ready
gcp-healthchecks: the probes request /ping and /ready
metrics-secure-address: set podMonitor.enabled, which opens port 44180
metrics-tls-cert-file: set podMonitor.enabled, which opens port 44180
metrics-tls-key-file: set podMonitor.enabled, which opens port 44180
skip-oidc-discovery: addresses and keys come from the discovery document of the tenant
oidc-jwks-url: addresses and keys come from the discovery document of the tenant
oidc-public-key-file: addresses and keys come from the discovery document of the tenant
login-url: addresses and keys come from the discovery document of the tenant
redeem-url: addresses and keys come from the discovery document of the tenant
validate-url: addresses and keys come from the discovery document of the tenant
profile-url: addresses and keys come from the discovery document of the tenant
config-test: the proxy would end after the test; set proxy.configTest
convert-config-to-alpha: the proxy would end
version: the proxy would end
{{- end }}

{{- define "oauth2-proxy-workload.guards.access" -}}
{{- $errors := list -}}
{{- $flags := .Values.proxy.flags -}}
{{- $acknowledged := .Values.acknowledgedRisks -}}
{{- range $flag, $value := include "oauth2-proxy-workload.access.owned" . | fromYaml -}}
{{- if hasKey $flags $flag -}}
{{- $errors = append $errors (printf "proxy.flags.%s would bypass the checks of %s: remove it and set %s." $flag $value $value) -}}
{{- end -}}
{{- end -}}
{{- range $flag, $reason := include "oauth2-proxy-workload.access.fixed" . | fromYaml -}}
{{- if hasKey $flags $flag -}}
{{- $errors = append $errors (printf "proxy.flags.%s cannot be changed: %s. Remove it." $flag $reason) -}}
{{- end -}}
{{- end -}}
{{- range $flag, $opens := include "oauth2-proxy-workload.access.risks" . | fromYaml -}}
{{- if and (hasKey $flags $flag) (not (has $flag $acknowledged)) -}}
{{- $value := get $flags $flag -}}
{{- $text := include "oauth2-proxy-workload.flagText" $value -}}
{{- $set := not (or (has $text (list "" "false")) (and (kindIs "slice" $value) (empty $value))) -}}
{{- $loosens := $set -}}
{{- if has $flag (list "cookie-secure" "cookie-httponly" "skip-auth-strip-headers") -}}{{- $loosens = and (not (kindIs "invalid" $value)) (ne $text "true") -}}
{{- else if eq $flag "cookie-samesite" -}}{{- $loosens = not (has $text (list "lax" "strict")) -}}
{{- else if eq $flag "code-challenge-method" -}}{{- $loosens = ne $text "S256" -}}
{{- else if eq $flag "pass-user-headers" -}}{{- $loosens = and (eq $text "false") (eq (include "oauth2-proxy-workload.flagText" (get $flags "pass-basic-auth")) "false") -}}
{{- else if eq $flag "trusted-ip" -}}{{- $loosens = and $set (or (and $.Values.httpRoute.enabled (eq $.Values.service.type "ClusterIP")) (not $.Values.trustedProxyRanges)) -}}
{{- end -}}
{{- if $loosens -}}
{{- $errors = append $errors (printf "proxy.flags.%s loosens access: %s. Remove it, or add %q to acknowledgedRisks." $flag $opens $flag) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- /* A Service of another type has a door beside the HTTPRoute. */ -}}
{{- $removes := and .Values.httpRoute.enabled (eq .Values.service.type "ClusterIP") -}}
{{- range $flag, $header := include "oauth2-proxy-workload.access.byHeader" . | fromYaml -}}
{{- $value := get $flags $flag -}}
{{- if and $value (ne (toString $value) "false") $.Values.trustedProxyRanges (not $removes) (not (has $flag $acknowledged)) -}}
{{- $errors = append $errors (printf "proxy.flags.%s together with trustedProxyRanges lets anybody in who sends the header %s: use httpRoute, which removes it, or let your proxy delete %s and X-Real-IP from every request and then add %q to acknowledgedRisks." $flag $header "X-Forwarded-Uri" $flag) -}}
{{- end -}}
{{- end -}}
{{- range $flag := list "skip-auth-route" "skip-auth-regex" -}}
{{- $value := get $flags $flag -}}
{{- range ternary $value (list $value) (kindIs "slice" $value) -}}
{{- /* OAuth2 Proxy splits at commas. */ -}}
{{- range splitList "," (ternary "" (toString .) (kindIs "invalid" .)) -}}
{{- if and . (include "oauth2-proxy-workload.opensMore" (list $flag .)) (not (has $flag $acknowledged)) -}}
{{- $errors = append $errors (printf "proxy.flags.%s %q matches paths that it does not name, so anybody enters there without sign-in: name the routes from their beginning, such as ^/public/, or add %q to acknowledgedRisks." $flag . $flag) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $case, $reason := include "oauth2-proxy-workload.access.broken" . | fromYaml -}}
{{- $flag := index (splitList "=" $case) 0 -}}
{{- if and (hasKey $flags $flag) (eq (printf "%s=%s" $flag (include "oauth2-proxy-workload.flagText" (get $flags $flag))) $case) -}}
{{- $errors = append $errors (printf "proxy.flags.%s is %v: %s; remove it." $flag (get $flags $flag) $reason) -}}
{{- end -}}
{{- end -}}
{{- range .Values.proxy.extraEnv -}}
{{- if eq .name "AZURE_FEDERATED_TOKEN_FILE" -}}
{{- $errors = append $errors "proxy.extraEnv sets AZURE_FEDERATED_TOKEN_FILE, which the chart sets to the projected token: remove it." -}}
{{- else if and (hasPrefix "OAUTH2_PROXY_" .name) (not (has .name (list "OAUTH2_PROXY_REDIS_PASSWORD" "OAUTH2_PROXY_REDIS_SENTINEL_PASSWORD" "OAUTH2_PROXY_BASIC_AUTH_PASSWORD" "OAUTH2_PROXY_SIGNATURE_KEY"))) -}}
{{- $errors = append $errors (printf "proxy.extraEnv sets %s, which the guards do not see: set the flag in proxy.flags, or the value of this chart that it belongs to." .name) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.proxy.envFrom (not (has "envFrom" $acknowledged)) -}}
{{- $errors = append $errors "proxy.envFrom loosens access: a variable OAUTH2_PROXY_… in it changes settings that the guards cannot see. Use proxy.extraEnv, or add \"envFrom\" to acknowledgedRisks." -}}
{{- end -}}
{{- $appPort := toString (int .Values.app.port) -}}
{{- range .Values.service.extraPorts -}}
{{- /* Without targetPort it is the port itself (Service API). */ -}}
{{- $target := toString (.targetPort | default .port) -}}
{{- if not (or (regexMatch "^[0-9]+$" $target) (has $target (list "proxy" "metrics"))) -}}
{{- $errors = append $errors (printf "service.extraPorts has to name targetPort %q by its number: by name it could be the one of the app, without sign-in." $target) -}}
{{- else if eq $target $appPort -}}
{{- $errors = append $errors (printf "service.extraPorts leads to app.port %s without sign-in: remove it; requests reach the app by the port of the proxy." $appPort) -}}
{{- end -}}
{{- end -}}
{{- range $i, $rule := .Values.networkPolicy.extraIngress -}}
{{- if not $rule.ports -}}
{{- $errors = append $errors (printf "networkPolicy.extraIngress[%d] names no ports and so admits app.port %s without sign-in: list the ports that it is for." $i $appPort) -}}
{{- end -}}
{{- range $rule.ports -}}
{{- if not (or (not .port) (regexMatch "^[0-9]+$" (toString .port)) (has (toString .port) (list "proxy" "metrics"))) -}}
{{- $errors = append $errors (printf "networkPolicy.extraIngress[%d] has to name port %q by its number: by name it could be the one of the app, without sign-in." $i .port) -}}
{{- else if or (not .port) (eq (toString .port) $appPort) (and .endPort (le (int .port) (int $appPort)) (ge (int .endPort) (int $appPort))) -}}
{{- $errors = append $errors (printf "networkPolicy.extraIngress[%d] admits app.port %s without sign-in: remove it; requests reach the app by the port of the proxy." $i $appPort) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $i, $filter := .Values.httpRoute.filters -}}
{{- $modifier := $filter.requestHeaderModifier | default dict -}}
{{- range concat ($modifier.set | default list) ($modifier.add | default list) -}}
{{- if has (lower (toString .name)) (list "x-forwarded-uri" "x-real-ip") -}}
{{- $errors = append $errors (printf "httpRoute.filters[%d] sets %s, by which OAuth2 Proxy would decide about every request: remove it; the chart deletes this header." $i .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (not (has .Values.groupsClaim (list "" "groups" "roles" "wids"))) (not (has "groupsClaim" $acknowledged)) -}}
{{- $errors = append $errors (printf "groupsClaim %q loosens access: a claim such as tid has the same value for every user of the tenant. Set it to roles, leave it empty for groups, or add \"groupsClaim\" to acknowledgedRisks." .Values.groupsClaim) -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}
