namespace Holdfast.Logs;

/// <summary>Which file it is: a thread that was erased and begun again has another one by the same name, and so has one that was put in its place.</summary>
/// <param name="Made">When the file was made; 0 where the file system does not keep that.</param>
/// <param name="FirstCommit">The commit that the file begins with.</param>
internal readonly record struct FileOrigin(long Made, CommitId FirstCommit)
{
    private const int Enough = 96;

    /// <summary>Whether it tells the file from others of the same thread.</summary>
    public bool IsKnown => Made != 0;

    private static ReadOnlySpan<byte> IdStart => ",\"id\":\""u8;

    /// <summary>Reads the origin of a file whose header has <paramref name="headerLength"/> bytes.</summary>
    public static FileOrigin Of(FileSource source, int headerLength)
    {
        Span<byte> bytes = stackalloc byte[(int)Math.Clamp(source.Length - headerLength, 0, Enough)];
        source.Read(bytes, headerLength);
        var id = bytes.IndexOf(IdStart);
        return id >= 0 && System.Buffers.Text.Utf8Parser.TryParse(bytes[(id + IdStart.Length)..], out Guid commit, out _)
            ? new(source.Made, new(commit))
            : new(source.Made, default);
    }
}
