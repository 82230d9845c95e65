using System.Reflection;

namespace Holdfast.Redis.Tests;

/// <summary>The library is compiled for the oldest version of the client, and runs on whatever version the application brings.</summary>
public sealed class ClientVersionTests
{
    private const int FirstMemberReference = 0x0A000001;
    private const int FirstTypeReference = 0x01000001;

    [Fact]
    public void Client_OfThisVersion_HasEverythingThatTheLibraryUses()
    {
        var module = typeof(RedisCommitLog).Module;
        var client = typeof(StackExchange.Redis.IConnectionMultiplexer).Assembly;

        var members = Resolve(FirstMemberReference, token => module.ResolveMember(token, [typeof(object), typeof(object), typeof(object)], [typeof(object), typeof(object), typeof(object)])!);
        var types = Resolve(FirstTypeReference, token => module.ResolveType(token));

        members.Count(member => member.DeclaringType?.Assembly == client).ShouldBeGreaterThan(20);
        types.Count(type => ((Type)type).Assembly == client).ShouldBeGreaterThan(10);
    }

    /// <summary>Resolves all references of one table, which throws for those that are not there.</summary>
    private static List<MemberInfo> Resolve(int first, Func<int, MemberInfo> resolve)
    {
        var found = new List<MemberInfo>();
        for (var token = first; ; token++)
        {
            try
            {
                found.Add(resolve(token));
            }
            catch (ArgumentOutOfRangeException)
            {
                return found;
            }
        }
    }
}
