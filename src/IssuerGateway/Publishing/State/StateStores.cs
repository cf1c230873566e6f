using System.Collections.Concurrent;
using System.Collections.Immutable;
using IssuerGateway.Issuers;
using IssuerGateway.Publishing.Keys;

namespace IssuerGateway.Publishing.State;

/// <summary>The files of StateDirectory, read together and written together.</summary>
internal sealed class StateStores(string? directory)
{
    public LastKnownGoodStore Documents { get; } = new(directory);

    public KeyHistoryStore Histories { get; } = new(directory);

    public KeyProvenanceStore Provenances { get; } = new(directory);

    public bool IsKept => directory is not null;

    private readonly ConcurrentDictionary<string, SeenFile> seen = new(StringComparer.Ordinal);

    /// <summary>Blocks as long as the disk does: see <see cref="StateReader"/>.</summary>
    public RestoredState Read(IssuerIdentifier issuer, DateTimeOffset now)
    {
        KeyHistory history = Histories.Load(issuer, now, out Finding? historyFault);
        LastKnownGood? documents = Documents.Load(issuer, out Finding? documentsFault);
        KeyProvenance? provenance = Provenances.Load(issuer, out Finding? provenanceFault);
        Finding[] faults = [.. new[] { historyFault, documentsFault, provenanceFault }.OfType<Finding>()];
        foreach (string path in PathsOf(issuer))
        {
            seen[path] = new SeenFile(File.GetLastWriteTimeUtc(path), faults.FirstOrDefault(fault => fault.Rule == LastKnownGoodStore.NewerRule && fault.Message.Contains(path, StringComparison.Ordinal)));
        }

        // What a newer gateway has written is left alone as a whole.
        return faults.FirstOrDefault(fault => fault.Rule == LastKnownGoodStore.NewerRule) is { } newer
            ? new RestoredState(Documents: null, KeyHistory.StartedAt(now), Provenance: null, [newer])
            : new RestoredState(documents, history, provenance, [.. faults]);
    }

    /// <summary>Blocks as long as the disk does: see <see cref="StateWriter"/>.</summary>
    public WriteResult Write(IssuerIdentifier issuer, StateToWrite state)
    {
        if (PathsOf(issuer).Select(path => NewerAt(issuer, path)).OfType<Finding>().FirstOrDefault() is { } newer)
        {
            return new WriteResult(false, false, [newer]);
        }

        Finding? provenance = state.Provenance is null ? null : Provenances.Save(issuer, state.Provenance);
        Finding? documents = state.Documents is null ? null : Documents.Save(issuer, state.Documents);
        Finding? history = state.History is null ? null : Histories.Save(issuer, state.History, state.At);
        Remember(Provenances.PathOf(issuer), state.Provenance is not null && provenance is null);
        Remember(Documents.PathOf(issuer), state.Documents is not null && documents is null);
        Remember(Histories.PathOf(issuer), state.History is not null && history is null);
        return new WriteResult(documents is null && provenance is null, history is null, [.. new[] { documents, provenance, history }.OfType<Finding>().Distinct()]);
    }

    private string[] PathsOf(IssuerIdentifier issuer) => [Documents.PathOf(issuer), Histories.PathOf(issuer), Provenances.PathOf(issuer)];

    // A file is read again only if somebody else has written it: another version of the gateway that shares the volume. One
    // that could not be read at the start is not waited for a second time.
    private Finding? NewerAt(IssuerIdentifier issuer, string path)
    {
        if (!seen.TryGetValue(path, out SeenFile? known))
        {
            return null;
        }

        DateTime writtenAt = File.GetLastWriteTimeUtc(path);
        if (writtenAt != known.WrittenAt)
        {
            known = new SeenFile(writtenAt, ReadNewer(issuer, path));
            seen[path] = known;
        }

        return known.Newer;
    }

    private static Finding? ReadNewer(IssuerIdentifier issuer, string path)
    {
        try
        {
            return File.Exists(path) && StateFile.NewerVersionOf(StateFile.Read(path)) is { } version ? LastKnownGoodStore.Newer(issuer, path, version) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The write that follows has its own fault.
            return null;
        }
    }

    private void Remember(string path, bool isWritten)
    {
        if (isWritten)
        {
            seen[path] = new SeenFile(File.GetLastWriteTimeUtc(path), Newer: null);
        }
    }

    private sealed record SeenFile(DateTime WrittenAt, Finding? Newer);
}

/// <summary>What an earlier process left of one issuer, and what of it could not be read.</summary>
internal sealed record RestoredState(LastKnownGood? Documents, KeyHistory History, KeyProvenance? Provenance, ImmutableArray<Finding> Faults);

/// <summary>What of the state is due; what is null stays as it is.</summary>
internal sealed record StateToWrite(LastKnownGood? Documents, KeyHistory? History, KeyProvenance? Provenance, DateTimeOffset At);

/// <summary>What of the state has reached the disk, and why the rest has not.</summary>
internal readonly record struct WriteResult(bool Documents, bool History, ImmutableArray<Finding> Faults);
