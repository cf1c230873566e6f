// Makes NOTICE and src/IssuerGateway/THIRD-PARTY-NOTICES.md from the lock files of the programs and the packages that they name.
//   node tests/tools/notices.mjs          writes it
//   node tests/tools/notices.mjs --check  fails if it is not current, or a package has a license that nobody has agreed to
// Needs the packages, so a restored solution.
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const packages = process.env.NUGET_PACKAGES ?? join(homedir(), ".nuget/packages");
const file = join(root, "src/IssuerGateway/THIRD-PARTY-NOTICES.md");

// Licenses that require no more than this file gives.
const agreed = new Set(["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"]);

// Packages that give their license as a file, read by a person.
const licensesRead = { "System.Security.Cryptography.ProtectedData": "MIT", "Vecc.YamlDotNet.Analyzers.StaticGenerator": "MIT" };

// What the programs are called. The libraries are parts of them.
const nameOf = { IssuerGateway: "issuer-gateway", "IssuerGateway.Ctl": "issuerctl", "IssuerGateway.Demo": "demo" };

// The compiler and the analyzers: nothing of them is in a program.
const ofTheBuild = new Set(["Microsoft.CodeAnalysis.BannedApiAnalyzers", "Microsoft.NET.ILLink.Tasks"]);

function tag(nuspec, name) {
  return new RegExp(`<${name}[^>]*>([^<]*)</${name}>`).exec(nuspec)?.[1].trim();
}

function describe(id, version) {
  const folder = join(packages, id.toLowerCase(), version.toLowerCase());
  const nuspec = readFileSync(join(folder, `${id.toLowerCase()}.nuspec`), "utf8");
  const license = /<license type="expression">([^<]*)</.exec(nuspec)?.[1].trim() ?? licensesRead[id];
  if (!agreed.has(license)) {
    throw new Error(`${id} ${version}: license ${license ?? "unknown"}, expected one of ${[...agreed].join(", ")}`);
  }
  const copyright = (tag(nuspec, "copyright") ?? `Copyright ${tag(nuspec, "authors")}`).replaceAll("&#xA9;", "©").replaceAll("|", "\\|");
  return { license, copyright, source: /<repository[^>]*url="([^"]*)"/.exec(nuspec)?.[1] ?? tag(nuspec, "projectUrl") ?? "" };
}

function rows() {
  const found = new Map();
  for (const program of Object.keys(nameOf)) {
    const lock = join(root, "src", program, "packages.lock.json");
    for (const dependencies of Object.values(JSON.parse(readFileSync(lock, "utf8")).dependencies)) {
      for (const [id, { type, resolved }] of Object.entries(dependencies)) {
        // The compiler's own package of one platform says the same as its parent.
        if (type === "Project" || ofTheBuild.has(id) || id.startsWith("runtime.")) continue;
        const entry = found.get(id) ?? { ...describe(id, resolved), programs: new Set() };
        found.set(id, entry);
        entry.programs.add(nameOf[program]);
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

const text = `# Third-party notices

The programs of IssuerGateway contain the packages below. issuer-gateway also contains the .NET runtime and ASP.NET Core,
and issuerctl as one file the .NET runtime (MIT, Copyright (c) .NET Foundation and Contributors,
<https://github.com/dotnet/dotnet>).

License texts: ${[...new Set(rows().map(([, { license }]) => license))].sort().map(license => `[${license}](https://spdx.org/licenses/${license}.html)`).join(", ")}.

This file is generated from the lock files by \`node tests/tools/notices.mjs\`. A test fails when it is stale, or when a
package has a license that is not on the list.

| Package | License | Copyright | Source | Part of |
|---|---|---|---|---|
${rows().map(([id, { license, copyright, source, programs }]) => `| ${id} | ${license} | ${copyright} | ${source && `<${source}>`} | ${[...programs].join(", ")} |`).join("\n")}
`;

const notice = `IssuerGateway
Copyright 2026 The IssuerGateway authors

Licensed under the Apache License, Version 2.0; see LICENSE.

The programs contain the packages below. The sources of each, and the program
that it is part of, are in src/IssuerGateway/THIRD-PARTY-NOTICES.md. Both files
are generated from the lock files by tests/tools/notices.mjs.

${rows().map(([id, { license, copyright }]) => `${id} (${license})\n  ${copyright.replaceAll("\\|", "|")}`).join("\n")}
`;

for (const [path, content] of [[file, text], [join(root, "NOTICE"), notice]]) {
  if (!process.argv.includes("--check")) {
    writeFileSync(path, content);
  } else if (readFileSync(path, "utf8") !== content) {
    console.error(`${relative(root, path)} is not current: node tests/tools/notices.mjs`);
    process.exitCode = 1;
  }
}
