namespace IssuerGateway.Cli.EntraRender;

/// <summary>What a person typed or a server said, made safe to print: one bounded line of printable ASCII in quotes.</summary>
internal static class OptionText
{
    private const int MaxShown = 200;

    public static string Show(string value) => $"\"{Plain(value)}\"";

    public static string Plain(string value)
    {
        string printable = string.Concat(value.Take(MaxShown).Select(c => c is < ' ' or > '~' ? '?' : c));
        return value.Length <= MaxShown ? printable : printable + "...";
    }
}
