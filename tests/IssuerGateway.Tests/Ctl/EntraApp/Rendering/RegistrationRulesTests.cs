using IssuerGateway.Base;
using IssuerGateway.Ctl.Parties.EntraApp.Rendering;
using IssuerGateway.Demo.StandIn;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Ctl.EntraApp.Rendering;

public class RegistrationRulesTests
{
    private static readonly RegistrationInput good = SampleRegistrations.Placeholders;

    public static TheoryData<string, string?> Accepted => new()
    {
        { "--tenant", "8E2F0000-1111-2222-3333-44445555AAAA" },
        { "--app-name", "x" },
        { "--app-name", new string('x', 120) },
        { "--app-name", "Demo app_2.0-beta" },
        { "--host", "a.b" },
        { "--host", "xn--bcher-kva.example.com" },
        { "--issuer", "https://oidc.example.com/" },
        { "--issuer", "https://oidc.example.com:443/clusters/one" },
        { "--issuer", "https://" + new string('a', 60) + ".example.com/" + new string('p', 600 - 81) },
        { "--namespace", new string('n', 63) },
        { "--service-account", "web.frontend" },
        { "--service-account", "default" },
        { "--credential-name", "a-_" },
        { "--credential-name", new string('c', 120) },
        { "--cloud", "China" },
        { "--cloud", null },
        { "--app-role", "Reader.All" },
        { "--group-claims", "all" },
        { "--group-claims", null },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Accepts(string option, string? value)
    {
        Assert.NotNull(RegistrationRules.Validate(With(option, value), out IReadOnlyList<SettingError> errors));
        Assert.Empty(errors);
    }

    public static TheoryData<string, string?, string> Rejected => new()
    {
        { "--tenant", null, "--tenant: is required: the tenant id, a GUID with hyphens\nhint: az account show --query tenantId --output tsv" },
        { "--tenant", "contoso.com", "--tenant: found \"contoso.com\", expected the tenant id, a GUID with hyphens\nhint: az account show --query tenantId --output tsv" },
        { "--tenant", "common", "--tenant: found \"common\", expected the tenant id, a GUID with hyphens\nhint: az account show --query tenantId --output tsv" },
        { "--app-name", null, AppName("nothing").Replace("found nothing, expected", "is required:", StringComparison.Ordinal) },
        { "--app-name", "", AppName("\"\"") },
        { "--app-name", " x", AppName("\" x\"") },
        { "--app-name", "x'; rm", AppName("\"x'; rm\"") },
        { "--app-name", "größe", AppName("\"gr??e\"") },
        { "--app-name", new string('x', 121), AppName($"\"{new string('x', 121)}\"") },
        { "--host", null, "--host: is required: 1 to 100 host names\nhint: give the host name that people type to reach the app, once for each" },
        { "--host", "https://app.example.com", Host("https://app.example.com") },
        { "--host", "App.example.com", Host("App.example.com") },
        { "--host", "app.example.com:8443", Host("app.example.com:8443") },
        { "--host", "app", Host("app") },
        { "--host", "app.-example.com", Host("app.-example.com") },
        { "--issuer", null, "--issuer: is required: the issuer of the cluster's tokens\nhint: kubectl get --raw /.well-known/openid-configuration | jq -r .issuer" },
        { "--issuer", "http://oidc.example.com", "--issuer: found \"http://oidc.example.com\", expected an https URL\nhint: OIDC Discovery §3 requires https; change --service-account-issuer of the API server" },
        { "--issuer", "https://oidc.example.com ", "--issuer: found \"https://oidc.example.com \", expected printable ASCII without white space\nhint: remove white space and write an international host in its xn-- form" },
        { "--issuer", "https://oidc.example.com/" + new string('p', 576), "--issuer: found 601 characters, expected 1 to 600 characters\nhint: choose a shorter issuer (--service-account-issuer of the API server)" },
        { "--namespace", "Team", Name("--namespace", "\"Team\"", 63, "") },
        { "--namespace", "a.b", Name("--namespace", "\"a.b\"", 63, "") },
        { "--namespace", new string('n', 64), Name("--namespace", $"\"{new string('n', 64)}\"", 63, "") },
        { "--service-account", null, Name("--service-account", "nothing", 253, "and . ").Replace("found nothing, expected", "is required:", StringComparison.Ordinal) },
        { "--service-account", "web_1", Name("--service-account", "\"web_1\"", 253, "and . ") },
        { "--service-account", "web..x", Name("--service-account", "\"web..x\"", 253, "and . ") },
        { "--credential-name", "ab", CredentialName("ab") },
        { "--credential-name", "-abc", CredentialName("-abc") },
        { "--credential-name", "a.b.c", CredentialName("a.b.c") },
        { "--credential-name", "a b c", CredentialName("a b c") },
        { "--credential-name", new string('c', 121), CredentialName(new string('c', 121)) },
        { "--cloud", "germany", "--cloud: found \"germany\", expected one of public, usgov, china\nhint: leave it out for the public cloud" },
        { "--app-role", "two words", Role("two words") },
        { "--app-role", ".x", Role(".x") },
        { "--group-claims", "None", "--group-claims: found \"None\", expected one of SecurityGroup, ApplicationGroup, All\nhint: ApplicationGroup names only groups assigned to the app and so avoids the limit of 200 groups" },
    };

    [Theory]
    [MemberData(nameof(Rejected))]
    public void Refuses(string option, string? value, string message)
    {
        Assert.Null(RegistrationRules.Validate(With(option, value), out IReadOnlyList<SettingError> errors));
        Assert.Equal([message], errors.Select(error => error.ToString()));
    }

    [Fact]
    public void Takes_an_issuer_that_Entra_does_not_reach_only_when_that_is_allowed()
    {
        RegistrationInput input = good with { Issuer = "https://localhost:8443" };

        Assert.Null(RegistrationRules.Validate(input, out IReadOnlyList<SettingError> errors));
        Assert.Equal("--issuer", Assert.Single(errors).Key);
        Assert.NotNull(RegistrationRules.Validate(input with { AllowPrivate = true }, out _));
    }

    [Fact]
    public void Names_every_fault_at_once()
    {
        RegistrationRules.Validate(new RegistrationInput { Cloud = "x", CredentialName = "?", GroupClaims = "x", AppRoles = ["", "a", "a"], Hosts = ["a.b", "a.b"] }, out IReadOnlyList<SettingError> errors);

        Assert.Equal(
            ["--tenant", "--app-name", "--host", "--issuer", "--namespace", "--service-account", "--cloud", "--app-role", "--app-role", "--group-claims", "--credential-name"],
            errors.Select(error => error.Key));
    }

    [Fact]
    public void The_credential_s_name_defaults_to_the_workload() =>
        Assert.Equal("team-a-web-frontend", SampleRegistrations.Validated(SampleRegistrations.Full).Credential.Name);

    [Theory]
    [InlineData("public", "api://AzureADTokenExchange")]
    [InlineData("usgov", "api://AzureADTokenExchangeUSGov")]
    [InlineData("china", "api://AzureADTokenExchangeChina")]
    public void The_audience_is_that_of_the_cloud(string cloud, string audience) =>
        Assert.Equal(audience, SampleRegistrations.Validated(good with { Cloud = cloud }).Credential.Audience);

    [Theory]
    [InlineData("", "x", "issuer", "found 0 characters, expected 1 to 600 characters")]
    [InlineData("x", "a b", "subject", "found \"a b\", expected no white space")]
    [InlineData("x", "x", "audience", "found \"x\u2003?\", expected no white space")]
    public void A_credential_is_validated_whole(string issuer, string subject, string name, string fault)
    {
        FederatedCredential credential = new() { Name = "abc", Issuer = issuer, Subject = subject, Audience = name == "audience" ? "x\u2003" : "x" };

        SettingError error = Assert.Single(credential.Faults());

        Assert.Equal(name, error.Key.TrimStart('-'));
        Assert.Contains(fault.Replace("\u2003?", "?", StringComparison.Ordinal), error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(600, 0)]
    [InlineData(601, 3)]
    public void Issuer_subject_and_audience_have_at_most_600_characters(int length, int faults)
    {
        string text = new('x', length);

        Assert.Equal(faults, new FederatedCredential { Name = "abc", Issuer = text, Subject = text, Audience = text }.Faults().Count());
    }

    [Fact]
    public void A_role_has_the_same_id_everywhere() =>
        Assert.Equal("58696f44-9f8b-82fb-b4f4-9e48917ab44a", new AppRole("admin").Id.ToString());

    private static RegistrationInput With(string option, string? value) => option switch
    {
        "--tenant" => good with { Tenant = value },
        "--app-name" => good with { AppName = value },
        "--host" => good with { Hosts = value is null ? [] : [value] },
        "--issuer" => good with { Issuer = value },
        "--namespace" => good with { Namespace = value },
        "--service-account" => good with { ServiceAccount = value },
        "--credential-name" => good with { CredentialName = value },
        "--cloud" => good with { Cloud = value },
        "--app-role" => good with { AppRoles = [value!] },
        _ => good with { GroupClaims = value },
    };

    private static string AppName(string found) =>
        $"--app-name: found {found}, expected 1 to 120 letters, digits, blanks, dots, hyphens or underscores, no blank at either end\n"
        + "hint: it is shown to people who sign in, and Microsoft Graph finds the app again by it";

    private static string Host(string found) =>
        $"--host: found \"{found}\", expected a host name in lower case without scheme, port or path, such as app.example.com\n"
        + "hint: Entra compares the redirect URL https://HOST/oauth2/callback exactly with what the browser sends";

    private static string Name(string option, string found, int most, string dots) =>
        $"{option}: found {found}, expected 1 to {most} of a-z 0-9 - {dots}as Kubernetes allows\n"
        + "hint: Entra accepts a wrong subject here and rejects every sign-in later (AADSTS700213)";

    private static string CredentialName(string found) =>
        $"--credential-name: found \"{found}\", expected 3 to 120 of A-Z a-z 0-9 _ -, the first a letter or digit\n"
        + "hint: the name is part of a URL in Microsoft Graph and cannot be changed later";

    private static string Role(string found) =>
        $"--app-role: found \"{found}\", expected 1 to 120 of A-Z a-z 0-9 . _ : -, the first a letter or digit\n"
        + "hint: the value arrives in the claim roles and is given to OAuth2 Proxy as allowed group";
}
