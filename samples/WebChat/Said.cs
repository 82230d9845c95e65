namespace WebChat;

internal sealed record Said(string Role, string Text);
