using System.Buffers.Text;
using System.Text;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Steps;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Checking.Upstreams;
using IssuerGateway.Tests.Issuers;

namespace IssuerGateway.Tests.Checking.RuleCases;

/// <summary>Claims that a party requires, and which of aud and azp it reads.</summary>
public sealed class TokenClaimsTests
{
    [Theory]
    [InlineData("kubernetes", "\"sub\":\"a\"", "token-claim-missing: no aud")]
    [InlineData("kubernetes", "\"sub\":\"a\",\"aud\":5", "token-audience: aud is neither a string nor an array of strings; expected the audience that is registered")]
    [InlineData("kubernetes", "\"sub\":\"a\",\"aud\":\"x\"", null)]
    [InlineData("entra", "\"sub\":5,\"aud\":\"api://AzureADTokenExchange\"", "token-claim-missing: sub is not a string")]
    [InlineData("aws", "\"sub\":5,\"aud\":\"sts.amazonaws.com\"", "token-claim-missing: sub is not a string")]
    [InlineData("aws", "\"aud\":\"sts.amazonaws.com\"", "token-claim-missing: no sub")]
    [InlineData("aws", "\"sub\":\"a\",\"azp\":\"sts.amazonaws.com\",\"aud\":[\"x\",\"y\"]", null)]
    [InlineData("aws", "\"sub\":\"a\",\"azp\":\"sts.amazonaws.com\",\"aud\":[\"sts.amazonaws.com\",\"y\"]", null)]
    [InlineData("aws", "\"sub\":\"a\",\"azp\":\"x\",\"aud\":[\"sts.amazonaws.com\",\"x\"]", "token-audience: aud is \"sts.amazonaws.com\", \"x\"; expected only \"sts.amazonaws.com\"")]
    [InlineData("aws", "\"sub\":\"a\",\"azp\":\"sts.amazonaws.com\",\"aud\":\"x\"", "token-audience: aud is \"x\"; expected \"sts.amazonaws.com\"")]
    [InlineData("google", "\"sub\":\"a\",\"aud\":\"//iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/pool/providers/prov\"", null)]
    [InlineData("google", "\"sub\":\"a\",\"aud\":\"https://iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/pool/providers/prov\"", null)]
    [InlineData("google", "\"sub\":\"a\",\"aud\":\"//iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/pool\"", "token-audience: aud is \"//iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/pool\"; expected \"//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER\"")]
    [InlineData("google", "\"sub\":\"a\",\"aud\":\"//iam.googleapis.com/projects/my-project/locations/global/workloadIdentityPools/pool/providers/prov\"", "token-audience: aud is \"//iam.googleapis.com/projects/my-project/locations/global/workloadIdentityPools/pool/providers/prov\"; expected \"//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER\"")]
    [InlineData("google", "\"sub\":\"a\",\"aud\":\"//iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/pool/providers/prov/\"", "token-audience: aud is \"//iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/pool/providers/prov/\"; expected \"//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER\"")]
    public void Reads_the_claims_as_the_party_does(string profile, string claims, string? expected)
    {
        DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(1795473000);
        string payload = $"{{\"iss\":\"{Build.Url}\",\"iat\":1795473000,\"exp\":1795476600,{claims}}}";
        string token = string.Join('.', new[] { "{\"alg\":\"RS256\",\"kid\":\"x\"}", payload, "sig" }.Select(part => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part))));
        CheckRequest request = new() { Issuer = Build.Identifier(Build.Url), Parties = [RelyingParty.Find(profile)!], Tokens = [new TokenInput { Name = "token", Text = token }] };

        StepReport step = Assert.Single(new TokenStep(request, ServerDocuments.None, new FindingFolding([]), new Microsoft.Extensions.Time.Testing.FakeTimeProvider(now)).Run(new IssuerDocuments { Steps = [], Issuer = Build.Url }));

        Assert.Equal(expected is null ? [] : [expected], step.Findings.Select(finding => $"{finding.Id}: {finding.Found}"));
    }
}
