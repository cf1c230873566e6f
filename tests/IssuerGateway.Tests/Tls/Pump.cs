using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Tls;

/// <summary>Lets fake time pass while real connections are at work, until something has come about.</summary>
internal static class Pump
{
    public static Task UntilAsync(FakeTimeProvider time, Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        time.Advance(TimeSpan.FromMilliseconds(200));
        return condition();
    }, seconds: 60);
}
