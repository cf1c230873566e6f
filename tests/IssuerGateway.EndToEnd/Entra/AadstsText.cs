using IssuerGateway.Issuers;

namespace IssuerGateway.EndToEnd.Entra;

/// <summary>
/// One rejection of the token endpoint: code, OAuth error with its status, and text. Texts are those of public reports,
/// linked where each was seen; where no report shows one, the text is made from the documented meaning and says so.
/// Microsoft may change texts and codes at any time, so nothing but tests may depend on them.
/// </summary>
internal sealed record AadstsText(int Code, string Error, int Status, bool IsRecorded, string Template)
{
    private const string Documentation = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";
    private const string Compare = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion. " + Documentation;

    // github.com/dotnet/maui/pull/31978, github.com/Azure/login/issues/482
    public static readonly AadstsText NoIssuer = Client(700211, true, "No matching federated identity record found for presented assertion issuer '{0}'. " + Compare);
    public static readonly AadstsText NoAudience = Client(700212, true, "No matching federated identity record found for presented assertion audience '{0}'. " + Compare);
    public static readonly AadstsText NoSubject = Client(700213, true, "No matching federated identity record found for presented assertion subject '{0}'. " + Compare);

    // github.com/Azure/login/issues/515
    public static readonly AadstsText SubjectCase = Client(7002138, true,
        "No matching federated identity record found for presented assertion subject '{0}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. " + Compare);

    // github.com/external-secrets/external-secrets/issues/2783: the older text for any mismatch
    public static readonly AadstsText NoMatch = Client(70021, true,
        "No matching federated identity record found for presented assertion. Assertion Issuer: '{0}'. Assertion Subject: '{1}'. Assertion Audience: '{2}'. " + Documentation);

    public static readonly AadstsText NoCredentials = Client(70025, true, "The client '{0}' has no configured federated identity credentials.");

    public static readonly AadstsText NoApplication = new(700016, "unauthorized_client", 400, true,
        "Application with identifier '{0}' was not found in the directory '{1}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.");

    // github.com/Azure/azure-workload-identity/issues/642, /605; github.com/Azure/AKS/issues/4029
    public static readonly AadstsText FetchFailed = Request(50166, true, "Request to External OIDC endpoint failed.");
    public static readonly AadstsText FetchFailedDocument = Request(501661, true, "Request to External OIDC endpoint failed.");
    public static readonly AadstsText FetchFailedOlder = Request(90061, true, "Request to External OIDC endpoint failed.");

    public static readonly AadstsText KeysMalformed = Request(900612, false, "The keys of the external OIDC endpoint could not be parsed.");

    // github.com/Azure/azure-workload-identity/issues/1232
    public static readonly AadstsText KeyUnpublished = Client(7000272, true,
        "The certificate with identifier {0} used to sign the federated credential could not be found in the metadata of identity provider {1}. Please validate that your Identity Provider's metadata exposes the key used to sign the incoming token.");

    public static readonly AadstsText SignatureInvalid = Client(7000274, false, "The signature of the federated credential is not valid.");

    // github.com/AzureAD/microsoft-identity-web/issues/3467
    public static readonly AadstsText Algorithm = Request(5002738, true, "Invalid JWT token. '{0}' is not a supported signature algorithm.");
    public static readonly AadstsText TokenType = Request(5002727, false, "Invalid JWT token. '{0}' is not a supported token type.");

    // github.com/MicrosoftDocs/azure-docs/issues/86916
    public static readonly AadstsText Lifetime = Request(70023, true, "External OIDC Provider token must have a lifetime of less than or equal to 1.01:00:00. Token issued at {0}. Token expires on {1}.");

    // github.com/Azure/login/issues/180
    public static readonly AadstsText TimeRange = Client(700024, true,
        "Client assertion is not within its valid time range. Current time: {0}, expiry time of assertion {1}. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .");

    public static readonly AadstsText Malformed = Request(50027, true, "JWT token is invalid or malformed.");
    public static readonly AadstsText MissingParameter = Request(900144, true, "The request body must contain the following parameter: '{0}'.");
    public static readonly AadstsText GrantType = new(70003, "unsupported_grant_type", 400, true, "The app requested an unsupported grant type '{0}'.");

    public static readonly IReadOnlyList<AadstsText> All =
    [
        NoIssuer, NoAudience, NoSubject, SubjectCase, NoMatch, NoCredentials, NoApplication, FetchFailed, FetchFailedDocument, FetchFailedOlder,
        KeysMalformed, KeyUnpublished, SignatureInvalid, Algorithm, TokenType, Lifetime, TimeRange, Malformed, MissingParameter, GrantType,
    ];

    private static AadstsText Client(int code, bool recorded, string template) => new(code, "invalid_client", 401, recorded, template);

    private static AadstsText Request(int code, bool recorded, string template) => new(code, "invalid_request", 400, recorded, template);
}
