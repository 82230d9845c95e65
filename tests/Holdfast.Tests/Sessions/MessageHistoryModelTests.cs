using FsCheck;
using FsCheck.Fluent;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

/// <summary>Random sequences of what can be done to a history, compared with plain lists.</summary>
public sealed class MessageHistoryModelTests
{
    private enum Kind
    {
        Add,
        KeepLast,
        Summarize,
        Clear,
        Commit,
        FailToCommit,
        LoseTheAnswer,
        Overtake,
        Reopen,
        Touch,
    }

    [Fact]
    public void History_WhateverIsDoneToIt_IsWhatAListWouldBe()
    {
        var kinds = Gen.Frequency(
            (8, Gen.Constant(Kind.Add)),
            (3, Gen.Constant(Kind.KeepLast)),
            (3, Gen.Constant(Kind.Summarize)),
            (1, Gen.Constant(Kind.Clear)),
            (5, Gen.Constant(Kind.Commit)),
            (1, Gen.Constant(Kind.FailToCommit)),
            (1, Gen.Constant(Kind.LoseTheAnswer)),
            (1, Gen.Constant(Kind.Overtake)),
            (2, Gen.Constant(Kind.Reopen)),
            (1, Gen.Constant(Kind.Touch)));
        var steps = from kind in kinds from number in Gen.Choose(1, 9) select new Step(kind, number);

        Prop.ForAll(steps.ListOf().ToArbitrary(), RunAsync).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithEndSize(40));
    }

    private static async Task RunAsync(IReadOnlyList<Step> steps)
    {
        var run = new Run();
        await run.OpenAsync();
        foreach (var step in steps)
        {
            await run.DoAsync(step);
            await run.CheckSessionAsync(step.Number);
        }

        await run.CheckVersionsAsync();
    }

    private sealed record Step(Kind Kind, int Number);

    private sealed class Run
    {
        private readonly TestStore _test = new();

        // What each version shall show.
        private readonly List<List<string>> _versions = [];

        // What the session shall show, and what a commit of it showed whose outcome it does not know.
        private List<string> _shown = [];
        private List<string>? _sent;
        private bool _sentIsDurable;
        private ThreadSession _session = null!;

        // Whether the session changes what is visible of what is stored, and how many messages it adds since the last commit that was tried.
        private bool _isEdited;
        private int _added;
        private int _next;

        // Whether the session's next append meets a conflict.
        private bool IsOvertaken => _versions.Count > _session.Version + (_sentIsDurable ? 1 : 0);

        public async Task OpenAsync()
        {
            _session = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
            _session.Version.ShouldBe(_versions.Count);
            (_shown, _sent, _sentIsDurable) = ([.. _versions.LastOrDefault() ?? []], null, false);
            (_isEdited, _added) = (false, 0);
        }

        public async Task DoAsync(Step step)
        {
            switch (step.Kind)
            {
                case Kind.Add:
                    var texts = Enumerable.Range(0, step.Number).Select(_ => "m" + _next++).ToList();
                    _session.Say(texts);
                    _shown.AddRange(texts);
                    _added += step.Number;
                    break;
                case Kind.KeepLast:
                    _session.History.KeepLast(step.Number);
                    _shown = [.. _shown.TakeLast(step.Number)];
                    _isEdited = true;
                    break;
                case Kind.Summarize:
                    await SummarizeAsync(start: Math.Min(step.Number % 3, _shown.Count), keep: Math.Min(step.Number, _shown.Count));
                    break;
                case Kind.Clear:
                    _session.History.Clear();
                    _shown.Clear();
                    _isEdited = true;
                    break;
                case Kind.Touch:
                    _session.Variables.Set("x", _next++);
                    break;
                case Kind.Commit:
                    await CommitAsync();
                    break;
                case Kind.FailToCommit:
                    _test.Faults.Next(LogCall.Append).FailsBefore();
                    await FailAsync(canBeDurable: false);
                    break;
                case Kind.LoseTheAnswer:
                    _test.Faults.Next(LogCall.Append).FailsAfter();
                    await FailAsync(canBeDurable: true);
                    break;
                case Kind.Overtake:
                    await _test.CommitAsync("a", other => other.Variables.Set("other", _next++));
                    _versions.Add([.. _versions.LastOrDefault() ?? []]);
                    break;
                default:
                    await OpenAsync();
                    break;
            }
        }

        public async Task CheckSessionAsync(int number)
        {
            (await _session.History.TextsAsync()).ShouldBe(_shown);
            _session.History.Count.ShouldBe(_shown.Count);
            (await _session.History.LastAsync(number)).Texts().ShouldBe(_shown.TakeLast(number));
            var paged = new List<string>();
            string? cursor = null;
            do
            {
                var page = await _session.History.PageAsync(number, cursor);
                paged.InsertRange(0, page.Messages.Texts());
                cursor = page.Older;
            }
            while (cursor is not null);
            paged.ShouldBe(_shown);
        }

        public async Task CheckVersionsAsync()
        {
            (await _test.EntriesAsync("a")).Count.ShouldBe(_versions.Count);
            for (var version = 1; version <= _versions.Count; version++)
            {
                (await _test.Store.LoadAsync("a", version))!.Messages.Texts().ShouldBe(_versions[version - 1]);
            }

            (await _test.Store.Thread("a").VerifyAsync())?.Problems.ShouldBeEmpty();
        }

        private async Task CommitAsync()
        {
            // A commit that failed for certain is sent again as it was; one that was overtaken is merged with what was changed since.
            if (_sent is { } sent && !_sentIsDurable && !IsOvertaken)
            {
                _versions.Add(sent);
            }

            await _session.CommitAsync();
            _session.HasChanges.ShouldBeFalse();
            (_sent, _sentIsDurable) = (null, false);
            (_isEdited, _added) = (false, 0);
            if (_session.Version > _versions.Count)
            {
                _versions.Add([.. _shown]);
            }
        }

        private async Task SummarizeAsync(int start, int keep)
        {
            var (summary, end) = ("s" + _next++, Math.Max(_shown.Count - keep, start));
            if (_sent is not null || _isEdited)
            {
                await Should.ThrowAsync<InvalidOperationException>(async () => await _session.History.SummarizeAsync(start..end, summary));
                return;
            }

            // What is not committed is not replaced.
            var replaced = Math.Max(Math.Min(end, _shown.Count - _added) - start, 0);
            (await _session.History.SummarizeAsync(start..end, summary)).ShouldBe(replaced);
            if (replaced > 0)
            {
                _shown.RemoveRange(start, replaced);
                _shown.Insert(start, summary);
                _isEdited = true;
            }
        }

        private async Task FailAsync(bool canBeDurable)
        {
            var becomesDurable = canBeDurable && !_sentIsDurable && !IsOvertaken;
            var failure = await Record.ExceptionAsync(async () => await _session.CommitAsync());
            _test.Faults.Heal();
            if (failure is null)
            {
                // There was nothing to send.
                (_isEdited, _added) = (false, 0);
                return;
            }

            failure.ShouldBeOfType<StoreUnavailableException>();
            _sent ??= [.. _shown];
            if (becomesDurable)
            {
                _versions.Add(_sent);
                _sentIsDurable = true;
            }
        }
    }
}
