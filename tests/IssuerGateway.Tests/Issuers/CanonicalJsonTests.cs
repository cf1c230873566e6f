using System.Text.Json;
using IssuerGateway.Issuers;

namespace IssuerGateway.Tests.Issuers;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{ "b" : 1, "a" : [ true , null ] }""", """{"a":[true,null],"b":1}""")]
    [InlineData("""{"b":{"d":1,"c":2},"a":"x"}""", """{"a":"x","b":{"c":2,"d":1}}""")]
    [InlineData("""["b","a"]""", """["b","a"]""")]
    [InlineData("\"\\u0061\\/\"", "\"a/\"")]
    [InlineData("1.0", "1.0")]
    public void Spells_a_value_in_one_way(string json, string canonical)
    {
        using JsonDocument document = JsonDocument.Parse(json);

        Assert.Equal(canonical, CanonicalJson.Of(document.RootElement));
    }
}
