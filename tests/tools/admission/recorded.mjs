// Holds the evaluation against the two pods that a real API server stored in the first trial: node recorded.mjs FOLDER.
// The sidecar's pod had empty annotations: without any its policy fails, a fault of that trial (object.metadata.annotations).
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deepStrictEqual } from "node:assert";
import { admit } from "./server.mjs";

const tools = process.env.TOOLS_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), "../../../artifacts/tools");
const YAML = createRequire(join(tools, "package.json"))("yaml");
const read = name => YAML.parseAllDocuments(readFileSync(join(process.argv[2], name), "utf8")).map(document => document.toJS()).filter(Boolean);

const trials = [
  { name: "azure", configMaps: { "workload-identity": { data: { clientId: "11111111-1111-1111-1111-111111111111", tenantId: "22222222-2222-2222-2222-222222222222" } } } },
  { name: "sidecar", annotations: {}, suffix: "vwvk4", openShift: true,
    configMaps: { "oauth2-proxy": { data: { image: "quay.io/oauth2-proxy/oauth2-proxy:v7.15.6", tenantId: "2222", clientId: "333" } } } },
];
for (const { name, annotations, ...options } of trials) {
  const [pod] = read(`${name}-pod.yaml`);
  if (annotations) pod.metadata.annotations = annotations;
  const { metadata: { generation, ...metadata }, status, ...stored } = JSON.parse(readFileSync(join(process.argv[2], `${name}-pod-stored.json`), "utf8"));
  const { object, denials } = admit(read(`${name}-policy.yaml`), pod, options);
  deepStrictEqual({ object, denials }, { object: { ...stored, metadata }, denials: [] });
  process.stdout.write(`${name}-pod: equal\n`);
}
