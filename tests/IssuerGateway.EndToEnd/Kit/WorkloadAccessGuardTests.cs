using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>Neighbours of the guards in <see cref="GuardTests"/>: each other way around who may enter that a value offers.</summary>
public sealed class WorkloadAccessGuardTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    // Tenant: a GUID and nothing else.
    [InlineData("tenantId=organizations", "tenantId \"organizations\" admits accounts of every tenant")]
    [InlineData("tenantId=consumers", "tenantId \"consumers\" admits accounts of every tenant")]
    [InlineData("tenantId=Common", "tenantId \"Common\" is not a tenant id")]
    [InlineData("tenantId=contoso.com", "tenantId \"contoso.com\" is not a tenant id")]
    [InlineData("tenantId=\\ 11111111-2222-3333-4444-555555555555", "tenantId \" 11111111-2222-3333-4444-555555555555\" is not a tenant id")]
    [InlineData("tenantId={11111111-2222-3333-4444-555555555555}", "tenantId", true)]
    [InlineData("tenantId=11111111222233334444555555555555", "tenantId \"11111111222233334444555555555555\" is not a tenant id")]
    [InlineData("tenantId=11111111-2222-3333-4444-555555555555/v2.0", "tenantId \"11111111-2222-3333-4444-555555555555/v2.0\" is not a tenant id")]
    // One host.
    [InlineData("host=app.example.com\\,www.example.com", "host \"app.example.com,www.example.com\" is not a host name")]
    [InlineData("host=app.example.com www.example.com", "host \"app.example.com www.example.com\" is not a host name")]
    [InlineData("host=*.example.com", "host \"*.example.com\" is not a host name")]
    [InlineData("host=app.example.com:8443", "host \"app.example.com:8443\" is not a host name")]
    [InlineData("httpRoute.hostnames={www.example.com}", "httpRoute.hostnames has \"www.example.com\", but sign-in works on host \"app.example.com\" alone")]
    [InlineData("ingress.enabled=true,ingress.annotations.nginx\\.ingress\\.kubernetes\\.io/server-alias=www.example.com", "ingress.annotations has nginx.ingress.kubernetes.io/server-alias, but sign-in works on host \"app.example.com\" alone, and elsewhere ends in 403 at the callback: remove it, and redirect that name to the host.")]
    [InlineData("proxy.flags.proxy-prefix=/sign-in", "redirectUrl is https://app.example.com/oauth2/callback, but OAuth2 Proxy finishes the sign-in at /sign-in/callback: set it to https://app.example.com/sign-in/callback, also in the app registration.")]
    [InlineData("redirectUrl=https://app.example.com/", "redirectUrl is https://app.example.com/, but OAuth2 Proxy finishes the sign-in at /oauth2/callback")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=web", "httpRoute.parentRefs[0] names a plain-http listener, where each sign-in ends in 403")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=http-public", "httpRoute.parentRefs[0] names a plain-http listener, where each sign-in ends in 403")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].port=8080", "httpRoute.parentRefs[0] names a plain-http listener, where each sign-in ends in 403")]
    // Groups and domains.
    [InlineData("allowedGroups={*}", "allowedGroups has \"*\", but Entra sends object ids of groups")]
    [InlineData("allowedGroups[0]=\\ aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "allowedGroups[0] \" aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee\" has a comma, a quote or white space")]
    [InlineData("groupsClaim=tid,allowedGroups={11111111-2222-3333-4444-555555555555}", "groupsClaim \"tid\" loosens access: a claim such as tid has the same value for every user of the tenant. Set it to roles, leave it empty for groups, or add \"groupsClaim\" to acknowledgedRisks.")]
    [InlineData("groupsClaim=aud", "groupsClaim \"aud\" loosens access")]
    [InlineData("groupsClaim=Roles", "groupsClaim \"Roles\" loosens access")]
    [InlineData("emailDomains={}", "emailDomains[0] \"\" is not a domain: write one for each entry, such as example.com, or * to leave the decision to allowedGroups.")]
    [InlineData("emailDomains={example.com\\,*}", "emailDomains[0] \"example.com,*\" is not a domain")]
    [InlineData("emailDomains={\\ *}", "emailDomains[0] \" *\" is not a domain")]
    [InlineData("emailDomains={@example.com}", "emailDomains[0] \"@example.com\" is not a domain")]
    // How long nobody queries Entra.
    [InlineData("cookie.refresh=0s", "cookie.refresh 0s loosens access: Entra is not asked earlier whether the user may still enter (with 0 never). Set it to 1h or less, or add \"cookie-refresh\" to acknowledgedRisks.")]
    [InlineData("cookie.refresh=1h1s", "cookie.refresh 1h1s loosens access: Entra is not asked earlier whether the user may still enter")]
    // Flags, environment, files.
    [InlineData("proxy.flags.skip-auth-route={.*}", "proxy.flags.skip-auth-route \".*\" matches paths that it does not name, so anybody enters there without sign-in: name the routes from their beginning, such as ^/public/, or add \"skip-auth-route\" to acknowledgedRisks.")]
    [InlineData("proxy.flags.skip-auth-route=^/", "proxy.flags.skip-auth-route \"^/\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route={^/public/,GET=/}", "proxy.flags.skip-auth-route \"GET=/\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route=GET!=^/admin", "proxy.flags.skip-auth-route \"GET!=^/admin\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-regex=^/public/\\,.", "proxy.flags.skip-auth-regex \".\" matches paths that it does not name")]
    [InlineData("proxy.flags.trusted-ip=10.0.0.0/8", "proxy.flags.trusted-ip loosens access: requests from these addresses enter without sign-in; whoever reaches the port of the proxy past your Gateway can claim one of them. Remove it, or add \"trusted-ip\" to acknowledgedRisks.")]
    [InlineData("trustedProxyRanges={10.0.0.0/8},httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=https,proxy.flags.trusted-ip=10.0.0.0/8", "proxy.flags.trusted-ip loosens access")]
    [InlineData("trustedProxyRanges={10.0.0.0/8},httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=https,service.type=NodePort,proxy.flags.skip-auth-route=/public", "proxy.flags.skip-auth-route together with trustedProxyRanges lets anybody in who sends the header X-Forwarded-Uri")]
    [InlineData("proxy.flags.pass-user-headers=false,proxy.flags.pass-basic-auth=false", "proxy.flags.pass-user-headers loosens access: clients can send X-Forwarded-User and X-Forwarded-Groups themselves (value: false, with pass-basic-auth false too). Remove it, or add \"pass-user-headers\" to acknowledgedRisks.")]
    [InlineData("proxy.flags.cookie-samesite=strict", "proxy.flags.cookie-samesite is strict: browsers do not send such a cookie on the way back from Entra, so every sign-in ends in 403; remove it.")]
    [InlineData("proxy.flags.cookie-csrf-samesite=strict", "proxy.flags.cookie-csrf-samesite is strict: browsers do not send such a cookie")]
    [InlineData("proxy.flags.cookie-samesite=", "proxy.flags.cookie-samesite loosens access")]
    [InlineData("proxy.flags.cookie-path=/app", "proxy.flags.cookie-path contradicts cookie.name: browsers drop a __Host- cookie whose path is not / (RFC 6265bis); rename the cookie or drop the flag.")]
    [InlineData("proxy.flags.cookie-secure=false,acknowledgedRisks={cookie-secure}", "proxy.flags.cookie-secure contradicts cookie.name: browsers drop a __Host- cookie without Secure (RFC 6265bis); rename the cookie or drop the flag.")]
    [InlineData("proxy.flags.alpha-config=/etc/alpha.yaml", "proxy.flags.alpha-config cannot be changed: the guards cannot read that file; use proxy.flags. Remove it.")]
    [InlineData("proxy.flags.config=/etc/oauth2.cfg,extraVolumes[0].name=config,proxy.extraVolumeMounts[0].name=config,proxy.extraVolumeMounts[0].mountPath=/etc", "proxy.flags.config cannot be changed")]
    [InlineData("proxy.extraEnv[0].name=OAUTH2_PROXY_CONFIG,proxy.extraEnv[0].value=/etc/oauth2.cfg", "proxy.extraEnv sets OAUTH2_PROXY_CONFIG, which the guards do not see")]
    [InlineData("proxy.extraEnv[0].name=OAUTH2_PROXY_EMAIL_DOMAINS,proxy.extraEnv[0].value=*", "proxy.extraEnv sets OAUTH2_PROXY_EMAIL_DOMAINS, which the guards do not see")]
    [InlineData("proxy.extraEnv[0].name=OAUTH2_PROXY_TRUSTED_IPS,proxy.extraEnv[0].valueFrom.secretKeyRef.name=a", "proxy.extraEnv sets OAUTH2_PROXY_TRUSTED_IPS, which the guards do not see")]
    [InlineData("proxy.extraEnv[0].name=OAUTH2_PROXY_COOKIE_SECRET,proxy.extraEnv[0].value=a", "proxy.extraEnv sets OAUTH2_PROXY_COOKIE_SECRET, which the guards do not see")]
    [InlineData("proxy.extraEnv[0].name=AZURE_FEDERATED_TOKEN_FILE,proxy.extraEnv[0].value=/tmp/a", "proxy.extraEnv sets AZURE_FEDERATED_TOKEN_FILE, which the chart sets to the projected token: remove it.")]
    [InlineData("trustedProxyRanges={0.0.0.0/1,128.0.0.0/1}", "trustedProxyRanges has \"128.0.0.0/1\": every caller could then claim any address or host; list the ranges of your ingress or gateway pods only.")]
    [InlineData("trustedProxyRanges={::/0}", "trustedProxyRanges has \"::/0\": every caller could then claim any address or host")]
    [InlineData("trustedProxyRanges={0000::/00}", "trustedProxyRanges has \"0000::/00\": every caller could then claim any address or host")]
    // Ports past the sign-in.
    [InlineData("service.extraPorts[0].name=app,service.extraPorts[0].port=8080", "service.extraPorts leads to app.port 8080 without sign-in: remove it; requests reach the app by the port of the proxy.")]
    [InlineData("networkPolicy.extraIngress[0].from[0].podSelector.matchLabels.app=a", "networkPolicy.extraIngress[0] names no ports and so admits app.port 8080 without sign-in: list the ports that it is for.")]
    [InlineData("networkPolicy.extraIngress[0].ports[0].port=8080", "networkPolicy.extraIngress[0] admits app.port 8080 without sign-in: remove it; requests reach the app by the port of the proxy.")]
    [InlineData("networkPolicy.extraIngress[0].ports[0].port=8000,networkPolicy.extraIngress[0].ports[0].endPort=9000", "networkPolicy.extraIngress[0] admits app.port 8080 without sign-in")]
    // The image below the floor, in each way to write it.
    [InlineData("proxy.image.tag=7.15.3", "proxy.image.tag 7.15.3 has known security holes")]
    [InlineData("proxy.image.tag=v7.9.0-alpine", "proxy.image.tag v7.9.0-alpine has known security holes")]
    [InlineData("proxy.image.tag=v7.15.4-rc.1", "proxy.image.tag v7.15.4-rc.1 has known security holes")]
    [InlineData("proxy.image.tag=v7.15", "proxy.image.tag \"v7.15\" names no version")]
    [InlineData("proxy.image.digest=" + Digest, "proxy.image.tag is empty, but proxy.image.digest decides what runs: name the version of that digest, v7.15.4 or newer.")]
    [InlineData("proxy.image.tag=v7.15.3,proxy.image.digest=" + Digest, "proxy.image.tag v7.15.3 has known security holes")]
    [InlineData("proxy.image.repository=quay.io/oauth2-proxy/oauth2-proxy:v7.8.0", "proxy.image.repository \"quay.io/oauth2-proxy/oauth2-proxy:v7.8.0\" has a tag: put it into proxy.image.tag.")]
    public void The_workload_is_rejected(string values, string sentence, bool bySchema = false)
    {
        if (!bySchema)
        {
            GuardTests.Refuses(RenderedChart.Workload, GuardTests.Workload, values, sentence);
            return;
        }

        Command command = Template(values);
        Assert.Equal(1, command.ExitCode);
        Assert.Contains(sentence, command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ingress_that_serves_plain_http_is_rejected()
    {
        Command command = Helm.Template(Helm.Four, RenderedChart.Workload,
            [.. GuardTests.Workload.SelectMany(value => (string[])["--set", value]), "--set", "ingress.enabled=true", "--set-string", "ingress.annotations.nginx\\.ingress\\.kubernetes\\.io/ssl-redirect=false"]);

        Assert.Contains("\ningress.annotations turns nginx.ingress.kubernetes.io/ssl-redirect off: over plain http each sign-in ends in 403; remove it.", command.Error, StringComparison.Ordinal);
    }

    // A flag that OAuth2 Proxy reads in another spelling, or that does not exist, is no flag of the schema.
    [Theory]
    [InlineData("proxy.flags.skip_auth_routes=/public")]
    [InlineData("proxy.flags.SKIP-AUTH-ROUTE=/public")]
    [InlineData("proxy.flags.-skip-auth-route=/public")]
    [InlineData("proxy.args={--skip-auth-route=/public}")]
    [InlineData("proxy.extraArgs={--skip-auth-route=/public}")]
    [InlineData("acknowledgedRisks={everything}")]
    [InlineData("trustedProxyRanges={any}")]
    [InlineData("forwardAuth.returnHosts={*}")]
    [InlineData("forwardAuth.returnHosts={.example.com}")]
    [InlineData("forwardAuth.cookieDomain=com")]
    public void What_the_schema_does_not_know_is_rejected(string values)
    {
        foreach (string helm in Helm.Versions)
        {
            Command command = Helm.Template(helm, RenderedChart.Workload, [.. GuardTests.Workload.SelectMany(value => (string[])["--set", value]), "--set", values]);

            Assert.Equal(1, command.ExitCode);
            Assert.Contains("values don't meet the specifications of the schema", command.Error, StringComparison.Ordinal);
        }
    }

    // A value cannot add a second flag: each becomes one argument, quoted.
    [Theory]
    [InlineData("proxy.flags.banner=a --skip-auth-route=/")]
    [InlineData("proxy.flags.footer=\"\\, --email-domain=*")]
    public void A_value_stays_one_argument(string values)
    {
        Command command = Template(values);

        Assert.True(command.ExitCode == 0, command.Transcript);
        Assert.DoesNotContain("\n            - --skip-auth-route", command.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("- \"--skip-auth-route", command.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("proxy.image.tag=v7.15.4")]
    [InlineData("proxy.flags.pass-user-headers=false")]
    [InlineData("proxy.flags.skip-auth-route={GET=^/healthz$,^/public/}")]
    [InlineData("proxy.flags.skip-auth-route=.*,acknowledgedRisks={skip-auth-route}")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=websecure")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=http-tls")]
    [InlineData("proxy.image.tag=v7.15.6-alpine")]
    [InlineData("proxy.image.tag=v7.16.0")]
    [InlineData("proxy.image.tag=v8.0.0")]
    [InlineData("proxy.image.tag=v7.15.6,proxy.image.digest=" + Digest)]
    [InlineData("proxy.image.repository=registry.example.com:5000/oauth2-proxy")]
    [InlineData("emailDomains={example.com,.example.org}")]
    [InlineData("cookie.refresh=1h")]
    [InlineData("cookie.refresh=2h,acknowledgedRisks={cookie-refresh}")]
    [InlineData("groupsClaim=wids")]
    [InlineData("groupsClaim=extn.division,acknowledgedRisks={groupsClaim}")]
    [InlineData("trustedProxyRanges={10.0.0.0/8,fc00::/7}")]
    [InlineData("proxy.flags.trusted-ip=192.0.2.1,acknowledgedRisks={trusted-ip}")]
    [InlineData("proxy.flags.proxy-prefix=/sign-in,redirectUrl=https://app.example.com/sign-in/callback")]
    [InlineData("networkPolicy.extraIngress[0].ports[0].port=9000")]
    [InlineData("service.extraPorts[0].name=metrics,service.extraPorts[0].port=8080,service.extraPorts[0].targetPort=9000")]
    [InlineData("proxy.extraEnv[0].name=HTTPS_PROXY,proxy.extraEnv[0].value=http://proxy.example.com:3128")]
    public void The_workload_takes_the_neighbour_that_is_sound(string values)
    {
        Command command = Template(values);

        Assert.True(command.ExitCode == 0, command.Transcript);
    }

    [Fact]
    public void Ids_in_upper_case_become_those_that_Entra_writes()
    {
        Command command = Template("tenantId=AAAAAAAA-2222-3333-4444-555555555555,clientId=BBBBBBBB-7777-8888-9999-000000000000,allowedGroups={CCCCCCCC-BBBB-CCCC-DDDD-EEEEEEEEEEEE}");

        Assert.Contains("\"--oidc-issuer-url=https://login.microsoftonline.com/aaaaaaaa-2222-3333-4444-555555555555/v2.0\"", command.Output, StringComparison.Ordinal);
        Assert.Contains("\"--client-id=bbbbbbbb-7777-8888-9999-000000000000\"", command.Output, StringComparison.Ordinal);
        Assert.Contains("\"--allowed-group=cccccccc-bbbb-cccc-dddd-eeeeeeeeeeee\"", command.Output, StringComparison.Ordinal);
    }

    // README.md's table, the guards and the schema name the same ways, and each row is the sentence of the guard.
    [Fact]
    public void Each_row_of_the_table_is_what_the_guard_says()
    {
        string readme = File.ReadAllText(Path.Combine(KitFolder.Charts, RenderedChart.Workload, "README.md"));
        string[] ways = [.. JsonNode.Parse(File.ReadAllText(Path.Combine(KitFolder.Charts, RenderedChart.Workload, "values.schema.json")))!.Texts("properties/acknowledgedRisks/items/enum")];
        string[] byHeader = ["skip-auth-route", "skip-auth-regex", "skip-auth-preflight"];

        foreach (string way in ways.Except([.. byHeader, "envFrom", "groupsClaim", "cookie-refresh"]))
        {
            string value = way switch
            {
                "cookie-secure" or "cookie-httponly" or "pass-user-headers" or "skip-auth-strip-headers" => "false",
                "cookie-samesite" => "none",
                "code-challenge-method" => "plain",
                _ => "true",
            };
            Command rejected = Template($"cookie.name=session,proxy.flags.pass-basic-auth=false,proxy.flags.{way}={value}");
            string opens = readme.Split('\n').Single(line => line.StartsWith($"| `proxy.flags.{way}` |", StringComparison.Ordinal)).Split('|')[2].Trim();

            Assert.Equal(1, rejected.ExitCode);
            Assert.Contains($"\nproxy.flags.{way} loosens access: {opens}. Remove it, or add \"{way}\" to acknowledgedRisks.", rejected.Error, StringComparison.Ordinal);
            Command taken = Template($"cookie.name=session,proxy.flags.{way}={value},acknowledgedRisks={{{way}}}");
            Assert.True(taken.ExitCode == 0, taken.Transcript);
            Assert.Contains($"\"--{way}={value}\"", taken.Output, StringComparison.Ordinal);
        }

        foreach (string way in byHeader)
        {
            Assert.Contains($"| `proxy.flags.{way}` |", readme, StringComparison.Ordinal);
            Command taken = Template($"trustedProxyRanges={{10.0.0.0/8}},proxy.flags.{way}=true,acknowledgedRisks={{{way}}}");
            Assert.True(taken.ExitCode == 0, taken.Transcript);
        }
    }

    private static Command Template(string values) =>
        Helm.Template(Helm.Four, RenderedChart.Workload, [.. GuardTests.Workload.SelectMany(value => (string[])["--set", value]), "--set", values]);
}
