using System.Text.Json;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Forks;

/// <summary>What a merge compares is what is stored, not where it stands or until when.</summary>
public sealed class MergedValuesTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly TestStore _test = new();

    /// <summary>Records of both that stand in commits of the same version are two records.</summary>
    [Theory, InlineData(ConflictPolicy.Theirs, "fork"), InlineData(ConflictPolicy.Ours, "thread")]
    public async Task Records_OfTheSameVersion_AreNotTheSame(ConflictPolicy policy, string expected)
    {
        await ForkAsync();
        await _test.CommitAsync("a", session => session.Variables.Set("other", 1));
        await PutAsync("a", "thread");
        await PutAsync("f", "fork");

        (await Should.ThrowAsync<MergeConflictException>(async () => await _test.Store.Thread("f").MergeAsync())).Conflicts.ShouldHaveSingleItem().ToString().ShouldBe("records/report");
        await _test.Store.Thread("f").MergeAsync(new() { OnConflict = policy });

        (await ReportAsync("a")).ShouldBe(expected);
    }

    [Fact]
    public async Task Record_ThatTheThreadHasChangedToo_IsNotOverwrittenByTheNextMerge()
    {
        await ForkAsync();
        await _test.CommitAsync("a", session => session.Variables.Set("other", 1));
        await PutAsync("a", "thread");
        await PutAsync("f", "fork");
        await _test.Store.Thread("f").MergeAsync(new() { OnConflict = ConflictPolicy.Ours });
        await PutAsync("f", "fork again");

        await Should.ThrowAsync<MergeConflictException>(async () => await _test.Store.Thread("f").MergeAsync());

        (await ReportAsync("a")).ShouldBe("thread");
    }

    [Fact]
    public async Task Record_ThatWasMerged_IsMergedAgainWhereOnlyTheForkHasChangedIt()
    {
        await ForkAsync();
        await PutAsync("f", "first");
        await _test.Store.Thread("f").MergeAsync();
        await PutAsync("f", "second");

        await _test.Store.Thread("f").MergeAsync();

        (await ReportAsync("a")).ShouldBe("second");
    }

    [Fact]
    public async Task Record_ThatBothHaveChangedToTheSame_IsNoConflict()
    {
        await ForkAsync();
        await PutAsync("a", "same");
        await PutAsync("f", "same");

        await _test.Store.Thread("f").MergeAsync();

        (await ReportAsync("a")).ShouldBe("same");
    }

    [Fact]
    public async Task Diff_OfAForkOrAnotherThread_TellsOfRecordsInCommitsOfTheSameVersion()
    {
        await ForkAsync();
        (await _test.Store.Thread("a").DiffAsync(ThreadPoint.Newest, "f", ThreadPoint.Newest))!.Records.ShouldBeEmpty();
        await _test.CommitAsync("a", session => session.Variables.Set("other", 1));
        await PutAsync("a", "thread");
        await PutAsync("f", "fork");

        (await _test.Store.Thread("a").DiffAsync(ThreadPoint.Newest, "f", ThreadPoint.Newest))!.Records.ShouldBe([new("report", DiffKind.Changed)]);
    }

    [Fact]
    public async Task Decisions_OfAForkThatWasRestoredSince_AreAllTaken()
    {
        await ForkAsync();
        await DecideAsync("1");
        await DecideAsync("2");
        await _test.Store.Thread("f").MergeAsync();
        await _test.Store.Thread("f").RollbackAsync(2);
        await DecideAsync("3");

        await _test.Store.Thread("f").MergeAsync();

        (await _test.Store.Thread("a").DecisionsAsync().Select(decision => decision.Text).ToListAsync()).ShouldBe(["3", "2", "1"]);

        Task<CommitInfo> DecideAsync(string text) => _test.CommitAsync("f", session => session.Decisions.Add(new() { Text = text, Reason = "r" }));
    }

    [Theory, InlineData(true, ConflictPolicy.Ours), InlineData(false, ConflictPolicy.Theirs)]
    public async Task TimeOfAValue_GoesWithIt(bool inFork, ConflictPolicy policy)
    {
        await ForkAsync();
        await SetAsync("f", "fork", inFork ? Day : null);
        await SetAsync("a", "thread", inFork ? null : Day);

        await _test.Store.Thread("f").MergeAsync(new() { OnConflict = policy });
        _test.Clock.Advance(2 * Day);

        (await _test.Store.OpenAsync("a")).Variables.Get<string>("both").ShouldBe(inFork ? "thread" : "fork");
    }

    [Fact]
    public async Task TimeOfAValue_ThatIsTaken_IsTakenToo()
    {
        await ForkAsync();
        await SetAsync("f", "fork", Day);

        await _test.Store.Thread("f").MergeAsync();
        (await _test.Store.OpenAsync("a")).Variables.Get<string>("both").ShouldBe("fork");
        _test.Clock.Advance(2 * Day);

        (await _test.Store.OpenAsync("a")).Variables.Contains("both").ShouldBeFalse();
    }

    [Fact]
    public async Task Conflict_IsNotOneOfTimes()
    {
        await ForkAsync();
        await SetAsync("f", "same", Day);
        await SetAsync("a", "same", 2 * Day);

        await _test.Store.Thread("f").MergeAsync(new() { Resolve = (conflict, _) => throw new InvalidOperationException(conflict.ToString()) });

        _test.Clock.Advance(1.5 * Day);
        (await _test.Store.OpenAsync("a")).Variables.Get<string>("both").ShouldBe("same");
    }

    [Fact]
    public async Task Callback_DecidesValueAndTime()
    {
        await ForkAsync();
        await SetAsync("f", "fork", Day);
        await SetAsync("a", "thread", 2 * Day);

        await _test.Store.Thread("f").MergeAsync(new() { Resolve = (_, _) => Task.FromResult<JsonElement?>(JsonSerializer.SerializeToElement("both")) });

        _test.Clock.Advance(3 * Day);
        (await _test.Store.OpenAsync("a")).Variables.Get<string>("both").ShouldBe("both");
    }

    private Task<CommitInfo> SetAsync(string id, string value, TimeSpan? expiresIn)
        => _test.CommitAsync(id, session =>
        {
            if (expiresIn is { } time)
            {
                session.Variables.Set("both", value, time);
            }
            else
            {
                session.Variables.Set("both", value);
            }
        });

    private Task<CommitInfo> PutAsync(string id, string value) => _test.CommitAsync(id, session => session.Records.Put("report", value));

    private async Task<string?> ReportAsync(string id) => await (await _test.Store.OpenAsync(id)).Records.GetAsync<string>("report");

    private async Task ForkAsync()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Variables.Set("both", "before");
            session.Records.Put("report", "before");
        });
        await _test.Store.Thread("a").ForkAsync("f");
    }
}
