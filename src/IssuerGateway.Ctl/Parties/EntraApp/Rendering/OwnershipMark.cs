namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>The marks by which <c>issuerctl trust remove entra-app</c> knows what it may take away.</summary>
internal static class OwnershipMark
{
    /// <summary>Among the tags of an application that was made, not merely changed.</summary>
    public const string Tag = "issuer-gateway-entra";

    /// <summary>The description of a federated credential.</summary>
    public const string Description = "made by issuer-gateway-entra";
}
