using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.SignIn;

/// <summary>Which of the federated credentials are those of the workload that is asked about.</summary>
internal sealed class CredentialOwners(IReadOnlyList<SignInCredential> credentials, SignInExpectation expected)
{
    public bool HasExpected => credentials.Any(IsExpected);

    /// <summary>The credential that has the name of the options, which Graph finds without regard to letter case.</summary>
    public SignInCredential? Named => credentials.FirstOrDefault(IsNamed);

    /// <summary>Whether Entra can fetch what such an issuer publishes: no other can be registered.</summary>
    public static bool IsFetched(string issuer) => IssuerIdentifier.TryParse(issuer, out IssuerIdentifier parsed, out _) && !parsed.IsPrivateHost;

    public SignInCredential? OwnOf(string issuer) => credentials.FirstOrDefault(each => each.Issuer == issuer && each.Subject == expected.Subject) ?? credentials.FirstOrDefault(each => IsOfWorkload(each, issuer));

    public SignInCredential Nearest(IEnumerable<SignInCredential> among, string issuer) => among.MinBy(each =>
        IsExpected(each) ? 0
        : IsOfWorkload(each, issuer) ? 1
        : IsNamed(each) ? 2
        : IssuerDifference.IsSpelling(issuer, each.Issuer) ? 3
        : each.Subject == expected.Subject ? 4
        : 5)!;

    // As the workload is meant to be: a token that does not fit it is the wrong one.
    private bool IsExpected(SignInCredential credential) => credential.Issuer == expected.Issuer && credential.Subject == expected.Subject;

    // Spelled otherwise, it serves nobody else: no other workload, cluster or service has such a name.
    private bool IsOfWorkload(SignInCredential credential, string issuer) =>
        (credential.Issuer == issuer || IssuerDifference.IsSpelling(issuer, credential.Issuer)) && string.Equals(credential.Subject, expected.Subject, StringComparison.OrdinalIgnoreCase);

    private bool IsNamed(SignInCredential credential) => string.Equals(credential.Name, expected.CredentialName, StringComparison.OrdinalIgnoreCase);
}
