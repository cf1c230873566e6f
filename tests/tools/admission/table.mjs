// The pods and workloads that are admitted in the tests, and on a real API server by record.mjs. A case is {name, namespace,
// object}, with before for an update, and what is expected: injected kinds, or the sentence of its rejection after "namespace NAMESPACE, KIND NAME: ".
export const id = digit => `${digit.repeat(8)}-${digit.repeat(4)}-${digit.repeat(4)}-${digit.repeat(4)}-${digit.repeat(12)}`;
export const identity = { clientId: id("1"), tenantId: id("2"), awsRoleArn: "arn:aws:iam::111122223333:role/shop", awsRegion: "eu-central-1",
  googleAudience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/cluster",
  googleCredentials: JSON.stringify({ type: "external_account", credential_source: { file: "/var/run/secrets/google/token" } }) };
export const signIn = { tenantId: id("2"), clientId: id("3"), host: "app.example.com", allowedGroups: `${id("a")}, ${id("b")}` };

// Keys are namespaces; each has its ConfigMaps.
export const namespaces = {
  apps: { "workload-identity": identity, "oauth2-proxy": signIn },
  bare: {},
  empty: { "workload-identity": { note: "none of the keys" }, "oauth2-proxy": { host: "" } },
};
const variants = {
  roles: { allowedGroups: "App.Users", groupsClaim: "roles", emailClaim: "preferred_username", trustedProxyRanges: "10.42.0.0/16,2001:db8::/64", emailDomains: "example.com", cookieRefresh: "15m", cookieExpire: "4h", cookieSecretName: "own" },
  "no-group": { allowedGroups: " , " }, "one-empty-group": { allowedGroups: `${id("a")},` }, "group-name": { allowedGroups: "admins" },
  "domain-as-tenant": { tenantId: "contoso.onmicrosoft.com" }, "common-tenant": { tenantId: "common" }, "skip-route": { "skip-auth-route": "^/public" },
  "all-trusted": { trustedProxyRanges: "0.0.0.0/0" }, "url-as-host": { host: "https://app.example.com/" }, "no-refresh": { cookieRefresh: "0s" }, "long-refresh": { cookieRefresh: "50m", cookieExpire: "40m" }, "lazy-refresh": { cookieRefresh: "4h" },
  "nearly-all-trusted": { trustedProxyRanges: "10.42.0.0/16,128.0.0.0/1" }, "nearly-all-trusted-6": { trustedProxyRanges: "8000::/1" },
  "role-of-everybody": { groupsClaim: "wids", allowedGroups: `${id("a")}, B79FBF4D-3EF9-4689-8143-76B194E85509` }, "personal-accounts": { tenantId: "9188040D-6c67-4c5b-b112-36a304b66dad" }, "no-host": { host: "-app.example.com" }, "long-host": { host: `${"a".repeat(64)}.example.com` },
  "directory-role": { groupsClaim: "wids", allowedGroups: "62E90394-69F5-4237-9190-012177145E10" }, "groups-said": { groupsClaim: "groups", allowedGroups: "ACACACAC-BBBB-CCCC-DDDD-EEEEEEEEEEEE" },
  "claim-of-everybody": { groupsClaim: "tid", allowedGroups: id("2") },
  "upper-case": { tenantId: "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE", clientId: "ABABABAB-BBBB-CCCC-DDDD-EEEEEEEEEEEE", allowedGroups: "ACACACAC-BBBB-CCCC-DDDD-EEEEEEEEEEEE" },
  "an-age": { cookieExpire: "9000000h" }, "ages": { cookieRefresh: "99999999999999999999h" }, "as-long-as-can-be": { cookieRefresh: "1h0m0s", cookieExpire: "99999h99999h999999m" },
  "ranges": { trustedProxyRanges: "10.0.0.0/8,192.0.2.7/32, fc00::/7,fd00:1::/64,2001:db8::/32", emailDomains: "example.com, .Example.org" },
  "mapped-all": { trustedProxyRanges: "::ffff:0.0.0.0/96" }, "mapped-all-in-hex": { trustedProxyRanges: "0:0:0:0:0:ffff:0:0/97" }, "most-of-6": { trustedProxyRanges: "2000::/15" }, "no-address": { trustedProxyRanges: "10.256.0.0/16" },
  "inside-a-range": { trustedProxyRanges: "10.42.0.7/16" }, "no-range": { trustedProxyRanges: "10.42.0.7" }, "zero": { trustedProxyRanges: "0/0" }, "a-domain-and-all": { emailDomains: "example.com,*" }, "top-domain": { emailDomains: ".com" },
  "star-domain": { emailDomains: "*.com" }, "two-stars": { emailDomains: "**" }, "one-label": { emailDomains: "com" },
  "role-name": { allowedGroups: "App:Users", groupsClaim: "roles" }, "role-of-a-variable": { allowedGroups: "App.Users,$(SHOP_PORT)", groupsClaim: "roles" }, "role-with-a-blank": { allowedGroups: "App Users", groupsClaim: "roles" }, "no-e-mail-claim": { emailClaim: "e-mail claim" },
  "too-many-groups": { allowedGroups: Array(1000).fill(id("a")).join(",") }, "too-many-ranges": { trustedProxyRanges: Array(300).fill("10.0.0.0/8").join(",") },
  "client-missing": { clientId: "" }, "client-from-a-file": { clientId: `${id("3")}\n` }, "host-from-a-file": { host: "app.example.com\n" }, "tenant-from-a-file": { tenantId: `${id("2")}\n` }, "empty-refresh": { cookieRefresh: "" }, "empty-expire": { cookieExpire: "" },
  "no-domain": { emailDomains: "@example.com" }, "no-client": { clientId: "shop" }, "no-duration": { cookieExpire: "8 hours" }, "no-secret-name": { cookieSecretName: "Own_Secret" }, "no-secret": { cookieSecretName: "own..secret" },
};
for (const [name, change] of Object.entries(variants)) namespaces[name] = { "workload-identity": identity, "oauth2-proxy": { ...signIn, ...change } };

const credentials = change => ({ "workload-identity": { ...identity, googleCredentials: change } });
Object.assign(namespaces, {
  "no-json": credentials("external_account /var/run/secrets/google/token"), "half-json": credentials(identity.googleCredentials.slice(0, -2)), "a-key-file": credentials(JSON.stringify({ type: "service_account", note: "external_account", credential_source: { file: "/var/run/secrets/google/token" } })),
  "another-file": credentials(JSON.stringify({ type: "external_account", note: "/var/run/secrets/google/token", credential_source: { file: "/tmp/token" } })),
  "as-gcloud-writes-it": credentials(JSON.stringify({ universe_domain: "googleapis.com", type: "external_account", audience: identity.googleAudience, subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token", credential_source: { format: { type: "text" }, file: "/var/run/secrets/google/token" }, service_account_impersonation_url: "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:generateAccessToken" }, null, 2) + "\n"),
});
namespaces["no-google"] = { "workload-identity": { ...identity, googleAudience: "two words" } };
const labels = { azure: { "azure.workload.identity/use": "true" }, aws: { "issuer-gateway.io/aws": "true" }, google: { "issuer-gateway.io/google": "true" },
  token: { "issuer-gateway.io/token": "true" }, "sign-in": { "issuer-gateway.io/sign-in": "entra" } };
const of = kinds => Object.assign({}, ...kinds.map(kind => labels[kind]));
const container = (name, more = {}) => ({ name, image: "app:1.0.0", ports: [{ containerPort: 8080 }], ...more });
const pod = (labels, { annotations, name = "shop", generateName, ...spec } = {}) => ({ apiVersion: "v1", kind: "Pod",
  metadata: { ...generateName ? { generateName } : { name }, labels, ...annotations ? { annotations } : {} }, spec: { containers: [container("app")], ...spec } });

export const cases = [];
const accepted = (name, kinds, more = {}, extra = {}) => cases.push({ name, namespace: "apps", kinds, object: pod(of(kinds), more), ...extra });
const rejected = (name, object, sentence, namespace = "apps") => cases.push({ name, namespace, object, sentence });

const a = "azure.workload.identity/";
for (const kinds of [["azure"], ["aws"]]) {
  const own = kinds[0] === "azure"
    ? [{ name: "AZURE_CLIENT_ID", value: "mine" }, { name: "AZURE_AUTHORITY_HOST", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } }]
    : [{ name: "AWS_REGION", value: "us-east-1" }, { name: "AWS_STS_REGIONAL_ENDPOINTS", value: "legacy" }];
  const skip = kinds[0] === "azure" ? { [`${a}skip-containers`]: "istio; other" } : { "eks.amazonaws.com/skip-containers": "istio, other" };
  const expiration = kinds[0] === "azure" ? { [`${a}service-account-token-expiration`]: "7200" } : { "eks.amazonaws.com/token-expiration": "7200" };
  const like = { like: kinds[0] };
  accepted(`${kinds}: nothing but a container`, kinds, {}, like);
  accepted(`${kinds}: no token of the API`, kinds, { automountServiceAccountToken: false }, like);
  accepted(`${kinds}: volumes`, kinds, { volumes: [{ name: "data", emptyDir: {} }], containers: [container("app", { volumeMounts: [{ name: "data", mountPath: "/data" }] })] }, like);
  accepted(`${kinds}: init containers`, kinds, { initContainers: [{ name: "pre", image: "pre:1" }, { name: "post", image: "pre:1", env: own }] }, like);
  accepted(`${kinds}: sidecars`, kinds, { initContainers: [{ name: "proxy", image: "proxy:1", restartPolicy: "Always" }] }, like);
  accepted(`${kinds}: own variables`, kinds, { containers: [container("app", { env: own })] }, like);
  accepted(`${kinds}: a variable twice`, kinds, { containers: [container("app", { env: [{ name: "A", value: "1" }, { name: "A", value: "2" }] })] }, like);
  accepted(`${kinds}: two containers`, kinds, { containers: [container("app"), container("two", { ports: [] })] }, like);
  accepted(`${kinds}: 50 containers`, kinds, { containers: Array.from({ length: 50 }, (_, i) => container(`app-${i}`, { ports: [] })) }, like);
  accepted(`${kinds}: skip`, kinds, { annotations: skip, containers: [container("app"), container("istio", { ports: [] })], initContainers: [{ name: "other", image: "x:1" }] }, like);
  accepted(`${kinds}: expiration`, kinds, { annotations: expiration }, like);
  accepted(`${kinds}: only a generated name`, kinds, { generateName: "shop-7c9d" }, like);
  accepted(`${kinds}: a mesh in between`, kinds, {}, { ...like, mesh: true });
}
const written = { volumes: [{ name: "azure-identity-token", projected: { defaultMode: 420, sources: [{ serviceAccountToken: { audience: "api://AzureADTokenExchange", expirationSeconds: 3600, path: "azure-identity-token" } }] } }] };
accepted("azure: the volume written by hand", ["azure"], written, { like: "azure" });
accepted("azure: volume and mount written by hand", ["azure"], { ...written, containers: [container("app", { volumeMounts: [{ name: "azure-identity-token", mountPath: "/var/run/secrets/azure/tokens", readOnly: true }] })] }, { like: "azure" });
accepted("azure: another token at the same path", ["azure"], { volumes: [{ ...written.volumes[0], name: "token" }], containers: [container("app", { volumeMounts: [{ name: "token", mountPath: "/var/run/secrets/azure/tokens" }] })] });
accepted("azure: annotations in a namespace without ConfigMap", ["azure"], { annotations: { [`${a}client-id`]: id("4"), [`${a}tenant-id`]: id("2") } }, { namespace: "bare" });
accepted("azure: the client id of the annotation", ["azure"], { annotations: { [`${a}client-id`]: id("4") } });
accepted("azure: the volume mounted elsewhere", ["azure"], { ...written, containers: [container("app", { volumeMounts: [{ name: "azure-identity-token", mountPath: "/token" }] })] });
accepted("azure: the volume mounted elsewhere, and a variable that says so", ["azure"], { ...written, containers: [container("app", { env: [{ name: "AZURE_FEDERATED_TOKEN_FILE", value: "/token/azure-identity-token" }], volumeMounts: [{ name: "azure-identity-token", mountPath: "/token" }] })] }, { like: "azure" });
accepted("aws: an own role", ["aws"], { containers: [container("app", { env: [{ name: "AWS_ROLE_ARN", value: "arn:aws:iam::111122223333:role/own" }] })] }, { like: "aws" });
accepted("aws: an own token file", ["aws"], { containers: [container("app", { env: [{ name: "AWS_WEB_IDENTITY_TOKEN_FILE", value: "/own" }] })] }, { like: "aws" });
accepted("aws: annotations", ["aws"], { annotations: { "eks.amazonaws.com/role-arn": "arn:aws-us-gov:iam::111122223333:role/team/x", "issuer-gateway.io/aws-region": "us-gov-west-1" } }, { namespace: "bare" });
accepted("google", ["google"], { initContainers: [{ name: "pre", image: "pre:1" }] });
accepted("google: another ConfigMap", ["google"], { annotations: { "issuer-gateway.io/google-credentials": "team-b", "issuer-gateway.io/google-token-expiration": "600" } });
accepted("google: annotations in a namespace without ConfigMap", ["google"], { annotations: { "issuer-gateway.io/google-audience": "x", "issuer-gateway.io/google-credentials": "team-b" } }, { namespace: "bare" });
accepted("token", ["token"], { annotations: { "issuer-gateway.io/token-audience": "vault" } }, { namespace: "bare" });
accepted("token: path and expiration", ["token"], { annotations: { "issuer-gateway.io/token-audience": "https://vault.example.com", "issuer-gateway.io/token-path": "/var/run/vault/jwt", "issuer-gateway.io/token-expiration": "600" } });
accepted("sign-in", ["sign-in"]);
accepted("sign-in: no token of the API", ["sign-in"], { automountServiceAccountToken: false });
accepted("sign-in: init containers and volumes", ["sign-in"], { initContainers: [{ name: "pre", image: "pre:1" }], volumes: [{ name: "data", emptyDir: {} }] });
accepted("sign-in: port of the annotation", ["sign-in"], { annotations: { "issuer-gateway.io/app-port": "3000" }, containers: [{ name: "app", image: "app:1" }] });
accepted("sign-in: annotations", ["sign-in"], { annotations: { "issuer-gateway.io/client-id": id("5"), "issuer-gateway.io/host": "wiki.example.com", "issuer-gateway.io/allowed-groups": id("c") } });
accepted("sign-in: every setting", ["sign-in"], {}, { namespace: "roles" });
accepted("sign-in: ids in upper case", ["sign-in"], {}, { namespace: "upper-case" });
accepted("sign-in: a long session", ["sign-in"], {}, { namespace: "as-long-as-can-be" });
accepted("sign-in: ranges and domains as narrow as can be", ["sign-in"], {}, { namespace: "ranges" });
accepted("google: the configuration that gcloud writes", ["google"], {}, { namespace: "as-gcloud-writes-it" });
accepted("token: an audience of 600 characters", ["token"], { annotations: { "issuer-gateway.io/token-audience": "a".repeat(600) } });
accepted("sign-in: a directory role", ["sign-in"], {}, { namespace: "directory-role" });
accepted("sign-in: the claim of groups by its name", ["sign-in"], {}, { namespace: "groups-said" });
accepted("sign-in: an app role with a colon", ["sign-in"], {}, { namespace: "role-name" });
accepted("sign-in and token: at the path of the sidecar", ["token", "sign-in"], { annotations: { "issuer-gateway.io/token-audience": "vault", "issuer-gateway.io/token-path": "/var/run/secrets/azure/token" } });
accepted("sign-in: a mesh in between", ["sign-in"], {}, { mesh: true });
accepted("azure and sign-in", ["azure", "sign-in"]);
accepted("azure and sign-in: a mesh in between", ["azure", "sign-in"], {}, { mesh: true });
accepted("all", ["azure", "aws", "google", "token", "sign-in"], { annotations: { "issuer-gateway.io/token-audience": "vault" } });
accepted("a pod without a label", []);
// What the API server shows of static pods: never changed, never rejected, whatever the settings of the namespace are.
cases.push({ name: "a mirror pod", namespace: "empty", kinds: [], object: pod(of(Object.keys(labels)), { annotations: { "kubernetes.io/config.mirror": "hash" }, nodeName: "node-1" }) });
cases.push({ name: "a label that says no", namespace: "bare", kinds: [], object: pod({ [`${a}use`]: "false" }) });

rejected("azure: no ConfigMap", pod(labels.azure), `there is no ConfigMap workload-identity with clientId and tenantId, or this API server runs without MutatingAdmissionPolicy: kubectl create configmap workload-identity -n bare --from-literal=clientId=VALUE --from-literal=tenantId=VALUE (or set the annotations ${a}client-id and ${a}tenant-id); if it was created just now, try again`, "bare");
rejected("aws: no ConfigMap", pod(labels.aws, { generateName: "shop-" }), "there is no ConfigMap workload-identity with awsRoleArn and awsRegion, or this API server runs without MutatingAdmissionPolicy: kubectl create configmap workload-identity -n bare --from-literal=awsRoleArn=VALUE --from-literal=awsRegion=VALUE (or set the annotations eks.amazonaws.com/role-arn and issuer-gateway.io/aws-region); if it was created just now, try again", "bare");
rejected("google: no ConfigMap", pod(labels.google), "there is no ConfigMap workload-identity with googleAudience and googleCredentials, or this API server runs without MutatingAdmissionPolicy: kubectl create configmap workload-identity -n bare --from-literal=googleAudience=VALUE --from-file=googleCredentials=FILE (or set the annotations issuer-gateway.io/google-audience and issuer-gateway.io/google-credentials); if it was created just now, try again", "bare");
rejected("sign-in: no ConfigMap", pod(labels["sign-in"]), "there is no ConfigMap oauth2-proxy, or this API server runs without MutatingAdmissionPolicy: kubectl create configmap oauth2-proxy -n bare --from-literal=tenantId=ID --from-literal=clientId=ID --from-literal=host=HOST --from-literal=allowedGroups=ID; if it was created just now, try again", "bare");
rejected("azure: keys missing", pod(labels.azure), `key clientId of ConfigMap workload-identity is missing: set it to the client id (a GUID) of the application or managed identity (kubectl edit configmap workload-identity -n empty), or set the annotation ${a}client-id`, "empty");
rejected("aws: keys missing", pod(labels.aws), "key awsRoleArn of ConfigMap workload-identity is missing: set it to the ARN of the IAM role, such as arn:aws:iam::111122223333:role/shop (kubectl edit configmap workload-identity -n empty), or set the annotation eks.amazonaws.com/role-arn", "empty");
rejected("google: keys missing", pod(labels.google, { annotations: { "issuer-gateway.io/google-audience": "x" } }), "key googleCredentials of ConfigMap workload-identity is missing: set it to a credential configuration (JSON) of type external_account whose credential_source.file is /var/run/secrets/google/token (kubectl edit configmap workload-identity -n empty), or set the annotation issuer-gateway.io/google-credentials", "empty");
rejected("sign-in: keys missing", pod(labels["sign-in"]), "key tenantId of ConfigMap oauth2-proxy is \"\": set it to the id of your Entra tenant, a GUID (kubectl edit configmap oauth2-proxy -n empty)", "empty");
for (const [kind, label, wrong] of [["azure", `${a}use`, "yes"], ["aws", "issuer-gateway.io/aws", "True"], ["google", "issuer-gateway.io/google", ""], ["token", "issuer-gateway.io/token", "1"]]) {
  rejected(`${kind}: a label with a wrong value`, pod({ [label]: wrong }), `label ${label} is "${wrong}": set it to "true", or remove it`);
}
rejected("sign-in: a label with a wrong value", pod({ "issuer-gateway.io/sign-in": "Entra" }), "label issuer-gateway.io/sign-in is \"Entra\": set it to \"entra\", or remove it");
for (const wrong of ["abc", "60", "3599", "86401", "1e5", "-3600", "99999999999999999999", "3600\n3600", ""]) {
  rejected(`azure: expiration ${JSON.stringify(wrong)}`, pod(labels.azure, { annotations: { [`${a}service-account-token-expiration`]: wrong } }), `annotation ${a}service-account-token-expiration is ${JSON.stringify(wrong)}: set it to a number of seconds from 3600 to 86400`);
}
rejected("token: expiration", pod(labels.token, { annotations: { "issuer-gateway.io/token-audience": "v", "issuer-gateway.io/token-expiration": "599" } }), "annotation issuer-gateway.io/token-expiration is \"599\": set it to a number of seconds from 600 to 86400");
rejected("azure: an unknown container", pod(labels.azure, { annotations: { [`${a}skip-containers`]: "app; istio;envoy" } }), `annotation ${a}skip-containers names "istio", "envoy", but the containers are app: correct it; names are separated by ;`);
rejected("azure: no client id", pod(labels.azure, { annotations: { [`${a}client-id`]: "" } }), `annotation ${a}client-id is "": set it to the client id (a GUID) of the application or managed identity`);
rejected("azure: a domain as tenant", pod(labels.azure, { annotations: { [`${a}tenant-id`]: "contoso.onmicrosoft.com" } }), `annotation ${a}tenant-id is "contoso.onmicrosoft.com": set it to the id (a GUID) of the Entra tenant`);
rejected("aws: no ARN", pod(labels.aws, { annotations: { "eks.amazonaws.com/role-arn": "shop" } }), "annotation eks.amazonaws.com/role-arn is \"shop\": set it to the ARN of the IAM role, such as arn:aws:iam::111122223333:role/shop");
rejected("google: a wrong name", pod(labels.google, { annotations: { "issuer-gateway.io/google-credentials": "Team B" } }), "annotation issuer-gateway.io/google-credentials is \"Team B\": set it to the name of a ConfigMap of this namespace with the key googleCredentials");
rejected("token: no audience", pod(labels.token), "annotation issuer-gateway.io/token-audience is missing: set it to the audience that the relying party expects, of 1 to 600 characters of ASCII without spaces");
for (const wrong of ["token", "/token", "/var/run/../token", "/var/run/", "", "/etc/token", "/usr/local/bin/token", "/proc/self/token", "/dev/shm/token", "/tmp/token", "/var/run/secrets/token", "/run/secrets/token"]) {
  rejected(`token: path ${JSON.stringify(wrong)}`, pod(labels.token, { annotations: { "issuer-gateway.io/token-audience": "v", "issuer-gateway.io/token-path": wrong } }), `annotation issuer-gateway.io/token-path is ${JSON.stringify(wrong)}: set it to an absolute path of a file in a directory of its own, and of none that the image has, such as /var/run/secrets/tokens/token`);
}
rejected("azure: something else at the path", pod(labels.azure, { volumes: [{ name: "data", emptyDir: {} }], containers: [container("app", { volumeMounts: [{ name: "data", mountPath: "/var/run/secrets/azure/tokens" }] })] }), `container app has another mount at or below /var/run/secrets/azure/tokens, which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation ${a}skip-containers`);
rejected("azure: something else of the name", pod(labels.azure, { volumes: [{ name: "azure-identity-token", emptyDir: {} }] }), "its volume azure-identity-token holds no serviceAccountToken with path azure-identity-token and audience api://AzureADTokenExchange: rename it, or remove it so that the right one is added");
// The others of each rule: half a pod is as little use as none.
const foreign = (name, path, audience = "other") => ({ name, projected: { sources: [{ serviceAccountToken: { audience, expirationSeconds: 3600, path } }] } });
const mounting = (volume, mountPath, more = {}) => ({ volumes: [volume], containers: [container("app", { volumeMounts: [{ name: volume.name, mountPath }] })], ...more });
rejected("azure: a token of another path under the name", pod(labels.azure, { volumes: [foreign("azure-identity-token", "token", "api://AzureADTokenExchange")] }), "its volume azure-identity-token holds no serviceAccountToken with path azure-identity-token and audience api://AzureADTokenExchange: rename it, or remove it so that the right one is added");
rejected("azure: a token of another audience at the path", pod(labels.azure, mounting(foreign("own", "azure-identity-token"), "/var/run/secrets/azure/tokens")), `container app has another mount at or below /var/run/secrets/azure/tokens, which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation ${a}skip-containers`);
for (const mountPath of ["/var/run/secrets/azure/tokens/", "/var/run/secrets/azure/tokens/cache", "/var/run/secrets//azure/tokens", "var/run/secrets/azure/./tokens", "/run/secrets/azure/tokens", "C:\\var\\run\\secrets\\azure\\tokens"]) {
  rejected(`azure: something else at ${mountPath}`, pod(labels.azure, mounting({ name: "data", emptyDir: {} }, mountPath)), `container app has another mount at or below /var/run/secrets/azure/tokens, which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation ${a}skip-containers`);
}
for (const [what, source] of Object.entries({ "a file of a ConfigMap": { configMap: { name: "own", items: [{ key: "a", path: "azure-identity-token" }] } }, "a file of a Secret": { secret: { name: "own", items: [{ key: "a", path: "azure-identity-token" }] } },
  "a field of the pod": { downwardAPI: { items: [{ path: "azure-identity-token", fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } }] } }, "another token": foreign("own", "azure-identity-token").projected.sources[0] })) {
  rejected(`azure: ${what} at the path of the token in its volume`, pod(labels.azure, { volumes: [{ name: "azure-identity-token", projected: { sources: [...written.volumes[0].projected.sources, source] } }] }),
    "its volume azure-identity-token has something else at the path azure-identity-token of the token too: remove that, or rename the volume");
}
accepted("azure: other files beside the token in its volume", ["azure"], { volumes: [{ name: "azure-identity-token", projected: { defaultMode: 420, sources: [...written.volumes[0].projected.sources, { configMap: { name: "own", items: [{ key: "a", path: "azure-identity-token.txt" }] } }] } }] });
for (const mountPath of ["/var/run/x/../secrets/azure/tokens", "/data/../../var/run/secrets/azure/tokens", "../var/run/secrets/azure/tokens", "/data/..", "C:\\x\\..\\data"]) {
  rejected(`azure: something else at ${mountPath}`, pod(labels.azure, mounting({ name: "data", emptyDir: {} }, mountPath)), `container app has a mount with .. in its path, which could end at /var/run/secrets/azure/tokens, where the token belongs: write that path without .., or name the container in the annotation ${a}skip-containers`);
}
accepted("azure: dots that are no segment of their own", ["azure"], mounting({ name: "data", emptyDir: {} }, "/data/..x/y../...") , { like: "azure" });
accepted("azure: .. in a container that is left out", ["azure"], { ...mounting({ name: "data", emptyDir: {} }, "/data/../x"), annotations: { [`${a}skip-containers`]: "app" } }, { like: "azure" });
rejected("azure: its own token by subPath, which is never updated", pod(labels.azure, { ...written, containers: [container("app", { volumeMounts: [{ name: "azure-identity-token", mountPath: "/var/run/secrets/azure/tokens/azure-identity-token", subPath: "azure-identity-token" }] })] }), `container app has another mount at or below /var/run/secrets/azure/tokens, which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation ${a}skip-containers`);
rejected("azure: its own token by subPath in place of the directory", pod(labels.azure, { ...written, containers: [container("app", { volumeMounts: [{ name: "azure-identity-token", mountPath: "/var/run/secrets/azure/tokens", subPath: "azure-identity-token" }] })] }), `container app has another mount at or below /var/run/secrets/azure/tokens, which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation ${a}skip-containers`);
// In an image without that link it would be missing, so the container gets it at both places.
accepted("azure: its own volume mounted below /run", ["azure"], { ...written, containers: [container("app", { volumeMounts: [{ name: "azure-identity-token", mountPath: "/run/secrets/azure/tokens", readOnly: true }] })] });
accepted("azure: volumes above the token", ["azure"], { volumes: [{ name: "run", emptyDir: {} }], containers: [container("app", { volumeMounts: [{ name: "run", mountPath: "/run" }] })] }, { like: "azure" });
accepted("azure: its own volume mounted with a slash at the end", ["azure"], { ...written, containers: [container("app", { volumeMounts: [{ name: "azure-identity-token", mountPath: "/var/run/secrets/azure/tokens/", readOnly: true }] })] });
accepted("azure and aws: 40 containers of 60 variables", ["azure", "aws"], { containers: Array.from({ length: 40 }, (_, i) => container(`app-${i}`, { ports: [], env: Array.from({ length: 60 }, (_, j) => ({ name: `V${j}`, value: "x" })) })) });
// The API server drops a sentence of more than 5 KiB, so what it quotes is cut.
rejected("azure: an expiration of 20000 characters", pod(labels.azure, { annotations: { [`${a}service-account-token-expiration`]: "1".repeat(20000) } }), `annotation ${a}service-account-token-expiration is "${"1".repeat(200)}…": set it to a number of seconds from 3600 to 86400`);
rejected("azure: 1000 unknown containers", pod(labels.azure, { annotations: { [`${a}skip-containers`]: "istio;".repeat(1000) } }), `annotation ${a}skip-containers names ${"\"istio\", ".repeat(60).slice(0, 500)}…, but the containers are app: correct it; names are separated by ;`);
rejected("azure: a token of another audience under the name", pod(labels.azure, { volumes: [foreign("azure-identity-token", "azure-identity-token")] }), "its volume azure-identity-token holds no serviceAccountToken with path azure-identity-token and audience api://AzureADTokenExchange: rename it, or remove it so that the right one is added");
rejected("aws: a token of another audience under the name", pod(labels.aws, { volumes: [foreign("aws-iam-token", "token")] }), "its volume aws-iam-token holds no serviceAccountToken with path token and audience sts.amazonaws.com: rename it, or remove it so that the right one is added");
rejected("aws: something else of the name", pod(labels.aws, { volumes: [{ name: "aws-iam-token", emptyDir: {} }] }), "its volume aws-iam-token holds no serviceAccountToken with path token and audience sts.amazonaws.com: rename it, or remove it so that the right one is added");
rejected("aws: something else at the path", pod(labels.aws, mounting({ name: "data", emptyDir: {} }, "/var/run/secrets/eks.amazonaws.com/serviceaccount")), "container app has another mount at or below /var/run/secrets/eks.amazonaws.com/serviceaccount, which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation eks.amazonaws.com/skip-containers");
rejected("aws: expiration", pod(labels.aws, { annotations: { "eks.amazonaws.com/token-expiration": "86401" } }), "annotation eks.amazonaws.com/token-expiration is \"86401\": set it to a number of seconds from 3600 to 86400");
rejected("aws: an unknown container", pod(labels.aws, { annotations: { "eks.amazonaws.com/skip-containers": "app;istio" } }), "annotation eks.amazonaws.com/skip-containers names \"app;istio\", but the containers are app: correct it; names are separated by ,");
rejected("aws: no region", pod(labels.aws, { annotations: { "issuer-gateway.io/aws-region": "Frankfurt" } }), "annotation issuer-gateway.io/aws-region is \"Frankfurt\": set it to the region, such as eu-central-1");
rejected("google: a volume without the credentials", pod(labels.google, { volumes: [foreign("google-identity-token", "token", identity.googleAudience)] }), "its volume google-identity-token holds no serviceAccountToken with path token and audience of key googleAudience and no credentials.json: rename it, or remove it so that the right one is added");
const googleVolume = at => ({ volumes: [{ name: "google-identity-token", projected: { sources: [{ serviceAccountToken: { audience: at, expirationSeconds: 3600, path: "token" } }, { configMap: { name: "workload-identity", items: [{ key: "googleCredentials", path: "credentials.json" }] } }] } }] });
rejected("google: a token of another audience under the name", pod(labels.google, googleVolume("other")), "its volume google-identity-token holds a token for another audience than key googleAudience of ConfigMap workload-identity: rename it, or remove it so that the right one is added");
rejected("google: a token of another audience than the annotation", pod(labels.google, { annotations: { "issuer-gateway.io/google-audience": "one" }, ...googleVolume("other") }), "its volume google-identity-token holds no serviceAccountToken with path token and audience one and no credentials.json: rename it, or remove it so that the right one is added");
accepted("google: the volume written by hand", ["google"], googleVolume(identity.googleAudience));
rejected("google: another token at the path", pod(labels.google, mounting(foreign("own", "token", identity.googleAudience), "/var/run/secrets/google")), "container app has another mount at or below /var/run/secrets/google, which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation issuer-gateway.io/skip-containers");
rejected("google: expiration", pod(labels.google, { annotations: { "issuer-gateway.io/google-token-expiration": "1h" } }), "annotation issuer-gateway.io/google-token-expiration is \"1h\": set it to a number of seconds from 600 to 86400");
rejected("google: an unknown container", pod(labels.google, { annotations: { "issuer-gateway.io/skip-containers": "istio" } }), "annotation issuer-gateway.io/skip-containers names \"istio\", but the containers are app: correct it; names are separated by ;");
const googleAudience = "the audience of the provider, //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER";
rejected("google: no audience", pod(labels.google, { annotations: { "issuer-gateway.io/google-audience": "two words" } }), `annotation issuer-gateway.io/google-audience is "two words": set it to ${googleAudience}`);
rejected("token: an audience of 601 characters", pod(labels.token, { annotations: { "issuer-gateway.io/token-audience": "a".repeat(601) } }), `annotation issuer-gateway.io/token-audience is "${"a".repeat(200)}…": set it to the audience that the relying party expects, of 1 to 600 characters of ASCII without spaces`);
for (const namespace of ["no-json", "half-json", "a-key-file", "another-file"]) {
  rejected(`google: ${namespace}`, pod(labels.google), `key googleCredentials of ConfigMap workload-identity is not valid: set it to a credential configuration (JSON) of type external_account whose credential_source.file is /var/run/secrets/google/token (kubectl edit configmap workload-identity -n ${namespace}), or set the annotation issuer-gateway.io/google-credentials`, namespace);
}
rejected("google: a wrong key", pod(labels.google), `key googleAudience of ConfigMap workload-identity is "two words": set it to ${googleAudience} (kubectl edit configmap workload-identity -n no-google), or set the annotation issuer-gateway.io/google-audience`, "no-google");
const audience = { "issuer-gateway.io/token-audience": "vault" };
for (const wrong of ["two\twords", "\n", "\u00a0", "ä"]) {
  rejected(`token: audience ${JSON.stringify(wrong)}`, pod(labels.token, { annotations: { "issuer-gateway.io/token-audience": wrong } }), `annotation issuer-gateway.io/token-audience is ${JSON.stringify(wrong)}: set it to the audience that the relying party expects, of 1 to 600 characters of ASCII without spaces`);
}
rejected("token: the path of the API's token", pod(labels.token, { annotations: { ...audience, "issuer-gateway.io/token-path": "/var/run/secrets/kubernetes.io/serviceaccount/token" } }), "container app has another mount at or below /var/run/secrets/kubernetes.io/serviceaccount, which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation issuer-gateway.io/skip-containers");
rejected("token: the path of another token", pod(of(["azure", "token"]), { annotations: { ...audience, "issuer-gateway.io/token-path": "/var/run/secrets/azure/tokens/azure-identity-token" } }), "container app has another mount at or below /var/run/secrets/azure/tokens, which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation issuer-gateway.io/skip-containers");
cases.at(-1).unordered = true; // whichever of the two policies runs first takes the path, and the other explains
for (const [kind, volume, path, directory, more] of [["aws", "aws-iam-token", "token", "/var/run/secrets/eks.amazonaws.com/serviceaccount", {}], ["google", "google-identity-token", "token", "/var/run/secrets/google", {}], ["token", "issuer-gateway-token", "token", "/var/run/secrets/tokens", { annotations: audience }]]) {
  const own = { aws: "sts.amazonaws.com", google: identity.googleAudience, token: "vault" }[kind];
  const sources = [...foreign(volume, path, own).projected.sources, ...kind === "google" ? [{ configMap: { name: "workload-identity", items: [{ key: "googleCredentials", path: "credentials.json" }] } }] : []];
  rejected(`${kind}: a file of a ConfigMap at the path of the token in its volume`, pod(labels[kind], { ...more, volumes: [{ name: volume, projected: { sources: [...sources, { configMap: { name: "own", items: [{ key: "a", path }] } }] } }] }), `its volume ${volume} has something else at the path ${path} of the token too: remove that, or rename the volume`);
  const skip = kind === "aws" ? "eks.amazonaws.com/skip-containers" : "issuer-gateway.io/skip-containers";
  if (kind !== "token") rejected(`${kind}: something else by way of ..`, pod(labels[kind], mounting({ name: "data", emptyDir: {} }, `${directory}/../x`)), `container app has a mount with .. in its path, which could end at ${directory}, where the token belongs: write that path without .., or name the container in the annotation ${skip}`);
}
rejected("token: something else by way of ..", pod(labels.token, { annotations: audience, ...mounting({ name: "data", emptyDir: {} }, "/var/run/secrets/x/../tokens") }), "container app has a mount with .. in its path, which could end at /var/run/secrets/tokens, where the token belongs: write that path without .., or name the container in the annotation issuer-gateway.io/skip-containers");
rejected("token: something else at the path", pod(labels.token, { annotations: audience, ...mounting(foreign("own", "token"), "/var/run/secrets/tokens") }), "container app has another mount at or below /var/run/secrets/tokens, which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation issuer-gateway.io/skip-containers");
rejected("token: something else of the name", pod(labels.token, { annotations: audience, volumes: [{ name: "issuer-gateway-token", emptyDir: {} }] }), "its volume issuer-gateway-token holds no serviceAccountToken with path token and audience vault: rename it, or remove it so that the right one is added");
rejected("token: a token of another audience under the name", pod(labels.token, { annotations: audience, volumes: [foreign("issuer-gateway-token", "token")] }), "its volume issuer-gateway-token holds no serviceAccountToken with path token and audience vault: rename it, or remove it so that the right one is added");
rejected("token: a directory above the API's token", pod(labels.token, { annotations: { ...audience, "issuer-gateway.io/token-path": "/var/run/secrets/kubernetes.io/token" } }), "container app has another mount at or below /var/run/secrets/kubernetes.io, which would hide the token or keep it from being renewed: move that mount, or name the container in the annotation issuer-gateway.io/skip-containers");
cases.at(-1).podOnly = true;
rejected("token: an unknown container", pod(labels.token, { annotations: { ...audience, "issuer-gateway.io/skip-containers": "istio" } }), "annotation issuer-gateway.io/skip-containers names \"istio\", but the containers are app: correct it; names are separated by ;");
rejected("sign-in: no port", pod(labels["sign-in"], { containers: [{ name: "app", image: "app:1" }] }), "its first container has no TCP port: set the annotation issuer-gateway.io/app-port to the port that the app listens on at 127.0.0.1");
rejected("sign-in: no number as port", pod(labels["sign-in"], { annotations: { "issuer-gateway.io/app-port": "http" } }), "annotation issuer-gateway.io/app-port is \"http\": set it to the port that the app listens on at 127.0.0.1");
accepted("sign-in: the first TCP port", ["sign-in"], { containers: [{ name: "app", image: "app:1", ports: [{ containerPort: 5353, protocol: "UDP" }, { containerPort: 3000 }] }] });
rejected("sign-in: only a UDP port", pod(labels["sign-in"], { containers: [{ name: "app", image: "app:1", ports: [{ containerPort: 5353, protocol: "UDP" }] }] }), "its first container has no TCP port: set the annotation issuer-gateway.io/app-port to the port that the app listens on at 127.0.0.1");
rejected("sign-in: the sidecar's port in another container", pod(labels["sign-in"], { containers: [container("app"), container("two", { ports: [{ containerPort: 4180 }] })] }), "container two has port 4180, which is the sidecar's: let it listen on another");
rejected("sign-in: a pod for Windows", pod(labels["sign-in"], { os: { name: "windows" } }), "its os.name is windows, but the sidecar is a Linux container: remove the label issuer-gateway.io/sign-in, and let charts/oauth2-proxy-workload sign in with forward-auth");
rejected("sign-in: a host of 300 characters", pod(labels["sign-in"], { annotations: { "issuer-gateway.io/host": `${"a.".repeat(148)}test` } }), `annotation issuer-gateway.io/host is "${"a.".repeat(100)}…": set it to the public host name, without scheme, port and path`);
rejected("sign-in: 1000 groups", pod(labels["sign-in"], { annotations: { "issuer-gateway.io/allowed-groups": Array(1000).fill(id("a")).join(",") } }), "annotation issuer-gateway.io/allowed-groups has more than 8000 characters: list fewer groups, or let an app role decide in place of them (groupsClaim roles)");
accepted("sign-in: 200 groups", ["sign-in"], { annotations: { "issuer-gateway.io/allowed-groups": Array(200).fill(id("a")).join(",") } });
rejected("sign-in: the sidecar's port", pod(labels["sign-in"], { containers: [container("app", { ports: [{ containerPort: 4180 }] })] }), "port 4180 is the sidecar's own: let the app listen on another, and set the annotation issuer-gateway.io/app-port to it");
const sidecarImage = "quay.io/oauth2-proxy/oauth2-proxy:v7.15.6";
const weak = "it brings an init container oauth2-proxy of its own with flags or variables that could weaken the sign-in: remove it, and the sidecar is added";
for (const [name, more] of Object.entries({
  "a flag": { args: [`--allowed-group=${id("a")}`, "--skip-auth-route=^/"] }, "a variable": { args: [`--allowed-group=${id("a")}`], env: [{ name: "OAUTH2_PROXY_SKIP_AUTH_ROUTES", value: "^/" }] },
  "a cookie secret that everybody can read": { args: [`--allowed-group=${id("a")}`], env: [{ name: "OAUTH2_PROXY_COOKIE_SECRET", value: "XXXXXXXXXXXXXXXX" }] },
  "a command": { command: ["/bin/sh"], args: [`--allowed-group=${id("a")}`] }, "another domain to return to": { args: [`--allowed-group=${id("a")}`, "--whitelist-domain=.example.com"] },
  "a cookie without Secure": { args: [`--allowed-group=${id("a")}`, "--cookie-secure=false"] }, "every proxy trusted": { args: [`--allowed-group=${id("a")}`, "--reverse-proxy=true"] },
})) rejected(`sign-in: an own sidecar with ${name}`, pod(labels["sign-in"], { initContainers: [{ name: "oauth2-proxy", image: sidecarImage, restartPolicy: "Always", ...more }] }), weak);
rejected("sign-in: a client id that is none", pod(labels["sign-in"], { annotations: { "issuer-gateway.io/client-id": "shop" } }), "annotation issuer-gateway.io/client-id is \"shop\": set it to the application (client) id, a GUID");
rejected("sign-in: a host that is none", pod(labels["sign-in"], { annotations: { "issuer-gateway.io/host": "https://wiki.example.com" } }), "annotation issuer-gateway.io/host is \"https://wiki.example.com\": set it to the public host name, without scheme, port and path");
rejected("sign-in: a container of the sidecar's name", pod(labels["sign-in"], { containers: [container("app"), container("oauth2-proxy", { ports: [] })] }), "its container oauth2-proxy has the name of the sidecar: rename it");
const notOurs = name => `its volume ${name} is not the one of the sidecar (oauth2-proxy-token: a serviceAccountToken with path token and audience api://AzureADTokenExchange; oauth2-proxy-no-api-token: an emptyDir): rename it, or remove it so that the right one is added`;
rejected("sign-in: something else of the token's name", pod(labels["sign-in"], { volumes: [{ name: "oauth2-proxy-token", emptyDir: {} }] }), notOurs("oauth2-proxy-token"));
rejected("sign-in: a token of another audience under the name", pod(labels["sign-in"], { volumes: [foreign("oauth2-proxy-token", "token")] }), notOurs("oauth2-proxy-token"));
rejected("sign-in: another token at the path of the sidecar's", pod(labels["sign-in"], { volumes: [{ name: "oauth2-proxy-token", projected: { sources: [foreign("own", "token", "api://AzureADTokenExchange").projected.sources[0], foreign("own", "token").projected.sources[0]] } }] }), notOurs("oauth2-proxy-token"));
rejected("sign-in: a path of the node in place of the empty mount", pod(labels["sign-in"], { volumes: [{ name: "oauth2-proxy-no-api-token", hostPath: { path: "/" } }] }), notOurs("oauth2-proxy-no-api-token"));
rejected("sign-in: an own sidecar without a token", pod(labels["sign-in"], { initContainers: [{ name: "oauth2-proxy", image: sidecarImage, restartPolicy: "Always", args: [`--allowed-group=${id("a")}`] }] }), "it brings an init container oauth2-proxy of its own that mounts no serviceAccountToken: remove it, and the sidecar is added");
rejected("sign-in: an own sidecar for everybody", pod(labels["sign-in"], { initContainers: [{ name: "oauth2-proxy", image: sidecarImage, restartPolicy: "Always", args: ["--email-domain=*"] }] }), "the sidecar would admit every user of the tenant: list the groups that may enter in key allowedGroups of ConfigMap oauth2-proxy, or in the annotation issuer-gateway.io/allowed-groups");
const notOfSettings = "it brings an init container oauth2-proxy of its own whose arguments or cookie Secret are not those of ConfigMap oauth2-proxy, or whose restartPolicy is not Always: remove it, and the sidecar is added";
const cookieSecret = name => [{ name: "OAUTH2_PROXY_COOKIE_SECRET", valueFrom: { secretKeyRef: { name, key: "cookie-secret" } } }];
const withToken = more => pod(labels["sign-in"], { initContainers: [{ name: "oauth2-proxy", image: sidecarImage, restartPolicy: "Always", env: cookieSecret("oauth2-proxy-cookie"), volumeMounts: [{ name: "own", mountPath: "/var/run/secrets/azure" }], ...more }], volumes: [foreign("own", "token", "api://AzureADTokenExchange")] });
const sidecarArguments = ["--allowed-group=" + id("a"), "--allowed-group=" + id("b"), "--client-id=" + id("3"), "--code-challenge-method=S256", "--cookie-csrf-expire=5m", "--cookie-csrf-per-request=true", "--cookie-expire=8h",
  "--cookie-httponly=true", "--cookie-name=__Host-oauth2_proxy", "--cookie-refresh=30m", "--cookie-samesite=lax", "--cookie-secure=true", "--email-domain=*", "--entra-id-federated-token-auth=true", "--http-address=0.0.0.0:4180",
  `--oidc-issuer-url=https://login.microsoftonline.com/${id("2")}/v2.0`, "--provider=entra-id", "--redirect-url=https://app.example.com/oauth2/callback", "--scope=openid email profile offline_access", "--silence-ping-logging=true",
  "--skip-provider-button=true", "--upstream=http://127.0.0.1:8080/", "--whitelist-domain=login.microsoftonline.com"];
rejected("sign-in: an own sidecar for another group", withToken({ args: sidecarArguments.map(each => each.replace(id("b"), id("c"))) }), notOfSettings);
rejected("sign-in: an own sidecar for a claim of everybody", withToken({ args: [...sidecarArguments, "--oidc-groups-claim=tid"] }), notOfSettings);
rejected("sign-in: an own sidecar for another tenant", withToken({ args: sidecarArguments.map(each => each.replace(id("2"), id("9"))) }), notOfSettings);
rejected("sign-in: an own sidecar with another cookie Secret", withToken({ args: sidecarArguments, env: cookieSecret("mine") }), notOfSettings);
rejected("sign-in: an own sidecar without a cookie Secret", withToken({ args: sidecarArguments, env: [] }), notOfSettings);
for (const image of ["registry.example.com/oauth2-proxy/oauth2-proxy:v7.15.6", "quay.io/oauth2-proxy/oauth2-proxy:v7.8.0", `${sidecarImage}@sha256:${"0".repeat(64)}`]) {
  rejected(`sign-in: an own sidecar of ${image}`, withToken({ args: sidecarArguments, image }), `its init container oauth2-proxy has the image "${image}" in place of "${sidecarImage}" (signIn.image of the chart workload-identity): remove it, and the sidecar is added`);
}
const noSettings = "there is no ConfigMap oauth2-proxy, or this API server runs without MutatingAdmissionPolicy: kubectl create configmap oauth2-proxy -n bare --from-literal=tenantId=ID --from-literal=clientId=ID --from-literal=host=HOST --from-literal=allowedGroups=ID; if it was created just now, try again";
rejected("sign-in: an own sidecar without a ConfigMap", withToken({ args: sidecarArguments }), noSettings, "bare");
rejected("sign-in: the pod of another namespace without a ConfigMap", ((object) => ({ ...object, metadata: { ...object.metadata, annotations: { "issuer-gateway.io/sign-in-settings": "apps" } } }))(withToken({ args: [...sidecarArguments, "--oidc-groups-claim=tid"] })), noSettings, "bare");
rejected("sign-in: an own sidecar that ends before the app starts", withToken({ args: sidecarArguments, restartPolicy: undefined }), notOfSettings);
accepted("sign-in: the sidecar written by hand", ["sign-in"], withToken({ args: sidecarArguments }).spec);

// Where an API server runs without MutatingAdmissionPolicy, only the validating policies act.
const off = "or this API server runs without MutatingAdmissionPolicy";
for (const { name, object, sentence } of cases.filter(each => each.sentence?.includes(off) && !each.object.spec.initContainers)) {
  rejected(`${name.split(":")[0]}: no MutatingAdmissionPolicy`, object, sentence.replaceAll("-n bare", "-n apps"));
  cases.at(-1).withoutMutation = true;
}
rejected("token: no MutatingAdmissionPolicy", pod(labels.token, { annotations: audience }), "it has no volume issuer-gateway-token: this API server runs without MutatingAdmissionPolicy, which adds it; turn its feature gate on");
cases.at(-1).withoutMutation = true;
const keys = "tenantId, clientId, host, allowedGroups, groupsClaim, emailClaim, emailDomains, trustedProxyRanges, cookieRefresh, cookieExpire, cookieSecretName";
const wrongSettings = {
  "no-group": "key allowedGroups of ConfigMap oauth2-proxy is \" , \": an empty group would admit every user of the tenant; list the object ids of the groups that may enter, separated by commas",
  "one-empty-group": `key allowedGroups of ConfigMap oauth2-proxy is "${id("a")},": an empty group would admit every user of the tenant; list the object ids of the groups that may enter, separated by commas`,
  "group-name": "key allowedGroups of ConfigMap oauth2-proxy has \"admins\", but Entra sends object ids of groups: use the id, or set groupsClaim to roles for app roles",
  "domain-as-tenant": "key tenantId of ConfigMap oauth2-proxy is \"contoso.onmicrosoft.com\": set it to the id of your Entra tenant, a GUID",
  "common-tenant": "key tenantId of ConfigMap oauth2-proxy is \"common\": set it to the id of your Entra tenant, a GUID",
  "skip-route": `ConfigMap oauth2-proxy has "skip-auth-route", but only ${keys} are known; flags that could weaken the sign-in can not be set here: remove it`,
  "all-trusted": "key trustedProxyRanges of ConfigMap oauth2-proxy is \"0.0.0.0/0\": list the address ranges of your ingress or gateway pods, such as 10.42.0.0/16, and none larger than a /8 (IPv6: /16, or /7 in fc00::/7)",
  "nearly-all-trusted": "key trustedProxyRanges of ConfigMap oauth2-proxy is \"10.42.0.0/16,128.0.0.0/1\": list the address ranges of your ingress or gateway pods, such as 10.42.0.0/16, and none larger than a /8 (IPv6: /16, or /7 in fc00::/7)",
  "nearly-all-trusted-6": "key trustedProxyRanges of ConfigMap oauth2-proxy is \"8000::/1\": list the address ranges of your ingress or gateway pods, such as 10.42.0.0/16, and none larger than a /8 (IPv6: /16, or /7 in fc00::/7)",
  ...Object.fromEntries(["mapped-all", "mapped-all-in-hex", "most-of-6", "no-address", "inside-a-range", "no-range", "zero"].map(name => [name, `key trustedProxyRanges of ConfigMap oauth2-proxy is "${variants[name].trustedProxyRanges}": list the address ranges of your ingress or gateway pods, such as 10.42.0.0/16, and none larger than a /8 (IPv6: /16, or /7 in fc00::/7)`])),
  "a-domain-and-all": "key emailDomains of ConfigMap oauth2-proxy is \"example.com,*\": * beside other domains admits them all; remove it, or the others",
  ...Object.fromEntries(["top-domain", "star-domain", "two-stars", "one-label"].map(name => [name, `key emailDomains of ConfigMap oauth2-proxy is "${variants[name].emailDomains}": list domains separated by commas, such as example.com, or .example.com for its subdomains, or remove it`])),
  "role-of-everybody": "key allowedGroups of ConfigMap oauth2-proxy has \"B79FBF4D-3EF9-4689-8143-76B194E85509\", a role that every user or guest of the tenant has: remove it",
  "personal-accounts": "key tenantId of ConfigMap oauth2-proxy is \"9188040D-6c67-4c5b-b112-36a304b66dad\": set it to the id of your Entra tenant, a GUID",
  ...Object.fromEntries(["no-host", "long-host"].map(name => [name, `key host of ConfigMap oauth2-proxy is "${variants[name].host}": set it, or the annotation issuer-gateway.io/host, to the public host name, without scheme, port and path`])),
  "claim-of-everybody": "key groupsClaim of ConfigMap oauth2-proxy is \"tid\": a claim that all users share would admit every user of the tenant; set it to roles for app roles, or remove it",
  "url-as-host": "key host of ConfigMap oauth2-proxy is \"https://app.example.com/\": set it, or the annotation issuer-gateway.io/host, to the public host name, without scheme, port and path",
  "role-with-a-blank": "allowedGroups has \"App Users\": names of app roles have no blanks, no quotes and no $( here, which Kubernetes replaces by a variable",
  "role-of-a-variable": "allowedGroups has \"$(SHOP_PORT)\": names of app roles have no blanks, no quotes and no $( here, which Kubernetes replaces by a variable",
  "no-e-mail-claim": "key emailClaim of ConfigMap oauth2-proxy is \"e-mail claim\": set it to the name of a claim, or remove it",
  ...Object.fromEntries(Object.entries({ "too-many-groups": "allowedGroups", "too-many-ranges": "trustedProxyRanges" }).map(([name, key]) => [name, `ConfigMap oauth2-proxy is too long in ${key} (at most 8000 characters in allowedGroups, about 200 groups, and 1000 elsewhere): shorten it, or let an app role decide in place of many groups (groupsClaim roles)`])),
  "no-domain": "key emailDomains of ConfigMap oauth2-proxy is \"@example.com\": list domains separated by commas, such as example.com, or .example.com for its subdomains, or remove it",
  "client-missing": "key clientId of ConfigMap oauth2-proxy is \"\": set it, or the annotation issuer-gateway.io/client-id, to the application (client) id, a GUID",
  "client-from-a-file": `key clientId of ConfigMap oauth2-proxy is "${id("3")}\\n": set it, or the annotation issuer-gateway.io/client-id, to the application (client) id, a GUID`,
  "host-from-a-file": "key host of ConfigMap oauth2-proxy is \"app.example.com\\n\": set it, or the annotation issuer-gateway.io/host, to the public host name, without scheme, port and path",
  "tenant-from-a-file": `key tenantId of ConfigMap oauth2-proxy is "${id("2")}\\n": set it to the id of your Entra tenant, a GUID`,
  "empty-refresh": "key cookieRefresh of ConfigMap oauth2-proxy is \"\": set it to a duration such as 30m or 8h, or remove it",
  "empty-expire": "key cookieExpire of ConfigMap oauth2-proxy is \"\": set it to a duration such as 30m or 8h, or remove it",
  "no-client": "key clientId of ConfigMap oauth2-proxy is \"shop\": set it, or the annotation issuer-gateway.io/client-id, to the application (client) id, a GUID",
  "no-duration": "key cookieExpire of ConfigMap oauth2-proxy is \"8 hours\": set it to a duration such as 30m or 8h, or remove it",
  "an-age": "key cookieExpire of ConfigMap oauth2-proxy is \"9000000h\": set it to a duration such as 30m or 8h, or remove it",
  "ages": "key cookieRefresh of ConfigMap oauth2-proxy is \"99999999999999999999h\": set it to a duration such as 30m or 8h, or remove it",
  "no-secret-name": "key cookieSecretName of ConfigMap oauth2-proxy is \"Own_Secret\": set it to the name of the Secret with the key cookie-secret",
  "no-secret": "key cookieSecretName of ConfigMap oauth2-proxy is \"own..secret\": set it to the name of the Secret with the key cookie-secret",
  "no-refresh": "key cookieRefresh of ConfigMap oauth2-proxy is \"0s\": set it to a duration such as 30m or 8h, or remove it",
  "lazy-refresh": "key cookieRefresh of ConfigMap oauth2-proxy is \"4h\": Entra would not be asked earlier whether the user may still enter; set it to 1h or less, or remove it",
  "long-refresh": "key cookieRefresh 50m of ConfigMap oauth2-proxy is not shorter than cookieExpire 40m: sessions would never be refreshed; shorten it",
};
for (const [namespace, sentence] of Object.entries(wrongSettings)) {
  rejected(`sign-in: ${namespace}`, pod(labels["sign-in"]), `${sentence} (kubectl edit configmap oauth2-proxy -n ${namespace})`, namespace);
}

// Workloads are created all the same, with the sentence as a warning.
const template = { metadata: { labels: { app: "shop", ...labels.azure }, annotations: { [`${a}service-account-token-expiration`]: "60" } }, spec: { containers: [container("app")] } };
const workload = (apiVersion, kind, spec) => ({ apiVersion, kind, metadata: { name: "shop" }, spec });
const selector = { matchLabels: { app: "shop" } };
const job = { ...template, spec: { ...template.spec, restartPolicy: "Never" } };
for (const object of [workload("apps/v1", "Deployment", { selector, template }), workload("apps/v1", "StatefulSet", { selector, serviceName: "shop", template }), workload("apps/v1", "DaemonSet", { selector, template }),
  workload("batch/v1", "Job", { template: job }), workload("batch/v1", "CronJob", { schedule: "0 0 * * *", jobTemplate: { spec: { template: job } } })]) {
  cases.push({ name: `${object.kind}: warned`, namespace: "apps", object, warning: `annotation ${a}service-account-token-expiration is "60": set it to a number of seconds from 3600 to 86400` });
}
cases.push({ name: "Deployment: warned of a key", namespace: "empty", object: workload("apps/v1", "Deployment", { selector, template: { metadata: { labels: { app: "shop", ...labels.aws } }, spec: template.spec } }),
  warning: "key awsRegion of ConfigMap workload-identity is missing: set it to the region, such as eu-central-1 (kubectl edit configmap workload-identity -n empty), or set the annotation issuer-gateway.io/aws-region" });
// What rejects a pod is a warning at its Deployment, but for a missing ConfigMap and for a token that only the pod has.
const later = " (one that a webhook adds to the pod is not seen here, and right)";
for (const { name, namespace, object, sentence } of cases.filter(each => each.sentence && !each.sentence.startsWith("there is no ConfigMap") && !each.withoutMutation && !each.podOnly && !/path of (the API|another token)/.test(each.name))) {
  cases.push({ name: `Deployment: ${name}`, namespace, warning: sentence + (sentence.includes("names are separated by") ? later : ""),
    object: workload("apps/v1", "Deployment", { selector, template: { metadata: { labels: { app: "shop", ...object.metadata.labels }, annotations: object.metadata.annotations }, spec: object.spec } }) });
}
// An update is warned as well; "before" is what is there already.
const plain = { ...template, metadata: { labels: { app: "shop" } } };
const nightly = pod => workload("batch/v1", "CronJob", { schedule: "0 0 * * *", jobTemplate: { spec: { template: { ...pod, spec: job.spec } } } });
for (const [object, before] of [[workload("apps/v1", "Deployment", { selector, template }), workload("apps/v1", "Deployment", { selector, template: plain })], [nightly(template), nightly(plain)]]) {
  cases.push({ name: `${object.kind}: warned at an update`, namespace: "apps", object, before, warning: `annotation ${a}service-account-token-expiration is "60": set it to a number of seconds from 3600 to 86400` });
}
// A label that a running pod gets later changes nothing and is no error: a pod is complete or not when it is created.
cases.push({ name: "a pod that gets the label later", namespace: "empty", kinds: [], object: pod(of(Object.keys(labels))), before: pod({ app: "shop" }) });
cases.push({ name: "Deployment: no label", namespace: "bare", kinds: [], object: workload("apps/v1", "Deployment", { selector, template: { metadata: { labels: { app: "shop" } }, spec: template.spec } }) });
