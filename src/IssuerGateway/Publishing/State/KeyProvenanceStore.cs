using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.State;

/// <summary>Keeps one file an issuer beside the documents; without it the keys of the documents are kept as those of servers that are not listed.</summary>
internal sealed class KeyProvenanceStore(string? directory)
{
    public KeyProvenance? Load(IssuerIdentifier issuer, out Finding? fault)
    {
        string path = PathOf(issuer);
        byte[]? text = StateFile.ReadIfThere(directory, path, out int? newer, out string? problem);
        KeyProvenance? provenance = text is null ? null : KeyProvenanceText.ReadFor(issuer, text);
        fault = newer is { } version ? LastKnownGoodStore.Newer(issuer, path, version)
            : problem is not null || (text is not null && provenance is null)
                ? LastKnownGoodStore.Unreadable(issuer, path, "not what the gateway wrote; its keys are kept for KeyRetention")
                : null;
        return provenance;
    }

    public Finding? Save(IssuerIdentifier issuer, KeyProvenance provenance) =>
        directory is not null && StateFile.Write(directory, PathOf(issuer), KeyProvenanceText.Write(provenance), provenance.WrittenAt) is { } fault ? LastKnownGoodStore.NotWritten(issuer, fault.Message, fault.Fix) : null;

    public string PathOf(IssuerIdentifier issuer) => Path.Combine(directory ?? "", StateFile.NameOf("provenance", issuer));
}
