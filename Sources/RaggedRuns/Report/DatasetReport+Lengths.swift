import RaggedBatching
import RaggedCore
import RaggedReport
import RaggedStore

extension DatasetReport {
  /// The bucket limits that are drawn in: those recommended for where padding costs time, or else the best eight.
  private var buckets: (limits: LengthBuckets, name: String) {
    if let recommended = plans?.recommendation(.padded)?.grouping, case .buckets(let count) = recommended {
      return (LengthBuckets.optimal(count: count, for: overall.lengths).buckets, "\(recommended), as recommended below")
    }
    let best = LengthBuckets(.usual, for: overall.lengths)
    return (best, "buckets:\(best.count)")
  }

  var lengths: ReportPage.Section? {
    guard overall.sequences > 0 else { return nil }
    let (limits, name) = buckets
    let bins = overall.lengths.histogram(bins: 60).map {
      HistogramChart.Bin(lower: Double($0.lower), upper: Double($0.upper), count: $0.count)
    }
    let chart = HistogramChart(
      "sequences by length", bins: bins, limits: limits.limits.map(Double.init), xLabel: "timesteps",
      yLabel: "sequences")
    let empty = overall.lengths.entries.first { $0.length == 0 }?.count ?? 0
    let text = empty > 0 ? "\(NumberText.count(empty, "sequence")) without any timestep." : ""
    let detail = limits.count > 1 ? "dashed: the upper limits of \(name)" : ""
    return ReportPage.Section(
      "Lengths", text,
      [
        .half("Sequences by length", detail, chart.markup), .half("Figures", "", percentiles),
        .wide("Buckets", "\(name): the least padding for each number of them", bucketTable(limits)),
      ])
  }

  private var percentiles: Markup {
    let lengths = overall.lengths
    var facts: [(name: String, value: Markup)] = [("shortest", "\(NumberText.whole(lengths.minimum))")]
    for percent in [5.0, 25] { facts.append(("\(Int(percent)) %", figure(lengths.percentile(percent)))) }
    facts += [("median", figure(lengths.median)), ("mean", figure(lengths.mean))]
    for percent in [75.0, 95] { facts.append(("\(Int(percent)) %", figure(lengths.percentile(percent)))) }
    facts += [
      ("longest", "\(NumberText.whole(lengths.maximum))"),
      ("distinct lengths", "\(NumberText.whole(lengths.entries.count))"),
    ]
    return FactList(facts, isNumbers: true).markup
  }

  private func figure(_ value: Double?) -> Markup { "\(NumberText.fixed(value, 1))" }

  private func bucketTable(_ buckets: LengthBuckets) -> Markup {
    let rows = buckets.cost(of: overall.lengths).buckets.enumerated().map { index, bucket -> [Markup] in
      let upper = bucket.upperLimit ?? overall.lengths.maximum ?? 0
      let lower = index == 0 ? overall.lengths.minimum ?? 0 : bucket.lowerLimit
      let share = Double(bucket.sequences) / Double(max(1, overall.sequences))
      return [
        "\(lower == upper ? "\(lower)" : "\(lower)–\(upper)")", "\(NumberText.whole(bucket.sequences))",
        Inline.bar(share, note: NumberText.percent(share)), "\(NumberText.percent(share))",
        "\(NumberText.percent(bucket.paddingShare))",
      ]
    }
    return Table(
      [.number("lengths"), .number("sequences"), .drawing(), .number("share"), .number("padding at most")], rows: rows
    ).markup
  }

  var batching: ReportPage.Section? {
    guard overall.sequences > 0 else { return nil }
    var rows = forecasts.map {
      row("\($0.policy.grouping)", batches: $0.batches, padded: $0.paddedTimesteps, share: $0.paddingShare)
    }
    for plan in plans?.rows ?? [] {
      switch plan.policy.grouping {
      case .pool, .packed:
        rows.append(
          row(
            "\(plan.policy.grouping)", batches: plan.batches, padded: Double(plan.paddedTimesteps),
            share: plan.paddingShare))
      case .padded, .exactLength, .boundaries, .buckets: break
      }
    }
    let table = Table(
      [.text("batching"), .number("batches"), .number("padded timesteps"), .drawing(), .number("padding")], rows: rows)
    var blocks = [ReportPage.Block.wide("Padding by way of batching", "", table.markup)]
    let advice = [("ragged train", CostModel.Counted.real), ("a framework that computes padding", .padded)]
    let facts = advice.compactMap { place, counted -> (name: String, value: Markup)? in
      plans?.recommendation(counted).map { ("for \(place)", "<b>\("\($0.grouping)")</b>: \($0.reason)") }
    }
    if !facts.isEmpty { blocks.append(.wide("Recommended", "by ragged plan", FactList(facts).markup)) }
    let text =
      "At \(NumberText.count(batchSize, "sequence")) per batch; the mean over all random orders"
      + (plans == nil ? "." : ", pools and packed rows as planned for one epoch.")
      + " Nothing is ever computed on padding here; other frameworks do."
    return ReportPage.Section("Batching", text, blocks)
  }

  private func row(_ name: String, batches: Int, padded: Double, share: Double) -> [Markup] {
    [
      "\(name)", "\(NumberText.whole(batches))", "\(NumberText.figure(padded.rounded()))",
      Inline.bar(share, series: 1, note: NumberText.percent(share)), "\(NumberText.percent(share))",
    ]
  }
}
