import Foundation
import RaggedCore
import RaggedFormats
import Testing

@Suite struct ConllReaderTests {
  /// Words, tags and further columns of each sentence, as text.
  private func sentences(_ reading: Reading) -> [String] {
    reading.records.map { record in
      var parts = [record.key]
      if case .texts(let words) = record.input { parts.append(words.joined(separator: " ")) }
      if case .classPerTimestep(let tags) = record.target { parts.append(tags.joined(separator: " ")) }
      for case .categories(let texts) in record.cells { parts.append(texts.joined(separator: " ")) }
      return parts.joined(separator: " | ")
    }
  }

  private static let news = """
    -DOCSTART- -X- -X- O

    Nordic NNP B-NP B-ORG
    buys VBZ B-VP O
    Ada NNP B-NP B-PER
    . . O O

    It NN B-NP O
    snowed VBD B-VP O

    """

  @Test func columnsBetweenBlanks() throws {
    let reading = try readText("train.conll", Self.news)
    #expect(reading.messages == [])
    #expect(reading.description?.input == .text(.words))
    #expect(reading.description?.target == .classPerTimestep(declared: nil))
    #expect(reading.description?.classColumn == "c4")
    #expect(reading.description?.columns.map(\.name) == ["c2", "c3"])
    #expect(reading.description?.columns.map(\.role) == [.other, .other])
    #expect(
      sentences(reading) == [
        "train:1 | Nordic buys Ada . | B-ORG O B-PER O | NNP VBZ NNP . | B-NP B-VP B-NP O",
        "train:2 | It snowed | O O | NN VBD | B-NP B-VP",
      ])
    #expect(reading.records.map(\.line) == [3, 8])
  }

  @Test func whatIsLeftOutIsSaid() throws {
    try withFile("n.conll", (Self.news + "\n# made by one hand\nx y z w\n").utf8) { path in
      var reader = try FileReader(path)
      #expect(
        try reader.roles()
          == #"id: sent_id, or file and number of the sentence; tokens (words): "c1"; target (class-per-step): "c4"; "#
          + #"categories: "c2", "c3""#)
      #expect(try reader.takeNotes() == [])
      while try reader.next() != nil {}
      #expect(
        try reader.takeNotes().map(\.text) == [
          "left out 1 line of -DOCSTART-",
          ##"left out 1 comment line without a name and a value (# name = value), the first "# made by one hand" on line 11"##,
        ])
      #expect(try reader.takeNotes() == [])
    }
  }

  @Test func columnsAreChosenByNumberOrName() throws {
    for (words, target, skipped) in [("1", "2", "3"), ("c1", "c2", "c3")] {
      let options = ConllOptions(words: words, target: [target], inputs: ["4"], skipped: [skipped])
      let reading = try readText("t.conll", Self.news, options: options)
      #expect(reading.description?.columns.map(\.name) == ["c4"])
      #expect(reading.description?.columns.map(\.role) == [.input])
      #expect(sentences(reading).last == "t:2 | It snowed | NN VBD | O O")
    }
    let plain = try readText("t.conll", Self.news, options: ConllOptions(target: []))
    #expect(plain.description?.target == InputDescription.Target.none)
    #expect(plain.description?.columns.map(\.name) == ["c2", "c3", "c4"])
  }

  @Test func quotesAndHashesAreTokens() throws {
    let reading = try readText(
      "tweets.conll", "# one\n\"\tO\nsaid\tO\n#\tB-X\n#tag\tO\n\t\n#first\tO\n'\tO\n\n# id = 7\n# x\tO\n  \nlast one\tO"
    )
    #expect(reading.messages == [])
    #expect(
      sentences(reading) == [
        "tweets:1 | \" said # #tag | O O B-X O", "tweets:2 | #first ' | O O", "7 | # x | O", "tweets:4 | last one | O",
      ])
  }

  @Test func commentsSayWhatASentenceIs() throws {
    let text = """
      # newdoc id = d1
      # sent_id = a b
      # text = It snowed
      # split = test
      # weight = 0.5
      It O
      snowed O

      # id: 12
      # speaker = "x"
      no O

      # newdoc
      # id f545-c3 domain=en
      # metadata = {"a": [1, 2]}
      yes O
      """
    let reading = try readText("c.conll", text)
    #expect(reading.messages == [])
    #expect(reading.keys == ["a b", "12", "f545-c3"])
    #expect(reading.records.map(\.group) == ["d1", "d1", nil])
    #expect(reading.records.map(\.split) == ["test", nil, nil])
    #expect(reading.records.map(\.weight) == [0.5, nil, nil])
    #expect(
      reading.records.map(\.metadata) == [
        #"{"text":"It snowed"}"#, #"{"speaker":"\"x\""}"#, #"{"a": [1, 2]}"#,
      ])
    #expect(reading.records.map(\.line) == [1, 9, 13])
  }

  /// CoNLL-2012's documents, and comments of as many words as there are columns.
  @Test func otherCustomsOfComments() throws {
    let ontonotes = try readText(
      "o.conll", "#begin document (bc/cctv); part 000\na b c\n\nd e f\n\n#end document\n#begin document (x)\ng h i\n")
    #expect(ontonotes.messages == [])
    #expect(ontonotes.records.map(\.group) == ["(bc/cctv); part 000", "(bc/cctv); part 000", "(x)"])
    let four = try readText("m.conll", "# sent_id = 4\na _ _ O\n\n# id 9 domain=en\nb _ _ O\n# _ _ B-Y\n")
    #expect(four.messages == [])
    #expect(sentences(four) == ["4 | a | O | _ | _", "9 | b # | O B-Y | _ _ | _ _"])
  }

  @Test func namesOfColumns() throws {
    let text = "# global.columns = word pos ner\na X O\n"
    let reading = try readText("g.conll", text, options: ConllOptions(target: ["pos"]))
    #expect(reading.description?.columns.map(\.name) == ["ner"])
    #expect(reading.description?.classColumn == "pos")
    #expect(try readText("g.conll", text, options: ConllOptions(target: ["c2"])).description?.classColumn == "pos")
    #expect(
      try readText("g.conll", "# global.columns = word ner\na X O\n").messages == [
        "g.conll:2: the line has 3 columns, but the line of global.columns names 2"
      ])
    #expect(
      try readText("g.conll", "# global.columns = a a\na X\n").messages == [
        #"g.conll: the line of global.columns names "a" twice"#
      ])
  }

  @Test func missingTagsAndUnknownTokens() throws {
    let reading = try readText("m.conll", "a\t_\n_\tO\nc\t\n", options: ConllOptions(missing: ["_"]))
    #expect(reading.records.map(\.target) == [.labels(["", "O", ""])])
    #expect(reading.records.map(\.input) == [.text(["a", "\0", "c"])])
    // A sign of the corpus is a tag like others where nothing else is said.
    #expect(try readText("m.conll", "a _\n_ O\n").records.map(\.target) == [.labels(["_", "O"])])
  }

  @Test func aSentenceWithoutTokensIsASequenceWithoutTimesteps() throws {
    let reading = try readText("e.conll", "# sent_id = a\n\n# lone = 1\n\nx O\n\n# sent_id = b\n")
    #expect(reading.keys == ["a", "e:2", "b"])
    #expect(reading.records.map(\.length) == [0, 1, 0])
    #expect(reading.records.map(\.metadata) == [nil, nil, nil])
  }

  @Test func aBadRowLeavesOutItsSentence() throws {
    let reading = try readText("b.conll", "a O\n\nb O O\nc\n\nd O\n\ne O O\n")
    #expect(
      reading.messages == [
        "b.conll:3: the line has 3 columns, expected 2, as many as the first token's line",
        "b.conll:8: the line has 3 columns, expected 2, as many as the first token's line",
      ])
    #expect(reading.errors.map(\.key) == ["b:2", "b:4"])
    #expect(reading.keys == ["b:1", "b:3"])
  }

  @Test(arguments: [
    ("a\tO\n\tO\n", "x.conll:2: column \"c1\" is empty, expected a token", ConllOptions()),
    (
      "a O\n\nb X\n\nc X\n", #"x.conll:3: column "c2" is "X", expected one of the declared classes "O""#,
      ConllOptions(classes: ["O"])
    ),
    (
      "a O\n# sent_id = 2\n", "x.conll:2: a sent_id stands within a sentence, expected a blank line before it",
      ConllOptions()
    ),
    ("# sent_id = 1\n# sent_id = 2\na O\n", "x.conll:2: the sentence has a second sent_id, \"2\"", ConllOptions()),
    ("# weight = x\na O\n", "x.conll:1: weight is \"x\", expected a number that is not negative", ConllOptions()),
    ("", "x.conll: the file is empty", ConllOptions()),
    ("\n\n# nothing\n", "x.conll: no line holds a token", ConllOptions(target: [])),
    (
      "a O\n", #"x.conll: there is no column "c3", did you mean "c1"? The columns are "c1", "c2""#,
      ConllOptions(target: ["c3"])
    ),
    ("a O\n", #"x.conll: column "c1" is given two roles"#, ConllOptions(words: "1", target: ["c1"])),
    ("a O\n", #"x.conll: a class comes from one column, 2 are given: "1", "2""#, ConllOptions(target: ["1", "2"])),
    ("a O\n", #"x.conll: column "2" is given two roles"#, ConllOptions(target: ["2"], skipped: ["2"])),
  ])
  func faults(text: String, message: String, options: ConllOptions) throws {
    let messages = try readText("x.conll", text, options: options).messages
    #expect(messages.first == message)
    #expect(messages.count <= 2)
  }

  /// A file is the same however its cells are separated and its lines end.
  @Test func separatorsAndLineEndings() throws {
    let wanted = try readText("s.conll", Self.news)
    for text in [
      Self.news.replacing(" ", with: "\t"), Self.news.replacing("\n", with: "\r\n"), "\u{FEFF}" + Self.news,
      Self.news.replacing(" ", with: "   "), Self.news.replacing("\n\n", with: "\n \t\n"), String(Self.news.dropLast()),
      Self.news.replacing(" ", with: "\t").replacing("O\n", with: "O\t\n"),
    ] {
      let reading = try readText("s.conll", text)
      #expect(reading.records == wanted.records)
      #expect(reading.messages == [])
    }
    let options = ConllOptions(delimiter: ";")
    #expect(try readText("s.conll", Self.news.replacing(" ", with: ";"), options: options).records == wanted.records)
  }

  /// The order of sentences changes nothing in them.
  @Test func aPermutedFileHoldsTheSameSentences() throws {
    var random = SeededRandom(seed: 3)
    let blocks = (0..<900).map { sentence in
      "# sent_id = s\(sentence)\n"
        + (0...random.below(9)).map { _ in
          "w\(random.below(700))\tT\(random.below(5))\tX\(random.below(3))\n"
        }.joined()
    }
    func byKey(_ blocks: [String]) throws -> [String: SequenceRecord] {
      let reading = try readText("p.conll", blocks.joined(separator: "\n"))
      #expect(reading.messages == [])
      return Dictionary(
        uniqueKeysWithValues: reading.records.map { record in
          var record = record
          record.line = 0
          return (record.key, record)
        })
    }
    let (straight, reversed) = (try byKey(blocks), try byKey(blocks.reversed()))
    #expect(straight.count == 900)
    #expect(straight == reversed)
  }

  private static let wnut = realData("tagging")

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: wnut.path), "the real data are not here"),
    arguments: [
      ("wnut17train.conll", 3394, 62730), ("emerging.dev.conll", 1009, 15733), ("emerging.test.annotated", 1287, 23394),
    ])
  func emergingEntities(file: String, sentences: Int, tokens: Int) {
    let reading = readAll(Self.wnut.appendingPathComponent(file).path, format: .conll)
    #expect(reading.messages == [])
    #expect(reading.records.count == sentences)
    #expect(reading.records.reduce(0) { $0 + $1.length } == tokens)
    #expect(reading.records.allSatisfy { $0.cells.isEmpty })
  }
}

/// A folder of the real data, which is there or not.
func realData(_ name: String) -> URL {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("shared/data/\(name)")
}
