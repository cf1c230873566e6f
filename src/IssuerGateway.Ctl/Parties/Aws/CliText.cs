using System.Text.Json.Nodes;
using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.Aws;

/// <summary>A bash script for the AWS CLI that may be run again and again.</summary>
internal static class CliText
{
    /// <summary>Marks a role that this script made, whose trust policy it may replace.</summary>
    private const string Tag = "issuerctl";

    public static string Text(AwsTrust trust) => $$"""
        #!/usr/bin/env bash
        # An IAM identity provider for the cluster and a role that one service account assumes with its projected token.
        # Safe to run again: what is there stays. The trust policy of a role is replaced as a whole, so only that of a role that
        # this script has made (tag {{Tag}}) and that trusts this issuer alone is changed.
        # Needs aws, signed in with iam:CreateOpenIDConnectProvider, iam:CreateRole, iam:TagRole and iam:AttachRolePolicy.
        set -euo pipefail

        account={{Shell(trust.Account)}}
        provider={{Shell(trust.ProviderArn)}}
        audience={{Shell(trust.Workload.Audience)}}
        role={{Shell(trust.Role)}}
        # As JSON, because the AWS CLI takes file://NAME, and in version 1 https://HOST, for the place of the value.
        new_provider={{Shell(CompactJson(new JsonObject { ["Url"] = trust.Workload.Issuer.Value, ["ClientIDList"] = new JsonArray(trust.Workload.Audience) }))}}
        new_audience={{Shell(CompactJson(new JsonObject { ["OpenIDConnectProviderArn"] = trust.ProviderArn, ["ClientID"] = trust.Workload.Audience }))}}
        # Without the condition on sub every pod of the cluster could assume the role.
        trust_policy={{Shell(CompactJson(trust.TrustPolicy(trust.ProviderArn)))}}
        policies=({{string.Join(" ", trust.Policies.Select(Shell))}})

        if [[ "$(aws sts get-caller-identity --query Account --output text)" != "${account}" ]]; then
          echo "aws is signed in to another account: set AWS_PROFILE to one of account ${account}" >&2
          exit 1
        fi

        if audiences=$(aws iam get-open-id-connect-provider --open-id-connect-provider-arn "${provider}" --query ClientIDList --output text 2>/dev/null); then
          audiences=$(tr '\t' '\n' <<<"${audiences}")
          if ! grep --quiet --fixed-strings --line-regexp -- "${audience}" <<<"${audiences}"; then
            aws iam add-client-id-to-open-id-connect-provider --cli-input-json "${new_audience}"
          fi
        else
          aws iam create-open-id-connect-provider --cli-input-json "${new_provider}" --output text
        fi

        if tag=$(aws iam get-role --role-name "${role}" --query "Role.Tags[?Key=='made-by'].Value | [0]" --output text 2>/dev/null); then
          trusted=$(aws iam get-role --role-name "${role}" --query "Role.AssumeRolePolicyDocument.Statement[].[Principal.Federated]" --output text)
          if [[ "${tag}" != {{Tag}} || "${trusted}" != "${provider}" ]]; then
            echo "role ${role} is there already and was not made by this script for this issuer alone: give --role another name, or add this statement to its trust policy by hand:" >&2
            echo "${trust_policy}" >&2
            exit 1
          fi
          aws iam update-assume-role-policy --role-name "${role}" --policy-document "${trust_policy}"
        else
          aws iam create-role --role-name "${role}" --assume-role-policy-document "${trust_policy}" --tags Key=made-by,Value={{Tag}} --output text --query Role.Arn
        fi
        for policy in ${policies[@]+"${policies[@]}"}; do
          aws iam attach-role-policy --role-name "${role}" --policy-arn "${policy}"
        done

        echo "role: {{trust.RoleArn}}"
        echo "AWS responds with AccessDenied for some seconds after a role was created."

        """;
}
