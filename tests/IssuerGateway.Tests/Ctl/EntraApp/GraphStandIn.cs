using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IssuerGateway.Acme;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;
using IssuerGateway.Demo.StandIn;
using WireMock;
using WireMock.Logging;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;
using WireMock.Types;
using WireMock.Util;

namespace IssuerGateway.Tests.Ctl.EntraApp;

/// <summary>
/// Microsoft Graph as far as its documentation promises it for one app registration: upserts by alternate key that need
/// Prefer to create, 201 with a body or 204 without, whole lists replaced, OData errors. Faults can be put before it.
/// </summary>
internal sealed partial class GraphStandIn : IDisposable
{
    public const string Token = "graph-access-token";
    public const string ObjectId = "aaaaaaaa-0000-0000-0000-000000000001";
    public const string AppId = "11111111-2222-3333-4444-555555555555";

    private readonly WireMockServer server = WireMockServer.Start();
    private readonly List<Fault> faults = [];
    private string? uniqueName;

    public GraphStandIn() =>
        server.Given(Request.Create().UsingAnyMethod()).RespondWith(Response.Create().WithCallback(Respond));

    public string Url => server.Url!;

    /// <summary>The application, null as long as there is none.</summary>
    public JsonObject? Application { get; private set; }

    /// <summary>Set to true: one that lacks nothing.</summary>
    public bool HasServicePrincipal
    {
        get => Principal is not null;
        set => Principal = value ? new JsonObject { ["tags"] = new JsonArray("WindowsAzureActiveDirectoryIntegratedApp"), ["accountEnabled"] = true, ["appRoleAssignmentRequired"] = false } : null;
    }

    public JsonObject? Principal { get; set; }

    public List<JsonObject> Assignments { get; } = [];

    public List<JsonObject> Grants { get; } = [];

    /// <summary>The header request-id of every response.</summary>
    public string RequestId { get; set; } = "req-1";

    /// <summary>Assignments on one page of the list.</summary>
    public int PageSize { get; set; } = 999;

    /// <summary>Whether the list of assignments links a next page without end.</summary>
    public bool AssignmentsGoOn { get; set; }

    /// <summary>The next page of assignments, to show what a hostile response does.</summary>
    public string? AssignmentsNextLink { get; set; }

    /// <summary>Applications that were deleted within 30 days.</summary>
    public List<JsonObject> Deleted { get; } = [];

    public List<JsonObject> Credentials { get; } = [];

    /// <summary>Put before the next page link, to show what a hostile or broken response does.</summary>
    public string? NextLink { get; set; }

    public IReadOnlyList<IRequestMessage> Requests => [.. server.LogEntries.Select(entry => ((ILogEntry)entry).RequestMessage!)];

    /// <summary>Each request that could change something, as method, address and body.</summary>
    public IReadOnlyList<string> Writes =>
        [.. Requests.Where(request => request.Method != "GET").Select(request => $"{request.Method} {request.Url[Url.Length..]} {request.Body}".TrimEnd())];

    public void Dispose() => server.Stop();

    public void Forget() => server.ResetLogEntries();

    public void PutApplication(string name, JsonObject application)
    {
        uniqueName = name;
        application["id"] = ObjectId;
        application["appId"] = AppId;
        Application = application;
    }

    public void RemoveApplication() => Application = null;

    public void PutCredential(string name, string issuer, string subject, string audience = "api://AzureADTokenExchange", string? description = null) =>
        Credentials.Add(new JsonObject
        {
            ["id"] = $"id-of-{name}",
            ["name"] = name,
            ["issuer"] = issuer,
            ["subject"] = subject,
            ["audiences"] = new JsonArray(audience),
            ["description"] = description,
        });

    /// <summary>Responds like this instead, the given number of times, whatever method and address start like that.</summary>
    public void Fail(string methodAndAddress, int status, string? body = null, int times = 1, string? retryAfter = null, bool afterwards = false) =>
        faults.Add(new Fault(methodAndAddress, status, body, retryAfter, afterwards) { Left = times });

    public static string Error(string code, string message) =>
        new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message, ["innerError"] = new JsonObject { ["date"] = "2026-11-24T12:00:00" } } }.ToJsonString();

    private ResponseMessage Respond(IRequestMessage request)
    {
        string line = $"{request.Method} {request.AbsolutePath}";
        Fault? fault = faults.FirstOrDefault(fault => fault.Left > 0 && line.StartsWith(fault.Start, StringComparison.Ordinal));
        if (fault is null)
        {
            return Serve(request);
        }

        fault.Left--;
        if (fault.Afterwards)
        {
            Serve(request);
        }

        ResponseMessage response = Text(fault.Status, fault.Body);
        if (fault.RetryAfter is not null)
        {
            response.Headers!["Retry-After"] = new WireMockList<string>(fault.RetryAfter);
        }

        return response;
    }

    private ResponseMessage Serve(IRequestMessage request)
    {
        if (request.Headers?["Authorization"].ToString() != $"Bearer {Token}")
        {
            return Text(401, Error("InvalidAuthenticationToken", "Access token is empty."));
        }

        string path = Uri.UnescapeDataString(request.AbsolutePath);
        return ByUniqueName().Match(path) is { Success: true } unique ? ServeApplication(request, unique.Groups[1].Value)
            : path == $"/v1.0/servicePrincipals(appId='{AppId}')" ? ServePrincipal(request)
            : Principal is not null && path == $"/v1.0/servicePrincipals(appId='{AppId}')/oauth2PermissionGrants" ? Text(200, new JsonObject { ["value"] = new JsonArray([.. Grants.Select(grant => grant?.DeepClone())]) }.ToJsonString())
            : Principal is not null && path == $"/v1.0/servicePrincipals(appId='{AppId}')/appRoleAssignedTo" ? ServePage(request)
            : path == "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')" ? Text(200, """{"id":"graph-principal"}""")
            : path == "/v1.0/servicePrincipals/principal/appRoleAssignedTo" ? (request.Method == "GET" ? ServePage(request) : ServeList(request, Assignments))
            : path == "/v1.0/oauth2PermissionGrants" ? ServeList(request, Grants)
            : path == "/v1.0/oauth2PermissionGrants/grant" && request.Method == "PATCH" ? ServeGrant(request)
            : path == "/v1.0/directory/deletedItems/microsoft.graph.application" ? ServeList(request, Deleted)
            : path == $"/v1.0/applications(appId='{AppId}')" ? ServeApplication(request, uniqueName!)
            : path.StartsWith($"/v1.0/applications(appId='{AppId}')/federatedIdentityCredentials", StringComparison.Ordinal) && Application is not null ? ServeCredentials(request, path)
            : NotFound();
    }

    private ResponseMessage ServeApplication(IRequestMessage request, string name)
    {
        bool exists = Application is not null && uniqueName == name;
        switch (request.Method)
        {
            case "DELETE" when exists:
                Application = null;
                HasServicePrincipal = false;
                Credentials.Clear();
                return Text(204, null);
            case "GET" when exists:
                string[] select = [.. request.Query!["$select"].SelectMany(names => names.Split(','))];
                return Text(200, new JsonObject(Application!.Where(member => select.Contains(member.Key)).Select(Copy)).ToJsonString());
            case "PATCH" when exists:
                Merge(Application!, Body(request));
                return Text(204, null);
            case "PATCH" when Creates(request):
                PutApplication(name, Body(request));
                return Text(201, Application!.ToJsonString());
            default:
                return NotFound();
        }
    }

    private ResponseMessage ServePrincipal(IRequestMessage request)
    {
        if (Application is null)
        {
            return request.Method == "PATCH"
                ? Text(400, Error("NoBackingApplicationObject", $"The appId '{AppId}' of the service principal does not reference a valid application object."))
                : NotFound();
        }

        if (request.Method == "GET")
        {
            return Principal is null ? NotFound() : Text(200, new JsonObject(Principal.Select(Copy)) { ["id"] = "principal", ["appId"] = AppId }.ToJsonString());
        }

        bool had = HasServicePrincipal;
        if (had || Creates(request))
        {
            Principal ??= [];
            Merge(Principal, Body(request));
        }

        return had ? Text(204, null) : HasServicePrincipal ? Text(201, """{"id":"principal"}""") : NotFound();
    }

    // Microsoft Graph pages this list by $top and links the next page with a $skiptoken.
    private ResponseMessage ServePage(IRequestMessage request)
    {
        int start = request.Query!.TryGetValue("$skiptoken", out WireMockList<string>? skip) ? int.Parse(skip.Single(), System.Globalization.CultureInfo.InvariantCulture) : 0;
        JsonObject page = new() { ["value"] = new JsonArray([.. Assignments.Skip(start).Take(PageSize).Select(assignment => assignment?.DeepClone())]) };
        if (start + PageSize < Assignments.Count || AssignmentsGoOn)
        {
            page["@odata.nextLink"] = AssignmentsNextLink ?? $"{Url}{request.AbsolutePath}?$top={PageSize}&$skiptoken={start + PageSize}";
        }

        return Text(200, page.ToJsonString());
    }

    private ResponseMessage ServeList(IRequestMessage request, List<JsonObject> list)
    {
        if (request.Method == "GET")
        {
            return Text(200, new JsonObject { ["value"] = new JsonArray([.. list.Select(each => each.DeepClone())]) }.ToJsonString());
        }

        list.Add(Body(request));
        return Text(201, "{}");
    }

    private ResponseMessage ServeGrant(IRequestMessage request)
    {
        Merge(Grants[0], Body(request));
        return Text(204, null);
    }

    private ResponseMessage ServeCredentials(IRequestMessage request, string path)
    {
        if (request.Method == "GET")
        {
            JsonObject list = new() { ["value"] = new JsonArray([.. Credentials.Select(credential => credential?.DeepClone())]) };
            if (NextLink is not null)
            {
                list["@odata.nextLink"] = NextLink;
            }

            return Text(200, list.ToJsonString());
        }

        JsonObject? found = Credentials.FirstOrDefault(credential => path.EndsWith($"(name='{credential["name"]}')", StringComparison.OrdinalIgnoreCase) || path.EndsWith($"/{credential["id"]}", StringComparison.Ordinal));
        if (request.Method == "DELETE")
        {
            return found is not null && Credentials.Remove(found) ? Text(204, null) : NotFound();
        }

        if (found is not null)
        {
            Merge(found, Body(request));
            return Text(204, null);
        }

        if (!Creates(request))
        {
            return NotFound();
        }

        string name = CredentialName().Match(path).Groups[1].Value;
        JsonObject created = Body(request);
        created["name"] = name;
        created["id"] = $"id-of-{name}";
        Credentials.Add(created);
        return Text(201, created.ToJsonString());
    }

    private static bool Creates(IRequestMessage request) => request.Headers!.TryGetValue("Prefer", out WireMockList<string>? prefer) && prefer.ToString() == "create-if-missing";

    private static JsonObject Body(IRequestMessage request) => JsonNode.Parse(request.Body!)!.AsObject();

    private static void Merge(JsonObject target, JsonObject update)
    {
        foreach ((string name, JsonNode? value) in update)
        {
            target[name] = value?.DeepClone();
        }
    }

    private static KeyValuePair<string, JsonNode?> Copy(KeyValuePair<string, JsonNode?> member) => new(member.Key, member.Value?.DeepClone());

    private ResponseMessage NotFound() =>
        Text(404, Error("Request_ResourceNotFound", "Resource does not exist or one of its queried reference-property objects are not present."));

    private ResponseMessage Text(int status, string? body) => new()
    {
        StatusCode = status,
        Headers = new Dictionary<string, WireMockList<string>> { ["Content-Type"] = new("application/json"), ["request-id"] = new(RequestId) },
        BodyData = body is null ? null : new BodyData { BodyAsString = body, DetectedBodyType = BodyType.String },
    };

    [GeneratedRegex(@"^/v1\.0/applications\(uniqueName='([^']*)'\)$")]
    private static partial Regex ByUniqueName();

    [GeneratedRegex(@"\(name='([^']*)'\)$")]
    private static partial Regex CredentialName();

    private sealed record Fault(string Start, int Status, string? Body, string? RetryAfter, bool Afterwards)
    {
        public int Left { get; set; }
    }
}
