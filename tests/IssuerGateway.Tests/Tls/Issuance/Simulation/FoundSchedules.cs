namespace IssuerGateway.Tests.Tls.Issuance.Simulation;

/// <summary>Schedules that an earlier build did not survive, and those of the issue.</summary>
internal static class FoundSchedules
{
    public static readonly IReadOnlyDictionary<string, Schedule> All = new Dictionary<string, Schedule>
    {
        ["C1: short lifetime, nothing else wrong"] = new(TimeSpan.FromMinutes(2), 1, false, []),
        ["C2: the Secret is deleted and the pod restarts after four certificates"] = new(TimeSpan.FromHours(24), 1, true,
        [
            new(FaultKind.CaWindowInThePast, 0, 0.4, 0, 0),
            new(FaultKind.SecretDeleted, 0.4, 0.01, 0, 0),
            new(FaultKind.ReplicaKilled, 0.405, 0, 0, 0),
        ]),
        ["C3: damaged Secret, follower restarts"] = new(TimeSpan.FromDays(90), 2, false,
        [
            new(FaultKind.SecretDamaged, 0.2, 0, 0, 0),
            new(FaultKind.ReplicaKilled, 0.2005, 0, 1, 0),
        ]),
        ["C4: API server down while the certificate comes"] = new(TimeSpan.FromDays(6), 2, false, [new(FaultKind.ApiDown, 0.1, 0.05, 0, 0)]),
        ["C6: clock ten years ahead while the CA fails"] = new(TimeSpan.FromDays(45), 1, false,
        [
            new(FaultKind.ClockStepped, 0.1, 0.1, 0, 1),
            new(FaultKind.CaDown, 0.12, 0.05, 0, 0),
        ]),
        ["A state that could not be stored is not replaced by the older one that is"] = new(TimeSpan.FromSeconds(120), 1, false,
        [
            new(FaultKind.SecretDeleted, 0, 0.4952264153637334, 0, 0),
            new(FaultKind.CaOrderInvalid, 0.4076587422689109, 0.34381169315896903, 0, 0),
            new(FaultKind.ApiConflicts, 0.02702702702702703, 0.3023508693734133, 0, 0.9744306467647106),
        ]),
        ["A pause that a replica with a wrong clock stored does not stop the others"] = new(TimeSpan.FromSeconds(86400), 3, true,
        [
            new(FaultKind.LeaderChanges, 0, 0.35714285714285715, 2, 6.082000000000001E-34),
            new(FaultKind.SecretDeleted, 0, 0.43902439024390244, 0, 4.0470000000000003E-94),
            new(FaultKind.LeaderChanges, 0, 0.38144329896907214, 2, 0.2681155409802731),
            new(FaultKind.StateDamaged, 0.6478116814734908, 0.07142857142857142, 1, 0.5333333333333333),
            new(FaultKind.ClockStepped, 0.04754722240366043, 0.16004131045222117, 2, 1),
            new(FaultKind.CaRateLimited, 0.08955223880597014, 0.1851758386534823, 1, 0.041666666666666664),
        ]),
        ["One replica waits for the API server while the certificate of the other ends"] = new(TimeSpan.FromSeconds(120), 2, true,
        [
            new(FaultKind.SecretDeleted, 0.18041853023383533, 0.19855726479136193, 1, 0.24249408515089788),
            new(FaultKind.ApiHangs, 0.2782630505816303, 0.4606741573033708, 0, 5.811E-54),
        ]),
        ["The other replica orders for itself while the API server hangs, and the first one waits for it at each step"] = new(TimeSpan.FromSeconds(120), 2, false,
        [
            new(FaultKind.CaDown, 0, 0.2542372881355932, 0, 0),
            new(FaultKind.ApiForbids, 0.6427849541820636, 0.0927483805373242, 1, 4.96E-97),
            new(FaultKind.ApiHangs, 0.49809512959754526, 0.23076923076923078, 0, 9.986999999999998E-90),
            new(FaultKind.LeaderChanges, 5.856E-35, 0.16279069767441862, 0, 9.645E-08),
        ]),
        ["The clock of the replica that leads is ten years behind while the certificate of the others ends"] = new(TimeSpan.FromSeconds(3888000), 2, true,
        [
            new(FaultKind.ClockStepped, 0.6168855085361502, 0.1875, 0, 1.841E-56),
            new(FaultKind.CaOrderInvalid, 0.5443037974683544, 0.16666666666666666, 1, 4.234E-95),
        ]),
        ["A replica whose clock is seven years ahead does not order beside the one that leads"] = new(TimeSpan.FromSeconds(3600), 3, false,
        [
            new(FaultKind.ClockStepped, 6.422E-43, 0.4495369913452684, 1, 0.8676071431039531),
        ]),
        ["Certificates that came while the clock was seven years ahead do not hold up the last chance"] = new(TimeSpan.FromSeconds(3600), 1, true,
        [
            new(FaultKind.ApiConflicts, 0.2609594325000468, 0.45901639344262296, 0, 0.3013698630136986),
            new(FaultKind.ClockStepped, 0, 0.35507818697223587, 0, 0.8797097389062605),
        ]),
        ["API server away for longer than the certificate lasts"] = new(TimeSpan.FromHours(1), 3, false, [new(FaultKind.ApiHangs, 0.1, 0.5, 0, 0)]),
        ["The certificate of an order that the store keeps for months has expired when a replica starts"] = new(TimeSpan.FromSeconds(3888000), 3, false,
        [
            new(FaultKind.Reloaded, 0.35714285714285715, 0.12119990118941956, 1, 0),
            new(FaultKind.ApiRejects, 3.567E-13, 0.5, 0, 0.3946397505315502),
        ]),
        ["A replica that starts while the API server hangs finds an expired certificate once it responds"] = new(TimeSpan.FromSeconds(120), 2, true,
        [
            new(FaultKind.Reloaded, 0.8085677451975812, 0.0992503079736843, 1, 0),
            new(FaultKind.ApiHangs, 0.6012266372541362, 0.4, 1, 1),
        ]),
        ["A back-off chosen without a certificate ends before the certificate that the store gives back"] = new(TimeSpan.FromSeconds(120), 2, true,
        [
            new(FaultKind.ReplicaKilled, 0.7222222222222222, 0.37905659906541467, 0, 0.051148332900848636),
            new(FaultKind.ApiDown, 0.40482882572664053, 0.4579500002640767, 0, 0),
        ]),
        ["A replica whose clock is ten years ahead orders for itself no more often than others while the Secret is missing"] = new(TimeSpan.FromSeconds(86400), 3, true,
        [
            new(FaultKind.SecretDeleted, 0, 0.4032228149578704, 2, 8.016E-84),
            new(FaultKind.ClockStepped, 0, 0.27822108539184864, 2, 1),
        ]),
    };
}
