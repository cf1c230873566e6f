using System.CommandLine;
using IssuerGateway.Checking;

namespace IssuerGateway.Ctl.Parties;

/// <summary><c>issuerctl trust VERB PARTY</c>: one verb over every party that has it.</summary>
internal static class TrustCommand
{
    public static Command Create(IReadOnlyList<PartyCommands> parties) => new("trust", "Registers, checks and tests the trust of a relying party in the cluster.")
    {
        Verb("render", "Prints the registration as text that is ready to run; writes nothing.", parties.Select(party => party.Render)),
        Verb("plan", "Shows what apply would change, as a diff; writes nothing.", parties.Select(party => party.Plan)),
        Verb("apply", "Registers the trust; running it again changes nothing.", parties.Select(party => party.Apply)),
        Verb("remove", "Removes only what apply made, after confirmation.", parties.Select(party => party.Remove)),
        Verb("verify", "Compares an existing registration with what the tokens need; writes nothing.", parties.Select(party => party.Verify)),
        Verb("test", "Exchanges a token at the party and explains the response.", parties.Select(party => party.Test)),
        Verb("drift", "Compares uploaded or pinned keys with the published ones.", parties.Select(party => party.Drift)),
    };

    private static Command Verb(string name, string description, IEnumerable<Command?> parties)
    {
        Command verb = new(name, description);
        foreach (Command party in parties.OfType<Command>())
        {
            CommandDetails.Set(party, TrustExamples.DetailsOf(name, party.Name));
            verb.Subcommands.Add(party);
        }

        // A verb that no party has is no verb.
        verb.Hidden = verb.Subcommands.Count == 0;
        return verb;
    }
}
