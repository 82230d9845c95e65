using System.Reflection;
using System.Runtime.CompilerServices;

namespace Holdfast.Packaging.Tests;

/// <summary>What users can call is changed on purpose only: it stands in a file for each package.</summary>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData("Holdfast")]
    [InlineData("Holdfast.Sqlite")]
    [InlineData("Holdfast.Redis")]
    [InlineData("Holdfast.Postgres")]
    [InlineData("Holdfast.DynamoDb")]
    [InlineData("Holdfast.Testing")]
    public void PublicApi_IsTheOneOnFile(string assembly)
    {
        var api = PublicApi.Of(Assembly.Load(assembly));
        var file = Path.Combine(Folder(), $"{assembly}.txt");
        var accepted = File.Exists(file) ? File.ReadAllText(file) : "";
        if (api != accepted)
        {
            File.WriteAllText(file + ".received", api);
        }

        api.ShouldBe(accepted, $"If this change is meant, put {file}.received in the place of {file}.");
    }

    private static string Folder([CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(source)!, "PublicApi");
}
