using IssuerGateway.Checking.Fetching;

namespace IssuerGateway.Checking.Steps;

/// <summary>How long a cache may keep the documents, and whether the clocks agree.</summary>
internal static class CachingValidation
{
    private static readonly TimeSpan maxAge = TimeSpan.FromDays(1);
    private static readonly TimeSpan maxSkew = TimeSpan.FromMinutes(5);

    public static void Validate(StepBuilder step, IReadOnlyList<(string Name, FetchedDocument Document)> documents, DateTimeOffset now)
    {
        if (Names(document => document.MaxAge is null) is { Length: > 0 } without)
        {
            step.Report("cache-missing", $"{without}: no max-age");
        }

        if (Names(document => document.MaxAge > maxAge) is { Length: > 0 } longer)
        {
            step.Report("cache-long", $"{longer}: max-age={documents.Max(each => each.Document.MaxAge)!.Value.TotalSeconds:0}", "lower max-age (ClientMaxAge of the gateway): a rotated key is seen only after it");
        }

        if (documents.Select(each => each.Document.Date).FirstOrDefault(date => date is { } at && (at - now).Duration() > maxSkew) is { } other)
        {
            step.Report("clock-skew", $"the server's Date is {other:u}, here it is {now:u}");
        }

        string Names(Func<FetchedDocument, bool> rule) => string.Join(" and ", documents.Where(each => rule(each.Document)).Select(each => each.Name));
    }
}
