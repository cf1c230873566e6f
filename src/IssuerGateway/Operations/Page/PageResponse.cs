using System.Text;
using Microsoft.AspNetCore.Http;

namespace IssuerGateway.Operations.Page;

/// <summary>Sends a page piece by piece, with headers under which a browser neither keeps, frames nor runs anything of it.</summary>
internal static class PageResponse
{
    public static async Task WriteAsync(HttpContext context, IEnumerable<Markup> parts)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentType = "text/html; charset=utf-8";
        headers.ContentSecurityPolicy = PageStyle.Policy;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        foreach (Markup part in parts)
        {
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(part.ToString()), context.RequestAborted);
        }
    }
}
