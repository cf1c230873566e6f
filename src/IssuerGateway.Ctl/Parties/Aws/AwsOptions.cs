using System.CommandLine;
using IssuerGateway.Base;

namespace IssuerGateway.Ctl.Parties.Aws;

/// <summary>The options of a role in AWS and the rules of IAM over them.</summary>
internal sealed class AwsOptions
{
    private readonly WorkloadOptions workload = new("sts.amazonaws.com", maxAudience: 255);
    private readonly Option<string> account = new("--account") { Description = "Account id, 12 digits; provider and role are in one account. Required.", HelpName = "ID" };
    private readonly Option<string> role = new("--role") { Description = "Name of the role. Required.", HelpName = "NAME" };
    private readonly Option<string> region = new("--region") { Description = "Region of the workload's calls. Required.", HelpName = "NAME" };
    private readonly Option<string[]> policy = new("--policy-arn") { Description = "ARN of a policy that the role gets. Repeatable.", HelpName = "ARN" };

    public IEnumerable<Option> All => [account, role, region, policy, .. workload.All];

    public AwsTrust? Read(OptionValues values)
    {
        string accountId = values.Required(account, OptionRule.Pattern("[0-9]{12}", "12 digits (AWS account id)", "aws sts get-caller-identity --query Account --output text"));
        string name = values.Required(role, OptionRule.Pattern("[A-Za-z0-9_+=,.@-]{1,64}", "1 to 64 of A-Z a-z 0-9 _ + = , . @ - (IAM CreateRole)", "a name without path"));
        string place = values.Required(region, OptionRule.Pattern("[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}", "the name of a region, such as eu-central-1", "aws ec2 describe-regions --query \"Regions[].RegionName\""));
        IReadOnlyList<string> policies = values.Each(policy, OptionRule.Pattern("arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]{1,512}", "the ARN of a policy (IAM AttachRolePolicy)", "such as arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"));
        foreach (string arn in policies.Where(arn => arn.StartsWith("arn:", StringComparison.Ordinal) && !IsUsable(arn, accountId, PartitionOf(place))))
        {
            values.Reject(policy.Name, PrintableText.Quote(arn), $"a policy of AWS or of account {PrintableText.Of(accountId)}, in the partition {PartitionOf(place)} of --region (IAM AttachRolePolicy)", "IAM attaches no policy of another account or partition: aws iam list-policies --query \"Policies[].Arn\"");
        }

        Workload? subject = workload.Read(values, isPublic: true);
        if (subject is null)
        {
            return null;
        }

        string issuer = subject.Issuer.Value;
        if (subject.Issuer.Port is not null)
        {
            values.Reject(WorkloadOptions.IssuerName, PrintableText.Quote(issuer), "an issuer without port (IAM CreateOpenIDConnectProvider)",
                $"{(subject.Issuer.Port == 443 ? "AWS drops :443 from the URL of the provider, so that it never equals the claim iss" : "AWS expects the documents on port 443")}; remove the port from --service-account-issuer of the API server");
        }

        if (issuer.Length > 255)
        {
            values.Reject(WorkloadOptions.IssuerName, $"{issuer.Length} characters", "at most 255 characters (IAM CreateOpenIDConnectProvider)", "choose a shorter issuer (--service-account-issuer of the API server)");
        }

        if (subject.Audience.Contains("${", StringComparison.Ordinal) || subject.Audience.Contains("{{resolve:", StringComparison.Ordinal))
        {
            values.Reject(WorkloadOptions.AudienceName, PrintableText.Quote(subject.Audience), "an audience without ${ and {{resolve: (IAM policy variables, CloudFormation dynamic references)", "AWS would replace it with something else; the usual audience is sts.amazonaws.com");
        }

        return new AwsTrust { Workload = subject, Account = accountId, Partition = PartitionOf(place), Role = name, Region = place, Policies = policies };
    }

    private static bool IsUsable(string arn, string account, string partition) =>
        arn.Split(':') is [_, var of, _, _, var owner, ..] && of == partition && (owner == "aws" || owner == account);

    private static string PartitionOf(string region) =>
        region.StartsWith("us-gov-", StringComparison.Ordinal) ? "aws-us-gov" : region.StartsWith("cn-", StringComparison.Ordinal) ? "aws-cn" : "aws";
}
