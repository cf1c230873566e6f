using System.Text.RegularExpressions;

namespace IssuerGateway.Tests.Checking;

/// <summary>What every fix has to be: something that a person can do.</summary>
internal static partial class FixText
{
    /// <summary>Whether it sends somebody to look, and names neither a command nor an option or a page.</summary>
    public static bool LacksCommand(string fix) => Look().IsMatch(fix) && !Command().IsMatch(fix);

    [GeneratedRegex(@"\b(?:find out|investigate|compare|see|look|check (?:that the|what|whether|which))\b", RegexOptions.CultureInvariant)]
    private static partial Regex Look();

    [GeneratedRegex(@"\b(?:curl|kubectl|openssl|dig|az|jq|issuerctl) [-a-z]|docs/[a-z]|--[a-z]|/status", RegexOptions.CultureInvariant)]
    private static partial Regex Command();
}
