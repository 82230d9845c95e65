using System.Net.ServerSentEvents;

namespace Holdfast.AspNetCore.Tests.Support;

/// <summary>Reads server-sent events one by one.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _events;

    private EventReader(HttpResponseMessage response, Stream stream)
        => (_response, _events) = (response, SseParser.Create(stream).EnumerateAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator());

    public static async Task<EventReader> OpenAsync(Task<HttpResponseMessage> answer)
    {
        var response = await answer;
        response.Content.Headers.ContentType?.MediaType.ShouldBe("text/event-stream", await TextAsync(response));
        return new(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The next event, as <c>id type data</c>.</summary>
    public async Task<string> NextAsync()
    {
        (await _events.MoveNextAsync()).ShouldBeTrue("the stream has ended");
        return $"{_events.Current.EventId} {_events.Current.EventType} {_events.Current.Data}";
    }

    public async Task<List<string>> RestAsync()
    {
        var rest = new List<string>();
        while (await _events.MoveNextAsync())
        {
            rest.Add($"{_events.Current.EventId} {_events.Current.EventType} {_events.Current.Data}");
        }

        return rest;
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        _response.Dispose();
    }

    private static async Task<string?> TextAsync(HttpResponseMessage response)
        => response.IsSuccessStatusCode ? null : await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
