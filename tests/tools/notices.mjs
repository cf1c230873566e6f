// Makes src/IssuerGateway/THIRD-PARTY-NOTICES.md from the lock files of the programs and the packages that they name.
//   node tests/tools/notices.mjs          writes it
//   node tests/tools/notices.mjs --check  fails if it is not current, or a package has a licence that nobody has agreed to
// Needs the packages, so a restored solution.
import { readdirSync, readFileSync, existsSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const packages = process.env.NUGET_PACKAGES ?? join(homedir(), ".nuget/packages");
const file = join(root, "src/IssuerGateway/THIRD-PARTY-NOTICES.md");

// Licences that ask for no more than this file gives.
const agreed = new Set(["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"]);

// Packages that give their licence as a file, read by a person.
const licencesRead = { "System.Security.Cryptography.ProtectedData": "MIT", "Vecc.YamlDotNet.Analyzers.StaticGenerator": "MIT" };

// They build and judge the code; nothing of them is in a program, but for the runtime that the compiler links in.
const ofTheBuild = new Set(["Microsoft.CodeAnalysis.BannedApiAnalyzers", "Microsoft.NET.ILLink.Tasks"]);

function tag(nuspec, name) {
  return new RegExp(`<${name}[^>]*>([^<]*)</${name}>`).exec(nuspec)?.[1].trim();
}

function describe(id, version) {
  const folder = join(packages, id.toLowerCase(), version.toLowerCase());
  const nuspec = readFileSync(join(folder, `${id.toLowerCase()}.nuspec`), "utf8");
  const licence = /<license type="expression">([^<]*)</.exec(nuspec)?.[1].trim() ?? licencesRead[id];
  if (!agreed.has(licence)) {
    throw new Error(`${id} ${version}: licence ${licence ?? "unknown"}, expected one of ${[...agreed].join(", ")}`);
  }
  const copyright = (tag(nuspec, "copyright") ?? `Copyright ${tag(nuspec, "authors")}`).replaceAll("&#xA9;", "©").replaceAll("|", "\\|");
  return { licence, copyright, source: /<repository[^>]*url="([^"]*)"/.exec(nuspec)?.[1] ?? tag(nuspec, "projectUrl") ?? "" };
}

function rows() {
  const found = new Map();
  for (const program of readdirSync(join(root, "src")).sort()) {
    const lock = join(root, "src", program, "packages.lock.json");
    if (!existsSync(lock)) continue;
    for (const dependencies of Object.values(JSON.parse(readFileSync(lock, "utf8")).dependencies)) {
      for (const [id, { type, resolved }] of Object.entries(dependencies)) {
        // The compiler's own package of one platform says the same as its parent.
        if (type === "Project" || ofTheBuild.has(id) || id.startsWith("runtime.")) continue;
        const entry = found.get(id) ?? { ...describe(id, resolved), programs: new Set() };
        found.set(id, entry);
        entry.programs.add(program.replace("IssuerGateway.", ""));
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

const text = `# Third-party notices

The programs contain these packages. Made by \`node tests/tools/notices.mjs\` from the lock files; a test fails when it is
not current or a licence is new. Native AOT links the .NET runtime and ASP.NET Core in (MIT, Copyright (c) .NET Foundation
and Contributors, https://github.com/dotnet/dotnet). Texts: [MIT](https://spdx.org/licenses/MIT.html),
[Apache-2.0](https://spdx.org/licenses/Apache-2.0.html).

| package | licence | copyright | source | in |
|---|---|---|---|---|
${rows().map(([id, { licence, copyright, source, programs }]) => `| ${id} | ${licence} | ${copyright} | ${source} | ${[...programs].join(", ")} |`).join("\n")}
`;

if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error("src/IssuerGateway/THIRD-PARTY-NOTICES.md is not current: node tests/tools/notices.mjs");
    process.exit(1);
  }
} else {
  writeFileSync(file, text);
}
