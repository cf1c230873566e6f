// Validates a Dockerfile without an engine: node dockerfile.mjs FILE; each finding is a line, and the exit code is 1.
import { readFileSync } from "node:fs";
import { join, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { createRequire } from "node:module";

const tools = process.env.TOOLS_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), "../../artifacts/tools");
const { validate } = createRequire(join(tools, "package.json"))("dockerfile-utils");
const findings = validate(readFileSync(process.argv[2], "utf8"));
for (const finding of findings) {
  console.log(`${process.argv[2]}:${finding.range.start.line + 1}: ${finding.message}`);
}
process.exit(findings.length ? 1 : 0);
