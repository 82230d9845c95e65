using System.Reflection;

namespace Holdfast.Compare.Contestants;

/// <summary>The versions of the packages that contestants use, as they are on NuGet.</summary>
internal static class PackageVersion
{
    public static string Of<T>(string name) => $"{name} {Of(typeof(T).Assembly)}";

    // After it may stand the commit that it was built from.
    private static string Of(Assembly assembly)
        => assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+', ' ')[0].TrimEnd('.') ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
