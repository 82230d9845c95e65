namespace Holdfast.Cli;

/// <summary>The standard output, where it is a file or goes to another program: what cannot be written is told as that.</summary>
/// <remarks>That nobody reads it any more is no failure of it; see <see cref="StandardOutput.IsClosed"/>.</remarks>
internal sealed class AnswerStream(Stream output) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            output.Write(buffer);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Failed(e);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await output.WriteAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw Failed(e);
        }
    }

    public override void Flush() => output.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            output.Dispose();
        }

        base.Dispose(disposing);
    }

    private static bool IsFailure(Exception e) => e is IOException or UnauthorizedAccessException && !StandardOutput.IsClosed(e);

    private static ToolException Failed(Exception e) => new(
        "output-failed",
        ExitCodes.Failed,
        $"The answer cannot be written: {e.Message.TrimEnd('.')}.",
        "What the command was to do may be done: look, for example with `holdfast log`, before repeating it.",
        e);
}
