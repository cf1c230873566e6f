{{/* Each kind of token as data; the policies of all of them are written once, in _mutation.tpl and _validation.tpl.
Texts that end in CEL are CEL expressions: a value of the chart becomes one by toJson, whose strings CEL reads as its own. */}}

{{- define "workload-identity.guid" -}}^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}${{- end }}

{{/* Host name of RFC 1123, with a domain. */}}
{{- define "workload-identity.hostName" -}}^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+${{- end }}

{{/* Name of a Secret or ConfigMap (RFC 1123 subdomain). */}}
{{- define "workload-identity.objectName" -}}^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*${{- end }}

{{/* As Microsoft's webhook has it, with client id and tenant from the pod or the namespace: CEL does not see ServiceAccounts. */}}
{{- define "workload-identity.kind.azure" -}}
name: azure
label: azure.workload.identity/use
configMap: workload-identity
volume: azure-identity-token
audience: {{ .Values.azure.audience | toJson | toJson }}
mountPath: '"/var/run/secrets/azure/tokens"'
tokenFile: '"azure-identity-token"'
fileVariable: AZURE_FEDERATED_TOKEN_FILE
expiration: {annotation: azure.workload.identity/service-account-token-expiration, default: 3600, minimum: 3600}
skip: {annotation: azure.workload.identity/skip-containers, separator: ";"}
settings:
  - variable: clientId
    annotation: azure.workload.identity/client-id
    key: clientId
    pattern: {{ include "workload-identity.guid" . | quote }}
    meaning: the client id (a GUID) of the application or managed identity
  - variable: tenantId
    annotation: azure.workload.identity/tenant-id
    key: tenantId
    pattern: {{ include "workload-identity.guid" . | quote }}
    meaning: the id (a GUID) of the Entra tenant
env:
  - {name: AZURE_CLIENT_ID, value: variables.clientId}
  - {name: AZURE_TENANT_ID, value: variables.tenantId}
  - {name: AZURE_FEDERATED_TOKEN_FILE, value: '"/var/run/secrets/azure/tokens/azure-identity-token"'}
  - {name: AZURE_AUTHORITY_HOST, value: {{ .Values.azure.authorityHost | toJson | toJson }}}
{{- end }}

{{/* As the webhook of EKS has it. A container with either region variable keeps its region, and one
with a role or a token file of its own gets neither. */}}
{{- define "workload-identity.kind.aws" -}}
name: aws
label: issuer-gateway.io/aws
configMap: workload-identity
volume: aws-iam-token
audience: {{ .Values.aws.audience | toJson | toJson }}
mountPath: '"/var/run/secrets/eks.amazonaws.com/serviceaccount"'
tokenFile: '"token"'
fileVariable: AWS_WEB_IDENTITY_TOKEN_FILE
expiration: {annotation: eks.amazonaws.com/token-expiration, default: 86400, minimum: 3600}
skip: {annotation: eks.amazonaws.com/skip-containers, separator: ","}
settings:
  - variable: roleArn
    annotation: eks.amazonaws.com/role-arn
    key: awsRoleArn
    pattern: "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$"
    meaning: the ARN of the IAM role, such as arn:aws:iam::111122223333:role/shop
  - variable: region
    annotation: issuer-gateway.io/aws-region
    key: awsRegion
    pattern: "^[a-z]{2,}(-[a-z]+)+-[0-9]+$"
    meaning: the region, such as eu-central-1
env:
  - {name: AWS_STS_REGIONAL_ENDPOINTS, value: '"regional"'}
  - {name: AWS_DEFAULT_REGION, value: variables.region, unless: AWS_REGION}
  - {name: AWS_REGION, value: variables.region, unless: AWS_DEFAULT_REGION}
  - {name: AWS_ROLE_ARN, value: variables.roleArn, unless: AWS_WEB_IDENTITY_TOKEN_FILE}
  - {name: AWS_WEB_IDENTITY_TOKEN_FILE, value: '"/var/run/secrets/eks.amazonaws.com/serviceaccount/token"', unless: AWS_ROLE_ARN}
{{- end }}

{{/* Google documents no webhook for clusters outside its cloud: the token and the credential configuration in one volume. */}}
{{- define "workload-identity.kind.google" -}}
name: google
label: issuer-gateway.io/google
configMap: workload-identity
volume: google-identity-token
audience: variables.audience
# What is wanted is known without the ConfigMap only where the annotation has it; a rule over the ConfigMap does the rest.
audienceOfVolume: 'variables.annotations[?"issuer-gateway.io/google-audience"].orValue(s.serviceAccountToken.?audience.orValue(""))'
audienceToShow: 'variables.annotations[?"issuer-gateway.io/google-audience"].orValue("of key googleAudience")'
mountPath: '"/var/run/secrets/google"'
tokenFile: '"token"'
fileVariable: GOOGLE_APPLICATION_CREDENTIALS
credentials: variables.credentials
expiration: {annotation: issuer-gateway.io/google-token-expiration, default: 3600, minimum: 600}
skip: {annotation: issuer-gateway.io/skip-containers, separator: ";"}
settings:
  - variable: audience
    annotation: issuer-gateway.io/google-audience
    key: googleAudience
    pattern: "^[!-~]{1,256}$"
    meaning: the audience of the provider, //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER
  - variable: credentials
    annotation: issuer-gateway.io/google-credentials
    annotationPattern: {{ include "workload-identity.objectName" . | quote }}
    annotationMeaning: the name of a ConfigMap of this namespace with the key googleCredentials
    key: googleCredentials
    # CEL reads no JSON: an object, and in it the two members that decide whether Google's libraries find the token.
    patterns:
      - '^\s*\{[\s\S]*\}\s*$'
      - '"type"\s*:\s*"external_account"'
      - '"credential_source"\s*:\s*\{([^{}]|\{[^{}]*\})*"file"\s*:\s*"/var/run/secrets/google/token"'
    meaning: a credential configuration (JSON) of type external_account whose credential_source.file is /var/run/secrets/google/token
    fallback: workload-identity
env:
  - {name: GOOGLE_APPLICATION_CREDENTIALS, value: '"/var/run/secrets/google/credentials.json"'}
{{- end }}

{{/* A token for whatever verifies one; the container's own variables say where it is. */}}
{{- define "workload-identity.kind.token" -}}
name: token
label: issuer-gateway.io/token
configMap: ""
volume: issuer-gateway-token
audience: variables.audience
mountPath: variables.path.substring(0, variables.path.lastIndexOf("/"))
tokenFile: variables.path.substring(variables.path.lastIndexOf("/") + 1)
expiration: {annotation: issuer-gateway.io/token-expiration, default: 3600, minimum: 600}
skip: {annotation: issuer-gateway.io/skip-containers, separator: ";"}
settings:
  - variable: audience
    annotation: issuer-gateway.io/token-audience
    pattern: "^[!-~]{1,600}$"
    meaning: the audience that the relying party expects, of 1 to 600 characters of ASCII without spaces
  - variable: path
    annotation: issuer-gateway.io/token-path
    pattern: "^(/[A-Za-z0-9_-][A-Za-z0-9._-]*){2,}$"
    # The volume takes the place of the directory, and the container does not start, or has lost its programs, without these.
    not: "^/((dev|proc|sys)/.*|(boot|home|media|mnt|opt|root|run|srv|tmp|var|(usr/|usr/local/)?(bin|etc|include|lib|lib32|lib64|libexec|libx32|sbin|share)|usr|usr/local|etc/(ssl|ssl/certs|pki)|var/(cache|lib|lock|log|mail|opt|run|run/secrets|spool|tmp)|run/secrets)/[^/]+)$"
    meaning: an absolute path of a file in a directory of its own, and of none that the image has, such as /var/run/secrets/tokens/token
    fallback: /var/run/secrets/tokens/token
    default: /var/run/secrets/tokens/token
env: []
{{- end }}

{{/* Names of the kinds that are switched on and have a token as data here; sign-in has templates of its own. */}}
{{- define "workload-identity.kinds" -}}
{{- $names := list -}}
{{- range $name := list "azure" "aws" "google" "token" -}}
{{- if (get $.Values $name).enabled -}}{{- $names = append $names $name -}}{{- end -}}
{{- end -}}
{{- $names | toJson -}}
{{- end }}
