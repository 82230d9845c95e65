using System.Reflection;
using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast.Tests.Architecture;

/// <summary>One style for all options: settings are classes that can be changed until something is made from them, arguments of a call are records that cannot.</summary>
public sealed class OptionTypesTests
{
    public static TheoryData<Type> Types() => [.. typeof(AgentStateStore).Assembly.GetExportedTypes()
        .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) || type == typeof(VisibilityPolicy) || type == typeof(LogQuery) || type == typeof(ThreadQuery))];

    [Theory, MemberData(nameof(Types))]
    public void AnOptionType_FollowsTheStyle(Type type)
    {
        type.IsSealed.ShouldBeTrue();
        var isRecord = type.GetMethod("<Clone>$") is not null;
        foreach (var property in type.GetProperties().Where(property => property.SetMethod is not null))
        {
            var isInit = property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
            isInit.ShouldBe(isRecord, property.Name);
        }

        var problems = type.GetMethod("Problems", BindingFlags.NonPublic | BindingFlags.Instance);
        problems.ShouldNotBeNull();
        var defaults = (OptionProblems)problems.Invoke(Activator.CreateInstance(type), null)!;
        defaults.ShouldBe(type == typeof(FileLogOptions) ? ["FileLogOptions.Directory must be the path of a directory; it is ''."] : []);
    }

    [Fact]
    public void Arguments_OutOfTheirRanges_AreToldAllAtOnce()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new LoadOptions { LastMessages = -1 }.Validate()).Message.ShouldBe(
            "LoadOptions.LastMessages must be at least 0, or null for all; it is -1. (Parameter 'options')");
        Should.Throw<InvalidIdentifierException>(() => new OpenOptions { UserId = "", Agent = "a\nb", RecentMessages = 20_000 }.Validate()).Message.ShouldBe(
            "OpenOptions.UserId cannot be empty. OpenOptions.Agent cannot be used: it contains the control character U+000A. OpenOptions.RecentMessages must be 0 to 10,000; it is 20,000.");
        Should.Throw<ArgumentException>(() => new CopyOptions { AllTenants = true, Threads = ["a"], Query = new() { PageSize = 0 } }.Validate()).Message.Split("CopyOptions.").Length.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void Settings_OutOfTheirRanges_AreToldAllAtOnce()
        => Should.Throw<StateConfigurationException>(() => new FileCommitLog(new() { Fsync = (FileFsync)7, LockTimeout = TimeSpan.Zero, TimeProvider = null! })).Message.ShouldBe(
            "FileLogOptions.Directory must be the path of a directory; it is ''. FileLogOptions.Fsync must be Always, Interval or Never; it is 7. "
                + "FileLogOptions.LockTimeout must be more than zero and at most a day; it is 00:00:00. FileLogOptions.TimeProvider must be set; it is null.");
}
