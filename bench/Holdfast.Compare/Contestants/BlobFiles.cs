namespace Holdfast.Compare.Contestants;

/// <summary>A file for each thread: written beside, brought to the disk, moved over the old one.</summary>
internal sealed class BlobFiles(string directory) : IBlobPlace
{
    public string Version => $".NET {Environment.Version}, System.Text.Json, FileStream.Flush(true) and File.Move";

    public bool Blocks => true;

    public async Task<byte[]?> ReadAsync(string thread) => File.Exists(PathOf(thread)) ? await File.ReadAllBytesAsync(PathOf(thread)) : null;

    public Task WriteAsync(string thread, byte[] json)
    {
        var temporary = $"{PathOf(thread)}.{Guid.NewGuid():N}";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(json);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, PathOf(thread), overwrite: true);
        return Task.CompletedTask;
    }

    public Task<IBlobPlace> OpenAnotherAsync() => Task.FromResult<IBlobPlace>(this);

    public ValueTask DisposeAsync() => default;

    private string PathOf(string thread) => Path.Combine(directory, thread + ".json");
}
