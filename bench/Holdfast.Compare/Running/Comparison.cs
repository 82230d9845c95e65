namespace Holdfast.Compare.Running;

internal static class Comparison
{
    public static Task<int> RunAsync(string[] settings) => Task.FromResult(settings.Length);
}

internal static class Settings
{
    public static string[] Parse(string[] settings) => settings;
}
