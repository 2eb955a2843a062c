extension StatusPage {
    static let style = #"""
        :root {
          --back: #f6f7f9; --card: #ffffff; --text: #1a1f27; --quiet: #5c6673; --line: #dde2e8;
          --one: #1f6feb; --two: #b35900; --three: #c2255c; --good: #1a7f4b; --bad: #b42318; --warm: #fff3d6;
          --warmtext: #6b4700;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --back: #0f1319; --card: #181e26; --text: #e8ecf1; --quiet: #98a4b3; --line: #2b333e;
            --one: #6cb1ff; --two: #ffb454; --three: #ff7eb0; --good: #56d18f; --bad: #ff8a7d; --warm: #3a2e10;
            --warmtext: #ffdf99;
          }
        }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        html { -webkit-text-size-adjust: 100%; }
        body {
          margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--back); color: var(--text);
          font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
          font-variant-numeric: tabular-nums;
        }
        h1 { font-size: 1.35rem; margin: 0; }
        h2 { font-size: .95rem; margin: 0 0 .35rem; font-weight: 600; }
        h1 .quiet, h2 .quiet { font-weight: 400; }
        .quiet, small { color: var(--quiet); }
        .line { display: flex; flex-wrap: wrap; gap: .35rem 1rem; align-items: center; margin: .4rem 0 1rem; }
        .pill { padding: .05rem .6rem; border-radius: 1rem; border: 1px solid currentColor; font-weight: 600; }
        .good { color: var(--good); } .bad { color: var(--bad); }
        .warning { background: var(--warm); color: var(--warmtext); padding: .6rem .8rem; border-radius: .5rem; }
        form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: 1rem; }
        input, button {
          font: inherit; padding: .45rem .7rem; border-radius: .4rem; border: 1px solid var(--line);
          background: var(--card); color: var(--text);
        }
        section { margin-bottom: 1rem; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; }
        .tile, figure, table, .facts > div {
          background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
        }
        .tile { padding: .7rem .9rem; }
        .tile h2 { color: var(--quiet); font-weight: 500; margin: 0; }
        .tile b { display: block; font-size: 1.6rem; line-height: 1.3; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: .75rem; }
        figure { margin: 0; padding: .7rem .9rem; min-width: 0; display: flex; flex-direction: column; }
        figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; }
        .legend { margin: 0; display: flex; flex-wrap: wrap; gap: 0 .8rem; color: var(--quiet); font-size: .85rem; }
        .legend i { font-style: normal; font-weight: 600; }
        svg { display: block; width: 100%; height: 150px; margin-top: auto; touch-action: pan-y; }
        svg text { fill: var(--quiet); font-size: 11px; }
        .grid { stroke: var(--line); stroke-width: 1; }
        .cursor { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 2 3; }
        .series { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .one { stroke: var(--one); } .two { stroke: var(--two); stroke-dasharray: 6 4; }
        .three { stroke: var(--three); stroke-dasharray: 1 4; }
        circle.one { fill: var(--one); } circle.two { fill: var(--two); } circle.three { fill: var(--three); }
        i.one { color: var(--one); } i.two { color: var(--two); } i.three { color: var(--three); }
        table { width: 100%; border-collapse: separate; border-spacing: 0; overflow: hidden; }
        th, td { padding: .45rem .7rem; text-align: right; white-space: nowrap; }
        th { color: var(--quiet); font-weight: 500; font-size: .85rem; }
        td { border-top: 1px solid var(--line); }
        th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere; }
        meter { width: 3.5rem; height: .6rem; margin-right: .4rem; vertical-align: middle; }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: .75rem; }
        .facts > div { padding: .7rem .9rem; }
        dl { display: grid; grid-template-columns: 1fr auto; gap: .15rem .8rem; margin: 0; }
        dt { color: var(--quiet); } dd { margin: 0; text-align: right; }
        footer { display: flex; flex-wrap: wrap; gap: 1rem; } a { color: var(--one); }
        @media (max-width: 46rem) {
          .tiles { grid-template-columns: 1fr 1fr; gap: .5rem; } .tile { padding: .55rem .7rem; }
          .tile b { font-size: 1.3rem; }
          thead { display: none; }
          table, tbody, tr, td { display: block; }
          tr { padding: .5rem .2rem; } tr + tr { border-top: 1px solid var(--line); }
          td { border: 0; padding: .12rem .7rem; display: flex; justify-content: space-between; gap: 1rem; }
          td::before { content: attr(data-label); color: var(--quiet); }
          td:first-child { font-weight: 600; } td:first-child::before { content: none; }
        }
        """#
}
