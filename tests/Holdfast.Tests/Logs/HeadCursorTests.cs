using System.Buffers.Text;
using System.Text;
using Holdfast.Logs;

namespace Holdfast.Tests.Logs;

public sealed class HeadCursorTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 8, 0, 0, 123, TimeSpan.Zero);

    public static IEnumerable<TheoryDataRow<string?, string, ThreadOrder>> Listings()
        => from tenant in new[] { "", "acme", "änderung:1", null }
           from id in new[] { "a", "user-42/chat-7", "🐙/日本" }
           from order in Enum.GetValues<ThreadOrder>()
           select new TheoryDataRow<string?, string, ThreadOrder>(tenant, id, order);

    [Theory, MemberData(nameof(Listings))]
    public void Continuation_OfAListing_LeadsItOn(string? tenant, string id, ThreadOrder order)
    {
        var query = Query(tenant, order);
        foreach (var (owner, at) in ((string, DateTimeOffset)[])[(tenant ?? "some", At), (tenant ?? "", DateTimeOffset.UnixEpoch.AddDays(-1))])
        {
            var cursor = new HeadCursor(at, ThreadKey.Of(owner, id));

            HeadCursor.Parse(With(query, cursor.ToContinuation(query))).ShouldBe(cursor);
        }

        HeadCursor.Parse(query).ShouldBeNull();
    }

    [Fact]
    public void Continuation_OfATenantsListing_DoesNotTellTheTenant()
    {
        foreach (var order in Enum.GetValues<ThreadOrder>())
        {
            var query = Query("secret-customer", order);
            var token = new HeadCursor(At, ThreadKey.Of("secret-customer", "chat")).ToContinuation(query);

            Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).ShouldNotContain("secret");
            token.Length.ShouldBeLessThan(24);
        }
    }

    [Fact]
    public void Continuation_OfAnotherListing_IsRefused()
    {
        HeadQuery[] queries = [.. from tenant in new[] { "acme", "other", "", null } from order in Enum.GetValues<ThreadOrder>() select Query(tenant, order)];
        foreach (var query in queries)
        {
            var token = new HeadCursor(At, ThreadKey.Of(query.Tenant ?? "acme", "chat")).ToContinuation(query);
            foreach (var other in queries.Where(other => other != query))
            {
                Should.Throw<ArgumentException>(() => HeadCursor.Parse(With(other, token)), $"{query.Tenant} {query.Filter.Order} for {other.Tenant} {other.Filter.Order}");
            }
        }
    }

    [Fact]
    public void Continuation_WithAnyCharacterChanged_IsRefusedOrIsNoOtherListings()
    {
        var query = Query("acme", ThreadOrder.Id);
        var token = new HeadCursor(At, ThreadKey.Of("acme", "chat")).ToContinuation(query);
        for (var i = 0; i < token.Length - 1; i++)
        {
            var changed = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            Should.Throw<ArgumentException>(() => HeadCursor.Parse(With(query, changed)), changed);
        }

        foreach (var forged in new[] { "", "x", "!!", "AAAA", token[..^4], token + "AAAA", Base64Url.EncodeToString(Encoding.UTF8.GetBytes("1763712000123\nacme\nchat")) })
        {
            Should.Throw<ArgumentException>(() => HeadCursor.Parse(With(query, forged)), forged);
        }
    }

    private static HeadQuery Query(string? tenant, ThreadOrder order) => new() { Space = ThreadSpace.Threads, Tenant = tenant, AsOf = At, Filter = new() { Order = order } };

    private static HeadQuery With(HeadQuery query, string continuation) => query with { Filter = query.Filter with { Continuation = continuation } };
}
