// The service mesh of webhooks.mjs as a mutating webhook for record.mjs: node mesh-webhook.mjs CERTIFICATE KEY PORT
import { createServer } from "node:https";
import { readFileSync } from "node:fs";
import { mesh } from "./webhooks.mjs";

const [certificate, key, port] = process.argv.slice(2);
createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, async (request, response) => {
  let text = "";
  for await (const part of request) text += part;
  const { apiVersion, kind, request: { uid, object } } = JSON.parse(text);
  const patch = Buffer.from(JSON.stringify([{ op: "replace", path: "/spec", value: mesh(object).spec }])).toString("base64");
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ apiVersion, kind, response: { uid, allowed: true, patchType: "JSONPatch", patch } }));
}).listen(Number(port), "127.0.0.1");
