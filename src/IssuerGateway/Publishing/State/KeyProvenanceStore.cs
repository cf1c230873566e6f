using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.State;

/// <summary>Keeps one file an issuer beside the documents; without it the keys of the documents are kept as those of servers that are not listed.</summary>
internal sealed class KeyProvenanceStore(string? directory)
{
    public KeyProvenance? Load(IssuerIdentifier issuer, out Finding? fault)
    {
        fault = null;
        if (directory is null || !File.Exists(PathOf(issuer)))
        {
            return null;
        }

        try
        {
            byte[] text = StateFile.Read(PathOf(issuer));
            if (StateFile.NewerVersionOf(text) is { } newer)
            {
                fault = LastKnownGoodStore.Newer(issuer, PathOf(issuer), newer);
                return null;
            }

            if (KeyProvenanceText.ReadFor(issuer, text) is { } provenance)
            {
                return provenance;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Reported below like a damaged file.
        }

        fault = LastKnownGoodStore.Unreadable(issuer, PathOf(issuer), "not what the gateway wrote; its keys are kept for KeyRetention");
        return null;
    }

    public Finding? Save(IssuerIdentifier issuer, KeyProvenance provenance) =>
        directory is not null && StateFile.Write(directory, PathOf(issuer), KeyProvenanceText.Write(provenance), provenance.WrittenAt) is { } fault ? LastKnownGoodStore.NotWritten(issuer, fault) : null;

    public string PathOf(IssuerIdentifier issuer) => Path.Combine(directory ?? "", StateFile.NameOf("provenance", issuer));
}
