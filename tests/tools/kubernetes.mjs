// Holds rendered YAML against the schemas of Kubernetes, the Gateway API and the Prometheus operator.
//   node kubernetes.mjs FILE.yaml…   prints {"FILE.yaml": {"objects": […], "errors": ["…"]}} as JSON.
// Twice, because each half sees what the other cannot: the validators find wrong types, values and missing fields;
// the type checker finds fields that do not exist (an object literal may have none that its interface lacks).
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { join, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { createRequire } from "node:module";

const tools = process.env.TOOLS_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), "../../artifacts/tools");
const require = createRequire(join(tools, "package.json"));
const YAML = require("yaml");
const ts = require("typescript");

const packages = { "gateway.networking.k8s.io": "@kubernetes-models/gateway-api", "monitoring.coreos.com": "@kubernetes-models/prometheus-operator" };
const moduleOf = object => {
  const group = object.apiVersion.split("/")[0];
  return `${packages[group] ?? "kubernetes-models"}/${object.apiVersion}/${object.kind}`;
};
// Kubernetes 1.34 and 1.35 have MutatingAdmissionPolicy as v1beta1, with the fields of v1; no package has its schema.
const asModeled = object => object.apiVersion === "admissionregistration.k8s.io/v1beta1" && /^MutatingAdmissionPolicy(Binding)?$/.test(object.kind)
  ? { ...object, apiVersion: "admissionregistration.k8s.io/v1" } : object;
// No package has the schema of Envoy Gateway.
const fixtures = { "gateway.envoyproxy.io/v1alpha1/SecurityPolicy": "../fixtures/envoy-gateway/security-policy.json" };
const errorsByFixture = (object, fixture) => {
  const validate = new (require("ajv").default)({ strict: false, allErrors: true })
    .compile(JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), fixture), "utf8")));
  return validate(object) ? [] : validate.errors.map(error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
};
const nameOf = object => `${object.kind} ${object.metadata?.name}`;

const results = {};
const literals = [];
for (const file of process.argv.slice(2)) {
  const objects = [], errors = [];
  for (const document of YAML.parseAllDocuments(readFileSync(file, "utf8"), { version: "1.1", uniqueKeys: true, merge: false })) {
    errors.push(...document.errors.map(error => error.message.split("\n")[0]));
    const object = document.errors.length ? null : document.toJS();
    if (object !== null) objects.push(object);
  }
  for (const given of objects) {
    const object = asModeled(given);
    if (typeof object.apiVersion !== "string" || typeof object.kind !== "string") {
      errors.push(`an object without apiVersion or kind: ${JSON.stringify(object).slice(0, 100)}`);
      continue;
    }
    const fixture = fixtures[`${object.apiVersion}/${object.kind}`];
    if (fixture) {
      errors.push(...errorsByFixture(object, fixture).map(error => `${nameOf(object)}: ${error}`));
      continue;
    }
    let models;
    try {
      models = await import(join(tools, "node_modules", `${moduleOf(object)}.js`));
    } catch {
      errors.push(`${nameOf(object)}: there is no ${object.apiVersion} ${object.kind}`);
      continue;
    }
    try {
      new models[object.kind](object).validate();
    } catch (error) {
      errors.push(`${nameOf(object)}: ${error.message}`);
    }
    literals.push({ file, object });
  }
  results[file] = { objects, errors };
}

// One variable a line, so that the line of a diagnostic identifies it.
const folder = mkdtempSync(join(tools, "check-"));
try {
  const source = join(folder, "objects.ts");
  writeFileSync(source, literals.map(({ object }, i) =>
    `import type { I${object.kind} as T${i} } from "${moduleOf(object)}"; export const o${i}: T${i} = ${JSON.stringify(object)};`).join("\n"));
  const program = ts.createProgram([source], {
    noEmit: true, strict: true, skipLibCheck: true, types: [],
    target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
  });
  for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
    const literal = diagnostic.file?.fileName === source ? literals[diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start).line] : null;
    (literal ? results[literal.file].errors : (results[""] ??= { objects: [], errors: [] }).errors)
      .push(literal ? `${nameOf(literal.object)}: ${message}` : message);
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.stdout.write(JSON.stringify(results));
