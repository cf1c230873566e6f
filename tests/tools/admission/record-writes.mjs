// Records what a real API server decides of each case of writes.mjs:
//   helm install rel charts/issuer-gateway -n ns --create-namespace -f charts/issuer-gateway/ci/loadbalancer-acme-values.yaml
//   KUBECONFIG=… node record-writes.mjs KUBECTL > ../../fixtures/kubernetes-1.36/writes.json
// The user of the kubeconfig has a token and may do everything. The objects of the release are created again for each case.
import { spawnSync } from "node:child_process";
import { request } from "node:https";
import { accounts, cases, merge, namespace, objectOf, subjects } from "./writes.mjs";

const kubectl = (...args) => JSON.parse(spawnSync(process.argv[2], [...args, "-o", "json"], { encoding: "utf8" }).stdout);
const { clusters: [{ cluster }], users: [{ user }] } = kubectl("config", "view", "--raw", "--minify", "--flatten");
const ca = Buffer.from(cluster["certificate-authority-data"], "base64");

const send = (method, path, body, headers = {}) => new Promise((resolve, reject) => {
  const sent = request(cluster.server + path, { method, ca, headers: { authorization: `Bearer ${user.token}`, "content-type": "application/json", ...headers } }, response => {
    let text = "";
    response.on("data", part => text += part).on("end", () => resolve({ status: response.statusCode, value: JSON.parse(text) }));
  });
  sent.on("error", reject).end(body && JSON.stringify(body));
});
const must = async (...args) => {
  const { status, value } = await send(...args);
  if (status >= 300) throw new Error(`${args[0]} ${args[1]}: ${value.message}`);
  return value;
};
const ignore = status => async (...args) => { const result = await send(...args); if (result.status >= 300 && result.status !== status) throw new Error(`${args[0]} ${args[1]}: ${result.value.message}`); };
const create = ignore(409);
const folder = ({ kind, metadata }) => kind === "Lease" ? `/apis/coordination.k8s.io/v1/namespaces/${metadata.namespace}/leases` : `/api/v1/namespaces/${metadata.namespace}/secrets`;

// Rights beside those of the chart, for the accounts and objects that the policy must leave alone.
await create("POST", "/api/v1/namespaces", { metadata: { name: "elsewhere" } });
const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces";
for (const account of [accounts.other, accounts.namesake]) await create("POST", `/api/v1/namespaces/${account.namespace}/serviceaccounts`, { metadata: { name: account.name } });
const grant = async (ns, name, resourceNames, granted) => {
  await create("POST", `${rbac}/${ns}/roles`, { metadata: { name }, rules: [{ apiGroups: ["", "coordination.k8s.io"], resources: ["secrets", "leases"], ...resourceNames && { resourceNames }, verbs: ["get", "update", "patch"] }] });
  await create("POST", `${rbac}/${ns}/rolebindings`, { metadata: { name }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: granted.map(each => ({ kind: "ServiceAccount", namespace: each.namespace, name: each.name })) });
};
await grant(namespace, "others", null, [accounts.other, accounts.namesake]);
await grant(namespace, "of-elsewhere", ["foreign"], [accounts.gateway]);
await grant("elsewhere", "of-elsewhere", null, [accounts.gateway]);

const tokens = {};
for (const [key, account] of Object.entries(accounts)) {
  if (account && !account.impersonated) {
    tokens[key] = (await must("POST", `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`, { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} })).status.token;
  }
}
const headersOf = by => accounts[by]?.impersonated ? { "impersonate-user": `system:serviceaccount:${namespace}:${accounts[by].name}` } : tokens[by] ? { authorization: `Bearer ${tokens[by]}` } : {};

const recorded = {};
for (const { name, subject, stored = {}, sent = {}, by = "gateway", verb = "update", dryRun = false } of cases) {
  const object = objectOf(subjects[subject]);
  const path = `${folder(object)}/${object.metadata.name}`;
  await ignore(404)("DELETE", path);
  const there = await must("POST", folder(object), merge(object, stored));
  const query = dryRun ? "?dryRun=All" : verb === "apply" ? "?fieldManager=attack&force=true" : "";
  const changed = merge(there, sent);
  if (verb === "create") delete changed.metadata.resourceVersion;
  if (verb === "apply") delete changed.metadata.managedFields;
  const { status, value } = await {
    update: () => send("PUT", path + query, changed, headersOf(by)),
    patch: () => send("PATCH", path, sent, { ...headersOf(by), "content-type": "application/merge-patch+json" }),
    apply: () => send("PATCH", path + query, changed, { ...headersOf(by), "content-type": "application/apply-patch+yaml" }),
    create: () => send("POST", folder(object), changed, headersOf(by)),
    delete: () => send("DELETE", path, undefined, headersOf(by)),
  }[verb]();
  // Nothing stays that could not be deleted.
  await send("PATCH", path, { metadata: { finalizers: null } }, { "content-type": "application/merge-patch+json" });
  recorded[name] = status < 300 ? "allowed" : { status, message: value.message };
}
const { gitVersion } = await must("GET", "/version");
const lines = Object.entries(recorded).map(([name, result]) => `${JSON.stringify(name)}: ${JSON.stringify(result)}`);
process.stdout.write(`{"server": ${JSON.stringify(gitVersion)}, "cases": {\n${lines.join(",\n")}\n}}\n`);
