using System.Text.Json.Nodes;
using static IssuerGateway.Ctl.Parties.TextQuoting;

namespace IssuerGateway.Ctl.Parties.Vault;

/// <summary>The auth method and its role as a script for the command line, as Terraform, and as requests.</summary>
internal static class VaultText
{
    public static string Cli(VaultTrust trust)
    {
        string command = trust.Product.Command;
        return $$"""
            #!/usr/bin/env bash
            # The jwt auth method of {{trust.Product.Title}} for the cluster and a role that one service account logs in to with its projected token.
            # Safe to run again. A write of the configuration resets every field that it leaves out, so a method that is configured
            # for another issuer is left alone; the role is updated, and fields that are not named here stay.
            # Needs {{command}}, {{trust.Product.VariablePrefix}}_ADDR, and a token with sudo on sys/auth and update on auth/{{trust.Mount}}.
            set -euo pipefail

            mount={{Shell(trust.Mount)}}
            issuer={{Shell(trust.Workload.Issuer.Value)}}
            {{(trust.ServerNamespace is { } inner ? $"export {trust.Product.VariablePrefix}_NAMESPACE={Shell(inner)}\n" : "")}}
            methods=$({{command}} auth list -format=json)
            if ! grep --quiet --fixed-strings -- "\"${mount}/\"" <<<"${methods}"; then
              {{command}} auth enable -path="${mount}" jwt
            fi

            # Only an empty configuration is written: one that cannot be read may be that of another issuer.
            configured=
            if config=$({{command}} read -format=json "auth/${mount}/config" 2>/dev/null); then
              configured=$({{command}} read -field=oidc_discovery_url "auth/${mount}/config")
              if grep --quiet --extended-regexp '"jwks_url": "[^"]|"(jwt_validation_pubkeys|jwks_pairs)": \[$' <<<"${config}"; then
                configured="other keys"
              fi
            elif reason=$({{command}} read -format=json "auth/${mount}/config" 2>&1 >/dev/null || true) && ! grep --quiet --fixed-strings "No value found" <<<"${reason}"; then
              echo "${reason}" >&2
              exit 1
            fi
            if [[ -n "${configured}" && "${configured}" != "${issuer}" ]]; then
              echo "auth/${mount} is configured for ${configured} already: one method serves one issuer; render with another --path" >&2
              exit 1
            fi
            if [[ -z "${configured}" ]]; then
              {{command}} write "auth/${mount}/config" oidc_discovery_url="${issuer}" bound_issuer="${issuer}"{{(trust.CaFile is { } file ? $" oidc_discovery_ca_pem=@{Shell(file)}" : "")}}
            fi

            # Without bound_subject every pod of the cluster could log in. As JSON: in KEY=VALUE a comma and an @ have a meaning.
            role={{Shell(CompactJson(trust.RoleBody()))}}
            {{command}} write "auth/${mount}/role/{{trust.Role}}" - <<<"${role}"

            """;
    }

    public static string Terraform(VaultTrust trust) => $$"""
        # The jwt auth method of {{trust.Product.Title}} for the cluster and a role that one service account logs in to with its projected token.
        # A method that is there already has to be imported first, since its configuration is written whole.
        terraform {
          required_providers {
            vault = {
              source  = "hashicorp/vault"
              version = "~> 5.0"
            }
          }
        }

        provider "vault" {
        {{(trust.Address is { } address ? $"  address   = {Hcl(address)}\n" : "")}}{{(trust.ServerNamespace is { } inner ? $"  namespace = {Hcl(inner)}\n" : "")}}}

        resource "vault_jwt_auth_backend" "cluster" {
          path               = {{Hcl(trust.Mount)}}
          type               = "jwt"
          oidc_discovery_url = {{Hcl(trust.Workload.Issuer.Value)}}
          bound_issuer       = {{Hcl(trust.Workload.Issuer.Value)}}
        {{(trust.CaFile is { } file ? $"  oidc_discovery_ca_pem = file({Hcl(file)})\n" : "")}}}

        resource "vault_jwt_auth_backend_role" "workload" {
          backend   = vault_jwt_auth_backend.cluster.path
          role_name = {{Hcl(trust.Role)}}
          role_type = "jwt"

          # Without bound_subject every pod of the cluster could log in.
          bound_audiences = [{{Hcl(trust.Workload.Audience)}}]
          bound_subject   = {{Hcl(trust.Workload.Subject)}}
          user_claim      = "sub"
          token_policies  = [{{string.Join(", ", trust.Policies.Select(Hcl))}}]
        }

        """;

    /// <summary>The requests in their order; the first responds with 400 where the method is there already.</summary>
    public static string Http(VaultTrust trust) => Json(new JsonObject
    {
        ["note"] = $"Send each with the header X-Vault-Token{(trust.ServerNamespace is null ? "" : $" and X-Vault-Namespace: {trust.ServerNamespace}")}. The first responds with 400 where the method is there already. The second writes the configuration whole: read it first (GET), and do not overwrite that of another issuer.",
        ["requests"] = new JsonArray(
            Request(trust, $"/v1/sys/auth/{trust.Mount}", new JsonObject { ["type"] = "jwt" }),
            Request(trust, $"/v1/auth/{trust.Mount}/config", trust.ConfigBody(trust.CaFile is { } file ? $"CONTENT OF {file}" : null)),
            Request(trust, $"/v1/auth/{trust.Mount}/role/{trust.Role}", trust.RoleBody())),
    });

    private static JsonObject Request(VaultTrust trust, string path, JsonObject body) =>
        new() { ["method"] = "POST", ["url"] = (trust.Address ?? $"${trust.Product.VariablePrefix}_ADDR") + path, ["body"] = body };
}
