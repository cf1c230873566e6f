using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IssuerGateway.Tests.Edge;

/// <summary>
/// One request that can be sent again and again without allocating anything itself, as Kestrel reuses the objects of a
/// connection: what is allocated during an exchange is the code under test.
/// </summary>
internal sealed class RepeatedExchange
{
    private readonly NumberedHeaders responseHeaders = [];
    private readonly HttpResponseFeature response;
    private readonly Sink sink = new();

    public RepeatedExchange(string method, string host, string rawTarget, string? ifNoneMatch = null)
    {
        IHeaderDictionary requestHeaders = new HeaderDictionary();
        requestHeaders.Host = host;
        if (ifNoneMatch is not null)
        {
            requestHeaders.IfNoneMatch = ifNoneMatch;
        }

        response = new HttpResponseFeature { Headers = responseHeaders };
        Features.Set<IHttpRequestFeature>(new HttpRequestFeature { Method = method, Path = rawTarget, RawTarget = rawTarget, Scheme = "https", Headers = requestHeaders });
        Features.Set<IHttpRequestBodyDetectionFeature>(new WithoutBody());
        Features.Set<IHttpResponseFeature>(response);
        Features.Set<IHttpResponseBodyFeature>(new BodyInto(sink));
    }

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public int Status => response.StatusCode;

    public long Written => sink.Written;

    /// <summary>Forgets the response, keeps the buffers.</summary>
    public void Reset()
    {
        response.StatusCode = StatusCodes.Status200OK;
        responseHeaders.Clear();
        sink.Written = 0;
    }

    /// <summary>Keeps the length as a number, as Kestrel does, where HeaderDictionary would make a text of it.</summary>
    private sealed class NumberedHeaders : HeaderDictionary, IHeaderDictionary
    {
        long? IHeaderDictionary.ContentLength { get; set; }
    }

    private sealed class WithoutBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => false;
    }

    private sealed class BodyInto(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => Stream.Null;

        public PipeWriter Writer => writer;

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }
    }

    private sealed class Sink : PipeWriter
    {
        private readonly byte[] buffer = new byte[64 * 1024];

        public long Written { get; set; }

        public override void Advance(int bytes) => Written += bytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => buffer;

        public override Span<byte> GetSpan(int sizeHint = 0) => buffer;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(new FlushResult(isCanceled: false, isCompleted: false));

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
