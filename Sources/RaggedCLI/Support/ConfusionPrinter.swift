import Ragged

/// A confusion matrix as text for a terminal. Of many classes those with the most errors are shown, and the others together.
struct ConfusionPrinter {
  var confusion: Confusion
  /// The names of the classes; those that are missing are numbers.
  var names: [String]
  /// The last classes, which the model does not know: they have a row and no column.
  var unknownCount = 0

  /// Classes of which each has a row and a column.
  private static let classLimit = 20
  /// Mistakes that are listed where not all classes have a row.
  private static let mistakeLimit = 20

  var text: String {
    guard confusion.classCount > Self.classLimit else {
      let all = Array(0..<confusion.classCount)
      return "True class by predicted class:\n" + matrix(confusion, all.map(name), columns: all.filter(isKnown)).text
    }
    let shown = confusion.worstClasses(Self.classLimit)
    let others = (confusion.classCount - shown.count).counted("other")
    var text = "True class by predicted class, of the \(shown.count) classes with the most errors:\n"
    let columns = shown.indices.filter { isKnown(shown[$0]) } + [shown.count]
    text += matrix(confusion.reduced(to: shown), shown.map(name) + [others], columns: columns).text
    let mistakes = confusion.mistakes
    guard !mistakes.isEmpty else { return text }
    let rows = mistakes.prefix(Self.mistakeLimit).map { [name($0.truth), name($0.prediction), $0.count.grouped] }
    text += "\n\nMost frequent of \(mistakes.count.counted("mistake")):\n"
    return text + Table([.init("true class", .left), .init("taken for", .left), .init("count")], rows).text
  }

  private func name(_ k: Int) -> String { k < names.count ? names[k] : String(k) }

  private func isKnown(_ k: Int) -> Bool { k < confusion.classCount - unknownCount }

  private func matrix(_ confusion: Confusion, _ names: [String], columns: [Int]) -> Table {
    let classes = 0..<confusion.classCount
    // Where not all fit, the classes that come last give way.
    return Table(
      [.init("", .left)] + columns.map { Table.Column(names[$0], rank: $0 + 1) },
      classes.map { truth in [names[truth]] + columns.map { confusion[truth: truth, prediction: $0].grouped } })
  }
}
