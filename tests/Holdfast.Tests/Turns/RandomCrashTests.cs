using System.Globalization;
using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Turns;

/// <summary>Crashes by chance between any two calls to the log, in turns with parallel calls, approvals and steps, and resumes by a new store each time.</summary>
public sealed class RandomCrashTests
{
    [Fact]
    public async Task WhatAModelIsOffered_IsValid_AndNothingIsLostOrDoneTwice()
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            try
            {
                await new World(seed).RunAsync();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }
    }

    private sealed class Crash : Exception;

    // The log as the process of the moment has it; what is left of an earlier one still calls its own.
    private sealed class SwitchedLog : ICommitLog
    {
        public ICommitLog Now { get; set; } = null!;

        public LogCapabilities Capabilities => LogCapabilities.None;

        public string Description => "switched";

        public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default) => Now.AppendAsync(request, cancellationToken);

        public ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default) => Now.ReadTailAsync(request, cancellationToken);

        public IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default) => Now.ReadAsync(request, cancellationToken);

        public ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default) => Now.GetHeadAsync(request, cancellationToken);

        public ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default) => Now.ListAsync(query, cancellationToken);

        public ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default) => Now.UpdateHeadAsync(update, cancellationToken);

        public ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default) => Now.RewriteAsync(request, cancellationToken);

        public ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default) => Now.EraseAsync(request, cancellationToken);

        public ValueTask DisposeAsync() => default;
    }

    // Everything that happens follows from the seed.
    private sealed class World(int seed)
    {
        private readonly Random _chance = new(seed);
        private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 28, 8, 0, 0, TimeSpan.Zero));
        private readonly InMemoryCommitLog _log = new();
        private readonly SwitchedLog _switch = new();
        private AgentStateStore? _store;
        private readonly List<string> _said = [];
        private readonly List<(string Key, StepPolicy Policy)> _effects = [];
        private int _calls;

        public async Task RunAsync()
        {
            for (var turn = 1; turn <= 4; turn++)
            {
                _said.Add($"message {turn}");
                await FinishAsync(_said[^1], _chance.Next(2) == 0 ? $"key {turn}" : $"key {turn} b");
            }

            var session = await Store(_log).OpenAsync("t");
            var history = await session.History.LastAsync(1000);
            history.Where(message => message.Role == ChatRole.User).Select(message => message.Text).ShouldBe(_said);
            session.Status.ShouldBe(ThreadStatus.Idle);
            foreach (var key in _effects.GroupBy(effect => effect))
            {
                (key.Key.Policy == StepPolicy.AtMostOnce && key.Count() > 1).ShouldBeFalse($"{key.Key.Key} took effect {key.Count()} times");
            }

            (await Store(_log).Thread("t").VerifyAsync())!.IsIntact.ShouldBeTrue();
        }

        // Runs a turn until it has ended, in as many lives as that takes; in the end nothing crashes any more.
        private async Task FinishAsync(string text, string key)
        {
            for (var life = 1; ; life++)
            {
                var faults = new FaultInjectingLog(_log);
                _switch.Now = faults;
                if (life < 8)
                {
                    var plan = faults.Nth(_chance.Next(1, 9), LogCall.Append);
                    if (_chance.Next(2) == 0)
                    {
                        plan.FailsBefore(new Crash());
                    }
                    else
                    {
                        plan.FailsAfter(new Crash());
                    }
                }

                if (await RunAsync(_store ??= Store(_switch), text, key, life))
                {
                    return;
                }

                // Nobody of the process that crashed gives a sign of life any more, and whoever comes next has seen that.
                _switch.Now = _log;
                var session = await _store.OpenAsync("t");
                TurnStart.IsHeld(session.State.Store, new(session.State));
                _switch.Now = faults;
                faults.Every(LogCall.Any).FailsBefore(new Crash());
                _clock.Advance(TimeSpan.FromMinutes(3));
            }
        }

        private async Task<bool> RunAsync(AgentStateStore store, string text, string key, int life)
        {
            try
            {
                // Not disposed of where it crashes: a process that is killed does not get that far.
                var turn = await store.Thread("t").BeginTurnAsync(text, new() { Key = key, MaxAttempts = 100, HistoryWindow = _chance.Next(1, 12), ConcurrentTools = _chance.Next(2) == 0 });
                try
                {
                    if (!turn.IsReplay)
                    {
                        await turn.RunOnceAsync("look", (step, _) => Effect(step, StepPolicy.AtMostOnce), new() { Policy = StepPolicy.AtMostOnce });
                        await turn.ReplyAsync(new Model(this), new() { Tools = [Tool("free", StepPolicy.AtLeastOnce, false), Tool("once", StepPolicy.AtMostOnce, false), Tool("asked", StepPolicy.AtMostOnce, true)] });
                    }

                    (await turn.CompleteAsync()).ShouldBe(TurnState.Completed);
                    return true;
                }
                catch (TurnSuspendedException)
                {
                    await foreach (var asked in Store(_log).Interrupts.ListAsync())
                    {
                        await Store(_log).Interrupts.AnswerAsync(asked.Id, asked.Kind == InterruptKinds.UnknownStep || _chance.Next(3) == 0 ? InterruptAnswer.Reject("no") : InterruptAnswer.Accept());
                    }

                    return false;
                }
                catch (StepFailedException)
                {
                    (await turn.CompleteAsync()).ShouldBe(TurnState.Completed);
                    return true;
                }
            }
            catch (Exception e) when (e is Crash || e.InnerException is Crash || (life < 8 && e is LeaseLostException))
            {
                return false;
            }
        }

        private AgentStateStore Store(ICommitLog log) => new(log, new AgentStateOptions { TimeProvider = _clock });

        private AIFunction Tool(string name, StepPolicy policy, bool isAsked) => DurableFunction.Create(
            async (ToolContext tool) => await Effect(tool.Step, policy), new() { Name = name, Policy = policy, RequiresApproval = isAsked });

        private async Task<string> Effect(StepContext step, StepPolicy policy)
        {
            await Task.Yield();
            lock (_effects)
            {
                _effects.Add((step.IdempotencyKey, policy));
            }

            return "done";
        }

        private sealed class Model(World world) : IChatClient
        {
            public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            {
                ProviderRules.Violation([.. messages]).ShouldBeNull();
                var chance = world._chance;
                List<AIContent> contents = chance.Next(3) == 0 ? [new TextContent("done")] : [.. Enumerable.Range(0, chance.Next(1, 4)).Select(_ => Call(chance))];
                return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, contents)));
            }

            public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
                => throw new NotSupportedException();

            public object? GetService(Type serviceType, object? serviceKey = null) => null;

            public void Dispose()
            {
            }

            private FunctionCallContent Call(Random chance)
                => new($"call_{(++world._calls).ToString(CultureInfo.InvariantCulture)}", chance.Next(4) switch { 0 => "once", 1 => "asked", 2 => "nonexistent", _ => "free" }, new Dictionary<string, object?>());
        }
    }
}
