using System.Text;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Testing.Suites;

// A thread that a store wrote, what it was like at each version, and what must be left of it.
internal static partial class DamageSuite
{
    private sealed class DamagedThread
    {
        private const string Id = "damaged";
        private const int Least = 12;
        private readonly LogUnderTest _test;

        private DamagedThread(LogUnderTest test)
        {
            _test = test;
            Key = ThreadKey.Of(test.Tenant, Id);
        }

        public ThreadKey Key { get; }

        public List<LogEntry> Entries { get; private set; } = [];

        public long Newest => Entries[^1].Version;

        public long Keyframe => Keyframes[^1];

        public long EarlierKeyframe => Keyframes[^2];

        /// <summary>An entry between the two newest keyframes.</summary>
        public long Middle => EarlierKeyframe + 1;

        private List<long> Keyframes => [.. Entries.Where(entry => entry.IsKeyframe).Select(entry => entry.Version)];

        private AgentStateStore Store => new AgentStateStore(_test.Log).ForTenant(_test.Tenant);

        /// <summary>A thread with two keyframes at least, entries between them, and entries after them.</summary>
        public static async Task<DamagedThread> WriteAsync(LogUnderTest test)
        {
            var thread = new DamagedThread(test);
            do
            {
                var text = thread.Entries.Count < 2 ? "short" : new string('x', 6_000);
                await thread.Store.UpdateAsync(Id, session =>
                {
                    session.History.Add(ChatRole.User, $"turn {session.Version + 1} {text}");
                    session.Variables.Set("turn", session.Version + 1);
                }, cancellationToken: test.Cancellation);
                thread.Entries = await test.Log.ReadAllAsync(thread.Key);
            }
            while (thread.Entries.Count < Least || thread.Keyframes.Count < 2 || thread.EarlierKeyframe == 1 || thread.Keyframe - thread.EarlierKeyframe < 3 || thread.Newest < thread.Keyframe + 2);

            return thread;
        }

        /// <summary>The body of an entry with another text: as long, and as valid.</summary>
        public ReadOnlyMemory<byte> Forged(long version)
        {
            var text = Encoding.UTF8.GetString(Entries[(int)version - 1].Body.Span);
            var forged = text.Replace($"turn {version} ", $"TURN {version} ", StringComparison.Ordinal);
            Expect.That(forged != text, "the body of a plain commit has the text of its message");
            return Encoding.UTF8.GetBytes(forged);
        }

        /// <summary>Reads on after each damaged entry, forward and backward: everything else is there.</summary>
        public async Task ExpectReadsAsync(ICommitLog log, params long[] damaged)
        {
            long from = 1;
            foreach (var version in damaged.Append(Newest + 1))
            {
                var read = await ReadUpToDamageAsync(log, from, version - 1);
                Expect.Equal(version - from, read, $"how many whole entries from version {from} on are read");
                if (version <= Newest)
                {
                    Expect.Equal(0, await ReadUpToDamageAsync(log, version, version), $"how many whole entries are read of version {version}, which is damaged,");
                    var last = damaged.Contains(Newest) ? Newest - 1 : Newest;
                    Expect.Equal(version - from, await ReadUpToDamageAsync(log, from, last, stopsAt: version), $"how many whole entries from version {from} to {last} are read before the damage");
                }

                from = version + 1;
            }

            var newest = damaged.Max();
            Expect.Equal(Newest - newest, await ReadUpToDamageAsync(log, 1, Newest, stopsAt: newest, ReadDirection.Backward), "how many whole entries are read backwards before the damage");
            var first = damaged.Min();
            Expect.Equal(first - 1, await ReadUpToDamageAsync(log, 1, first - 1, direction: ReadDirection.Backward), "how many whole entries are read backwards from before the damage");
        }

        /// <summary>Reads whole entries until one is damaged or missing.</summary>
        /// <returns>How many were read.</returns>
        public async Task<long> ReadUpToDamageAsync(ICommitLog log, long from, long to, long stopsAt = 0, ReadDirection direction = ReadDirection.Forward)
        {
            long read = 0;
            try
            {
                await foreach (var entry in log.ReadAsync(Key, from, to, direction, _test.Cancellation))
                {
                    var expected = direction == ReadDirection.Forward ? from + read : to - read;
                    if (entry.Version != expected || Digest.Compute(entry.Body.Span) != entry.StoredHash)
                    {
                        Expect.That(entry.Version == expected || stopsAt == expected, $"version {expected} is followed by version {entry.Version} only where one was lost");
                        return read;
                    }

                    Expect.Entry(Entries[(int)entry.Version - 1], entry);
                    read++;
                }
            }
            catch (CorruptStateException e)
            {
                Expect.Equal(direction == ReadDirection.Forward ? from + read : to - read, e.Version, "the version that a read tells of as damaged");
            }

            return read;
        }

        /// <summary>Versions before the damage are loaded; those that show what is damaged are not.</summary>
        public async Task ExpectLoadsAsync(long damaged)
        {
            await ExpectNewestIsToldAsync(damaged);
            for (var version = damaged; version <= Newest; version++)
            {
                var wanted = version;
                await ExpectToldAsync(async () => await Store.LoadAsync(Id, wanted), $"loading version {version}", damaged);
            }
        }

        /// <summary>Versions before the damage are loaded; the newest is not.</summary>
        public async Task ExpectNewestIsToldAsync(long damaged)
        {
            for (long version = 1; version < damaged; version++)
            {
                await ExpectVersionAsync(version, isNewest: false);
            }

            await ExpectToldAsync(async () => await Store.LoadAsync(Id), "loading the thread", damaged);
        }

        /// <summary>The state at a version is what it was.</summary>
        public async Task ExpectVersionAsync(long version, bool isNewest = true)
        {
            AgentState? loaded;
            try
            {
                loaded = await Store.LoadAsync(Id, isNewest ? ThreadPoint.Newest : version, _test.Cancellation);
            }
            catch (CorruptStateException e)
            {
                throw new ConformanceException($"Expected that version {version} is loaded, which is whole; found: {e.Message}", e);
            }

            var state = Expect.NotNull(loaded, $"the state at version {version}, which is whole");
            Expect.Equal(version, state.Version, "the version of the state");
            Expect.Equal(version, state.Variables["turn"].GetInt64(), $"the variable at version {version}");
            Expect.Sequence(
                Enumerable.Range(1, (int)version).Select(turn => $"turn {turn}"),
                state.Messages.Select(message => string.Join(' ', message.Text.Split(' ').Take(2))),
                $"the messages at version {version}");
        }

        /// <summary>A thread that cannot be folded is not opened, and nothing is appended to it.</summary>
        public async Task ExpectNothingIsAppendedAsync(params long[] damaged)
        {
            await ExpectToldAsync(async () => await Store.OpenAsync(Id), "opening the thread", damaged);
            await ExpectToldAsync(async () => await Store.UpdateAsync(Id, session => session.Variables.Set("turn", 0)), "updating the thread", damaged);
            Expect.Equal(0, await ReadUpToDamageAsync(_test.Log, Newest + 1, Newest + 9), "how many entries there are after the newest");
        }

        /// <summary>The report tells of the damage; it is not thrown.</summary>
        public async Task ExpectReportAsync(params long[] damaged)
        {
            VerificationReport? report;
            try
            {
                report = await Store.Thread(Id).VerifyAsync();
            }
            catch (CorruptStateException e)
            {
                throw new ConformanceException($"Expected a report of the damage; it was thrown: {e.Message}", e);
            }

            var found = Expect.NotNull(report, "a report").Problems.Select(problem => problem.Version).ToList();
            Expect.That(damaged.Any(found.Contains), $"the report tells of version {string.Join(" or ", damaged)} (it tells of {string.Join(", ", found.Distinct())})");
        }

        /// <summary>Damage that no load of the newest state reads does not stop the thread.</summary>
        public async Task ExpectGoesOnAsync(ICommitLog log)
        {
            await Store.UpdateAsync(Id, session => session.Variables.Set("goes", "on"));

            Expect.Equal(Newest + 1, (await log.GetHeadAsync(Key))?.Version, "the version after another commit");
            var state = Expect.NotNull(await Store.LoadAsync(Id, new LoadOptions { LastMessages = 1 }), "the state after another commit");
            Expect.Equal("on", state.Variables["goes"].GetString(), "the variable that was set");
        }

        /// <summary>Nobody has to be able to read a thread to erase it.</summary>
        public async Task ExpectCanBeErasedAsync(ICommitLog log)
        {
            Expect.Equal(true, await log.EraseAsync(Key), "the answer to the erase of a damaged thread");
            await log.ExpectNoThreadAsync(Key);
            var anew = new ThreadWriter(Key);
            await anew.AppendManyAsync(log, 2);
            await log.ExpectThreadAsync(anew);
        }
    }
}
