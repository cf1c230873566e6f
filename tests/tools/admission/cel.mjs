// Evaluates the CEL of admission policies with @marcbachmann/cel-js, which has optionals but neither the type constructors of
// MutatingAdmissionPolicy (Object{…}, Object.spec.containers{…}, JSONPatch{…}) nor strings.quote, split, trim, replace and the CIDR library.
// So an expression is rewritten first: a constructor becomes a map whose first entry, "$type", is the constructor's name;
// checkTypes holds it against the place where the map ends up, as the API server does, and takes it out.
import { createRequire } from "node:module";
import { isIP } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const tools = process.env.TOOLS_DIRECTORY ?? join(dirname(fileURLToPath(import.meta.url)), "../../../artifacts/tools");
const { Environment } = createRequire(join(tools, "package.json"))("@marcbachmann/cel-js");

const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false, enableOptionalTypes: true,
  limits: { maxAstNodes: 100000, maxDepth: 500, maxListElements: 10000, maxMapEntries: 10000, maxCallArguments: 64 } });
for (const name of ["object", "oldObject", "request", "params", "namespaceObject", "variables"]) environment.registerVariable(name, "dyn");
const define = (signature, body) => { try { environment.registerFunction(signature, body); } catch { /* the library has it */ } };
define("quoted(string): string", text => JSON.stringify(text));
define("string.split(string): list", (text, separator) => text.split(separator));
define("string.trim(): string", text => text.trim());
define("string.replace(string, string): string", (text, from, to) => text.replaceAll(from, to));
// The CIDR library of Kubernetes, as far as these policies use it: a range is its first address and its length, in bits.
define("isCIDR(string): bool", text => range(text) !== null);
define("cidr(string): map", text => range(text));
define("map.masked(): map", ({ bits, length }) => ({ bits: bits.slice(0, Number(length)).padEnd(bits.length, "0"), length }));
define("map.prefixLength(): int", ({ length }) => length);

// Neither IPv4 in IPv6 nor zones, as isCIDR has it.
function range(text) {
  const [, address, length] = /^([0-9a-fA-F.:]+)\/(0|[1-9][0-9]{0,2})$/.exec(text) ?? [];
  const version = isIP(address ?? "");
  if (version === 0 || Number(length) > (version === 4 ? 32 : 128)) return null;
  if (version === 4) return { bits: address.split(".").map(each => Number(each).toString(2).padStart(8, "0")).join(""), length: BigInt(length) };
  const [head, tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::").map(part => part === "" ? [] : part.split(":"));
  const groups = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill("0"), ...tail];
  const bits = groups.map(each => parseInt(each, 16).toString(2).padStart(16, "0")).join("");
  return bits.startsWith("0".repeat(80) + "1".repeat(16)) ? null : { bits, length: BigInt(length) };
}

const tokens = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\b(?:Object(?:\.[A-Za-z_]\w*)*|JSONPatch)\s*\{|strings\.quote\(|[A-Za-z_]\w*|[{}[\]()]|\s+|./gsy;

export function rewrite(expression) {
  const open = []; // one entry a bracket: whether it is that of a constructor
  let result = "";
  const parts = expression.match(tokens) ?? [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    const constructor = /^(Object[\w.]*|JSONPatch)\s*\{$/.exec(part);
    if (constructor) {
      open.push("constructor");
      const next = parts.slice(i + 1).find(each => each.trim() !== "");
      result += `{"$type": "${constructor[1]}"${next === "}" ? "" : ", "}`;
    } else if (part === "strings.quote(") {
      open.push("call");
      result += "quoted(";
    } else if ("{[(".includes(part)) {
      open.push("other");
      result += part;
    } else if ("}])".includes(part)) {
      open.pop();
      result += part;
    } else if (/^[A-Za-z_]\w*$/.test(part) && open.at(-1) === "constructor" && /^\s*:/.test(parts.slice(i + 1).join("").slice(0, 20))
      && /[{,]\s*$/.test(result)) {
      result += `"${part}"`;
    } else {
      result += part;
    }
  }
  return result;
}

// Numbers without a fraction are ints in CEL, which the library holds as BigInt.
export const toCel = value => typeof value === "number" && Number.isInteger(value) ? BigInt(value)
  : Array.isArray(value) ? value.map(toCel)
  : value !== null && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toCel(each)]))
  : value;

export const fromCel = value => typeof value === "bigint" ? Number(value)
  : Array.isArray(value) ? value.map(fromCel)
  : value instanceof Map ? Object.fromEntries([...value].map(([key, each]) => [key, fromCel(each)]))
  : value !== null && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fromCel(each)]))
  : value;

// As CheckTypeNamesMatchFieldPathNames of the API server: Object.spec{selector: Object.spec.wrong{}} is an error.
export function checkTypes(value, path) {
  if (Array.isArray(value)) return value.map(each => checkTypes(each, path));
  if (value === null || typeof value !== "object") return value;
  const { $type, ...fields } = value;
  if ($type === undefined) return value;
  if (path !== null && $type !== path) throw new Error(`unexpected type name "${$type}", expected "${path}"`);
  return Object.fromEntries(Object.entries(fields).map(([key, each]) => [key, checkTypes(each, `${$type}.${key}`)]));
}

const parsed = new Map();

// The variables of a policy are evaluated when they are first used, each seeing those before it.
export class Evaluation {
  constructor(context, variables) {
    this.context = Object.fromEntries(Object.entries(context).map(([key, value]) => [key, value === null ? null : toCel(value)]));
    const values = {};
    for (const { name, expression } of variables ?? []) {
      let known = false, value;
      Object.defineProperty(values, name, { enumerable: true, get: () => {
        if (!known) { value = this.run(expression); known = true; }
        return value;
      } });
    }
    this.context.variables = values;
  }

  run(expression) {
    if (!parsed.has(expression)) parsed.set(expression, environment.parse(rewrite(expression)));
    return parsed.get(expression)(this.context);
  }
}
