// Counts the C# of each project in src/ and tests/, and of each folder of the gateway, and writes the two tables of
// docs/contributing/architecture.md (between its "code-lines" marks). A code line is a line that holds more than white
// space and comments; using directives, braces and attributes count. Only files that git knows or would add are counted.
// usage: node tests/tools/code-lines.mjs [--print]
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const page = join(root, "docs/contributing/architecture.md");
const linked = ["Base", "Issuers", "Acme", "Kubernetes", "Transport", "Checking", ""].map((name) => (name ? `IssuerGateway.${name}` : "IssuerGateway"));

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "src/**.cs", "tests/**.cs"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => file)
  .map((file) => {
    const lines = readFileSync(join(root, file), "utf8").replace(/\n$/, "").split("\n");
    return { file, lines: lines.length, code: codeLines(lines) };
  });

function codeLines(lines) {
  let count = 0;
  let inComment = false;
  for (const line of lines) {
    const text = line.trim();
    if (inComment) {
      inComment = !text.includes("*/");
    } else if (text.startsWith("/*")) {
      inComment = !text.includes("*/");
    } else if (text !== "" && !text.startsWith("//")) {
      count++;
    }
  }
  return count;
}

const sum = (chosen) => ({ files: chosen.length, lines: chosen.reduce((n, f) => n + f.lines, 0), code: chosen.reduce((n, f) => n + f.code, 0) });
const under = (folder) => files.filter((f) => f.file.startsWith(`${folder}/`));
const directlyIn = (folder) => files.filter((f) => dirname(f.file) === folder);
const number = (n) => n.toLocaleString("en-US");
const cells = ({ files, lines, code }) => `${files} | ${number(lines)} | ${number(code)}`;

const all = sum(linked.flatMap((project) => under(`src/${project}`)));
const crowded = [...new Set(files.map((f) => dirname(f.file)))].filter((folder) => folder.startsWith("src/") && directlyIn(folder).length > 20);
const long = files.filter((f) => f.file.startsWith("src/") && f.lines > 250);
const summary = `What \`issuer-gateway\` links, Checking and Transport included: ${number(all.code)} code lines in ${all.files} files (${number(all.lines)} lines with blanks and comments). `
  + (crowded.length === 0 ? "No folder of `src` holds more than 20 C# files" : `Folders of \`src\` with more than 20 C# files: ${crowded.join(", ")}`)
  + (long.length === 0 ? ", no file more than 250 lines." : `; files over 250 lines: ${long.map((f) => f.file).join(", ")}.`);

let text = readFileSync(page, "utf8");
// A row names its folder in its first cell; the three counts are its third to fifth.
text = text.replace(/^\| `([^`]+)` \| (.*?) \| [\d,]+ \| [\d,]+ \| [\d,]+ \|/gm, (row, name, what) => {
  const folder = name.startsWith("tests/") ? name : name.startsWith("IssuerGateway") ? `src/${name}` : `src/IssuerGateway/${name}`;
  return `| \`${name}\` | ${what} | ${cells(sum(name.includes("IssuerGateway") ? under(folder) : directlyIn(folder)))} |`;
});
text = text.replace(/<!-- code-lines -->\n[^\n]*\n/, `<!-- code-lines -->\n${summary}\n`);

if (process.argv.includes("--print")) {
  console.log(summary);
} else {
  writeFileSync(page, text);
}
