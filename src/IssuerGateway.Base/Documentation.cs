using System.Reflection;

namespace IssuerGateway.Base;

/// <summary>
/// Where the pages of this version are: an address when the build has one (property <c>RepositoryUrl</c>), else the path in
/// the source tree. The programs know no address of their own.
/// </summary>
public static class Documentation
{
    private static readonly string? repository = typeof(Documentation).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(entry => entry.Key == "RepositoryUrl")?.Value;

    private static readonly string version = typeof(Documentation).Assembly.GetName().Version!.ToString(fieldCount: 3);

    /// <summary>The section of one finding of the gateway or rule of <c>check</c>.</summary>
    public static string OfFinding(string id) => Of($"docs/troubleshooting/findings.md#{id}");

    /// <summary>The section of one error code of Microsoft Entra ID, such as <c>AADSTS50166</c>.</summary>
    public static string OfEntraCode(string code) => Of($"docs/troubleshooting/aadsts.md#{code.ToLowerInvariant()}");

    /// <summary>The section of one finding of <c>issuerctl cluster</c>.</summary>
    public static string OfClusterFinding(string rule) => Of($"docs/troubleshooting/cluster-findings.md#{rule}");

    /// <summary>The section of one finding of <c>issuerctl trust verify</c>.</summary>
    public static string OfTrustFinding(string id) => Of($"docs/troubleshooting/trust-findings.md#{id}");

    public static string Of(string path) => At(repository, path);

    /// <param name="repository">The address of the repository; null or empty where the build has none.</param>
    internal static string At(string? repository, string path) =>
        string.IsNullOrEmpty(repository) ? path : $"{repository.TrimEnd('/')}/blob/v{version}/{path}";
}
