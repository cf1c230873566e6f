using IssuerGateway.Tls.Issuance;
using Microsoft.Extensions.Time.Testing;

namespace IssuerGateway.Tests.Tls.Issuance;

public sealed class RenewalRequestTests
{
    private readonly RenewalRequest request = new("a.example.test", new FakeTimeProvider());

    // What is being stored may be the certificate whose key has leaked.
    [Fact]
    public async Task A_request_that_comes_while_an_order_is_under_way_gets_the_next_one()
    {
        request.Open();
        Task<CommandResult> first = request.MakeAsync();
        Task<CommandResult> beside = request.MakeAsync();
        request.Begin();
        Task<CommandResult> later = request.MakeAsync();

        request.Complete(new CommandResult(true, "first", null));

        Assert.Equal(["first", "first"], [(await first).Message, (await beside).Message]);
        Assert.False(later.IsCompleted);
        Assert.True(request.IsPending);

        request.Begin();
        Assert.False(request.IsPending);
        request.Complete(new CommandResult(true, "second", null));
        Assert.Equal("second", (await later).Message);
    }

    [Fact]
    public async Task None_outlives_the_leadership()
    {
        request.Open();
        Task<CommandResult> first = request.MakeAsync();
        request.Begin();
        Task<CommandResult> later = request.MakeAsync();

        request.Close();

        Assert.Equal(["a.example.test: this replica stopped leading", "a.example.test: this replica stopped leading"], [(await first).Message, (await later).Message]);
        Assert.Equal("a.example.test: this replica does not lead", (await request.MakeAsync()).Message);
    }

    // An order of the schedule that nobody has requested completes nothing.
    [Fact]
    public void The_end_of_an_order_without_a_request_is_nothing()
    {
        request.Open();
        request.Begin();
        Task<CommandResult> later = request.MakeAsync();

        request.Complete(new CommandResult(true, "first", null));

        Assert.False(later.IsCompleted);
    }
}
