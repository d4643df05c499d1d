import Foundation
import Testing

@testable import RaggedCLI

/// Tables that fit, and the room that text takes.
@Suite struct TableTests {
  /// A generator that gives the same numbers every time.
  struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  static func table(_ random: inout Numbers) -> Table {
    let letters = Array("abcxyz0123456789.-–… éñ中文日本語한국🙂👨‍👩‍👧🇩🇪e\u{301}")
    func text(_ most: Int) -> String {
      String((0..<Int.random(in: 0...most, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
    }
    let count = Int.random(in: 1...8, using: &random)
    let columns = (0..<count).map { index in
      Table.Column(
        text(12), [Table.Alignment.left, .right, .decimal].randomElement(using: &random) ?? .left,
        rank: index > 0 && Bool.random(using: &random) ? index : nil)
    }
    let rows = (0..<Int.random(in: 0...6, using: &random)).map { _ in columns.map { _ in text(30) } }
    return Table(columns, rows)
  }

  /// What cannot be made narrower: the columns that stay, those of text cut to three.
  private func least(_ table: Table) -> Int {
    table.columns.indices.filter { table.columns[$0].rank == nil }.reduce(-2) { sum, column in
      let cells = [table.columns[column].title] + table.rows.map { $0[column] }
      // Decimal points below each other may take more room than any cell.
      let extra = table.columns[column].alignment == .decimal ? 32 : 0
      let widest = (cells.map(\.columns).max() ?? 0) + extra
      return sum + 2 + (table.columns[column].alignment == .left ? min(3, widest) : widest)
    }
  }

  @Test func noLineIsWiderThanTheTerminal() {
    var random = Numbers(state: 7)
    for _ in 0..<500 {
      let table = Self.table(&random)
      let limit = max(Int.random(in: 5...120, using: &random), least(table))
      let lines = table.text(width: limit).split(separator: "\n", omittingEmptySubsequences: false)
      for line in lines where !line.hasPrefix("(too narrow for ") { #expect(String(line).columns <= limit, "\(line)") }
    }
  }

  @Test func withoutALimitEveryCellIsWhole() {
    var random = Numbers(state: 8)
    for _ in 0..<200 {
      let table = Self.table(&random)
      let lines = table.text(width: nil).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      #expect(lines.count == 1 + table.rows.count)
      for (line, row) in zip(lines.dropFirst(), table.rows) {
        for cell in row.map({ $0.trimmingCharacters(in: .whitespaces) }) where !cell.isEmpty {
          #expect(line.contains(cell), "\(cell) in \(line)")
        }
      }
      #expect(table.text(width: 10_000) == table.text(width: nil))
    }
  }

  @Test func numbersStandBelowEachOther() {
    let table = Table(
      [.init("name", .left), .init("count"), .init("mean", .decimal), .init("cost\nreal")],
      [
        ["a", "1", "2.5", "1.00"], ["longer", "1,000", "-0.00737", "20.00"], ["b", "20", "1e-05", "–"],
        ["c", "", "17", ""],
      ])
    #expect(
      table.text(width: nil) == """
                                  cost
        name    count      mean   real
        a           1   2.5       1.00
        longer  1,000  -0.00737  20.00
        b          20   1e-05        –
        c              17
        """)
  }

  @Test func longNamesGiveWayBeforeColumnsDo() {
    let columns: [Table.Column] = [
      .init("name", .left), .init("count"), .init("rate", rank: 1), .init("less\nimportant", rank: 2),
    ]
    let table = Table(columns, [["a very long name of a feature", "1,000", "0.25", "12345"], ["b", "2", "1", "1"]])
    #expect(table.text(width: nil).contains("a very long name of a feature  1,000"))
    let narrow = table.text(width: 40)
    #expect(narrow.contains("…") && narrow.contains("feature") && narrow.contains("important"))
    let narrower = table.text(width: 26)
    #expect(narrower.hasSuffix("\n(too narrow for less important)"), "\(narrower)")
    #expect(narrower.contains("rate"))
    #expect(table.text(width: 16).hasSuffix("\n(too narrow for rate, less important)"))
  }

  @Test func textIsCutInItsMiddle() {
    #expect("abcdefghij".fitted(to: 10) == "abcdefghij")
    #expect("abcdefghij".fitted(to: 9) == "abcd…ghij")
    #expect("abcdefghij".fitted(to: 4) == "ab…j")
    #expect("abc".fitted(to: 1) == "…" && "abc".fitted(to: 0) == "")
    // A wide character does not fit into half its room.
    #expect("中文日本語".fitted(to: 6) == "中…語")
    #expect("中文日本語".fitted(to: 7) == "中…本語")
  }

  @Test func charactersTakeTheirRoom() {
    for (text, columns) in [
      ("abc", 3), ("é", 1), ("e\u{301}", 1), ("中文", 4), ("한국", 4), ("ｱ", 1), ("Ａ", 2), ("🙂", 2), ("👨‍👩‍👧", 2),
      ("🇩🇪", 2), ("❤\u{FE0F}", 2), ("❤", 1), ("\u{1112}\u{1161}\u{11AB}", 2), ("\u{200B}", 0), ("▁▂█…–", 5),
    ] { #expect(text.columns == columns, "\(text)") }
  }

  /// What Python's unicodedata says of every character that both know: see `fixtures/terminal/widths.py`.
  @Test func widthsAreUnicodes() throws {
    let file = BuiltCommand.fixtures.deletingLastPathComponent().appending(path: "terminal/widths.txt")
    var checked = 0
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: " ")
      let (first, last) = (try #require(UInt32(parts[1], radix: 16)), try #require(UInt32(parts[2], radix: 16)))
      for value in first...last {
        guard let scalar = Unicode.Scalar(value) else { continue }
        switch scalar.properties.generalCategory {
        case .unassigned, .control, .surrogate, .privateUse, .nonspacingMark, .enclosingMark, .format, .lineSeparator,
          .paragraphSeparator:
          continue
        default: break
        }
        // Final consonants and vowels of Hangul, and what newer Unicode has made wide.
        if (0x1160...0x11FF).contains(value) || (0x2630...0x2637).contains(value) || (0x4DC0...0x4DFF).contains(value)
          || (0x268A...0x268F).contains(value) || (0x1D300...0x1D376).contains(value)
          || scalar.properties.isEmojiPresentation && parts[0] == "narrow"
        {
          continue
        }
        let columns = Character(scalar).columns
        checked += 1
        if columns != (parts[0] == "wide" ? 2 : 1) {
          Issue.record("U+\(String(value, radix: 16)) takes \(columns), \(parts[0])")
          return
        }
      }
    }
    #expect(checked > 100_000)
  }

  /// A name that would change the terminal is shown as what it is not.
  @Test func namesCannotMoveTheCursor() {
    let table = Table(["name", "n"], [["a\u{1B}[2Jb\nc\t\u{202E}d", "1"]])
    #expect(table.text(width: nil) == "name         n\na\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}\u{FFFD}d  1")
  }

  @Test func theWidthIsThatOfTheVariableOrTheTerminal() {
    #expect(Terminal.width(variable: nil, reported: 132) == 132)
    #expect(Terminal.width(variable: "60", reported: 132) == 60)
    for wrong in ["", "0", "-5", "many"] { #expect(Terminal.width(variable: wrong, reported: 132) == 132) }
    #expect(Terminal.width(variable: nil, reported: 0) == 80)
  }

  @Test func progressIsAShareAndATime() {
    #expect(ProgressLine.text(0.25, seconds: 2) == "[=====>..............] 25.0 %, ETA 6.0 s")
    #expect(ProgressLine.text(1, seconds: 2) == "[====================] 100.0 %, ETA 0 s")
    #expect(ProgressLine.text(0, seconds: 2) == "[>...................] 0.0 %")
    #expect(ProgressLine.text(2.25, seconds: 2).hasPrefix("[====================] 100.0 %"))
    #expect(ProgressLine.text(nil, seconds: 2) == "2.0 s")
    let texts = ProgressLine.texts("importing", 0.5, seconds: 2, ["1 sequence", "7 timesteps", "a.csv"])
    let bar = "importing [==========>.........] 50.0 %, ETA 2.0 s"
    #expect(LiveLine.fitting(texts, 82) == bar + ", 1 sequence, 7 timesteps, a.csv")
    #expect(LiveLine.fitting(texts, 81) == bar + ", 1 sequence, 7 timesteps")
    #expect(LiveLine.fitting(texts, 62) == bar + ", 1 sequence")
    #expect(LiveLine.fitting(texts, 61) == bar)
    #expect(LiveLine.fitting(texts, 30) == "importing 50.0 %, ETA 2.0 s")
    #expect(LiveLine.fitting(texts, 20) == "50.0 %, ETA 2.0 s")
    #expect(LiveLine.fitting(texts, 5).columns == 5)
    #expect(ProgressLine.share(1, of: 4) == 0.25)
    #expect(ProgressLine.share(1, of: nil) == nil && ProgressLine.share(0, of: 0) == nil)
    #expect(Format.duration(7260) == "2 h 1 min" && Format.duration(.infinity) == "a long time")
  }
}
