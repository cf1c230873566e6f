using System.CommandLine;
using System.Xml;
using System.Xml.Linq;

namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>AssumeRoleWithWebIdentity of AWS STS, an unsigned POST.</summary>
internal sealed class AwsExchange
{
    private static readonly (string Text, string Meaning, string Fix)[] known =
    [
        ("No OpenIDConnect provider found", "the account has no identity provider for this issuer", "create it: issuerctl trust render aws; compare slash, path and letter case with iss, and remove :443 from the issuer"),
        ("Not authorized to perform sts:AssumeRoleWithWebIdentity", "the role does not exist, its trust policy does not admit this subject or audience, or a change has not arrived everywhere yet", "compare the conditions :sub and :aud of the trust policy with sub and aud above; wait a minute after a change"),
        ("Couldn't retrieve verification key", "AWS could not fetch the key set in 5 s, or the signing key is not in it", "issuerctl check ISSUER --profile aws from outside your network"),
        ("Incorrect token audience", "the audience is none of the provider's client ids", "project the token with audience sts.amazonaws.com, or add the audience to the provider"),
        ("could not be validated", "the audience is none of the provider's client ids, or the signature is bad", "project the token with audience sts.amazonaws.com; send the token file as it is"),
        ("Token expired", "the token had expired", "read the token file at every use"),
        ("issued in the future", "the clock of the cluster is ahead of AWS by more than 5 minutes", "set the clock of the control plane"),
        ("not yet valid", "the clock of the cluster is ahead of AWS by more than 5 minutes", "set the clock of the control plane"),
        ("Missing a required claim", "the token lacks a claim that AWS requires", "send a token of the cluster as it is"),
        ("configured thumbprint", "the certificate of the issuer is not publicly trusted and differs from the thumbprint", "serve a publicly trusted certificate, or update the thumbprint"),
        (".well-known/openid-configuration", "AWS cannot use the discovery document", "issuerctl check ISSUER --profile aws from outside your network"),
    ];

    private readonly Option<string> role = new("--role-arn") { Description = "ARN of the role. Required.", HelpName = "ARN" };
    private readonly Option<string> region = new("--region") { Description = "Region whose STS is called. Required.", HelpName = "NAME" };
    private readonly Option<string> endpoint = new("--endpoint") { Description = "URL of STS. Default: that of the region.", HelpName = "URL" };

    public static Command Create(string party, ProgramEnvironment environment)
    {
        AwsExchange exchange = new();
        return TestVerb.Create(party, "Assumes the role with the token; the credentials are not shown.", [exchange.role, exchange.region, exchange.endpoint], exchange.Read, environment);
    }

    private ExchangeRequest Read(OptionValues values)
    {
        string arn = values.Required(role, OptionRule.Pattern("arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}", "the ARN of a role (IAM)", "such as arn:aws:iam::111122223333:role/shop"));
        string place = values.Required(region, OptionRule.Pattern("[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}", "the name of a region, such as eu-central-1", "aws configure get region"));
        string url = TestVerb.Endpoint(values, endpoint, $"https://sts.{place}.amazonaws.com{(place.StartsWith("cn-", StringComparison.Ordinal) ? ".cn" : "")}");
        return new ExchangeRequest
        {
            Name = $"POST {url}/ Action=AssumeRoleWithWebIdentity",
            Create = token => new HttpRequestMessage(HttpMethod.Post, url + "/")
            {
                Content = new FormUrlEncodedContent(
                [
                    new("Action", "AssumeRoleWithWebIdentity"), new("Version", "2011-06-15"), new("RoleArn", arn), new("RoleSessionName", "issuerctl-trust-test"),
                    new("DurationSeconds", "900"), new("WebIdentityToken", token),
                ]),
            },
            Read = Read,
        };
    }

    private static ExchangeOutcome Read(int status, byte[] body)
    {
        XElement? root = Parse(body);
        string? Value(string name) => root?.DescendantsAndSelf().FirstOrDefault(each => each.Name.LocalName == name)?.Value;
        if (status == 200 && Value("AccessKeyId") is not null)
        {
            return ExchangeOutcome.Of($"credentials until {Value("Expiration")} for subject {Value("SubjectFromWebIdentityToken")} (not shown)");
        }

        return ExchangeOutcome.Rejected("AWS STS", status, Value("Code") is { } code ? $"{code}: {Value("Message")}" : null, known);
    }

    private static XElement? Parse(byte[] body)
    {
        try
        {
            using XmlReader reader = XmlReader.Create(new MemoryStream(body), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = 64 * 1024 });
            return XElement.Load(reader);
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
