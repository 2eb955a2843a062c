extension StatusPage {
    /// Draws the history as lines.
    static let chartScript = #"""
        const perSecond = count => count / interval;
        const whole = v => v.toLocaleString("en-US");
        const shortTime = s => s < 0.001 ? round(s * 1e6) + " µs" : s < 1 ? round(s * 1e3) + " ms" : round(s) + " s";
        const round = v => Number(v.toPrecision(1)).toLocaleString("en-US");
        // As many points as there are, but never so few that a minute looks like an hour.
        const shownPoints = () => Math.max(24, samples.length);
        const charts = [
          { id: "latency", log: true, format: time, tick: shortTime, series: [
            ["one", "p50", s => s.p50_s], ["two", "p95", s => s.p95_s], ["three", "p99", s => s.p99_s]] },
          { id: "requests", format: v => v.toFixed(1), tick: whole, series: [
            ["one", "all", s => perSecond(s.requests)], ["three", "failed", s => perSecond(s.failed)]] },
          { id: "connections", format: whole, tick: whole, series: [
            ["one", "open", s => s.in_use_connections + s.available_connections],
            ["two", "in use", s => s.in_use_connections], ["three", "waiters", s => s.pending_requests]] },
        ];
        const edge = { left: 46, right: 8, top: 8, bottom: 18 };

        function element(name, attributes, text) {
          const made = document.createElementNS("http://www.w3.org/2000/svg", name);
          for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
          if (text !== undefined) made.textContent = text;
          return made;
        }
        // The bounds of an axis, and the values on it that are written down.
        function axis(values, log) {
          if (log) {
            const positive = values.filter(v => v > 0);
            let low = positive.length ? Math.floor(Math.log10(Math.min(...positive))) : -3;
            let high = positive.length ? Math.ceil(Math.log10(Math.max(...positive))) : 0;
            if (high <= low) high = low + 1;
            const ticks = [];
            for (let power = low; power <= high; power++) {
              ticks.push(10 ** power);
              if (high - low < 3 && power < high) ticks.push(3 * 10 ** power);
            }
            return { ticks, place: v => (Math.log10(Math.max(v, 10 ** low)) - low) / (high - low) };
          }
          const top = Math.max(1, ...values), power = 10 ** Math.floor(Math.log10(top));
          const step = [0.5, 1, 2, 5].map(f => f * power).find(s => top / s <= 4) || power * 5;
          const high = Math.ceil(top / step) * step;
          const ticks = [];
          for (let v = 0; v <= high + step / 2; v += step) ticks.push(v);
          return { ticks, place: v => v / high };
        }
        function draw(chart) {
          const svg = $(chart.id), width = svg.clientWidth, height = svg.clientHeight, capacity = shownPoints();
          if (!width) return;
          const columns = chart.series.map(s => samples.map(s[2]));
          const { ticks, place } = axis(columns.flat().filter(v => v != null), chart.log);
          const x = i => edge.left + (capacity - samples.length + i) * (width - edge.left - edge.right) / (capacity - 1);
          const y = v => height - edge.bottom - place(v) * (height - edge.top - edge.bottom);
          const parts = [];
          const every = Math.ceil(ticks.length / 5);
          ticks.forEach((tick, i) => {
            if (i % every) return;
            parts.push(element("line", { class: "grid", x1: edge.left, x2: width - edge.right, y1: y(tick), y2: y(tick) }));
            parts.push(element("text", { x: edge.left - 6, y: y(tick) + 4, "text-anchor": "end" }, chart.tick(tick)));
          });
          const minutes = Math.round(capacity * interval / 6) / 10;
          parts.push(element("text", { x: edge.left, y: height - 4 }, "−" + minutes + " min"));
          parts.push(element("text", { x: width - edge.right, y: height - 4, "text-anchor": "end" }, "now"));
          chart.series.forEach(([color], n) => {
            let path = "", pen = false;
            columns[n].forEach((v, i) => {
              const isAlone = v != null && !pen && columns[n][i + 1] == null;
              if (isAlone) parts.push(element("circle", { class: color, cx: x(i), cy: y(v), r: 1.5 }));
              if (v != null && !isAlone) path += (pen ? "L" : "M") + x(i).toFixed(1) + " " + y(v).toFixed(1);
              pen = v != null && !isAlone;
            });
            if (path) parts.push(element("path", { class: "series " + color, d: path }));
          });
          const shown = chart.hover == null ? samples.length - 1 : Math.min(chart.hover, samples.length - 1);
          if (chart.hover != null && shown >= 0) {
            parts.push(element("line", { class: "cursor", x1: x(shown), x2: x(shown), y1: edge.top, y2: height - edge.bottom }));
          }
          if (!samples.length) {
            parts.push(element("text", { x: width / 2, y: height / 2, "text-anchor": "middle" }, "the first point comes soon"));
          }
          svg.replaceChildren(...parts);
          svg.setAttribute("viewBox", "0 0 " + width + " " + height);
          legend(chart, svg, columns, shown);
          chart.index = position => Math.round((position - edge.left) * (capacity - 1) / (width - edge.left - edge.right))
            - capacity + samples.length;
        }
        function legend(chart, svg, columns, shown) {
          const line = svg.parentNode.querySelector(".legend");
          line.replaceChildren();
          chart.series.forEach(([color, name], n) => {
            const value = columns[n][shown], item = document.createElement("span"), mark = document.createElement("i");
            mark.className = color;
            mark.textContent = name;
            item.append(mark, " " + (value == null ? "–" : chart.format(value)));
            line.append(item);
          });
          if (chart.hover != null && samples[shown]) line.append(new Date(samples[shown].time).toLocaleTimeString());
        }
        function drawAll() { charts.forEach(draw); }
        for (const chart of charts) {
          const svg = $(chart.id);
          svg.addEventListener("pointermove", event => {
            if (!samples.length || !chart.index) return;
            const index = chart.index(event.clientX - svg.getBoundingClientRect().left);
            chart.hover = Math.max(0, Math.min(samples.length - 1, index));
            draw(chart);
          });
          svg.addEventListener("pointerleave", () => { chart.hover = null; draw(chart); });
        }
        addEventListener("resize", drawAll);
        run();
        """#
}
