using FsCheck;
using FsCheck.Fluent;

namespace Holdfast.Tests.Threads;

public sealed class ThreadIdTests
{
    [Theory, InlineData("a"), InlineData("user-42/chat-7"), InlineData("../x"), InlineData(" "), InlineData("👩‍🚀"), InlineData("a:b"), InlineData("CON")]
    public void Parse_AnyText_IsAnId(string text)
    {
        ThreadId.Parse(text).Value.ShouldBe(text);
        ((ThreadId)text).ToString().ShouldBe(text);
        ThreadId.FromString(text).ShouldBe(ThreadId.Parse(text));
        ThreadId.TryParse(text, out var id).ShouldBeTrue();
        id.Value.ShouldBe(text);
    }

    [Fact]
    public void Parse_TextsThatOnlyLookTheSame_AreDifferentIds()
    {
        ThreadId.Parse("a").ShouldNotBe(ThreadId.Parse("A"));
        ThreadId.Parse("\u00e9").ShouldNotBe(ThreadId.Parse("e\u0301"));
    }

    [Fact]
    public void Parse_WhatCannotBeAnId_IsRefused()
    {
        foreach (var text in new[] { "", "\0", "a\nb", "a\u0085b", "\ud800", new string('é', 257) })
        {
            Should.Throw<InvalidIdentifierException>(() => ThreadId.Parse(text)).Code.ShouldBe(ErrorCodes.InvalidIdentifier);
            ThreadId.TryParse(text, out _).ShouldBeFalse();
        }

        Should.Throw<ArgumentNullException>(() => ThreadId.Parse(null!));
        ThreadId.TryParse(null, out _).ShouldBeFalse();
        ThreadId.Parse(new string('é', 256)).Value.Length.ShouldBe(256);
    }

    [Fact]
    public void New_IdsAreDifferentAndSortByTime()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));
        var first = ThreadId.New(clock);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        var second = ThreadId.New(clock);

        string.CompareOrdinal(first.Value, second.Value).ShouldBeLessThan(0);
        ThreadId.New().ShouldNotBe(ThreadId.New());
        Guid.Parse(first.Value).Version.ShouldBe(7);
    }

    [Fact]
    public void Default_IsNoId()
    {
        default(ThreadId).Value.ShouldBe("");
        Should.Throw<InvalidIdentifierException>(() => ThreadKey.Of(default));
    }

    [Fact]
    public void Keys_OfDifferentPairs_AreDifferent()
    {
        ThreadKey.Of("a:b", "c").ShouldNotBe(ThreadKey.Of("a", "b:c"));
        ThreadKey.Of("", "c").ShouldBe(ThreadKey.Of("c"));
        ThreadKey.Of("c").ToString().ShouldBe("c");
        ThreadKey.Of("t", "c").ToString().ShouldBe("t:c");
        Should.Throw<InvalidIdentifierException>(() => ThreadKey.Of("a\n", "c"));
        Should.Throw<ArgumentNullException>(() => ThreadKey.Of(null!, "c"));
    }

    [Fact]
    public void Of_OrdinaryParts_ReadsAsOneWritesIt()
    {
        ThreadId.Of("user-42", "chat-7").ShouldBe((ThreadId)"user-42/chat-7");
        ThreadId.Of("order 1001").Value.ShouldBe("order 1001");
        ThreadId.Of("a/b", "50%").Value.ShouldBe("a%2Fb/50%25");
        ThreadId.Of(["a", "b"]).Value.ShouldBe("a/b");
    }

    [Fact]
    public void Of_PartsThatCannotMakeAnId_IsRefused()
    {
        Should.Throw<InvalidIdentifierException>(() => ThreadId.Of("a", "", "c")).Message.ShouldContain("Part 2 of 3");
        Should.Throw<InvalidIdentifierException>(() => ThreadId.Of("a", "b\n"));
        Should.Throw<InvalidIdentifierException>(() => ThreadId.Of("a", new string('x', 511)));
        Should.Throw<ArgumentNullException>(() => ThreadId.Of("a", null!));
        Should.Throw<ArgumentException>(() => ThreadId.Of());
    }

    // Two lists that are made of the same one: some of its parts are joined by what could be taken for the end of a part.
    [Fact]
    public void Of_DifferentParts_MakesDifferentIds()
    {
        var part = Gen.Elements('/', '%', '2', '5', 'F', 'a').NonEmptyListOf().Select(characters => new string([.. characters.Take(5)]));
        var lists = part.NonEmptyListOf().Select(list => list.Take(4).ToList());
        var joints = Gen.Elements("/", "%2F", "%252F", "").ArrayOf(4);

        Prop.ForAll(Arb.From(Gen.Zip(lists, Gen.Zip(joints, joints))), made =>
        {
            var (one, other) = (Join(made.Item1, made.Item2.Item1), Join(made.Item1, made.Item2.Item2));

            ThreadId.Of(one).Equals(ThreadId.Of(other)).ShouldBe(one.SequenceEqual(other));
            ThreadId.Of([.. one, .. other]).Value.ShouldStartWith(ThreadId.Of(one).Value + "/");
        }).QuickCheckThrowOnFailure();

        static string[] Join(List<string> parts, string[] joints)
        {
            var joined = new List<string> { parts[0] };
            for (var i = 1; i < parts.Count; i++)
            {
                if (joints[i].Length == 0)
                {
                    joined.Add(parts[i]);
                }
                else
                {
                    joined[^1] += joints[i] + parts[i];
                }
            }

            return [.. joined];
        }
    }
}
