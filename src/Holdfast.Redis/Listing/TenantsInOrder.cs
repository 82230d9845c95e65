namespace Holdfast.Redis.Listing;

/// <summary>Walks through all tenants, one after the other: the order of ids.</summary>
internal sealed class TenantsInOrder(TenantList tenants, Func<string, TenantScan> open) : IIndexScan
{
    /// <summary>How many tenants are asked at once; many have nothing to offer.</summary>
    private const int Ahead = 32;

    private readonly Queue<string> _waiting = [];
    private readonly Queue<(TenantScan Scan, IReadOnlyList<Candidate> First)> _open = [];

    public bool IsDone { get; private set; }

    public async Task<IReadOnlyList<Candidate>> NextAsync(int want, CancellationToken cancellationToken)
    {
        while (!IsDone)
        {
            if (_open.Count == 0 && !await OpenAsync(want, cancellationToken).ConfigureAwait(false))
            {
                IsDone = true;
                break;
            }

            var (scan, found) = _open.Peek();
            if (found.Count == 0)
            {
                found = await scan.NextAsync(want, cancellationToken).ConfigureAwait(false);
            }

            _open.Dequeue();
            if (!scan.IsDone)
            {
                // What is left of this tenant comes before the next one.
                var others = _open.ToArray();
                _open.Clear();
                _open.Enqueue((scan, []));
                Array.ForEach(others, _open.Enqueue);
            }

            if (found.Count > 0)
            {
                return found;
            }
        }

        return [];
    }

    private async Task<bool> OpenAsync(int want, CancellationToken cancellationToken)
    {
        while (_waiting.Count < Ahead && !tenants.IsDone)
        {
            foreach (var tenant in await tenants.NextAsync(cancellationToken).ConfigureAwait(false))
            {
                _waiting.Enqueue(tenant);
            }
        }

        var scans = new List<TenantScan>();
        while (scans.Count < Ahead && _waiting.TryDequeue(out var tenant))
        {
            scans.Add(open(tenant));
        }

        var found = await Task.WhenAll(scans.Select(scan => scan.NextAsync(want, cancellationToken))).ConfigureAwait(false);
        foreach (var opened in scans.Zip(found))
        {
            _open.Enqueue(opened);
        }

        return scans.Count > 0;
    }
}
