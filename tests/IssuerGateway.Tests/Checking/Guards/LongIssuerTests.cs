using System.Text.Json;
using IssuerGateway.Checking;
using IssuerGateway.Checking.Reports;

namespace IssuerGateway.Tests.Checking.Guards;

/// <summary>Who copies half of an issuer registers another one: up to the 600 characters that Entra stores it is shown whole.</summary>
public sealed class LongIssuerTests
{
    [Theory]
    [InlineData(299)]
    [InlineData(301)]
    [InlineData(600)]
    [InlineData(1000)]
    public async Task Is_whole_in_JSON_and_in_commands(int length)
    {
        await using CheckFixture issuer = await CheckFixture.StartAsync();
        string url = $"{issuer.Issuer}/{new string('a', length - issuer.Issuer.Length - 1)}";
        string other = url + "/";
        issuer.Misbehave = async http =>
        {
            byte[] body = System.Text.Encoding.UTF8.GetBytes(issuer.Discovery.Replace($"\"{issuer.Issuer}\"", $"\"{other}\"", StringComparison.Ordinal));
            bool isDiscovery = http.Request.Path.Value!.EndsWith("configuration", StringComparison.Ordinal);
            http.Response.ContentType = "application/json";
            if (isDiscovery)
            {
                await http.Response.Body.WriteAsync(body);
            }

            return isDiscovery;
        };

        CheckReport report = await issuer.CheckAsync(issuer.Request(url));

        using JsonDocument json = JsonDocument.Parse(JsonReport.Of(report, "here"));
        JsonElement finding = json.RootElement.GetProperty("steps").EnumerateArray().SelectMany(step => step.GetProperty("findings").EnumerateArray()).Single(each => each.GetProperty("id").GetString() == "issuer-mismatch");
        Assert.Equal(url, json.RootElement.GetProperty("issuer").GetString());
        Assert.Contains($"carry {other}: register that", finding.GetProperty("fix").GetString(), StringComparison.Ordinal);
        Assert.Contains($"the document names \"{other}\", checked was \"{url}\"", finding.GetProperty("found").GetString(), StringComparison.Ordinal);
    }
}
