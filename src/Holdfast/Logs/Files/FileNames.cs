using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Logs;

/// <summary>The names of directories and files: injective, and safe on every file system, also where case is ignored.</summary>
/// <remarks>
/// Lower-case letters, digits, '-' and '_' stand for themselves; every other byte of UTF-8 is written as '%' and two lower-case hex digits.
/// No name has a '.', '~' or '@' of its own, so the log's own names can: <c>.lock</c>, <c>index.json</c>, <c>holdfast.json</c>,
/// <c>@default</c>, <c>@quarantine</c>, and <c>NAME~LIFE</c> for a trunk.
/// </remarks>
internal static class FileNames
{
    public const string Extension = ".jsonl";
    public const string DefaultTenant = "@default";
    public const string Quarantine = "@quarantine";
    public const string Lock = ".lock";
    public const string Index = "index.json";
    public const string Trunks = "trunks";
    public const string Marker = "holdfast.json";
    public const string TemporaryPrefix = ".tmp-";

    /// <summary>The longest encoded name; a longer one is cut and told apart by a digest.</summary>
    public const int LongestName = 180;

    private const int KeptOfLongName = 100;
    private const char BeforeLife = '~';
    private static readonly SearchValues<byte> Kept = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    private static readonly HashSet<string> DeviceNames = new(
        ["con", "prn", "aux", "nul", .. Enumerable.Range(0, 10).SelectMany(n => new[] { $"com{n}", $"lpt{n}" })],
        StringComparer.Ordinal);

    /// <summary>The directory of a space, below the directory of the log. Trunks are beside the threads that they were.</summary>
    public static string OfSpace(ThreadSpace space) => (space == ThreadSpace.Trunks ? ThreadSpace.Threads : space).ToName();

    /// <summary>The directory of a tenant, below that of its space.</summary>
    public static string OfTenant(string tenant) => tenant.Length == 0 ? DefaultTenant : Encode(tenant);

    /// <summary>The directory of a thread, below that of its tenant: it spreads many threads over 256 directories and locks.</summary>
    public static string OfShard(ThreadId id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id.Value), hash);
        return Convert.ToHexStringLower(hash[..1]);
    }

    /// <summary>The file of a thread, below its shard.</summary>
    public static string OfThread(ThreadId id) => Encode(id.Value) + Extension;

    /// <summary>The file of a trunk, below the directory of trunks in the shard of the thread that it was.</summary>
    public static string OfTrunk(ThreadId thread, CommitId life) => $"{Encode(thread.Value)}{BeforeLife}{life.Value:N}{Extension}";

    /// <summary>A file that nobody else writes, now or ever; it becomes another file by being renamed.</summary>
    public static string Temporary(string directory)
        => Path.Combine(directory, $"{TemporaryPrefix}{Environment.ProcessId}-{Guid.NewGuid():N}");

    /// <summary>Whether a trunk whose id begins with <paramref name="prefix"/> can have a file by this name. True for some others too.</summary>
    public static bool MayTrunkBegin(string file, string prefix)
    {
        var life = file.LastIndexOf(BeforeLife);
        return MayBegin(life < 0 ? file : $"{file[..life]}%{(int)BeforeLife:x2}{file[(life + 1)..]}", prefix);
    }

    /// <summary>Whether a thread whose id begins with <paramref name="prefix"/> can have a file by this name. True for some others too.</summary>
    public static bool MayBegin(string file, string prefix)
    {
        var name = file.AsSpan(0, file.Length - Extension.Length);
        var text = new StringBuilder(prefix.Length * 2);
        foreach (var one in Encoding.UTF8.GetBytes(prefix))
        {
            Append(text, one, escape: false);
        }

        var begin = text.ToString();
        if (name.IndexOf('~') is var cut && cut >= 0)
        {
            return name[..cut].StartsWith(begin, StringComparison.Ordinal) || begin.AsSpan().StartsWith(name[..cut], StringComparison.Ordinal);
        }

        // The first letter of a device's name is escaped, which it is nowhere else.
        return name.StartsWith(begin, StringComparison.Ordinal)
            || (name.StartsWith($"%{(int)begin[0]:x2}", StringComparison.Ordinal) && name[3..].StartsWith(begin.AsSpan(1), StringComparison.Ordinal));
    }

    /// <summary>The name that was encoded; null if it cannot be told, because it was too long or is none.</summary>
    public static string? Decode(string encoded)
    {
        var bytes = new List<byte>(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '%' && i + 2 < encoded.Length && byte.TryParse(encoded.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var one))
            {
                bytes.Add(one);
                i += 2;
            }
            else if (char.IsAscii(encoded[i]) && Kept.Contains((byte)encoded[i]))
            {
                bytes.Add((byte)encoded[i]);
            }
            else
            {
                return null;
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    internal static string Encode(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.AsSpan().IndexOfAnyExcept(Kept) < 0 && bytes.Length <= LongestName && !DeviceNames.Contains(name))
        {
            return name;
        }

        var text = new StringBuilder(bytes.Length * 2);
        var cut = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            // A device's name must not come out as it went in; escaping its first letter, which never is otherwise, makes it another.
            Append(text, bytes[i], escape: i == 0 && DeviceNames.Contains(name));
            cut = text.Length <= KeptOfLongName ? text.Length : cut;
        }

        return text.Length <= LongestName
            ? text.ToString()
            : $"{text.ToString(0, cut)}~{Convert.ToHexStringLower(SHA256.HashData(bytes))}";
    }

    private static void Append(StringBuilder text, byte one, bool escape)
    {
        if (Kept.Contains(one) && !escape)
        {
            text.Append((char)one);
        }
        else
        {
            text.Append('%').Append(Convert.ToHexStringLower([one]));
        }
    }
}
