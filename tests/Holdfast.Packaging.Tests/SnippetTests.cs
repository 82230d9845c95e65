using System.Text;
using System.Text.RegularExpressions;

namespace Holdfast.Packaging.Tests;

/// <summary>The C# of the documentation compiles: every block of every page, each in a method of its own, among the variables that the pages speak of.</summary>
public sealed partial class SnippetTests
{
    private const string Usings = """
        global using Amazon.Runtime;
        global using Holdfast;
        global using Holdfast.DynamoDb;
        global using Holdfast.Logs;
        global using Holdfast.Postgres;
        global using Holdfast.Redis;
        global using Holdfast.Sqlite;
        global using Holdfast.Testing;
        global using Microsoft.Extensions.AI;
        global using Microsoft.Extensions.Caching.Distributed;
        global using Microsoft.ML.Tokenizers;
        global using Npgsql;
        global using OpenTelemetry;
        global using OpenTelemetry.Metrics;
        global using OpenTelemetry.Trace;
        global using Shouldly;
        global using StackExchange.Redis;
        global using Xunit;
        public record Question(string Text);
        public record Delivery(string Id);
        public interface Payments
        {
            Task<string> ChargeAsync(decimal amount, string idempotencyKey, CancellationToken cancellationToken);
            Task<string> RefundAsync(decimal amount, string idempotencyKey, CancellationToken cancellationToken);
        }
        """;

    // What a reader of any page takes for granted.
    private const string Variables = """
        protected AgentStateStore store, source, target, archive;
        protected AgentStateOptions options;
        protected ThreadSession session, other, stale;
        protected ICommitLog log, inner;
        protected IChatClient model, smallModel, chat;
        protected IChatReducer reducer;
        protected ChatMessage message;
        protected HoldfastBuilder holdfast;
        protected WebApplicationBuilder builder;
        protected WebApplication app;
        protected IServiceCollection services;
        protected IConfiguration configuration;
        protected IDistributedCache cache;
        protected NpgsqlDataSource dataSource;
        protected IReadOnlyList<AcknowledgedCommit> acknowledged;
        protected Turn turn;
        protected AIFunction refund;
        protected Payments payments;
        protected Delivery delivery;
        protected ReadOnlyMemory<byte> body;
        protected string userId;
        protected CancellationToken cancellationToken;
        protected string[] args;
        """;

    // What a page has other variables for, or besides.
    private static readonly Dictionary<string, string> VariablesOf = new(StringComparer.Ordinal)
    {
        ["docs/dynamodb.md"] = "private DynamoDbLogOptions options;",
        ["docs/agent-framework.md"] = """
            private AIAgent agent;
            private AgentSession session;
            private AgentResponse response;
            private AgentRunOptions once;
            private Workflow workflow;
            private CheckpointManager manager;
            """,
    };

    // Namespaces that have names of ours too.
    private static readonly Dictionary<string, string> UsingsOf = new(StringComparer.Ordinal)
    {
        ["docs/agent-framework.md"] = "using Microsoft.Agents.AI;\nusing Microsoft.Agents.AI.Workflows;\n",
        ["docs/orleans.md"] = "using System.Text.Json;\nusing Orleans;\nusing Orleans.Hosting;\nusing Orleans.Runtime;\n",
    };

    // Two whole programs, which PackageTests build and run.
    private static readonly string[] BuiltElsewhere = ["## Quick start", "## ASP.NET Core"];

    [Fact]
    public async Task EverySnippet_Compiles()
    {
        var directory = Directory.CreateTempSubdirectory("holdfast-snippets-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "Snippets.csproj"), Project());
            await File.WriteAllTextAsync(Path.Combine(directory, "Usings.cs"), Usings);
            foreach (var (page, line, code) in Snippets())
            {
                await File.WriteAllTextAsync(Path.Combine(directory, $"{Path.GetFileNameWithoutExtension(page)}{line}.cs"), Source(page, line, code));
            }

            await Repository.RunAsync(directory, "dotnet", "build", "-v", "q", "-nologo", "-clp:NoSummary");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static IEnumerable<(string Page, int Line, string Code)> Snippets()
    {
        var pages = Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md"));
        foreach (var path in pages.Order(StringComparer.Ordinal))
        {
            var text = File.ReadAllText(path);
            foreach (Match block in Block().Matches(text))
            {
                var before = text[..block.Groups["code"].Index];
                var heading = before.Split('\n').LastOrDefault(line => line.StartsWith('#'));
                if (!BuiltElsewhere.Contains(heading))
                {
                    yield return (Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'), before.Count(c => c == '\n') + 1, block.Groups["code"].Value);
                }
            }
        }
    }

    // Types and members stay what they are, a call that is continued gets what it is called on, and everything else becomes the body of a method.
    private static string Source(string page, int line, string code)
    {
        var usings = new StringBuilder();
        code = Using().Replace(code, match =>
        {
            usings.Append(match.Value);
            return "";
        });
        var place = $"#line {line + usings.ToString().Count(c => c == '\n')} \"{page}\"\n";
        var body = code.TrimStart() switch
        {
            ['.', ..] => $"public void Run() {{ _ = model.AsBuilder()\n{place}{code}; }}",
            ['[', ..] => $"{place}{code}",
            _ => $"public async Task RunAsync() {{\nawait Task.CompletedTask;\n{place}{code}\n}}",
        };
        if (code.StartsWith("public sealed class ", StringComparison.Ordinal))
        {
            return $"{UsingsOf.GetValueOrDefault(page)}{usings}#pragma warning disable\n{place}{code}";
        }

        var name = $"{Path.GetFileNameWithoutExtension(page).Replace('-', '_')}{line}";
        return $$"""
            {{UsingsOf.GetValueOrDefault(page)}}{{usings}}
            #pragma warning disable
            public class Of{{name}}
            {
                {{Variables}}
            }

            public sealed class {{name}} : Of{{name}}
            {
            {{VariablesOf.GetValueOrDefault(page)}}
            {{body}}
            }
            """;
    }

    private static string Project() => $"""
        <Project Sdk="Microsoft.NET.Sdk.Web">
          <PropertyGroup>
            <OutputType>Library</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <NuGetAudit>false</NuGetAudit>
          </PropertyGroup>
          <ItemGroup>
            <Reference Include="{Path.Combine(AppContext.BaseDirectory, "*.dll")}" Exclude="{Path.Combine(AppContext.BaseDirectory, "Holdfast.Packaging.Tests.dll")}" />
            <PackageReference Include="OpenTelemetry.Extensions.Hosting" Version="{Repository.VersionOf("OpenTelemetry")}" />
          </ItemGroup>
        </Project>
        """;

    [GeneratedRegex(@"^ *```csharp\n(?<code>.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Block();

    [GeneratedRegex(@"^using [\w.]+;\n", RegexOptions.Multiline, 10_000)]
    private static partial Regex Using();
}
