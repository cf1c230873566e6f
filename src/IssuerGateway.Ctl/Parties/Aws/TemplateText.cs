using System.Text.Json.Nodes;
using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.Aws;

/// <summary>Provider and role as Terraform and as CloudFormation.</summary>
internal static class TemplateText
{
    public static string Terraform(AwsTrust trust) => $$"""
        # An IAM identity provider for the cluster and a role that one service account assumes with its projected token.
        # A provider that is there already has to be imported first: terraform import aws_iam_openid_connect_provider.cluster ARN
        terraform {
          required_providers {
            aws = {
              source  = "hashicorp/aws"
              version = "~> 6.0"
            }
          }
        }

        provider "aws" {
          region              = {{Hcl(trust.Region)}}
          allowed_account_ids = [{{Hcl(trust.Account)}}]
        }

        resource "aws_iam_openid_connect_provider" "cluster" {
          url            = {{Hcl(trust.Workload.Issuer.Value)}}
          client_id_list = [{{Hcl(trust.Workload.Audience)}}]
        }

        resource "aws_iam_role" "workload" {
          name = {{Hcl(trust.Role)}}

          # Without the condition on sub every pod of the cluster could assume the role.
          assume_role_policy = jsonencode({
            Version = "2012-10-17"
            Statement = [{
              Effect    = "Allow"
              Principal = { Federated = aws_iam_openid_connect_provider.cluster.arn }
              Action    = "sts:AssumeRoleWithWebIdentity"
              Condition = {
                StringEquals = {
                  {{Hcl($"{trust.ProviderName}:aud")}} = {{Hcl(trust.Workload.Audience)}}
                  {{Hcl($"{trust.ProviderName}:sub")}} = {{Hcl(trust.Workload.Subject)}}
                }
              }
            }]
          })
        }
        {{string.Concat(trust.Policies.Select((policy, i) => $$"""

            resource "aws_iam_role_policy_attachment" "workload_{{i + 1}}" {
              role       = aws_iam_role.workload.name
              policy_arn = {{Hcl(policy)}}
            }

            """.ReplaceLineEndings("\n")))}}
        output "role_arn" {
          value = aws_iam_role.workload.arn
        }

        """;

    public static string CloudFormation(AwsTrust trust)
    {
        JsonObject role = new()
        {
            ["RoleName"] = trust.Role,
            ["AssumeRolePolicyDocument"] = trust.TrustPolicy(new JsonObject { ["Ref"] = "Provider" }),
        };
        if (trust.Policies.Count > 0)
        {
            role["ManagedPolicyArns"] = new JsonArray([.. trust.Policies.Select(policy => JsonValue.Create(policy))]);
        }

        return Json(new JsonObject
        {
            ["AWSTemplateFormatVersion"] = "2010-09-09",
            ["Description"] = "An IAM identity provider for the cluster and a role that one service account assumes with its projected token. The stack fails where the provider exists already: import it. Needs CAPABILITY_NAMED_IAM.",
            ["Resources"] = new JsonObject
            {
                ["Provider"] = new JsonObject
                {
                    ["Type"] = "AWS::IAM::OIDCProvider",
                    ["Properties"] = new JsonObject { ["Url"] = trust.Workload.Issuer.Value, ["ClientIdList"] = new JsonArray(trust.Workload.Audience) },
                },
                ["Role"] = new JsonObject { ["Type"] = "AWS::IAM::Role", ["Properties"] = role },
            },
            ["Outputs"] = new JsonObject { ["RoleArn"] = new JsonObject { ["Value"] = new JsonObject { ["Fn::GetAtt"] = new JsonArray("Role", "Arn") } } },
        });
    }
}
