namespace IssuerGateway.Ctl.Cluster.Commands;

/// <summary>What a credential plugin may repeat in its error and nobody may see: what the kubeconfig gives it to sign in with, and what it returned.</summary>
internal static class PluginSecrets
{
    /// <summary>What is shorter is a word that a message may contain anyway.</summary>
    private const int MinLength = 8;

    /// <summary>Of what is named as a secret; what is shorter is none, and would be hidden in other words too.</summary>
    private const int MinNamedLength = 4;

    private static readonly string[] words = ["secret", "password", "token", "key"];

    public static IEnumerable<string> Of(IEnumerable<(string Name, string Value)> variables, IReadOnlyList<string> arguments, string output) =>
        variables.Concat(OptionsIn(arguments)).Where(each => each.Value.Length >= (IsSecret(each.Name) ? MinNamedLength : MinLength)).Select(each => each.Value)
            .Concat(ExecCredential.SecretsIn(output));

    // Which options take a value, only the plugin knows: another option is no value, but behind the name of a secret anything may be one.
    private static IEnumerable<(string Name, string Value)> OptionsIn(IReadOnlyList<string> arguments)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            if (!parts[0].StartsWith('-'))
            {
                continue;
            }

            if (parts is [var name, var value])
            {
                yield return (name, value);
            }
            else if (i + 1 < arguments.Count && (!arguments[i + 1].StartsWith('-') || IsSecret(parts[0])))
            {
                yield return (parts[0], arguments[i + 1]);
            }
        }
    }

    private static bool IsSecret(string name) => words.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
}
