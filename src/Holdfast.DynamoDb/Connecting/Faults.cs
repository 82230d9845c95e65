using System.Net;
using Amazon.Runtime;
using Polly.Timeout;

namespace Holdfast.DynamoDb.Connecting;

/// <summary>Tells what exceptions of the client mean.</summary>
internal static class Faults
{
    private const string ConditionalCheckFailed = "ConditionalCheckFailed";

    private static readonly HashSet<string> PassingCodes = new(StringComparer.Ordinal)
    {
        "ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded", "ThrottlingException", "ThrottlingError", "Throttling", "ThrottledException",
        "RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "LimitExceededException",
        "TransactionConflictException", "TransactionConflict", "ReplicatedWriteConflictException",
    };

    public static bool IsPassing(Exception e) => Of(e) is Fault.NotDone or Fault.Unknown;

    public static Fault Of(Exception e) => e switch
    {
        TransactionCanceledException cancelled => OfReasons(cancelled),
        ConditionalCheckFailedException => Fault.Condition,

        // The same request, sent before, is at work still.
        TransactionInProgressException => Fault.Unknown,
        AmazonUnmarshallingException => Fault.Unknown,
        AmazonServiceException service when service.ErrorCode is { } code && PassingCodes.Contains(code) => Fault.NotDone,
        AmazonServiceException { StatusCode: >= HttpStatusCode.InternalServerError } => Fault.Unknown,
        AmazonServiceException { InnerException: HttpRequestException inner } => Of(inner),
        AmazonServiceException { InnerException: IOException or WebException or OperationCanceledException } => Fault.Unknown,
        AmazonClientException { InnerException: HttpRequestException inner } => Of(inner),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } => Fault.NotDone,
        HttpRequestException or IOException or WebException or OperationCanceledException or TimeoutRejectedException => Fault.Unknown,
        _ => Fault.Refused,
    };

    private static Fault OfReasons(TransactionCanceledException cancelled)
    {
        var fault = Fault.Refused;
        foreach (var reason in cancelled.CancellationReasons ?? [])
        {
            if (PassingCodes.Contains(reason.Code ?? ""))
            {
                return Fault.NotDone;
            }

            fault = reason.Code == ConditionalCheckFailed ? Fault.Condition : fault;
        }

        return fault;
    }
}
