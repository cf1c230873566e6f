using System.CommandLine;
using IssuerGateway.Base;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Fetching;
using IssuerGateway.Ctl.Parties.Exchange;
using IssuerGateway.Ctl.Parties.Registering;

namespace IssuerGateway.Ctl.Parties.Vault;

/// <summary>How the commands with a network reach Vault or OpenBao and as whom; the token never stands on a command line.</summary>
internal sealed class VaultServerOptions(VaultProduct product, VaultOptions trust, ProgramEnvironment environment)
{
    private const int MaxBytes = 256 * 1024;

    private readonly Option<string> tokenFile = new("--token-file") { Description = $"File with the token of {product.Title}. Default: the variable {product.VariablePrefix}_TOKEN.", HelpName = "FILE" };
    private readonly Option<string> ca = new("--ca") { Description = $"PEM file with the CA of {product.Title}'s server. Default: the roots of the system.", HelpName = "FILE" };

    private readonly Option<string[]> resolve = new("--resolve") { Description = "Addresses of the issuer in place of DNS, as HOST:PORT:ADDRESS[,ADDRESS...], for its check. Repeatable.", HelpName = "ENTRY" };

    public IEnumerable<Option> All => [.. trust.All, tokenFile, ca, resolve];

    public VaultRegistrar? Read(OptionValues values)
    {
        VaultTrust? wanted = trust.Read(values);
        List<SettingError> errors = [];
        List<SettingError> issuerErrors = [];
        ConnectionOverrides overrides = ConnectionOverrides.Parse([], [], values.Raw(ca), allowPrivate: true, errors);
        ConnectionOverrides issuerOverrides = ConnectionOverrides.Parse(values.Each(resolve, OptionRule.NotEmpty("HOST:PORT:ADDRESS", "as curl has it")), [], wanted?.CaFile, allowPrivate: true, issuerErrors);

        // A file that cannot be read is named below.
        foreach (SettingError error in (IEnumerable<SettingError>)[.. errors, .. issuerErrors.Where(error => error.Key != ca.Name || File.Exists(wanted?.CaFile)).Select(error => error.Key == ca.Name ? error with { Key = "--issuer-ca" } : error)])
        {
            values.Reject(error.Key, error.Found, error.Expected, error.Hint);
        }

        if (wanted?.Address is null || !TestVerb.IsEndpoint(wanted.Address))
        {
            values.Reject("--address", wanted?.Address is { } address ? UrlOption.Shown(address) : "nothing", "an https URL; http only to this machine", "the token is a credential");
        }

        string? token = values.Raw(tokenFile) is { } file ? FileText(tokenFile.Name, file, "a file with one token", values)?.Trim() : Environment.GetEnvironmentVariable($"{product.VariablePrefix}_TOKEN");
        if (values.Raw(tokenFile) is null && string.IsNullOrEmpty(token))
        {
            values.Reject(tokenFile.Name, "nothing", $"a file with the token of {product.Title}, or the variable {product.VariablePrefix}_TOKEN", $"{product.Command} login writes ~/.vault-token");
        }
        else if (token is not null && (token.Length == 0 || token.Any(c => c is <= ' ' or > '~')))
        {
            values.Reject(tokenFile.Name, "what is no token", "one token on one line", $"{product.Command} login writes ~/.vault-token");
        }

        string? issuerCa = wanted?.CaFile is { } pem ? FileText("--issuer-ca", pem, "a PEM file", values) : null;
        IssuerGate gate = new(product.Party, environment) { IsPartyElsewhere = true };
        return wanted is null || token is null ? null : new VaultRegistrar(wanted, issuerCa, token, cancellation => gate.ValidateAsync(wanted.Workload.Issuer, issuerOverrides, cancellation))
        {
            Overrides = overrides,
            IssuerOverrides = issuerOverrides,
        };
    }

    private static string? FileText(string option, string file, string expected, OptionValues values)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(NamedFile.Read(file, MaxBytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            values.Reject(option, PrintableText.Quote(file), expected, "it has to be there and readable");
            return null;
        }
    }
}
