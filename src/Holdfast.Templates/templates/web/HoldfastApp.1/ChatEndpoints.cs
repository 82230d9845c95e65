using Holdfast;

namespace HoldfastApp._1;

/// <summary>Conversations over HTTP. Each user has those of their own, whatever ids others use.</summary>
public static class ChatEndpoints
{
    public static void MapChats(this IEndpointRouteBuilder app)
    {
        var chats = app.MapGroup("/chats/{id}").RequireAuthorization();
        chats.MapPost("", SayAsync);
        chats.MapGet("", ShowAsync);
    }

    // A request that is sent twice with the same Idempotency-Key is answered once, and gets the same reply.
    private static async Task<IResult> SayAsync(string id, Said said, HttpContext http, ChatAgent agent)
    {
        if (string.IsNullOrWhiteSpace(said.Text))
        {
            return Results.Problem("The body must be {\"text\": \"…\"}.", statusCode: StatusCodes.Status400BadRequest);
        }

        var reply = await agent.SayAsync(ThreadOf(http, id), said.Text, http.Request.Headers["Idempotency-Key"], http.RequestAborted);
        return Results.Ok(new { Text = reply });
    }

    private static async Task<IResult> ShowAsync(string id, HttpContext http, AgentStateStore store)
    {
        var session = await store.OpenAsync(ThreadOf(http, id), new() { UserId = UserOf(http), RecentMessages = 50 }, http.RequestAborted);
        var messages = await session.History.LastAsync(50, http.RequestAborted);
        return Results.Ok(messages.Where(message => message.Text.Length > 0).Select(message => new { Role = message.Role.Value, message.Text }));
    }

    private static string ThreadOf(HttpContext http, string id) => $"{UserOf(http)}/{id}";

    private static string UserOf(HttpContext http) => http.User.Identity!.Name!;

    private sealed record Said(string? Text);
}
