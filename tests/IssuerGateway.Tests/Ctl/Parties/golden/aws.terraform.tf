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
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_iam_openid_connect_provider" "cluster" {
  url            = "https://oidc.example.com/shop"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "workload" {
  name = "shop"

  # Without the condition on sub every pod of the cluster could assume the role.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = aws_iam_openid_connect_provider.cluster.arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "oidc.example.com/shop:aud" = "sts.amazonaws.com"
          "oidc.example.com/shop:sub" = "system:serviceaccount:apps:shop"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "workload_1" {
  role       = aws_iam_role.workload.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}

output "role_arn" {
  value = aws_iam_role.workload.arn
}
