using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace IssuerGateway.Checking.Tokens;

/// <summary>JSON in the place of a token: what it is, and where in it the token is. Of its text only the names of members are ever shown.</summary>
internal static partial class TokenFileJson
{
    private const int MaxNamed = 3;
    private const int MaxPath = 200;

    /// <summary>Null for a text that only starts as JSON does.</summary>
    public static (string Cause, string Fix)? Explain(string text, TokenFileCommand command)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object ? ExplainObject(json.RootElement, command) : Of("a JSON array", Extract(json.RootElement, command));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second for an unpaired surrogate escape, when the string is read (RFC 8259 §8.2).
            return text.StartsWith('{') ? ("the file contains JSON that is cut or damaged, or several JSON texts, and not a token", "name the file of one token") : null;
        }
    }

    private static (string Cause, string Fix) ExplainObject(JsonElement root, TokenFileCommand command) =>
        Text(root, "kind") is { } kind ? ExplainKind(kind, root, command)
        : Has(root, "payload", "signature") ? Of("a token in the JSON form of JWS", $"write it in the compact form: {command.Jq(Joined("."))}")
        : Has(root, "payload", "signatures") ? Of("a token in the JSON form of JWS", $"write it in the compact form: {command.Jq(Joined(".signatures[0]."))}")
        : Has(root, "ciphertext") ? Of("an encrypted token (JWE)", TokenFileCommand.Create)
        : Has(root, "header", "payload") ? Of("a token that was decoded", "name the file of the token itself: three parts with dots between them")
        : Has(root, "kty") ? Of("a key (JWK)", "name the file of the token")
        : Has(root, "keys") ? Of("keys (a JWK Set)", "name the file of the token")
        : Has(root, "jwks_uri") ? Of("a discovery document", "name the file of the token")
        : Has(root, "access_token") || Has(root, "id_token") ? Of("the response of a token endpoint", Extract(root, command, ".access_token"))
        : Text(root, "type") == "external_account" ? Of("the configuration of a Google credential", "name the file that it has at .credential_source.file")
        : Text(root, "type") == "service_account" ? Of("the key of a Google service account", TokenFileCommand.Create)
        : Has(root, "error") ? Of("the error of a token endpoint", "correct what it says, and request the token again")
        : Has(root, "iss", "sub") || Has(root, "iss", "exp") || Has(root, "sub", "exp") ? Of("the claims of a token that was decoded", "name the file of the token itself: three parts with dots between them")
        : Has(root, "alg") && (Has(root, "kid") || Has(root, "typ")) ? Of("the header of a token that was decoded", "name the file of the token itself: three parts with dots between them")
        : Of("JSON", Extract(root, command));

    private static (string Cause, string Fix) ExplainKind(string kind, JsonElement root, TokenFileCommand command) => kind switch
    {
        "TokenRequest" => Of("a TokenRequest", Extract(root, command, ".status.token")),
        "ExecCredential" => Of("an ExecCredential, as a plugin of kubectl writes it", Extract(root, command, ".status.token")),
        "TokenReview" => Of("a TokenReview", Extract(root, command, ".spec.token")),
        "Secret" when Text(root, "type") == "kubernetes.io/service-account-token" =>
            Of("a Secret", $"{Extract(root, command, ".data.token")}; relying parties reject the token of such a Secret, so create another: {TokenFileCommand.Create}"),
        "Secret" => Of("a Secret", Extract(root, command, ".data.token")),
        "Config" => Of("a kubeconfig", Kubeconfig(root, command)),
        "Status" => Of("an error of the API server (Status)", "correct what its message says, and request the token again"),
        _ => Of("a Kubernetes object", Extract(root, command)),
    };

    private static (string Cause, string Fix) Of(string what, string fix) => ($"the file contains {what}, not a token", fix);

    private static string Kubeconfig(JsonElement root, TokenFileCommand command) =>
        Members(root, "").Any(each => each.Path.EndsWith(".tokenFile", StringComparison.Ordinal)) ? "name the file that it has as tokenFile of the user"
        : Members(root, "").Any(each => each.Path.EndsWith(".user.token", StringComparison.Ordinal)) ? $"extract the token of its user: {command.Kubeconfig()}"
        : $"it has no token: {command.CreateBy()}";

    /// <param name="usual">Where such an object has its token.</param>
    private static string Extract(JsonElement root, TokenFileCommand command, string? usual = null)
    {
        string[] found =
        [
            .. Members(root, "").Where(each => each.Path.Length <= MaxPath).Where(each => TokenFileText.IsWholeToken(each.Value) || TokenFileText.IsEncodedToken(each.Value))
                .OrderBy(each => each.Path == usual ? 0 : each.Path.EndsWith("refresh_token", StringComparison.Ordinal) ? 2 : 1)
                .Select(each => TokenFileText.IsWholeToken(each.Value) ? each.Path : $"{each.Path} | @base64d"),
        ];
        return found.Length == 0 ? $"{(usual is not null && Members(root, "").Any(each => each.Path == usual) ? $"its {usual} is not a JWT" : "there is no JWT in it")}; create one: {TokenFileCommand.Create}"
            : $"extract it{(found.Length > 1 ? $" (others are at {string.Join(", ", found.Skip(1).Take(MaxNamed))})" : "")}: {command.Jq(found[0])}";
    }

    private static string Joined(string of) => $"{of}protected + \".\" + .payload + \".\" + {of}signature";

    private static bool Has(JsonElement root, params string[] names) => names.All(name => root.TryGetProperty(name, out _));

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Every string with its path as jq writes it.</summary>
    private static IEnumerable<(string Path, string Value)> Members(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Members(member.Value, path + Step(member.Name, path.Length == 0))),
        JsonValueKind.Array => element.EnumerateArray().SelectMany((item, i) => Members(item, $"{(path.Length == 0 ? "." : path)}[{i}]")),
        JsonValueKind.String => [(path, element.GetString()!)],
        _ => [],
    };

    private static string Step(string name, bool isFirst) => Name().IsMatch(name) ? $".{name}" : $"{(isFirst ? "." : "")}[\"{JavaScriptEncoder.Default.Encode(name)}\"]";

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,60}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
