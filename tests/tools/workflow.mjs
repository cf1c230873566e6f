// Validates workflows as GitHub's own editor does: node workflow.mjs FILE...; each finding is a line, and the exit code is 1.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

// The service imports JSON without saying so, which bundlers allow and Node.js does not.
register(`data:text/javascript,${encodeURIComponent(`
  export const load = (url, context, next) => next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context);`)}`);

const tools = process.env.TOOLS_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), "../../artifacts/tools");
const load = (file) => import(pathToFileURL(join(tools, "node_modules", file)));
const { validate } = await load("@actions/languageservice/dist/index.js");
const { TextDocument } = await load("vscode-languageserver-textdocument/lib/esm/main.js");

let findings = 0;
for (const file of process.argv.slice(2)) {
  const text = TextDocument.create(`file:///.github/workflows/${basename(file)}`, "yaml", 0, readFileSync(file, "utf8"));
  for (const finding of await validate(text)) {
    console.log(`${file}:${finding.range.start.line + 1}: ${finding.message}`);
    findings++;
  }
}
process.exit(findings ? 1 : 0);
