{{/* The alerts, one for each cause, as a list. Thresholds are values (prometheusRule); docs/troubleshooting/alerts.md has a
section for each. Series of all replicas are joined, so that two replicas make one alert; but what one replica alone can
have (a certificate, a failed order) keeps the label pod, which names it. */}}
{{- define "issuer-gateway.alerts" -}}
{{- $rule := .Values.prometheusRule -}}
{{- $here := printf "namespace=%q" .Release.Namespace -}}
{{- $fullname := include "issuer-gateway.fullname" . -}}
{{- $workload := printf "%s/%s" (lower .Values.kind) $fullname -}}
{{- $logs := printf "kubectl logs -n %s %s --since=1h" .Release.Namespace $workload -}}
{{- $podLogs := printf "kubectl logs -n %s %s --since=1h" .Release.Namespace `{{ $labels.pod }}` -}}
{{- $keys := printf "kubectl exec -n %s %s -- issuer-gateway keys" .Release.Namespace $workload -}}
{{- $unreachable := "fetch-(connect-failed|timeout|server-error|too-many-requests|truncated)" -}}
{{- $denied := "fetch-(unauthorized|forbidden|tls-untrusted|tls-name-mismatch|tls-failed|file-missing|file-unreadable|token-missing|token-empty|token-malformed|trust-invalid|client-certificate-invalid|kubeconfig-invalid|kubeconfig-refused|not-in-cluster)" -}}
{{- $canary := "canary-issuer|canary-signature" -}}
- alert: IssuerGatewayAbsent
  expr: {{ printf "absent(issuer_gateway_keys{%s})" $here | quote }}
  for: 10m
  severity: critical
  summary: {{ printf "No issuer gateway reports metrics from namespace %s." .Release.Namespace | quote }}
  description: No pod runs, or Prometheus cannot scrape it. If no pod runs, token exchanges fail as soon as the caches of relying parties run out.
  urgency: At once, if no pod is ready.
  command: {{ printf "kubectl get pods -n %s -l app.kubernetes.io/instance=%s" .Release.Namespace .Release.Name | quote }}
- alert: IssuerGatewayNothingToServe
  expr: {{ printf "sum by (document) (increase(issuer_gateway_requests_total{%s,status=\"503\"}[5m])) > 0" $here | quote }}
  for: 1m
  severity: critical
  summary: {{ `Relying parties get 503 for the {{ $labels.document }} document.` | quote }}
  description: No valid documents were ever fetched, or maxStale has run out. Token exchanges fail as soon as the caches of relying parties run out.
  urgency: At once.
  command: {{ $logs | quote }}
- alert: IssuerGatewayDocumentsStale
  expr: {{ printf "time() - min by (issuer) (issuer_gateway_confirmed_timestamp_seconds{%s}) > %d" $here (int $rule.staleSeconds) | quote }}
  for: 1m
  severity: warning
  summary: {{ `No API server has confirmed the documents of {{ $labels.issuer }} for {{ $value | humanizeDuration }}.` | quote }}
  description: {{ printf "The gateway keeps serving the last good documents until maxStale (%s); then relying parties get 503. Do not restart the pods." .Values.maxStale | quote }}
  urgency: {{ printf "Within maxStale (%s), and before the next key rotation." .Values.maxStale | quote }}
  command: {{ $logs | quote }}
- alert: IssuerGatewayApiServerUnreachable
  expr: {{ printf "max by (issuer, server) (issuer_gateway_server_up{%s}) == 0" $here | quote }}
  for: 15m
  severity: warning
  summary: {{ `API server {{ $labels.server }} of {{ $labels.issuer }} does not respond.` | quote }}
  description: The gateway keeps serving the last good documents, and those of the other API servers. The log names the server.
  urgency: Not urgent unless IssuerGatewayDocumentsStale fires too.
  command: {{ $logs | quote }}
- alert: IssuerGatewayAccessDenied
  expr: {{ printf "max by (issuer, rule) (issuer_gateway_findings{%s,severity=\"error\",rule=~%q}) > 0" $here $denied | quote }}
  for: 15m
  severity: warning
  summary: {{ `The gateway has no access to an API server of {{ $labels.issuer }} ({{ $labels.rule }}).` | quote }}
  description: A token, certificate, kubeconfig or permission is missing or not accepted. The gateway keeps serving the last good documents. The log names the server and the fix.
  urgency: Within a day; it does not recover by itself.
  command: {{ $logs | quote }}
- alert: IssuerGatewayDocumentRejected
  expr: {{ printf "max by (issuer, rule) (issuer_gateway_findings{%s,severity=\"error\",rule!~%q}) > 0" $here (printf "%s|%s|%s|signing-key-.+|canary-.+" $unreachable $denied $canary) | quote }}
  for: 10m
  severity: warning
  summary: {{ `A document of {{ $labels.issuer }} is rejected by rule {{ $labels.rule }}.` | quote }}
  description: An API server responds with a document that relying parties would not accept. The gateway keeps serving the last good documents. The log names the server, what is wrong and the fix.
  urgency: Within a day. Not urgent unless IssuerGatewayDocumentsStale fires too.
  command: {{ $logs | quote }}
- alert: IssuerGatewaySigningKeyNotPublished
  expr: {{ printf "max by (issuer) (issuer_gateway_findings{%s,rule=~\"signing-key-.+\"}) > 0" $here | quote }}
  for: 2m
  severity: critical
  summary: {{ `The cluster of {{ $labels.issuer }} signs tokens with a key that is not published.` | quote }}
  description: Token exchanges fail (AADSTS7000272). The signing key was switched before its public key was on every API server. Add it to --service-account-key-file of every API server, or switch back.
  urgency: At once.
  command: {{ $keys | quote }}
- alert: IssuerGatewayTokensRejected
  expr: {{ printf "max by (issuer, rule) (issuer_gateway_findings{%s,severity=\"error\",rule=~\"canary-.+\"}) > 0" $here | quote }}
  for: 5m
  severity: critical
  summary: {{ `Relying parties reject new tokens of {{ $labels.issuer }} ({{ $labels.rule }}).` | quote }}
  description: The gateway's own token of this cluster does not pass the checks of a relying party. The log names what differs and the fix.
  urgency: At once.
  command: {{ $logs | quote }}
- alert: IssuerGatewayServersDiverging
  expr: {{ printf "max by (issuer) (issuer_gateway_servers_diverging{%s}) > 0" $here | quote }}
  for: {{ $rule.divergingFor | quote }}
  severity: warning
  summary: {{ printf "API servers of %s have published different keys for more than %s." `{{ $labels.issuer }}` $rule.divergingFor | quote }}
  description: A key rotation is not finished on every API server. The gateway publishes the keys of all of them.
  urgency: Before the signing key is switched.
  command: {{ $keys | quote }}
- alert: IssuerGatewayPublicUrlFailing
  expr: {{ printf "max by (issuer) (issuer_gateway_outside_in_findings{%s,severity=\"error\"}) > 0" $here | quote }}
  for: 15m
  severity: critical
  summary: {{ `The public URL of {{ $labels.issuer }} does not pass the check of a relying party.` | quote }}
  description: DNS, firewall, load balancer or certificate keep relying parties from the documents, although the gateway runs.
  urgency: At once.
  command: {{ printf "helm test %s -n %s --logs" .Release.Name .Release.Namespace | quote }}
- alert: IssuerGatewayCertificateExpiring
  expr: {{ printf "(min by (host, pod) (issuer_gateway_tls_certificate_not_after_timestamp_seconds{%s}) > 0) - time() < %d" $here (int (mul (ternary 2 (int $rule.certificateDays) (eq .Values.tls.acme.profile "shortlived")) 86400)) | quote }}
  for: 10m
  severity: critical
  summary: {{ `The certificate of {{ $labels.host }} in pod {{ $labels.pod }} expires in {{ $value | humanizeDuration }}.` | quote }}
  description: It should have been renewed long before. When it expires, relying parties can no longer connect. If another pod serves a later one, the store or this pod is at fault.
  urgency: Before it expires.
  command: {{ ternary (printf "kubectl exec -n %s %s -- issuer-gateway renew %s" .Release.Namespace $workload `{{ $labels.host }}`) $podLogs (eq .Values.tls.mode "acme") | quote }}
- alert: IssuerGatewayCertificateMissing
  expr: {{ printf "max by (host, pod) (issuer_gateway_tls_certificate_findings{%s,rule=\"certificate-missing\"}) > 0" $here | quote }}
  for: 15m
  severity: critical
  summary: {{ `Pod {{ $labels.pod }} has no certificate for {{ $labels.host }}.` | quote }}
  description: Relying parties that reach this pod cannot connect to this host. With ACME the log has the response of the certificate authority; with Secrets, none of them names this host.
  urgency: At once.
  command: {{ $podLogs | quote }}
- alert: IssuerGatewayCertificateWrongName
  expr: {{ printf "max by (host, pod) (issuer_gateway_tls_certificate_findings{%s,rule=\"certificate-wrong-name\"}) > 0" $here | quote }}
  for: 5m
  severity: critical
  summary: {{ `The certificate in pod {{ $labels.pod }} does not name {{ $labels.host }}.` | quote }}
  description: A certificate is served that names none of the hosts of the issuers. Relying parties cannot connect to this host.
  urgency: At once.
  command: {{ $podLogs | quote }}
- alert: IssuerGatewayCertificateChainIncomplete
  expr: {{ printf "max by (host, pod) (issuer_gateway_tls_certificate_findings{%s,rule=\"certificate-chain-incomplete\"}) > 0" $here | quote }}
  for: 15m
  severity: warning
  summary: {{ `Pod {{ $labels.pod }} sends the certificate of {{ $labels.host }} without its intermediates.` | quote }}
  description: Relying parties that do not have the intermediate certificate reject the connection; most do not have it. Append the intermediates to the certificate as the certificate authority gave them.
  urgency: At once, unless the certificate was issued by a root of your own that every relying party trusts.
  command: {{ $podLogs | quote }}
- alert: IssuerGatewayCertificateOutlived
  expr: {{ printf "max by (host, pod) (issuer_gateway_tls_certificate_findings{%s,rule=~\"certificate-last-attempt|certificate-expired\"}) > 0" $here | quote }}
  for: 5m
  severity: critical
  summary: {{ `The certificate of {{ $labels.host }} in pod {{ $labels.pod }} has expired, or expires before more than one attempt to renew it.` | quote }}
  description: Earlier orders failed, and back-off or the certificate authority asked to wait past the end of the certificate. One more attempt is made before it. The log has the response of the certificate authority.
  urgency: At once.
  command: {{ ternary (printf "kubectl exec -n %s %s -- issuer-gateway renew %s" .Release.Namespace `{{ $labels.pod }}` `{{ $labels.host }}`) $podLogs (eq .Values.tls.mode "acme") | quote }}
- alert: IssuerGatewayAcmeFailing
  expr: {{ printf "min by (host, pod) (issuer_gateway_acme_last_attempt_succeeded{%s}) == 0" $here | quote }}
  for: 1h
  severity: warning
  summary: {{ `Pod {{ $labels.pod }} cannot order a new certificate for {{ $labels.host }}.` | quote }}
  description: The current certificate is served until it expires. The log has the response of the certificate authority, and issuer_gateway_acme_failures_total the kind of problem.
  urgency: Not urgent unless IssuerGatewayCertificateExpiring or IssuerGatewayCertificateMissing fires too.
  command: {{ $podLogs | quote }}
- alert: IssuerGatewayAcmeWithoutLeader
  expr: {{ printf "max(issuer_gateway_acme_leader{%s}) == 0" $here | quote }}
  for: 15m
  severity: warning
  summary: No replica orders certificates.
  description: {{ printf "No replica holds the Lease %s. It was deleted, or the API server does not let the gateway update it. Current certificates are served until they expire." (include "issuer-gateway.acmeName" .) | quote }}
  urgency: Not urgent unless IssuerGatewayCertificateExpiring or IssuerGatewayCertificateMissing fires too.
  command: {{ printf "kubectl get lease -n %s %s" .Release.Namespace (include "issuer-gateway.acmeName" .) | quote }}
- alert: IssuerGatewayCertificateRejected
  expr: {{ printf "max by (source, pod) (issuer_gateway_tls_certificate_faulty{%s}) > 0" $here | quote }}
  for: 15m
  severity: warning
  summary: {{ `Pod {{ $labels.pod }} cannot serve the newest certificate of {{ $labels.source }}.` | quote }}
  description: The previous certificate is served until it expires. The log says what is wrong with the new one.
  urgency: Before the previous certificate expires.
  command: {{ $podLogs | quote }}
{{- end }}
