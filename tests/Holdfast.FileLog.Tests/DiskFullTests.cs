using System.Diagnostics;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>A real file system of 256 KiB, filled.</summary>
public sealed class DiskFullTests : FileLogTest
{
    [Fact]
    public async Task Append_ToAFullDisk_LeavesTheThreadAsItWasAndGoesOnWhenThereIsRoom()
    {
        using var disk = SmallDisk.Mount(Root);
        await using var log = Open(options => options.Directory = disk.Path);
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(log, DraftOf(20_000, isKeyframe: true));
        await File.WriteAllBytesAsync(disk.Filler, new byte[150_000], TestContext.Current.CancellationToken);
        StoreUnavailableException? failure = null;
        var request = thread.Next(DraftOf(30_000));
        while (failure is null)
        {
            try
            {
                await log.AppendAsync(request);
                thread.Accept(request);
                request = thread.Next(DraftOf(30_000));
            }
            catch (StoreUnavailableException e)
            {
                failure = e;
            }
        }

        failure.OutcomeUnknown.ShouldBeFalse(failure.Message);
        var path = FilePlace.Of(disk.Path, Key).Path;
        File.ReadAllBytes(path)[^1].ShouldBe((byte)'\n', "the part that was written is taken back");
        await ShouldHoldAsync(log, thread);
        await using (var other = Open(options => options.Directory = disk.Path))
        {
            await ShouldHoldAsync(other, thread);
        }

        await Should.ThrowAsync<StoreUnavailableException>(() => log.AppendAsync(request).AsTask());
        File.Delete(disk.Filler);
        (await log.AppendAsync(request)).ShouldBe(AppendResult.Appended(request.Entry.Version));
        thread.Accept(request);
        await ShouldHoldAsync(log, thread);
    }

    [Fact]
    public async Task FirstAppend_ToAFullDisk_LeavesNoThread()
    {
        using var disk = SmallDisk.Mount(Root);
        await using var log = Open(options => options.Directory = disk.Path);
        var request = new ThreadWriter(Key).Next(DraftOf(300_000));

        (await Should.ThrowAsync<StoreUnavailableException>(() => log.AppendAsync(request).AsTask())).OutcomeUnknown.ShouldBeFalse();

        File.Exists(FilePlace.Of(disk.Path, Key).Path).ShouldBeFalse();
        (await log.GetHeadAsync(Key)).ShouldBeNull();
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = default })).Heads.ShouldBeEmpty();
        await new ThreadWriter(Key).AppendAsync(log);
    }

    [Fact]
    public async Task Rewrite_OnAFullDisk_LeavesTheThreadAsItWas()
    {
        using var disk = SmallDisk.Mount(Root);
        await using var log = Open(options => options.Directory = disk.Path);
        var thread = new ThreadWriter(Key);
        for (var i = 1; i <= 5; i++)
        {
            await thread.AppendAsync(log, DraftOf(30_000, isKeyframe: i == 5));
        }

        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() };
        (await Should.ThrowAsync<StoreUnavailableException>(() => log.RewriteAsync(Key, replacements).AsTask())).OutcomeUnknown.ShouldBeFalse();

        await ShouldHoldAsync(log, thread);
        Directory.GetFiles(disk.Path, FileNames.TemporaryPrefix + "*", SearchOption.AllDirectories).ShouldBeEmpty();
        (await log.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow: 5)).ShouldBeTrue();
    }

    [Fact]
    public async Task Listing_OnAFullDisk_DoesWithoutAnIndexFile()
    {
        using var disk = SmallDisk.Mount(Root);
        await using var log = Open(options => options.Directory = disk.Path);
        await new ThreadWriter(Key).AppendAsync(log);
        disk.Fill();

        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default })).Heads.Count.ShouldBe(1);
    }

    private sealed class SmallDisk : IDisposable
    {
        private SmallDisk(string path) => Path = path;

        public string Path { get; }

        public string Filler => System.IO.Path.Combine(Path, "filler");

        public static SmallDisk Mount(string root)
        {
            var path = System.IO.Path.Combine(root, "disk");
            Directory.CreateDirectory(path);
            Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", path), "Mounting needs Linux and the rights of root.");
            return new(path);
        }

        public void Fill()
        {
            using var file = File.Create(Filler);
            try
            {
                while (true)
                {
                    file.Write(new byte[4096]);
                    file.Flush();
                }
            }
            catch (IOException)
            {
                // Full.
            }
        }

        public void Dispose() => Run("umount", "-l", Path);

        private static bool Run(string program, params string[] arguments)
        {
            if (!OperatingSystem.IsLinux())
            {
                return false;
            }

            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }
}
