using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

public sealed class RootTests : FileLogTest
{
    private string Marker => Path.Combine(Root, FileNames.Marker);

    [Fact]
    public async Task Append_WhileTheDirectoryIsGone_DoesNotBeginTheThreadAnew()
    {
        await using var log = Open();
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(log, 2);
        Directory.Move(Root, Root + ".away");

        for (var i = 0; i < 3; i++)
        {
            await Should.ThrowAsync<StoreUnavailableException>(() => log.AppendAsync(thread.Next()).AsTask());
            await Should.ThrowAsync<StoreUnavailableException>(() => log.AppendAsync(new ThreadWriter(ThreadKey.Of("new")).Next()).AsTask());
        }

        Directory.Exists(Root).ShouldBeFalse();
        Directory.Move(Root + ".away", Root);
        await thread.AppendAsync(log);
        await ShouldHoldAsync(log, thread);
    }

    [Fact]
    public async Task Calls_WhileAVolumeIsNotMounted_AreRefusedThoughItsMountPointIsThere()
    {
        var thread = await WriteAsync(2);
        await using var log = Open();
        (await log.GetHeadAsync(Key)).ShouldNotBeNull();
        Directory.Move(Root, Root + ".away");
        Directory.CreateDirectory(Root);

        await Should.ThrowAsync<StoreUnavailableException>(() => log.GetHeadAsync(Key).AsTask());
        await Should.ThrowAsync<StoreUnavailableException>(() => log.AppendAsync(thread.Next()).AsTask());
        await Should.ThrowAsync<StoreUnavailableException>(() => log.AppendAsync(thread.Next()).AsTask());
        await Should.ThrowAsync<StoreUnavailableException>(() => log.EraseAsync(Key).AsTask());
        await Should.ThrowAsync<StoreUnavailableException>(() => log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default }).AsTask());

        Directory.GetFileSystemEntries(Root).ShouldBeEmpty();
        Directory.Delete(Root);
        Directory.Move(Root + ".away", Root);
        await thread.AppendAsync(log);
    }

    [Fact]
    public async Task Calls_OnADirectoryOfANewerLayout_AreRefused()
    {
        await WriteAsync(2);
        File.WriteAllText(Marker, "{\"holdfast\":2,\"crc\":\"00000000\"}\n");
        await using var log = Open();

        await Should.ThrowAsync<UnknownFormatException>(() => log.GetHeadAsync(Key).AsTask());
        await Should.ThrowAsync<UnknownFormatException>(() => log.AppendAsync(new ThreadWriter(ThreadKey.Of("new")).Next()).AsTask());
        await Should.ThrowAsync<UnknownFormatException>(() => log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default }).AsTask());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{\"holdfast\":1,\"cr")]
    [InlineData("\0\0\0\0\0\0\0\0")]
    public async Task Marker_ThatACrashDidNotFinish_IsWrittenByTheNextWriter(string? content)
    {
        var thread = await WriteAsync(2);
        var whole = File.ReadAllText(Marker);
        whole.ShouldBe("{\"holdfast\":1,\"crc\":\"e332fe30\"}\n");
        File.Delete(Marker);
        if (content is not null)
        {
            File.WriteAllText(Marker, content);
        }

        await using var log = Open();
        await ShouldHoldAsync(log, thread);
        await thread.AppendAsync(log);

        File.ReadAllText(Marker).ShouldBe(whole);
    }
}
