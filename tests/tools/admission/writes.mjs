// What the gateway, taken over or not, and others send to the objects that the chart made for it: the table of cases.
//   subject  which object is written, below
//   stored   what is changed before, by an administrator; nothing: as the gateway leaves it
//   sent     what is changed in what is stored, and then sent
//   by       who sends it; the ServiceAccount of the gateway where nothing is said
//   verb     "update" (PUT) where nothing is said
//   changes  members that the policy names when it rejects; "rbac" or "api" where something else of the API server rejects; nothing: allowed
const base64 = text => Buffer.from(text).toString("base64");
const host = "oidc.example.com";
const helmLabels = { "app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "rel" };
const kept = { "helm.sh/resource-policy": "keep" };
export const mark = { "issuer-gateway.dev/store": "acme" };

export const subjects = {
  state: { kind: "Secret", name: "rel-issuer-gateway-documents-ba5ec80cb368864e", labels: helmLabels, annotations: kept },
  account: { kind: "Secret", name: "rel-issuer-gateway-acme", labels: { ...helmLabels, ...mark }, annotations: kept, data: { "acme.json": base64("{}") } },
  certificate: { kind: "Secret", name: `rel-issuer-gateway-tls-${host}`, labels: { ...helmLabels, ...mark }, annotations: kept, data: { "tls.crt": base64("a"), "tls.key": base64("b") } },
  lease: { kind: "Lease", name: "rel-issuer-gateway-acme", labels: helmLabels, annotations: kept, spec: { holderIdentity: "pod-0_a", leaseDurationSeconds: 15 } },
  // Not of the chart, and one of the same name in another namespace.
  foreign: { kind: "Secret", name: "foreign", labels: { a: "b" } },
  elsewhere: { kind: "Secret", name: "rel-issuer-gateway-acme", namespace: "elsewhere", labels: { a: "b" } },
};

export const namespace = "ns";
export const accounts = {
  gateway: { namespace, name: "rel-issuer-gateway" },
  other: { namespace, name: "other" },
  namesake: { namespace: "elsewhere", name: "rel-issuer-gateway" },
  // Of an administrator, and as the gateway.
  administrator: null,
  impersonator: { namespace, name: "rel-issuer-gateway", impersonated: true },
};

// RFC 7396, so null removes.
export function merge(target, patch) {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  const result = target !== null && typeof target === "object" && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

export const objectOf = ({ kind, name, namespace: ns = namespace, labels, annotations, ...rest }) =>
  ({ apiVersion: kind === "Lease" ? "coordination.k8s.io/v1" : "v1", kind, metadata: { name, namespace: ns, ...labels && { labels }, ...annotations && { annotations } }, ...rest });

const labels = values => ({ metadata: { labels: values } });
const annotations = values => ({ metadata: { annotations: values } });
const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: "11111111-2222-3333-4444-555555555555" };
const release = { owner: "helm", name: "app", status: "deployed", version: "9" };
const bare = { metadata: { labels: null, annotations: null } };

// Of both kinds: what decides is the same.
const attacks = {
  "labels of a Helm release": { sent: { ...labels(release) }, changes: ["metadata.labels"] },
  "a label more": { sent: labels({ more: "a" }), changes: ["metadata.labels"] },
  "another value of a label": { sent: labels({ "app.kubernetes.io/instance": "app" }), changes: ["metadata.labels"] },
  "a label less": { sent: labels({ "app.kubernetes.io/instance": null }), changes: ["metadata.labels"] },
  "no labels": { sent: labels(null), changes: ["metadata.labels"] },
  "a label where there was none": { stored: bare, sent: labels({ owner: "helm" }), changes: ["metadata.labels"] },
  "the mark with another value": { sent: labels({ "issuer-gateway.dev/store": "helm" }), changes: ["metadata.labels"] },
  "an annotation more": { sent: annotations({ more: "a" }), changes: ["metadata.annotations"] },
  "another value of an annotation": { sent: annotations({ "helm.sh/resource-policy": "delete" }), changes: ["metadata.annotations"] },
  "an annotation less": { sent: annotations({ "helm.sh/resource-policy": null }), changes: ["metadata.annotations"] },
  "an annotation where there was none": { stored: bare, sent: annotations({ more: "a" }), changes: ["metadata.annotations"] },
  "a finalizer": { sent: { metadata: { finalizers: ["example.com/never"] } }, changes: ["metadata.finalizers"] },
  "a finalizer less": { stored: { metadata: { finalizers: ["example.com/never"] } }, sent: { metadata: { finalizers: null } }, changes: ["metadata.finalizers"] },
  "an owner": { sent: { metadata: { ownerReferences: [owner] } }, changes: ["metadata.ownerReferences"] },
  "an owner that blocks deletion": { stored: { metadata: { ownerReferences: [owner] } }, sent: { metadata: { ownerReferences: [{ ...owner, blockOwnerDeletion: true }] } }, changes: ["metadata.ownerReferences"] },
  "an owner less": { stored: { metadata: { ownerReferences: [owner] } }, sent: { metadata: { ownerReferences: null } }, changes: ["metadata.ownerReferences"] },
  "everything at once": { sent: { metadata: { labels: release, annotations: { a: "b" }, finalizers: ["example.com/never"], ownerReferences: [owner] } },
    changes: ["metadata.labels", "metadata.annotations", "metadata.ownerReferences", "metadata.finalizers"] },
  "a label without a resourceVersion": { sent: { metadata: { resourceVersion: null, labels: release } }, changes: ["metadata.labels"] },
  "a label as a dry run": { sent: labels(release), dryRun: true, changes: ["metadata.labels"] },
  "a label by impersonation": { sent: labels(release), by: "impersonator", changes: ["metadata.labels"] },
  "a label as a merge patch": { sent: labels(release), verb: "patch", changes: "rbac" },
  "a label by server-side apply": { sent: labels(release), verb: "apply", changes: "rbac" },
  "deletion": { verb: "delete", changes: "rbac" },
  "creation of another": { sent: { metadata: { name: "new" } }, verb: "create", changes: "rbac" },
};

const harmless = {
  "what is stored": {},
  "what is stored, with labels and annotations of somebody else": { stored: { metadata: { labels: { team: "a" }, annotations: { note: "b" } } } },
  "what is stored, with an owner and a finalizer": { stored: { metadata: { ownerReferences: [owner], finalizers: ["example.com/never"] } } },
  "what is stored, without labels and annotations": { stored: bare },
  "empty labels and annotations where there were none": { stored: bare, sent: { metadata: { labels: {}, annotations: {}, finalizers: [], ownerReferences: [] } } },
  "what is stored, without managedFields and uid": { sent: { metadata: { managedFields: null, uid: null, creationTimestamp: null } } },
  "what is stored, without a resourceVersion": { sent: { metadata: { resourceVersion: null } } },
};

const data = { state: { data: { "issuer.json": base64("{}"), "keys.json": base64("{}"), "provenance.json": base64("{}") } },
  account: { data: { "acme.json": base64("[1]") } }, certificate: { data: { "tls.crt": base64("c"), "tls.key": base64("d") } },
  lease: { spec: { holderIdentity: "pod-1_b", leaseTransitions: 1, acquireTime: "2026-11-29T12:00:00.000000Z", renewTime: "2026-11-29T12:00:00.000000Z" } } };
const of = (subject, table) => Object.entries(table).map(([name, each]) => ({ name: `${subject}: ${name}`, subject, ...each }));
// Whatever it is, the content that goes with it changes too.
const withContent = (subject, table) => of(subject, table).map(each => ({ ...each, sent: merge(each.sent ?? {}, data[subject]),
  ...subject === "lease" && each.name.endsWith("without a resourceVersion") && { changes: "api" } }));

export const cases = [
  // What the gateway writes (SecretStateStore, SecretAcmeStore, LeaseLeadership).
  ...Object.keys(data).flatMap(subject => withContent(subject, harmless)),
  { name: "state: its first write", subject: "state", stored: { data: null }, sent: data.state },
  { name: "account: its first write, which marks it", subject: "account", stored: { data: null, ...labels({ "issuer-gateway.dev/store": null }) }, sent: merge(data.account, labels(mark)) },
  { name: "certificate: its first write, which marks it", subject: "certificate", stored: { data: null, ...labels({ "issuer-gateway.dev/store": null }) }, sent: merge(data.certificate, labels(mark)) },
  { name: "certificate: its first write without any label before", subject: "certificate", stored: { data: null, ...bare }, sent: merge(data.certificate, labels(mark)) },
  { name: "certificate: one that an earlier gateway created", subject: "certificate", stored: { type: "kubernetes.io/tls", metadata: { labels: { "app.kubernetes.io/managed-by": "issuer-gateway", "app.kubernetes.io/instance": null, "issuer-gateway.dev/store": null }, annotations: null } }, sent: merge(data.certificate, labels(mark)) },
  { name: "account: the trial of a write", subject: "account", sent: { data: { "acme.json": base64("{}\n") } }, dryRun: true },
  { name: "account: a damaged part beside the new one", subject: "account", sent: { data: { "acme.json": base64("[1]"), "acme.json.broken": base64("{}") } } },
  { name: "certificate: by stringData", subject: "certificate", sent: { stringData: { "tls.crt": "c" } } },
  { name: "lease: its first write", subject: "lease", stored: { spec: null }, sent: { spec: { holderIdentity: "pod-0_a", leaseDurationSeconds: 15, leaseTransitions: 1 } } },
  { name: "lease: given up", subject: "lease", sent: { spec: { holderIdentity: "", leaseDurationSeconds: 1 } } },
  // What it may not, with and without content.
  ...["state", "account", "certificate", "lease"].flatMap(subject => withContent(subject, attacks)),
  { name: "account: labels of a Helm release and its content", subject: "account", sent: { data: { release: base64("H4sI") }, ...labels(release) }, changes: ["metadata.labels"] },
  { name: "account: labels of a Helm release and nothing else", subject: "account", sent: labels(release), changes: ["metadata.labels"] },
  { name: "account: the mark less", subject: "account", sent: labels({ "issuer-gateway.dev/store": null }), changes: ["metadata.labels"] },
  { name: "account: a cluster of Argo CD", subject: "account", sent: labels({ "argocd.argoproj.io/secret-type": "cluster" }), changes: ["metadata.labels"] },
  { name: "account: a copy by reflector", subject: "account", sent: annotations({ "reflector.v1.k8s.emberstack.com/reflects": "kube-system/other" }), changes: ["metadata.annotations"] },
  { name: "account: a copy by kubernetes-replicator", subject: "account", sent: annotations({ "replicator.v1.mittwald.de/replicate-to": "kube-system" }), changes: ["metadata.annotations"] },
  { name: "account: immutable", subject: "account", sent: { immutable: true }, changes: ["immutable"] },
  { name: "account: immutable and a label", subject: "account", sent: { immutable: true, ...labels({ a: "b" }) }, changes: ["metadata.labels", "immutable"] },
  { name: "account: another type", subject: "account", sent: { type: "helm.sh/release.v1" }, changes: "api" },
  { name: "foreign: labels of a Helm release, with rights of elsewhere", subject: "foreign", sent: labels(release), changes: ["metadata.labels"] },
  { name: "foreign: labels as a merge patch, with rights of elsewhere", subject: "foreign", verb: "patch", sent: labels(release), changes: ["metadata.labels"] },
  { name: "foreign: labels by server-side apply, with rights of elsewhere", subject: "foreign", verb: "apply", sent: labels(release), changes: ["metadata.labels"] },
  { name: "foreign: its data, with rights of elsewhere", subject: "foreign", sent: data.state },
  // Nobody else is held back, and no other namespace.
  ...["administrator", "other", "namesake"].flatMap(by => ["account", "lease"].map(subject => (
    { name: `${subject}: every member by ${by}`, subject, by, sent: merge(attacks["everything at once"].sent, labels({ a: null })) }))),
  { name: "account: patched by other", subject: "account", by: "other", verb: "patch", sent: labels(release) },
  { name: "elsewhere: by the gateway, with rights of elsewhere", subject: "elsewhere", sent: labels(release) },
];
