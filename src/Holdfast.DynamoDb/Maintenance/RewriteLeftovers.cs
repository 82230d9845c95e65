using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Rows;

namespace Holdfast.DynamoDb.Maintenance;

/// <summary>Removes everything of a rewrite that came to nothing, or whose thread was erased.</summary>
internal sealed class RewriteLeftovers(Table table, BodyStore bodies, StagedBodies staged)
{
    private const int PageSize = 50;

    public async Task RemoveAsync(string rewrite)
    {
        if (await table.GetAsync("read the note of a rewrite", WorkItem.KeyOf(rewrite), CancellationToken.None).ConfigureAwait(false) is not { } note)
        {
            return;
        }

        while (await staged.ReadAsync(rewrite, 0, uint.MaxValue, PageSize, CancellationToken.None).ConfigureAwait(false) is { Count: > 0 } page)
        {
            foreach (var (version, _) in page)
            {
                await table.DeleteAsync("remove a staged body", StagedBodies.KeyOf(rewrite, version), CancellationToken.None).ConfigureAwait(false);
            }
        }

        // The note last: as long as it is there, what is left is found again.
        await bodies.DiscardAsync(WorkItem.Read(note), CancellationToken.None).ConfigureAwait(false);
    }
}
