using System.CommandLine;
using System.Text;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.Google;

/// <summary>The options of a workload identity pool and the rules of Google over them.</summary>
internal sealed class GoogleOptions
{
    /// <summary>Google maps <c>sub</c> to <c>google.subject</c>, which holds no more.</summary>
    private const int MaxSubjectBytes = 127;

    private readonly WorkloadOptions workload = new("that of the provider", maxAudience: 256);
    private readonly Option<string> project = new("--project") { Description = "Project id. Required.", HelpName = "ID" };
    private readonly Option<string> projectNumber = new("--project-number") { Description = "Project number, which the names of pools carry. Required.", HelpName = "NUMBER" };
    private readonly Option<string> pool = new("--pool") { Description = "Id of the workload identity pool. Required.", HelpName = "ID" };
    private readonly Option<string> provider = new("--provider") { Description = "Id of the provider; one for each pool is advised. Required.", HelpName = "ID" };
    private readonly Option<string> account = new("--google-account") { Description = "Service account of Google to impersonate. Default: none, rights go to the workload itself.", HelpName = "EMAIL" };
    private readonly Option<string> uploaded = new("--uploaded") { Description = "Key set (JWKS) to upload for an issuer that Google cannot reach; upload again at each rotation. Default: discovery.", HelpName = "FILE" };

    public IEnumerable<Option> All => [project, projectNumber, pool, provider, account, uploaded, .. workload.All];

    public GoogleTrust? Read(OptionValues values)
    {
        string id = values.Required(project, OptionRule.Pattern("([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]", "a project id, 6 to 30 of a-z 0-9 - (Google Resource Manager)", "gcloud config get-value project"));
        string number = values.Required(projectNumber, OptionRule.Pattern("[1-9][0-9]{2,19}", "the project number", "gcloud projects describe PROJECT --format='value(projectNumber)'"));
        string poolId = values.Required(pool, Id("gcloud iam workload-identity-pools list --location=global"));
        string providerId = values.Required(provider, Id("choose one, such as cluster"));
        string? email = values.Optional(account, OptionRule.Pattern(@"[a-z0-9-]{1,63}@([a-z0-9.:-]+\.iam|developer|appspot)\.gserviceaccount\.com", "the e-mail address of a service account of Google", "gcloud iam service-accounts list"));
        string? keys = values.Optional(uploaded, OptionRule.NotEmpty("a file with the key set", "issuer-gateway export, or kubectl get --raw /openid/v1/jwks"));
        if (keys is not null)
        {
            UploadedKeySet.Check(keys, uploaded.Name, values);
        }

        Workload? subject = workload.Read(values, isPublic: keys is null, GoogleTrust.AudienceOf(number, poolId, providerId));
        if (subject is null)
        {
            return null;
        }

        int length = Encoding.UTF8.GetByteCount(subject.Subject);
        if (length > MaxSubjectBytes)
        {
            values.Reject("--service-account", $"a subject of {length} bytes with its namespace", $"at most {MaxSubjectBytes} bytes: {MaxSubjectBytes - "system:serviceaccount:".Length} for NAMESPACE:NAME (Google, google.subject)", "shorten --namespace or --service-account");
        }

        return new GoogleTrust
        {
            Workload = subject,
            Project = id,
            ProjectNumber = number,
            Pool = poolId,
            Provider = providerId,
            HasOwnAudience = subject.Audience != GoogleTrust.AudienceOf(number, poolId, providerId),
            GoogleAccount = email,
            UploadedKeys = keys,
        };
    }

    private static OptionRule Id(string hint) =>
        OptionRule.Pattern("(?!gcp-)[a-z0-9-]{4,32}", "4 to 32 of a-z 0-9 -, not starting with gcp- (Google workload identity pools)", hint);
}
