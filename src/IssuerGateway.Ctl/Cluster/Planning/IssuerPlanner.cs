using IssuerGateway.Ctl.Cluster.Distributions;
using IssuerGateway.Ctl.Cluster.Inspection;

namespace IssuerGateway.Ctl.Cluster.Planning;

/// <summary>
/// Makes the plan from what was read: which rolls are still needed, for which servers, and what speaks against them.
/// Pure; every unknown becomes a finding.
/// </summary>
internal static class IssuerPlanner
{
    public static PlanResult Plan(ClusterState state, PlanRequest request)
    {
        string wanted = request.Issuer;
        if (IssuerRules.Reject(wanted) is { } fault)
        {
            return PlanResult.Rejected($"--issuer: \"{IssuerGateway.Base.PrintableText.Of(wanted)}\" {fault.Message}", fault.Hint);
        }

        if (DistributionCatalog.Find(state.Distribution.Id) is not { } distribution)
        {
            return PlanResult.Rejected($"--distribution: \"{state.Distribution.Id}\" is not known", $"use one of {string.Join(", ", DistributionCatalog.All.Select(each => each.Id))}");
        }

        TodaysIssuers today = TodaysIssuers.Of(state);
        RollPlanner rolls = new(state, distribution, today, wanted);
        if (rolls.IsDone)
        {
            return PlanResult.Rejected($"--issuer: \"{wanted}\" is today's issuer already and no other one is accepted", "nothing is left to change; run issuerctl cluster verify to see that every server has it");
        }

        if (today.All is [var only] && only == wanted && today.PerServer.Count == 0)
        {
            // A plan would have to begin with the old issuer, and take the new one from its place.
            return PlanResult.Rejected($"--issuer: \"{wanted}\" is today's issuer already; which others the servers accept could not be read",
                "read the flags of every server: list pods in kube-system, or role system:monitoring for /flagz with --server for each; issuerctl cluster verify shows whether every server signs with it");
        }

        IReadOnlyList<Roll> planned = rolls.Rolls(request.Rolls);
        if (planned.Count == 0)
        {
            return PlanResult.Rejected($"--rolls: two rolls are done: every server signs with \"{wanted}\", and the old issuer stays accepted", "leave --rolls out for the roll that drops the old issuer");
        }

        return PlanResult.Of(new ChangePlan
        {
            Issuer = wanted,
            Distribution = distribution.Id,
            DistributionName = distribution.Name,
            Evidence = state.Distribution.Evidence,
            Version = state.Version,
            Servers = [.. rolls.Targets.Select(target => target.Name)],
            ServerCount = state.ServerCount,
            AreServersVisible = distribution.HasFilePerServer || rolls.Targets.Any(target => target.Server is not null),
            Today = today.All,
            TodayAudiences = today.Audiences,
            AudiencesAreKnown = today.AudiencesAreKnown,
            Findings = PlanFindings.Of(state, distribution, today, wanted, rolls),
            Rolls = planned,
            Facts = [.. distribution.Setting, .. distribution.Defaults, .. distribution.SigningKey],
            Notes = NotesOf(distribution, wanted, planned),
            Sources = distribution.Sources,
            Unread = state.Unread,
        });
    }

    private static List<string> NotesOf(Distribution distribution, string wanted, IReadOnlyList<Roll> planned)
    {
        List<string> notes =
        [
            $"Install the gateway with the identifier {wanted} before the roll that moves it to the first place, and add the new issuer at each relying party beside the old one.",
            "Finish and verify one roll at every server before you begin the next. Keep a token from before: kubectl create token default --duration 24h > token-before.jwt",
        ];
        if (planned.Any(roll => roll.Kind == RollKind.MoveToFirst) && planned.All(roll => roll.Kind != RollKind.DropOld) && distribution.TwoIssuers != TwoIssuers.HeldByOperator)
        {
            notes.Add("The old issuer stays accepted after this plan.");
        }

        notes.AddRange(distribution.Reaching.Select(fact => fact.ToString()));
        return notes;
    }
}
