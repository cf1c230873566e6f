#!/usr/bin/env bash
# An IAM identity provider for the cluster and a role that one service account assumes with its projected token.
# Safe to run again: what is there stays. The trust policy of a role is replaced as a whole, so only that of a role that
# this script has made (tag issuerctl) and that trusts this issuer alone is changed.
# Needs aws, signed in with iam:CreateOpenIDConnectProvider, iam:CreateRole, iam:TagRole and iam:AttachRolePolicy.
set -euo pipefail

account='111122223333'
provider='arn:aws:iam::111122223333:oidc-provider/oidc.example.com/shop'
audience='sts.amazonaws.com'
role='shop'
# As JSON, because the AWS CLI takes file://NAME, and in version 1 https://HOST, for the place of the value.
new_provider='{"Url":"https://oidc.example.com/shop","ClientIDList":["sts.amazonaws.com"]}'
new_audience='{"OpenIDConnectProviderArn":"arn:aws:iam::111122223333:oidc-provider/oidc.example.com/shop","ClientID":"sts.amazonaws.com"}'
# Without the condition on sub every pod of the cluster could assume the role.
trust_policy='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.example.com/shop"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"oidc.example.com/shop:aud":"sts.amazonaws.com","oidc.example.com/shop:sub":"system:serviceaccount:apps:shop"}}}]}'
policies=('arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess')

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
  if [[ "${tag}" != issuerctl || "${trusted}" != "${provider}" ]]; then
    echo "role ${role} is there already and was not made by this script for this issuer alone: give --role another name, or add this statement to its trust policy by hand:" >&2
    echo "${trust_policy}" >&2
    exit 1
  fi
  aws iam update-assume-role-policy --role-name "${role}" --policy-document "${trust_policy}"
else
  aws iam create-role --role-name "${role}" --assume-role-policy-document "${trust_policy}" --tags Key=made-by,Value=issuerctl --output text --query Role.Arn
fi
for policy in ${policies[@]+"${policies[@]}"}; do
  aws iam attach-role-policy --role-name "${role}" --policy-arn "${policy}"
done

echo "role: arn:aws:iam::111122223333:role/shop"
echo "AWS responds with AccessDenied for some seconds after a role was created."
