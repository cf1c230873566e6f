using IssuerGateway.Ctl.Parties;

namespace IssuerGateway.Tests.Ctl.Parties;

/// <summary>A party may repeat in its error what it was sent: whole, cut, or in pieces.</summary>
public sealed class CredentialRedactionTests
{
    private static readonly string token = Recorded.Token("token-azure-demo-exchange-audience");

    [Theory]
    [InlineData(40, " ")]
    [InlineData(12, " ")]
    [InlineData(64, "\n")]
    [InlineData(5, ", ")]
    [InlineData(8, "_")]
    public void Hides_a_credential_in_pieces(int length, string separator)
    {
        string pieces = string.Join(separator, token.Chunk(length).Select(part => new string(part)));

        Assert.Equal("bad (credential) in request 7", CredentialRedaction.Without($"bad {pieces} in request 7", [token]));
    }

    [Fact]
    public void Hides_what_is_cut_from_its_end() =>
        Assert.Equal("bad ...(credential)", CredentialRedaction.Without($"bad ...{token[^120..]}", [token]));

    [Theory]
    [InlineData("bad abc-def_ghi-jkl-m", "bad (credential)")]
    [InlineData("bad bc-def_ghi-jkl-mn", "bad (credential)")]
    [InlineData("bad abc-def_ghi", "bad abc-def_ghi")]
    [InlineData("abc def ghi jkl", "abc def ghi jkl")]
    public void Hides_a_piece_of_16_characters_and_no_words(string text, string shown) => Assert.Equal(shown, CredentialRedaction.Without(text, ["abc-def_ghi-jkl-mno"]));

    [Fact]
    public void Hides_each_credential_and_a_short_one_whole() =>
        Assert.Equal("(credential) and (credential) and not s3cret", CredentialRedaction.Without("hunter2 and AAAABBBBCCCCDDDDEEEE and not s3cret", ["hunter2", "xxAAAABBBBCCCCDDDDEEEEyy"]));

    [Theory]
    [InlineData("AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:shop:web'.")]
    [InlineData("")]
    public void Leaves_the_words_of_the_party(string text) => Assert.Equal(text, CredentialRedaction.Without(text, [token, ""]));
}
