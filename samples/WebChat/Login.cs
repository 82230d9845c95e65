namespace WebChat;

internal sealed record Login(string Name);
