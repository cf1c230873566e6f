using System.Text.Json.Nodes;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>
/// A sign-in through a proxy that requires a group, written from the facts about Entra (matching, token, errors, the
/// sign-in side) and from nothing of <c>verify</c>: the authorization request, the exchange of the code with the client
/// assertion, and what the proxy does with the ID token. The user is a member of one group; the first group that is
/// assigned is that one.
/// </summary>
internal sealed class SignInStandIn(GraphStandIn directory, string redirect, JsonObject header, JsonObject claims, DateTimeOffset now)
{
    /// <summary>A rejection of which no text is recorded.</summary>
    public const string Rejected = "refused";

    /// <summary>What the user or the proxy is told first; null when the user gets in.</summary>
    public string? Response => Authorize() ?? Exchange() ?? Admit();

    private string? Authorize()
    {
        if (directory.Application is not { } application || directory.Principal is not { } principal)
        {
            return "AADSTS700016";
        }

        if (principal["accountEnabled"]?.GetValue<bool>() == false)
        {
            return Rejected;
        }

        if (!RedirectsOf(application, "web").Concat(RedirectsOf(application, "spa")).Contains(redirect, StringComparer.Ordinal))
        {
            return "AADSTS50011";
        }

        if (principal["appRoleAssignmentRequired"]?.GetValue<bool>() == true && !directory.Assignments.Any(each => Text(each, "principalType") is "User" or "Group"))
        {
            return "AADSTS50105";
        }

        // Where users may not consent for themselves.
        string[] granted = [.. directory.Grants.Where(grant => Text(grant, "consentType") == "AllPrincipals" && Text(grant, "resourceId") == "graph-principal").SelectMany(grant => Text(grant, "scope")!.Split(' '))];
        return new[] { "openid", "profile", "email", "offline_access", "User.Read" }.All(granted.Contains) ? null : "Need admin approval";
    }

    // Matching comes before the assertion is looked into, and issuer before subject before audience.
    private string? Exchange()
    {
        JsonObject[] credentials = [.. directory.Credentials];
        JsonObject[] ofIssuer = [.. credentials.Where(each => Text(each, "issuer") == Text(claims, "iss"))];
        JsonObject[] ofSubject = [.. ofIssuer.Where(each => Text(each, "subject") == Text(claims, "sub"))];
        string[] audiences = claims["aud"] switch { JsonArray several => [.. several.Select(each => each!.GetValue<string>())], { } one => [one.GetValue<string>()], null => [] };
        return credentials.Length == 0 ? "AADSTS70025"
            : ofIssuer.Length == 0 ? "AADSTS700211"
            : ofSubject.Length == 0 ? ofIssuer.Any(each => string.Equals(Text(each, "subject"), Text(claims, "sub"), StringComparison.OrdinalIgnoreCase)) ? "AADSTS7002138" : "AADSTS700213"
            : audiences is not [var audience] || !ofSubject.Any(each => each["audiences"]!.AsArray().Select(value => value!.GetValue<string>()).SequenceEqual([audience])) ? "AADSTS700212"
            : Text(header, "alg") != "RS256" ? "AADSTS5002738"
            : header.ContainsKey("typ") && Text(header, "typ") != "JWT" ? "AADSTS5002727"
            : !claims.ContainsKey("iat") || Time("exp") - Time("iat") > 25 * 3600 ? "AADSTS70023"
            : Time("exp") < now.ToUnixTimeSeconds() - 300 || Time("nbf") > now.ToUnixTimeSeconds() + 300 ? "AADSTS700024"
            : !RedirectsOf(directory.Application!, "web").Contains(redirect, StringComparer.Ordinal) ? "AADSTS9002327"
            : null;
    }

    private string? Admit()
    {
        bool namesGroup = Text(directory.Application!, "groupMembershipClaims") switch
        {
            "SecurityGroup" or "All" => true,
            "ApplicationGroup" => directory.Assignments.Any(each => Text(each, "principalType") == "Group"),
            _ => false,
        };
        return namesGroup ? null : "403 of the proxy";
    }

    private long? Time(string claim) => claims[claim]?.GetValue<long>();

    private static string[] RedirectsOf(JsonObject application, string platform) => [.. application[platform]!["redirectUris"]!.AsArray().Select(each => each!.GetValue<string>())];

    private static string? Text(JsonObject from, string member) => from[member]?.GetValue<string>();
}
