import Foundation
import Testing

/// Tables as spreadsheets, loggers and other countries write them: what comes in, and what is said.
@Suite struct WorldTableTests {
  /// What the sequences of a file come to, as JSON Lines.
  private func imported(
    _ bytes: some Sequence<UInt8>, named: String = "t.csv", _ options: String...
  ) throws -> (lines: [String], said: String) {
    let work = try Workspace()
    try Data(bytes).write(to: work.url.appending(path: named))
    let result = try work.ragged(["import", "s.sqlite", named] + options)
    #expect(result.status == 0, "\(result.errors)")
    guard result.status == 0 else { return ([], result.errors) }
    try work.good("export", "s.sqlite", "o.jsonl", "-q")
    return (try work.text("o.jsonl").split(separator: "\n").map(String.init), result.errors)
  }

  private static let two = #"{"id":"a","split":"train","label":"x","features":[[1.0],[2.0]]}"#

  @Test func spreadsheetsOfAnyCountry() throws {
    let german = "\u{FEFF}id;zeit;wert;klasse\r\na;0;1,5;körper\r\na;1;2,25;körper\r\n"
    for bytes in [Array(german.utf8), Array(german.dropFirst().data(using: .windowsCP1252) ?? Data())] {
      let found = try imported(bytes, "--target", "klasse", "--features", "wert")
      #expect(found.lines.count == 1)
      #expect(found.lines[0].contains("\"features\":[[1.5],[2.25]]") && found.lines[0].contains("körper"), "\(found)")
      #expect(found.said.contains("t.csv: cells are separated by \";\" (--delimiter overrules it)\n"))
      #expect(
        found.said.contains(
          "t.csv: numbers are read with a decimal comma: column \"wert\" is \"1,5\" (--decimal and --thousands overrule it)"
        ))
    }
    let grouped = try imported("id;v;label\na;1.299,99;x\na;2,00;x\n".utf8)
    #expect(grouped.lines.first?.contains("[[1299.99],[2.0]]") == true)
    let english = try imported("id,v,label\na,\"1,234.5\",x\na,\"2,000\",x\n".utf8)
    #expect(english.lines.first?.contains("[[1234.5],[2000.0]]") == true)
  }

  @Test func linesAndBytesOfAnyKind() throws {
    let table = "id,v,label\na,1,x\na,2,x\n"
    let wide = table.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let found: [(bytes: [UInt8], said: String)] = [
      ([0xFF, 0xFE] + wide, "is UTF-16, the lower byte first, by its byte order mark"),
      (wide, "is UTF-16, the lower byte first, by its zero bytes"),
      (Array(table.replacing("\n", with: "\r").utf8), "its lines end with a carriage return (CR) alone"),
      (Array(("sep=;\r\n" + table.replacing(",", with: ";")).utf8), "its first line names the delimiter: \";\""),
      (Array("id,v,label,\na,1,x,\na,2,x,\n".utf8), ""), (Array(" id , v , label \na, 1, x\na, 2, x\n".utf8), "blanks"),
      (Array("#device: X1\n#rate: 50\n\(table)".utf8), "2 lines begin with \"#\" and were left out"),
      (Array("Device X1\nSerial,123\n\n\(table)".utf8), "the first 3 lines are no part of the table"),
      (Array("id,v,label\n,degC,\na,1,x\na,2,x\n".utf8), "line 2 holds units, no data, and is left out"),
    ]
    for (bytes, said) in found {
      let read = try imported(bytes)
      #expect(read.lines == [Self.two], "\(said)")
      #expect(said.isEmpty || read.said.contains(said), "\(read.said)")
    }
    let marked = "id;v;label\na;1;x\na;2,000;x\n"
    #expect(try imported(marked.utf8, "--decimal", ",").lines == [Self.two])
    #expect(try imported(marked.replacing("2,000", with: "2").utf8, "--thousands", ",").lines == [Self.two])
    #expect(try imported(wide, "--encoding", "utf-16le").lines == [Self.two])
    #expect(try imported("id,v,label\na,1,x\n# paused\na,2,x\n".utf8, "--comment", "#").lines == [Self.two])
    #expect(try imported("x,y\n\(table)".utf8, "--skip-lines", "1").lines == [Self.two])
    #expect(try imported("id,v,label\n,?,\n\(table.dropFirst(11))".utf8, "--units-rows", "1").lines == [Self.two])
  }

  @Test func whatIsInDoubtIsRefusedWithTheOptionThatSettlesIt() throws {
    let work = try Workspace()
    func refused(_ text: String, _ message: String, _ options: String...) throws {
      try work.write("t.csv", text)
      let result = try work.ragged(["import", "s.sqlite", "t.csv"] + options)
      #expect(result.status == 65 && result.errors.contains(message), "\(result.errors)")
      #expect(work.names == ["t.csv"])
    }
    try refused("id;v\na;1,234\na;5,678\n", "(use --decimal , or --decimal . --thousands ,)")
    try refused(
      "id,t,v,label\na,0,1,x\na,1,2,x\n\nTotal,2,,\n",
      "(use --comment Total or --on-error skip to leave it out, or --missing '' where its empty cells are missing)")
    try refused("1,2,3\n4,5,6\n", "(--no-header takes it for a row")
    try Data("id,v,w\nä,1,x\n".utf8 + [0x61, 0x2C, 0x31, 0x2C, 0xE9, 0x0A]).write(to: work.url.appending(path: "t.csv"))
    try work.bad(
      65, "t.csv:3: byte 5 of the line is 0xE9, which is not valid UTF-8 (--encoding says what it is", "import",
      "s.sqlite", "t.csv")
    // No row could begin so: a comment, which is said.
    let commented = try imported("id,v,label\na,1,x\n# paused\na,2,x\n".utf8)
    #expect(commented.lines == [Self.two] && commented.said.contains("1 line begins with \"#\" and was left out"))
    let left = try imported("id,t,v,label\na,0,1,x\na,1,2,x\nTotal,2,,\n".utf8, "--on-error", "skip")
    #expect(left.lines.count == 1 && left.said.contains("left out: t.csv:4:"))
    try work.bad(64, "--skip-lines is -1, expected at least 0", "import", "s.sqlite", "t.csv", "--skip-lines=-1")
    try work.bad(64, "--thousands is empty", "import", "s.sqlite", "t.csv", "--thousands", "")
    try work.bad(64, "the decimal mark is \";\"", "import", "s.sqlite", "t.csv", "--decimal", ";")
  }
}
