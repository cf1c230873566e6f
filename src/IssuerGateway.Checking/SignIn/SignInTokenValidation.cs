using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;

namespace IssuerGateway.Checking.SignIn;

/// <summary>The token of the workload as <c>check</c> validates it for Entra, but for its signature: without the published keys nobody knows that.</summary>
internal static class SignInTokenValidation
{
    public static void Validate(StepBuilder step, TokenInput input, CompactToken token, SignInExpectation expected, DateTimeOffset now)
    {
        // It is the wrong token, which has been reported; what a right one would have, it need not have.
        if (IsOfAnotherKind(token, expected))
        {
            return;
        }

        string create = TokenCommand.Create(expected.Subject, expected.Audience);
        TokenKey.ReportKeyId(step, token, create, withOneKey: []);
        // Somebody has written this file to verify with it, by kubectl with a newline; the workload reads that of its volume.
        TokenHeader.Validate(step, input with { Surplus = null }, token, create, []);
        TokenClaims.Validate(step, token, AudienceOf(token) ?? expected.Audience, registered: null, create);
        TokenTimes.Validate(step, token, now, create);
    }

    /// <summary>The one audience of the token, which the federated credential is compared with; null where it has none, several, or one that cannot be registered.</summary>
    public static string? AudienceOf(CompactToken token) =>
        token.Audiences is [var only] && !(only.Length > RelyingParty.Find("entra")!.MaxAudienceCharacters) ? only : null;

    private static bool IsOfAnotherKind(CompactToken token, SignInExpectation expected) =>
        token.Issuer != expected.Issuer && (token.Issuer == ForeignToken.LegacyIssuer || ForeignToken.ServiceOf(token.Issuer) is not null);
}
