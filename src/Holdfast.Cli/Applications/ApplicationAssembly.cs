using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Holdfast.Cli.Applications;

/// <summary>The assembly of an application, as far as the tool has to do with it.</summary>
[RequiresUnreferencedCode(ApplicationMigrations.NotTrimmed)]
internal sealed class ApplicationAssembly
{
    private readonly string _file;
    private readonly Assembly _assembly;

    private ApplicationAssembly(string file, Assembly assembly) => (_file, _assembly) = (file, assembly);

    /// <summary>Loads the assembly.</summary>
    /// <exception cref="ToolException">There is no such file, it is no assembly, or it was built with another version of Holdfast.</exception>
    public static ApplicationAssembly Open(string path)
    {
        if (!File.Exists(path))
        {
            throw ToolException.Application($"There is no file '{path}'.", "Build the application, and name its .dll with --assembly.");
        }

        var file = Path.GetFullPath(path);
        try
        {
            var assembly = new ApplicationLoadContext(file).LoadFromAssemblyPath(file);
            Require(file, assembly.GetReferencedAssemblies().FirstOrDefault(reference => reference.Name == ApplicationLoadContext.Holdfast.Name)?.Version);
            return new(file, assembly);
        }
        catch (BadImageFormatException e)
        {
            throw ToolException.Application($"'{file}' is no .NET assembly that can be loaded: {e.Message}", "Name the .dll of the application, not the program beside it, and not a reference assembly.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw ToolException.Application($"'{file}' cannot be loaded: {e.Message}", null, e);
        }
    }

    /// <summary>Whether what was built with one version of Holdfast runs with a later one: with the same major version, and before 1.0 with the same minor one.</summary>
    public static bool Fits(Version built, Version tool) => built <= tool && built.Major == tool.Major && (built.Major > 0 || built.Minor == tool.Minor);

    /// <summary>The class with the migrations.</summary>
    /// <param name="name">Its name, with or without the namespace; null for the only one.</param>
    /// <exception cref="ToolException">There is none, or there are several.</exception>
    public Type Find(string? name)
    {
        var (candidates, problem) = Candidates();
        var found = candidates.Where(type => name is null || type.FullName == name).ToList() is { Count: > 0 } exact ? exact : candidates.FindAll(type => type.Name == name);
        return found switch
        {
            [var one] => one,
            [] when candidates.Count == 0 => throw ToolException.Application(
                $"'{_file}' has no public class with a public constructor without parameters that implements {nameof(IStateMigrations)}.{problem}",
                "If it is in another assembly of the application, name that one with --assembly."),
            [] => throw ToolException.Usage($"'{name}' is no class with migrations of '{_file}'.", $"--type is one of {Names(candidates)}."),
            _ => throw ToolException.Usage($"'{_file}' has several classes with migrations.", $"Name one with --type: {Names(found)}."),
        };
    }

    private static string Names(IEnumerable<Type> types) => string.Join(", ", types.Select(type => type.FullName).Order(StringComparer.Ordinal));

    // An application may also have types that need what the tool does not have, such as a controller of ASP.NET Core.
    private (List<Type> Candidates, string? Problem) Candidates()
    {
        try
        {
            return ([.. _assembly.GetTypes().Where(IsCandidate)], null);
        }
        catch (ReflectionTypeLoadException e)
        {
            return ([.. e.Types.OfType<Type>().Where(IsCandidate)], $" Some of its types cannot be loaded: {e.LoaderExceptions.OfType<Exception>().FirstOrDefault()?.Message}");
        }
    }

    private static bool IsCandidate(Type type)
        => type is { IsClass: true, IsVisible: true, IsAbstract: false, ContainsGenericParameters: false } && type.IsAssignableTo(typeof(IStateMigrations)) && type.GetConstructor(Type.EmptyTypes) is not null;

    private static void Require(string file, Version? built)
    {
        var tool = ApplicationLoadContext.Holdfast.Version!;
        if (built is not null && !Fits(built, tool))
        {
            throw ToolException.Application(
                $"'{file}' was built with Holdfast {built.ToString(3)}, and this tool is of version {tool.ToString(3)}.",
                $"Use the tool of that version: `dotnet tool update Holdfast.Cli --version {built.ToString(3)}`.");
        }
    }
}
