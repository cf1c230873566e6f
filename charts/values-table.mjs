// Makes the table of values in a chart's README.md from the comments of its values.yaml.
//   node charts/values-table.mjs          rewrites the README of every chart
//   node charts/values-table.mjs --check  fails if one is not current
// A comment that starts with "# --" describes the value below it; a value without one that holds no other is an error.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const charts = ["issuer-gateway", "oauth2-proxy-workload", "workload-identity"];
const begin = "<!-- values: made by charts/values-table.mjs -->";
const end = "<!-- end of values -->";

function rowsOf(text, file) {
  const rows = [];
  const parents = []; // {indent, key, described}
  let comment = null;
  for (const [i, line] of text.split("\n").entries()) {
    const note = /^ *# ?(-- )?(.*)$/.exec(line);
    if (note) {
      comment = note[1] ? note[2] : comment === null ? null : `${comment} ${note[2]}`;
      continue;
    }
    const entry = /^( *)([A-Za-z0-9_./-]+):(?: +(.*))?$/.exec(line);
    if (!entry) {
      if (line.trim() === "") comment = null;
      continue;
    }
    const [, { length: indent }, key, value] = entry;
    while (parents.length && parents.at(-1).indent >= indent) parents.pop();
    const parent = parents.at(-1);
    const path = [...parents.map(p => p.key), key].join(".");
    parents.push({ indent, key, described: comment !== null || parent?.described });
    if (comment !== null) {
      rows.push({ path, value: value ?? block(text, i, indent), comment });
    } else if (value !== undefined && !parent?.described) {
      throw new Error(`${file}:${i + 1}: ${path} has no "# --" comment`);
    }
    comment = null;
  }
  return rows;
}

// A default of several lines, on one.
function block(text, from, indent) {
  const lines = [];
  for (const line of text.split("\n").slice(from + 1)) {
    if (line.trim() !== "" && /^ */.exec(line)[0].length <= indent) break;
    if (line.trim() !== "" && !line.trim().startsWith("#")) lines.push(line);
  }
  const read = depth => {
    const parts = [];
    while (lines.length && /^ */.exec(lines[0])[0].length >= depth) {
      const line = lines.shift();
      const here = /^ */.exec(line)[0].length;
      const next = lines.length ? /^ */.exec(lines[0])[0].length : -1;
      parts.push(next > here ? `${line.trim()} {${read(here + 1)}}` : line.trim());
    }
    return parts.join(", ");
  };
  return `{${read(indent + 1)}}`;
}

const cell = text => text.replaceAll("|", "\\|");
let stale = false;
for (const chart of charts) {
  const folder = join(dirname(fileURLToPath(import.meta.url)), chart);
  const rows = rowsOf(readFileSync(join(folder, "values.yaml"), "utf8"), `${chart}/values.yaml`);
  const table = [begin, "| value | default | meaning |", "|---|---|---|",
    ...rows.map(row => `| \`${row.path}\` | \`${cell(row.value)}\` | ${cell(row.comment)} |`), end].join("\n");
  const file = join(folder, "README.md");
  const readme = readFileSync(file, "utf8");
  const from = readme.indexOf(begin), to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${chart}/README.md: the lines "${begin}" and "${end}" are missing`);
  const current = readme.slice(0, from) + table + readme.slice(to + end.length);
  if (current === readme) continue;
  if (process.argv.includes("--check")) {
    console.error(`charts/${chart}/README.md is not current: run node charts/values-table.mjs`);
    stale = true;
  } else {
    writeFileSync(file, current);
  }
}
process.exit(stale ? 1 : 0);
