using Microsoft.AspNetCore.Http;

namespace Holdfast;

/// <summary>How handlers of requests get their thread, and what becomes of it: for all handlers in <c>AddHoldfastHandlers</c>, and for one in <c>WithState</c> and <c>WithThread</c>.</summary>
public sealed class HandlerOptions
{
    /// <summary>The name that a store was registered with (<c>AddHoldfast(name, …)</c>).</summary>
    /// <value>The default is null: the store without a name.</value>
    public string? StoreName { get; set; }

    /// <summary>What comes before the id that the request names. The prefixes of handlers whose threads have nothing in common are different.</summary>
    /// <value>The default is empty.</value>
    public string IdPrefix { get; set; } = "";

    /// <summary>Finds the user of a request.</summary>
    /// <remarks>It alone decides; null or an empty text means that nobody is signed in.</remarks>
    /// <value>
    /// The default is null: the claim <c>NameIdentifier</c> of an authenticated identity, else its claim <c>sub</c>. Who is signed in and has neither is refused.
    /// </value>
    public Func<HttpContext, string?>? UserIdOf { get; set; }

    /// <summary>Finds the tenant of a request. When it returns null or an empty text the request is refused.</summary>
    /// <value>The default is null: the tenant of the store.</value>
    public Func<HttpContext, string?>? TenantOf { get; set; }

    /// <summary>Whether requests of which the user is not known are served. They reach only threads that belong to nobody, so whoever knows the id of such a thread reaches it.</summary>
    /// <value>The default is false: they are refused.</value>
    public bool AllowAnonymous { get; set; }

    /// <summary>Whether nothing is committed. A handler that changes its session all the same has failed.</summary>
    /// <value>The default is null: so it is for GET and HEAD, and not for other methods.</value>
    public bool? ReadOnly { get; set; }

    /// <summary>Whether the thread must be there, so that a request for another one is answered with 404. A thread that comes from a cookie may always be new.</summary>
    /// <value>The default is null: it must for GET and HEAD, and other methods begin a thread that is not there.</value>
    public bool? MustExist { get; set; }

    /// <summary>Whether the position of the thread is its ETag: sent with answers, and compared with <c>If-Match</c> and <c>If-None-Match</c>.</summary>
    /// <remarks>Turn it off for reads whose answer depends on more than the thread, such as the variables of the user, or the time: for a thread that has not changed they are answered with 304.</remarks>
    /// <value>The default is true.</value>
    public bool UseETags { get; set; } = true;

    /// <summary>How the session of a handler is opened.</summary>
    /// <remarks>
    /// <see cref="OpenOptions.UserId"/> is that of the request, and <see cref="MustExist"/> has a property of its own. With <see cref="OpenOptions.RebaseOnConflict"/> a commit that meets changes of others
    /// merges with them; not where the request has <c>If-Match</c>, or no user.
    /// </remarks>
    /// <value>The default is that of <see cref="OpenOptions"/>.</value>
    public OpenOptions Open { get; set; } = new();

    internal ThreadSource Source { get; private set; } = ThreadSource.Route("thread");

    /// <summary>The thread is named by a value of the route; this is the default, with the name <c>thread</c>.</summary>
    /// <param name="name">The name of the value, as in <c>/chats/{thread}</c>.</param>
    /// <returns>These options.</returns>
    public HandlerOptions FromRoute(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return From(ThreadSource.Route(name));
    }

    /// <summary>The thread is named by a header.</summary>
    /// <param name="name">The name of the header.</param>
    /// <returns>These options.</returns>
    public HandlerOptions FromHeader(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return From(ThreadSource.Header(name));
    }

    /// <summary>The thread is named by a claim of who is signed in.</summary>
    /// <param name="type">The type of the claim.</param>
    /// <returns>These options.</returns>
    public HandlerOptions FromClaim(string type)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        return From(ThreadSource.Claim(type));
    }

    /// <summary>The thread is that of the visitor's browser: a cookie carries its id, and a visitor who has none gets a new one. The cookie lasts as long as the browser runs.</summary>
    /// <returns>These options.</returns>
    public HandlerOptions FromCookie() => FromCookie(".Holdfast.Thread", null);

    /// <summary>The thread is that of the visitor's browser: a cookie carries its id, and a visitor who has none gets a new one.</summary>
    /// <remarks>
    /// <para>
    /// The cookie has the id and nothing else, protected by <c>AddDataProtection</c> and bound to the store, the tenant and the user. One that was tampered with, or was made for somebody else, counts as none, and so does
    /// one whose thread was deleted: the visitor begins a new thread. Whoever signs in or out begins a new one too. Scripts cannot read it, it is sent with requests of the same site, and over HTTPS only if it was made there.
    /// </para>
    /// <para>For visitors who are not signed in, set <see cref="AllowAnonymous"/> too: ids of such threads cannot be guessed.</para>
    /// </remarks>
    /// <param name="name">The name of the cookie.</param>
    /// <param name="maxAge">How long the browser keeps it after the last request; null for as long as the browser runs.</param>
    /// <returns>These options.</returns>
    public HandlerOptions FromCookie(string name, TimeSpan? maxAge)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (maxAge is { } age)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(age, TimeSpan.Zero, nameof(maxAge));
        }

        return From(ThreadSource.OfCookie(name, maxAge));
    }

    /// <summary>The thread is named by a function.</summary>
    /// <param name="idOf">Gives the id, without <see cref="IdPrefix"/>. When it returns null or an empty text the request is answered with 400.</param>
    /// <returns>These options.</returns>
    public HandlerOptions From(Func<HttpContext, string?> idOf)
    {
        ArgumentNullException.ThrowIfNull(idOf);
        return From(ThreadSource.Function(idOf));
    }

    internal HandlerOptions Snapshot() => (HandlerOptions)MemberwiseClone();

    /// <exception cref="StateConfigurationException">The message names each setting that is wrong.</exception>
    internal void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
        {
            throw new StateConfigurationException(string.Join(' ', problems));
        }
    }

    internal IEnumerable<string> Problems()
    {
        if (IdPrefix is null)
        {
            yield return "HandlerOptions.IdPrefix must be set; it is null. An empty text is the default.";
        }
        else if (IdPrefix.Length > 0 && !ThreadId.TryParse(IdPrefix, out _))
        {
            yield return "HandlerOptions.IdPrefix must be what an id can begin with: at most 512 bytes of UTF-8 without control characters.";
        }

        if (StoreName is "")
        {
            yield return "HandlerOptions.StoreName must be the name of a store, or null; it is empty.";
        }

        if (Open is null)
        {
            yield return "HandlerOptions.Open must be set; it is null.";
        }
        else if (Open is not { UserId: null, MustExist: false, ParentId: null })
        {
            yield return "HandlerOptions.Open can have neither UserId nor ParentId nor MustExist: the user is that of the request, and HandlerOptions.MustExist says whether a thread must be there.";
        }
    }

    private HandlerOptions From(ThreadSource source)
    {
        Source = source;
        return this;
    }
}
