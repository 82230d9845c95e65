namespace ChatApi;

internal sealed record Question(string Text);
