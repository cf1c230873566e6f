using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>A registration with which nothing is wrong, and tokens of its workload.</summary>
public abstract class VerifyFixture : EntraProgramFixture
{
    protected const string RoleId = "22222222-2222-3333-4444-555555555555";
    protected const string Redirect = "https://app.example.com/oauth2/callback";

    private protected Task<ProgramResult> VerifyAsync(string more = "") => RunAsync("verify", issuer: Issuer + more);

    /// <summary>Writes a token that is good but for what is changed, and verifies with it.</summary>
    private protected async Task<ProgramResult> VerifyTokenAsync(Action<JsonObject, JsonObject> spoil, string more = "")
    {
        string file = Path.Combine(Folder.FullName, "token");
        await File.WriteAllTextAsync(file, Token(spoil));
        return await VerifyAsync($"{more} --token {file}");
    }

    /// <summary>A token; a name with ~ at its end is written without that, so that it can be there twice.</summary>
    private protected string Token(Action<JsonObject, JsonObject> spoil)
    {
        (JsonObject header, JsonObject claims) = GoodToken();
        spoil(header, claims);
        return string.Join('.', new[] { header.ToJsonString(), claims.ToJsonString(), "signature" }.Select(part => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.Replace("~\":", "\":", StringComparison.Ordinal)))));
    }

    private protected (JsonObject Header, JsonObject Claims) GoodToken() =>
    (
        new JsonObject { ["alg"] = "RS256", ["kid"] = "x" },
        new JsonObject
        {
            ["iss"] = IssuerServer.WithPort(IssuerStandIn.Identifier),
            ["sub"] = Subject,
            ["aud"] = new JsonArray("api://AzureADTokenExchange"),
            ["iat"] = TimeProvider.System.GetUtcNow().AddMinutes(-10).ToUnixTimeSeconds(),
            ["exp"] = TimeProvider.System.GetUtcNow().AddMinutes(50).ToUnixTimeSeconds(),
        });

    private protected void Register()
    {
        Graph.PutApplication("oauth2-proxy", new JsonObject
        {
            ["displayName"] = "oauth2-proxy",
            ["signInAudience"] = "AzureADMyOrg",
            ["web"] = new JsonObject { ["redirectUris"] = new JsonArray(Redirect) },
            ["spa"] = new JsonObject { ["redirectUris"] = new JsonArray() },
            ["groupMembershipClaims"] = "ApplicationGroup",
        });
        Graph.HasServicePrincipal = true;
        PutCredential("kubernetes", IssuerStandIn.Identifier, Subject);
        Graph.Grants.Add(new JsonObject { ["consentType"] = "AllPrincipals", ["resourceId"] = "graph-principal", ["scope"] = "openid profile email offline_access User.Read" });
        Assign("default");
    }

    /// <summary>With a role, to which nobody is assigned yet.</summary>
    private protected JsonObject RegisterRole()
    {
        Register();
        Graph.Assignments.Clear();
        JsonObject role = new() { ["id"] = RoleId, ["value"] = "admin", ["displayName"] = "admin", ["isEnabled"] = true, ["allowedMemberTypes"] = new JsonArray("User") };
        Graph.Application!["appRoles"] = new JsonArray(role);
        Graph.Principal!["appRoleAssignmentRequired"] = true;
        return role;
    }

    private protected void Assign(string what) => Graph.Assignments.Add(new JsonObject
    {
        ["principalId"] = Guid.NewGuid().ToString(),
        ["principalType"] = what switch { "program" => "ServicePrincipal", "user" => "User", _ => "Group" },
        ["appRoleId"] = what switch { "role" or "program" => RoleId, "default" or "user" => Guid.Empty.ToString(), _ => "44444444-2222-3333-4444-555555555555" },
    });

    private protected static string OneLine(string output) => string.Join(' ', output.Split((char[])[' ', '\n', '\\'], StringSplitOptions.RemoveEmptyEntries));
}
