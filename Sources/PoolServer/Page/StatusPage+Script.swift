extension StatusPage {
    /// Fetches the numbers and fills them in.
    static let script = #"""
        "use strict";
        const $ = id => document.getElementById(id);
        const key = "session-pool-token";
        let token = sessionStorage.getItem(key) || "";
        let lastAnswer = 0, samples = [], interval = 5;

        const formats = {
          plain: v => typeof v === "number" ? v.toLocaleString("en-US") : String(v),
          percent: v => (v * 100).toFixed(v > 0 && v < 0.0995 ? 2 : 1) + " %",
          time: v => time(v),
          span: v => span(v),
          clock: v => new Date(v).toLocaleTimeString(),
          limit: v => v.toLocaleString("en-US"),
        };
        const absent = { clock: "never", limit: "no total" };

        function time(s) {
          if (s === 0) return "0";
          if (s < 0.001) return (s * 1e6).toFixed(0) + " µs";
          if (s < 1) return (s * 1e3).toFixed(s < 0.01 ? 2 : s < 0.1 ? 1 : 0) + " ms";
          return s.toFixed(s < 10 ? 2 : 1) + " s";
        }
        function span(s) {
          const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
          const first = units.findIndex(u => s >= u[1]);
          if (first < 0) return "0 s";
          const whole = Math.floor(s / units[first][1]);
          const next = units[first + 1];
          const rest = next ? Math.floor((s - whole * units[first][1]) / next[1]) : 0;
          return whole + " " + units[first][0] + (rest ? " " + rest + " " + next[0] : "");
        }
        function show(element, value) {
          const format = element.dataset.format || "plain";
          const missing = value === null || value === undefined;
          element.textContent = missing ? absent[format] || "–" : formats[format](value);
          element.dataset.value = missing ? "" : value;
        }
        function cell(row, label, text) {
          const td = row.insertCell();
          td.dataset.label = label;
          td.append(text);
          return td;
        }
        function bar(limit) {
          const both = document.createElement("span");
          const meter = document.createElement("meter");
          meter.max = limit.limit;
          meter.value = limit.in_use;
          both.append(meter, limit.in_use + " / " + limit.limit);
          return both;
        }
        function fill(stats) {
          for (const element of document.querySelectorAll("[data-path]")) {
            show(element, element.dataset.path.split(".").reduce((o, k) => o == null ? o : o[k], stats));
          }
          const details = stats.details;
          const state = $("state");
          state.textContent = details.state !== "running" ? details.state : details.ready ? "ready" : "not ready";
          state.className = "pill " + (details.ready ? "good" : "bad");
          $("reasons").hidden = details.reasons.length === 0;
          $("reasons").textContent = details.reasons.join(" ");
          const body = document.createElement("tbody");
          for (const one of details.pools) {
            const row = body.insertRow();
            row.dataset.key = one.key;
            cell(row, "Server", one.key);
            const paused = one.upkeep && one.upkeep.suspended;
            const health = cell(row, "Health", paused ? "paused" : one.health === "unknown" ? "not checked" : one.health);
            if (paused || one.health !== "unknown") health.className = !paused && one.health === "healthy" ? "good" : "bad";
            cell(row, "Permits", bar(one.limits.concurrency));
            cell(row, "Connections", bar(one.limits.connections));
            cell(row, "Waiters", one.limits.waiters.in_use);
            cell(row, "Requests", formats.plain(one.requests));
            cell(row, "Failed", formats.plain(one.failed));
            for (const name of ["p50", "p95", "p99"]) cell(row, name, time(one[name + "_s"]));
            cell(row, "Reuse", formats.percent(one.reuse_ratio));
          }
          $("sessions").tBodies[0].replaceWith(body);
          const results = $("results");
          results.replaceChildren();
          for (const one of details.requests.by_result) {
            const [term, value] = [document.createElement("dt"), document.createElement("dd")];
            term.textContent = one.result;
            value.textContent = formats.plain(one.count);
            results.append(term, value);
          }
        }
        async function get(path) {
          const headers = { Accept: "application/json" };
          if (token) headers.Authorization = "Bearer " + token;
          const answer = await fetch(path, { headers, cache: "no-store", signal: AbortSignal.timeout(8000) });
          if (answer.status === 401) {
            $("login").hidden = false;
            throw new Error("the token is missing or wrong");
          }
          if (!answer.ok) throw new Error("the server says " + answer.status);
          $("login").hidden = true;
          return answer.json();
        }
        async function refresh() {
          try {
            const [stats, history] = await Promise.all([get("/pool/stats"), get("/pool/history")]);
            fill(stats);
            samples = history.samples;
            interval = history.interval_s;
            const last = samples[samples.length - 1];
            $("rate").textContent = last ? perSecond(last.requests).toFixed(1) + " /s" : "–";
            drawAll();
            lastAnswer = Date.now();
            $("fresh").textContent = "updated " + new Date().toLocaleTimeString();
            $("fresh").className = "quiet";
            document.body.dataset.loaded = "yes";
          } catch (error) {
            const since = lastAnswer ? " since " + new Date(lastAnswer).toLocaleTimeString() : "";
            $("fresh").textContent = "no answer" + since + ": " + error.message;
            $("fresh").className = "bad";
          }
        }
        $("login").addEventListener("submit", event => {
          event.preventDefault();
          token = $("token").value.trim();
          sessionStorage.setItem(key, token);
          refresh();
        });
        async function run() {
          for (;;) {
            if (!document.hidden) await refresh();
            await new Promise(done => setTimeout(done, 2000));
          }
        }
        """#
}
