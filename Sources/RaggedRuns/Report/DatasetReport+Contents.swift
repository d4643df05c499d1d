import RaggedCore
import RaggedReport
import RaggedStore

extension DatasetReport {
  /// Classes that are shown at once.
  private static let classLimit = 24
  /// Splits that have columns of their own beside the classes.
  private static let splitLimit = 6
  /// Runs that are listed, the latest ones.
  private static let runLimit = 100

  var classes: ReportPage.Section? {
    guard signature.target.isClass, !overall.classes.isEmpty else { return nil }
    let total = overall.classes.reduce(0) { $0 + $1.count }
    let shown = splits.count > 1 ? Array(splits.prefix(DatasetReport.splitLimit)) : []
    let totals = shown.map { $0.classes.reduce(0) { $0 + $1.count } }
    let isLong = overall.classes.count > DatasetReport.classLimit
    // A few classes stay in their order; many go from the most frequent to the least.
    let order = overall.classes.indices.sorted { first, second in
      let (a, b) = (overall.classes[first].count, overall.classes[second].count)
      return isLong && a != b ? a > b : first < second
    }
    let most = Double(max(1, overall.classes.map(\.count).max() ?? 1))
    let rows = order.prefix(Table.rowLimit).map { index -> [Markup] in
      let entry = overall.classes[index]
      let share = Double(entry.count) / Double(max(1, total))
      let parts = zip(shown, totals).map { split, total -> Markup in
        let count = split.classes.indices.contains(index) ? split.classes[index].count : 0
        return "\(NumberText.percent(total == 0 ? nil : Double(count) / Double(total)))"
      }
      let bar = Inline.bar(Double(entry.count) / most, note: "\(entry.name.clipped(to: 60)): \(entry.count.grouped)")
      return ["\(entry.name.clipped(to: 60))", "\(NumberText.whole(entry.count))", bar, "\(NumberText.percent(share))"]
        + parts
    }
    let columns: [Table.Column] =
      [
        .text("class"), .number(signature.target.isPerTimestep ? "timesteps" : "sequences"), .drawing(),
        .number("share"),
      ]
      + shown.map { .number("in \(($0.split ?? "").clipped(to: 24))") }
    let first = Table(columns, rows: Array(rows.prefix(isLong ? DatasetReport.classLimit : rows.count)))
    var blocks = [ReportPage.Block.wide("Class balance", isLong ? "the most frequent classes" : "", first.markup)]
    if isLong {
      let rest = Table(
        columns, rows: Array(rows.dropFirst(DatasetReport.classLimit)), more: overall.classes.count - rows.count)
      blocks.append(
        .folded(
          "the other \(NumberText.count(overall.classes.count - DatasetReport.classLimit, "class", "classes"))",
          rest.markup))
    }
    return ReportPage.Section("Classes", balance, blocks)
  }

  /// How unequal the classes are, in a sentence.
  private var balance: String {
    let counts = overall.classes.map(\.count)
    let empty = counts.count { $0 == 0 }
    var parts: [String] = []
    if let most = counts.max(), let least = counts.filter({ $0 > 0 }).min(), counts.count - empty > 1 {
      parts.append(
        most == least
          ? "All classes are equally frequent."
          : "The most frequent class is \(NumberText.figure(Double(most) / Double(least))) times as frequent as the rarest."
      )
    }
    if empty > 0 { parts.append("\(NumberText.count(empty, "class does", "classes do")) not occur.") }
    if splits.count > 1 { parts.append("The last columns are shares of each split.") }
    return parts.joined(separator: " ")
  }

  var features: ReportPage.Section? {
    guard !overall.features.isEmpty else { return nil }
    let rows = overall.features.prefix(Table.rowLimit).map { feature -> [Markup] in
      var range = Markup.empty
      if let low = feature.minimum, let mean = feature.mean, let deviation = feature.standardDeviation,
        let high = feature.maximum
      {
        range = Inline.range(minimum: low, mean: mean, deviation: deviation, maximum: high)
      }
      return [
        "\(feature.name.clipped(to: 60))", "\(NumberText.whole(feature.count))",
        "\(NumberText.figure(feature.minimum))",
        range, "\(NumberText.figure(feature.maximum))", "\(NumberText.figure(feature.mean))",
        "\(NumberText.figure(feature.standardDeviation))",
      ]
    }
    let table = Table(
      [
        .text("feature"), .number("valid timesteps"), .number("minimum"), .drawing("range"), .number("maximum"),
        .number("mean"), .number("deviation"),
      ], rows: rows, more: overall.features.count - rows.count)
    return ReportPage.Section(
      "Features", "Over valid timesteps. The line is the mean, the bar one standard deviation around it.",
      [.wide("", "", table.markup)])
  }

  var splitTable: ReportPage.Section? {
    guard splits.count > 1 || splits.first?.split != "all", !splits.isEmpty else { return nil }
    let total = Double(max(1, overall.sequences))
    let rows = splits.prefix(Table.rowLimit).map { split -> [Markup] in
      let share = Double(split.sequences) / total
      let lengths = split.lengths
      return [
        "\((split.split ?? "").clipped(to: 60))", "\(NumberText.whole(split.sequences))",
        Inline.bar(share, note: NumberText.percent(share)), "\(NumberText.percent(share))",
        "\(NumberText.whole(split.timesteps))", "\(NumberText.whole(lengths.minimum))",
        "\(NumberText.fixed(lengths.median, 1))", "\(NumberText.fixed(lengths.mean, 1))",
        "\(NumberText.whole(lengths.maximum))",
      ]
    }
    let table = Table(
      [
        .text("split"), .number("sequences"), .drawing(), .number("share"), .number("timesteps"), .number("shortest"),
        .number("median"), .number("mean"), .number("longest"),
      ], rows: rows, more: splits.count - rows.count)
    return ReportPage.Section("Splits", "", [.wide("", "", table.markup)])
  }

  var runList: ReportPage.Section? {
    guard !runs.isEmpty else { return nil }
    let table = RunTable(Array(runs.suffix(DatasetReport.runLimit).reversed()))
    return ReportPage.Section(
      "Runs", "What the store remembers of training on this dataset, the latest first.",
      [.wide("", "", table.markup(more: max(0, runs.count - DatasetReport.runLimit)))])
  }
}
