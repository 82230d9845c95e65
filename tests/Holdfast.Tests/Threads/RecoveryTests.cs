using System.Text;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

public sealed class RecoveryTests : IDisposable
{
    private static readonly ThreadKey Key = ThreadKey.Of("t");

    private readonly TestStore _test = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("holdfast-recovery-");
    private readonly MemoryStream _quarantine = new();

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        _quarantine.Dispose();
    }

    [Fact]
    public async Task Recover_OfDamageAtTheEnd_GoesOnFromTheLastGoodVersion()
    {
        await FillAsync(6);
        Damage(5);

        var report = (await RecoverAsync())!;

        (report.IsNeeded, report.FirstKept, report.LastKept, report.LostVersions, report.GivenUpVersions).ShouldBe((true, 1, 4, 2, 0));
        report.Commit!.Version.ShouldBe(5);
        (await _test.TextsAsync("t")).ShouldBe(["1", "2", "3", "4"]);
        (await _test.Store.Thread("t").LogAsync().FirstAsync()).ShouldSatisfyAllConditions(commit => commit.Reason.ShouldBe("recovered: 2 versions after 4 were lost"), commit => commit.Tags.ShouldBe(["recovered"]));
        await ShouldBeWholeAsync();
        Quarantined().ShouldBe(["holdfast", "thread", "problem 5", "entry 5", "entry 6", "cut", "total"]);
    }

    [Fact]
    public async Task Recover_KeepsLifeOwnerExpiryPropertiesAndPins()
    {
        await FillAsync(4);
        await _test.Store.Thread("t").ExtendAsync(TimeSpan.FromDays(7));
        var pin = new Pin { Life = RawThread.IdOf(7), Key = ThreadKey.Of("fork"), From = 1, To = 2 };
        var before = (await _test.Memory.UpdateHeadAsync(new() { Key = Key, Properties = new Dictionary<string, string?> { ["note"] = "x" }, AddPins = [pin] }))!;
        Damage(4);

        await RecoverAsync();

        var head = (await _test.Memory.GetHeadAsync(new HeadRequest { Key = Key, WithPins = true }))!;
        (head.Life, head.UserId, head.CreatedAt, head.ExpiresAt, head.PinCount).ShouldBe((before.Life, "ann", before.CreatedAt, before.ExpiresAt, 1));
        head.Properties.ShouldBe(new Dictionary<string, string> { ["note"] = "x", ["recovered"] = "3" });
        head.Pins.ShouldBe([pin]);
        await ShouldBeWholeAsync();
    }

    [Fact]
    public async Task Recover_OfDamageBeforeAKeyframe_KeepsTheState_AndTellsWhatIsGone()
    {
        await FillAsync(4);
        await _test.CommitAsync("t", session => session.Say(new string('x', 17_000)));
        (await _test.CommitAsync("t", session => session.Say("keyframe"))).IsKeyframe.ShouldBeTrue();
        await _test.CommitAsync("t", session => session.Say("last"));
        Damage(2);

        var report = (await RecoverAsync())!;

        (report.FirstKept, report.LastKept, report.LostVersions, report.GivenUpVersions).ShouldBe((6, 7, 0, 5));
        var session = await _test.Store.OpenAsync("t");
        session.Variables.Get<int>("i").ShouldBe(4);
        (await session.History.LastAsync(2)).Select(message => message.Text).ShouldBe(["keyframe", "last"]);
        (await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.Store.LoadAsync("t", 3))).FirstVersion.ShouldBe(6);
        await ShouldBeWholeAsync();
        Quarantined().ShouldBe(["holdfast", "thread", "problem 2", "entry 1", "entry 2", "entry 3", "entry 4", "entry 5", "cut", "total"]);
    }

    [Fact]
    public async Task Recover_OfAHead_MakesItAnew()
    {
        await FillAsync(4);
        var before = (await _test.Memory.GetHeadAsync(Key))!;
        _test.Log.ShowHead = head => head.Key == Key && head.Stamp == before.Stamp && head.Properties.Count == 0 ? throw new CorruptStateException(Key, 0, "torn.") : head;

        var report = (await RecoverAsync())!;

        (report.FirstKept, report.LastKept, report.LostVersions).ShouldBe((1, 4, 0));
        var head = (await _test.Memory.GetHeadAsync(Key))!;
        (head.Life, head.UserId, head.MessageCount, head.CreatedAt, head.Version).ShouldBe((before.Life, "ann", 4, before.CreatedAt, 5));
        head.Metadata["i"].GetInt32().ShouldBe(4);
        await ShouldBeWholeAsync();
    }

    [Fact]
    public async Task Recover_WhereNothingIsGood_LeavesNothing_ButInTheQuarantine()
    {
        await FillAsync(2);
        Damage(1);

        var report = (await RecoverAsync())!;

        (report.FirstKept, report.LastKept, report.LostVersions, report.Commit).ShouldBe((0, 0, 2, null));
        (await _test.Store.Thread("t").GetInfoAsync()).ShouldBeNull();
        Quarantined().ShouldBe(["holdfast", "thread", "problem 1", "entry 1", "entry 2", "cut", "total"]);
    }

    [Fact]
    public async Task Recover_InADryRun_OrOfAnIntactThread_ChangesNothing()
    {
        await FillAsync(4);
        (await RecoverAsync())!.IsNeeded.ShouldBeFalse();
        Damage(3);
        _test.Log.Reset();

        var report = (await _test.Store.Thread("t").RecoverAsync(new() { DryRun = true }))!;

        (report.LastKept, report.LostVersions, report.IsDryRun).ShouldBe((2, 2, true));
        (_test.Log.Requests.Count, _quarantine.Length).ShouldBe((0, 0));
        (await _test.Store.Thread("nobody").RecoverAsync(new() { DryRun = true })).ShouldBeNull();
        await Should.ThrowAsync<ArgumentException>(async () => await _test.Store.Thread("t").RecoverAsync(new()));
    }

    /// <summary>Whatever call to the log is the last one of a process: the next recovery ends with the good versions, and nothing is left over.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public async Task Recover_CutOffAtAnyCall_IsFinishedByTheNext(bool isDone)
    {
        for (var call = 1; ; call++)
        {
            var test = new TestStore();
            await FillAsync(test, 4);
            Damage(test, 4);
            var fault = test.Faults.Nth(call, LogCall.Append | LogCall.UpdateHead | LogCall.Erase);
            if (isDone)
            {
                fault.FailsAfter();
            }
            else
            {
                fault.FailsBefore();
            }

            using var quarantine = new MemoryStream();
            try
            {
                await test.Store.Thread("t").RecoverAsync(new() { Quarantine = quarantine });
                call.ShouldBeGreaterThan(8);
                return;
            }
            catch (StoreUnavailableException)
            {
                quarantine.Length.ShouldBeGreaterThan(0);
            }

            await test.Store.CleanupAsync(new() { CheckForks = true });
            var report = await test.Store.Thread("t").RecoverAsync(new() { Quarantine = quarantine });

            report.ShouldNotBeNull($"call {call}");
            (await test.TextsAsync("t")).ShouldBe(["1", "2", "3"], $"call {call}");
            (await test.Store.VerifyAllAsync()).ShouldSatisfyAllConditions(all => all.IsIntact.ShouldBeTrue($"call {call}"), all => all.Threads.ShouldBe(1, $"call {call}"));
        }
    }

    [Fact]
    public async Task Open_OfADamagedThread_Throws_UnlessTheOptionsSayOtherwise()
    {
        await FillAsync(5);
        Damage(4);

        await Should.ThrowAsync<CorruptStateException>(async () => await _test.Store.OpenAsync("t"));
        var session = await With(OnCorrupt.LastGood).OpenAsync("t");

        (await session.History.TextsAsync()).ShouldBe(["1", "2", "3"]);
        session.Say("more");
        (await session.CommitAsync()).Version.ShouldBe(5);
        await ShouldBeWholeAsync();
        _directory.GetFiles().ShouldHaveSingleItem().Length.ShouldBeGreaterThan(0);
        await With(OnCorrupt.LastGood).OpenAsync("t");
        _directory.GetFiles().Length.ShouldBe(1);
    }

    [Fact]
    public async Task Update_OfADamagedThread_RecoversItAndIsDone()
    {
        await FillAsync(5);
        Damage(4);

        (await With(OnCorrupt.LastGood).UpdateAsync("t", session => session.Say("more"))).Version.ShouldBe(5);

        (await _test.TextsAsync("t")).ShouldBe(["1", "2", "3", "more"]);
        await ShouldBeWholeAsync();
    }

    [Fact]
    public async Task Open_WithEmpty_BeginsAfresh_AndKeepsEverythingInTheQuarantine()
    {
        await FillAsync(5);
        Damage(4);

        (await With(OnCorrupt.Empty).OpenAsync("t")).Version.ShouldBe(0);

        (await File.ReadAllLinesAsync(_directory.GetFiles().ShouldHaveSingleItem().FullName)).Count(line => line.StartsWith("{\"entry\"", StringComparison.Ordinal)).ShouldBe(5);
        (await With(OnCorrupt.Empty).UpdateAsync("t", session => session.Say("new"))).Version.ShouldBe(1);
    }

    [Fact]
    public async Task Load_OfADamagedThread_NeverChangesIt()
    {
        await FillAsync(3);
        Damage(3);

        await Should.ThrowAsync<CorruptStateException>(async () => await With(OnCorrupt.LastGood).LoadAsync("t"));

        _directory.GetFiles().ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_WhereTheQuarantineCannotBeWritten_LeavesTheThread()
    {
        await FillAsync(3);
        Damage(3);
        var file = Path.Combine(_directory.FullName, "file");
        await File.WriteAllTextAsync(file, "");

        await Should.ThrowAsync<StoreUnavailableException>(async () => await _test.Another(options => (options.OnCorrupt, options.QuarantineDirectory) = (OnCorrupt.Empty, file)).OpenAsync("t"));

        (await _test.Memory.GetHeadAsync(Key))!.Version.ShouldBe(3);
        Should.Throw<StateConfigurationException>(() => _test.Another(options => options.OnCorrupt = OnCorrupt.LastGood)).Message.ShouldContain("QuarantineDirectory");
    }

    [Fact]
    public async Task Import_OfAQuarantine_IsRefused()
    {
        await FillAsync(3);
        Damage(3);
        await RecoverAsync();
        _quarantine.Position = 0;

        (await Should.ThrowAsync<InvalidBundleException>(async () => await _test.Store.ImportAsync(_quarantine))).Line.ShouldBe(1);
    }

    private AgentStateStore With(OnCorrupt what) => _test.Another(options => (options.OnCorrupt, options.QuarantineDirectory) = (what, _directory.FullName));

    private ValueTask<RecoveryReport?> RecoverAsync() => _test.Store.Thread("t").RecoverAsync(new() { Quarantine = _quarantine });

    private Task FillAsync(int commits) => FillAsync(_test, commits);

    private static async Task FillAsync(TestStore test, int commits)
    {
        for (var i = 1; i <= commits; i++)
        {
            await test.CommitAsync(
                "t",
                session =>
                {
                    session.Say($"{i}");
                    session.Variables.Set("i", i);
                    session.Metadata.Set("i", i);
                },
                new() { UserId = "ann", LoadUser = false });
        }
    }

    // The entry is shown otherwise than it was written, wherever it stands; what is written after the recovery is not.
    private void Damage(long version) => Damage(_test, version);

    private static void Damage(TestStore test, long version)
    {
        var damaged = test.Memory.ReadAsync(Key, version, version).ToBlockingEnumerable().Single().CommitId;
        test.Log.ShowEntry = entry => entry.CommitId == damaged ? entry with { Body = Encoding.UTF8.GetBytes("{}") } : entry;
    }

    private async Task ShouldBeWholeAsync()
    {
        var all = await _test.Store.VerifyAllAsync();
        (all.IsIntact, all.Threads).ShouldBe((true, 1), string.Join('\n', all.Damaged.SelectMany(report => report.Problems)));
    }

    private List<string> Quarantined() => [.. Encoding.UTF8.GetString(_quarantine.ToArray()).Split('\n')[..^1].Select(line =>
    {
        using var json = JsonDocument.Parse(line);
        var member = json.RootElement.EnumerateObject().First();
        return member.Value.ValueKind == JsonValueKind.Object && member.Name is "entry" or "problem" ? $"{member.Name} {member.Value.GetProperty("version")}" : member.Name;
    })];
}
