namespace IssuerGateway.Tls.Issuance.Orders;

/// <summary>
/// The validity of one certificate, and when it was issued by the clock of this machine. A clock that was wrong at that
/// moment contradicts the certificate; it is then renewed by its age, so that one certificate is not ordered after the other.
/// </summary>
internal readonly record struct CertificatePeriod(DateTimeOffset NotBefore, DateTimeOffset NotAfter, DateTimeOffset? IssuedAt)
{
    public TimeSpan Lifetime => NotAfter - NotBefore;

    /// <summary>From when to when it is valid by the clock as it is now.</summary>
    public (DateTimeOffset From, DateTimeOffset To) ByThisClock(DateTimeOffset now) =>
        IssuedAt is { } issuedAt && issuedAt <= now && !Contains(now) && !Contains(issuedAt)
            ? (issuedAt, issuedAt + Lifetime)
            : (NotBefore, NotAfter);

    /// <summary>One that is not valid yet has not ended: another one would be no better.</summary>
    public bool HasEnded(DateTimeOffset now) => now >= ByThisClock(now).To;

    private bool Contains(DateTimeOffset moment) => NotBefore <= moment && moment < NotAfter;
}
