using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Tokens;
using IssuerGateway.Issuers;

namespace IssuerGateway.Ctl.Parties.Exchange;

/// <summary>
/// <c>trust test PARTY --token FILE</c>: the exchange itself. Exit code 0 when the party accepts the token, 1 when it
/// rejects it, 3 when it cannot be reached or gives no verdict. Nothing that it gives is shown or kept.
/// </summary>
internal sealed class TestVerb
{
    private static readonly TimeSpan defaultTimeout = TimeSpan.FromSeconds(15);
    private static readonly OptionRule endpointRule = new(IsEndpoint, "an https URL without query; http only to this machine", "the token is a credential") { IsUrl = true };

    private readonly Option<string> tokenFile = new("--token") { Description = "File with the projected token; - for standard input. Required.", HelpName = "FILE" };
    private readonly Option<string> ca = new("--ca") { Description = "PEM file with the CA of the party's server. Default: the roots of the system.", HelpName = "FILE" };
    private readonly Option<string> timeout = new("--timeout") { Description = "Time for each request. Default: 15s.", HelpName = "DURATION" };
    private readonly Func<OptionValues, ExchangeRequest?> read;
    private readonly ProgramEnvironment environment;

    private TestVerb(Func<OptionValues, ExchangeRequest?> read, ProgramEnvironment environment)
    {
        this.read = read;
        this.environment = environment;
    }

    public static Command Create(string party, string description, IEnumerable<Option> options, Func<OptionValues, ExchangeRequest?> read, ProgramEnvironment environment)
    {
        TestVerb verb = new(read, environment);
        Command test = new(party, description) { verb.tokenFile };
        foreach (Option option in (IEnumerable<Option>)[.. options, verb.ca, verb.timeout])
        {
            test.Options.Add(option);
        }

        test.SetAction(verb.RunAsync);
        return test;
    }

    /// <summary>Reads a server's URL; without one the default.</summary>
    public static string Endpoint(OptionValues values, Option<string> option, string otherwise) => (values.Optional(option, endpointRule) ?? otherwise).TrimEnd('/');

    public static string RequiredEndpoint(OptionValues values, Option<string> option) => values.Required(option, endpointRule).TrimEnd('/');

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        OptionValues values = new(arguments);
        string file = values.Required(tokenFile, OptionRule.NotEmpty("a file with a token", "kubectl create token SERVICE_ACCOUNT -n NAMESPACE --audience AUDIENCE | issuerctl trust test PARTY --token -"));
        List<SettingError> errors = [];
        ConnectionOverrides overrides = ConnectionOverrides.Parse([], [], values.Raw(ca), allowPrivate: true, errors);
        TimeSpan limit = defaultTimeout;
        values.Optional(timeout, new OptionRule(text => DurationText.TryParse(text, out limit) && limit > TimeSpan.Zero && limit <= TimeSpan.FromMinutes(5), "a duration up to 5m", "such as 30s"));
        ExchangeRequest? request = read(values);
        string? token = values.Errors.Count == 0 ? ReadToken(file, errors) : null;
        if (values.Errors.Count + errors.Count > 0 || request is null || token is null)
        {
            environment.Terminal.Fail([.. values.Errors, .. errors]);
            return ExitCode.Usage;
        }

        CompactToken claims = CompactToken.Parse(token)!;
        environment.Terminal.Print($"token: iss {PrintableText.Of(claims.Issuer)}, sub {PrintableText.Of(claims.Subject)}, aud {PrintableText.Of(string.Join(' ', claims.Audiences))}, "
            + $"alg {PrintableText.Of(claims.Algorithm)}, kid {PrintableText.Of(claims.KeyId)}, expires {claims.Expires:yyyy-MM-ddTHH:mm:ssZ}");
        return await ExchangeAsync(request, token, overrides, limit, cancellationToken);
    }

    private async Task<int> ExchangeAsync(ExchangeRequest request, string token, ConnectionOverrides overrides, TimeSpan limit, CancellationToken cancellationToken)
    {
        Terminal terminal = environment.Terminal;
        try
        {
            using ExchangeRunner runner = new(overrides, limit);
            (string step, ExchangeOutcome outcome) = await runner.RunAsync(request, token, cancellationToken);
            if (!outcome.IsVerdict)
            {
                terminal.Fail($"{step}: {outcome.Message}", outcome.Fix!);
                return ExitCode.CouldNotRun;
            }

            terminal.Print($"{(outcome.Accepted ? "accepted" : "rejected")}: {step}: {outcome.Message}");
            if (outcome.Accepted)
            {
                return ExitCode.Good;
            }

            if (outcome.Meaning is not null)
            {
                terminal.Print($"meaning: {outcome.Meaning}");
            }

            terminal.Print($"fix: {outcome.Fix}");
            if (outcome.Link is not null)
            {
                terminal.Print($"more: {outcome.Link}");
            }

            return ExitCode.Findings;
        }
        catch (Exception e) when (ExchangeRunner.IsTransportFault(e) && !cancellationToken.IsCancellationRequested)
        {
            string reason = e is TimeoutException ? $"no response within {DurationText.Show(limit)}" : PrintableText.Of((e.InnerException ?? e).Message);
            terminal.Fail($"{request.Name}: {reason}", "check the URL, DNS, the firewall and --ca; no credential was kept");
            return ExitCode.CouldNotRun;
        }
    }

    private string? ReadToken(string file, List<SettingError> errors)
    {
        (TokenInput? token, string? cause, string? fix) = TokenInput.Load(file, environment.Input);
        if (token is null)
        {
            errors.Add(SettingError.Of("--token", cause!, fix!));
        }

        return token?.Text;
    }

    public static bool IsEndpoint(string text) =>
        UrlOption.Defect(text, "https", allowPath: true) is null || (UrlOption.Defect(text, "http", allowPath: true) is null && new Uri(text).IsLoopback);
}
