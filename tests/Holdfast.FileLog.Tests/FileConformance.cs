using System.Text;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

public sealed class FileConformance : LogConformance<FileFixture>;

[OnlySuites("Append", "Durability", "Rewrite", "Erase")]
public sealed class FileWithIntervalConformance : LogConformance<FileWithIntervalFixture>;

[OnlySuites("Append", "Durability", "Rewrite", "Erase")]
public sealed class FileWithoutFsyncConformance : LogConformance<FileWithoutFsyncFixture>;

public sealed class ConformanceEnrolment
{
    [Fact]
    public void FileLog_IsEnrolledWithEverySuite()
        => ConformanceGuard.Check(typeof(FileConformance).Assembly, typeof(FileCommitLog));
}

public class FileFixture : LogFixture
{
    private readonly TemporaryDirectory _directory = new();

    public override Type LogType => typeof(FileCommitLog);

    public override LogCapabilities Capabilities => LogCapabilities.Durable | LogCapabilities.MultiProcess;

    protected virtual FileFsync Fsync => FileFsync.Always;

    public override ValueTask<ICommitLog> CreateAsync(CancellationToken cancellationToken)
        => new(new FileCommitLog(new() { Directory = _directory.Path, Fsync = Fsync }));

    public override ValueTask<ICommitLog> ReopenAsync(CancellationToken cancellationToken) => CreateAsync(cancellationToken);

    public override bool CanCutOff => true;

    public override ValueTask CutOffAsync(CancellationToken cancellationToken)
    {
        // As when a volume is not mounted any more.
        Directory.Move(_directory.Path, _directory.Path + ".away");
        return default;
    }

    public override ValueTask RestoreAsync(CancellationToken cancellationToken)
    {
        Directory.Move(_directory.Path + ".away", _directory.Path);
        return default;
    }

    public override bool CanDamage => true;

    public override ValueTask DamageEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken)
    {
        // The checksum stays, and so does the length.
        ChangeLine(key, version, line => Body(line) is var body && body.Start > 0 ? line[..(body.Start + 1)] + (line[body.Start + 1] == '~' ? '!' : '~') + line[(body.Start + 2)..] : line);
        return default;
    }

    public override ValueTask ForgeEntryAsync(ThreadKey key, long version, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        ChangeLine(key, version, line =>
        {
            using var json = JsonDocument.Parse(line);
            var was = json.RootElement.TryGetProperty("body", out var plain) ? Encoding.UTF8.GetBytes(plain.GetRawText()) : json.RootElement.GetProperty("base64").GetBytesFromBase64();
            var hash = json.RootElement.TryGetProperty("hash", out var stored) ? stored.GetString()! : Digest.Compute(was).ToString();
            var start = line[..Body(line).Member];
            start = start.IndexOf("\"hash\":", StringComparison.Ordinal) is var hashes and >= 0 ? start[..hashes] : start;
            using var buffer = new PooledBuffer();
            buffer.Append(Encoding.UTF8.GetBytes(
                $"{start}\"hash\":\"{hash}\",\"rewritten\":\"{Digest.Compute(body.Span)}\",\"base64\":\"{Convert.ToBase64String(body.Span)}\""));
            LineFormat.Seal(buffer, 0);
            return Encoding.UTF8.GetString(buffer.Written).TrimEnd('\n');
        });
        return default;
    }

    public override ValueTask LoseEntryAsync(ThreadKey key, long version, CancellationToken cancellationToken)
    {
        ChangeLine(key, version, _ => null);
        return default;
    }

    public override ValueTask DamageHeadAsync(ThreadKey key, CancellationToken cancellationToken)
    {
        var newest = File.ReadAllLines(FilePlace.Of(_directory.Path, key).Path).Max(line => LineFormat.PeekVersion(Encoding.UTF8.GetBytes(line)));
        return DamageEntryAsync(key, newest, cancellationToken);
    }

    private static (int Member, int Start) Body(string line)
    {
        var plain = line.IndexOf("\"body\":", StringComparison.Ordinal);
        var base64 = line.IndexOf("\"base64\":", StringComparison.Ordinal);
        return plain >= 0 && (base64 < 0 || plain < base64) ? (plain, plain + 7) : (base64, base64 + 9);
    }

    private void ChangeLine(ThreadKey key, long version, Func<string, string?> change)
    {
        var path = FilePlace.Of(_directory.Path, key).Path;
        var lines = File.ReadAllLines(path);
        var changed = lines.Select(line => LineFormat.PeekVersion(Encoding.UTF8.GetBytes(line)) == version ? change(line) : line).OfType<string>().ToList();
        changed.SequenceEqual(lines).ShouldBeFalse();
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(string.Concat(changed.Select(line => line + "\n"))));
    }

    public override ValueTask DisposeAsync()
    {
        _directory.Dispose();
        GC.SuppressFinalize(this);
        return base.DisposeAsync();
    }
}

public sealed class FileWithIntervalFixture : FileFixture
{
    protected override FileFsync Fsync => FileFsync.Interval;
}

public sealed class FileWithoutFsyncFixture : FileFixture
{
    protected override FileFsync Fsync => FileFsync.Never;
}
