import RaggedCore
import RaggedFormats
import Testing

/// A line between rows is a comment where it cannot be a row, and no row is ever left out as one.
@Suite struct CommentLineTests {
  private func read(_ text: String, named: String = "t.csv", _ options: TableOptions = TableOptions()) throws -> Reading
  {
    try withFile(named, text.utf8) { readAll($0, options: options) }
  }

  private func notes(_ text: String, named: String = "t.csv", _ options: TableOptions = TableOptions()) throws
    -> [InputNote]
  {
    try withFile(named, text.utf8) { path in
      var reader = try FileReader(path, options: options)
      var notes = try reader.takeNotes()
      while try reader.next() != nil {}
      notes += try reader.takeNotes()
      return notes
    }
  }

  @Test(arguments: [
    "id,t,v,label\na,0,1,x\n# paused\na,1,2,x\n#\n", "id,t,v,label\n  # paused, then on\na,0,1,x\na,1,2,x\n",
    "# made by a, b\n#\nid,t,v,label\na,0,1,x\n#a,0,1\na,1,2,x\n", "#id,t,v,label\na,0,1,x\n# 5\" screen\na,1,2,x\n",
    "id;t;v;label\na;0;1;x\n# paused, then on, and, so, on, and on\na;1;2;x\n",
    "# rate, 50, 1, 2\n#\nid,t,v,label\na,0,1,x\na,1,2,x\n",
    "id,t,v,label\na,0,1,x\n# he said \"on\"\na,1,2,x\n", "id,t,v,label,\na,0,1,x,\n# paused\na,1,2,x,\n",
  ])
  func whatCannotBeARowIsLeftOutAndSaid(text: String) throws {
    let reading = try read(text)
    #expect(reading.messages == [] && reading.keys == ["a"], "\(text)")
    #expect(reading.records.first?.input == .values([1, 2], featureCount: 1))
    let lines = text.split(separator: "\n")
    let count = lines.count { $0.contains("#") && !$0.contains("label") }
    let first = (lines.firstIndex { $0.contains("#") && !$0.contains("label") } ?? 0) + 1
    let words = count == 1 ? "1 line begins with \"#\" and was" : "\(count) lines begin with \"#\" and were"
    #expect(try notes(text).contains(InputNote("\(words) left out, first line \(first)", remedy: .sayComment)))
    let kept = try read(text, TableOptions(comment: ""))
    #expect(!kept.messages.isEmpty, "\(text)")
  }

  /// Hashtags, colours, tokens and notes are rows like others, wherever the mark stands in them.
  @Test(arguments: [
    ("id,v,label\n#a,1,x\n#b,2,x\n", ["#a", "#b"]), ("id,v,label\na,1,x\n#ff0000,2,x\n", ["a", "#ff0000"]),
    ("id,v,label\na,1,#x\na,2,#x\n", ["a"]), ("id,v,label\n\"#a\",1,x\n\"#b\",2,\"#\"\n", ["#a", "#b"]),
    ("id,v,label\na,1,\"x\n# y, z\"\nb,2,\"\n#\"\n", ["a", "b"]),
    ("id,v,label\na,1,\"x\n#\n\"\n\"b\n# c\",2,y\n", ["a", "b\n# c"]),
    ("id,v,label\n#a,1,\"x\ny\"\n#b,2,\"x\nz\"\n", ["#a", "#b"]), ("id,v\n#a,1\n# b,2\n", ["#a", "# b"]),
  ])
  func whatMayBeARowIsOne(text: String, keys: [String]) throws {
    let reading = try read(text)
    #expect(reading.messages == [] && reading.keys == keys, "\(text)")
    #expect(try !notes(text).contains { $0.text.contains("left out") })
  }

  /// Quotes are cells' own text in TSV, and an empty cell stands before a mark that does not begin the line.
  @Test func tabsSeparateWithoutQuotes() throws {
    let tokens = "id\tword\tlabel\n1\t\"\tx\n1\t# a\tx\n# sent 2\n2\t#\tx\n2\t\"\tx\n"
    let reading = try read(tokens, named: "t.tsv", TableOptions(features: ["word"], tokens: .text(.words)))
    #expect(reading.messages == [])
    #expect(reading.records.map(\.input) == [.text(["\"", "# a"]), .text(["#", "\""])])
    for comment in [nil, "#"] {
      let blank = try read(
        "v\tw\tlabel\n1\t2\tx\n\t# 3\tx\n", named: "t.tsv", TableOptions(categories: ["w"], comment: comment))
      #expect(blank.records.first?.length == 2 || !blank.messages.isEmpty)
    }
    let hashes = try read(
      "word\ttag\n#\tNN\na\tNN\n\n#b\tNN\n", named: "t.tsv",
      TableOptions(features: ["word"], tokens: .text(.words), layout: .blocks))
    #expect(hashes.records.map(\.input) == [.text(["#", "a"]), .text(["#b"])], "\(hashes.messages)")
  }

  /// A shorter row beside others that begin so is at fault, and a row beside comments is asked for.
  @Test func whatIsInDoubtIsRefused() throws {
    let short = try read("id,v,label\n#a,1,x\n#b,2\n#c,3,x\n")
    #expect(short.keys == ["#a", "#c"] && short.errors.first?.remedy == .takeAsComments("#"))
    let doubt = [
      "t.csv:3: the row begins with \"#\", as line 1 does, which seems to be a comment: whether lines that begin so are rows is not "
        + "said"
    ]
    let leading = try read("# tags, made\nid,v,label\n#a,1,x\n")
    #expect(
      leading.messages == doubt && leading.records == [] && leading.errors.first?.remedy == .sayWhetherComments("#"))
    let said = try read("# tags, made\nid,v,label\n#a,1,x\nb,1,x\n", TableOptions(comment: "#"))
    #expect(said.messages == [] && said.keys == ["b"])
    let rows = try read("# tags\nid,v,label\n#a,1,x\nb,1,x\n", TableOptions(skippedLines: 1, comment: ""))
    #expect(rows.messages == [] && rows.keys == ["#a", "b"])
    // Behind the rows that are looked at before.
    let many = (0..<200).map { "a,\($0 % 7),x\n" }.joined()
    let late = try read("id,v,label\n# b\n\(many)#b,1,x\nc,1,x\n")
    #expect(late.messages == [doubt[0].replacing("t.csv:3", with: "t.csv:203").replacing("line 1 ", with: "line 2 ")])
    let before = try read("id,v,label\n\(many)#b,1,x\n# b\n")
    #expect(before.keys == ["a"] && before.errors.first?.remedy == .takeAsComments("#"))
    let open = try read("id,v,label\na,1,x\n# he said, \"on\na,2,x\n")
    #expect(open.errors.first?.remedy == .takeAsComments("#"))
  }

  /// Rows of a sequence each may end early, so that only what stands before them is no row.
  @Test func shortRowsAreRows() throws {
    let text = "c1,c2,c3,c4\nb,1,2,3\n#a,4\n#c,5,6\n"
    let wide = try read(text, TableOptions(id: "c1", layout: .wide))
    #expect(wide.messages == [] && wide.keys == ["b", "#a", "#c"])
    let leading = try read("# made\nc1,c2,c3,c4\nb,1,2,3\nd,4\n", TableOptions(id: "c1", layout: .wide))
    #expect(leading.messages == [] && leading.keys == ["b", "d"])
    let between = try read("c1,c2,c3,c4\nb,1,2,3\n# pause\nd,4\n", TableOptions(id: "c1", layout: .wide))
    #expect(between.keys == ["b", "d"] && between.errors.first?.remedy == .sayWhetherComments("#"))
  }

  @Test func oneColumnHasNoShortRow() throws {
    let single = try read("id\n# paused\n")
    #expect(single.records.isEmpty)
    let series = try read("# made by a, b\n# 50 Hz\nvalue\n1\n2\n")
    #expect(series.messages == [] && series.description?.input.featureNames == ["value"])
    #expect(series.records.map(\.length) == [2])
    let tags = try read("tag\n#a\n#b\n", TableOptions(features: ["tag"], tokens: .text(.words), layout: .series))
    #expect(tags.records.map(\.input) == [.text(["#a", "#b"])], "\(tags.messages)")
  }

  /// A table with comments between its rows is the table without them, or is refused.
  @Test(arguments: 0..<200)
  func commentsChangeNoRow(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let pieces = ["#", "# ", "\n#", "\"", ",", "a", "\t", "é", "\n"]
    func cell() -> String {
      let text = (0..<random.below(3)).map { _ in pieces[random.below(pieces.count)] }.joined() + "x"
      return text.contains { "\",\n\t".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
    }
    var rows = (0..<(1 + random.below(8))).map { index in "\(cell()),\(index),\(cell()),\(cell())\n" }
    let options = TableOptions(
      id: "id", features: ["v"], target: ["label"], targetKind: .classPerTimestep, categories: ["w"])
    let header = "id,v,w,label\n"
    let plain = try read(header + rows.joined(), options)
    #expect(plain.records.map(\.length).reduce(0, +) == rows.count, "\(plain.messages)")
    let comments = ["# paused\n", "#\n", "# a, b\n", "# 5\" b\n", "  #, \"c\"\n", "# a,1,\"x\"\n"]
    for _ in 0...random.below(2) {
      rows.insert(comments[random.below(comments.count)], at: random.below(rows.count + 1))
    }
    let commented = try read(header + rows.joined(), options)
    #expect(
      commented.records.map(\.withoutPlaces) == plain.records.map(\.withoutPlaces) || !commented.messages.isEmpty,
      "\(rows)")
  }
}

extension SequenceRecord {
  /// The same, wherever it stands in its file.
  fileprivate var withoutPlaces: SequenceRecord {
    var record = self
    record.line = 0
    return record
  }
}
