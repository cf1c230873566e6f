using IssuerGateway.Ctl.Parties.Drift;
using IssuerGateway.Ctl.Parties.Exchange;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.Google;

/// <summary>Google Cloud as a relying party: workload identity federation.</summary>
internal static class GoogleParty
{
    public const string Name = "google";

    public static PartyCommands Create(ProgramEnvironment environment)
    {
        GoogleOptions options = new();
        GoogleVerification verification = new(options);
        return new PartyCommands
        {
            Render = RenderVerb.Create(Name, "Prints a workload identity pool of Google Cloud; no network.", options.All, options.Read,
                new Dictionary<string, Func<GoogleTrust, string>>
                {
                    ["gcloud"] = GcloudText.Text,
                    ["terraform"] = TerraformText.Text,
                    ["credentials"] = trust => TextQuoting.Json(trust.Credentials()),
                },
                (trust, _) => Needs(trust), environment.Terminal),
            Verify = VerifyVerb.Create(Name, "Compares a provider, as gcloud exports it, its uploaded keys and the rights on a service account with what the workload sends.", verification.All, verification.Read, environment),
            Test = GoogleExchange.Create(Name, environment),
            Drift = DriftVerb.Create(Name, "The uploaded key set: gcloud iam workload-identity-pools providers describe PROVIDER … --format=json, or the file that was uploaded.",
                "upload the published key set again: gcloud iam workload-identity-pools providers update-oidc PROVIDER … --jwk-json-path=FILE; before the cluster signs with a new key", environment),
        };
    }

    private static PodNeeds Needs(GoogleTrust trust)
    {
        string credentials = TextQuoting.CompactJson(trust.Credentials());
        return new PodNeeds
        {
            Workload = trust.Workload,
            VolumeName = "google-identity-token",
            Directory = "/var/run/secrets/google",
            TokenFile = "token",
            Environment = [("GOOGLE_APPLICATION_CREDENTIALS", "/var/run/secrets/google/credentials.json")],
            File = ("googleCredentials", "credentials.json", credentials),
            Label = ("issuer-gateway.io/google", "true"),
            Settings = [("googleAudience", trust.Workload.Audience)],
            ChartValues = [("google", "enabled", "true")],
            Test = [Name, "--project-number", trust.ProjectNumber, "--pool", trust.Pool, "--provider", trust.Provider, .. trust.GoogleAccount is { } account ? (string[])["--google-account", account] : []],
        };
    }
}
