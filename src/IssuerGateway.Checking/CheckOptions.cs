using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking.Exchange;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Checking.Rules;
using IssuerGateway.Checking.Tokens;

namespace IssuerGateway.Checking;

/// <summary>The options of <c>check</c>, and everything that is wrong with them, all at once.</summary>
/// <param name="hasConfiguration">Whether the program has a configuration that can name issuer and API servers.</param>
internal sealed class CheckOptions(Terminal terminal, bool hasConfiguration)
{
    private const string All = ProfileNames.All;

    private readonly Argument<string?> issuer = new("ISSUER-URL") { Description = $"The issuer, exactly as tokens carry it.{(hasConfiguration ? " Default: that of the configuration." : "")}", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string[]> profile = new("--profile", "-p") { HelpName = "NAME", Description = $"Relying party to check as, repeatable: {string.Join(", ", RelyingParty.Ids)}; {All} for every one. Default: entra." };
    private readonly Option<string[]> token = new("--token") { HelpName = "FILE", Description = "File with a token to validate, repeatable; - for standard input. It is never printed." };
    private readonly Option<string?> audience = new("--audience") { HelpName = "TEXT", Description = "Audience that the token must have, for every profile. Default: that of the profile." };
    private readonly Option<string?> subject = new("--subject") { HelpName = "TEXT", Description = "Subject that the token must have, system:serviceaccount:NAMESPACE:NAME." };
    private readonly Option<bool> upstream = new("--upstream") { Description = $"Compare with every API server of --kubeconfig{(hasConfiguration ? ", or of the configuration" : "")}." };
    private readonly Option<string?> kubeconfig = new("--kubeconfig") { HelpName = "FILE", Description = "With --upstream: kubeconfig of the cluster to compare with." };
    private readonly Option<string?> context = new("--context") { HelpName = "NAME", Description = "With --kubeconfig: context to use. Default: the current one." };
    private readonly Option<string[]> resolve = new("--resolve") { HelpName = "HOST:PORT:ADDRESS[,ADDRESS...]", Description = "Addresses to use in place of DNS, as curl does: HOST may be * for every other host; repeatable, the last for a host and port counts." };
    private readonly Option<string[]> connectTo = new("--connect-to") { HelpName = "HOST:PORT:HOST2:PORT2", Description = "Connect to HOST2:PORT2 in place of HOST:PORT, as curl does; repeatable, the first that matches counts. --resolve then gives the addresses of HOST2:PORT2." };
    private readonly Option<string?> roots = new("--ca") { HelpName = "FILE", Description = "PEM file with the roots to trust in place of the system's; not for --exchange, which sends the token." };
    private readonly Option<bool> allowPrivate = new("--allow-private") { Description = "Request documents from private addresses when the discovery document or a redirect points to them." };
    private readonly Option<string?> proxy = new("--proxy") { HelpName = "URL", Description = "HTTP proxy, http://HOST:PORT." };
    private readonly Option<string> timeout = new("--timeout") { HelpName = "DURATION", Description = "For everything together.", DefaultValueFactory = _ => "30s" };
    private readonly Option<string> output = new("--output", "-o") { HelpName = "text|json", Description = "Form of the report.", DefaultValueFactory = _ => "text" };
    private readonly Option<bool> quiet = new("--quiet", "-q") { Description = "Print only problems. JSON always has everything." };
    private readonly Option<string> failOn = new("--fail-on") { HelpName = "error|warning", Description = "What makes the exit code 1.", DefaultValueFactory = _ => "error" };
    private readonly Option<bool> listRules = new("--list-rules") { Description = "Print every rule with what each party does about it, and exit. With --profile only those parties." };
    private readonly Option<bool> exchange = new("--exchange") { Description = "Exchange the first token at Entra, as OAuth2 Proxy would. The access token is not printed." };
    private readonly Option<string?> tenant = new("--tenant") { HelpName = "ID", Description = "With --exchange: the tenant." };
    private readonly Option<string?> clientId = new("--client-id") { HelpName = "ID", Description = "With --exchange: the client id of the app registration." };
    private readonly Option<string?> endpoint = new("--login-endpoint") { HelpName = "URL", Description = $"With --exchange: login endpoint of the cloud. Default: {ExchangeRequest.PublicCloud}" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(issuer);
        foreach (Option option in (Option[])[profile, token, audience, subject, upstream, kubeconfig, context, resolve, connectTo, roots, allowPrivate, proxy, timeout, output, quiet, failOn, listRules, exchange, tenant, clientId, endpoint])
        {
            command.Options.Add(option);
        }
    }

    public CheckSettings Read(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        RequireCompanions(arguments, faults);
        string[] names = arguments.GetValue(profile) is { Length: > 0 } given ? given : arguments.GetValue(listRules) ? [All] : ["entra"];
        bool isAll = names.Contains(All);
        foreach (string unknown in names.Where(name => !ProfileNames.Exists(name)))
        {
            faults.Add(($"--profile: {UrlOption.ShownWord(unknown)} is not a profile", $"choose from {ProfileNames.Choices}"));
        }

        if (!DurationText.TryParse(arguments.GetValue(timeout)!, out TimeSpan limit) || limit <= TimeSpan.Zero || limit > TimeSpan.FromHours(1))
        {
            faults.Add(($"--timeout: {UrlOption.ShownWord(arguments.GetValue(timeout))} is not a duration of up to 1h", "write for example --timeout 30s"));
        }

        string[] tokens = arguments.GetValue(token) ?? [];
        if (tokens.Count(path => path == "-") > 1)
        {
            faults.Add(($"{token.Name}: standard input can be read only once", "write the other tokens to files"));
            tokens = [];
        }

        return new CheckSettings
        {
            Issuer = arguments.GetValue(issuer),
            Request = new CheckRequest
            {
                Issuer = default,
                Parties = ProfileNames.PartiesOf(names),
                MatchesAudiences = isAll && arguments.GetValue(audience) is null,
                Tokens = [.. tokens.Select(path => ReadToken(path, faults)).OfType<TokenInput>()],
                Audience = arguments.GetValue(audience),
                Subject = arguments.GetValue(subject),
                Overrides = ReadOverrides(arguments, faults),
                Proxy = ReadUrl(arguments, proxy, "http", faults),
                Timeout = limit,
            },
            Exchange = ReadExchange(arguments, faults),
            ComparesUpstream = arguments.GetValue(upstream),
            Kubeconfig = arguments.GetValue(kubeconfig),
            Context = arguments.GetValue(context),
            IsJson = ReadChoice(arguments, output, ["text", "json"], faults) == "json",
            IsQuiet = arguments.GetValue(quiet),
            FailsOnWarnings = ReadChoice(arguments, failOn, ["error", "warning"], faults) == "warning",
            ListsRules = arguments.GetValue(listRules),
        };
    }

    /// <summary>No option here means anything with an empty value.</summary>
    public void RejectEmpty(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        foreach (Option option in (Option[])[profile, token, audience, subject, kubeconfig, context, resolve, connectTo, roots, proxy, tenant, clientId, endpoint])
        {
            if (arguments.GetResult(option)?.Tokens.Any(value => EmptyValue.Is(value.Value)) == true)
            {
                faults.Add(($"{option.Name}: {EmptyValue.Message}", EmptyValue.Hint));
            }
        }
    }

    /// <summary>The table of rules depends on nothing that is about an issuer.</summary>
    public void RejectBesideRules(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        if (!arguments.GetValue(listRules))
        {
            return;
        }

        string[] ignored =
        [
            .. arguments.GetValue(issuer) is null ? (string[])[] : ["ISSUER-URL"],
            .. arguments.CommandResult.Command.Options.Except([listRules, profile, output]).Where(option => arguments.GetResult(option) is { Implicit: false }).Select(option => option.Name),
        ];
        faults.AddRange(ignored.Select(name => ($"{name}: has no effect with {listRules.Name}", $"remove {name}, or {listRules.Name}")));
    }

    // An option that would be ignored is a mistake of whoever wrote it.
    private void RequireCompanions(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        (Option Option, Option Needs)[] pairs =
        [
            (kubeconfig, upstream), (context, kubeconfig), (tenant, exchange), (clientId, exchange), (endpoint, exchange), (audience, token), (subject, token),
        ];
        faults.AddRange(pairs
            .Where(pair => arguments.GetResult(pair.Option) is { Implicit: false } && arguments.GetResult(pair.Needs) is null or { Implicit: true })
            .Select(pair => ($"{pair.Option.Name}: has no effect without {pair.Needs.Name}", $"add {pair.Needs.Name}, or remove {pair.Option.Name}")));
    }

    private ExchangeRequest? ReadExchange(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        if (!arguments.GetValue(exchange))
        {
            return null;
        }

        (Option Option, bool IsGiven)[] needed =
        [
            (tenant, arguments.GetValue(tenant) is not null), (clientId, arguments.GetValue(clientId) is not null), (token, arguments.GetValue(token) is { Length: > 0 }),
        ];
        foreach ((Option missing, _) in needed.Where(each => !each.IsGiven))
        {
            faults.Add(($"{missing.Name}: is required with --exchange", "check ISSUER-URL --token FILE --exchange --tenant TENANT --client-id CLIENT"));
        }

        if (arguments.GetValue(tenant) is { } named && (TokenShape.IsLike(named) || !named.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.') || named.StartsWith('.')))
        {
            faults.Add(($"{tenant.Name}: the value is no tenant", "give the ID of the tenant, or one of its domains, such as contoso.onmicrosoft.com"));
        }

        return arguments.GetValue(tenant) is { } tenantId && arguments.GetValue(clientId) is { } client
            ? new ExchangeRequest { Tenant = tenantId, ClientId = client, Endpoint = ReadUrl(arguments, endpoint, "https", faults) ?? ExchangeRequest.PublicCloud }
            : null;
    }

    private TokenInput? ReadToken(string path, List<(string Message, string Hint)> faults)
    {
        (TokenInput? read, string? cause, string? fix) = TokenInput.Load(path, terminal.Input);
        if (read is null)
        {
            faults.Add(($"--token: {cause}", fix!));
        }

        return read;
    }

    private ConnectionOverrides ReadOverrides(ParseResult arguments, List<(string Message, string Hint)> faults)
    {
        List<SettingError> errors = [];
        ConnectionOverrides overrides = ConnectionOverrides.Parse(
            arguments.GetValue(resolve) ?? [], arguments.GetValue(connectTo) ?? [], arguments.GetValue(roots), arguments.GetValue(allowPrivate), errors);
        faults.AddRange(errors.Select(error => (error.Message, error.Hint)));
        return overrides;
    }

    private static string? ReadChoice(ParseResult arguments, Option<string> option, string[] choices, List<(string Message, string Hint)> faults)
    {
        string? value = arguments.GetValue(option);
        if (!choices.Contains(value))
        {
            faults.Add(($"{option.Name}: {UrlOption.ShownWord(value)} is not {string.Join(" or ", choices)}", $"leave it out for {choices[0]}"));
        }

        return value;
    }

    private static Uri? ReadUrl(ParseResult arguments, Option<string?> option, string scheme, List<(string Message, string Hint)> faults)
    {
        if (arguments.GetValue(option) is not { } text)
        {
            return null;
        }

        if (UrlOption.Defect(text, scheme, allowUserInformation: scheme == "http") is not { } defect)
        {
            return new Uri(text);
        }

        string shape = $"write it as {scheme}://HOST:PORT";
        faults.Add(defect switch
        {
            "it has user information" => ($"{option.Name}: the URL has user information", shape),
            UrlOption.UserCharacter => ($"{option.Name}: the URL cannot be read: {defect}", "write @ as %40, : as %3A and / as %2F there"),
            _ => ($"{option.Name}: {UrlOption.Shown(text)} is not an {scheme} URL{(defect.StartsWith("it has a ", StringComparison.Ordinal) ? $" of a server: {defect}" : "")}", shape),
        });
        return null;
    }
}
