using System.Text;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Rows;

/// <summary>A pin as it is stored, with a hash of its life and itself: nothing else tells what it says.</summary>
internal static class PinItem
{
    public static Item Write(Pin pin, Place place)
    {
        var (item, text) = (place.Pin(pin.Life), HeadCodec.WritePin(pin));
        item.Add(Attr.Pin, new(Encoding.UTF8.GetString(text)));
        item.Add(Attr.PinHash, Values.Of(HashOf(pin.Life, text)));
        return item;
    }

    /// <exception cref="CorruptStateException">The item cannot be a pin of the thread.</exception>
    public static Pin Read(Item item, Place place, ThreadKey key)
        => item.Text(Attr.Partition) == place.Partition
            && item.Text(Attr.Sort) is { } sort
            && sort.StartsWith(place.Pins, StringComparison.Ordinal)
            && Place.ParseLife(sort.AsSpan(place.Pins.Length)) is { } life
            && item.Text(Attr.Pin) is { } text
            && Encoding.UTF8.GetBytes(text) is var pin
            && item.Digest(Attr.PinHash) == HashOf(life, pin)
                ? HeadCodec.ReadPin(life, pin, key)
                : throw new CorruptStateException(key, 0, "a pin of it was asked for, and the item that was found is none, or is not what was written.");

    private static Digest HashOf(CommitId life, byte[] pin) => Digest.Compute([.. life.ToByteArray(), .. pin]);
}
