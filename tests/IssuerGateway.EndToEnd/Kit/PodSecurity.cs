using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>The Pod Security Standard "restricted" as rules over a pod: what the admission plugin would say.</summary>
internal static class PodSecurity
{
    private static readonly string[] allowedVolumes = ["name", "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    public static IEnumerable<string> Violations(JsonObject pod, bool hostPortsAllowed = false)
    {
        foreach (string field in (string[])["hostNetwork", "hostPID", "hostIPC"])
        {
            if ((bool?)pod[field] == true)
            {
                yield return $"{field} is true";
            }
        }

        foreach (JsonNode volume in pod.Each("volumes"))
        {
            foreach (string type in volume.AsObject().Select(entry => entry.Key).Except(allowedVolumes))
            {
                yield return $"volume {volume["name"]} is of type {type}";
            }
        }

        foreach (string violation in pod.AllContainers().SelectMany(container => OfContainer(pod, container, hostPortsAllowed)))
        {
            yield return violation;
        }
    }

    private static IEnumerable<string> OfContainer(JsonObject pod, JsonObject container, bool hostPortsAllowed)
    {
        string name = $"container {container["name"]}";
        JsonNode? own = container["securityContext"];
        JsonNode? Either(string field) => own.At(field) ?? pod.At($"securityContext/{field}");
        if ((bool?)own.At("privileged") == true)
        {
            yield return $"{name} is privileged";
        }

        if ((bool?)own.At("allowPrivilegeEscalation") != false)
        {
            yield return $"{name} does not set allowPrivilegeEscalation to false";
        }

        if ((bool?)Either("runAsNonRoot") != true)
        {
            yield return $"{name} does not set runAsNonRoot";
        }

        if ((int?)Either("runAsUser") is 0)
        {
            yield return $"{name} runs as root";
        }

        if ((string?)Either("seccompProfile/type") is not ("RuntimeDefault" or "Localhost"))
        {
            yield return $"{name} has no seccomp profile";
        }

        if (!own.Texts("capabilities/drop").Contains("ALL") || own.Texts("capabilities/add").Except(["NET_BIND_SERVICE"]).Any())
        {
            yield return $"{name} keeps capabilities";
        }

        if (!hostPortsAllowed && container.Each("ports").Any(port => port["hostPort"] is not null))
        {
            yield return $"{name} binds a port of the node";
        }
    }
}
