using System.Globalization;

namespace Holdfast.Benchmarks;

/// <summary>The options of the turn benchmarks.</summary>
internal sealed record Arguments(string Backend, string? Json, int Repetitions, string Directory, string Archive)
{
    public static Arguments Parse(string[] args)
    {
        string? Value(string name) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length ? args[i + 1] : null;
        return new(
            Value("--backend") ?? "sqlite",
            Value("--json"),
            int.Parse(Value("--repetitions") ?? "7", CultureInfo.InvariantCulture),
            Value("--directory") ?? System.IO.Directory.CreateTempSubdirectory("holdfast-bench-").FullName,
            Value("--archive") ?? "sqlite");
    }
}
