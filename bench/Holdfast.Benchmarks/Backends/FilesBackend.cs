using Holdfast.Logs;

namespace Holdfast.Benchmarks.Backends;

internal sealed class FilesBackend(string directory) : Backend
{
    public override string Raw => "write and fsync of one file, fsync on both sides";

    public override string Version => Environment.OSVersion.VersionString;

    public override Task<ICommitLog> OpenAsync(string name) => Task.FromResult<ICommitLog>(new FileCommitLog(new() { Directory = PathOf(name) }));

    public override Task<IRawDriver> OpenRawAsync(string name) => Task.FromResult<IRawDriver>(new RawFile(PathOf(name + "-raw")));

    public override async Task<IReadOnlyList<(string Way, IReadOnlyList<IRawDriver> Drivers)>> OpenRawForManyAsync(string name, int callers)
        => [("a file for each", await EachAsync(callers, i => OpenRawAsync($"{name}-{i}")))];

    public override long? StoredBytes(string name) => new DirectoryInfo(PathOf(name)).EnumerateFiles("*.jsonl", SearchOption.AllDirectories).Sum(file => file.Length);

    public override ValueTask DisposeAsync() => default;

    private string PathOf(string name) => Path.Combine(directory, name);

    private sealed class RawFile(string path) : IRawDriver
    {
        private readonly FileStream _file = new(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);

        public Task InsertAsync(byte[] body)
        {
            _file.Write(body);
            _file.Flush(flushToDisk: true);
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => _file.DisposeAsync();
    }
}
