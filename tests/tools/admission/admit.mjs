// Admits one object: node admit.mjs POLICIES.yaml JSON, which is {"object": …, "namespace": …, "configMaps": {"name": {"key": "value"}}}
// as the second argument; prints {"object": …, "denials": […], "warnings": […]}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { admit } from "./server.mjs";

const tools = process.env.TOOLS_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), "../../../artifacts/tools");
const YAML = createRequire(join(tools, "package.json"))("yaml");
const policies = YAML.parseAllDocuments(readFileSync(process.argv[2], "utf8")).map(document => document.toJS()).filter(Boolean);
const { object, namespace, configMaps } = JSON.parse(process.argv[3]);
process.stdout.write(JSON.stringify(admit(policies, object, { namespace,
  configMaps: Object.fromEntries(Object.entries(configMaps).map(([name, data]) => [name, { data }])) })));
