// The API server's admission of a pod, as far as it meets these policies: defaults, ServiceAccount admission, mutating
// policies, a webhook, the second round of both that is run when something changed, and validating policies.
import { Evaluation, checkTypes, fromCel } from "./cel.mjs";
import { applyConfiguration, jsonPatch } from "./merge.mjs";

const apiTokenPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const each = (pod, action) => [...pod.spec.initContainers ?? [], ...pod.spec.containers].forEach(action);

export function defaults(pod) {
  const spec = pod.spec;
  const fill = (target, values) => { for (const [key, value] of Object.entries(values)) target[key] ??= value; };
  each(pod, container => {
    fill(container, { resources: {}, terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File",
      imagePullPolicy: /@|:(?!latest$)[^/]+$/.test(container.image) ? "IfNotPresent" : "Always" });
    for (const port of container.ports ?? []) port.protocol ??= "TCP";
    for (const name of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      const probe = container[name];
      if (!probe) continue;
      fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
      if (probe.httpGet) fill(probe.httpGet, { scheme: "HTTP", path: "/" });
    }
    for (const variable of container.env ?? []) if (variable.value === "") delete variable.value;
    for (const list of ["env", "volumeMounts", "ports", "args", "command"]) if (container[list]?.length === 0) delete container[list];
  });
  for (const volume of spec.volumes ?? []) {
    if (volume.projected) volume.projected.defaultMode ??= 420;
    if (volume.configMap || volume.secret) (volume.configMap ?? volume.secret).defaultMode ??= 420;
  }
  for (const list of ["volumes", "initContainers"]) if (spec[list]?.length === 0) delete spec[list];
  fill(spec, { restartPolicy: "Always", terminationGracePeriodSeconds: 30, dnsPolicy: "ClusterFirst", securityContext: {},
    schedulerName: "default-scheduler", enableServiceLinks: true });
  return pod;
}

function serviceAccount(pod, { suffix = "xxxxx", openShift = false }) {
  if ("kubernetes.io/config.mirror" in (pod.metadata.annotations ?? {})) return;
  pod.spec.serviceAccountName ??= "default";
  pod.spec.serviceAccount = pod.spec.serviceAccountName;
  if (pod.spec.automountServiceAccountToken === false) return;
  const name = `kube-api-access-${suffix}`;
  let mounted = false;
  each(pod, container => {
    if (container.volumeMounts?.some(mount => mount.mountPath === apiTokenPath)) return;
    (container.volumeMounts ??= []).push({ name, readOnly: true, mountPath: apiTokenPath });
    mounted = true;
  });
  if (!mounted || pod.spec.volumes?.some(volume => volume.name === name)) return;
  const root = (map, key) => ({ configMap: { name: map, items: [{ key, path: key }] } });
  (pod.spec.volumes ??= []).push({ name, projected: { defaultMode: 420, sources: [
    { serviceAccountToken: { expirationSeconds: 3607, path: "token" } }, root("kube-root-ca.crt", "ca.crt"),
    { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
    ...openShift ? [root("openshift-service-ca.crt", "service-ca.crt")] : []] } });
}

function priorityAndTolerations(pod) {
  pod.spec.priority ??= 0;
  pod.spec.preemptionPolicy ??= "PreemptLowerPriority";
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    if (!pod.spec.tolerations?.some(toleration => toleration.key === key)) {
      (pod.spec.tolerations ??= []).push({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 });
    }
  }
}

const selects = (selector, labels) => Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value)
  && (selector?.matchExpressions ?? []).every(({ key, operator, values }) => {
    const value = labels?.[key];
    if (operator === "Exists") return value !== undefined;
    if (operator === "In") return values.includes(value);
    if (operator === "NotIn") return !values.includes(value);
    throw new Error(`operator ${operator} is not used by these policies`);
  });

function matches(policy, object, request) {
  const { namespaceSelector, objectSelector, resourceRules } = policy.spec.matchConstraints;
  return selects(namespaceSelector, { "kubernetes.io/metadata.name": request.namespace }) && selects(objectSelector, object.metadata.labels)
    && resourceRules.some(rule => rule.apiGroups.includes(request.resource.group) && rule.resources.includes(request.resource.resource)
      && rule.operations.includes(request.operation));
}

// One evaluation for each binding and parameter that the policy has for the request.
function* invocations(objects, kind, object, request, configMaps) {
  const byName = (a, b) => a.metadata.name < b.metadata.name ? -1 : 1;
  for (const policy of objects.filter(each => each.kind === kind).sort(byName)) {
    if (!matches(policy, object, request)) continue;
    for (const binding of objects.filter(each => each.kind === `${kind}Binding` && each.spec.policyName === policy.metadata.name).sort(byName)) {
      let params = null;
      if (policy.spec.paramKind && binding.spec.paramRef) {
        params = configMaps[binding.spec.paramRef.name] ?? null;
        if (params === null && binding.spec.paramRef.parameterNotFoundAction === "Allow") continue;
        if (params === null) throw new Error("no params found for policy binding with `Deny` parameterNotFoundAction");
      }
      yield { policy, binding, params };
    }
  }
}

const conditionsHold = (policy, evaluation) => (policy.spec.matchConditions ?? []).every(({ expression }) => evaluation.run(expression) === true);

function mutate(objects, pod, request, configMaps, again) {
  for (const { policy, params } of invocations(objects, "MutatingAdmissionPolicy", pod, request, configMaps)) {
    if (again && policy.spec.reinvocationPolicy !== "IfNeeded") continue;
    const evaluation = () => new Evaluation({ object: pod, request, params }, policy.spec.variables);
    if (!conditionsHold(policy, evaluation())) continue;
    for (const mutation of policy.spec.mutations) {
      if (mutation.patchType === "JSONPatch") {
        const operations = fromCel(evaluation().run(mutation.jsonPatch.expression)).map(({ $type, ...operation }) => operation);
        pod = jsonPatch(pod, operations.map(operation => ({ ...operation, value: checkTypes(operation.value, null) })));
      } else {
        pod = applyConfiguration(pod, checkTypes(fromCel(evaluation().run(mutation.applyConfiguration.expression)), "Object"));
      }
      pod = defaults(pod);
    }
  }
  return pod;
}

function validate(objects, object, request, configMaps, oldObject = null) {
  const denials = [], warnings = [];
  for (const { policy, binding, params } of invocations(objects, "ValidatingAdmissionPolicy", object, request, configMaps)) {
    const evaluation = new Evaluation({ object, oldObject, request, params }, policy.spec.variables);
    if (!conditionsHold(policy, evaluation)) continue;
    for (const { expression, message, messageExpression } of policy.spec.validations) {
      if (evaluation.run(expression) === true) continue;
      const text = evaluation.run(messageExpression);
      (binding.spec.validationActions.includes("Deny") ? denials : warnings)
        .push(typeof text === "string" && text.trim() !== "" && !text.includes("\n") && text.length <= 5 * 1024 ? text : message);
    }
  }
  return { denials, warnings };
}

const resources = { Pod: ["", "pods"], Deployment: ["apps", "deployments"], StatefulSet: ["apps", "statefulsets"],
  DaemonSet: ["apps", "daemonsets"], Job: ["batch", "jobs"], CronJob: ["batch", "cronjobs"],
  Secret: ["", "secrets"], Lease: ["coordination.k8s.io", "leases"] };

// Admits an object: {object, denials, warnings}. A webhook is a function over the pod, called between the two rounds.
export function admit(objects, given, options = {}) {
  const { object, request } = mutated(objects, given, options);
  return { object, ...validated(objects, object, request, options) };
}

// The object as it comes to the validating policies, with its request.
export function mutated(objects, given, { configMaps = {}, webhook = null, namespace = given.metadata.namespace ?? "default", rounds = 1, operation = "CREATE", username = "", ...options } = {}) {
  let pod = structuredClone(given);
  const [group, resource] = resources[pod.kind];
  const request = { namespace, name: pod.metadata.name ?? "", operation, userInfo: { username }, kind: { group, version: "v1", kind: pod.kind }, resource: { group, version: "v1", resource } };
  if (pod.kind !== "Pod") return { object: pod, request };
  pod.metadata.namespace = namespace;
  pod = defaults(pod);
  // The plugins of the API server below change a pod only when it is created.
  if (operation === "CREATE") {
    serviceAccount(pod, options);
    priorityAndTolerations(pod);
  }
  pod = mutate(objects, pod, request, configMaps, false);
  if (webhook) pod = defaults(webhook(structuredClone(pod)));
  for (let round = 0; round < rounds; round++) {
    if (operation === "CREATE") serviceAccount(pod, options);
    pod = mutate(objects, pod, request, configMaps, true);
  }
  return { object: pod, request };
}

export const validated = (objects, object, request, { configMaps = {}, oldObject = null } = {}) =>
  validate(objects, object, request, configMaps, object.kind === "Pod" ? null : oldObject);
