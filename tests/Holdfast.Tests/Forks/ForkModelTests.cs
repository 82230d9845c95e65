using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Forks;

/// <summary>Random histories of commits, forks, forks of forks, merges, erasures and clean-ups, with processes that die in the middle of them, against lists of texts.</summary>
public sealed class ForkModelTests
{
    private const int Seeds = 100;
    private const int Acts = 25;

    [Fact]
    public async Task Threads_ShowWhatTheModelHas_WhateverIsForkedErasedAndCutOff()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            try
            {
                await new Run(seed).RunAsync();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed} fails.", e);
            }
        }
    }

    private sealed class Run(int seed)
    {
        private readonly TestStore _test = new();
        private readonly Random _random = new(seed);

        // What each thread shows; of a fork, what it has got since it was forked or merged, and the thread that it was forked from with its life.
        private readonly Dictionary<string, List<string>> _shown = [];
        private readonly Dictionary<string, (string Parent, CommitId Life, List<string> New)> _forks = [];
        private int _said;

        public async Task RunAsync()
        {
            for (var act = 0; act < Acts; act++)
            {
                await ActAsync();
                foreach (var (id, texts) in _shown)
                {
                    (await _test.TextsAsync(id)).ShouldBe(texts, $"{id} after act {act}");
                }
            }

            await _test.Store.CleanupAsync(new() { CheckForks = true });
            foreach (var id in _shown.Keys)
            {
                (await _test.TextsAsync(id)).ShouldBe(_shown[id], id);
                (await _test.Store.Thread(id).VerifyAsync())!.Problems.ShouldBeEmpty(id);
            }

            foreach (var id in _shown.Keys.OrderBy(_ => _random.Next()).ToList())
            {
                await _test.Store.Thread(id).EraseAsync();
            }

            foreach (var space in new[] { ThreadSpace.Threads, ThreadSpace.Trunks })
            {
                (await _test.Memory.ListAsync(new() { Space = space, AsOf = _test.Clock.GetUtcNow() })).Heads.Select(head => head.Key).ShouldBeEmpty();
            }
        }

        private Task ActAsync() => _random.Next(10) switch
        {
            < 4 => SayAsync($"t{_random.Next(4)}"),
            < 7 => ForkAsync(),
            7 => EraseAsync(),
            8 => MergeAsync(),
            _ => _test.Store.CleanupAsync(new() { CheckForks = _random.Next(2) == 0 }).AsTask(),
        };

        private async Task SayAsync(string id)
        {
            var text = $"{++_said}";
            await _test.Store.UpdateAsync(id, session => session.Say(_random.Next(6) == 0 ? text + new string('.', 17_000) : text));
            text = (await _test.TextsAsync(id))[^1];
            (_shown.TryGetValue(id, out var texts) ? texts : _shown[id] = []).Add(text);
            if (_forks.TryGetValue(id, out var fork))
            {
                fork.New.Add(text);
            }
        }

        private async Task ForkAsync()
        {
            var (source, id) = (Some(), $"t{_random.Next(4)}");
            if (source is null || _shown.ContainsKey(id))
            {
                return;
            }

            var life = (await _test.Memory.GetHeadAsync(ThreadKey.Of(source)))!.Life;
            await MayDieAsync(() => _test.Store.Thread(source).ForkAsync(id).AsTask());
            if (_random.Next(2) == 0)
            {
                await _test.Store.CleanupAsync(new() { CheckForks = true });
            }

            try
            {
                await _test.Store.Thread(source).ForkAsync(id);
            }
            catch (ThreadExistsException e)
            {
                e.ForkedFrom!.Life.ShouldBe(life);
            }

            _shown[id] = [.. _shown[source]];
            _forks[id] = (source, life, []);
        }

        private async Task EraseAsync()
        {
            if (Some() is not { } id)
            {
                return;
            }

            await MayDieAsync(() => _test.Store.Thread(id).EraseAsync().AsTask());
            if (_random.Next(2) == 0)
            {
                await _test.Store.CleanupAsync();
            }

            await _test.Store.Thread(id).EraseAsync();
            _shown.Remove(id);
            _forks.Remove(id);
        }

        private async Task MergeAsync()
        {
            if (Some() is not { } id || !_forks.TryGetValue(id, out var fork))
            {
                return;
            }

            if ((await _test.Memory.GetHeadAsync(ThreadKey.Of(fork.Parent)))?.Life != fork.Life)
            {
                await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.Thread(id).MergeAsync());
                return;
            }

            await MayDieAsync(() => _test.Store.Thread(id).MergeAsync().AsTask());
            await _test.Store.Thread(id).MergeAsync();
            _shown[fork.Parent].AddRange(fork.New);
            if (_forks.TryGetValue(fork.Parent, out var parent))
            {
                parent.New.AddRange(fork.New);
            }

            fork.New.Clear();
        }

        // The process dies before or after one of its calls, or another one cleans up just then; or nothing happens.
        private async Task MayDieAsync(Func<Task> act)
        {
            var plan = _test.Faults.Nth(_random.Next(1, 12), LogCall.Any);
            switch (_random.Next(4))
            {
                case 0: plan.FailsBefore(new CrashException()); break;
                case 1: plan.FailsAfter(new CrashException()); break;
                case 2: plan.RunsBefore(async () => await new AgentStateStore(_test.Log, new() { TimeProvider = _test.Clock }).CleanupAsync(new() { CheckForks = true })); break;
            }

            try
            {
                await act();
            }
            catch (CrashException)
            {
            }
            finally
            {
                _test.Faults.Heal();
            }
        }

        private string? Some() => _shown.Count == 0 ? null : _shown.Keys.ElementAt(_random.Next(_shown.Count));

        private sealed class CrashException : Exception;
    }
}
