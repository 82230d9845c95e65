using Microsoft.AspNetCore.Http;

namespace Holdfast;

/// <summary>How one handler gets its thread: a part of the metadata of its endpoint.</summary>
/// <param name="options">The settings; those of the application until the conventions of the endpoint have changed them.</param>
internal sealed class HandlerSetup(HandlerOptions options)
{
    public HandlerOptions Options => options;

    /// <summary>Whether the handler has a session, which is committed when it succeeds.</summary>
    public bool HasSession { get; set; }

    /// <summary>The pattern of the route, which the log of commits has as the reason.</summary>
    public string? Pattern { get; set; }

    public bool IsReadOnly(HttpRequest request) => options.ReadOnly ?? IsRead(request);

    public bool MustExist(HttpRequest request) => options.MustExist ?? IsRead(request);

    public static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
}
