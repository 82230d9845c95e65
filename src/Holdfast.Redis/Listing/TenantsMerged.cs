namespace Holdfast.Redis.Listing;

/// <summary>Walks through all tenants at once, merging what they have: the orders of updates and of what is due.</summary>
internal sealed class TenantsMerged(TenantList tenants, ScanOrder order, Func<string, TenantScan> open) : IIndexScan
{
    /// <summary>How many tenants are asked at once.</summary>
    private const int AtOnce = 64;

    /// <summary>How many candidates are asked of a tenant at first; most have none among the newest.</summary>
    private const int FirstWant = 4;

    private readonly PriorityQueue<Source, Candidate> _sources = new(Comparer<Candidate>.Create((x, y) => order.Compare(x.Position, y.Position)));
    private bool _isOpen;

    public bool IsDone => _isOpen && _sources.Count == 0;

    public async Task<IReadOnlyList<Candidate>> NextAsync(int want, CancellationToken cancellationToken)
    {
        if (!_isOpen)
        {
            await OpenAsync(cancellationToken).ConfigureAwait(false);
            _isOpen = true;
        }

        var found = new List<Candidate>(want);
        while (found.Count < want && _sources.TryDequeue(out var source, out var candidate))
        {
            found.Add(candidate);
            if (source.Buffer.Count == 0)
            {
                await source.FillAsync(want, cancellationToken).ConfigureAwait(false);
            }

            Enqueue(source);
        }

        return found;
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        while (!tenants.IsDone)
        {
            foreach (var some in (await tenants.NextAsync(cancellationToken).ConfigureAwait(false)).Chunk(AtOnce))
            {
                var sources = some.Select(tenant => new Source(open(tenant))).ToList();
                await Task.WhenAll(sources.Select(source => source.FillAsync(FirstWant, cancellationToken))).ConfigureAwait(false);
                sources.ForEach(Enqueue);
            }
        }
    }

    private void Enqueue(Source source)
    {
        if (source.Buffer.TryDequeue(out var next))
        {
            _sources.Enqueue(source, next);
        }
    }

    private sealed class Source(TenantScan scan)
    {
        public Queue<Candidate> Buffer { get; } = [];

        public async Task FillAsync(int want, CancellationToken cancellationToken)
        {
            foreach (var candidate in await scan.NextAsync(want, cancellationToken).ConfigureAwait(false))
            {
                Buffer.Enqueue(candidate);
            }
        }
    }
}
