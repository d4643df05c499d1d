/// How a page looks: on a light and a dark screen, on a narrow one, and on paper.
enum Stylesheet {
  static let markup: Markup = """
    :root { \(light) }
    @media (prefers-color-scheme: dark) { :root { \(dark) } }
    @media print { :root { \(light) } }
    \(layout)
    \(tables)
    \(drawings)
    \(paper)
    """

  /// Eight colours after Okabe and Ito, darkened until they stand out from white.
  private static let light: Markup = """
    color-scheme: light; --page: #ffffff; --ink: #1b1f24; --quiet: #5a636e; --rule: #d9dee4; --soft: #f4f6f8; --edge: #9aa5b1;
    --track: #e9edf1; --warn: #8a4b00; --warn-page: #fff4e0; --hit: #0067a5; --miss: #c8510a;
    --c0: #0067a5; --c1: #c8510a; --c2: #00805c; --c3: #b04f8b; --c4: #3a94cf; --c5: #a87300; --c6: #6a58b4;
    --c7: #5a636e;
    """

  private static let dark: Markup = """
    color-scheme: dark; --page: #14171b; --ink: #e4e8ec; --quiet: #9aa5b1; --rule: #343b44; --soft: #1c2127; --edge: #5a636e;
    --track: #262c34; --warn: #ffcf87; --warn-page: #33270f; --hit: #62aeea; --miss: #f08c45;
    --c0: #62aeea; --c1: #f08c45; --c2: #3cc49b; --c3: #e095c3; --c4: #a5daff; --c5: #f0c552; --c6: #b0a3f2;
    --c7: #9aa5b1;
    """

  private static let layout: Markup = """
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.45;
      font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
    main { max-width: 1020px; margin: 0 auto; padding: 28px 20px 40px; }
    h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
    h2 { font-size: 19px; margin: 38px 0 4px; padding-top: 14px; border-top: 1px solid var(--rule);
      overflow-wrap: anywhere; }
    p { margin: 4px 0 10px; max-width: 78ch; overflow-wrap: anywhere; }
    code { font: 13px/1.4 ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
    .quiet { color: var(--quiet); font-size: 0.93em; }
    .warning { background: var(--warn-page); color: var(--warn); border-left: 3px solid; padding: 8px 12px;
      max-width: none; }
    .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: 18px 0 0; }
    .card { background: var(--soft); border-radius: 8px; padding: 10px 14px; display: flex; flex-direction: column;
      overflow-wrap: anywhere; }
    .card .value, .legend li, figcaption b, figcaption .quiet { unicode-bidi: isolate; }
    .word { display: inline-block; max-width: 100%; vertical-align: top; }
    .card .name { color: var(--quiet); font-size: 13px; }
    .card .value { font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.3; }
    .card .quiet { font-size: 13px; }
    .blocks { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 22px 28px;
      align-items: start; margin-top: 12px; }
    figure { margin: 0; min-width: 0; }
    figure.all { grid-column: 1 / -1; }
    figcaption { margin: 0 0 6px; overflow-wrap: anywhere; }
    details { border: 1px solid var(--rule); border-radius: 8px; padding: 8px 14px; }
    summary { cursor: pointer; }
    footer { margin-top: 40px; padding-top: 12px; border-top: 1px solid var(--rule); }
    """

  private static let tables: Markup = """
    .scroll { overflow-x: auto; container-type: inline-size; background: linear-gradient(to right, var(--page) 30%, transparent) 0 0 / 40px 100%,
      linear-gradient(to left, var(--page) 30%, transparent) 100% 0 / 40px 100%,
      linear-gradient(to right, var(--edge), transparent) 0 0 / 12px 100%,
      linear-gradient(to left, var(--edge), transparent) 100% 0 / 12px 100%;
      background-repeat: no-repeat; background-attachment: local, local, scroll, scroll; }
    table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
    th { text-align: left; font-weight: 600; color: var(--quiet); font-size: 13px; vertical-align: bottom; }
    th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid var(--rule); max-width: 36ch; overflow-wrap: anywhere; }
    td.n, th.n { text-align: right; overflow-wrap: normal; }
    td.n { white-space: nowrap; }
    th:last-child, td:last-child { padding-right: 2px; }
    thead th { border-bottom: 1px solid var(--quiet); }
    td.wide, th.wide { width: 100%; min-width: 130px; }
    table.facts th { vertical-align: top; padding-right: 24px; }
    table.facts td { white-space: normal; overflow-wrap: anywhere; max-width: none; }
    table.facts th { white-space: normal; overflow-wrap: break-word; }
    table.facts td.n { min-width: 90px; }
    .legend { list-style: none; margin: 4px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 18px;
      font-size: 13px; overflow-wrap: anywhere; }
    .legend svg { display: inline; width: 26px; vertical-align: middle; }
    .tokens { font: 16px/1.9 ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; margin: 0 0 8px; max-width: none; }
    .token { padding: 2px 1px; border-bottom: 2px solid transparent; }
    .likely { background: color-mix(in srgb, var(--hit) var(--p), transparent); border-color: var(--hit); }
    .unlikely { background: color-mix(in srgb, var(--miss) var(--p), transparent); border-color: var(--miss);
      border-bottom-style: dashed; }
    .unknown { text-decoration: underline dotted; text-underline-offset: 3px; }
    .tagged { line-height: 1.4; }
    .over { display: inline-flex; flex-direction: column; align-items: flex-start; vertical-align: top;
      margin-bottom: 4px; }
    .tag { font-size: 11px; color: var(--quiet); }
    .tag.wrong { color: var(--miss); font-weight: 600; }
    """

  private static let drawings: Markup = """
    svg { display: block; width: 100%; max-width: var(--w, 100%); height: auto; overflow: visible; }
    svg text { fill: var(--ink); font-size: 12px; font-variant-numeric: tabular-nums; }
    svg .tick { font-size: 11px; fill: var(--quiet); }
    svg .small { font-size: 10px; }
    svg .label { font-size: 12px; fill: var(--quiet); }
    svg .note { font-size: 11px; paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; }
    .mid { text-anchor: middle; }
    .end { text-anchor: end; }
    .grid { stroke: var(--rule); stroke-width: 1; }
    .axis { stroke: var(--quiet); stroke-width: 1; }
    .limit { stroke: var(--c1); stroke-width: 1.2; stroke-dasharray: 4 3; }
    .mark { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 2 3; }
    .line { fill: none; stroke: var(--c); stroke-width: 1.8; stroke-linejoin: round; }
    .line.thin { stroke-width: 1; opacity: 0.6; }
    .dot.thin { opacity: 0.6; }
    .dot { fill: var(--c); }
    .ring { fill: var(--page); stroke: var(--c); stroke-width: 2; }
    .bar { fill: var(--c); }
    .bar.soft { opacity: 0.65; }
    .track { fill: var(--track); }
    .point { fill: var(--c); fill-opacity: 0.4; stroke: var(--c); stroke-width: 0.7; }
    .cell.hit { fill: var(--hit); }
    .cell.miss { fill: var(--miss); }
    .fault { fill: var(--miss); }
    .hover { fill: transparent; }
    .hover:hover { fill: var(--quiet); fill-opacity: 0.16; }
    .s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); } .s3 { --c: var(--c3); }
    .s4 { --c: var(--c4); } .s5 { --c: var(--c5); } .s6 { --c: var(--c6); } .s7 { --c: var(--c7); }
    .d1 { stroke-dasharray: 6 3; } .d2 { stroke-dasharray: 1.5 3; } .d3 { stroke-dasharray: 8 3 2 3; }
    svg.fill { height: 10px; min-width: 110px; border-radius: 2px; }
    svg.range { min-width: 120px; height: 14px; }
    svg.range line, svg.fill rect { vector-effect: non-scaling-stroke; }
    svg.curve { width: 100px; }
    svg.matrix { min-width: calc(var(--w) * 0.75); }
    @media (max-width: 560px) {
      main { padding: 16px 14px 28px; }
      table { font-size: 13px; }
      th { font-size: 12px; }
      th, td { padding-right: 8px; max-width: 20ch; }
      td.wide, th.wide { display: none; }
      table.facts:not(.numbers) { width: 100%; }
      table.facts:not(.numbers) th, table.facts:not(.numbers) td { display: block; }
      table.facts:not(.numbers) th { border-bottom: none; padding-bottom: 0; }
    }
    """

  private static let paper: Markup = """
    @page { margin: 15mm; }
    @media print {
      body { font-size: 12px; }
      main { max-width: none; padding: 0; }
      .blocks { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px 20px; }
      figure, .card, tr, .warning, section > p { break-inside: avoid; }
      figure.all, figure:has(tr:nth-child(20)) { break-inside: auto; }
      figure:has(svg.matrix) { grid-column: 1 / -1; }
      svg.matrix { min-width: 0; }
      figcaption, h2, thead, section > p { break-after: avoid; }
      table { font-size: 11px; }
      .legend { font-size: 11px; }
      h2 { margin-top: 22px; }
      footer { break-before: avoid; margin-top: 14px; padding-top: 6px; }
      th { font-size: 11px; }
      th, td { padding: 2px 7px 2px 0; }
      code { font-size: 11px; }
      figure.all table:not(:has(th:nth-child(12))) th[style] { min-width: min(var(--kept), 8ch) !important; }
      figure:not(.all) table:not(:has(.wide)) th[style] { min-width: 9ch !important; }
      .scroll { overflow: visible; background: none; }
      .card, .warning, .token, svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      details::details-content { content-visibility: visible; display: block; }
    }
    """
}
