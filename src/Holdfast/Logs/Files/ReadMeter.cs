namespace Holdfast.Logs;

/// <summary>Counts the bytes that were read from threads' files.</summary>
internal sealed class ReadMeter
{
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    public void Add(int bytes) => Interlocked.Add(ref _bytes, bytes);
}
