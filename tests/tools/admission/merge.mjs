// What the API server does with the results of a mutation: JSON Patch (RFC 6902) and the merge of an apply configuration.

// The lists of a pod that are maps by these keys (x-kubernetes-list-map-keys of the API's OpenAPI); any other list is atomic.
const keys = {
  "spec.containers": ["name"], "spec.initContainers": ["name"], "spec.volumes": ["name"],
  "spec.containers.env": ["name"], "spec.initContainers.env": ["name"],
  "spec.containers.volumeMounts": ["mountPath"], "spec.initContainers.volumeMounts": ["mountPath"],
  "spec.containers.ports": ["containerPort", "protocol"], "spec.initContainers.ports": ["containerPort", "protocol"],
};

export function applyConfiguration(live, patch, path = "") {
  const result = { ...live };
  for (const [key, value] of Object.entries(patch)) {
    const here = path ? `${path}.${key}` : key;
    if (Array.isArray(value)) {
      if (!keys[here]) throw new Error(`may not mutate atomic arrays, maps or structs: .${here}`);
      const merged = mergeList(live?.[key] ?? [], value, keys[here], here);
      if (merged.length > 0 || live?.[key]) result[key] = merged;
    } else if (value !== null && typeof value === "object") {
      result[key] = applyConfiguration(live?.[key] ?? {}, value, here);
    } else {
      result[key] = value;
    }
  }
  return result;
}

// Elements that are there keep their place, new ones follow in their order; a key twice in the patch is an error.
function mergeList(live, patch, names, path) {
  const identity = each => JSON.stringify(names.map(name => each[name]));
  const incoming = new Map();
  for (const each of patch) {
    if (incoming.has(identity(each))) throw new Error(`.${path}: duplicate entries for key ${identity(each)}`);
    incoming.set(identity(each), each);
  }
  const merged = live.map(each => {
    const other = incoming.get(identity(each));
    incoming.delete(identity(each));
    return other ? applyConfiguration(each, other, path) : each;
  });
  return [...merged, ...incoming.values()];
}

export function jsonPatch(document, operations) {
  const result = structuredClone(document);
  for (const { op, path, value } of operations) {
    if (op !== "add") throw new Error(`operation ${op} is not used by these policies`);
    const steps = path.split("/").slice(1).map(step => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = steps.pop();
    const parent = steps.reduce((node, step) => {
      if (node?.[step] === undefined) throw new Error(`JSON Patch: add operation does not apply: doc is missing path: "${path}"`);
      return node[step];
    }, result);
    if (!Array.isArray(parent)) parent[last] = structuredClone(value);
    else if (last === "-") parent.push(structuredClone(value));
    else if (/^\d+$/.test(last) && Number(last) <= parent.length) parent.splice(Number(last), 0, structuredClone(value));
    else throw new Error(`JSON Patch: ${path} is out of bounds`);
  }
  return result;
}
