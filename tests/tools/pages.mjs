// Checks the pages: each link leads to a file and each anchor to a heading, and each Mermaid diagram is parsed by Mermaid.
//   node tests/tools/pages.mjs [ROOT]   prints FILE:LINE: what is wrong; the exit code is 1 when there is something.
// Links to other sites are not followed: a test must not depend on them. They have to be https.
import { readFileSync, existsSync, statSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = normalize(process.argv[2] ?? join(here, "../.."));
const tools = process.env.TOOLS_DIRECTORY ?? join(here, "../../artifacts/tools");
const require = createRequire(join(tools, "package.json"));
const { JSDOM } = require("jsdom");
globalThis.window = new JSDOM("").window;
globalThis.document = window.document;
const { default: mermaid } = await import(pathToFileURL(join(tools, "node_modules/mermaid/dist/mermaid.core.mjs")));
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });

// Pages of others that a text names by their path.
const foreign = new Set(["docs/operations/service_account_issuer_migration.md"]); // kOps

const findings = [];
const report = (file, line, text) => findings.push(`${relative(root, file)}:${line}: ${text}`);
const list = (...patterns) => execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", ...patterns], { cwd: root, encoding: "utf8" })
  .split("\n").filter(file => file && !file.startsWith("tests/fixtures/") && existsSync(join(root, file))).map(file => join(root, file));

// As GitHub makes anchors: lower case, spaces to hyphens, punctuation dropped, repeated ones numbered.
function anchorsOf(lines) {
  const seen = new Map();
  const anchors = new Set();
  for (const { text, code } of lines) {
    for (const [, id] of code ? [] : text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
    const heading = code ? null : /^#{1,6} +(.*?) *#* *$/.exec(text);
    if (!heading) continue;
    const slug = heading[1].replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase().replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "").replaceAll(" ", "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    anchors.add(count ? `${slug}-${count}` : slug);
  }
  return anchors;
}

// Lines with whether they are code, and the blocks of code with their language.
function read(file) {
  const lines = [], blocks = [];
  let fence = null;
  for (const [i, text] of readFileSync(file, "utf8").split("\n").entries()) {
    const mark = /^( *)(`{3,}|~{3,})([\w-]*)/.exec(text);
    if (fence && mark && mark[2].startsWith(fence.mark) && !mark[3]) {
      blocks.push(fence);
      fence = null;
      lines.push({ text, code: true });
    } else if (!fence && mark) {
      fence = { mark: mark[2], language: mark[3], line: i + 2, lines: [] };
      lines.push({ text, code: true });
    } else {
      fence?.lines.push(text);
      lines.push({ text, code: fence !== null });
    }
  }
  if (fence) report(file, fence.line, "the block of code has no end");
  return { lines, blocks };
}

const pages = new Map(list("*.md").map(file => [file, read(file)]));
const anchors = new Map([...pages].map(([file, page]) => [file, anchorsOf(page.lines)]));

function checkTarget(file, line, target, base = dirname(file)) {
  if (/^[a-z]+:/i.test(target)) {
    if (!/^(https:\/\/|mailto:)/.test(target)) report(file, line, `${target}: not https`);
    return;
  }
  const [path, anchor] = target.split("#");
  const to = path ? normalize(join(base, decodeURIComponent(path))) : file;
  if (!existsSync(to)) report(file, line, `${target}: there is no such file`);
  else if (relative(root, to).startsWith("..")) report(file, line, `${target}: outside of the repository`);
  else if (anchor !== undefined && statSync(to).isFile() && !anchors.get(to)?.has(anchor)) report(file, line, `${target}: there is no such heading`);
}

for (const [file, { lines, blocks }] of pages) {
  for (const [i, { text, code }] of lines.entries()) {
    if (code) continue;
    const prose = text.replace(/`[^`]*`/g, "``");
    for (const [, target] of prose.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)) checkTarget(file, i + 1, target);
    for (const [, target] of prose.matchAll(/^ *\[[^\]]+\]: +(\S+)/g)) checkTarget(file, i + 1, target);
  }
  for (const block of blocks.filter(({ language }) => language === "mermaid")) {
    try {
      await mermaid.parse(block.lines.join("\n"));
    } catch (error) {
      report(file, block.line, `Mermaid: ${error.message.split("\n").slice(0, 3).join(" ")}`);
    }
  }
}

// The programs, the charts and the units name pages too.
for (const file of list("src/*.cs", "charts/**", "manifests/**", ".github/**", "tests/run.sh")) {
  if (file.endsWith(".md") || statSync(file).size > 1e6) continue;
  for (const [i, text] of readFileSync(file, "utf8").split("\n").entries()) {
    for (const [target] of text.matchAll(/\b(?:docs|manifests|tests|charts)\/[\w/.-]+\.md(?:#[a-z0-9_-]+)?/g)) if (!foreign.has(target)) checkTarget(file, i + 1, target, root);
  }
}

for (const finding of findings) console.log(finding);
console.log(`${pages.size} pages, ${findings.length} findings`);
process.exit(findings.length ? 1 : 0);
