namespace IssuerGateway.Base;

public static class TimeSpanExtensions
{
    extension(TimeSpan)
    {
        public static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
    }
}
