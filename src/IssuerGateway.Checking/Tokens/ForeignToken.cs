namespace IssuerGateway.Checking.Tokens;

/// <summary>Tokens that people have at hand and take for the one of the cluster, by their issuer.</summary>
internal static class ForeignToken
{
    /// <summary>The issuer of tokens in Secrets, which no party can verify.</summary>
    public const string LegacyIssuer = "kubernetes/serviceaccount";

    private static readonly (string Issuer, string Name)[] services =
    [
        ("https://login.microsoftonline.com/", "Microsoft Entra ID"), ("https://sts.windows.net/", "Microsoft Entra ID"), ("https://accounts.google.com", "Google"),
        ("https://token.actions.githubusercontent.com", "GitHub Actions"), ("https://gitlab.com", "GitLab"),
    ];

    /// <summary>The service that issued the token; null for none that is known.</summary>
    public static string? ServiceOf(string? issuer) => issuer is null ? null : services.FirstOrDefault(each => issuer.StartsWith(each.Issuer, StringComparison.Ordinal)).Name;
}
