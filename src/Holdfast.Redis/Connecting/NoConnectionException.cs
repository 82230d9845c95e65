namespace Holdfast.Redis.Connecting;

/// <summary>There is no connection, and it is known why.</summary>
internal sealed class NoConnectionException(string why, Exception? innerException) : Exception(why, innerException);
