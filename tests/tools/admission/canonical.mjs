// Policies of different kinds run in no fixed order, so lists that are maps are compared by key; the token of the API has a
// random name, and the recorded server a source of its own in it.
export function canonical(object) {
  const copy = structuredClone(object);
  for (const volume of copy.spec.volumes ?? []) {
    if (volume.name.startsWith("kube-api-access-")) volume.projected.sources = volume.projected.sources.filter(source => source.configMap?.name !== "openshift-service-ca.crt");
  }
  const text = JSON.stringify(copy).replace(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access");
  const spec = JSON.parse(text).spec;
  const by = name => (a, b) => a[name] < b[name] ? -1 : a[name] > b[name] ? 1 : 0;
  spec.volumes?.sort(by("name"));
  for (const container of [...spec.containers, ...spec.initContainers ?? []]) {
    container.env?.sort(by("name"));
    container.volumeMounts?.sort(by("mountPath"));
  }
  const sorted = value => Array.isArray(value) ? value.map(sorted) : value !== null && typeof value === "object"
    ? Object.fromEntries(Object.keys(value).sort().map(key => [key, sorted(value[key])])) : value;
  return sorted({ labels: object.metadata.labels ?? {}, annotations: object.metadata.annotations ?? {}, spec });
}
