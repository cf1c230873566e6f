using System.Security.Cryptography;
using System.Text;
using IssuerGateway.Base;
using IssuerGateway.Issuers;

namespace IssuerGateway.Publishing;

/// <summary>Keeps one ledger an issuer; a damaged one is reported, and the watch starts anew.</summary>
internal sealed class KeyHistoryStore(string? directory)
{
    private const int MaxFileBytes = 1024 * 1024;

    public KeyHistory Load(IssuerIdentifier issuer, DateTimeOffset now, out Finding? fault)
    {
        fault = null;
        if (directory is null || !File.Exists(PathOf(issuer)))
        {
            return KeyHistory.StartedAt(now);
        }

        try
        {
            if (KeyHistoryText.Read(FileSet.Read(MaxFileBytes, PathOf(issuer)).Contents[0]) is var (writtenFor, ledger, isIntact) && isIntact && writtenFor == issuer.Value)
            {
                return ledger;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Reported below like a file of another version.
        }

        fault = Finding.Warning("ledger-unreadable", $"key ledger of issuer \"{issuer}\": {PathOf(issuer)} cannot be read",
            "nothing to do: the watch starts anew, so keys count as new from now");
        return KeyHistory.StartedAt(now);
    }

    public Finding? Save(IssuerIdentifier issuer, KeyHistory ledger)
    {
        if (directory is null)
        {
            return null;
        }

        try
        {
            AtomicFile.Write(PathOf(issuer), KeyHistoryText.Write(issuer.Value, ledger), AtomicFile.OwnerOnly);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Warning("ledger-not-written", $"key ledger of issuer \"{issuer}\": {e.Message}", "free space in StateDirectory and make it writable");
        }
    }

    public string PathOf(IssuerIdentifier issuer) =>
        Path.Combine(directory ?? "", $"keys-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(issuer.Value)))[..16]}.json");
}
