namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>What a credential plugin may repeat in its error and nobody may see: what the kubeconfig gives it to sign in with, and what it returned.</summary>
internal static class PluginSecrets
{
    /// <summary>What is shorter is a word that a message may contain anyway.</summary>
    private const int MinLength = 8;

    /// <summary>Of what is named as a secret; what is shorter is none, and would be hidden in other words too.</summary>
    private const int MinNamedLength = 4;

    private static readonly string[] words = ["secret", "pass", "pwd", "token", "key", "credential"];

    public static IEnumerable<string> Of(IEnumerable<(string Name, string Value)> variables, IReadOnlyList<string> arguments, string output) =>
        variables.Concat(SecretOptionsIn(arguments)).Where(each => each.Value.Length >= (IsSecret(each.Name) ? MinNamedLength : MinLength)).Select(each => each.Value)
            .Concat(ExecCredential.SecretsIn(output));

    // The name of a cluster or a region is no secret, and the error of a plugin is about it.
    private static IEnumerable<(string Name, string Value)> SecretOptionsIn(IReadOnlyList<string> arguments)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            if (!parts[0].StartsWith('-') || !IsSecret(parts[0]))
            {
                continue;
            }

            if (parts is [var name, var value])
            {
                yield return (name, value);
            }
            else if (i + 1 < arguments.Count)
            {
                yield return (parts[0], arguments[i + 1]);
            }
        }
    }

    private static bool IsSecret(string name) => name is "-p" || words.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
}
