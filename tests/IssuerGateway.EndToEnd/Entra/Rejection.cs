using System.Globalization;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>A rejection with what was presented filled in.</summary>
internal sealed record Rejection(AadstsText Text, params string[] Presented)
{
    public int Code => Text.Code;

    public string Description => $"AADSTS{Code}: {string.Format(CultureInfo.InvariantCulture, Text.Template, [.. Presented])}";
}
