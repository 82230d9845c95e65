using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Redis.Connecting;

/// <summary>A Lua script, which servers are asked for by its digest.</summary>
internal sealed class RedisScript
{
    private RedisScript(string name, string text)
    {
        Name = name;
        Text = text;

        // SHA-1 is how Redis names scripts; nothing rests on its strength.
#pragma warning disable CA5350
        Sha = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
    }

    public string Name { get; }

    public string Text { get; }

    public byte[] Sha { get; }

    /// <summary>Makes a script of embedded files, one after the other.</summary>
    public static RedisScript Of(string name, params ReadOnlySpan<string> files)
    {
        var text = new StringBuilder();
        foreach (var file in files)
        {
            using var reader = new StreamReader(typeof(RedisScript).Assembly.GetManifestResourceStream(file)!);
            text.Append(reader.ReadToEnd());
        }

        return new(name, text.ToString());
    }
}
