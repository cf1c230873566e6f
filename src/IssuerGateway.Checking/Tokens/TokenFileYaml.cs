namespace IssuerGateway.Checking.Tokens;

/// <summary>YAML in the place of a token, by its lines: what it is, and how the token in it is extracted.</summary>
internal static class TokenFileYaml
{
    private static readonly string[] ofKubeconfig = ["clusters:", "contexts:", "users:", "current-context:"];
    private static readonly string[] ofObject = ["apiVersion:", "kind:", "metadata:", "data:", "status:", "token:"];

    /// <summary>A kubeconfig, a Secret or another object, also behind comments and a document marker; null for other text.</summary>
    public static (string Cause, string Fix)? Explain(string text, TokenFileCommand command)
    {
        string[] lines = [.. text.Split('\n').Select(line => line.TrimEnd())];
        if (lines.Any(line => StartsWith(line, ofKubeconfig)) || lines.Contains("kind: Config"))
        {
            return ("the file contains a kubeconfig, not a token", HasMember(lines, "tokenFile:") ? "name the file that it has as tokenFile of the user"
                : HasMember(lines, "token:") ? $"extract the token of its user: {command.Kubeconfig()}"
                : $"it has no token: {command.CreateBy()}");
        }

        if (!lines.Any(line => line == "---" || StartsWith(line, ofObject)))
        {
            return null;
        }

        (string Name, string Value) found = lines.Select(Member).FirstOrDefault(each => TokenFileText.IsWholeToken(each.Value) || TokenFileText.IsEncodedToken(each.Value));
        string kind = lines.FirstOrDefault(line => line.StartsWith("kind: ", StringComparison.Ordinal)) switch
        {
            "kind: Secret" => "a Secret",
            "kind: TokenRequest" => "a TokenRequest",
            "kind: ExecCredential" => "an ExecCredential, as a plugin of kubectl writes it",
            _ => "YAML",
        };
        string program = $"awk '$1 == \"{found.Name}:\" {{ printf \"%s\", $2; exit }}'";
        return ($"the file contains {kind}, not a token", found.Name is null ? $"there is no JWT in it; create one: {TokenFileCommand.Create}"
            : $"extract it: {command.Filter(program, TokenFileText.IsWholeToken(found.Value) ? null : "base64 -d")}");
    }

    private static bool StartsWith(string line, string[] names) => names.Any(name => line.StartsWith(name, StringComparison.Ordinal));

    private static bool HasMember(string[] lines, string name) => lines.Any(line => line.TrimStart(' ', '-').StartsWith(name, StringComparison.Ordinal));

    // Only a plain name and a plain value, which a program finds by white space.
    private static (string Name, string Value) Member(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [[.. var name, ':'], var value] && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? (name, value) : ("", "");
}
