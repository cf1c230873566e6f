// Holds a rendered chart against the cases of writes.mjs and what the real API server decided of them:
//   node check-writes.mjs RENDERED.yaml RECORDING.json
// prints {"name of the case": ["problem", …]} as JSON. Its Roles decide first, as in the API server, then its policies.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { admit } from "./server.mjs";
import { accounts, cases, merge, namespace, objectOf, subjects } from "./writes.mjs";

const tools = process.env.TOOLS_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), "../../../artifacts/tools");
const YAML = createRequire(join(tools, "package.json"))("yaml");
const objects = YAML.parseAllDocuments(readFileSync(process.argv[2], "utf8")).map(document => document.toJS()).filter(Boolean);
const recording = JSON.parse(readFileSync(process.argv[3], "utf8"));
const resources = { Secret: "secrets", Lease: "leases" };

// Of the gateway alone: the rights of all others are given by record-writes.mjs, those in "elsewhere" too.
const mayWrite = (by, verb, { kind, metadata }) => !["gateway", "impersonator"].includes(by) || metadata.name === "foreign" || metadata.namespace === "elsewhere"
  || objects.some(role => role.kind === "Role" && role.metadata.namespace === namespace
    && objects.some(binding => binding.kind === "RoleBinding" && binding.roleRef.name === role.metadata.name && binding.subjects.some(each => each.name === accounts.gateway.name))
    && role.rules.some(rule => rule.resources.includes(resources[kind]) && rule.verbs.includes(verb) && (rule.resourceNames?.includes(metadata.name) ?? true)));

function* problems({ name, subject, stored = {}, sent = {}, by = "gateway", verb = "update", changes }) {
  const recorded = recording.cases[name];
  if (!recorded) return void (yield "the recording has no such case: run record-writes.mjs");
  // Rejected before the policy is evaluated.
  if (changes === "api") return void (/^[A-Z]?[\w.]+ "[^"]+" is invalid: /.test(recorded.message) || (yield `the API server said: ${recorded.message ?? recorded}`));
  const oldObject = merge(objectOf(subjects[subject]), stored);
  if (oldObject.kind === "Secret") oldObject.type ??= "Opaque";
  const { stringData, ...object } = merge(oldObject, sent);
  const username = accounts[by] ? `system:serviceaccount:${accounts[by].namespace}:${accounts[by].name}` : "administrator";
  const here = !mayWrite(by, { apply: "patch" }[verb] ?? verb, object) ? { rbac: true }
    : { denials: admit(objects, object, { namespace: object.metadata.namespace, operation: "UPDATE", oldObject, username }).denials };
  const rejected = here.rbac || here.denials.length > 0;
  if (rejected !== (recorded !== "allowed")) return void (yield `here ${rejected ? JSON.stringify(here) : "allowed"}, but the API server said: ${recorded.message ?? recorded}`);
  if (rejected !== (changes !== undefined)) return void (yield `${rejected ? JSON.stringify(here) : "allowed"}, which the table does not expect`);
  if (!rejected) return;
  if (here.rbac !== (changes === "rbac" ? true : undefined)) yield `rejected by ${JSON.stringify(here)}, but the table expects ${changes}`;
  if (here.rbac) return void (/ cannot (update|patch|delete|create) resource /.test(recorded.message) || (yield `the API server said: ${recorded.message}`));
  if (!recorded.message.endsWith(` denied request: ${here.denials[0]}`)) yield `here: ${here.denials[0]}\nthe API server said: ${recorded.message}`;
  if (!here.denials[0].includes(` changes ${changes.join(", ")}, but `)) yield `it names other members than ${changes}: ${here.denials[0]}`;
}

process.stdout.write(JSON.stringify(Object.fromEntries(cases.map(each => {
  try {
    return [each.name, [...problems(each)]];
  } catch (error) {
    return [each.name, [error.stack]];
  }
}))));
