// Prints as a JSON list the parts of rendered policies that no case of the table shows: each validation, match condition,
// mutation and binding is taken out in turn, and some case has to come out otherwise.   node rules.mjs POLICIES.yaml
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { admit, mutated, validated } from "./server.mjs";
import { cases, namespaces } from "./table.mjs";
import * as webhooks from "./webhooks.mjs";

const tools = process.env.TOOLS_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), "../../../artifacts/tools");
const YAML = createRequire(join(tools, "package.json"))("yaml");
// The policies that only keep the API server watching ConfigMaps match nothing.
const policies = YAML.parseAllDocuments(readFileSync(process.argv[2], "utf8")).map(document => document.toJS()).filter(each => each && each.metadata.name !== "workload-identity-parameters");
const configMaps = Object.fromEntries(Object.entries(namespaces).map(([namespace, maps]) => [namespace, Object.fromEntries(Object.entries(maps).map(([key, data]) => [key, { data }]))]));
const optionsOf = ({ namespace, before, mesh }) => ({ namespace, configMaps: configMaps[namespace], webhook: mesh ? webhooks.mesh : null, operation: before ? "UPDATE" : "CREATE" });
const attempt = action => { try { return JSON.stringify(action()); } catch (error) { return error.message; } };
const actingIn = ({ withoutMutation }) => withoutMutation ? policies.filter(each => !each.kind.startsWith("Mutating")) : policies;
const outcome = each => attempt(() => admit(actingIn(each), each.object, optionsOf(each)));
const before = cases.map(each => ({ each, outcome: outcome(each) }));
// What a validating policy says of a case depends on no other one, so that only it is asked, about what the mutations have made.
const arrived = before.flatMap(({ each }) => { try { return [{ each, ...mutated(actingIn(each), each.object, optionsOf(each)) }]; } catch { return []; } });
const saidOf = (own, { each, object, request }) => attempt(() => validated(own, object, request, optionsOf(each)));
// A case that shows one part of a policy often shows the next one too, so it is tried first.
const shown = () => {
  const at = before.findIndex(({ each, outcome: other }) => outcome(each) !== other);
  if (at > 0) before.unshift(...before.splice(at, 1));
  return at >= 0;
};

const unshown = [];
for (const policy of policies.filter(each => each.kind.endsWith("AdmissionPolicy"))) {
  const own = policies.filter(each => each === policy || (each.kind === `${policy.kind}Binding` && each.spec.policyName === policy.metadata.name));
  const said = policy.kind.startsWith("Mutating") ? null : arrived.map(each => saidOf(own, each));
  for (const list of ["validations", "matchConditions", "mutations"]) {
    for (const part of [...policy.spec[list] ?? []]) {
      const all = policy.spec[list];
      policy.spec[list] = all.filter(each => each !== part);
      if (!(said ? arrived.some((each, i) => saidOf(own, each) !== said[i]) : shown())) unshown.push(`${policy.metadata.name}: ${part.message ?? part.name ?? `mutation ${all.indexOf(part)}`}`);
      policy.spec[list] = all;
    }
  }
}
for (const binding of policies.filter(each => each.kind.endsWith("Binding"))) {
  const name = binding.spec.policyName;
  const own = policies.filter(each => (each.kind === binding.kind && each.spec.policyName === name) || (`${each.kind}Binding` === binding.kind && each.metadata.name === name));
  const said = binding.kind.startsWith("Mutating") ? null : arrived.map(each => saidOf(own, each));
  binding.spec.policyName = "none";
  if (!(said ? arrived.some((each, i) => saidOf(own, each) !== said[i]) : shown())) unshown.push(`${binding.kind} ${binding.metadata.name}`);
  binding.spec.policyName = name;
}
process.stdout.write(JSON.stringify(unshown));
