// Records what a real API server, with the chart installed (every kind on), makes of the table's cases:
//   KUBECONFIG=… node record.mjs KUBECTL > ../../fixtures/kubernetes-1.36/injection/chart.json
// Cases with a mesh are tried where a webhook runs (mesh-webhook.mjs with a MutatingWebhookConfiguration for namespaces with
// the label mesh=on) and MESH=1 says so. Cases of an API server without mutation come last, when the bindings of the mutating
// policies have been deleted. Nothing is created but namespaces, their ConfigMaps and a ServiceAccount each; pods are tried with --dry-run=server.
import { spawnSync } from "node:child_process";
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
for (const { name, namespace, object, mesh, withoutMutation } of [...cases.filter(each => !each.withoutMutation), ...cases.filter(each => each.withoutMutation)]) {
  if (withoutMutation && mutates) {
    run(["delete", "mutatingadmissionpolicybindings", "-l", "app.kubernetes.io/name=workload-identity"]);
    await new Promise(resolve => setTimeout(resolve, 5000));
    mutates = false;
  }
  if (mesh && !process.env.MESH) continue;
  const result = run(["create", "--dry-run=server", "-n", mesh ? "meshed" : namespace, "-o", "json", "-f", "-"], object);
  const warnings = result.stderr.split("\n").filter(line => line.includes("Validation failed for ValidatingAdmissionPolicy"))
    .map(line => line.slice(line.indexOf("': ", line.indexOf("with binding")) + 3));
  if (result.status !== 0) {
    recorded[name] = { message: result.stderr.split("\n").filter(line => !line.startsWith("Warning:")).join("\n").trim() };
    continue;
  }
  const { metadata, spec } = JSON.parse(result.stdout);
  recorded[name] = object.kind === "Pod" ? { metadata: { labels: metadata.labels, annotations: metadata.annotations }, spec } : { warnings };
}
const version = JSON.parse(run(["version", "-o", "json"]).stdout).serverVersion.gitVersion;
const lines = Object.entries(recorded).map(([name, result]) => `${JSON.stringify(name)}: ${JSON.stringify(result)}`);
process.stdout.write(`{"server": "${version}", "cases": {\n${lines.join(",\n")}\n}}\n`);
