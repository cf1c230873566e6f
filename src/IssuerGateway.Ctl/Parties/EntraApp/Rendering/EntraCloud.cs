namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>One of the clouds that Entra ID runs in: its endpoints, and the audience that it wants in a client assertion.</summary>
internal sealed record EntraCloud
{
    public static readonly EntraCloud Public = new()
    {
        Name = "public",
        Graph = "https://graph.microsoft.com",
        Login = "https://login.microsoftonline.com",
        Audience = "api://AzureADTokenExchange",
        AzName = "AzureCloud",
        TerraformName = "public",
    };

    public static readonly EntraCloud UsGov = new()
    {
        Name = "usgov",
        Graph = "https://graph.microsoft.us",
        Login = "https://login.microsoftonline.us",
        Audience = "api://AzureADTokenExchangeUSGov",
        AzName = "AzureUSGovernment",
        TerraformName = "usgovernment",
    };

    public static readonly EntraCloud China = new()
    {
        Name = "china",
        Graph = "https://microsoftgraph.chinacloudapi.cn",
        Login = "https://login.partner.microsoftonline.cn",
        Audience = "api://AzureADTokenExchangeChina",
        AzName = "AzureChinaCloud",
        TerraformName = "china",
    };

    public static readonly IReadOnlyList<EntraCloud> All = [Public, UsGov, China];

    public required string Name { get; init; }

    /// <summary>Microsoft Graph without version: <c>https://graph.microsoft.com</c>.</summary>
    public required string Graph { get; init; }

    /// <summary>The sign-in host, which is also that of the token endpoint.</summary>
    public required string Login { get; init; }

    /// <summary>The audience of a projected token that is to be exchanged here.</summary>
    public required string Audience { get; init; }

    /// <summary>The name for <c>az cloud set</c>.</summary>
    public required string AzName { get; init; }

    /// <summary>The <c>environment</c> of the provider azuread.</summary>
    public required string TerraformName { get; init; }

    /// <summary>What OAuth2 Proxy cannot do in this cloud; null in the public one.</summary>
    public (string Message, string Hint)? Warning => this == Public ? null :
    (
        "OAuth2 Proxy's provider entra-id accepts only issuers https://login.microsoftonline.com/TENANT/v2.0, and "
            + $"--cloud {Name} signs in at {Login}: its start will fail",
        "use its provider oidc with a client secret in this cloud, or another relying party that exchanges the token itself"
    );

    /// <summary>The warning as comment lines of a template; empty without one.</summary>
    public string Comment(string sign) => Warning is { } warning ? $"{sign} warning: {warning.Message}\n{sign} hint: {warning.Hint}\n" : "";
}
