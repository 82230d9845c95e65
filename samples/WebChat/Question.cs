namespace WebChat;

internal sealed record Question(string Text);
