// Prints as a JSON list the parts of rendered policies that no case of the table shows: each validation, match condition,
// mutation and binding is taken out in turn, and some case has to come out otherwise.   node rules.mjs POLICIES.yaml
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { admit } from "./server.mjs";
import { cases, namespaces } from "./table.mjs";
import * as webhooks from "./webhooks.mjs";

const tools = process.env.TOOLS_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), "../../../artifacts/tools");
const YAML = createRequire(join(tools, "package.json"))("yaml");
// The policies that only keep the API server watching ConfigMaps match nothing.
const policies = YAML.parseAllDocuments(readFileSync(process.argv[2], "utf8")).map(document => document.toJS()).filter(each => each && each.metadata.name !== "workload-identity-parameters");
const configMaps = Object.fromEntries(Object.entries(namespaces).map(([namespace, maps]) => [namespace, Object.fromEntries(Object.entries(maps).map(([key, data]) => [key, { data }]))]));
const outcome = ({ namespace, object, before, withoutMutation, mesh }) => {
  const acting = withoutMutation ? policies.filter(each => !each.kind.startsWith("Mutating")) : policies;
  try {
    return JSON.stringify(admit(acting, object, { namespace, configMaps: configMaps[namespace], webhook: mesh ? webhooks.mesh : null, operation: before ? "UPDATE" : "CREATE" }));
  } catch (error) {
    return error.message;
  }
};
const before = cases.map(each => ({ each, outcome: outcome(each) }));
// A case that shows one part of a policy often shows the next one too, so it is tried first.
const shown = () => {
  const at = before.findIndex(({ each, outcome: other }) => outcome(each) !== other);
  if (at > 0) before.unshift(...before.splice(at, 1));
  return at >= 0;
};

const unshown = [];
for (const policy of policies.filter(each => each.kind.endsWith("AdmissionPolicy"))) {
  for (const list of ["validations", "matchConditions", "mutations"]) {
    for (const part of [...policy.spec[list] ?? []]) {
      const all = policy.spec[list];
      policy.spec[list] = all.filter(each => each !== part);
      if (!shown()) unshown.push(`${policy.metadata.name}: ${part.message ?? part.name ?? `mutation ${all.indexOf(part)}`}`);
      policy.spec[list] = all;
    }
  }
}
for (const binding of policies.filter(each => each.kind.endsWith("Binding"))) {
  const name = binding.spec.policyName;
  binding.spec.policyName = "none";
  if (!shown()) unshown.push(`${binding.kind} ${binding.metadata.name}`);
  binding.spec.policyName = name;
}
process.stdout.write(JSON.stringify(unshown));
