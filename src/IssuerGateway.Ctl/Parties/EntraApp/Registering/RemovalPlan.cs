using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Graph;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;

namespace IssuerGateway.Ctl.Parties.EntraApp.Registering;

/// <summary>What may be taken away: only what carries this program's mark, and the application itself only once nothing of others is in it.</summary>
internal sealed record RemovalPlan
{
    public required IReadOnlyList<Change> Changes { get; init; }

    /// <summary>The id of the credential to delete.</summary>
    public required string? Credential { get; init; }

    /// <summary>The redirect URLs that stay; null when none is taken away.</summary>
    public required IReadOnlyList<string>? RemainingUrls { get; init; }

    public required bool DeletesApplication { get; init; }

    public bool ChangesNothing => Credential is null && RemainingUrls is null && !DeletesApplication;

    public static RemovalPlan For(AppRegistration wanted, DirectoryState state)
    {
        if (state.Application is not { } application)
        {
            return new RemovalPlan { Changes = [], Credential = null, RemainingUrls = null, DeletesApplication = false };
        }

        CredentialResponse? named = state.Credentials.FirstOrDefault(credential => RegistrationPlan.IsNamed(credential, wanted.Credential.Name));
        string? reason = named is null ? "there is none" : KeepsCredential(wanted, named);
        bool isOurs = (application.Tags ?? []).Contains(OwnershipMark.Tag);
        IReadOnlyList<string> present = application.Web?.RedirectUris ?? [];
        IReadOnlyList<string> remaining = [.. present.Except(wanted.RedirectUris, StringComparer.Ordinal)];
        IReadOnlyList<string> others = OthersIn(application, state.Credentials.Count(credential => reason is not null || credential != named), remaining);
        bool deletes = isOurs && others.Count == 0;
        bool takesUrls = isOurs && !deletes && remaining.Count < present.Count;
        return new RemovalPlan
        {
            Credential = reason is null ? named!.Id : null,
            RemainingUrls = takesUrls ? remaining : null,
            DeletesApplication = deletes,
            Changes =
            [
                Line(reason is null, $"federated credential \"{wanted.Credential.Name}\"", reason ?? $"of subject {wanted.Credential.Subject}"),
                .. takesUrls ? present.Except(remaining).Select(url => Line(true, Name(wanted), $"redirect URL {PrintableText.Of(url)}")) : [],
                Line(deletes, Name(wanted), deletes ? "with its service principal" : isOurs ? $"has {string.Join(" and ", others)}" : "was not made by this program"),
            ],
        };
    }

    private static string? KeepsCredential(AppRegistration wanted, CredentialResponse named) =>
        named.Description != OwnershipMark.Description ? "was not made by this program"
        : !RegistrationPlan.Matches(wanted.Credential, named) ? "has another issuer, subject or audience than the options say"
        : null;

    private static IReadOnlyList<string> OthersIn(ApplicationResponse application, int credentials, IReadOnlyList<string> urls) =>
    [
        .. credentials > 0 ? [$"{credentials} other federated credential{Plural(credentials)}"] : (string[])[],
        .. urls.Count > 0 ? [$"{urls.Count} other redirect URL{Plural(urls.Count)}"] : (string[])[],
        .. application.PasswordCredentials is { Count: > 0 } ? ["a client secret"] : (string[])[],
        .. application.KeyCredentials is { Count: > 0 } ? ["a certificate"] : (string[])[],
    ];

    private static string Name(AppRegistration wanted) => $"application \"{wanted.AppName}\"";

    private static string Plural(int count) => count == 1 ? "" : "s";

    private static Change Line(bool removed, string subject, string text) =>
        new(removed ? ChangeKind.Removed : ChangeKind.Kept, subject, removed ? text : $"kept: {text}");
}
