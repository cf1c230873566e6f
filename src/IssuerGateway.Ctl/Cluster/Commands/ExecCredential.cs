using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IssuerGateway.Kubernetes.Kubeconfigs;

namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>What kubectl and a credential plugin exchange (client.authentication.k8s.io). Of what a plugin writes nothing is shown: it may be a token.</summary>
internal static partial class ExecCredential
{
    private const int MaxToken = 64 * 1024;

    private const string Update = "update the plugin, or correct exec of the user in the kubeconfig";

    public static string Request(string apiVersion, bool isInteractive) =>
        new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = "ExecCredential", ["spec"] = new JsonObject { ["interactive"] = isInteractive } }.ToJsonString();

    public static (PluginCredential? Credential, PluginFault? Fault) Read(string output, string apiVersion)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(output);
            JsonElement root = document.RootElement;
            return Text(root, "kind") != "ExecCredential" ? Fault("it wrote no ExecCredential")
                : Text(root, "apiVersion") is not { } version || version != apiVersion ? OtherVersion(Text(root, "apiVersion"), apiVersion)
                : !root.TryGetProperty("status", out JsonElement status) || status.ValueKind != JsonValueKind.Object ? Fault("its ExecCredential has no status")
                : Read(status);
        }
        catch (JsonException)
        {
            // The text of the parser quotes the output.
            return Fault("it wrote no ExecCredential");
        }
    }

    /// <summary>Token and key of what a plugin wrote, whatever else is wrong with it. What is no JSON may be a token itself.</summary>
    public static IEnumerable<string> SecretsIn(string output)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(output);
            JsonElement root = document.RootElement;
            JsonElement status = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("status", out JsonElement found) ? found : root;
            return [.. new[] { Text(root, "token"), Text(root, "clientKeyData"), Text(status, "token"), Text(status, "clientKeyData") }.OfType<string>()];
        }
        catch (JsonException)
        {
            return output.Trim() is { Length: > 0 and <= MaxToken } text ? [text] : [];
        }
    }

    private static (PluginCredential? Credential, PluginFault? Fault) Read(JsonElement status)
    {
        string? token = Text(status, "token"), certificate = Text(status, "clientCertificateData"), key = Text(status, "clientKeyData"), expires = Text(status, "expirationTimestamp");
        DateTimeOffset end = default;
        return token is null && certificate is null && key is null ? Fault("its ExecCredential has neither token nor client certificate")
            : certificate is null != key is null ? Fault("its ExecCredential has only one of clientCertificateData and clientKeyData")

            // RFC 6750 §2.1: anything else would be a header of its own.
            : token.AsSpan().ContainsAnyExceptInRange('!', '~') ? Fault("its token has white space or other characters that no bearer token has")
            : expires is not null && !DateTimeOffset.TryParse(expires, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out end) ? Fault("its expirationTimestamp is not a time")
            : (new PluginCredential(token, certificate, key, expires is null ? null : end), null);
    }

    private static (PluginCredential? Credential, PluginFault? Fault) OtherVersion(string? found, string wanted) => (null, new PluginFault(
        $"it returned {(found is null ? "no apiVersion" : Version().IsMatch(found) ? $"apiVersion {found}" : "another apiVersion")}, and the kubeconfig has {(Version().IsMatch(wanted) ? wanted : "another one")}",
        "set apiVersion of exec to one that the plugin supports, or update the plugin"));

    private static (PluginCredential? Credential, PluginFault? Fault) Fault(string reason) => (null, new PluginFault(reason, Update));

    private static string? Text(JsonElement from, string member) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    [GeneratedRegex("^client\\.authentication\\.k8s\\.io/v[0-9]{1,2}((alpha|beta)[0-9]{1,2})?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Version();
}
