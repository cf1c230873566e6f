using System.Text.RegularExpressions;
using IssuerGateway.Checking;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties;

/// <summary>What the value of an option must be, in words that name who demands it, and what to do otherwise.</summary>
internal sealed record OptionRule(Func<string, bool> Holds, string Expected, string Hint)
{
    private const string Label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

    public static OptionRule NotEmpty(string expected, string hint) => new(value => value.Length > 0, expected, hint);

    /// <summary>The base URL of a server.</summary>
    public static OptionRule Url(IReadOnlyList<string> schemes, string expected, string hint) => new(value => schemes.Any(scheme => UrlOption.Defect(value, scheme) is null), expected, hint) { IsUrl = true };

    /// <summary>An issuer as tokens carry it.</summary>
    public static OptionRule Issuer(string expected, string hint) => new(value => IssuerIdentifier.TryParse(value, out _, out _), expected, hint) { IsUrl = true };

    /// <summary>Whether a value may contain a password, so that a wrong one is not shown whole.</summary>
    public bool IsUrl { get; init; }

    public static OptionRule Guid(string expected, string hint) => new(value => System.Guid.TryParseExact(value, "D", out _), expected, hint);

    /// <summary>The whole value must match.</summary>
    public static OptionRule Pattern(string pattern, string expected, string hint)
    {
        Regex regex = new($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        return new OptionRule(regex.IsMatch, expected, hint);
    }

    /// <summary>RFC 1123 label.</summary>
    public static OptionRule KubernetesLabel(string hint) =>
        Pattern(Label, "1 to 63 of a-z 0-9 -, as Kubernetes allows (RFC 1123 label)", hint);

    /// <summary>RFC 1123 subdomain; Kubernetes limits the whole and not each label (IsDNS1123Subdomain).</summary>
    public static OptionRule KubernetesName(string hint) =>
        Pattern(@"(?=.{1,253}\z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", "1 to 253 of a-z 0-9 - and ., as Kubernetes allows (RFC 1123 subdomain)", hint);

    public static OptionRule OneOf(IReadOnlyList<string> values, string hint) => new(values.Contains, $"one of {string.Join(", ", values)}", hint);
}
