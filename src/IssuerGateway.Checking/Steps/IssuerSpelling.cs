namespace IssuerGateway.Checking.Steps;

/// <summary>Distinguishes a typing error from another issuer.</summary>
internal static class IssuerSpelling
{
    /// <summary>Whether a difference, as <see cref="Issuers.IssuerDifference"/> names it, is one of spelling only.</summary>
    public static bool IsSpelling(string difference) => difference is "trailing slash" or "letter case" or "white space";
}
