using System.Text;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>The file that keeps the index of a directory: one line of JSON. It is a cache, so whatever is wrong with it makes it empty.</summary>
internal static class ShardIndexFile
{
    /// <summary>Reads an index.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isNewer">Whether it has a newer format, so that it is another's to write.</param>
    public static IReadOnlyDictionary<string, IndexedFile> Read(string path, out bool isNewer)
    {
        isNewer = false;
        var files = new Dictionary<string, IndexedFile>(StringComparer.Ordinal);
        try
        {
            var line = File.ReadAllBytes(path);
            if (LineFormat.IsIntact(line))
            {
                isNewer = !TryRead(LineFormat.Content(line), files);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException
            or InvalidOperationException or ArgumentException or OverflowException or InvalidIdentifierException)
        {
            files.Clear();
        }
        catch (UnknownFormatException)
        {
            files.Clear();
            isNewer = true;
        }

        return files;
    }

    /// <summary>Whether the file has something of <paramref name="name"/>.</summary>
    public static bool Mentions(string path, string name)
    {
        try
        {
            return File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"{name}\"")) >= 0;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Writes an index, at once or not at all.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, IndexedFile> files)
    {
        using var buffer = new PooledBuffer(1024 + (files.Count * 256));
        using (var writer = HeadCodec.Writer(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("holdfast"u8, LineFormat.Version);
            writer.WriteStartArray("files"u8);
            foreach (var (name, file) in files)
            {
                Write(writer, name, file);
            }

            writer.WriteEndArray();
        }

        LineFormat.Seal(buffer, 0);
        var temporary = FileNames.Temporary(Path.GetDirectoryName(path)!);
        try
        {
            using (var handle = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                FileWrite.At(handle, buffer.Written, 0);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TemporaryFiles.TryDelete(temporary);
            throw;
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, IndexedFile file)
    {
        var (state, head) = (file.State, file.State.Head);
        writer.WriteStartObject();
        writer.WriteString("file"u8, name);
        writer.WriteNumber("length"u8, file.Length);
        writer.WriteNumber("modified"u8, file.Modified);
        writer.WriteBoolean("settled"u8, file.IsSettled);
        writer.WriteNumber("end"u8, state.Stamp.Length);
        writer.WriteNumber("seal"u8, state.Stamp.Checksum);
        writer.WriteString("commit"u8, state.LastCommit.Value);
        writer.WriteNumber("made"u8, state.Made);
        writer.WriteBoolean("durable"u8, state.IsDurable);
        writer.WriteString("space"u8, head.Key.Space.ToName());
        writer.WriteString("tenant"u8, head.Key.Tenant);
        writer.WriteString("id"u8, head.Key.Id.Value);
        writer.WriteString("life"u8, head.Life.Value);
        writer.WriteNumber("first"u8, head.FirstVersion);
        writer.WriteNumber("version"u8, head.Version);
        HeadMembers.Write(writer, head, before: null, entry: null);
        HeadMembers.WriteMaintained(writer, head);
        if (head.LowestPin is { } lowest)
        {
            writer.WriteNumber("pinCount"u8, head.PinCount);
            writer.WriteNumber("lowestPin"u8, lowest);
        }

        writer.WriteEndObject();
    }

    private static bool TryRead(ReadOnlySpan<byte> content, Dictionary<string, IndexedFile> files)
    {
        var reader = new Utf8JsonReader(content, isFinalBlock: false, LineFormat.ReaderState);
        reader.Read();
        reader.Read();
        if (!reader.ValueTextEquals("holdfast"u8) || HeadMembers.Number(ref reader) > LineFormat.Version)
        {
            return false;
        }

        reader.Read();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            ReadFile(ref reader, files);
        }

        return true;
    }

    private static void ReadFile(ref Utf8JsonReader reader, Dictionary<string, IndexedFile> files)
    {
        var members = new HeadMembers();
        var (name, space, tenant, id) = ("", "", "", "");
        long length = 0, modified = 0, end = 0, seal = 0, first = 0, version = 0, made = 0;
        var (commit, life) = (Guid.Empty, Guid.Empty);
        var pins = 0;
        long? lowest = null;
        var (settled, durable) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (members.TryRead(ref reader))
            {
                continue;
            }

            var member = reader.GetString();
            reader.Read();
            switch (member)
            {
                case "file": name = reader.GetString()!; break;
                case "space": space = reader.GetString()!; break;
                case "tenant": tenant = reader.GetString()!; break;
                case "id": id = reader.GetString()!; break;
                case "length": length = reader.GetInt64(); break;
                case "modified": modified = reader.GetInt64(); break;
                case "settled": settled = reader.GetBoolean(); break;
                case "end": end = reader.GetInt64(); break;
                case "seal": seal = reader.GetInt64(); break;
                case "commit": commit = reader.GetGuid(); break;
                case "made": made = reader.GetInt64(); break;
                case "life": life = reader.GetGuid(); break;
                case "first": first = reader.GetInt64(); break;
                case "pinCount": pins = reader.GetInt32(); break;
                case "lowestPin": lowest = reader.GetInt64(); break;
                case "durable": durable = reader.GetBoolean(); break;
                case "version": version = reader.GetInt64(); break;
                default: reader.TrySkip(); break;
            }
        }

        var key = ThreadSpaceNames.TryParse(space, out var known) ? ThreadKey.Of(known, tenant, id) : throw new FormatException($"There is no space '{space}'.");
        var head = members.ApplyTo(new ThreadHead
        {
            Key = key,
            Life = new(life),
            FirstVersion = first,
            Version = version,
            ChainHash = default,
            CreatedAt = default,
            UpdatedAt = default,
            PinCount = pins,
            LowestPin = lowest,
        });
        var state = new FileState(new(end, checked((uint)seal)), head, new(commit), made) { IsDurable = durable };
        files[name] = new(state, length, modified, settled);
    }
}
