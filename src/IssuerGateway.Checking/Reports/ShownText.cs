using IssuerGateway.Base;

namespace IssuerGateway.Checking.Reports;

/// <summary>An issuer or a URL in a report: whole, because who copies half of one registers another. Neither may be longer.</summary>
public static class ShownText
{
    public const int MaxLength = 2048;

    public static string Of(string? text) => PrintableText.Of(text, MaxLength);

    public static string Quote(string? text) => $"\"{Of(text)}\"";
}
