using IssuerGateway.Demo.StandIn;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>Values that are missing or contradict each other: both Helms end with the sentence that names the value and the fix.</summary>
public sealed class GuardTests
{
    private const string Group = "allowedGroups={aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee}";

    // Where everything is right; each case breaks it in one place.
    private static readonly string[] gateway =
    [
        "image.repository=registry.example.com/issuer-gateway", "issuers[0].identifier=https://oidc.example.com", "tls.acme.acceptTerms=true",
    ];

    private static readonly string[] workload =
    [
        "tenantId=11111111-2222-3333-4444-555555555555", "clientId=66666666-7777-8888-9999-000000000000", "host=app.example.com",
        Group, "cookie.existingSecret=cookie",
    ];

    [Theory]
    [InlineData("issuers=null", "issuers is empty: set issuers[0].identifier to the exact --service-account-issuer of the API server (kubectl get --raw /.well-known/openid-configuration shows it), for example --set 'issuers[0].identifier=https://oidc.example.com'.")]
    [InlineData("issuers[0].identifier=", "issuers[0].identifier is empty: tls.mode acme never asks for a certificate without it; set it to the exact --service-account-issuer of the API server.")]
    [InlineData("issuers[0].identifier=,tls.mode=none", "issuers[0].identifier is empty: set it to the exact --service-account-issuer of the API server.")]
    [InlineData("issuers[0].identifier=http://oidc.example.com", "issuers[0].identifier \"http://oidc.example.com\" is not an https URL: relying parties accept only https (OIDC Discovery); change --service-account-issuer of the API server.")]
    [InlineData("issuers[0].identifier=https://oidc.example.com/?a=b", "issuers[0].identifier \"https://oidc.example.com/?a=b\" has a query, a fragment or white space: remove it; the API server refuses such an issuer too.")]
    [InlineData("issuers[0].identifier=https://oidc.example.com/.well-known/openid-configuration", "issuers[0].identifier \"https://oidc.example.com/.well-known/openid-configuration\" is the URL of the document, not the issuer: remove \"/.well-known/openid-configuration\".")]
    [InlineData("issuers[0].identifier=https://kubernetes.default.svc.cluster.local", "issuers[0].identifier \"https://kubernetes.default.svc.cluster.local\" has a host that the internet cannot reach: give the API server a public --service-account-issuer (the old one can stay as a second), or set issuers[0].allowPrivateHost to true for relying parties inside your network.")]
    [InlineData("issuers[0].identifier=https://10.0.0.1", "issuers[0].identifier \"https://10.0.0.1\" has a host that the internet cannot reach: give the API server a public --service-account-issuer (the old one can stay as a second), or set issuers[0].allowPrivateHost to true for relying parties inside your network.")]
    [InlineData("issuers[1].identifier=https://oidc.example.com/", "issuers[1].identifier \"https://oidc.example.com/\" is fetched from the same URL as that of issuers[0].identifier: remove one of the two.")]
    [InlineData("issuers[0].previousIdentifiers[0]=http://old.example.com", "issuers[0].previousIdentifiers \"http://old.example.com\" is not an https URL: relying parties accept only https (OIDC Discovery); change --service-account-issuer of the API server.")]
    [InlineData("issuers[0].upstream.kind=Explicit,issuers[0].upstream.existingSecret=a", "issuers[0].upstream.servers is empty: kind Explicit needs the URLs of the API servers, such as https://10.0.0.1:6443.")]
    [InlineData("issuers[0].upstream.kind=Explicit,issuers[0].upstream.servers[0]=https://10.0.0.1:6443", "issuers[0].upstream.existingSecret is empty: kind Explicit reads ca.crt and token (or tls.crt and tls.key) from a Secret of this namespace; name it.")]
    [InlineData("issuers[0].upstream.kind=Kubeconfig", "issuers[0].upstream.existingSecret is empty: kind Kubeconfig reads kubeconfig from a Secret of this namespace; name it.")]
    [InlineData("issuers[0].upstream.kind=PublicKeys,issuers[0].upstream.existingSecret=a", "issuers[0].upstream.publicKeys is empty: kind PublicKeys needs the keys of upstream.existingSecret that hold public keys, such as sa.pub.")]
    [InlineData("issuers[0].upstream.kind=Directory", "issuers[0].upstream.existingClaim is empty: kind Directory reads what `issuer-gateway export` wrote from a claim; name it.")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a", "tls.mode acme contradicts httpRoute.enabled: whoever ends TLS holds the certificate; set tls.mode to none, or use tlsRoute (passthrough) instead.")]
    [InlineData("ingress.enabled=true", "tls.mode acme contradicts ingress.enabled: whoever ends TLS holds the certificate; set tls.mode to none, or use tlsRoute (passthrough) instead.")]
    [InlineData("tls.acme.acceptTerms=false", "tls.acme.acceptTerms is false: read the terms of service of the certificate authority (https://acme-v02.api.letsencrypt.org/directory) and set it to true, or choose tls.mode secret or none.")]
    [InlineData("tls.acme.externalAccountSecret=a", "tls.acme.externalAccountSecret and tls.acme.externalAccountKeyId belong together: set both or neither.")]
    [InlineData("tls.mode=secret", "tls.secrets is empty: tls.mode secret needs the names of kubernetes.io/tls Secrets, one for each host of the issuers.")]
    [InlineData("tls.mode=secret,tls.secrets={a},ingress.enabled=true", "tls.mode secret contradicts ingress.enabled, which sends plain HTTP: set tls.mode to none and give the Secret to the gateway or ingress controller, or use tlsRoute (passthrough) instead.")]
    [InlineData("tls.secrets={a}", "tls.secrets is set, but tls.mode is acme: set tls.mode to secret, or remove tls.secrets.")]
    [InlineData("tls.mode=none,tlsRoute.enabled=true,tlsRoute.parentRefs[0].name=a", "tlsRoute.enabled contradicts tls.mode none: passed-through TLS must end in the gateway; set tls.mode to acme or secret, or use httpRoute.")]
    [InlineData("tlsRoute.http01.enabled=true,tlsRoute.http01.parentRefs[0].name=a", "tlsRoute.http01.enabled only serves tls.mode acme behind tlsRoute.enabled: set both, or disable it.")]
    [InlineData("tlsRoute.enabled=true,tlsRoute.parentRefs[0].name=a,tlsRoute.http01.enabled=true,tlsRoute.http01.parentRefs[0].name=a,tls.acme.challenges={tls-alpn-01}", "tlsRoute.http01.enabled contradicts tls.acme.challenges, which lacks http-01: add it, or disable the route.")]
    [InlineData("tls.mode=none,ingress.enabled=true,httpRoute.enabled=true,httpRoute.parentRefs[0].name=a", "httpRoute.enabled and ingress.enabled are both true: public traffic comes one way; enable only one of tlsRoute, httpRoute and ingress.")]
    [InlineData("tlsRoute.enabled=true", "tlsRoute.parentRefs is empty: name the Gateway that carries the route, for example --set 'tlsRoute.parentRefs[0].name=public'.")]
    [InlineData("tls.mode=none,httpRoute.enabled=true", "httpRoute.parentRefs is empty: name the Gateway that carries the route, for example --set 'httpRoute.parentRefs[0].name=public'.")]
    [InlineData("tlsRoute.enabled=true,tlsRoute.parentRefs[0].name=a,tlsRoute.http01.enabled=true", "tlsRoute.http01.parentRefs is empty: name the Gateway and the listener of port 80.")]
    [InlineData("edge.clientAddress=ProxyProtocol", "edge.proxyProtocol.trustedSources is empty: with edge.clientAddress ProxyProtocol name the networks from which the load balancer connects, such as 10.0.0.0/8.")]
    [InlineData("edge.proxyProtocol.trustedSources={10.0.0.0/8}", "edge.proxyProtocol.trustedSources is set, but edge.clientAddress is Unknown: set edge.clientAddress to ProxyProtocol, or remove them.")]
    [InlineData("edge.clientAddress=Direct,tlsRoute.enabled=true,tlsRoute.parentRefs[0].name=a", "edge.clientAddress Direct contradicts tlsRoute.enabled: all clients would share the address of the proxy and its limits; use ProxyProtocol if the proxy speaks it, or leave Unknown.")]
    [InlineData("edge.clientAddress=Direct,service.externalTrafficPolicy=Cluster", "edge.clientAddress Direct contradicts service.externalTrafficPolicy Cluster, which hides the address of the caller: set the policy to Local, or leave Unknown.")]
    [InlineData("podMonitor.enabled=true,serviceMonitor.enabled=true", "podMonitor.enabled and serviceMonitor.enabled are both true: every figure would count twice; enable only one.")]
    [InlineData("image.repository=", "image.repository is empty: build the image (docker build -t REGISTRY/issuer-gateway:VERSION .), push it, and set image.repository to REGISTRY/issuer-gateway.")]
    [InlineData("hostPorts.enabled=true", "hostPorts.enabled needs kind DaemonSet: two replicas cannot share the ports of one node; set kind to DaemonSet.")]
    [InlineData("kind=DaemonSet,hostPorts.enabled=true,updateStrategy.rollingUpdate.maxSurge=1", "updateStrategy.rollingUpdate.maxSurge contradicts hostPorts.enabled: the new pod cannot have the ports of the old one; set maxUnavailable instead.")]
    [InlineData("podDisruptionBudget.minAvailable=1,podDisruptionBudget.maxUnavailable=1", "podDisruptionBudget.minAvailable and podDisruptionBudget.maxUnavailable exclude each other: set only one.")]
    [InlineData("state.size=64Mi,state.existingClaim=a", "state.existingClaim and state.size exclude each other: name a claim, or let the chart create one.")]
    [InlineData("state.size=64Mi", "state.size creates a ReadWriteOnce claim that more than one pod cannot share: set replicas to 1, state.accessMode to ReadWriteMany, or leave state empty.")]
    [InlineData("serviceAccount.create=false", "serviceAccount.name is empty although serviceAccount.create is false: the access would be given to \"default\" and so to every pod of the namespace; name a ServiceAccount.")]
    [InlineData("podMonitor.enabled=true,networkPolicy.monitoringNamespace=null", "networkPolicy.monitoringNamespace is empty, so Prometheus could not scrape: set the labels of its namespace.")]
    public void The_gateway_is_refused(string values, string sentence) => Refuses(RenderedChart.Gateway, gateway, values, sentence);

    [Theory]
    [InlineData("tenantId=", "tenantId is empty: set it to the id of your Entra tenant (az account show --query tenantId -o tsv).")]
    [InlineData("tenantId=common", "tenantId \"common\" admits accounts of every tenant: set it to the id of your own (az account show --query tenantId -o tsv).")]
    [InlineData("tenantId=<tenant-id>", "tenantId \"<tenant-id>\" is neither a tenant id nor a domain name: set it to the output of az account show --query tenantId -o tsv.")]
    [InlineData("clientId=", "clientId \"\" is not an application id: set it to the application (client) id of the app registration (issuer-gateway-entra apply prints it).")]
    [InlineData("host=", "host is empty: set it to the public host name of the workload, such as app.example.com.")]
    [InlineData("host=https://app.example.com/", "host \"https://app.example.com/\" is not a host name: write it in lower case, without scheme, port and path.")]
    [InlineData("redirectUrl=https://other.example.com/oauth2/callback", "redirectUrl \"https://other.example.com/oauth2/callback\" does not lead to https://app.example.com/: Entra would send the sign-in elsewhere; correct it or leave it empty.")]
    [InlineData("allowedGroups=null", "allowedGroups is empty: list the object ids of the groups that may enter, or set allowAnyTenantUser to true to admit every user of the tenant, guests too.")]
    [InlineData("allowAnyTenantUser=true", "allowAnyTenantUser contradicts allowedGroups: remove one of the two.")]
    [InlineData("allowedGroups={admins}", "allowedGroups has \"admins\", but Entra sends object ids of groups: use the id (az ad group show -g NAME --query id -o tsv), or set groupsClaim to roles for app roles.")]
    [InlineData("scope=email", "scope \"email\" lacks openid: Entra would send no id_token; set it to \"openid email profile offline_access\".")]
    [InlineData("scope=openid email", "scope \"openid email\" lacks offline_access: cookie.refresh could not work and a blocked user would stay for cookie.expire; add it.")]
    [InlineData("cookie.existingSecret=", "cookie.existingSecret is empty: create it once (kubectl create secret generic rel-cookie -n ns --from-literal=cookie-secret=\"$(openssl rand -base64 32 | tr -- '+/' '-_')\") and name it; there is no default.")]
    [InlineData("cookie.secret=Zx3vQ9sT1uW5yB7dF0hK2mN4pR6tV8xA", "cookie.secret and cookie.existingSecret exclude each other: set only one.")]
    [InlineData("cookie.existingSecret=,cookie.secret=Zx3vQ9sT1u/5yB7dF0hK2mN4pR6tV8x+c0DeFgHiJkE=", "cookie.secret is standard base64, which OAuth2 Proxy does not decode: replace + and / by - and _ (openssl rand -base64 32 | tr -- '+/' '-_').")]
    [InlineData("cookie.existingSecret=,cookie.secret=correct horse battery staple abcd", "cookie.secret has characters outside A-Z, a-z, 0-9, - and _: make one with openssl rand -base64 32 | tr -- '+/' '-_'.")]
    [InlineData("cookie.existingSecret=,cookie.secret=tooShort1", "cookie.secret has 9 characters: it must be 16, 24 or 32, or URL-safe base64 of as many bytes (openssl rand -base64 32 | tr -- '+/' '-_').")]
    [InlineData("cookie.existingSecret=,cookie.secret=Zx3vQ9sT1uW5yB7dF0hK2mN4pR6tV8xAb", "cookie.secret has 33 characters: it must be 16, 24 or 32, or URL-safe base64 of as many bytes (openssl rand -base64 32 | tr -- '+/' '-_').")]
    [InlineData("cookie.existingSecret=,cookie.secret=XXXXXXXXXXXXXXXX", "cookie.secret is a known or trivial one, with which anybody can forge a session: make one with openssl rand -base64 32 | tr -- '+/' '-_'.")]
    [InlineData("cookie.existingSecret=,cookie.secret=FSEsHN1yaX2rkyUPy9JjFOju7HvLJL2rnne6dXVfvNY4=", "cookie.secret has 45 characters")]
    [InlineData("cookie.refresh=8h", "cookie.refresh 8h is not shorter than cookie.expire 8h: sessions would never be refreshed; shorten it.")]
    [InlineData("proxy.flags.cookie-domain=example.com", "proxy.flags.cookie-domain contradicts cookie.name: a __Host- cookie belongs to one host (RFC 6265bis); rename the cookie or drop the flag.")]
    [InlineData("proxy.flags.cookie-secret=a", "proxy.flags.cookie-secret would put a secret on the command line, which every reader of the pod sees: use cookie, redis or proxy.extraEnv with a Secret.")]
    [InlineData("proxy.image.tag=v7.13.0", "proxy.image.tag v7.13.0 has critical bypasses of the sign-in (GHSA-5hvv-m4w4-gf6v, GHSA-7x63-xv5r-3p2x): use v7.15.2 or newer.")]
    [InlineData("proxy.image.tag=latest", "proxy.image.tag \"latest\" names no version: use one of v7.15.2 or newer, so that what runs is known.")]
    [InlineData("trustedProxyRanges={0.0.0.0/0}", "trustedProxyRanges has \"0.0.0.0/0\": every caller could then claim any address or host; list the ranges of your ingress or gateway pods only.")]
    [InlineData("redis.existingSecret=a", "redis.existingSecret is set, but redis.connectionUrl is empty: set it to redis://HOST:6379 or rediss://HOST:6379.")]
    [InlineData("redis.connectionUrl=redis://:password@redis:6379", "redis.connectionUrl holds a user or password: put the password into a Secret and name it in redis.existingSecret.")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,ingress.enabled=true", "httpRoute.enabled and ingress.enabled are both true: the host is exposed one way; enable only one.")]
    [InlineData("httpRoute.enabled=true", "httpRoute.parentRefs is empty: name the Gateway that carries the route, for example --set 'httpRoute.parentRefs[0].name=public'.")]
    [InlineData("app.image.repository=shop", "app.image.tag is empty: name the version of your app (or app.image.digest), so that what runs is known.")]
    [InlineData("app.args={a}", "app.image.repository is empty, but other values of app describe your own: set it; the demo takes none of them.")]
    [InlineData("app.port=4180", "app.port 4180 is a port of the proxy: let the app listen on another.")]
    [InlineData("podDisruptionBudget.minAvailable=1,podDisruptionBudget.maxUnavailable=1", "podDisruptionBudget.minAvailable and podDisruptionBudget.maxUnavailable exclude each other: set only one.")]
    [InlineData("preStopSeconds=45", "preStopSeconds 45 is not shorter than terminationGracePeriodSeconds 45: the pod would be killed in its sleep; shorten it.")]
    [InlineData("serviceAccount.create=false", "serviceAccount.name is empty although serviceAccount.create is false: every pod of the namespace could sign in as this app through \"default\"; name a ServiceAccount.")]
    [InlineData("tests.image.repository=a", "tests.issuer is empty: set it to the issuer of the cluster (kubectl get --raw /.well-known/openid-configuration shows it), or remove tests.image.repository.")]
    [InlineData("podMonitor.enabled=true,networkPolicy.monitoringNamespace=null", "networkPolicy.monitoringNamespace is empty, so Prometheus could not scrape: set the labels of its namespace.")]
    public void The_workload_is_refused(string values, string sentence) => Refuses(RenderedChart.Workload, workload, values, sentence);

    [Fact]
    public void The_cookie_secret_that_the_post_published_is_refused() =>
        Refuses(RenderedChart.Workload, workload, $"cookie.existingSecret=,cookie.secret={System.Text.Encoding.ASCII.GetString(Convert.FromBase64String("RlNFc0hOMXlhWDJya3lVUHk5SmpGT2p1N0h2TEpMMnJuZTZkWFZmdk5ZND0="))}", "cookie.secret is a known or trivial one");

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        Command command = Helm.Template(Helm.Four, RenderedChart.Workload);

        Assert.Equal(5, command.Error.Split('\n').Count(line => line.StartsWith("tenantId ", StringComparison.Ordinal) || line.StartsWith("clientId ", StringComparison.Ordinal)
            || line.StartsWith("host ", StringComparison.Ordinal) || line.StartsWith("allowedGroups ", StringComparison.Ordinal) || line.StartsWith("cookie.existingSecret ", StringComparison.Ordinal)));
    }

    private static void Refuses(string chart, string[] sound, string values, string sentence)
    {
        foreach (string helm in Helm.Versions)
        {
            Command command = Helm.Template(helm, chart, [.. sound.SelectMany(value => (string[])["--set", value]), "--set", values]);

            Assert.Equal(1, command.ExitCode);
            Assert.Contains($"\n{sentence}", command.Error, StringComparison.Ordinal);
        }
    }
}
