{{/* Clusters and values that can not work, each with a sentence that names the fix; all at once. */}}
{{- define "workload-identity.guards" -}}
{{- $errors := concat (include "workload-identity.guards.cluster" . | fromJsonArray) (include "workload-identity.guards.values" . | fromJsonArray) -}}
{{- if $errors -}}
{{- fail (printf "\n\n%s\n" (join "\n" $errors)) -}}
{{- end -}}
{{- end }}

{{- define "workload-identity.guards.cluster" -}}
{{- $errors := list -}}
{{- $version := .Capabilities.KubeVersion.Version -}}
{{- $none := printf "Kubernetes %s has no MutatingAdmissionPolicy, which this chart needs (v1 from 1.36, v1beta1 in 1.34 and 1.35): use the Kustomize component manifests/components/oauth2-proxy-sidecar for the sign-in, and write the token volume into the Deployment by hand." $version -}}
{{- $beta := printf "Kubernetes %s serves MutatingAdmissionPolicy as v1beta1 only, and only where every API server runs with --feature-gates=MutatingAdmissionPolicy=true and --runtime-config=admissionregistration.k8s.io/v1beta1=true: check with kubectl get --raw /apis/admissionregistration.k8s.io/v1beta1, and set apiVersion to v1beta1." $version -}}
{{- $served := printf "admissionregistration.k8s.io/%s/MutatingAdmissionPolicy" (include "workload-identity.apiVersion" .) -}}
{{/* Only with a cluster at hand does lookup find anything, and only then do the capabilities describe it. */}}
{{- $connected := not (empty (lookup "v1" "Namespace" "" "kube-system")) -}}
{{- if and (empty .Values.apiVersion) (semverCompare "<1.36.0-0" $version) -}}
{{- $errors = append $errors (ternary $none $beta (semverCompare "<1.34.0-0" $version)) -}}
{{- else if and $connected (not (.Capabilities.APIVersions.Has $served)) -}}
{{- $errors = append $errors (ternary $none (ternary $beta (printf "apiVersion is %s, but the cluster (Kubernetes %s) does not serve %s: %s" .Values.apiVersion $version $served (ternary "set apiVersion to v1." "remove --feature-gates=MutatingAdmissionPolicy=false from the API servers." (semverCompare ">=1.36.0-0" $version))) (semverCompare "<1.36.0-0" $version)) (semverCompare "<1.34.0-0" $version)) -}}
{{- else if $connected -}}
{{- $byOwner := dict -}}
{{- range $name := list "azure" "aws" "google" "token" "sign-in" -}}
{{- $found := lookup (printf "admissionregistration.k8s.io/%s" (include "workload-identity.apiVersion" $)) "MutatingAdmissionPolicy" "" (printf "workload-identity-%s" $name) -}}
{{- if $found -}}
{{- $annotations := $found.metadata.annotations | default dict -}}
{{- if or (ne (get $annotations "meta.helm.sh/release-name") $.Release.Name) (ne (get $annotations "meta.helm.sh/release-namespace") $.Release.Namespace) -}}
{{- $owner := printf "%s/%s" (get $annotations "meta.helm.sh/release-namespace") (get $annotations "meta.helm.sh/release-name") -}}
{{- $_ := set $byOwner $owner (append (get $byOwner $owner | default list) (printf "workload-identity-%s" $name)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $owner, $names := $byOwner -}}
{{- $namespace := first (splitList "/" $owner) -}}{{- $release := last (splitList "/" $owner) -}}
{{- if $release -}}
{{- $errors = append $errors (printf "%s: there already, from release %q in namespace %q; the policies are cluster-wide and have fixed names, so one release serves the whole cluster: upgrade that one (helm upgrade %s -n %s), or uninstall it first." (join ", " $names) $release $namespace $release $namespace) -}}
{{- else -}}
{{- $errors = append $errors (printf "%s: there already, but from no Helm release (kubectl apply, or a GitOps tool); the policies are cluster-wide and have fixed names, so one installation serves the whole cluster: change it there, or delete it first (kubectl get mutatingadmissionpolicies,mutatingadmissionpolicybindings,validatingadmissionpolicies,validatingadmissionpolicybindings -l app.kubernetes.io/name=workload-identity lists its objects)." (join ", " $names)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}

{{- define "workload-identity.guards.values" -}}
{{- $errors := list -}}
{{- range $label := keys (.Values.commonLabels | default dict) | sortAlpha -}}
{{- if has $label (list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/component" "helm.sh/chart") -}}
{{- $errors = append $errors (printf "commonLabels has %s, which the chart sets itself: remove it." $label) -}}
{{- end -}}
{{- end -}}
{{- if not (or .Values.azure.enabled .Values.aws.enabled .Values.google.enabled .Values.token.enabled .Values.signIn.enabled) -}}
{{- $errors = append $errors "nothing is enabled: set azure.enabled, aws.enabled, google.enabled, token.enabled or signIn.enabled to true." -}}
{{- end -}}
{{- if and .Values.signIn.namespaces (not .Values.signIn.enabled) -}}
{{- $errors = append $errors "signIn.namespaces is set, but signIn.enabled is false: set it to true, or remove signIn.namespaces." -}}
{{- end -}}
{{- $errors = concat $errors (include "workload-identity.guards.namespaces" . | fromJsonArray) -}}
{{- if and .Values.tests.enabled (or (empty .Values.tests.image.repository) (empty .Values.tests.exchanges)) -}}
{{- $errors = append $errors "tests.enabled needs tests.image.repository (the image of issuerctl) and at least one of tests.exchanges (issuerctl trust render PARTY --format values prints it)." -}}
{{- end -}}
{{- $tag := default .Chart.AppVersion .Values.signIn.image.tag -}}
{{- if and .Values.signIn.image.digest (not .Values.signIn.image.tag) -}}
{{- $errors = append $errors "signIn.image.tag is empty, but signIn.image.digest decides what runs: name the version of that digest, v7.15.4 or newer." -}}
{{- end -}}
{{- if contains ":" (last (splitList "/" .Values.signIn.image.repository)) -}}
{{- $errors = append $errors (printf "signIn.image.repository %q has a tag: put it into signIn.image.tag." .Values.signIn.image.repository) -}}
{{- end -}}
{{- if not (regexMatch "^v?[0-9]+\\.[0-9]+\\.[0-9]+" $tag) -}}
{{- $errors = append $errors (printf "signIn.image.tag %q names no version: use one of v7.15.4 or newer, so that what runs is known." $tag) -}}
{{- else if or (semverCompare "<7.15.4-0" (regexFind "[0-9]+\\.[0-9]+\\.[0-9]+" $tag)) (regexMatch "^v?7\\.15\\.4-(alpha|beta|rc|pre)([.0-9-]|$)" $tag) -}}
{{- $errors = append $errors (printf "signIn.image.tag %s is older than the security release v7.15.4: use v7.15.4 or newer." $tag) -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}

{{/* No rule of a NetworkPolicy may admit an app past its sign-in. The chart does not know the ports of the apps: appPorts does. */}}
{{- define "workload-identity.guards.namespaces" -}}
{{- $connected := not (empty (lookup "v1" "Namespace" "" "kube-system")) -}}
{{- $errors := list -}}{{- $seen := list -}}
{{- range $i, $namespace := .Values.signIn.namespaces -}}
{{- if and $connected (ne $namespace.name $.Release.Namespace) (empty (lookup "v1" "Namespace" "" $namespace.name)) -}}
{{- $errors = append $errors (printf "signIn.namespaces[%d]: the cluster has no namespace %s: create it first (kubectl create namespace %s), or correct the name." $i $namespace.name $namespace.name) -}}
{{- end -}}
{{- if has $namespace.name $.Values.excludedNamespaces -}}
{{- $errors = append $errors (printf "signIn.namespaces[%d]: %s is one of excludedNamespaces, whose pods the policies never see: remove it from one of the two." $i $namespace.name) -}}
{{- end -}}
{{- if has $namespace.name $seen -}}
{{- $errors = append $errors (printf "signIn.namespaces names %s twice: put both into one entry." $namespace.name) -}}
{{- end -}}
{{- $seen = append $seen $namespace.name -}}
{{- if and $namespace.extraIngress (not $namespace.appPorts) -}}
{{- $errors = append $errors (printf "signIn.namespaces[%d].extraIngress needs appPorts: list the ports of all apps that sign in there, so that no rule admits one without sign-in." $i) -}}
{{- end -}}
{{- range $j, $rule := $namespace.extraIngress -}}
{{- $at := printf "signIn.namespaces[%d].extraIngress[%d]" $i $j -}}
{{- if not $rule.ports -}}
{{- $errors = append $errors (printf "%s names no ports and so admits the apps without sign-in: list the ports that it is for." $at) -}}
{{- end -}}
{{- range $port := $rule.ports -}}
{{- if not (regexMatch "^[1-9][0-9]*$" (toString $port.port)) -}}
{{- $errors = append $errors (printf "%s has to name each port by its number: by name it could be the one of an app, without sign-in." $at) -}}
{{- else -}}
{{- range $app := $namespace.appPorts -}}
{{- if and (le (int $port.port) (int $app)) (ge (int (default $port.port $port.endPort)) (int $app)) -}}
{{- $errors = append $errors (printf "%s admits app port %d without sign-in: remove it; requests reach the app by port 4180 of the proxy." $at (int $app)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $errors | toJson -}}
{{- end }}
