using System.CommandLine;
using System.Globalization;
using System.Net;
using IssuerGateway.Base;
using IssuerGateway.Publishing.Reporting;

namespace IssuerGateway.Cli.RunningGateway;

/// <summary><c>issuer-gateway keys</c>: the history of the published keys, and when it becomes safe to sign with one.</summary>
internal static class KeysCommand
{
    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions configuration = new();
        Command command = new("keys",
            "Lists the published keys of the running gateway, when each was first published, and when it becomes safe to sign with.\n\n"
            + "Example: issuer-gateway keys --config gateway.json\n\n"
            + "Exit codes: 0 listed; 2 wrong options or configuration; 3 no gateway responds.");
        configuration.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            OperationsClient question = new(terminal, configuration);
            (HttpStatusCode? status, string body, int exitCode) = await question.QueryAsync(arguments, HttpMethod.Get, "/status", cancellationToken);
            if (status is null)
            {
                return exitCode;
            }

            if (question.Read(body, StatusJson.Default.StatusDocument) is not { } document)
            {
                return ExitCode.CouldNotRun;
            }

            foreach (string line in Lines(document, TimeProvider.System.GetUtcNow()))
            {
                terminal.Print(line);
            }

            return ExitCode.Good;
        });
        return command;
    }

    public static IEnumerable<string> Lines(StatusDocument status, DateTimeOffset now)
    {
        foreach (IssuerStatus issuer in status.Issuers)
        {
            yield return $"{issuer.Issuer} (watching since {Show(issuer.WatchingSince)})";
            foreach (KeyStatus key in issuer.Keys)
            {
                yield return $"  {key.KeyId} {key.Algorithm ?? "-"} first seen {Show(key.FirstSeen)}, {State(key, now)}";
                foreach (KeyServerStatus server in key.Servers ?? [])
                {
                    yield return $"    {server.Server} {State(server)}";
                }
            }
        }
    }

    private static string State(KeyStatus key, DateTimeOffset now) =>
        key.Removed is { } removed ? $"removed {Show(removed)}"
        : key.SafeToSignAt <= now ? "safe to sign with"
        : $"safe to sign with from {Show(key.SafeToSignAt)}";

    private static string State(KeyServerStatus server) => server.State switch
    {
        "publishes" => $"publishes it since {Show(server.Since)}",
        "omits" => $"has stopped publishing it, last seen {Show(server.LastPublished)}",
        _ => $"does not respond, last seen {Show(server.LastPublished)}",
    };

    private static string Show(DateTimeOffset? at) => at is { } time ? time.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture) : "never";
}
