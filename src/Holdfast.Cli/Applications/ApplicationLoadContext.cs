using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.Loader;

namespace Holdfast.Cli.Applications;

/// <summary>Loads the assembly of an application with what it depends on. Holdfast, and the assemblies that Holdfast speaks in, are those of the tool: only then are types on both sides the same.</summary>
/// <remarks>Where the application needs a later version of such an assembly than the tool has, the runtime refuses it, and what uses it fails.</remarks>
[RequiresUnreferencedCode(ApplicationMigrations.NotTrimmed)]
internal sealed class ApplicationLoadContext(string path) : AssemblyLoadContext(path)
{
    private static readonly Lazy<HashSet<string>> Shared = new(FindShared);

    private readonly AssemblyDependencyResolver _resolver = new(path);

    /// <summary>The tool's own Holdfast.</summary>
    public static AssemblyName Holdfast { get; } = typeof(IStateMigrations).Assembly.GetName();

    protected override Assembly? Load(AssemblyName assemblyName)
        => _resolver.ResolveAssemblyToPath(assemblyName) is { } file && !Shared.Value.Contains(assemblyName.Name!) ? LoadFromAssemblyPath(file) : null;

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
        => _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file ? LoadUnmanagedDllFromPath(file) : 0;

    // Holdfast, what it refers to, and what that refers to.
    private static HashSet<string> FindShared()
    {
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var open = new Stack<AssemblyName>([Holdfast]);
        while (open.TryPop(out var name))
        {
            if (found.Add(name.Name!))
            {
                Array.ForEach(Default.LoadFromAssemblyName(name).GetReferencedAssemblies(), open.Push);
            }
        }

        return found;
    }
}
