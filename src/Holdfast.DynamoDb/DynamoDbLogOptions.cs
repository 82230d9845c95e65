using System.Text.RegularExpressions;
using Amazon;
using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace Holdfast.DynamoDb;

/// <summary>Where and how a <see cref="DynamoDbCommitLog"/> stores.</summary>
public sealed partial class DynamoDbLogOptions
{
    // Well below the ten minutes for which DynamoDB knows the token of a transaction that it has carried out.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(5);

    /// <summary>The table: 3 to 255 letters, digits, <c>_</c>, <c>-</c> and <c>.</c>, or the table's ARN.</summary>
    /// <value>The default is <c>holdfast</c>.</value>
    public string TableName { get; set; } = "holdfast";

    /// <summary>Whether the table is made, with on-demand billing, if it is not there. It takes the permissions <c>DescribeTable</c> and <c>CreateTable</c>.</summary>
    /// <value>The default is false: the table is there.</value>
    public bool CreateTable { get; set; }

    /// <summary>The client; it stays the caller's, who disposes of it. Its own retries and time-outs apply within <see cref="RequestTimeout"/>.</summary>
    /// <value>The default is null: a client is made for <see cref="Region"/> or <see cref="ServiceUrl"/>.</value>
    public IAmazonDynamoDB? Client { get; set; }

    /// <summary>The region, such as <c>eu-central-1</c>.</summary>
    /// <value>The default is null: what the environment says, as for every client of the AWS SDK.</value>
    public string? Region { get; set; }

    /// <summary>The address of a service other than Amazon's own in the region, such as <c>http://localhost:8000</c> for DynamoDB Local.</summary>
    /// <value>The default is null: Amazon's own.</value>
    public string? ServiceUrl { get; set; }

    /// <summary>The credentials.</summary>
    /// <value>The default is null: those that the environment has, as for every client of the AWS SDK.</value>
    public AWSCredentials? Credentials { get; set; }

    /// <summary>How long to wait for the answer to one request before it is sent again: 100 milliseconds to 5 minutes.</summary>
    /// <value>The default is 10 seconds.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request is sent again, after throttling and passing failures, before it is given up: 100 milliseconds to 5 minutes.</summary>
    /// <remarks>The last attempt is still left its <see cref="RequestTimeout"/>.</remarks>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock.</summary>
    /// <value>The default is the system's.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Reads the settings from a URL: <c>dynamodb://region/table?endpoint=http://host:port&amp;create=true</c>. Credentials are no part of it.</summary>
    /// <exception cref="StateConfigurationException">The text is not such a URL.</exception>
    public static DynamoDbLogOptions FromUrl(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != "dynamodb" || uri.Host.Length == 0 || uri.UserInfo.Length > 0)
        {
            // The text itself may hold what should not be there, such as a password, so it is not repeated.
            throw new StateConfigurationException("A store in DynamoDB is named by dynamodb://region/table?endpoint=http://host:port, without credentials; the URL given is not of this form.");
        }

        var options = new DynamoDbLogOptions { Region = uri.Host };
        if (Uri.UnescapeDataString(uri.AbsolutePath.Trim('/')) is { Length: > 0 } table)
        {
            options.TableName = table;
        }

        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var left, var right] ? (left, Uri.UnescapeDataString(right)) : (pair, "");
            switch (name)
            {
                case "endpoint":
                    options.ServiceUrl = value;
                    break;
                case "create" when bool.TryParse(value, out var create):
                    options.CreateTable = create;
                    break;
                default:
                    throw new StateConfigurationException($"A store in DynamoDB is named by dynamodb://region/table with 'endpoint' (a URL) and 'create' (true or false) as settings; '{name}' is none of them, or has another value.");
            }
        }

        options.Validate();
        return options;
    }

    internal DynamoDbLogOptions Validated()
    {
        Validate();
        return (DynamoDbLogOptions)MemberwiseClone();
    }

    private void Validate()
    {
        if (!TableNames().IsMatch(TableName ?? ""))
        {
            throw Invalid(nameof(TableName), "must be 3 to 255 letters, digits, '_', '-' and '.', or the ARN of a table");
        }

        if (ServiceUrl is not null && !(Uri.TryCreate(ServiceUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0))
        {
            throw Invalid(nameof(ServiceUrl), "must be an http or https address without credentials");
        }

        if (Client is not null && (Region ?? ServiceUrl ?? (object?)Credentials) is not null)
        {
            throw Invalid(nameof(Client), "is set, so Region, ServiceUrl and Credentials must not be: they are for the client that is made otherwise");
        }

        foreach (var (name, value) in (ReadOnlySpan<(string, TimeSpan)>)[(nameof(RequestTimeout), RequestTimeout), (nameof(Timeout), Timeout)])
        {
            if (value < TimeSpan.FromMilliseconds(100) || value > LongestTimeout)
            {
                throw Invalid(name, $"must be 100 milliseconds to 5 minutes, not {value}");
            }
        }

        if (TimeProvider is null)
        {
            throw Invalid(nameof(TimeProvider), "must be set");
        }
    }

    /// <summary>Makes the client; its retries are off, because the log itself decides what is tried again.</summary>
    internal AmazonDynamoDBClient CreateClient()
    {
        var config = new AmazonDynamoDBConfig { MaxErrorRetry = 0 };
        if (ServiceUrl is not null)
        {
            config.ServiceURL = ServiceUrl;
            config.AuthenticationRegion = Region;
        }
        else if (Region is not null)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(Region);
        }

        try
        {
            return Credentials is null ? new(config) : new(Credentials, config);
        }
        catch (AmazonClientException e)
        {
            throw new StateConfigurationException("No client for DynamoDB can be made: set DynamoDbLogOptions.Region or ServiceUrl (or AWS_REGION), and Credentials where the environment has none.", e);
        }
    }

    private static StateConfigurationException Invalid(string property, string problem) => new($"DynamoDbLogOptions.{property} {problem}.");

    [GeneratedRegex("^(?:[A-Za-z0-9_.-]{3,255}|arn:[a-z0-9-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[A-Za-z0-9_.-]{3,255})$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex TableNames();
}
