using System.Buffers.Text;
using System.Text;
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

    public static TheoryData<string> Spellings => new(
        Convert.ToBase64String(Encoding.ASCII.GetBytes(token)),
        Convert.ToBase64String(Encoding.ASCII.GetBytes("x" + token)),
        Base64Url.EncodeToString(Encoding.ASCII.GetBytes("xy" + token)),
        Convert.ToBase64String(Encoding.ASCII.GetBytes(token), Base64FormattingOptions.InsertLineBreaks),
        Convert.ToBase64String(Encoding.ASCII.GetBytes(token.Split('.')[2])),
        Convert.ToHexStringLower(Encoding.ASCII.GetBytes(token)),
        string.Concat(token.Select(c => $"%{(int)c:X2}")),
        string.Concat(token.Select(c => $"\\u{(int)c:x4}")),
        string.Concat(token.Select(c => $"%25{(int)c:X2}")),
        string.Concat(token.Select(c => $"&#{(int)c:D4};")),
        string.Concat(token.Select(c => $"&#x{(int)c:X4};")),
        Convert.ToHexString(Base64Url.DecodeFromChars(token.Split('.')[2])),
        string.Concat(token.Select(c => $"&#{(int)c};")),
        string.Concat(token.Select(c => $"&#x{(int)c:x};")),
        string.Join("x", token.Chunk(8).Select(part => new string(part))));

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Hides_a_credential_that_is_spelled_otherwise(string spelled)
    {
        string shown = CredentialRedaction.Without($"bad {spelled} in request 7", [token]);

        Assert.StartsWith("bad ", shown, StringComparison.Ordinal);
        Assert.EndsWith(" in request 7", shown, StringComparison.Ordinal);
        Assert.InRange(shown.Replace("(credential)", "", StringComparison.Ordinal).Length, 0, spelled.Length / 8);
    }

    [Fact]
    public void Hides_what_is_cut_from_its_end() =>
        Assert.Equal("bad ...(credential)", CredentialRedaction.Without($"bad ...{token[^120..]}", [token]));

    [Theory]
    [InlineData("bad abc-def_ghi-jkl-m", "bad (credential)")]
    [InlineData("bad bc-def_ghi-jkl-mn", "bad (credential)")]
    [InlineData("bad bc-def_g and no", "bad (credential) and no")]
    [InlineData("bad bc-def_", "bad bc-def_")]
    [InlineData("abc def ghi jkl", "abc def ghi jkl")]
    public void Hides_8_characters_in_a_row_or_16_in_pieces_and_no_words(string text, string shown) => Assert.Equal(shown, CredentialRedaction.Without(text, ["abc-def_ghi-jkl-mno"]));

    [Fact]
    public void Hides_each_credential_and_a_short_one_whole() =>
        Assert.Equal("(credential) and (credential) and not s3cret", CredentialRedaction.Without("hunter2 and AAAABBBBCCCCDDDDEEEE and not s3cret", ["hunter2", "xxAAAABBBBCCCCDDDDEEEEyy"]));

    [Theory]
    [InlineData("AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:shop:web'.")]
    [InlineData("")]
    public void Leaves_the_words_of_the_party(string text) => Assert.Equal(text, CredentialRedaction.Without(text, [token, ""]));
}
