using System.Security.Cryptography;
using System.Text;

namespace IssuerGateway.Operations.Page;

/// <summary>The style of the page, inside it, and the policy that admits this style, nothing else, and no script at all.</summary>
internal static class PageStyle
{
    /// <summary>Colors of light and dark have a contrast of at least 4.5 to 1 (WCAG 2.2 §1.4.3); states are words, never a color alone.</summary>
    public const string Css = """
        :root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#fff;--card:#f6f8fa;--line:#d0d7de;--good:#116329;--bad:#a40e26;--warn:#7d4e00;--link:#0550ae}
        @media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--paper:#0d1117;--card:#161b22;--line:#30363d;--good:#56d364;--bad:#ff9492;--warn:#e3b341;--link:#79c0ff}}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:72rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
        h1{font-size:1.3rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .25rem}p{margin:.25rem 0}
        a{color:var(--link)}code{font:.9em ui-monospace,monospace}
        nav a{margin-right:1rem}
        .soft{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
        .verdict{font-size:1.1rem;font-weight:600;margin:.5rem 0}
        .card,details{background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.6rem .8rem;margin:.5rem 0}
        summary{cursor:pointer}summary b{margin-right:.6rem}summary svg{float:right;margin-left:.6rem}
        table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-top:1px solid var(--line)}th{color:var(--soft);font-weight:600}
        rect.good{fill:var(--good)}rect.bad{fill:var(--bad)}rect.warn{fill:var(--warn)}
        @media (max-width:40rem){thead{display:none}tr,td{display:block}td{border:0;padding:.1rem 0}tr{border-top:1px solid var(--line);padding:.4rem 0}td::before{content:attr(data-label) ": ";color:var(--soft)}summary svg{float:none;display:block;margin:.3rem 0 0}}
        """;

    /// <summary>CSP Level 3: the style by its hash; nothing is loaded, sent, framed or run.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Css)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}
