// Records what a real API server, with the chart installed (every kind on), makes of the table's cases:
//   KUBECONFIG=… node record.mjs KUBECTL > ../../fixtures/kubernetes-1.36/injection/chart.json
//   KUBECONFIG=… node record.mjs KUBECTL ../../fixtures/kubernetes-1.36/injection/chart.json > …/chart-v1beta1.json
// The second one, of a server that has the policies as v1beta1, has the cases that come out otherwise than in the first, such as
// those that two policies reject: which one is reported varies.
// Cases with a mesh are tried where a webhook runs (mesh-webhook.mjs with a MutatingWebhookConfiguration for namespaces with
// the label mesh=on) and MESH=1 says so. Cases of an API server without mutation come last, when the bindings of the mutating
// policies have been deleted. Nothing is created but namespaces, their ConfigMaps, a ServiceAccount each and what a case
// updates; the cases themselves are tried with --dry-run=server.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { canonical } from "./canonical.mjs";
import { cases, namespaces } from "./table.mjs";

const run = (args, input) => spawnSync(process.argv[2], args, { input: input && JSON.stringify(input), encoding: "utf8" });
const create = object => run(["apply", "--server-side", "--force-conflicts", "-f", "-"], object);

for (const [namespace, configMaps] of Object.entries({ ...namespaces, meshed: namespaces.apps })) {
  create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: namespace === "meshed" ? { mesh: "on" } : {} } });
  create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } });
  for (const name of ["workload-identity", "oauth2-proxy"]) {
    run(["delete", "configmap", name, "-n", namespace, "--ignore-not-found"]);
    if (configMaps[name]) create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data: configMaps[name] });
  }
}
await new Promise(resolve => setTimeout(resolve, 3000));

const recorded = {};
let mutates = true;
for (const { name, namespace, object, before, mesh, withoutMutation } of [...cases.filter(each => !each.withoutMutation), ...cases.filter(each => each.withoutMutation)]) {
  if (withoutMutation && mutates) {
    run(["delete", "mutatingadmissionpolicybindings", "-l", "app.kubernetes.io/name=workload-identity,app.kubernetes.io/component!=parameters"]);
    await new Promise(resolve => setTimeout(resolve, 5000));
    mutates = false;
  }
  if (mesh && !process.env.MESH) continue;
  let tried = object;
  if (before) {
    const there = JSON.parse(run(["create", "-n", namespace, "-o", "json", "-f", "-"], before).stdout);
    tried = object.kind === "Pod" ? { ...there, metadata: { ...there.metadata, labels: object.metadata.labels } } : object;
  }
  const result = run([before ? "replace" : "create", "--dry-run=server", "-n", mesh ? "meshed" : namespace, "-o", "json", "-f", "-"], tried);
  if (before) run(["delete", "-n", namespace, "--now", object.kind, object.metadata.name]);
  const warnings = result.stderr.split("\n").filter(line => line.includes("Validation failed for ValidatingAdmissionPolicy"))
    .map(line => line.slice(line.indexOf("': ", line.indexOf("with binding")) + 3));
  if (result.status !== 0) {
    recorded[name] = { message: result.stderr.split("\n").filter(line => !line.startsWith("Warning:")).join("\n").trim() };
    continue;
  }
  // With a mesh it is tried in a namespace of its own, which one annotation names.
  const { metadata, spec } = JSON.parse(mesh ? result.stdout.replaceAll('sign-in-settings": "meshed"', `sign-in-settings": "${namespace}"`) : result.stdout);
  recorded[name] = object.kind === "Pod" ? { metadata: { labels: metadata.labels, annotations: metadata.annotations }, spec } : { warnings };
}
const { serverVersion } = JSON.parse(run(["version", "-o", "json"]).stdout);
const installed = JSON.parse(run(["get", "mutatingadmissionpolicy", "workload-identity-azure", "--show-managed-fields", "-o", "json"]).stdout).metadata.managedFields[0].apiVersion;
const head = `"server": "${serverVersion.gitVersion}", "policies": "${installed}"`;
const others = process.argv[3] ? JSON.parse(readFileSync(process.argv[3], "utf8")).cases : {};
const same = (one, other) => other !== undefined && isDeepStrictEqual(comparable(one), comparable(other));
const lines = Object.entries(recorded).filter(([name, result]) => !same(result, others[name])).map(([name, result]) => `${JSON.stringify(name)}: ${JSON.stringify(result)}`);
process.stdout.write(`{${head}, ${process.argv[3] ? `"beside": "${basename(process.argv[3])}", "tried": ${Object.keys(recorded).length}, ` : ""}"cases": {\n${lines.join(",\n")}\n}}\n`);

// Of a pod with a generated name the message has another one each time.
function comparable(result) {
  if (result.spec) return canonical(result);
  return result.message ? { message: result.message.replace(/\b(shop-)[a-z0-9]{5}\b/g, "$1*") } : { warnings: [...result.warnings].sort() };
}
