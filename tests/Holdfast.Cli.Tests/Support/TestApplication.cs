using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Holdfast.Cli.Tests;

/// <summary>The built application of Holdfast.Cli.App.</summary>
internal static class TestApplication
{
    /// <summary>The class with its migrations.</summary>
    public const string Migrations = "Holdfast.Cli.App.CustomerMigrations";

    // The same configuration and framework as those of the tests.
    private static readonly string Output = AppContext.BaseDirectory.Replace($"{Path.DirectorySeparatorChar}Holdfast.Cli.Tests{Path.DirectorySeparatorChar}", $"{Path.DirectorySeparatorChar}Holdfast.Cli.App{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    public static string File { get; } = Path.Combine(Output, "Holdfast.Cli.App.dll");

    /// <summary>A copy of its assembly, as if it had been built with another version of Holdfast.</summary>
    public static string BuiltWith(Version version, string directory)
    {
        var image = System.IO.File.ReadAllBytes(File);
        using var file = new PEReader(new MemoryStream(image));
        var metadata = file.GetMetadataReader();
        var reference = metadata.AssemblyReferences.Single(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name) == "Holdfast");

        // A row begins with the four parts of the version, in two bytes each: ECMA-335, II.22.5.
        var row = file.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.AssemblyRef) + ((MetadataTokens.GetRowNumber(reference) - 1) * metadata.GetTableRowSize(TableIndex.AssemblyRef));
        foreach (var (i, part) in new[] { version.Major, version.Minor, version.Build, 0 }.Index())
        {
            BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(row + (2 * i)), (ushort)part);
        }

        var copy = Path.Combine(directory, "Other.dll");
        System.IO.File.WriteAllBytes(copy, image);
        return copy;
    }
}
