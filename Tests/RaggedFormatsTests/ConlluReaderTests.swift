import RaggedCore
import RaggedFormats
import Testing

@Suite struct ConlluReaderTests {
  private static let text = """
    # newdoc id = letters
    # sent_id = l-1
    # text = Vámonos al mar
    1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_
    1\tVamos\tir\tVERB\t_\tMood=Imp\t0\troot\t0:root\t_
    2\tnos\tnosotros\tPRON\t_\t_\t1\tobj\t1:obj\tSpaceAfter=No
    3-4\tal\t_\t_\t_\t_\t_\t_\t_\t_
    3\ta\ta\tADP\t_\t_\t5\tcase\t_\t_
    4\tel\tel\tDET\t_\t_\t5\tdet\t_\t_
    5\tmar\tmar\tNOUN\t_\t_\t1\tobl\t_\t_
    5.1\tvamos\tir\tVERB\t_\t_\t_\t_\t1:conj\t_

    # sent_id = l-2
    1\t_\t_\tSYM\t_\t_\t0\troot\t_\t_
    2\t"\t"\tPUNCT\t_\t_\t1\tpunct\t_\t_

    """

  @Test func wordsAndTheirColumns() throws {
    let reading = try readText("u.conllu", Self.text)
    #expect(reading.messages == [])
    #expect(
      reading.description
        == InputDescription(
          input: .text(.words), target: .classPerTimestep(declared: nil),
          columns: ["LEMMA", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC"].map {
            Column($0, $0 == "HEAD" ? .number : .category, role: .other)
          }, classColumn: "UPOS"))
    #expect(
      reading.records == [
        SequenceRecord(
          key: "l-1", input: .text(["Vamos", "nos", "a", "el", "mar"]),
          target: .labels(["VERB", "PRON", "ADP", "DET", "NOUN"]),
          cells: [
            .categories(Categories(["ir", "nosotros", "a", "el", "mar"])),
            .categories(Categories(["", "", "", "", ""])),
            .categories(Categories(["Mood=Imp", "", "", "", ""])), .numbers([0, 1, 5, 5, 1]),
            .categories(Categories(["root", "obj", "case", "det", "obl"])),
            .categories(Categories(["0:root", "1:obj", "", "", ""])),
            .categories(Categories(["", "SpaceAfter=No", "", "", ""])),
          ], group: "letters", metadata: #"{"text":"Vámonos al mar"}"#, line: 1),
        SequenceRecord(
          key: "l-2", input: .text(["_", "\""]), target: .labels(["SYM", "PUNCT"]),
          cells: [
            .categories(Categories(["", "\""])), .categories(Categories(["", ""])), .categories(Categories(["", ""])),
            .numbers([0, 1]), .categories(Categories(["root", "punct"])), .categories(Categories(["", ""])),
            .categories(Categories(["", ""])),
          ], group: "letters", line: 13),
      ])
  }

  @Test func whatIsLeftOutIsCounted() throws {
    try withFile("u.conllu", Self.text.utf8) { path in
      var reader = try FileReader(path)
      #expect(
        try reader.roles()
          == #"id: sent_id, or file and number of the sentence; tokens (words): "FORM"; target (class-per-step): "UPOS"; "#
          + #"numbers: "HEAD"; categories: "LEMMA", "XPOS", "FEATS", "DEPREL", "DEPS", "MISC""#)
      while try reader.next() != nil {}
      #expect(
        try reader.takeNotes().map(\.text).first
          == "left out 2 multi-word tokens and 1 empty node, whose words are rows of their own")
    }
  }

  @Test func columnsAreChosen() throws {
    let options = ConlluOptions(
      words: "LEMMA", target: ["DEPREL"], inputs: ["UPOS"], skipped: ["XPOS", "FEATS", "DEPS", "MISC"])
    let reading = try readText("u.conllu", Self.text, options: options)
    #expect(reading.description?.classColumn == "DEPREL")
    #expect(reading.description?.columns.map(\.name) == ["FORM", "UPOS", "HEAD"])
    #expect(reading.description?.columns.map(\.role) == [.other, .input, .other])
    #expect(reading.records.first?.input == .text(["ir", "nosotros", "a", "el", "mar"]))
  }

  @Test(arguments: [
    ("1\ta\n", "u.conllu:1: the line has 2 columns, but CoNLL-U has 10"),
    (
      "1\ta\t_\tX\t_\t_\tfirst\t_\t_\t_\n", #"u.conllu:1: column "HEAD" is "first", expected a number or _"#
    ),
    (
      "one\ta\t_\tX\t_\t_\t0\t_\t_\t_\n",
      #"u.conllu:1: column "ID" is "one", expected the number of a word, 1-2 or 1.1"#
    ),
    (
      "1\ta\t_\tX\t_\t_\t0\t_\t_\t_\n2\tb\t_\tX\n",
      "u.conllu:2: the line has 4 columns, expected 10, as many as the first token's line"
    ),
  ])
  func faults(text: String, message: String) throws {
    #expect(try readText("u.conllu", text).messages == [message])
  }

  @Test func theColumnOfNumbersIsNoWord() throws {
    #expect(
      try readText("u.conllu", Self.text, options: ConlluOptions(words: "ID")).messages == [
        #"u.conllu: column "ID" numbers the words, and is none itself"#
      ])
  }
}
