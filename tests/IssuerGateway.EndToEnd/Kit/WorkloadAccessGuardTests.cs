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
    [InlineData("tenantId=Common", "tenantId \"Common\" admits accounts of every tenant")]
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
    [InlineData("emailDomains={}", "emailDomains[0] \"\" is not a domain: write one for each entry, such as example.com, .example.com for its subdomains, or * to leave the decision to allowedGroups.")]
    [InlineData("emailDomains={example.com\\,*}", "emailDomains[0] \"example.com,*\" is not a domain")]
    [InlineData("emailDomains={\\ *}", "emailDomains[0] \" *\" is not a domain")]
    [InlineData("emailDomains={example.com,*}", "emailDomains has * beside other domains, which admits them all: remove it, or the others.")]
    [InlineData("emailDomains={.com}", "emailDomains[0] \".com\" is not a domain: write one for each entry, such as example.com, .example.com for its subdomains, or * to leave the decision to allowedGroups.")]
    [InlineData("emailDomains={*.com}", "emailDomains[0] \"*.com\" is not a domain")]
    [InlineData("emailDomains={**}", "emailDomains[0] \"**\" is not a domain")]
    [InlineData("emailDomains={com}", "emailDomains[0] \"com\" is not a domain")]
    [InlineData("tenantId=9188040D-6C67-4C5B-B112-36A304B66DAD", "tenantId \"9188040D-6C67-4C5B-B112-36A304B66DAD\" admits accounts of every tenant")]
    [InlineData("groupsClaim=wids,allowedGroups={B79FBF4D-3EF9-4689-8143-76B194E85509}", "allowedGroups has \"B79FBF4D-3EF9-4689-8143-76B194E85509\", a role that every user or guest of the tenant has: remove it, or set allowAnyTenantUser to true in place of allowedGroups.")]
    [InlineData("groupsClaim=groups,allowedGroups={admins}", "allowedGroups has \"admins\", but Entra sends object ids of groups")]
    [InlineData("host=-app.example.com", "host \"-app.example.com\" is not a host name: write it in lower case, without scheme, port and path.")]
    [InlineData("emailDomains={@example.com}", "emailDomains[0] \"@example.com\" is not a domain")]
    // How long nobody queries Entra.
    [InlineData("cookie.refresh=0s", "cookie.refresh 0s loosens access: Entra is not asked earlier whether the user may still enter (with 0 never). Set it to 1h or less, or add \"cookie-refresh\" to acknowledgedRisks.")]
    [InlineData("cookie.refresh=1h1s", "cookie.refresh 1h1s loosens access: Entra is not asked earlier whether the user may still enter")]
    // Flags, environment, files.
    [InlineData("proxy.flags.skip-auth-route={.*}", "proxy.flags.skip-auth-route \".*\" matches paths that it does not name, so anybody enters there without sign-in: name the routes from their beginning, such as ^/public/, or add \"skip-auth-route\" to acknowledgedRisks.")]
    [InlineData("proxy.flags.skip-auth-route=^/", "proxy.flags.skip-auth-route \"^/\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route={^/public/,GET=/}", "proxy.flags.skip-auth-route \"GET=/\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route=get=.", "proxy.flags.skip-auth-route \"get=.\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route=FOO=^/a!=b", "proxy.flags.skip-auth-route \"FOO=^/a!=b\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route=^/x?a=.", "proxy.flags.skip-auth-route \"^/x?a=.\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route=/health", "proxy.flags.skip-auth-route \"/health\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route=^/a|/b", "proxy.flags.skip-auth-route \"^/a|/b\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-regex=^/[a-z]+", "proxy.flags.skip-auth-regex \"^/[a-z]+\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-regex=^/[a-p]", "proxy.flags.skip-auth-regex \"^/[a-p]\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route=GET=^/.{20}", "proxy.flags.skip-auth-route \"GET=^/.{20}\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route=^/(.+/){6}", "proxy.flags.skip-auth-route \"^/(.+/){6}\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route=^/.*[.](css|js)$", "proxy.flags.skip-auth-route \"^/.*[.](css|js)$\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-route=GET!=^/admin", "proxy.flags.skip-auth-route \"GET!=^/admin\" matches paths that it does not name")]
    [InlineData("proxy.flags.skip-auth-regex=^/public/\\,.", "proxy.flags.skip-auth-regex \".\" matches paths that it does not name")]
    [InlineData("proxy.flags.trusted-ip=10.0.0.0/8", "proxy.flags.trusted-ip loosens access: requests from these addresses enter without sign-in; whoever reaches the port of the proxy past your Gateway can claim one of them. Remove it, or add \"trusted-ip\" to acknowledgedRisks.")]
    [InlineData("trustedProxyRanges={10.0.0.0/8},httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=https,proxy.flags.trusted-ip=10.0.0.0/8", "proxy.flags.trusted-ip loosens access")]
    [InlineData("trustedProxyRanges={10.0.0.0/8},httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=https,service.type=NodePort,proxy.flags.skip-auth-route=/public", "proxy.flags.skip-auth-route together with trustedProxyRanges lets anybody in who sends the header X-Forwarded-Uri")]
    [InlineData("proxy.flags.pass-user-headers=false,proxy.flags.pass-basic-auth=false", "proxy.flags.pass-user-headers loosens access: clients can send X-Forwarded-User and X-Forwarded-Groups themselves (value: false, with pass-basic-auth false too). Remove it, or add \"pass-user-headers\" to acknowledgedRisks.")]
    [InlineData("proxy.flags.pass-user-headers=f,proxy.flags.pass-basic-auth=0", "proxy.flags.pass-user-headers loosens access")]
    [InlineData("proxy.flags.pass-user-headers={false},proxy.flags.pass-basic-auth={false}", "proxy.flags.pass-user-headers loosens access")]
    [InlineData("proxy.flags.insecure-oidc-skip-nonce=F", "proxy.flags.insecure-oidc-skip-nonce is F: every session ends at its first refresh")]
    [InlineData("proxy.flags.cookie-secret-file=/x", "proxy.flags.cookie-secret-file would bypass the checks of cookie.existingSecret: remove it and set cookie.existingSecret.")]
    [InlineData("proxy.flags.client-secret-file=/x", "proxy.flags.client-secret-file cannot be changed: the federated token takes the place of a client secret. Remove it.")]
    [InlineData("proxy.flags.ping-user-agent=x", "proxy.flags.ping-user-agent cannot be changed: the liveness probe requests it as kube-probe. Remove it.")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=https,httpRoute.filters[0].type=RequestHeaderModifier,httpRoute.filters[0].requestHeaderModifier.set[0].name=x-forwarded-uri", "httpRoute.filters[0] sets x-forwarded-uri, by which OAuth2 Proxy would decide about every request: remove it; the chart deletes this header.")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=https,httpRoute.filters[0].type=RequestHeaderModifier,httpRoute.filters[0].requestHeaderModifier.add[0].name=X-Real-IP", "httpRoute.filters[0] sets X-Real-IP, by which OAuth2 Proxy would decide")]
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
    [InlineData("trustedProxyRanges={::ffff:0.0.0.0/96}", "trustedProxyRanges has \"::ffff:0.0.0.0/96\": every caller could then claim any address or host")]
    [InlineData("trustedProxyRanges={0:0:0:0:0:FFFF:0:0/97}", "trustedProxyRanges has \"0:0:0:0:0:FFFF:0:0/97\": every caller could then claim any address or host")]
    [InlineData("trustedProxyRanges={2000::/15}", "trustedProxyRanges has \"2000::/15\": every caller could then claim any address or host")]
    [InlineData("trustedProxyRanges={0/0}", "trustedProxyRanges has \"0/0\": every caller could then claim any address or host")]
    [InlineData("trustedProxyRanges={10.42.0.7/16}", "trustedProxyRanges has \"10.42.0.7/16\", with which OAuth2 Proxy does not start: write the first address of the range and its length, such as 10.42.0.0/16.")]
    [InlineData("trustedProxyRanges={10.256.0.0/16}", "trustedProxyRanges has \"10.256.0.0/16\", with which OAuth2 Proxy does not start")]
    [InlineData("trustedProxyRanges={10.0.0.0/33}", "trustedProxyRanges has \"10.0.0.0/33\", with which OAuth2 Proxy does not start")]
    [InlineData("trustedProxyRanges={2001:db8::1::/64}", "trustedProxyRanges has \"2001:db8::1::/64\", with which OAuth2 Proxy does not start")]
    [InlineData("trustedProxyRanges={0000::/00}", "trustedProxyRanges has \"0000::/00\": every caller could then claim any address or host")]
    // Ports past the sign-in.
    [InlineData("service.extraPorts[0].name=app,service.extraPorts[0].port=8080", "service.extraPorts leads to app.port 8080 without sign-in: remove it; requests reach the app by the port of the proxy.")]
    [InlineData("service.extraPorts[0].name=app,service.extraPorts[0].port=80,service.extraPorts[0].targetPort=http", "service.extraPorts has to name targetPort \"http\" by its number: by name it could be the one of the app, without sign-in.")]
    [InlineData("cookie.secret=0123456789abcdef,cookie.existingSecret=", "cookie.secret is a known or trivial one, with which anybody can forge a session")]
    [InlineData("cookie.secret=x123456789012345,cookie.existingSecret=", "cookie.secret is a known or trivial one, with which anybody can forge a session")]
    [InlineData("cookie.secret=my-Secret-cookie,cookie.existingSecret=", "cookie.secret is a known or trivial one, with which anybody can forge a session")]
    [InlineData("networkPolicy.extraIngress[0].from[0].podSelector.matchLabels.app=a", "networkPolicy.extraIngress[0] names no ports and so admits app.port 8080 without sign-in: list the ports that it is for.")]
    [InlineData("networkPolicy.extraIngress[0].ports[0].port=8080", "networkPolicy.extraIngress[0] admits app.port 8080 without sign-in: remove it; requests reach the app by the port of the proxy.")]
    [InlineData("networkPolicy.extraIngress[0].ports[0].port=8000,networkPolicy.extraIngress[0].ports[0].endPort=9000", "networkPolicy.extraIngress[0] admits app.port 8080 without sign-in")]
    [InlineData("networkPolicy.extraIngress[0].ports[0].port=http", "networkPolicy.extraIngress[0] has to name port \"http\" by its number: by name it could be the one of the app, without sign-in.")]
    // Labels by which Service and NetworkPolicy find the pods, and names that a Service cannot have.
    [InlineData("podLabels.app\\.kubernetes\\.io/name=x", "podLabels has app.kubernetes.io/name, which the chart sets itself: remove it.")]
    [InlineData("commonLabels.app\\.kubernetes\\.io/instance=x", "commonLabels has app.kubernetes.io/instance, which the chart sets itself: remove it.")]
    [InlineData("podLabels.issuer-gateway\\.io/sign-in=entra", "podLabels has issuer-gateway.io/sign-in, by which charts/workload-identity adds the sidecar: remove it; this chart brings it.")]
    [InlineData("fullnameOverride=1app", "the name \"1app\" of the objects begins with a digit, which a Service may not (RFC 1035): set fullnameOverride.")]
    [InlineData("scope=openid offline_access groups", "scope \"openid offline_access groups\" has groups, which Entra rejects: remove it; the app registration decides about group claims.")]
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
    [InlineData("proxy.extraEnv[0].value=x")]
    [InlineData("cookie.expire=9000000h")]
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

    // YAML with everything below a key commented out: the default is gone, and the chart would stop inside of a template.
    [Theory]
    [InlineData(RenderedChart.Workload)]
    [InlineData(RenderedChart.Identity)]
    public void A_value_without_content_is_taken_as_empty_or_named(string chart)
    {
        JsonNode schema = JsonNode.Parse(File.ReadAllText(Path.Combine(KitFolder.Charts, chart, "values.schema.json")))!;
        string[] rest = chart == RenderedChart.Workload ? GuardTests.Workload : ["apiVersion=v1", "aws.enabled=true", "google.enabled=true", "token.enabled=true", "signIn.enabled=true", "signIn.namespaces[0].name=apps"];

        Parallel.ForEach(Keys(schema).Where(key => key is not "global" && !key.StartsWith("proxy.flags.", StringComparison.Ordinal)), new ParallelOptions { MaxDegreeOfParallelism = 2 }, key =>
        {
            Command command = Helm.Template(Helm.Four, chart, [.. rest.Where(value => value.Split('=')[0] != key).SelectMany(value => (string[])["--set", value]), "--set", $"{key}=null"]);

            if (command.ExitCode == 0)
            {
                Assert.DoesNotContain("<nil>", command.Output, StringComparison.Ordinal);
            }
            else
            {
                Assert.DoesNotContain("executing \"", command.Error, StringComparison.Ordinal);
                Assert.Contains(key.Split('.')[^1], command.Error, StringComparison.Ordinal);
            }
        });
    }

    private static IEnumerable<string> Keys(JsonNode schema) =>
        schema["properties"]?.AsObject().SelectMany(entry => (string[])[entry.Key, .. Keys(entry.Value!).Select(key => $"{entry.Key}.{key}")]) ?? [];

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

    [Fact] // an empty variable would make an empty group, which is everybody
    public void A_value_is_no_variable_of_the_container()
    {
        Command command = Template("groupsClaim=roles,allowedGroups={$(GROUPS)},proxy.extraEnv[0].name=GROUPS");

        Assert.True(command.ExitCode == 0, command.Transcript);
        Assert.Contains("- \"--allowed-group=$$(GROUPS)\"\n", command.Output, StringComparison.Ordinal);
    }

    [Fact] // the name of a release may have a dot, that of a Service may not
    public void A_dot_of_the_release_is_no_dot_of_the_Service()
    {
        Command command = Template("fullnameOverride=shop.v2");

        Assert.True(command.ExitCode == 0, command.Transcript);
        Assert.Contains("kind: Service\nmetadata:\n  name: \"shop-v2\"\n", command.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("proxy.flags.skip-auth-route=(?i)^/PUBLIC/")]
    [InlineData("proxy.flags.skip-auth-route=GET=^/(a|b)\\.png$|^/[a-c]/x")]
    [InlineData("proxy.flags.skip-auth-regex=^/a=b")]
    [InlineData("networkPolicy.extraIngress[0].ports[0].port=metrics")]
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
    [InlineData("trustedProxyRanges={192.0.2.7/32,172.16.0.0/12,2001:db8::/32,fd00:1:2:3::/64,fd00::1/128,fd00:1:2:3:4:5:6:7/128}")]
    [InlineData("groupsClaim=wids,allowedGroups={62e90394-69f5-4237-9190-012177145e10}")]
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
