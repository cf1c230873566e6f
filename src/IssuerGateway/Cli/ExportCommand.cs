using System.CommandLine;
using System.Globalization;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Configuration;
using IssuerGateway.Issuers;
using IssuerGateway.Kubernetes;
using IssuerGateway.Publishing;
using IssuerGateway.Tls.Issuance.Stores;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IssuerGateway.Cli;

/// <summary>
/// <c>issuer-gateway export</c>: the validated documents as static files, <c>DIR/HOST/PATH/.well-known/openid-configuration</c>
/// and <c>DIR/HOST/PATH/openid/v1/jwks</c>, for a bucket, a CDN, or the <c>Directory</c> upstream of an edge.
/// </summary>
internal static class ExportCommand
{
    private const string MemoryFolder = ".issuer-gateway";

    public static Command Create(Terminal terminal)
    {
        ConfigurationOptions configuration = new();
        Option<DirectoryInfo> output = new("--output", "-o") { HelpName = "DIR", Description = "Directory to write to.", Required = true };
        Option<string?> interval = new("--interval") { HelpName = "DURATION", Description = "Stay and write again this often, for example 30s. Without it, write once." };
        Command command = new("export",
            "Writes the documents of the configured issuers as static files, validated by the same rules as those that are served.\n\n"
            + "Example: issuer-gateway export --config gateway.json --output site\n\n"
            + "Exit codes: 0 written; 1 an issuer has no valid documents; 2 wrong options or configuration; 3 could not write.") { output, interval };
        Option<DirectoryInfo?> memory = new("--state") { HelpName = "DIR", Description = $"Directory in which export remembers keys and documents between runs. Default: {MemoryFolder} in the output directory." };
        command.Options.Add(memory);
        configuration.AddTo(command);
        command.SetAction((arguments, cancellationToken) =>
        {
            TimeSpan? every = null;
            if (arguments.GetValue(interval) is { } text)
            {
                if (!DurationText.TryParse(text, out TimeSpan parsed) || parsed < TimeSpan.FromSeconds(5))
                {
                    terminal.Fail($"--interval: \"{text}\" is not a duration of at least 5s", "write for example --interval 30s");
                    return Task.FromResult(ExitCode.Usage);
                }

                every = parsed;
            }

            IConfiguration? loaded = configuration.Load(arguments, out IReadOnlyList<SettingError> errors);
            GatewaySettings? settings = loaded is null ? null : GatewaySettings.Read(loaded, out errors);
            if (settings is null || IssuerResolution.Resolve(settings, terminal, out errors) is not { } issuers)
            {
                terminal.Fail(errors);
                return Task.FromResult(ExitCode.Usage);
            }

            string directory = arguments.GetRequiredValue(output).FullName;

            // Its own memory, never StateDirectory: that is the serving gateway's, which may run on this machine as another user.
            string? named = arguments.GetValue(memory)?.FullName;
            PublishingSettings publishing = settings.Publishing with { StateDirectory = named ?? Path.Combine(directory, MemoryFolder) };
            return TryPrepareMemory(terminal, publishing.StateDirectory, isDefault: named is null)
                ? ExportAsync(terminal, settings with { Publishing = publishing }, issuers, directory, every, cancellationToken)
                : Task.FromResult(ExitCode.CouldNotRun);
        });
        return command;
    }

    private static async Task<int> ExportAsync(
        Terminal terminal, GatewaySettings settings, IReadOnlyList<Issuer> issuers, string directory, TimeSpan? every, CancellationToken cancellationToken)
    {
        await using ServiceProvider services = GatewayHost.BuildForExport(settings, issuers);
        IReadOnlyList<Publisher> publishers = services.GetRequiredService<IReadOnlyList<Publisher>>();
        DocumentStore published = services.GetRequiredService<DocumentStore>();
        await Task.WhenAll(publishers.Select(publisher => publisher.LoadLastKnownGoodAsync()));
        while (true)
        {
            int worst = ExitCode.Good;
            foreach (Publisher publisher in publishers)
            {
                worst = Math.Max(worst, await ExportAsync(terminal, publisher, published, directory, cancellationToken));
            }

            if (every is not { } delay || cancellationToken.IsCancellationRequested)
            {
                return worst;
            }

            await Task.Delay(delay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return ExitCode.Good;
            }
        }
    }

    private static async Task<int> ExportAsync(Terminal terminal, Publisher publisher, DocumentStore published, string directory, CancellationToken cancellationToken)
    {
        await publisher.RefreshAsync(cancellationToken);
        foreach (Finding finding in publisher.State.Findings)
        {
            Action<string, string> say = finding.Severity == Severity.Error ? terminal.Fail : terminal.Warn;
            say($"{finding.Rule}: {finding.Message}", finding.Hint);
        }

        // What fails leaves the files of the last good export in place.
        if (publisher.State.Failures > 0 || published.Find(publisher.Issuer.Identifier) is not { } documents)
        {
            return ExitCode.Findings;
        }

        // Printed when all is written: a standard output that is closed or full must not leave half an export behind.
        List<string> written = [];
        try
        {
            foreach ((IssuerIdentifier identifier, int i) in publisher.Issuer.AllIdentifiers.Select((identifier, i) => (identifier, i)))
            {
                // Keys first: a discovery document never names a set that is not there yet.
                Write(written, directory, identifier.Authority + identifier.KeySetTarget, documents[i, DocumentKind.KeySet]);
                Write(written, directory, identifier.Authority + identifier.DiscoveryTarget, documents[i, DocumentKind.Discovery]);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Fail(e.Message, "make the directory of --output writable and free space in it");
            return ExitCode.CouldNotRun;
        }

        try
        {
            written.ForEach(terminal.Print);
            return ExitCode.Good;
        }
        catch (StandardOutputException e)
        {
            // With an interval the next export follows all the same.
            CommandLineRunner.Fail(terminal, e);
            return ExitCode.CouldNotRun;
        }
    }

    // A key of an API server that does not respond today stays in the set because an earlier run has seen it.
    private static bool TryPrepareMemory(Terminal terminal, string directory, bool isDefault)
    {
        try
        {
            Directory.CreateDirectory(directory, AtomicFile.OwnerOnlyFolder);

            // Others may write to the output directory: what they put here would be published until an API server responds.
            string? fault = !isDefault ? null
                : new DirectoryInfo(directory).LinkTarget is { } target ? $"is a symbolic link to {target}, and export follows none there"
                : StoreDirectoryAccess.WriterOf(directory) is { } writer ? $"is no memory to trust: {writer} can plant keys in it"
                : null;
            if (fault is not null)
            {
                terminal.Fail($"{directory} {fault}", "remove it, or name a directory that only you can write to with --state");
            }

            return fault is null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Fail($"--state: {directory} cannot be created: {e.Message.TrimEnd('.')}", "make the output directory writable, or name another directory with --state");
            return false;
        }
    }

    private static void Write(List<string> written, string directory, string relativePath, PublishedDocument document)
    {
        string path = Path.Combine(directory, relativePath);
        CreateFolder(directory, relativePath);
        if (IsSame(path, document.Body.Span))
        {
            return;
        }

        // By rename: a link or a pipe in its place is replaced, not followed.
        AtomicFile.Write(path, document.Body.Span, AtomicFile.WorldReadable);
        written.Add(string.Create(CultureInfo.InvariantCulture, $"wrote {path} ({document.Length} bytes)"));
    }

    // Others may write to the output directory: a link there must not lead the documents elsewhere (CWE-59).
    private static void CreateFolder(string directory, string relativePath)
    {
        string folder = directory;
        Directory.CreateDirectory(folder);
        foreach (string name in Path.GetDirectoryName(relativePath)!.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            folder = Path.Combine(folder, name);
            if (new DirectoryInfo(folder).LinkTarget is { } target)
            {
                throw new IOException($"{folder} is a symbolic link to {target}, and export follows none");
            }

            Directory.CreateDirectory(folder);
        }
    }

    private static bool IsSame(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            return new FileInfo(path).LinkTarget is null && RegularFile.Read(content.Length, path).Contents[0].AsSpan().SequenceEqual(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
