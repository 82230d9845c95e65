using System.Net.Sockets;
using Amazon.Runtime;
using Polly.Timeout;

namespace Holdfast.DynamoDb.Connecting;

/// <summary>Tells in words why the service cannot be reached, and what to do about it.</summary>
internal static class Unreachable
{
    /// <summary>Whether nothing listens at the address, or there is no such host.</summary>
    public static bool IsNobodyThere(Exception e)
        => Find<SocketException>(e) is { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.NoData };

    /// <summary>The cause and the advice, as sentences without a secret; null if <paramref name="e"/> tells of something else.</summary>
    public static string? Describe(Exception e, TimeSpan requestTimeout) => e switch
    {
        AmazonClientException when e.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase)
            => "no credentials were found. Set DynamoDbLogOptions.Credentials, or give the process some, as for every client of the AWS SDK (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role).",
        TimeoutRejectedException or OperationCanceledException => $"there was no answer within {requestTimeout.TotalSeconds} seconds, however often it was sent. Check address, network and firewalls.",
        _ when Find<HttpRequestException>(e) is { } http => OfHttp(http),
        _ => null,
    };

    private static string OfHttp(HttpRequestException http) => (http.HttpRequestError, Find<SocketException>(http)?.SocketErrorCode) switch
    {
        (_, SocketError.ConnectionRefused) => "nothing listens there (connection refused). Check that the service runs, and that address and port are right.",
        (HttpRequestError.NameResolutionError, _) => "the name of the host cannot be resolved. Check that address or region is right.",
        (HttpRequestError.SecureConnectionError, _) => "TLS could not be agreed upon. Check whether the address is to begin with http or https, and the certificate of the service.",
        (HttpRequestError.ConnectionError, { } code) => $"no connection could be made ({code}). Check address and network.",
        (var error, _) => $"the connection broke ({error}).",
    };

    private static T? Find<T>(Exception? e)
        where T : Exception
        => e is null ? null : e as T ?? Find<T>(e.InnerException);
}
