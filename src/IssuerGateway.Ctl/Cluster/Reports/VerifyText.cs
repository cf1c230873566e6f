using IssuerGateway.Ctl.Cluster.Verification;

namespace IssuerGateway.Ctl.Cluster.Reports;

/// <summary>A verification for a person: the verdict first, one line a check.</summary>
internal static class VerifyText
{
    public static string Write(VerifyReport report, ReportWriter writer)
    {
        string roll = report.AfterRoll is { } number ? $" after roll {number}" : report.AfterKeyRoll is { } key ? $" after roll K{key}" : "";
        writer.Heading(1, report.IsVerified ? $"{report.Issuer}{roll}: verified at {report.Seen} API servers" : $"{report.Issuer}{roll}: not verified");
        foreach (IGrouping<string?, VerifyCheck> group in report.Checks.GroupBy(check => check.Server))
        {
            writer.Heading(2, group.Key ?? "All servers");
            foreach (VerifyCheck check in group)
            {
                writer.Item($"{Word(check.Outcome)} [{check.Rule}] {check.Message}{(check.Outcome is CheckOutcome.Failed or CheckOutcome.Unknown && check.Hint is not null ? $". Hint: {check.Hint}" : "")}");
            }
        }

        if (report.Checks.Any(check => check.Outcome is CheckOutcome.Failed or CheckOutcome.Unknown))
        {
            PlanReport.More(report.Checks.Where(check => check.Outcome is CheckOutcome.Failed or CheckOutcome.Unknown).Select(check => check.Link), writer);
        }

        return writer.ToString();
    }

    private static string Word(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Passed => "ok",
        CheckOutcome.Information => "note",
        CheckOutcome.Unknown => "unknown",
        _ => "failed",
    };
}
