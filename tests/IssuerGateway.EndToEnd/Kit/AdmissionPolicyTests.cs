using System.Text.Json.Nodes;

namespace IssuerGateway.EndToEnd.Kit;

/// <summary>
/// What the policies of charts/workload-identity make of pods. No served CEL implementation evaluates them whole, so
/// tests/tools/admission does it with a rewrite and a merge of its own, which reproduce what a real Kubernetes 1.36.2 API
/// server has stored: the recordings of the first trial, and the recording of this chart over the whole table of cases.
/// </summary>
public sealed class AdmissionPolicyTests
{
    private static readonly string scripts = Path.Combine(KitFolder.Root, "tests", "tools", "admission");
    private static readonly string recordings = Path.Combine(KitFolder.Root, "tests", "fixtures", "kubernetes-1.36", "injection");

    [Fact]
    public void The_evaluation_reproduces_the_two_stored_pods_of_the_trial()
    {
        Command run = Command.Run("node", Path.Combine(scripts, "recorded.mjs"), recordings);

        Assert.True(run.ExitCode == 0, run.Transcript);
        Assert.Equal("azure-pod: equal\nsidecar-pod: equal\n", run.Output);
    }

    [Theory]
    [InlineData("v1", "chart.json")]
    [InlineData("v1beta1", "chart-v1beta1.json")] // recorded on its own: the cases that come out otherwise than in the other
    public void Every_case_of_the_table_comes_out_as_the_webhooks_and_the_API_server_have_it(string set, string recording)
    {
        string pods = Path.GetTempFileName();
        JsonObject results = Check(RenderedChart.Of(RenderedChart.Identity, set).TextByHelm4, pods, recording);

        Assert.Equal($"admissionregistration.k8s.io/{set}", (string)JsonNode.Parse(File.ReadAllText(Path.Combine(recordings, recording)))!["policies"]!);
        Assert.True(results.Count >= 330, $"{results.Count} cases");
        Assert.Empty(results.Where(entry => entry.Value!.AsArray().Count > 0).Select(entry => $"{entry.Key}: {entry.Value!.ToJsonString()}"));
        (IReadOnlyList<JsonObject> stored, IReadOnlyList<string> errors) = KubernetesSchemas.Validate(pods);
        File.Delete(pods);
        Assert.True(stored.Count >= 40, $"{stored.Count} pods");
        Assert.Empty(errors);
    }

    [Fact]
    public void Every_rule_condition_mutation_and_binding_is_shown_by_a_case_that_fails_without_it()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, RenderedChart.Of(RenderedChart.Identity, "v1").TextByHelm4);
            Command run = Command.Run("node", Path.Combine(scripts, "rules.mjs"), file);

            Assert.True(run.ExitCode == 0, run.Transcript);
            Assert.Equal("[]", run.Output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory] // the table finds a policy that is wrong, in each of its ways
    [InlineData("name: \"AZURE_TENANT_ID\", value: variables.tenantId", "name: \"AZURE_TENANT_ID\", value: variables.clientId", "azure: nothing but a container")]
    [InlineData("filter(e, !(e.name in names)", "filter(e, !(e.name in [\"none\"])", "azure: own variables")]
    [InlineData("\"AWS_REGION\" in names", "\"none\" in names", "aws: own variables")]
    [InlineData("filter(p, !(p in [\"\", \".\", \"c:\", \"C:\"]))", "filter(p, true)", "azure: something else at /var/run/secrets//azure/tokens")]
    [InlineData("m.?subPath.orValue(\"\") != \"\"", "false", "azure: its own token by subPath in place of the directory")]
    [InlineData("s.substring(0, 200)", "s", "azure: an expiration of 20000 characters")]
    [InlineData("reinvocationPolicy: IfNeeded", "reinvocationPolicy: Never", "azure: a mesh in between")]
    [InlineData("variables.present ? [] :\n", "false ? [] :\n", "sign-in")]
    [InlineData("--cookie-secure=true", "--cookie-secure=false", "sign-in")]
    [InlineData("cidr(each) == cidr(each).masked()", "true", "sign-in: inside-a-range")]
    [InlineData("!(\"kubernetes.io/config.mirror\" in", "(!false || \"kubernetes.io/config.mirror\" in", "a mirror pod")]
    [InlineData("int(variables.expirationText) >= 3600", "int(variables.expirationText) >= 600", "azure: expiration \"3599\"")]
    [InlineData(".matches(\"^--allowed-group=[^ ]\")", ".matches(\"^--\")", "sign-in: an own sidecar for everybody")]
    public void A_wrong_policy_is_found(string part, string wrong, string name)
    {
        string text = RenderedChart.Of(RenderedChart.Identity, "v1").TextByHelm4;
        Assert.Contains(part, text, StringComparison.Ordinal);

        Assert.NotEmpty(Check(text.Replace(part, wrong, StringComparison.Ordinal))[name]!.AsArray());
    }

    private static JsonObject Check(string policies, string pods = "", string recording = "chart.json")
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, policies);
            Command run = Command.Run("node", Path.Combine(scripts, "check.mjs"), file, Path.Combine(recordings, recording), pods);
            Assert.True(run.ExitCode == 0, run.Transcript);
            return JsonNode.Parse(run.Output)!.AsObject();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
