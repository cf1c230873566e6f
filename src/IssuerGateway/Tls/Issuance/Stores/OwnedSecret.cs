using k8s.Models;

namespace IssuerGateway.Tls.Issuance.Stores;

/// <summary>
/// Which Secrets the gateway may write: empty ones, which the chart makes for it, and those that hold nothing but what it
/// writes itself or carry its mark. One that somebody keeps something else in is left alone.
/// </summary>
internal static class OwnedSecret
{
    /// <summary>The mark of the chart and of what the gateway has written.</summary>
    public const string Label = "issuer-gateway.dev/store";
    public const string LabelValue = "acme";

    // Releases that created their Secrets themselves marked them so.
    private const string EarlierLabel = "app.kubernetes.io/managed-by";
    private const string EarlierLabelValue = "issuer-gateway";

    private static readonly string[] types = ["Opaque", "kubernetes.io/tls"];

    public static bool IsEmpty(V1Secret secret) => secret.Data is not { } data || data.Values.All(value => value is not { Length: > 0 });

    /// <summary>Null when the gateway may write the Secret.</summary>
    /// <param name="parts">What the gateway writes into it.</param>
    public static string? FaultOf(V1Secret secret, string ns, params ReadOnlySpan<string> parts)
    {
        string name = $"{ns}/{secret.Metadata.Name}";
        if (!types.Contains(secret.Type ?? "Opaque"))
        {
            return $"Secret {name} is of type {secret.Type}, not of type {string.Join(" or ", types)}; it is left as it is. Set Tls:Acme:SecretPrefix to another prefix, or delete the Secret and create it empty";
        }

        string[] foreign = [.. (secret.Data ?? new Dictionary<string, byte[]>()).Where(part => part.Value is { Length: > 0 }).Select(part => part.Key)];
        foreach (string part in parts)
        {
            foreign = [.. foreign.Where(key => key != part)];
        }

        return foreign.Length == 0 || HasLabel(secret, Label, LabelValue) || HasLabel(secret, EarlierLabel, EarlierLabelValue)
            ? null
            : $"Secret {name} holds data of somebody else ({string.Join(", ", foreign.Take(3))}); it is left as it is. Set Tls:Acme:SecretPrefix to another prefix, or, if it is the gateway's: kubectl --namespace {ns} label secret {secret.Metadata.Name} {Label}={LabelValue}";
    }

    /// <summary>Marks what is about to be written, so that it is known again.</summary>
    public static V1Secret Mark(V1Secret secret)
    {
        secret.Metadata.Labels = new Dictionary<string, string>(secret.Metadata.Labels ?? new Dictionary<string, string>()) { [Label] = LabelValue };
        return secret;
    }

    private static bool HasLabel(V1Secret secret, string key, string value) => secret.Metadata.Labels is { } labels && labels.TryGetValue(key, out string? found) && found == value;
}
