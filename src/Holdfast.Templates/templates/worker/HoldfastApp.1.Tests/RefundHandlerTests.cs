using Holdfast;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HoldfastApp._1.Tests;

public sealed class RefundHandlerTests : IDisposable
{
    private const string Request = "request-1";

    private readonly TemporaryStore _store = new();

    [Fact]
    public async Task ARefund_ThatIsApproved_IsPaidOnce()
    {
        using var worker = await StartAsync();
        await SubmitAsync(worker);
        await UntilAsync(worker, TurnState.Interrupted);
        Assert.Empty(RefundsOf(worker));

        await Desk(worker).ApproveAsync(await WaitingAsync(worker), "ann");

        await UntilAsync(worker, TurnState.Completed);
        Assert.Equal([20], RefundsOf(worker));
        Assert.Contains("Refunded 20", await Desk(worker).ShowAsync(Request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARefund_ThatIsRejected_IsNotPaid()
    {
        using var worker = await StartAsync();
        await SubmitAsync(worker);
        await UntilAsync(worker, TurnState.Interrupted);

        await Desk(worker).RejectAsync(await WaitingAsync(worker), "Too late.", "ann");

        await UntilAsync(worker, TurnState.Completed);
        Assert.Empty(RefundsOf(worker));
    }

    [Fact]
    public async Task ARefund_ThatIsApprovedWhileNoWorkerRuns_IsPaidByTheNextOne()
    {
        using (var first = await StartAsync())
        {
            await SubmitAsync(first);
            await UntilAsync(first, TurnState.Interrupted);
            await first.StopAsync(TestContext.Current.CancellationToken);
        }

        using (var office = ProgramHost.Build(_store.Settings))
        {
            await Desk(office).ApproveAsync(await WaitingAsync(office), "ann");
        }

        using var second = await StartAsync();
        await UntilAsync(second, TurnState.Completed);
        Assert.Equal([20], RefundsOf(second));
    }

    [Fact]
    public async Task ARequest_ThatIsDeliveredTwice_IsCarriedOutOnce()
    {
        using var worker = await StartAsync();
        await SubmitAsync(worker);
        await SubmitAsync(worker);
        await UntilAsync(worker, TurnState.Interrupted);

        await WaitingAsync(worker);
        Assert.Equal(1, await ThreadOf(worker).TurnsAsync(TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken));
    }

    public void Dispose() => _store.Dispose();

    private static RequestDesk Desk(IHost host) => host.Services.GetRequiredService<RequestDesk>();

    private static ThreadHandle ThreadOf(IHost host) => host.Services.GetRequiredService<AgentStateStore>().Thread(Request);

    private static IReadOnlyList<decimal> RefundsOf(IHost host) => ((SandboxPayments)host.Services.GetRequiredService<IPayments>()).Refunds;

    private static Task SubmitAsync(IHost host) => Desk(host).SubmitAsync("Refund 20", Request, TestContext.Current.CancellationToken);

    private static async Task<string> WaitingAsync(IHost host) => (await Desk(host).WaitingAsync().SingleAsync(TestContext.Current.CancellationToken)).Id.Value;

    // Looks at the turn with each commit of its thread.
    private static async Task UntilAsync(IHost host, TurnState state)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(5));
        await foreach (var _ in ThreadOf(host).WatchAsync(ThreadPosition.Beginning, deadline.Token))
        {
            var turn = await ThreadOf(host).TurnsAsync(deadline.Token).FirstAsync(deadline.Token);
            if (turn.State == state)
            {
                return;
            }

            Assert.True(turn.EndedAt is null, $"The turn ended as {turn.State}: {turn.Error}");
        }
    }

    private async Task<IHost> StartAsync()
    {
        var host = ProgramHost.Build(_store.Settings);
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }
}
