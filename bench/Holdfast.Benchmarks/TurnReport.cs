using System.Runtime.InteropServices;
using System.Text.Json;
using Holdfast.Benchmarks.Backends;

namespace Holdfast.Benchmarks;

/// <summary>Runs the turn benchmarks, prints their results as a table and writes them as JSON.</summary>
internal static class TurnReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="arguments">The options.</param>
    /// <param name="measure">What is measured, with how many repetitions.</param>
    public static async Task RunAsync(Arguments arguments, Func<Backend, int, IAsyncEnumerable<Measurement>> measure)
    {
        Directory.CreateDirectory(arguments.Directory);
        await using var backend = await StartAsync(arguments);
        Console.WriteLine($"{backend.Version}, against: {backend.Raw}\n\n| what | median | spread | budget |\n|---|---|---|---|");
        List<Measurement> results = [];
        await foreach (var result in measure(backend, arguments.Repetitions))
        {
            results.Add(result);
            Console.WriteLine(result);
        }

        if (arguments.Json is { } file)
        {
            var report = new
            {
                Machine = new { RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription, Environment.ProcessorCount },
                Backend = backend.Version,
                Against = backend.Raw,
                arguments.Repetitions,
                Results = results,
            };
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report, Json));
        }
    }

    /// <summary>Starts the backend that the arguments name.</summary>
    public static async Task<Backend> StartAsync(Arguments arguments) => arguments.Backend switch
    {
        "sqlite" => new SqliteBackend(arguments.Directory),
        "files" => new FilesBackend(arguments.Directory),
        "redis" => await RedisBackend.StartAsync("always"),
        "redis-everysec" => await RedisBackend.StartAsync("everysec"),
        "postgres" => await PostgresBackend.StartAsync(),
        "dynamodb" => await DynamoDbBackend.StartAsync(),
        _ => throw new ArgumentException($"There is no backend '{arguments.Backend}' to measure. There are sqlite, files, redis, redis-everysec, postgres and dynamodb."),
    };
}
