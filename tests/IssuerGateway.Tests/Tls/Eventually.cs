namespace IssuerGateway.Tests.Tls;

/// <summary>Waits for what another thread brings about; fails after a time that only a fault can use up.</summary>
internal static class Eventually
{
    public static Task TrueAsync(Func<bool> condition, int seconds = 120) => TrueAsync(() => Task.FromResult(condition()), seconds);

    public static async Task TrueAsync(Func<Task<bool>> condition, int seconds = 120)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start).TotalSeconds < seconds, "did not come about");
            await Task.Delay(10);
        }
    }
}
