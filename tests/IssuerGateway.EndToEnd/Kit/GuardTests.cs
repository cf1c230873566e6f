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

    internal static readonly string[] Workload =
    [
        "tenantId=11111111-2222-3333-4444-555555555555", "clientId=66666666-7777-8888-9999-000000000000", "host=app.example.com",
        Group, "cookie.existingSecret=cookie",
    ];

    [Theory]
    [InlineData("issuers=null", "issuers is empty: set issuers[0].identifier to the exact --service-account-issuer of the API server (kubectl get --raw /.well-known/openid-configuration shows it), for example --set 'issuers[0].identifier=https://oidc.example.com'.")]
    [InlineData("issuers[0].identifier=", "issuers[0].identifier is empty: tls.mode acme never orders a certificate without it; set it to the exact --service-account-issuer of the API server.")]
    [InlineData("issuers[0].identifier=,tls.mode=none", "issuers[0].identifier is empty: set it to the exact --service-account-issuer of the API server.")]
    [InlineData("issuers[0].identifier=http://oidc.example.com", "issuers[0].identifier \"http://oidc.example.com\" is not an https URL: relying parties accept only https (OIDC Discovery); change --service-account-issuer of the API server.")]
    [InlineData("issuers[0].identifier=https://oidc.example.com/?a=b", "issuers[0].identifier \"https://oidc.example.com/?a=b\" has a query, a fragment or white space: remove it; the API server rejects such an issuer too.")]
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
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a", "tls.mode acme contradicts httpRoute.enabled: the proxy that terminates TLS holds the certificate; set tls.mode to none, or use tlsRoute (passthrough) instead.")]
    [InlineData("ingress.enabled=true", "tls.mode acme contradicts ingress.enabled: the proxy that terminates TLS holds the certificate; set tls.mode to none, or use tlsRoute (passthrough) instead.")]
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
    public void The_gateway_is_rejected(string values, string sentence) => Refuses(RenderedChart.Gateway, gateway, values, sentence);

    [Theory]
    [InlineData("tenantId=", "tenantId is empty: set it to the id of your Entra tenant (az account show --query tenantId -o tsv).")]
    [InlineData("tenantId=common", "tenantId \"common\" admits accounts of every tenant: set it to the id of your own (az account show --query tenantId -o tsv).")]
    [InlineData("tenantId=<tenant-id>", "tenantId \"<tenant-id>\" is not a tenant id: set it to the GUID that az account show --query tenantId -o tsv prints.")]
    [InlineData("tenantId=contoso.onmicrosoft.com", "tenantId \"contoso.onmicrosoft.com\" is not a tenant id: set it to the GUID that az account show --query tenantId -o tsv prints. With a domain name OAuth2 Proxy stops, because Entra's discovery document names the GUID as issuer.")]
    [InlineData("clientId=", "clientId \"\" is not an application id: set it to the application (client) id of the app registration (issuerctl trust apply entra-app prints it).")]
    [InlineData("host=", "host is empty: set it to the public host name of the workload, such as app.example.com.")]
    [InlineData("host=https://app.example.com/", "host \"https://app.example.com/\" is not a host name: write it in lower case, without scheme, port and path.")]
    [InlineData("redirectUrl=https://other.example.com/oauth2/callback", "redirectUrl \"https://other.example.com/oauth2/callback\" does not lead to https://app.example.com/: Entra would send the sign-in elsewhere; correct it or leave it empty.")]
    [InlineData("allowedGroups=null", "allowedGroups is empty: list the object ids of the groups that may enter, or set allowAnyTenantUser to true to admit every user of the tenant, guests too.")]
    [InlineData("allowAnyTenantUser=true", "allowAnyTenantUser contradicts allowedGroups: remove one of the two.")]
    [InlineData("allowedGroups={admins}", "allowedGroups has \"admins\", but Entra sends object ids of groups: use the id (az ad group show -g NAME --query id -o tsv), or set groupsClaim to roles for app roles.")]
    [InlineData("scope=email", "scope \"email\" lacks openid: Entra would send no id_token; set it to \"openid email profile offline_access\".")]
    [InlineData("scope=openid email", "scope \"openid email\" lacks offline_access: Entra sends no refresh token, so every session ends with its id_token after 60 to 90 minutes; add it.")]
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
    // Nobody else: each way around allowedGroups is rejected until it is acknowledged.
    [InlineData("proxy.flags.cookie-secret=a", "proxy.flags.cookie-secret would put a secret on the command line, which every reader of the pod sees: use cookie, redis or proxy.extraEnv with a Secret.")]
    [InlineData("proxy.image.tag=v7.13.0", "proxy.image.tag v7.13.0 has known security holes (v7.15.4 is a security release; before v7.15.2 sign-in can be bypassed, GHSA-5hvv-m4w4-gf6v and GHSA-7x63-xv5r-3p2x): use v7.15.4 or newer.")]
    [InlineData("proxy.image.tag=v7.15.3", "proxy.image.tag v7.15.3 has known security holes")]
    [InlineData("proxy.image.tag=latest", "proxy.image.tag \"latest\" names no version: use one of v7.15.4 or newer, so that what runs is known.")]
    [InlineData("trustedProxyRanges={0.0.0.0/0}", "trustedProxyRanges has \"0.0.0.0/0\": every caller could then claim any address or host; list the ranges of your ingress or gateway pods only.")]
    [InlineData("redis.existingSecret=a", "redis.existingSecret is set, but redis.connectionUrl is empty: set it to redis://HOST:6379 or rediss://HOST:6379.")]
    [InlineData("redis.connectionUrl=redis://:password@redis:6379", "redis.connectionUrl holds a user or password: put the password into a Secret and name it in redis.existingSecret.")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,ingress.enabled=true", "httpRoute.enabled and ingress.enabled are both true: the host is exposed one way; enable only one.")]
    [InlineData("httpRoute.enabled=true", "httpRoute.parentRefs is empty: name the Gateway that carries the route, for example --set 'httpRoute.parentRefs[0].name=public' --set 'httpRoute.parentRefs[0].sectionName=https'.")]
    [InlineData("app.image.repository=shop", "app.image.tag is empty: name the version of your app (or app.image.digest), so that what runs is known.")]
    [InlineData("app.args={a}", "app.image.repository is empty, but other values of app describe your own: set it; the demo takes none of them.")]
    [InlineData("extraContainers[0].name=metrics,extraContainers[0].image=registry.example.com/metrics:1,extraContainers[0].ports[0].containerPort=4180", "extraContainers[0] has port 4180, which is one of the proxy's: let it listen on another.")]
    [InlineData("extraInitContainers[0].name=log,extraInitContainers[0].image=registry.example.com/log:1,extraInitContainers[0].restartPolicy=Always,extraInitContainers[0].ports[0].containerPort=44180", "extraInitContainers[0] has port 44180, which is one of the proxy's: let it listen on another.")]
    [InlineData("app.port=4180", "app.port 4180 is a port of the proxy: let the app listen on another.")]
    [InlineData("podDisruptionBudget.minAvailable=1,podDisruptionBudget.maxUnavailable=1", "podDisruptionBudget.minAvailable and podDisruptionBudget.maxUnavailable exclude each other: set only one.")]
    [InlineData("preStopSeconds=45", "preStopSeconds 45 is not shorter than terminationGracePeriodSeconds 45: the pod would be killed before the app can end; shorten it.")]
    [InlineData("serviceAccount.create=false", "serviceAccount.name is empty although serviceAccount.create is false: every pod of the namespace could sign in as this app through \"default\"; name a ServiceAccount.")]
    [InlineData("tests.image.repository=a", "tests.issuer is empty: set it to the issuer of the cluster (kubectl get --raw /.well-known/openid-configuration shows it), or remove tests.image.repository.")]
    [InlineData("podMonitor.enabled=true,networkPolicy.monitoringNamespace=null", "networkPolicy.monitoringNamespace is empty, so Prometheus could not scrape: set the labels of its namespace.")]
    [InlineData("allowedGroups={}", "allowedGroups[0] is empty, and with an empty group")]
    [InlineData("allowedGroups[0]=", "allowedGroups[0] is empty, and with an empty group OAuth2 Proxy admits everybody: set the object id of a group, or remove the entry.")]
    [InlineData("allowedGroups[0]=\\ ", "allowedGroups[0] is empty, and with an empty group OAuth2 Proxy admits everybody: set the object id of a group, or remove the entry.")]
    [InlineData("allowedGroups[1]=", "allowedGroups[1] is empty, and with an empty group OAuth2 Proxy admits everybody")]
    [InlineData("groupsClaim=roles,allowedGroups[0]=", "allowedGroups[0] is empty, and with an empty group OAuth2 Proxy admits everybody")]
    [InlineData("groupsClaim=roles,allowedGroups[0]=a\\,b", "allowedGroups[0] \"a,b\" has a comma, a quote or white space, which OAuth2 Proxy splits into several groups: give one group for each entry.")]
    [InlineData("proxy.flags.allowed-group=null", "proxy.flags.allowed-group would bypass the checks of allowedGroups: remove it and set allowedGroups.")]
    [InlineData("proxy.flags.allowed-group[0]=", "proxy.flags.allowed-group would bypass the checks of allowedGroups: remove it and set allowedGroups.")]
    [InlineData("proxy.flags.allowed-group=", "proxy.flags.allowed-group would bypass the checks of allowedGroups: remove it and set allowedGroups.")]
    [InlineData("proxy.flags.email-domain=a", "proxy.flags.email-domain would bypass the checks of emailDomains: remove it and set emailDomains.")]
    [InlineData("proxy.flags.oidc-groups-claim=wids", "proxy.flags.oidc-groups-claim would bypass the checks of groupsClaim: remove it and set groupsClaim.")]
    [InlineData("proxy.flags.oidc-issuer-url=https://login.microsoftonline.com/common/v2.0", "proxy.flags.oidc-issuer-url would bypass the checks of tenantId: remove it and set tenantId.")]
    [InlineData("proxy.flags.reverse-proxy=true", "proxy.flags.reverse-proxy would bypass the checks of trustedProxyRanges: remove it and set trustedProxyRanges.")]
    [InlineData("proxy.flags.trusted-proxy-ip=0.0.0.0/0", "proxy.flags.trusted-proxy-ip would bypass the checks of trustedProxyRanges: remove it and set trustedProxyRanges.")]
    [InlineData("trustedProxyRanges={10.0.0.0/8},proxy.flags.skip-auth-route={GET=^/public/}", "proxy.flags.skip-auth-route together with trustedProxyRanges lets anybody in who sends the header X-Forwarded-Uri: use httpRoute, which removes it, or let your proxy delete X-Forwarded-Uri and X-Real-IP from every request and then add \"skip-auth-route\" to acknowledgedRisks.")]
    [InlineData("trustedProxyRanges={10.0.0.0/8},ingress.enabled=true,proxy.flags.skip-auth-regex=^/public/", "proxy.flags.skip-auth-regex together with trustedProxyRanges lets anybody in who sends the header X-Forwarded-Uri")]
    [InlineData("trustedProxyRanges={10.0.0.0/8},proxy.flags.skip-auth-preflight=true", "proxy.flags.skip-auth-preflight together with trustedProxyRanges lets anybody in who sends the header X-Forwarded-Uri")]
    [InlineData("trustedProxyRanges={10.0.0.0/8},proxy.flags.trusted-ip=192.0.2.1", "proxy.flags.trusted-ip together with trustedProxyRanges lets anybody in who sends the header X-Real-IP")]
    [InlineData("proxy.flags.skip-jwt-bearer-tokens=true", "proxy.flags.skip-jwt-bearer-tokens loosens access: requests with any valid token of the tenant for this app enter without a session. Remove it, or add \"skip-jwt-bearer-tokens\" to acknowledgedRisks.")]
    [InlineData("proxy.flags.htpasswd-file=/etc/users", "proxy.flags.htpasswd-file loosens access: whoever knows a password of that file enters without Entra. Remove it, or add \"htpasswd-file\" to acknowledgedRisks.")]
    [InlineData("proxy.flags.cookie-secure=false", "proxy.flags.cookie-secure loosens access: the session cookie is sent over plain HTTP (value: false). Remove it, or add \"cookie-secure\" to acknowledgedRisks.")]
    [InlineData("proxy.flags.cookie-samesite=none", "proxy.flags.cookie-samesite loosens access: other sites can send requests with the session (value: none).")]
    [InlineData("proxy.flags.code-challenge-method=null", "proxy.flags.code-challenge-method loosens access: an intercepted authorization code can be redeemed (any value but S256).")]
    [InlineData("proxy.flags.skip-auth-strip-headers=false", "proxy.flags.skip-auth-strip-headers loosens access: what clients send as X-Forwarded-User and X-Forwarded-Groups reaches the app beside the real values (value: false).")]
    [InlineData("proxy.flags.insecure-oidc-skip-nonce=false", "proxy.flags.insecure-oidc-skip-nonce is false: every session ends at its first refresh, and true is the default of OAuth2 Proxy; remove it.")]
    [InlineData("proxy.flags.config=/etc/oauth2.cfg", "proxy.flags.config cannot be changed: the guards cannot read that file; use proxy.flags. Remove it.")]
    [InlineData("proxy.flags.ping-path=/healthz", "proxy.flags.ping-path cannot be changed: the liveness probe requests /ping. Remove it.")]
    [InlineData("proxy.flags.ready-path=/readyz", "proxy.flags.ready-path cannot be changed: the startup and readiness probes request /ready. Remove it.")]
    [InlineData("proxy.flags.http-address=0.0.0.0:80", "proxy.flags.http-address cannot be changed: probes, Service and NetworkPolicy use port 4180. Remove it.")]
    [InlineData("proxy.flags.force-https=true", "proxy.flags.force-https cannot be changed: probes would be redirected; terminate TLS in front and set httpRoute.plainHttpParentRefs. Remove it.")]
    [InlineData("proxy.extraEnv[0].name=OAUTH2_PROXY_SKIP_AUTH_ROUTES,proxy.extraEnv[0].value=a", "proxy.extraEnv sets OAUTH2_PROXY_SKIP_AUTH_ROUTES, which the guards do not see: set the flag in proxy.flags, or the value of this chart that it belongs to.")]
    [InlineData("proxy.envFrom[0].configMapRef.name=a", "proxy.envFrom loosens access: a variable OAUTH2_PROXY_… in it changes settings that the guards cannot see. Use proxy.extraEnv, or add \"envFrom\" to acknowledgedRisks.")]
    [InlineData("service.extraPorts[0].name=app,service.extraPorts[0].port=8080,service.extraPorts[0].targetPort=8080", "service.extraPorts leads to app.port 8080 without sign-in: remove it; requests reach the app by the port of the proxy.")]
    [InlineData("clientAddressHeader=X-Real-IP", "clientAddressHeader X-Real-IP has no effect without trustedProxyRanges: list the ranges of your ingress or gateway pods, or remove it.")]
    [InlineData("trustedProxyRanges={10.0.0.0/8},clientAddressHeader=X-Real-IP,httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=https", "clientAddressHeader X-Real-IP contradicts httpRoute.enabled, which removes that header")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a", "httpRoute.parentRefs[0].sectionName is empty: the route would also attach to a plain-http listener, where each sign-in ends in 403; name the https listener, and the http one in httpRoute.plainHttpParentRefs to redirect it.")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].port=80", "httpRoute.parentRefs[0] names a plain-http listener, where each sign-in ends in 403")]
    [InlineData("httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=https,httpRoute.hostnames={app.example.com,www.example.com}", "httpRoute.hostnames has \"www.example.com\", but sign-in works on host \"app.example.com\" alone, and elsewhere ends in 403 at the callback: remove it, and redirect that name to the host.")]
    [InlineData("app.enabled=false", "trustedProxyRanges is empty, but with app.enabled false OAuth2 Proxy responds for other hosts and has to believe the X-Forwarded headers of your proxies: list the ranges of their pods.")]
    [InlineData("app.enabled=false,trustedProxyRanges={10.0.0.0/8}", "forwardAuth.cookieDomain is empty: the applications and host \"app.example.com\" need one session cookie; set their common domain, such as apps.example.com.")]
    [InlineData("app.enabled=false,trustedProxyRanges={10.0.0.0/8},forwardAuth.cookieDomain=other.example", "forwardAuth.cookieDomain \"other.example\" is not the domain of host \"app.example.com\": browsers would drop the cookie (RFC 6265 §5.3).")]
    [InlineData("app.enabled=false,trustedProxyRanges={10.0.0.0/8},forwardAuth.cookieDomain=example.com", "forwardAuth.returnHosts is empty: after sign-in nobody could return to an application; list their host names.")]
    [InlineData("app.enabled=false,trustedProxyRanges={10.0.0.0/8},forwardAuth.cookieDomain=example.com,forwardAuth.returnHosts={shop.example.org}", "forwardAuth.returnHosts has \"shop.example.org\" outside forwardAuth.cookieDomain \"example.com\": its users would be sent back and forth without a session.")]
    [InlineData("forwardAuth.cookieDomain=example.com", "forwardAuth belongs to app.enabled false: a sidecar protects its own application only; remove it, or set app.enabled to false.")]
    [InlineData("upstream=static://202", "upstream \"static://202\" would leave the app of this pod without requests: remove it, or set app.enabled to false.")]
    [InlineData("autoscaling.enabled=true,autoscaling.minReplicas=3,autoscaling.maxReplicas=2", "autoscaling.maxReplicas 2 is less than autoscaling.minReplicas 3: raise it.")]
    public void The_workload_is_rejected(string values, string sentence) => Refuses(RenderedChart.Workload, Workload, values, sentence);

    [Theory]
    [InlineData("proxy.flags.skip-jwt-bearer-tokens=true,acknowledgedRisks={skip-jwt-bearer-tokens}")]
    [InlineData("proxy.flags.skip-jwt-bearer-tokens=false")]
    [InlineData("proxy.flags.cookie-secure=true,proxy.flags.cookie-samesite=lax,proxy.flags.code-challenge-method=S256")]
    [InlineData("proxy.flags.skip-auth-route={GET=^/public/}")] // no forwarded header is believed
    [InlineData("trustedProxyRanges={10.0.0.0/8},ingress.enabled=true,proxy.flags.skip-auth-route={GET=^/public/},acknowledgedRisks={skip-auth-route}")]
    [InlineData("trustedProxyRanges={10.0.0.0/8},proxy.flags.skip-auth-route={GET=^/public/},httpRoute.enabled=true,httpRoute.parentRefs[0].name=a,httpRoute.parentRefs[0].sectionName=https")]
    public void The_workload_takes_what_is_acknowledged_or_harmless(string values)
    {
        foreach (string helm in Helm.Versions)
        {
            Command command = Helm.Template(helm, RenderedChart.Workload, [.. Workload.SelectMany(value => (string[])["--set", value]), "--set", values]);

            Assert.True(command.ExitCode == 0, command.Transcript);
        }
    }

    [Fact]
    public void The_README_of_the_workload_lists_each_way_to_loosen_access()
    {
        string readme = File.ReadAllText(Path.Combine(KitFolder.Charts, RenderedChart.Workload, "README.md"));
        string[] ways = [.. System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(KitFolder.Charts, RenderedChart.Workload, "values.schema.json")))!
            .Texts("properties/acknowledgedRisks/items/enum")];

        Assert.True(ways.Length > 20);
        Assert.All(ways, way => Assert.Contains($"`acknowledgedRisks: [{way}]`", readme, StringComparison.Ordinal));
    }

    [Fact]
    public void The_cookie_secret_that_the_post_published_is_rejected() =>
        Refuses(RenderedChart.Workload, Workload, $"cookie.existingSecret=,cookie.secret={System.Text.Encoding.ASCII.GetString(Convert.FromBase64String("RlNFc0hOMXlhWDJya3lVUHk5SmpGT2p1N0h2TEpMMnJuZTZkWFZmdk5ZND0="))}", "cookie.secret is a known or trivial one");

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        Command command = Helm.Template(Helm.Four, RenderedChart.Workload);

        Assert.Equal(5, command.Error.Split('\n').Count(line => line.StartsWith("tenantId ", StringComparison.Ordinal) || line.StartsWith("clientId ", StringComparison.Ordinal)
            || line.StartsWith("host ", StringComparison.Ordinal) || line.StartsWith("allowedGroups ", StringComparison.Ordinal) || line.StartsWith("cookie.existingSecret ", StringComparison.Ordinal)));
    }

    internal static void Refuses(string chart, string[] sound, string values, string sentence)
    {
        foreach (string helm in Helm.Versions)
        {
            Command command = Helm.Template(helm, chart, [.. sound.SelectMany(value => (string[])["--set", value]), "--set", values]);

            Assert.Equal(1, command.ExitCode);
            Assert.Contains($"\n{sentence}", command.Error, StringComparison.Ordinal);
        }
    }
}
