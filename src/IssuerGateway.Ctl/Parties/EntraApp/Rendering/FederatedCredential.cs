using IssuerGateway.Base;
using IssuerGateway.Checking.SignIn;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.EntraApp.Rendering;

/// <summary>Which tokens an app registration accepts in place of a secret: those with exactly this issuer, subject and audience.</summary>
internal sealed record FederatedCredential
{
    /// <summary>Entra stores at most this many characters of issuer, subject and audience each.</summary>
    public const int MaxLength = 600;

    public const int MinNameLength = 3;
    public const int MaxNameLength = 120;

    /// <summary>Entra takes no more federated credentials than this in one app registration.</summary>
    public const int MaxPerApp = SignInFacts.MaxCredentials;

    public required string Name { get; init; }

    public required string Issuer { get; init; }

    public required string Subject { get; init; }

    public required string Audience { get; init; }

    /// <summary>
    /// The name of a workload's credential where none is chosen. Not unique: a-b of c and b-c of a give the same, so a credential of that
    /// name may be another workload's.
    /// </summary>
    public static string DefaultName(string? ns, string? serviceAccount) => $"{ns}-{serviceAccount?.Replace('.', '-')}";

    /// <summary>Whether a credential of this name, which is the default, is another workload's.</summary>
    /// <param name="present">The subject of the credential that is there.</param>
    public static bool IsOfAnother(string name, string subject, string? present) =>
        present != subject && IsDefaultName(name, subject);

    public static bool IsDefaultName(string name, string subject) =>
        subject.Split(':') is [_, _, var ns, var serviceAccount] && string.Equals(name, DefaultName(ns, serviceAccount), StringComparison.OrdinalIgnoreCase);

    /// <summary>What Entra would reject, or accept and never match.</summary>
    public IEnumerable<SettingError> Faults() =>
    [
        .. NameFaults(),
        .. TextFaults("--issuer", Issuer, "choose a shorter issuer (--service-account-issuer of the API server)"),
        .. TextFaults("subject", Subject, "choose a shorter --namespace or --service-account"),
        .. TextFaults("--audience", Audience, "leave it out for the audience of --cloud"),
    ];

    private IEnumerable<SettingError> NameFaults()
    {
        if (Name.Length is < MinNameLength or > MaxNameLength || !char.IsAsciiLetterOrDigit(Name[0]) || !Name.All(IsNameCharacter))
        {
            yield return new SettingError("--credential-name", PrintableText.Quote(Name),
                $"{MinNameLength} to {MaxNameLength} of A-Z a-z 0-9 _ -, the first a letter or digit",
                "the name is part of a URL in Microsoft Graph and cannot be changed later");
        }
    }

    // A blank at either end is kept by Entra and never matches; inside, no issuer and no subject of Kubernetes has one.
    private static IEnumerable<SettingError> TextFaults(string name, string value, string hint)
    {
        if (value.Length is 0 or > MaxLength)
        {
            yield return new SettingError(name, $"{value.Length} characters", $"1 to {MaxLength} characters", hint);
        }

        if (value.Any(char.IsWhiteSpace))
        {
            yield return new SettingError(name, PrintableText.Quote(value), "no white space",
                "Entra compares it character by character; copy it again without blanks");
        }
    }

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
}
