using System.Text;
using Holdfast.Logs;
using SQLitePCL;

namespace Holdfast.Sqlite.Connecting;

/// <summary>A prepared statement. Parameters count from 1, columns from 0.</summary>
internal sealed class Statement(Connection connection, sqlite3_stmt handle) : IDisposable
{
    private const int StackLimit = 1024;

    public Statement Bind(int parameter, long value)
    {
        connection.Check(raw.sqlite3_bind_int64(handle, parameter, value));
        return this;
    }

    public Statement Bind(int parameter, long? value) => value is { } number ? Bind(parameter, number) : BindNull(parameter);

    public Statement Bind(int parameter, string? value)
    {
        if (value is null)
        {
            return BindNull(parameter);
        }

        // An empty span would be bound as NULL.
        if (value.Length == 0)
        {
            connection.Check(raw.sqlite3_bind_text(handle, parameter, ""));
            return this;
        }

        var size = Encoding.UTF8.GetMaxByteCount(value.Length);
        Span<byte> utf8 = size <= StackLimit ? stackalloc byte[size] : new byte[size];
        connection.Check(raw.sqlite3_bind_text(handle, parameter, (ReadOnlySpan<byte>)utf8[..Encoding.UTF8.GetBytes(value, utf8)]));
        return this;
    }

    public Statement Bind(int parameter, in Digest? digest) => digest is { } value ? Bind(parameter, value) : BindNull(parameter);

    public Statement Bind(int parameter, in Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        digest.CopyTo(bytes);
        return BindBlob(parameter, bytes);
    }

    public Statement Bind(int parameter, CommitId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return BindBlob(parameter, bytes);
    }

    public Statement BindBlob(int parameter, ReadOnlySpan<byte> bytes)
    {
        connection.Check(bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, parameter, 0) : raw.sqlite3_bind_blob(handle, parameter, bytes));
        return this;
    }

    public Statement BindUtf8(int parameter, ReadOnlySpan<byte> text)
    {
        connection.Check(text.IsEmpty ? raw.sqlite3_bind_text(handle, parameter, "") : raw.sqlite3_bind_text(handle, parameter, text));
        return this;
    }

    /// <summary>Binds a text, or NULL where there is none.</summary>
    public Statement BindText(int parameter, byte[]? utf8) => utf8 is null ? BindNull(parameter) : BindUtf8(parameter, utf8);

    /// <summary>Binds a plain body as text, so that people can read it with the <c>sqlite3</c> shell; any other as a blob.</summary>
    /// <remarks>Both read back as the same bytes: the database is in UTF-8, so that SQLite does not convert text.</remarks>
    public Statement BindBody(int parameter, ReadOnlySpan<byte> body) => BodyKind.IsPlain(body) ? BindUtf8(parameter, body) : BindBlob(parameter, body);

    public Statement BindNull(int parameter)
    {
        connection.Check(raw.sqlite3_bind_null(handle, parameter));
        return this;
    }

    /// <summary>Goes to the next row; false when there is none.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        return code switch
        {
            raw.SQLITE_ROW => true,
            raw.SQLITE_DONE => false,
            _ => throw Fail(code),
        };
    }

    /// <summary>Runs a statement that has no rows.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    /// <summary>Runs a statement for the integer in its first row; null if that is NULL or there is no row.</summary>
    public long? RunForInt64()
    {
        var value = Step() ? NullableInt64(0) : null;
        Reset();
        return value;
    }

    /// <summary>Runs a statement that has no rows; false if a lock is held elsewhere.</summary>
    public bool TryRun()
    {
        var code = raw.sqlite3_step(handle);
        if (code != raw.SQLITE_DONE && !SqliteFailure.IsBusyCode(code))
        {
            throw Fail(code);
        }

        Reset();
        return code == raw.SQLITE_DONE;
    }

    /// <summary>Ends the run and lets go of what was bound, to be bound anew for the next run.</summary>
    public void Reset()
    {
        _ = raw.sqlite3_reset(handle);
        _ = raw.sqlite3_clear_bindings(handle);
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    public long? NullableInt64(int column) => IsNull(column) ? null : Int64(column);

    public string? Text(int column) => IsNull(column) ? null : Encoding.UTF8.GetString(Bytes(column));

    /// <summary>The bytes of a text or blob, valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(handle, column);

    /// <summary>A copy of the bytes of a text or blob; empty for NULL.</summary>
    public ReadOnlyMemory<byte> Memory(int column) => Bytes(column).ToArray();

    public void Dispose() => handle.Dispose();

    private SqliteFailure Fail(int code)
    {
        // The message must be read before the reset.
        var failure = connection.Failure(code);
        Reset();
        return failure;
    }
}
