using YamlDotNet.Core;

namespace IssuerGateway.Kubernetes.Kubeconfigs;

/// <summary>
/// Bounds how deep nodes stand within nodes before anything builds them: that takes stack for each level, and time by the
/// square of their number (20,000 brackets, 40 KB: 12 s).
/// </summary>
internal static class YamlNesting
{
    /// <exception cref="YamlException">The text is no YAML.</exception>
    public static bool IsWithin(int levels, byte[] yaml)
    {
        using StreamReader reader = new(new MemoryStream(yaml));
        Parser parser = new(reader);
        for (int depth = 0; depth <= levels; depth += parser.Current!.NestingIncrease)
        {
            if (!parser.MoveNext())
            {
                return true;
            }
        }

        return false;
    }
}
