using IssuerGateway.Ctl.Parties.Exchange;
using IssuerGateway.Ctl.Parties.Verification;

namespace IssuerGateway.Ctl.Parties.Aws;

/// <summary>AWS as a relying party: an IAM role for a service account.</summary>
internal static class AwsParty
{
    public const string Name = "aws";

    private const string Directory = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

    public static PartyCommands Create(ProgramEnvironment environment)
    {
        AwsOptions options = new();
        AwsVerification verification = new(options);
        return new PartyCommands
        {
            Render = RenderVerb.Create(Name, "Prints an IAM identity provider and a role of AWS; no network.", options.All, options.Read,
                new Dictionary<string, Func<AwsTrust, string>> { ["cli"] = CliText.Text, ["terraform"] = TemplateText.Terraform, ["cloudformation"] = TemplateText.CloudFormation },
                (trust, _) => Needs(trust), environment.Terminal),
            Verify = VerifyVerb.Create(Name, "Compares identity provider and role, as the AWS CLI exports them, with what the workload sends.", verification.All, verification.Read, environment),
            Test = AwsExchange.Create(Name, environment),
        };
    }

    private static PodNeeds Needs(AwsTrust trust) => new()
    {
        Workload = trust.Workload,
        VolumeName = "aws-iam-token",
        Directory = Directory,
        TokenFile = "token",
        ExpirationSeconds = 86400,
        Environment =
        [
            ("AWS_STS_REGIONAL_ENDPOINTS", "regional"), ("AWS_DEFAULT_REGION", trust.Region), ("AWS_REGION", trust.Region),
            ("AWS_ROLE_ARN", trust.RoleArn), ("AWS_WEB_IDENTITY_TOKEN_FILE", $"{Directory}/token"),
        ],
        Label = ("issuer-gateway.io/aws", "true"),
        Settings = [("awsRoleArn", trust.RoleArn), ("awsRegion", trust.Region)],
        Remarks = PodNeeds.OfChart("aws.audience", trust.Workload.Audience, "sts.amazonaws.com"),
        ChartValues = [("aws", "enabled", "true"), ("aws", "audience", TextQuoting.Yaml(trust.Workload.Audience))],
        Test = [Name, "--role-arn", trust.RoleArn, "--region", trust.Region],
    };
}
