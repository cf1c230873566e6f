// What the admission webhooks of Microsoft (azure-workload-identity, its documented paths) and AWS (amazon-eks-pod-identity-webhook)
// make of a pod, written from their behavior: variables that a container has stay, a mount is known by its volume's name.
const names = list => new Set((list ?? []).map(each => each.name));
const containers = pod => [...pod.spec.initContainers ?? [], ...pod.spec.containers];

export function azure(pod, { clientId, tenantId }) {
  const annotations = pod.metadata.annotations ?? {};
  const skipped = new Set((annotations["azure.workload.identity/skip-containers"] ?? "").split(";").map(name => name.trim()));
  const wanted = [["AZURE_CLIENT_ID", clientId], ["AZURE_TENANT_ID", tenantId],
    ["AZURE_FEDERATED_TOKEN_FILE", "/var/run/secrets/azure/tokens/azure-identity-token"], ["AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/"]];
  for (const container of containers(pod)) {
    if (skipped.has(container.name)) continue;
    const own = names(container.env);
    for (const [name, value] of wanted) if (!own.has(name)) (container.env ??= []).push({ name, value });
    if (!names(container.volumeMounts).has("azure-identity-token")) {
      (container.volumeMounts ??= []).push({ name: "azure-identity-token", mountPath: "/var/run/secrets/azure/tokens", readOnly: true });
    }
  }
  const token = volume => volume.projected?.sources?.some(source => source.serviceAccountToken?.path === "azure-identity-token");
  if (!pod.spec.volumes?.some(token)) {
    (pod.spec.volumes ??= []).push({ name: "azure-identity-token", projected: { sources: [{ serviceAccountToken: {
      path: "azure-identity-token", audience: "api://AzureADTokenExchange",
      expirationSeconds: Number(annotations["azure.workload.identity/service-account-token-expiration"] ?? 3600) } }] } });
  }
  return pod;
}

export function aws(pod, { roleArn, region }) {
  const annotations = pod.metadata.annotations ?? {};
  const skipped = new Set((annotations["eks.amazonaws.com/skip-containers"] ?? "").split(",").map(name => name.trim()));
  for (const container of containers(pod)) {
    if (skipped.has(container.name)) continue;
    const own = names(container.env);
    const add = (name, value) => (container.env ??= []).push({ name, value });
    if (!own.has("AWS_STS_REGIONAL_ENDPOINTS")) add("AWS_STS_REGIONAL_ENDPOINTS", "regional");
    if (!own.has("AWS_REGION") && !own.has("AWS_DEFAULT_REGION")) { add("AWS_DEFAULT_REGION", region); add("AWS_REGION", region); }
    if (!own.has("AWS_ROLE_ARN") && !own.has("AWS_WEB_IDENTITY_TOKEN_FILE")) {
      add("AWS_ROLE_ARN", roleArn);
      add("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/eks.amazonaws.com/serviceaccount/token");
    }
    if (!names(container.volumeMounts).has("aws-iam-token")) {
      (container.volumeMounts ??= []).push({ name: "aws-iam-token", mountPath: "/var/run/secrets/eks.amazonaws.com/serviceaccount", readOnly: true });
    }
  }
  if (!names(pod.spec.volumes).has("aws-iam-token")) {
    pod.spec.volumes = [{ name: "aws-iam-token", projected: { sources: [{ serviceAccountToken: {
      audience: "sts.amazonaws.com", expirationSeconds: Number(annotations["eks.amazonaws.com/token-expiration"] ?? 86400), path: "token" } }] } }, ...pod.spec.volumes ?? []];
  }
  return pod;
}

// A service mesh that adds its proxy as a container and as an init container.
export function mesh(pod) {
  if (names(pod.spec.containers).has("mesh-proxy")) return pod;
  pod.spec.containers.push({ name: "mesh-proxy", image: "mesh:1.0.0" });
  (pod.spec.initContainers ??= []).unshift({ name: "mesh-init", image: "mesh:1.0.0" });
  return pod;
}
