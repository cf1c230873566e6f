namespace IssuerGateway.Edge.Watchdog;

/// <summary>
/// Decides from samples of a fixed interval whether collections take all the time because memory has run out. One sample
/// proves nothing: a step of the clock, a process that was stopped or a machine that slept makes any figure of it.
/// </summary>
internal struct CollectionShare
{
    /// <summary>A process that spends four fifths of its time in collections does nothing else any more.</summary>
    private const double Share = 0.8;

    /// <summary>As many in a row.</summary>
    private const int Enough = 3;

    private int inRow;

    /// <summary>How long each sample is meant to take.</summary>
    public static TimeSpan Interval { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether nearly all of a sample went into collections, measured over about the time that was meant.</summary>
    public static bool IsBusy(TimeSpan paused, TimeSpan elapsed) =>
        // Collections stop the sampling thread too, so a sample may last longer; a pause may have begun before it.
        elapsed >= Interval * 0.9 && elapsed <= Interval * 3 && paused > elapsed * Share && paused <= elapsed * 1.5;

    /// <summary>Whether the heap or the memory is near its limit; elsewhere collections end of themselves.</summary>
    /// <param name="heap">Committed by the collector.</param>
    /// <param name="heapLimit">The most it may commit.</param>
    /// <param name="load">Memory in use, of the container or the machine.</param>
    /// <param name="highLoad">From where on the collector takes memory for scarce.</param>
    public static bool IsScarce(long heap, long heapLimit, long load, long highLoad) =>
        (heapLimit > 0 && heap >= heapLimit * Share) || (highLoad > 0 && load >= highLoad);

    /// <summary>Adds a sample and returns whether memory is exhausted.</summary>
    public bool IsExhaustedAfter(bool isBusyAndScarce)
    {
        inRow = isBusyAndScarce ? inRow + 1 : 0;
        return inRow >= Enough;
    }
}
