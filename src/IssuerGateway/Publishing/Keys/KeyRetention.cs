namespace IssuerGateway.Publishing.Keys;

/// <summary>How long a key stays in the set after the servers that published it stopped doing so.</summary>
/// <param name="AfterOmission">Elapsed time over which a server has responded without the key.</param>
/// <param name="AfterLastPublished">Time since a server that does not respond, or is no longer listed, last published the key.</param>
/// <param name="Settling">Time that a server has to respond once refreshes succeed again after an outage of all of them.</param>
internal sealed record KeyRetention(TimeSpan AfterOmission, TimeSpan AfterLastPublished, TimeSpan Settling)
{
    /// <summary>Refresh intervals over which a server must omit a key: one response may come from a server that is just restarting.</summary>
    private const int Intervals = 3;

    /// <summary>Behind one address one response says nothing about the other servers there, which may follow at any time.</summary>
    private static readonly TimeSpan behindOneAddress = TimeSpan.FromHours(1);

    public static KeyRetention Of(PublishingSettings settings, bool isOneAddress)
    {
        TimeSpan omission = Intervals * settings.RefreshInterval;
        return new KeyRetention(isOneAddress && omission < behindOneAddress ? behindOneAddress : omission, settings.KeyRetention, omission);
    }
}
