// Prints as a JSON list the rules of rendered policies that no case of the table shows: each is switched off in turn, and some
// case has to come out otherwise.   node rules.mjs POLICIES.yaml
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { admit } from "./server.mjs";
import { cases, namespaces } from "./table.mjs";

const tools = process.env.TOOLS_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), "../../../artifacts/tools");
const YAML = createRequire(join(tools, "package.json"))("yaml");
const policies = YAML.parseAllDocuments(readFileSync(process.argv[2], "utf8")).map(document => document.toJS()).filter(Boolean);
const outcome = ({ namespace, object, withoutMutation }) => {
  const { denials, warnings } = admit(withoutMutation ? policies.filter(each => !each.kind.startsWith("Mutating")) : policies, object, { namespace, configMaps: Object.fromEntries(Object.entries(namespaces[namespace]).map(([key, data]) => [key, { data }])) });
  return JSON.stringify([denials, warnings]);
};
const tried = cases.filter(each => each.sentence !== undefined || each.warning !== undefined).map(each => ({ each, before: outcome(each) }));

const unshown = [];
for (const policy of policies.filter(each => each.kind === "ValidatingAdmissionPolicy")) {
  for (const rule of policy.spec.validations) {
    const expression = rule.expression;
    rule.expression = "true";
    if (tried.every(({ each, before }) => outcome(each) === before)) unshown.push(`${policy.metadata.name}: ${rule.message}`);
    rule.expression = expression;
  }
}
process.stdout.write(JSON.stringify(unshown));
