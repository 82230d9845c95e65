using System.Buffers.Binary;

namespace Holdfast.Sqlite.Tests;

/// <summary>The bits of a database file by what they belong to, see https://sqlite.org/fileformat2.html#b_tree_pages.</summary>
internal sealed class DatabaseBits
{
    private readonly byte[] _file;
    private readonly int _pageSize;
    private readonly Dictionary<string, int> _roots = [];

    /// <summary>Reads a file that no one has open.</summary>
    public DatabaseBits(string path)
    {
        using (var raw = new RawDatabase(path))
        {
            foreach (var name in ((string)raw.Scalar("SELECT group_concat(name || ' ' || rootpage) FROM sqlite_master WHERE rootpage > 0")!).Split(','))
            {
                _roots.Add(name.Split(' ')[0], int.Parse(name.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        _file = File.ReadAllBytes(path);
        _pageSize = BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(16));
    }

    /// <summary>The bits of the cells of a table or index that has one page.</summary>
    public IEnumerable<int> CellsOf(string name)
    {
        var (start, type) = PageOf(name);
        type.ShouldBeOneOf((byte)0x0A, (byte)0x0D);
        var content = BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(start + 5));
        return BitsOf(start + content, _pageSize - content);
    }

    /// <summary>The bits of that page's header, with the places of the cells.</summary>
    public IEnumerable<int> HeaderOf(string name)
    {
        var (start, _) = PageOf(name);
        return BitsOf(start, 8 + (2 * BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(start + 3))));
    }

    /// <summary>Some of the bits of the first page, which has the header of the file and the schema.</summary>
    public IEnumerable<int> FirstPage()
    {
        const int header = 100;
        var content = BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(header + 5));
        return BitsOf(0, header + 40).Where((_, i) => i % 3 == 0).Concat(BitsOf(content, _pageSize - content).Where((_, i) => i % 37 == 0));
    }

    /// <summary>The bits of the first bytes of each cell: its size, its place, and what kinds of values it has.</summary>
    public IEnumerable<int> CellStartsOf(string name, int bytes)
    {
        var (start, _) = PageOf(name);
        return Enumerable.Range(0, BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(start + 3)))
            .SelectMany(cell => BitsOf(start + BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(start + 8 + (2 * cell))), bytes));
    }

    /// <summary>Writes the file with one bit flipped.</summary>
    public void WriteFlipped(string path, int bit)
    {
        var copy = (byte[])_file.Clone();
        copy[bit / 8] ^= (byte)(1 << (bit % 8));
        File.WriteAllBytes(path, copy);
    }

    private (int Start, byte Type) PageOf(string name)
    {
        var start = (_roots[name] - 1) * _pageSize;
        return (start, _file[start]);
    }

    private static IEnumerable<int> BitsOf(int start, int length) => Enumerable.Range(start * 8, length * 8);
}
