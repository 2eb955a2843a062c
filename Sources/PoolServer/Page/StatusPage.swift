/// The page for a person: one document without a single outside asset, which asks the server for its numbers.
///
/// The document holds no data. What it shows it fetches from `/pool/stats` and `/pool/history`, with the token that a
/// person types in if the server wants one; texts of the pool are set as text, never as markup.
enum StatusPage {
    static func response() -> ServerResponse {
        // Of this answer alone: a script that finds its way into the page does not know it.
        let nonce = (0..<4).map { _ in String(UInt32.random(in: .min ... .max), radix: 36) }.joined()
        return ServerResponse(
            type: "text/html; charset=utf-8",
            body: opening + Array("<script nonce=\"\(nonce)\">".utf8) + closing,
            fields: [
                (
                    "Content-Security-Policy",
                    "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-\(nonce)'; connect-src 'self'; "
                        + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                ),
                ("Referrer-Policy", "no-referrer"),
            ]
        )
    }

    private static let opening = Array(
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>session-pool</title>
        <link rel="icon" href="data:,">
        <style>
        \(style)
        </style>
        </head>
        <body>
        \(markup)

        """.utf8
    )

    private static let closing = Array(
        """

        \(script)
        \(chartScript)
        </script>
        </body>
        </html>

        """.utf8
    )

    /// Elements with a `data-path` show the value of `/pool/stats` at that path.
    private static let markup = #"""
        <header>
        <h1>session-pool <span class="quiet" data-path="details.pool"></span></h1>
        <p class="line">
        <span id="state" class="pill">…</span>
        <span class="quiet">up <span data-path="details.uptime_seconds" data-format="span"></span></span>
        <span id="fresh" class="quiet" role="status"></span>
        </p>
        <p id="reasons" class="warning" hidden></p>
        <noscript><p class="warning">This page needs JavaScript; <a href="/pool/stats">/pool/stats</a> does not.</p></noscript>
        <form id="login" hidden>
        <label for="token">This server wants its token</label>
        <input id="token" type="password" autocomplete="off" spellcheck="false">
        <button>Show</button>
        </form>
        </header>
        <main>
        <section class="tiles" aria-label="Now">
        <div class="tile"><h2>Requests</h2><b id="rate">–</b><small>
        <span data-path="details.requests.total"></span> in all,
        <span data-path="details.requests.failed"></span> failed</small></div>
        <div class="tile"><h2>Running</h2><b data-path="details.requests.active"></b><small>
        <span data-path="details.pending_requests"></span> waiting</small></div>
        <div class="tile"><h2>Connections</h2><b data-path="stats.total_connections"></b><small>
        <span data-path="stats.in_use_connections"></span> in use,
        <span data-path="stats.available_connections"></span> idle</small></div>
        <div class="tile"><h2>Reuse</h2><b data-path="details.reuse_ratio" data-format="percent"></b><small>
        <span data-path="stats.connections_created"></span> connections for
        <span data-path="details.requests.total"></span> requests</small></div>
        <div class="tile"><h2>Errors</h2><b data-path="details.requests.error_rate" data-format="percent"></b><small>
        <span data-path="details.requests.timeouts"></span> time-outs,
        <span data-path="details.requests.cancelled"></span> cancelled</small></div>
        <div class="tile"><h2>Waiting for a permit</h2><b data-path="details.wait.p95_s" data-format="time"></b><small>
        at 95 %, at most <span data-path="details.wait.max_s" data-format="time"></span></small></div>
        </section>
        <section class="charts">
        <figure><figcaption><h2>Latency</h2><p class="legend"></p></figcaption>
        <svg id="latency" role="img" aria-label="Percentiles of request times over the last minutes"></svg></figure>
        <figure><figcaption><h2>Requests per second</h2><p class="legend"></p></figcaption>
        <svg id="requests" role="img" aria-label="Requests per second over the last minutes"></svg></figure>
        <figure><figcaption><h2>Connections and waiters</h2><p class="legend"></p></figcaption>
        <svg id="connections" role="img" aria-label="Connections and waiters over the last minutes"></svg></figure>
        </section>
        <section>
        <h2>Sessions <span class="quiet"><span data-path="details.sessions"></span> of
        <span data-path="details.max_sessions"></span></span></h2>
        <table id="sessions"><thead><tr><th>Server<th>Health<th>Permits<th>Connections<th>Waiters<th>Requests<th>Failed
        <th>p50<th>p95<th>p99<th>Reuse</tr></thead><tbody></tbody></table>
        </section>
        <section class="facts">
        <div><h2>Since the start</h2><dl>
        <dt>Request, mean<dd data-path="details.requests.avg_s" data-format="time"></dd>
        <dt>Request, p50<dd data-path="details.requests.p50_s" data-format="time"></dd>
        <dt>Request, p95<dd data-path="details.requests.p95_s" data-format="time"></dd>
        <dt>Request, p99<dd data-path="details.requests.p99_s" data-format="time"></dd>
        <dt>First chunk, p95<dd data-path="details.requests.ttfc_p95_s" data-format="time"></dd>
        <dt>New connection, p95<dd data-path="details.connections.p95_create_s" data-format="time"></dd>
        <dt>Permit at once<dd data-path="details.pool_efficiency" data-format="percent"></dd>
        <dt>Acquire time-outs<dd data-path="stats.acquire_timeouts"></dd>
        <dt>Evictions<dd data-path="details.evictions"></dd>
        </dl></div>
        <div><h2>Health and limits</h2><dl>
        <dt>Healthy connections<dd data-path="details.health.healthy_connections"></dd>
        <dt>Unhealthy connections<dd data-path="details.health.unhealthy_connections"></dd>
        <dt>Last check<dd data-path="details.health.last_health_check" data-format="clock"></dd>
        <dt>Checks that failed<dd data-path="stats.health_check_failures"></dd>
        <dt>Connections at most<dd data-path="details.max_connections" data-format="limit"></dd>
        <dt>Connections, peak<dd data-path="details.pool_size_peak"></dd>
        <dt>In use<dd data-path="details.pool_utilization" data-format="percent"></dd>
        </dl></div>
        <div><h2>Last 24 hours</h2><dl>
        <dt>Requests<dd data-path="details.last_24h.requests"></dd>
        <dt>Failures<dd data-path="details.last_24h.failures"></dd>
        <dt>Time-outs<dd data-path="details.last_24h.timeout_errors"></dd>
        <dt>Reuses<dd data-path="details.last_24h.reuse_count"></dd>
        <dt>Connections opened<dd data-path="details.last_24h.connections_created"></dd>
        <dt>Connections closed<dd data-path="details.last_24h.connections_destroyed"></dd>
        <dt>Validation failures<dd data-path="details.last_24h.validation_failures"></dd>
        </dl></div>
        <div><h2>Results</h2><dl id="results"></dl></div>
        </section>
        </main>
        <footer class="quiet"><a href="/pool/stats">/pool/stats</a> <a href="/metrics">/metrics</a>
        <a href="/readyz">/readyz</a> <a href="/healthz">/healthz</a></footer>
        """#
}
