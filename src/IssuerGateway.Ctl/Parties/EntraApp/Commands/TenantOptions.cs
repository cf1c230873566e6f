using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Ctl.Parties.EntraApp.SignIn;

namespace IssuerGateway.Ctl.Parties.EntraApp.Commands;

/// <summary>The options that say how the tenant, and the issuer if none is named, are reached.</summary>
internal sealed class TenantOptions
{
    private static readonly Dictionary<string, SignInMethod> methods = new(StringComparer.OrdinalIgnoreCase)
    {
        ["auto"] = SignInMethod.Auto,
        ["az"] = SignInMethod.Az,
        ["environment"] = SignInMethod.Environment,
        ["workload-identity"] = SignInMethod.WorkloadIdentity,
        ["device-code"] = SignInMethod.DeviceCode,
    };

    private readonly Option<string> signIn = new("--sign-in")
    {
        Description = "auto, az (az login), environment, workload-identity or device-code. Default: auto, the first that is set up.",
        HelpName = "METHOD",
    };

    private readonly Option<string> accessTokenFile = new("--access-token-file")
    {
        Description = "File with an access token for Microsoft Graph that something else fetched; instead of --sign-in.",
        HelpName = "FILE",
    };

    private readonly Option<string> gateway = new("--gateway") { Description = "Without --issuer: read it from the gateway at this https URL.", HelpName = "URL" };

    private readonly Option<string> kubeconfig = new("--kubeconfig")
    {
        Description = "Without --issuer and --gateway: read it from the cluster of this kubeconfig. Default: KUBECONFIG, then ~/.kube/config.",
        HelpName = "FILE",
    };

    private readonly Option<string> context = new("--context") { Description = "Context of the kubeconfig. Default: the current one.", HelpName = "NAME" };

    private readonly Option<string[]> resolve = new("--resolve")
    {
        Description = "Addresses of the issuer in place of DNS, to check it before DNS is changed. Repeatable.",
        HelpName = "HOST:PORT:ADDRESS[,ADDRESS...]",
    };

    private readonly Option<string> roots = new("--ca") { Description = "PEM file with roots to trust for the issuer in place of the system's.", HelpName = "FILE" };

    private readonly Option<bool> allowPrivate = new("--allow-private") { Description = "Accept an issuer that Entra does not reach, for a test, and request its keys from a private address when its discovery document points there." };

    private readonly Option<string> graphEndpoint = new("--graph-endpoint") { Description = "Microsoft Graph, if not that of --cloud (https, or http on loopback).", HelpName = "URL" };

    private readonly Option<string> loginEndpoint = new("--login-endpoint") { Description = "Sign-in host, if not that of --cloud (https).", HelpName = "URL" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[signIn, accessTokenFile, gateway, kubeconfig, context, resolve, roots, allowPrivate, graphEndpoint, loginEndpoint])
        {
            command.Options.Add(option);
        }
    }

    /// <param name="hasIssuer">Whether --issuer was given, so that neither a gateway nor a cluster is queried for it.</param>
    public TenantInput Read(ParseResult result, bool hasIssuer, out IReadOnlyList<SettingError> errors)
    {
        string? method = result.GetValue(signIn);
        List<SettingError> found =
        [
            .. method is null || methods.ContainsKey(method) ? [] : (SettingError[])[new SettingError("--sign-in", PrintableText.Quote(method), $"one of {string.Join(", ", methods.Keys)}", "leave it out for the first that is set up")],
            .. Endpoint("--graph-endpoint", result.GetValue(graphEndpoint), loopbackHttp: true),
            .. Endpoint("--login-endpoint", result.GetValue(loginEndpoint), loopbackHttp: false),
            .. Gateway(result.GetValue(gateway)),
            .. WithoutEffect(result, hasIssuer),
        ];
        ConnectionOverrides overrides = ConnectionOverrides.Parse(result.GetValue(resolve) ?? [], [], result.GetValue(roots), result.GetValue(allowPrivate), found);
        errors = found;
        return new TenantInput
        {
            SignIn = methods.GetValueOrDefault(method ?? "auto"),
            AccessTokenFile = result.GetValue(accessTokenFile),
            Gateway = result.GetValue(gateway),
            Kubeconfig = result.GetValue(kubeconfig),
            Context = result.GetValue(context),
            Overrides = overrides,
            GraphEndpoint = result.GetValue(graphEndpoint),
            LoginEndpoint = result.GetValue(loginEndpoint),
        };
    }

    // An option that changes nothing was meant to change something.
    private IEnumerable<SettingError> WithoutEffect(ParseResult result, bool hasIssuer)
    {
        bool IsGiven(Option option) => result.GetResult(option) is { Implicit: false };
        string? source = hasIssuer ? "--issuer" : IsGiven(gateway) ? gateway.Name : null;
        return
        [
            .. Unused(source, hasIssuer ? [gateway, kubeconfig, context] : [kubeconfig, context]),
            .. Unused(IsGiven(accessTokenFile) ? accessTokenFile.Name : null, [signIn, loginEndpoint]),
        ];

        IEnumerable<SettingError> Unused(string? before, Option[] options) => before is null ? []
            : options.Where(IsGiven).Select(option => SettingError.Of(option.Name, $"has no effect with {before}", $"remove {option.Name}, or {before}"));
    }

    // A token must not travel in the clear; on loopback it does not travel.
    private static IEnumerable<SettingError> Endpoint(string option, string? value, bool loopbackHttp)
    {
        if (value is null || (loopbackHttp && UrlOption.Defect(value, "http") is null && new Uri(value).IsLoopback))
        {
            yield break;
        }

        if (UrlOption.Defect(value, "https") is not null)
        {
            yield return new SettingError(option, UrlOption.Shown(value), "an https URL without path", "leave it out for the endpoint of --cloud");
        }
    }

    private static IEnumerable<SettingError> Gateway(string? value)
    {
        if (value is not null && UrlOption.Defect(value, "https", allowPath: true) is { } defect)
        {
            yield return new SettingError("--gateway", UrlOption.Shown(value), $"the https URL of a gateway ({defect})", "write it without /.well-known/openid-configuration");
        }
    }
}
