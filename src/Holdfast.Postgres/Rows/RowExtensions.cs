using System.Text;
using Npgsql;

namespace Holdfast.Postgres.Rows;

/// <summary>Columns that may be null, and instants.</summary>
internal static class RowExtensions
{
    public static string? Text(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>A text, or what is left of one whose bytes are damaged.</summary>
    public static string AnyText(this NpgsqlDataReader reader, int column)
    {
        try
        {
            return reader.GetString(column);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(column));
        }
    }

    /// <summary>Whether a column has a digest.</summary>
    public static bool Is(this in Digest digest, byte[]? bytes) => bytes is { Length: Digest.Size } && digest == Digest.FromBytes(bytes);

    public static byte[]? Bytes(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<byte[]>(column);

    public static long? NumberOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    /// <exception cref="FormatException">It is <c>infinity</c>, which no log writes. The earliest instant of all is written as <c>-infinity</c>.</exception>
    /// <exception cref="InvalidCastException">It is before the year 1 or after the year 9999.</exception>
    public static DateTimeOffset Instant(this NpgsqlDataReader reader, int column)
        => reader.GetFieldValue<DateTimeOffset>(column) is var instant && instant < DateTimeOffset.MaxValue
            ? instant
            : throw new FormatException($"its {reader.GetName(column)} is infinite.");

    /// <inheritdoc cref="Instant"/>
    public static DateTimeOffset? InstantOrNull(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.Instant(column);
}
