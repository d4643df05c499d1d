import Foundation
import Testing

/// The report of a model that tags words: what is said of each word, on the page itself.
@Suite struct TaggedReportTests {
  /// Sentences with names, of which some have words that no other sentence has.
  private func file(_ names: [String]) -> String {
    names.enumerated().map { number, name in
      let place = number % 3 == 0 ? "Old\tB-place\n\(name)\tI-place\n" : "\(name)\tB-person\n"
      return "Then\tO\n" + place + "was\tO\nseen\tO\n\n"
    }.joined()
  }

  private func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.write("train.conll", file((0..<30).map { "N\($0 % 10)" }))
    try work.write("test.conll", file((0..<30).map { $0 % 2 == 0 ? "N\($0 % 10)" : "New\($0)" }))
    try work.good("import", "s.sqlite", "train.conll", "--split", "train", "-q")
    try work.good("import", "s.sqlite", "test.conll", "--split", "test", "-q")
    try work.good(
      "train", "s.sqlite", "-m", "embedding(3) lstm(2, sequences)", "-e", "1", "--learning-rate", "0.1", "-o", "m", "-q"
    )
    return work
  }

  @Test func truthAndMistakeStandUnderEachWord() throws {
    let work = try workspace()
    try work.good("report", "s.sqlite", "--run", "1", "--split", "test", "--worst", "40", "-o", "r.html")
    let text = try work.text("r.html")
    let page = try ReportPageText(text)
    #expect(page.worst == 30)
    let rows = try work.good("predict", "m.best.ragged", "s.sqlite", "--split", "test", "--to", "conll").outputLines
      .filter { !$0.isEmpty }.map { $0.split(separator: " ").map(String.init) }
    let wrong = rows.filter { $0[1] != $0[2] }
    #expect(!wrong.isEmpty)
    // A tag under what is an entity or was taken for another, and nothing under the many words that are neither.
    let shown = rows.filter { $0[1] != "O" || $0[2] != "O" }
    #expect(text.split(separator: "<span class=\"tag\">").count - 1 == shown.count)
    #expect(text.split(separator: "<span class=\"tag wrong\">✗ ").count - 1 == wrong.count)
    for row in wrong {
      #expect(text.contains(">\(row[1])</span><span class=\"tag wrong\">✗ \(row[2])</span>"), "\(row)")
    }
    // Fifteen words of the test are in no sentence of the training.
    #expect(text.split(separator: " unknown\"").count - 1 == 15)
    #expect(text.contains("Under a token stands what it is where that is not O"))
  }

  @Test func unseenWordsAndTimestepsAreCounted() throws {
    let work = try workspace()
    try work.good("report", "s.sqlite", "--run", "1", "--split", "test", "-o", "r.html")
    let page = try ReportPageText(work.text("r.html"))
    let rows = try work.good("predict", "m.best.ragged", "s.sqlite", "--split", "test", "--to", "conll").outputLines
      .filter { !$0.isEmpty }.map { $0.split(separator: " ").map(String.init) }
    func counted(_ rows: [[String]]) -> [String] {
      func share(_ part: [[String]]) -> String {
        String(format: "%.4f", Double(part.count { $0[1] == $0[2] }) / Double(part.count))
      }
      let named = rows.filter { $0[1] != "O" }
      return [String(rows.count), share(rows), String(named.count), share(named)]
    }
    let table = page.rows(under: "Tokens unseen in training").map { [$0[1], $0[3], $0[4], $0[5]] }
    try #require(table.count == 2)
    #expect(table[0] == counted(rows.filter { !$0[0].hasPrefix("New") }))
    #expect(table[1] == counted(rows.filter { $0[0].hasPrefix("New") }))

    let columns = page.titles(of: "rect").filter { $0.hasPrefix("timestep ") }
    let judged = columns.compactMap { $0.split(separator: ", ").last?.split(separator: " ").first.flatMap { Int($0) } }
    #expect(columns.count > 1 && judged.reduce(0, +) == rows.count, "\(columns)")
  }

  /// A text whose next character is predicted has nothing under it: what came stands beside.
  @Test func whatComesNextIsNotTagged() throws {
    let work = try Workspace()
    try work.write("names.txt", (0..<30).map { "ab\($0)\n" }.joined())
    try work.good("import", "s.sqlite", "names.txt", "--tokens", "characters", "-q")
    try work.good(
      "train", "s.sqlite", "--target", "token@1", "--ends", "-m", "embedding(2) lstm(2, sequences)", "-e", "1", "-q")
    try work.good("report", "s.sqlite", "--run", "1", "-o", "r.html")
    let text = try work.text("r.html")
    #expect(!text.contains("<span class=\"tag\">") && !text.contains("Tokens unseen"))
    #expect(text.contains("Accuracy by timestep"))
  }
}
