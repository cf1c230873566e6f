namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>The least that makes an application; the script adds redirect URLs afterwards, so that those of others stay.</summary>
internal sealed record CreationBody(string DisplayName, string SignInAudience = "AzureADMyOrg");
