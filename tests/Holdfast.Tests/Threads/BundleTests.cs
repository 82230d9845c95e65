using System.Text;
using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

public sealed class BundleTests
{
    private static readonly string Fixture = Path.Combine(AppContext.BaseDirectory, "Fixtures", "bundle-1", "made-by-0.1.jsonl");

    private readonly TestStore _source = new();
    private readonly TestStore _target = new();

    [Fact]
    public async Task Import_BringsEveryThreadAsItWas()
    {
        await FillAsync();

        var (bundle, exported) = await ExportAsync(new() { AllTenants = true });
        var imported = await ImportAsync(_target, bundle, new() { AllTenants = true });

        (exported.Threads, exported.IsComplete, exported.Bytes).ShouldBe((7, true, bundle.Length));
        (imported.Imported, imported.Unchanged, imported.Commits, imported.IsComplete).ShouldBe((7, 0, exported.Commits, true));
        (await StoredAsync(_target)).ShouldBe(await StoredAsync(_source));
        (await _target.Store.Thread("talk").VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await _target.Store.Thread("gone").RestoreDeletedAsync()).ShouldBeTrue();
        (await _target.Store.OpenAsync("talk", new() { UserId = "ann" })).User.Get<string>("tongue").ShouldBe("en");
    }

    [Fact]
    public async Task Import_Repeated_ChangesNothing_AndAddsWhatCameSince()
    {
        await FillAsync();
        var (bundle, _) = await ExportAsync();
        await ImportAsync(_target, bundle);
        _target.Log.Reset();

        (await ImportAsync(_target, bundle)).ShouldSatisfyAllConditions(
            result => (result.Imported, result.Unchanged, result.Commits).ShouldBe((0, 6, 0)),
            _ => _target.Log.Requests.ShouldBeEmpty());
        await _source.CommitAsync("talk", session => session.Say("later"));
        var (newer, _) = await ExportAsync();
        (await ImportAsync(_target, newer)).Commits.ShouldBe(1);
        (await ImportAsync(_target, bundle)).ShouldSatisfyAllConditions(result => result.IsComplete.ShouldBeTrue(), result => result.Unchanged.ShouldBe(6));
        (await _target.TextsAsync("talk"))[^1].ShouldBe("later");
    }

    /// <summary>The version is the same, and what the head says of it was that of the later state already.</summary>
    [Fact]
    public async Task Import_OfAnEarlierState_WhereOneOfALaterStateWasCutOff_IsRefused_UntilThatIsRepeated()
    {
        await _source.CommitAsync("talk", session => session.Say("1"));
        await _source.CommitAsync("talk", session => session.Say("2"));
        var (earlier, _) = await ExportAsync();
        await _source.CommitAsync("talk", session =>
        {
            session.Say("3");
            session.Metadata.Set("topic", "later");
        });
        var (later, _) = await ExportAsync();
        _target.Faults.Nth(3, LogCall.Append).FailsBefore();
        await Should.ThrowAsync<StoreUnavailableException>(() => ImportAsync(_target, later));

        (await ImportAsync(_target, earlier)).Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<CommitConflictException>();

        (await _target.Store.Thread("talk").GetInfoAsync()).ShouldBeNull();
        (await ImportAsync(_target, later)).IsComplete.ShouldBeTrue();
        (await _target.Store.Thread("talk").VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await ImportAsync(_target, earlier)).Unchanged.ShouldBe(1);
    }

    [Fact]
    public async Task Import_WhereAnotherThreadHasTheId_RefusesThatOneAndBringsTheOthers()
    {
        await FillAsync();
        await _target.CommitAsync("talk", session => session.Say("somebody else's"));
        var (bundle, _) = await ExportAsync();

        foreach (var seekable in new[] { true, false })
        {
            var result = await ImportAsync(_target, bundle, seekable: seekable);

            result.Failures.ShouldHaveSingleItem().ShouldSatisfyAllConditions(failure => failure.Key.Id.Value.ShouldBe("talk"), failure => failure.Error.ShouldBeOfType<CommitConflictException>());
            (result.Imported + result.Unchanged).ShouldBe(5);
        }

        (await _target.TextsAsync("talk")).ShouldBe(["somebody else's"]);
    }

    [Fact]
    public async Task Import_CutOffAtAnyByte_ShowsNoHalfThread_AndCanBeRepeated()
    {
        await FillAsync(small: true);
        var (bundle, _) = await ExportAsync();
        var whole = (await StoredAsync(_source)).GroupBy(line => line.Split(' ')[0]).ToDictionary(thread => thread.Key, thread => thread.ToList());
        for (var length = 0; length < bundle.Length; length += 11)
        {
            var target = new TestStore();
            var cut = bundle[..length];

            var error = await Should.ThrowAsync<InvalidBundleException>(async () => await ImportAsync(target, cut, seekable: false));

            error.Line.ShouldBe(cut.Count(value => value == '\n') + 1, $"cut off at byte {length}");
            foreach (var thread in (await StoredAsync(target)).GroupBy(line => line.Split(' ')[0]))
            {
                thread.SequenceEqual(whole[thread.Key]).ShouldBeTrue($"cut off at byte {length}");
            }

            (await ImportAsync(target, bundle)).IsComplete.ShouldBeTrue();
            (await StoredAsync(target)).ShouldBe(await StoredAsync(_source));
        }
    }

    [Fact]
    public async Task Import_WithAnyByteChanged_IsRefusedWithItsLine_AndWritesNothing()
    {
        await FillAsync(small: true);
        var (bundle, _) = await ExportAsync();
        for (var i = 0; i < bundle.Length; i++)
        {
            var damaged = bundle.ToArray();
            damaged[i] ^= (byte)(1 << (i % 8));

            var error = await Should.ThrowAsync<InvalidBundleException>(async () => await ImportAsync(_target, damaged));

            error.Line.ShouldBe(bundle.AsSpan(0, i).Count((byte)'\n') + 1, $"byte {i}");
        }

        _target.Log.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Import_OfLinesThatAreMissingDoubledOrMoved_IsRefused()
    {
        await FillAsync(small: true);
        var (bundle, _) = await ExportAsync();
        var lines = Encoding.UTF8.GetString(bundle).Split('\n')[..^1];
        for (var i = 0; i < lines.Length; i++)
        {
            string[][] wrong = [[.. lines[..i], .. lines[(i + 1)..]], [.. lines[..(i + 1)], .. lines[i..]], [.. lines[..i], .. lines[(i + 1)..], lines[i]]];
            foreach (var some in wrong.Where(some => !some.SequenceEqual(lines)))
            {
                var text = Encoding.UTF8.GetBytes(string.Concat(some.Select(line => line + "\n")));
                (await Should.ThrowAsync<InvalidBundleException>(async () => await ImportAsync(_target, text))).Line.ShouldBeInRange(i + 1, i + 2);
            }
        }

        _target.Log.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("hello")]
    [InlineData("{\"version\":1}\n{\"version\":2}\n")]
    public async Task Import_OfSomethingElse_SaysThatItIsNoBundle(string text)
        => (await Should.ThrowAsync<InvalidBundleException>(async () => await ImportAsync(_target, Encoding.UTF8.GetBytes(text)))).Line.ShouldBe(1);

    [Fact]
    public async Task Import_OfANewerFormat_IsRefusedAsSuch()
    {
        var (bundle, _) = await ExportAsync();
        var newer = Sealed(Encoding.UTF8.GetString(bundle).Replace("\"v\":1", "\"v\":2", StringComparison.Ordinal));

        var error = await Should.ThrowAsync<UnknownFormatException>(async () => await ImportAsync(_target, newer));

        (error.Found, error.Known).ShouldBe((2, 1));
    }

    [Fact]
    public async Task Import_OfABundleThatWasMadeUp_IsRefusedWhereItDoesNotFoldToItsHead()
    {
        await _source.CommitAsync("a", session => session.Say("hello"), new() { UserId = "bob" });
        var (bundle, _) = await ExportAsync();
        var text = Encoding.UTF8.GetString(bundle);
        foreach (var (from, to, line) in new[]
        {
            ("\"keyframe\":0,\"chain\":\"", "\"keyframe\":0,\"user\":\"ann\",\"chain\":\"", 4),
            ("\"status\":\"idle\",\"messages\":1", "\"status\":\"completed\",\"messages\":1", 4),
            ("\"text\":\"hello\"", "\"text\":\"hallo\"", 3),
            ("\"version\":1,\"commit\"", "\"version\":2,\"commit\"", 3),
            ("\"space\":\"threads\"", "\"space\":\"nowhere\"", 2),
            ("\"id\":\"a\"", "\"id\":\"\"", 2),
            ("{\"entry\"", "{\"something\"", 3),
        })
        {
            var made = text.Replace(from, to, StringComparison.Ordinal);
            made.ShouldNotBe(text, from);
            made = to.Contains("\"user\"", StringComparison.Ordinal) ? made.Replace(",\"user\":\"bob\",\"status\"", ",\"status\"", StringComparison.Ordinal) : made;
            foreach (var seekable in new[] { true, false })
            {
                (await Should.ThrowAsync<InvalidBundleException>(async () => await ImportAsync(_target, Sealed(made), seekable: seekable))).Line.ShouldBe(line, to);
            }
        }

        var counted = Sealed(text.Replace("\"threads\":1", "\"threads\":2", StringComparison.Ordinal));
        (await Should.ThrowAsync<InvalidBundleException>(async () => await ImportAsync(_target, counted))).Line.ShouldBe(5);

        (await _target.Memory.GetHeadAsync(ThreadKey.Of("a"))).ShouldBeNull("what it began was taken back");
    }

    [Fact]
    public async Task Export_OfADamagedThread_SaysSo_AndTheBundleHasTheOthers()
    {
        await FillAsync();
        _source.Log.ShowEntry = entry => entry is { Version: 4 } && entry.Key.Id == "talk" ? entry with { Body = "{}"u8.ToArray() } : entry;

        var (bundle, exported) = await ExportAsync();

        exported.Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<CorruptStateException>().Version.ShouldBe(4);
        exported.Threads.ShouldBe(5);
        foreach (var seekable in new[] { true, false })
        {
            var target = new TestStore();
            var imported = await ImportAsync(target, bundle, seekable: seekable);
            (imported.Imported, imported.Skipped, imported.IsComplete).ShouldBe((5, 1, false));
            (await target.Memory.GetHeadAsync(ThreadKey.Of("talk"))).ShouldBeNull();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Import_OfMoreOfAThread_WhichTheExportCouldNotReadWhole_LeavesTheThreadThere(bool seekable)
    {
        await TalkAsync(1, 3);
        await ImportAsync(_target, (await ExportAsync()).Bundle);
        await TalkAsync(4, 9);
        _source.Log.ShowEntry = entry => entry is { Version: 7 } ? entry with { Body = "{}"u8.ToArray() } : entry;
        var (bundle, _) = await ExportAsync();

        for (var time = 1; time <= 2; time++)
        {
            (await ImportAsync(_target, bundle, seekable: seekable)).Skipped.ShouldBe(1);
            (await _target.TextsAsync("talk")).ShouldBe(["1", "2", "3", "4", "5", "6"]);
            (await _target.Store.Thread("talk").VerifyAsync())!.Problems.ShouldBeEmpty();
        }

        _source.Log.ShowEntry = entry => entry;
        (await ImportAsync(_target, (await ExportAsync()).Bundle)).Commits.ShouldBe(3);
        (await _target.TextsAsync("talk")).Count.ShouldBe(9);
    }

    [Fact]
    public async Task Import_OfMoreOfAThread_CutOffAtAnyByte_LeavesTheThreadThere()
    {
        await TalkAsync(1, 2);
        await _source.Store.Thread("talk").DeleteAsync();
        var (earlier, _) = await ExportAsync();
        await _source.Store.Thread("talk").RestoreDeletedAsync();
        await TalkAsync(5, 7);
        var (later, _) = await ExportAsync();
        var versions = new HashSet<long>();

        for (var length = 0; length < later.Length; length += 7)
        {
            var target = new TestStore();
            await ImportAsync(target, earlier);
            await Should.ThrowAsync<InvalidBundleException>(() => ImportAsync(target, later[..length], seekable: false));

            var thread = target.Store.Thread("talk");
            var head = (await target.Memory.GetHeadAsync(ThreadKey.Of("talk")))!;
            HeadProperties.IsShown(head).ShouldBeTrue($"cut off at byte {length}");
            versions.Add(head.Version);
            (await thread.VerifyAsync())!.Problems.ShouldBeEmpty($"cut off at byte {length}");
            (await ImportAsync(target, later)).IsComplete.ShouldBeTrue();
            (await target.TextsAsync("talk"))[^1].ShouldBe("7");
        }

        versions.ShouldBe([3, 4, 5, 6, 7], ignoreOrder: true);
    }

    [Fact]
    public async Task Import_ThatTheStoreBreaksOff_IsTakenUp()
    {
        await FillAsync();
        var (bundle, exported) = await ExportAsync(new() { Threads = ["talk"] });
        _target.Faults.Nth(3, Holdfast.Testing.LogCall.Append).FailsAfter();

        await Should.ThrowAsync<StoreUnavailableException>(async () => await ImportAsync(_target, bundle));
        (await _target.Store.Thread("talk").GetInfoAsync()).ShouldBeNull();

        (await ImportAsync(_target, bundle)).Commits.ShouldBe(exported.Commits - 3);
        (await _target.Store.Thread("talk").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Import_IntoTheViewOfAUser_BringsWhatThatUserOwns()
    {
        await FillAsync();
        var (bundle, _) = await ExportAsync();

        using var input = new MemoryStream(bundle);
        var result = await _target.Store.ForUser("ann").ImportAsync(input);

        result.Imported.ShouldBe(1);
        result.Failures.ShouldAllBe(failure => failure.Error is ThreadAccessDeniedException);
        (await StoredAsync(_target)).Select(line => line.Split(' ')[0]).Distinct().ShouldBe(["talk"]);
    }

    [Fact]
    public async Task Import_OfAnotherTenant_IsRefusedUnlessAskedFor()
    {
        await FillAsync();
        var (bundle, _) = await ExportAsync(new() { AllTenants = true });

        var result = await ImportAsync(_target, bundle);

        result.Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<ThreadAccessDeniedException>();
        result.Imported.ShouldBe(6);
    }

    [Fact]
    public async Task Import_InADryRun_ChecksAndWritesNothing()
    {
        await FillAsync();
        var (bundle, exported) = await ExportAsync();

        (await ImportAsync(_target, bundle, new() { DryRun = true })).Imported.ShouldBe(exported.Threads);

        _target.Log.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task Export_ByQuery_OrById_HasThoseAlone()
    {
        await FillAsync();

        (await ExportAsync(new() { Query = new() { UserId = "ann" } })).Result.Threads.ShouldBe(1);
        (await ExportAsync(new() { Threads = ["talk", "../b:c d/%7B{x}"] })).Result.Threads.ShouldBe(2);
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await ExportAsync(new() { Threads = ["nobody"] }));
        await Should.ThrowAsync<ArgumentException>(async () => await ExportAsync(new() { AllTenants = true, Threads = ["talk"] }));
        await Should.ThrowAsync<ArgumentException>(async () => await ExportAsync(new() { Query = new(), Threads = ["talk"] }));
    }

    /// <summary>Looks at the bodies themselves: the memory of the process is that of the tests beside this one too.</summary>
    [Fact]
    public async Task Export_WritesAsItReads_AndLetsGoWhatItWrote()
    {
        const int Commits = 200;
        for (var i = 0; i < Commits; i++)
        {
            await _source.CommitAsync("big", session => session.Say(new string('x', 10_000)));
        }

        var bodies = new List<WeakReference>();
        _source.Log.ShowEntry = entry =>
        {
            var body = entry.Body.ToArray();
            bodies.Add(new(body));
            return entry with { Body = body };
        };
        using var bundle = new MemoryStream();
        var held = new List<(int Bodies, long BytesBehind)>();
        await _source.Store.ExportAsync(bundle, null, new Watch(progress =>
        {
            if (progress.Commits % 50 == 0)
            {
                GC.Collect();
                held.Add((bodies.Count(body => body.IsAlive), (progress.Commits * 10_000) - bundle.Length));
            }
        }));

        bodies.Count.ShouldBeGreaterThanOrEqualTo(Commits);
        held.Count.ShouldBeGreaterThanOrEqualTo(Commits / 50);
        held.ShouldAllBe(at => at.Bodies < 10 && at.BytesBehind < 100_000);
    }

    /// <summary>A bundle as 0.1 wrote it. It is never made again: what was exported once can be imported for ever.</summary>
    [Fact]
    public async Task Import_OfABundleMadeBy01_IsWhatItWas()
    {
        var bundle = await File.ReadAllBytesAsync(Fixture);

        var result = await ImportAsync(_target, bundle, new() { AllTenants = true });

        (result.Imported, result.IsComplete).ShouldBe((7, true));
        var talk = (await _target.Store.LoadAsync("talk"))!;
        (talk.Version, talk.UserId, talk.Agent, talk.Messages.Count).ShouldBe((9, "ann", "helper", 9));
        talk.Messages[3].Text.ShouldBe("4 \u0000 \ud83c\udf0a \u5317\u4eac \"\\");
        (await _target.Store.Thread("talk").VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await _target.EntriesAsync("rewritten"))[0].RewrittenHash.ShouldNotBeNull();
        (await _target.Store.Thread("rewritten").GetInfoAsync())!.FirstVersion.ShouldBe(1);
        (await _target.Store.Thread("trimmed").GetInfoAsync())!.FirstVersion.ShouldBeGreaterThan(1);
        (await _target.Store.Thread("gone").GetInfoAsync()).ShouldBeNull();
        (await _target.Store.ForTenant("acme").LoadAsync("talk"))!.Messages.ShouldHaveSingleItem();

        using var again = new MemoryStream();
        await _target.Store.ExportAsync(again, new() { AllTenants = true });
        Unsealed(again.ToArray()).ShouldBe(Unsealed(bundle), "today's export of it, but for the time in the first line");
    }

    private async Task TalkAsync(int from, int to)
    {
        var session = await _source.Store.OpenAsync("talk");
        for (var i = from; i <= to; i++)
        {
            session.Say($"{i}");
            session.Metadata.Set("i", i);
            session.Status = i % 2 == 0 ? ThreadStatus.Completed : ThreadStatus.Idle;
            await session.CommitAsync();
        }
    }

    // Threads with everything: keyframes, hostile texts and ids, an owner with variables, an expiry, a deletion, a rewritten body, dropped versions, a body that is no text, another tenant.
    private async Task FillAsync(bool small = false)
    {
        var session = await _source.Store.OpenAsync("talk", new() { UserId = "ann", Agent = "helper" });
        session.User.Set("tongue", "en");
        for (var i = 1; i <= (small ? 2 : 9); i++)
        {
            session.Say(i == 6 ? new string('x', 20_000) : $"{i} \u0000 \ud83c\udf0a 北京 \"\\");
            session.Variables.Set("i", i);
            session.Metadata.Set("i", i);
            await session.CommitAsync();
        }

        await _source.CommitAsync("../b:c d/%7B{x}", one => one.Variables.Set("a", 1));
        if (small)
        {
            return;
        }

        await _source.Store.Thread("../b:c d/%7B{x}").ExtendAsync(TimeSpan.FromDays(36_500));
        await _source.CommitAsync("gone", one => one.Say("hello"));
        await _source.Store.Thread("gone").DeleteAsync();
        foreach (var id in new[] { "rewritten", "trimmed" })
        {
            await _source.CommitAsync(id, one => one.Say("secret"));
            await _source.CommitAsync(id, one => one.Say(new string('x', 16_500)));
            (await _source.CommitAsync(id, one => one.Say("keyframe"))).IsKeyframe.ShouldBeTrue();
        }

        var garbled = new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{\"v\":1,\n\"at\":\"2026-11-21T08:00:00.000Z\",\"messages\":[{}]}"u8.ToArray() };
        await _source.Memory.RewriteAsync(ThreadKey.Of("rewritten"), garbled);
        await _source.Memory.RewriteAsync(ThreadKey.Of("trimmed"), new Dictionary<long, ReadOnlyMemory<byte>>(), 3);
        await _source.Store.ForTenant("acme").UpdateAsync("talk", one => one.Say("acme's"));
    }

    private async Task<(byte[] Bundle, ExportResult Result)> ExportAsync(ExportOptions? options = null)
    {
        using var bundle = new MemoryStream();
        var result = await _source.Store.ExportAsync(bundle, options);
        return (bundle.ToArray(), result);
    }

    private static async Task<ImportResult> ImportAsync(TestStore store, byte[] bundle, ImportOptions? options = null, bool seekable = true)
    {
        using var memory = new MemoryStream(bundle);
        using var input = seekable ? (Stream)memory : new Pipe(memory);
        return await store.Store.ImportAsync(input, options);
    }

    // Every thread that can be seen, one line for its head and each entry.
    private static async Task<List<string>> StoredAsync(TestStore store)
    {
        var lines = new List<string>();
        foreach (var space in ThreadSpaceNames.All)
        {
            var query = new HeadQuery
            {
                Space = space,
                Tenant = null,
                Filter = new() { Deleted = DeletedFilter.Include, Order = ThreadOrder.Id },
                AsOf = store.Clock.GetUtcNow(),
                Expired = ExpiredFilter.Include,
            };
            await foreach (var head in store.Memory.ListAllAsync(query))
            {
                if (!HeadProperties.IsShown(head))
                {
                    continue;
                }

                lines.Add($"{head.Key} {head with { Metadata = ThreadHead.EmptyMetadata, Terms = [], Properties = ThreadHead.NoProperties, Revision = 0 }} {string.Join(',', head.Metadata)} {string.Join(',', head.Terms)} {string.Join(',', head.Properties)}");
                lines.AddRange(await store.Memory.ReadAsync(head.Key).Select(entry => $"{head.Key} {entry with { Body = default }} {Digest.Compute(entry.Body.Span)}").ToListAsync());
            }
        }

        return lines;
    }

    // Closes each line with the checksum that it should have.
    private static byte[] Sealed(string bundle)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        var made = new StringBuilder();
        foreach (var line in bundle.Split('\n')[..^1])
        {
            var content = line[..line.LastIndexOf(",\"sum\":", StringComparison.Ordinal)];
            hash.AppendData(Encoding.UTF8.GetBytes(content));
            var seal = $",\"sum\":\"{Convert.ToHexStringLower(hash.GetCurrentHash()[..8])}\"}}\n";
            hash.AppendData(Encoding.UTF8.GetBytes(seal));
            made.Append(content).Append(seal);
        }

        return Encoding.UTF8.GetBytes(made.ToString());
    }

    private static List<string> Unsealed(byte[] bundle) => [.. Encoding.UTF8.GetString(bundle).Split('\n')[1..^1].Select(line => line[..line.LastIndexOf(",\"sum\":", StringComparison.Ordinal)])];

    private sealed class Watch(Action<BundleProgress> seen) : IProgress<BundleProgress>
    {
        public void Report(BundleProgress value) => seen(value);
    }

    // A stream that cannot seek, and gives a few bytes at a time.
    private sealed class Pipe(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, 701));

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
