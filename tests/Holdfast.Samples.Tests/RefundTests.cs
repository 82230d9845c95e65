namespace Holdfast.Samples.Tests;

public sealed class RefundTests : IDisposable
{
    private readonly SampleProgram _sample = new("Refund");

    public void Dispose() => _sample.Dispose();

    [Fact]
    public async Task AnApprovedRefund_IsPaidOnce_WhateverIsKilled()
    {
        await using (var killed = _sample.Start("agent", "1001", "20"))
        {
            await killed.SeesAsync("Waits for an answer.");
            await killed.KillAsync();
        }

        await using var agent = _sample.Start("agent", "1001", "20");
        await agent.SeesAsync("Waits for an answer.");
        await using (var approver = _sample.Start("approver", "ann"))
        {
            await approver.SayAsync("y");
            (await approver.EndAsync()).ShouldStartWith("""orders/1001: refund {"amount":20}?""");
        }

        (await agent.EndAsync()).ShouldBe("Refunded 20.");
        (await _sample.RunAsync("agent", "1001", "20")).ShouldBe("Refunded 20.");
        File.ReadAllLines(_sample.PathOf("bank.txt")).Length.ShouldBe(1);
        (await _sample.RunAsync("approver", "ann")).ShouldBe("");
    }

    [Fact]
    public async Task ARefusedRefund_IsNotPaid()
    {
        await using var agent = _sample.Start("agent", "1001", "20");
        await agent.SeesAsync("Waits for an answer.");
        await using (var approver = _sample.Start("approver", "ann"))
        {
            await approver.SayAsync("n");
            await approver.EndAsync();
        }

        (await agent.EndAsync()).ShouldContain("not justified");
        File.Exists(_sample.PathOf("bank.txt")).ShouldBeFalse();
    }
}
