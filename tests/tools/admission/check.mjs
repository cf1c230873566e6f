// Runs the table's cases over rendered policies and prints {"name of the case": ["problem", …]} as JSON:
//   node check.mjs POLICIES.yaml [RECORDING.json [PODS.yaml]]
// The last file is written: every pod that is accepted, to be held against the schema.
// A pod that is accepted is compared whole with what the webhook of its kind makes of it, must come out the same when it is
// admitted again, and, where the recording has it, must be what the real API server made of it: the recording decides.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, inspect } from "node:util";
import { canonical } from "./canonical.mjs";
import { admit, defaults } from "./server.mjs";
import { cases, identity, namespaces } from "./table.mjs";
import * as webhooks from "./webhooks.mjs";

const tools = process.env.TOOLS_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), "../../../artifacts/tools");
const YAML = createRequire(join(tools, "package.json"))("yaml");
const policies = YAML.parseAllDocuments(readFileSync(process.argv[2], "utf8")).map(document => document.toJS()).filter(Boolean);
const read = file => JSON.parse(readFileSync(file, "utf8"));
const recording = process.argv[3] ? read(process.argv[3]) : { cases: {} };
if (recording.beside) {
  const { cases: others } = read(join(dirname(process.argv[3]), recording.beside));
  if (Object.keys(others).length !== recording.tried) throw new Error(`recorded beside ${Object.keys(others).length} cases, but ${recording.tried} were tried: run record.mjs`);
  recording.cases = { ...others, ...recording.cases };
}

const show = value => inspect(value, { depth: 20, breakLength: 200, maxStringLength: 1000 });

// Where two objects differ, as "path: one, other".
function* differences(one, other, path = "") {
  if (isDeepStrictEqual(one, other)) return;
  const both = [one, other];
  if (!both.every(each => each !== null && typeof each === "object")) yield `${path}: ${show(one)}, ${show(other)}`;
  else for (const key of new Set(both.flatMap(Object.keys))) yield* differences(one[key], other[key], `${path}/${key}`);
}
const differ = (one, other) => [...differences(one, other)].slice(0, 10).join("\n");

const pods = [];
const facts = { ...identity, roleArn: identity.awsRoleArn, region: identity.awsRegion };

function* problems({ name, namespace, object: given, before, kinds, sentence, warning, like, mesh, unordered, withoutMutation }) {
  const object = before && given.kind === "Pod" ? { ...admit([], before, { namespace }).object, metadata: { ...given.metadata } } : given;
  const options = { namespace, configMaps: Object.fromEntries(Object.entries(namespaces[namespace]).map(([key, data]) => [key, { data }])), webhook: mesh ? webhooks.mesh : null, operation: before ? "UPDATE" : "CREATE" };
  const result = admit(withoutMutation ? policies.filter(each => !each.kind.startsWith("Mutating")) : policies, object, options);
  const subject = `namespace ${namespace}, ${object.kind} ${object.metadata.name ?? `${object.metadata.generateName}*`}: `;
  const recorded = recording.cases[name];
  if (process.argv[3] && !recorded) yield "the recording has no such case: run record.mjs";
  if (sentence !== undefined) {
    // Which of several policies is reported varies, so none may say what is not so.
    const brings = (object.spec.initContainers ?? []).some(each => each.name === "oauth2-proxy");
    const untrue = result.denials.filter(each => !brings && each.includes("it brings an init container oauth2-proxy of its own"));
    if (untrue.length > 0) yield `is rejected with what is not so: ${show(untrue)}`;
    if (!result.denials.includes(subject + sentence)) yield `is not rejected with ${subject + sentence}\nbut with ${show(result.denials)}`;
    if (unordered && recorded) return void (recorded.message.includes(sentence.slice(0, sentence.lastIndexOf(" in the annotation"))) || (yield `the API server said: ${recorded.message}`));
    if (recorded && !result.denials.some(denial => recorded.message.endsWith(` denied request: ${withoutName(denial, recorded.message)}`))) yield `the API server said: ${recorded.message}\nhere: ${show(result.denials)}`;
    return;
  }
  if (result.denials.length > 0) yield `is rejected: ${show(result.denials)}`;
  if (warning !== undefined ? !result.warnings.includes(subject + warning) : result.warnings.length > 0) yield `is warned with ${show(result.warnings)}`;
  if (object.kind !== "Pod") {
    if (recorded && !isDeepStrictEqual([...recorded.warnings].sort(), [...result.warnings].sort())) yield `the API server warned: ${show(recorded.warnings)}`;
    return;
  }
  pods.push({ ...result.object, metadata: { ...result.object.metadata, name: `pod-${pods.length}` } });
  const stored = canonical(result.object);
  if (recorded && !isDeepStrictEqual(stored, canonical(recorded))) yield `here and at the API server: ${differ(stored, canonical(recorded))}`;
  if (like) {
    const made = admit([], object, { ...options, webhook: pod => webhooks[like](mesh ? webhooks.mesh(pod) : pod, facts) });
    if (!isDeepStrictEqual(stored, canonical(made.object))) yield `by the policy and by the webhook: ${differ(stored, canonical(made.object))}`;
    const both = canonical(defaults(webhooks[like](structuredClone(result.object), facts)));
    if (!isDeepStrictEqual(stored, both)) yield `before and after the webhook too: ${differ(stored, both)}`;
  }
  const again = admit(policies, { ...result.object, spec: { ...result.object.spec } }, options);
  if (again.denials.length > 0 || !isDeepStrictEqual(stored, canonical(again.object))) yield `before and after a second admission: ${differ(stored, canonical(again.object))} ${show(again.denials)}`;
  if (kinds.length === 0 && !isDeepStrictEqual(stored, canonical(admit([], object, options).object))) yield "is changed without a label";
}

// The API server has named the pod by the time that it is validated.
const withoutName = (denial, message) => denial.replace(/, Pod ([a-z0-9-]+)\*: /, (_, prefix) => /, Pod (\S+): /.exec(message)?.[1].startsWith(prefix) ? `, Pod ${/, Pod (\S+): /.exec(message)[1]}: ` : "");

process.stdout.write(JSON.stringify(Object.fromEntries(cases.map(each => {
  try {
    return [each.name, [...problems(each)]];
  } catch (error) {
    return [each.name, [error.stack]];
  }
}))));
if (process.argv[4]) writeFileSync(process.argv[4], pods.map(pod => YAML.stringify(pod)).join("---\n"));
