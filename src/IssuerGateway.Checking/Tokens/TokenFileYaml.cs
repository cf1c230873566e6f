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
        return ($"the file contains {kind}, not a token", found.Name is null ? $"there is no JWT in it; create one: {TokenFileCommand.Create}" : $"extract it: {Extract(text, lines, found, command)}");
    }

    private static string Extract(string text, string[] lines, (string Name, string Value) found, TokenFileCommand command)
    {
        int line = Array.FindIndex(lines, each => Member(each) == found), first = Array.FindIndex(lines, each => each.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [var word, ..] && word == $"{found.Name}:");
        string program = $"awk '{(line == first ? $"$1 == \"{found.Name}:\"" : $"NR == {line + 1}")} {{ printf \"%s\", $2; exit }}'";

        // To awk a carriage return is no white space, and quotes are part of the value.
        return command.Filter([program, .. text.Contains('\r') || lines[line].AsSpan().ContainsAny('"', '\'') ? ["tr -d '\\r\\042\\047'"] : (string[])[], .. TokenFileText.IsWholeToken(found.Value) ? (string[])[] : ["base64 -d"]]);
    }

    private static bool StartsWith(string line, string[] names) => names.Any(name => line.StartsWith(name, StringComparison.Ordinal));

    private static bool HasMember(string[] lines, string name) => lines.Any(line => line.TrimStart(' ', '-').StartsWith(name, StringComparison.Ordinal));

    // Only a plain name and a value without white space, which a program finds by it. A # behind white space starts a comment (YAML 1.2 §6.6).
    private static (string Name, string Value) Member(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries).TakeWhile(word => !word.StartsWith('#')).ToArray() is [[.. var name, ':'], var value] && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? (name, value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0] ? value[1..^1] : value) : ("", "");
}
