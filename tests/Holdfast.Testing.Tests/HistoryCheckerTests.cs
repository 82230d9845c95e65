using Holdfast.Logs;

namespace Holdfast.Testing.Tests;

public sealed class HistoryCheckerTests
{
    private readonly InMemoryCommitLog _log = new();
    private readonly ThreadWriter _thread = new(ThreadKey.Of("thread"));
    private readonly List<AcknowledgedCommit> _acknowledged = [];

    [Fact]
    public async Task Check_OfAWholeHistory_ReportsWhatIsThere()
    {
        await WriteAsync(5);
        await _thread.AppendAsync(_log, new() { IsKeyframe = true });

        var report = await HistoryChecker.CheckAsync(_log, _acknowledged);

        report.ShouldBe(report with { Threads = 1, Acknowledged = 5, Unacknowledged = 1 });
        report.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Check_OfALostCommit_NamesIt()
    {
        await WriteAsync(3);
        var lost = new AcknowledgedCommit(_thread.Key, 4, CommitId.New(TimeProvider.System));

        await ExpectProblemAsync($"commit {lost.CommitId}, acknowledged at version 4, is gone", lost);
    }

    [Fact]
    public async Task Check_OfACommitAtAnotherVersion_NamesBoth()
    {
        await WriteAsync(3);
        var moved = _acknowledged[1] with { Version = 3 };
        _acknowledged.RemoveRange(1, 2);

        await ExpectProblemAsync($"commit {moved.CommitId}, acknowledged at version 3, stands at version 2", moved);
    }

    [Fact]
    public async Task Check_OfAVersionAcknowledgedTwice_NamesBothCommits()
    {
        await WriteAsync(2);

        await ExpectProblemAsync("version 2 was acknowledged to several commits", new AcknowledgedCommit(_thread.Key, 2, CommitId.New(TimeProvider.System)));
    }

    [Fact]
    public async Task Check_OfAMissingThread_SaysSo()
        => await ExpectProblemAsync("there is no head", new AcknowledgedCommit(_thread.Key, 1, CommitId.New(TimeProvider.System)));

    [Fact]
    public async Task Check_OfAGap_NamesTheVersionsAroundIt()
    {
        await WriteAsync(4);
        await ExpectProblemOfAsync(entries => [.. entries.Where(entry => entry.Version != 3)], "version 2 is followed by version 4");
    }

    [Fact]
    public async Task Check_OfAnEntryThatStandsTwice_NamesBothVersions()
    {
        await WriteAsync(2);
        await ExpectProblemOfAsync(entries => [.. entries, entries[0] with { Version = 3 }], "stands at version 1 and at version 3");
    }

    [Fact]
    public async Task Check_OfAChangedBody_NamesTheVersion()
    {
        await WriteAsync(3);
        await ExpectProblemOfAsync(
            entries => [.. entries.Select(entry => entry.Version == 2 ? entry with { Body = "{}"u8.ToArray() } : entry)], "the body of version 2 does not have its digest");
    }

    [Fact]
    public async Task Check_OfABrokenChain_SaysSo()
    {
        await WriteAsync(3);
        await ExpectProblemOfAsync(
            entries => [.. entries.Select(entry => entry.Version == 2 ? entry with { CommitId = CommitId.New(TimeProvider.System) } : entry)], "the chain hash of the head is");
    }

    [Fact]
    public async Task Check_OfAHeadBehindItsEntries_SaysSo()
    {
        await WriteAsync(3);
        await ExpectProblemOfAsync(entries => entries[..^1], "the head is at version 3 and the last entry at version 2");
    }

    [Fact]
    public async Task Check_OfALostKeyframe_SaysSo()
    {
        await WriteAsync(1);
        await _thread.AppendAsync(_log, new() { IsKeyframe = true });
        await ExpectProblemOfAsync(entries => [.. entries.Select(entry => entry with { IsKeyframe = false })], "the head names version 2 as the newest keyframe");
    }

    private async Task WriteAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var entry = (await _thread.AppendAsync(_log)).Entry;
            _acknowledged.Add(new(entry.Key, entry.Version, entry.CommitId));
        }
    }

    private async Task ExpectProblemAsync(string problem, params AcknowledgedCommit[] more)
        => (await Should.ThrowAsync<ConformanceException>(() => HistoryChecker.CheckAsync(_log, [.. _acknowledged, .. more]))).Message.ShouldContain(problem);

    private async Task ExpectProblemOfAsync(Func<List<LogEntry>, List<LogEntry>> change, string problem)
        => (await HistoryChecker.InspectAsync(new ChangedLog(_log, change), _acknowledged)).Problems.ShouldContain(found => found.Contains(problem));

    private sealed class ChangedLog(ICommitLog inner, Func<List<LogEntry>, List<LogEntry>> change) : DelegatingLog(inner)
    {
        public override async IAsyncEnumerable<LogEntry> ReadAsync(
        ReadRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var entry in change(await ReadAllAsync(request.Key)))
            {
                yield return entry;
            }
        }
    }
}
