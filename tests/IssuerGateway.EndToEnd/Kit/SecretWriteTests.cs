using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>
/// What the chart lets the gateway write: its Roles and its policy over the table of tests/tools/admission/writes.mjs come out
/// as a real Kubernetes API server decided with the chart installed.
/// </summary>
public sealed class SecretWriteTests
{
    private static readonly string script = Path.Combine(KitFolder.Root, "tests", "tools", "admission", "check-writes.mjs");
    private static readonly string recording = Path.Combine(KitFolder.Root, "tests", "fixtures", "kubernetes-1.36", "writes.json");

    [Fact]
    public void The_gateway_writes_as_before_each_attack_is_rejected_and_nobody_else_is_held_back()
    {
        JsonObject results = Check(Rendered);

        Assert.Empty(results.Where(entry => entry.Value!.AsArray().Count > 0).Select(entry => $"{entry.Key}: {entry.Value!.ToJsonString()}"));
        Assert.Equal(results.Select(entry => entry.Key), JsonNode.Parse(File.ReadAllText(recording))!["cases"]!.AsObject().Select(entry => entry.Key));
    }

    [Theory] // the table finds a policy that is wrong, in each of its ways
    [InlineData("variables.oldLabels.all(k, k in variables.labels)", "true", "account: a label less")]
    [InlineData("variables.oldLabels[k] == variables.labels[k]", "true", "account: another value of a label")]
    [InlineData("(k in variables.oldLabels && ", "(!(k in variables.oldLabels) || ", "account: labels of a Helm release")]
    [InlineData("k == \"issuer-gateway.dev/store\"", "false", "certificate: its first write, which marks it")]
    [InlineData("&& variables.labels[k] == \"acme\"", "", "account: the mark with another value")]
    [InlineData("oldObject.metadata.?annotations", "object.metadata.?annotations", "account: a copy by reflector")]
    [InlineData("oldObject.metadata.?ownerReferences", "object.metadata.?ownerReferences", "lease: an owner")]
    [InlineData("oldObject.metadata.?finalizers", "object.metadata.?finalizers", "state: a finalizer")]
    [InlineData("dyn(oldObject).?immutable", "dyn(object).?immutable", "account: immutable")]
    [InlineData("request.userInfo.username == ", "\\\"\\\" != ", "account: every member by other")]
    [InlineData("ns:rel-issuer-gateway\\\"", "ns:rel\\\"", "lease: labels of a Helm release")]
    [InlineData("kubernetes.io/metadata.name: \"ns\"", "kubernetes.io/metadata.name: \"elsewhere\"", "account: labels of a Helm release")]
    [InlineData("        resources: [secrets]", "        resources: [none]", "foreign: labels of a Helm release, with rights of elsewhere")]
    [InlineData("        resources: [leases]", "        resources: [none]", "lease: a finalizer")]
    [InlineData("verbs: [get, update]", "verbs: [get, update, patch]", "state: a label as a merge patch")]
    public void A_wrong_chart_is_found(string part, string wrong, string name)
    {
        Assert.Contains(part, Rendered, StringComparison.Ordinal);

        Assert.NotEmpty(Check(Rendered.Replace(part, wrong, StringComparison.Ordinal))[name]!.AsArray());
    }

    private static string Rendered => RenderedChart.Of(RenderedChart.Gateway, "loadbalancer-acme").TextByHelm4;

    private static JsonObject Check(string rendered)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, rendered);
            Command run = Command.Run("node", script, file, recording);
            Assert.True(run.ExitCode == 0, run.Transcript);
            return JsonNode.Parse(run.Output)!.AsObject();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
