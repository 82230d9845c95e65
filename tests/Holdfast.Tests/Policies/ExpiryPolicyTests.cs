namespace Holdfast.Tests.Policies;

public sealed class ExpiryPolicyTests
{
    private static readonly DateTimeOffset Created = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Now = Created.AddDays(1);

    [Fact]
    public void Never_GivesNoStatusATime()
        => Enum.GetValues<ThreadStatus>().ShouldAllBe(status => ExpiryPolicy.Never.ExpiresAt(status, Created, Now) == null);

    [Fact]
    public void After_CountsFromTheLastCommit_ExceptWhileAPersonIsAwaited()
    {
        var policy = ExpiryPolicy.After(TimeSpan.FromHours(2));

        foreach (var status in Enum.GetValues<ThreadStatus>())
        {
            policy.ExpiresAt(status, Created, Now).ShouldBe(
                status is ThreadStatus.WaitingForInput or ThreadStatus.WaitingForApproval ? null : Now.AddHours(2), status.ToString());
        }
    }

    [Theory]
    [InlineData(ThreadStatus.Idle, 1)]
    [InlineData(ThreadStatus.Thinking, 1)]
    [InlineData(ThreadStatus.UsingTool, 1)]
    [InlineData(ThreadStatus.WaitingForInput, null)]
    [InlineData(ThreadStatus.WaitingForApproval, null)]
    [InlineData(ThreadStatus.Completed, 24)]
    [InlineData(ThreadStatus.Failed, 168)]
    public void TaskLifetimes_AreOneHourOneDayAndOneWeek(ThreadStatus status, int? hours)
        => ExpiryPolicy.TaskLifetimes.ExpiresAt(status, Created, Now).ShouldBe(hours is { } number ? Now.AddHours(number) : null);

    [Fact]
    public void For_AStatusByName_HoldsEvenWhileAPersonIsAwaited()
    {
        var policy = ExpiryPolicy.After(TimeSpan.FromHours(1)).For(ThreadStatus.WaitingForInput, TimeSpan.FromDays(30)).For(ThreadStatus.Failed, null);

        policy.ExpiresAt(ThreadStatus.WaitingForInput, Created, Now).ShouldBe(Now.AddDays(30));
        policy.ExpiresAt(ThreadStatus.WaitingForApproval, Created, Now).ShouldBeNull();
        policy.ExpiresAt(ThreadStatus.Failed, Created, Now).ShouldBeNull();
        policy.ExpiresAt(ThreadStatus.Idle, Created, Now).ShouldBe(Now.AddHours(1));
    }

    [Fact]
    public void SinceCreation_CountsFromTheFirstCommit()
        => ExpiryPolicy.After(TimeSpan.FromHours(30)).SinceCreation().ExpiresAt(ThreadStatus.Idle, Created, Now).ShouldBe(Created.AddHours(30));

    [Fact]
    public void Policies_AreNotChangedByMakingOthersOfThem()
    {
        var policy = ExpiryPolicy.After(TimeSpan.FromHours(1));

        policy.For(ThreadStatus.Idle, TimeSpan.FromDays(1)).SinceCreation();

        policy.ExpiresAt(ThreadStatus.Idle, Created, Now).ShouldBe(Now.AddHours(1));
        ExpiryPolicy.Never.For(ThreadStatus.Idle, TimeSpan.FromDays(1));
        ExpiryPolicy.Never.ExpiresAt(ThreadStatus.Idle, Created, Now).ShouldBeNull();
    }

    [Fact]
    public void Times_BeyondTheEndOfTheCalendar_AreNever()
        => ExpiryPolicy.After(TimeSpan.MaxValue).ExpiresAt(ThreadStatus.Idle, Created, Now).ShouldBeNull();

    [Theory, InlineData(0), InlineData(-1)]
    public void Times_ThatAreNotPositive_AreRefused(int hours)
    {
        Should.Throw<ArgumentOutOfRangeException>(() => ExpiryPolicy.After(TimeSpan.FromHours(hours)));
        Should.Throw<ArgumentOutOfRangeException>(() => ExpiryPolicy.Never.For(ThreadStatus.Idle, TimeSpan.FromHours(hours)));
    }
}
