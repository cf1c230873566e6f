// Packages the charts for a release: node charts/package.mjs OUT [--repository URL --image NAME --digest sha256:…]
// With the options the packaged values name the released image by tag and digest, and the charts carry home, sources, icon,
// the images and links of Artifact Hub, and READMEs whose links lead to the repository. Nothing in the source tree changes.
// HELM overrides the program.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const charts = ["issuer-gateway", "oauth2-proxy-workload", "workload-identity"];
const here = dirname(fileURLToPath(import.meta.url));
const { values: options, positionals: [out] } = parseArgs({
  allowPositionals: true,
  options: { repository: { type: "string" }, image: { type: "string" }, digest: { type: "string" } },
});

function fail(message) {
  console.error(`package.mjs: ${message}`);
  process.exit(2);
}

const given = ["repository", "image", "digest"].filter(name => options[name] !== undefined);
if (!out) fail("OUT is required: the folder for the packages");
if (given.length !== 0 && given.length !== 3) fail("--repository, --image and --digest are given together");
if (options.repository !== undefined && !/^https:\/\/[\w.-]+(\/[\w.-]+)+$/.test(options.repository)) fail(`--repository: "${options.repository}" is not the address of a repository`);
if (options.image !== undefined && !/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/.test(options.image)) fail(`--image: "${options.image}" is not the name of an image without tag`);
if (options.digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(options.digest)) fail(`--digest: "${options.digest}" is not sha256: and 64 hexadecimal digits`);

// What only the chart of the source tree says of its image.
const toBuild = " There is no default: build it from the Dockerfile and push it to yours.";

// The one block of values that names issuer-gateway's image: "image:" of the gateway, "tests.image:" of the workload.
function withImage(text, chart, version) {
  const block = { "issuer-gateway": /^image:\n(?: .*\n)+/m, "oauth2-proxy-workload": /^tests:\n(?:(?: .*)?\n)*?  image:\n(?: {4}.*\n)+/m }[chart];
  if (!block) return text;
  if (!block.test(text)) fail(`${chart}/values.yaml: no block of the image`);
  return text.replace(block, lines => {
    let changed = lines.replace(toBuild, "");
    for (const [key, value] of Object.entries({ repository: options.image, tag: version, digest: options.digest })) {
      const line = new RegExp(`^( +${key}:) .*$`, "m");
      if (!line.test(changed)) fail(`${chart}/values.yaml: image.${key} is missing`);
      changed = changed.replace(line, (_, name) => `${name} "${value}"`);
    }
    return changed;
  });
}

// The images that the packaged values of each chart name.
function imagesOf(chart, version, appVersion) {
  const gateway = ["issuer-gateway", `${options.image}:${version}@${options.digest}`];
  const proxy = ["oauth2-proxy", `quay.io/oauth2-proxy/oauth2-proxy:${appVersion}`];
  return { "issuer-gateway": [gateway], "oauth2-proxy-workload": [proxy, gateway], "workload-identity": [proxy] }[chart];
}

function withAddress(text, chart, version) {
  const url = options.repository;
  const appVersion = /^appVersion: (\S+)$/m.exec(text)[1];
  const annotations = [
    `  artifacthub.io/images: |`,
    ...imagesOf(chart, version, appVersion).flatMap(([name, image]) => [`    - name: ${name}`, `      image: ${image}`]),
    `  artifacthub.io/links: |`,
    `    - name: Documentation`,
    `      url: ${url}/blob/v${version}/docs/README.md`,
    `    - name: Support`,
    `      url: ${url}/blob/v${version}/SUPPORT.md`,
  ];
  return `${text.trimEnd()}\n${annotations.join("\n")}\nhome: ${url}\nicon: ${url}/raw/v${version}/docs/images/icon.svg\nsources:\n  - ${url}/tree/v${version}/charts/${chart}\n`;
}

// Outside of the repository a README has the pages of this version to link to, and no files beside it.
const withLinks = (text, chart, version) => text.replace(toBuild, "").replace(/\]\((?!https:|#)([^)]+)\)/g,
  (_, target) => `](${options.repository}/blob/v${version}/${posix.join("charts", chart, target)})`);

mkdirSync(out, { recursive: true });
const work = mkdtempSync(join(tmpdir(), "charts-"));
try {
  for (const chart of charts) {
    const folder = join(work, chart);
    cpSync(join(here, chart), folder, { recursive: true });
    const meta = readFileSync(join(folder, "Chart.yaml"), "utf8");
    const version = /^version: (\S+)$/m.exec(meta)[1];
    if (options.repository) {
      writeFileSync(join(folder, "Chart.yaml"), withAddress(meta, chart, version));
      writeFileSync(join(folder, "values.yaml"), withImage(readFileSync(join(folder, "values.yaml"), "utf8"), chart, version));
      writeFileSync(join(folder, "README.md"), withLinks(readFileSync(join(folder, "README.md"), "utf8"), chart, version));
    }
    execFileSync(process.env.HELM ?? "helm", ["package", folder, "--destination", resolve(out)], { stdio: ["ignore", "ignore", "inherit"] });
    console.log(`${chart}-${version}.tgz`);
  }
} finally {
  rmSync(work, { recursive: true });
}
