import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Tagged tokens come back from CoNLL and CoNLL-U bit for bit, or what is not kept is said.
@Suite struct TaggedExportTests {
  private static let texts = [
    "plain", "a,b", "q\"uote\"", " spaced ", "é", "e\u{301}x", "😀👩‍👩‍👧", "-dash", "0012", "#hash", "#", "@at", "\"",
    "語", "\u{FEFF}bom", "\\back", "a:b", "\u{1}control", "_", "-", "a=b", "= x",
  ]

  private struct Generator {
    var random: SeededRandom
    let isUniversal: Bool
    let missing: Int

    init(seed: UInt64, isUniversal: Bool) {
      random = SeededRandom(seed: seed)
      self.isUniversal = isUniversal
      missing = [0, 2, 5][random.below(3)]
    }

    mutating func tag() -> String {
      if missing > 0, random.below(missing) == 0 { return "" }
      let tags = TaggedExportTests.texts.filter { !isUniversal || $0 != "_" }
      return tags[random.below(tags.count)]
    }

    mutating func word() -> String {
      !isUniversal && random.below(8) == 0
        ? Vocabulary.unknownText : TaggedExportTests.texts[random.below(TaggedExportTests.texts.count)]
    }

    mutating func description() -> InputDescription {
      var columns: [Column] = []
      let names = isUniversal ? ["LEMMA", "XPOS", "HEAD", "MISC"] : ["pos", "c2", "a b", "class"]
      for name in names where random.below(2) == 0 {
        columns.append(
          Column(name, name == "HEAD" ? .number : .category, role: random.below(3) == 0 ? .input : .other))
      }
      let hasTarget = random.below(5) > 0
      let unit: Vocabulary.Unit = isUniversal || random.below(3) > 0 ? .words : .characters
      return InputDescription(
        input: .text(unit), target: hasTarget ? .classPerTimestep(declared: nil) : .none, columns: columns,
        classColumn: hasTarget ? (isUniversal ? ["UPOS", "DEPREL"] : ["ner", "c5"])[random.below(2)] : "class")
    }

    mutating func records(_ description: InputDescription) -> [SequenceRecord] {
      (0...random.below(9)).map { index in
        let length = isUniversal ? 1 + random.below(6) : random.below(6)
        var record = SequenceRecord(
          key:
            "\(TaggedExportTests.texts[random.below(TaggedExportTests.texts.count)].replacing(" ", with: "."))\(index)",
          input: .text((0..<length).map { _ in word() }))
        if description.target != .none { record.target = .labels((0..<length).map { _ in tag() }) }
        record.cells = description.columns.map { column in
          column.kind == .number
            ? .numbers((0..<length).map { _ in random.below(4) == 0 ? .nan : Float(random.below(9)) })
            : .categories(Categories((0..<length).map { _ in tag() }))
        }
        record.split = ["train", "test", "x y"][random.below(3)]
        if random.below(3) == 0 { record.weight = [0.5, 0, 3e38][random.below(3)] }
        if random.below(3) > 0 { record.group = "g=\(random.below(2))" }
        let metadata = [
          #"{"text":"It # snowed = \"1\""}"#, #"{ "a": [1, {"b": null}]}"#, #"{"text_en":"x","speaker":"y"}"#,
          #"{"split":"x"}"#, #"{"a b":"c"}"#, #"{"text":"two\nlines"}"#, "{}", #"{"metadata":"{}"}"#, #"{"a":" b"}"#,
          #"{"global.columns":"a"}"#, #"{"newdoc id":"z"}"#, #"{"newpar id":"z"}"#,
        ]
        if random.below(2) == 0 { record.metadata = metadata[random.below(metadata.count)] }
        return record
      }
    }
  }

  @Test(arguments: [FileFormat.conll, .conllu]) func anyTaggedTokensComeBack(format: FileFormat) throws {
    let folder = try TemporaryDirectory()
    let (store, copies) = (try folder.store(), try folder.store("copies.ragged"))
    for seed in 0..<150 {
      var made = Generator(seed: UInt64(seed), isUniversal: format == .conllu)
      let description = made.description()
      let records = made.records(description)
      let dataset = "\(seed)"
      try store.add(records, description, into: dataset)
      let report = try reimport(
        SequenceSelection(dataset: dataset), of: store, SequenceExport(format), into: copies, as: dataset,
        isCompressed: seed % 3 == 0)
      #expect(report.losses == [], "seed \(seed)")
      let (before, after) = (try TaggedContents(store, dataset), try TaggedContents(copies, dataset))
      #expect(after == before, "seed \(seed) \(report.readerSettings)")
      guard after == before else { return }
    }
  }

  @Test func textOfEach() throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    let description = InputDescription(
      input: .text(.words), target: .classPerTimestep(declared: nil),
      columns: [Column("LEMMA", .category, role: .other), Column("HEAD", .number, role: .input)], classColumn: "UPOS")
    try store.add(
      [
        SequenceRecord(
          key: "a", input: .text(["It", "snowed"]), target: .labels(["PRON", ""]),
          cells: [.categories(Categories(["it", "snow"])), .numbers([2, 0])], weight: 0.5, group: "g",
          metadata: #"{"text":"It snowed"}"#),
        SequenceRecord(
          key: "b", input: .text(["No"]), target: .labels(["X"]),
          cells: [.categories(Categories([""])), .numbers([.nan])],
          split: "test"),
      ], description)
    var text: [UInt8] = []
    func write(_ format: FileFormat) throws -> (String, ExportReport) {
      text = []
      let report = try store.export(
        SequenceSelection(dataset: "d"), as: SequenceExport(format), to: .stream { text += Array($0) })
      return (String(decoding: text, as: UTF8.self), report)
    }
    let universal = try write(.conllu)
    #expect(
      universal.0 == """
        # newdoc id = g
        # sent_id = a
        # split = train
        # weight = 0.5
        # text = It snowed
        1\tIt\tit\tPRON\t_\t_\t2\t_\t_\t_
        2\tsnowed\tsnow\t_\t_\t_\t0\t_\t_\t_

        # newdoc
        # sent_id = b
        # split = test
        1\tNo\t_\tX\t_\t_\t_\t_\t_\t_


        """)
    #expect(universal.1.losses == [])
    #expect(
      universal.1.readerSettings == [.inputs: ["HEAD"], .skipped: ["XPOS", "FEATS", "DEPREL", "DEPS", "MISC"]])
    let plain = try write(.conll)
    #expect(
      plain.0 == """
        # global.columns = c1 LEMMA UPOS
        # newdoc id = g
        # sent_id = a
        # split = train
        # weight = 0.5
        # text = It snowed
        It\tit\tPRON
        snowed\tsnow\t_

        # newdoc
        # sent_id = b
        # split = test
        No\t_\tX


        """)
    #expect(plain.1.losses == [#"column "HEAD""#])
    #expect(plain.1.readerSettings == [.missing: ["_"]])
  }

  @Test func whatIsNotKeptIsSaid() throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    let description = InputDescription(
      input: .text(.words), target: .classPerTimestep(declared: nil),
      columns: [
        Column("age", .number, per: .sequence), Column("LEMMA", .category, role: .target), Column("mood", .category),
      ], classColumn: "tag")
    try store.add(
      [
        SequenceRecord(
          key: "a", input: .text(["u", "v"]), target: .labels(["X", "Y"]),
          cells: [.numbers([1]), .categories(Categories(["l", "m"])), .categories(Categories(["n", "o"]))],
          validity: [true, false])
      ], description)
    #expect(
      try reimported(store, SequenceExport(.conll), in: folder).report.losses == [
        #"column "age""#, #"that column "LEMMA" is a target"#, "which timesteps are invalid (they have no tags)",
      ])
    let (copy, report) = try reimported(store, SequenceExport(.conllu), in: folder)
    #expect(
      report.losses == [
        #"columns "age", "mood""#, #"that column "LEMMA" is a target"#,
        #"that the column of classes is called "tag" (it becomes UPOS)"#,
        "which timesteps are invalid (they have no tags)",
      ])
    #expect(try copy.storedSource(SequenceSelection(dataset: "d")).classColumn == "UPOS")
  }

  @Test(arguments: [
    (FileFormat.conll, ["# x"], ["O"], ##"conll cannot hold the token "# x"; use jsonl, csv, npz or tfrecord"##),
    (.conll, ["a\tb"], ["O"], #"conll cannot hold the token "a\tb"; use jsonl, csv, npz or tfrecord"#),
    (.conll, ["-DOCSTART-"], ["O"], #"conll cannot hold the token "-DOCSTART-"; use jsonl, csv, npz or tfrecord"#),
    (.conll, ["a"], [" "], #"conll cannot hold the class " "; use jsonl, csv, npz or tfrecord"#),
    (.conllu, ["a"], ["_"], #"conllu cannot hold the text "_"; use jsonl, csv, npz or tfrecord"#),
    (
      .conllu, ["\0"], ["O"],
      #"conllu cannot hold a token that is not known, as sequence "a" has; use jsonl, csv, npz or tfrecord"#
    ),
    (
      .conllu, [], [],
      #"conllu cannot hold sequence "a", which has no timesteps; leave such sequences out with a condition, length > 0"#
    ),
  ])
  func refusals(format: FileFormat, words: [String], tags: [String], message: String) throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    try store.add(
      [SequenceRecord(key: "a", input: .text(words), target: .labels(tags))],
      InputDescription(input: .text(.words), target: .classPerTimestep(declared: nil)))
    let error = #expect(throws: ExportError.self) { try reimported(store, SequenceExport(format), in: folder) }
    #expect(error?.message == message)
  }

  @Test func otherDataAreRefused() throws {
    let folder = try TemporaryDirectory()
    let store = try folder.store()
    try store.add(classifiedRecords(3))
    let error = #expect(throws: ExportError.self) { try reimported(store, SequenceExport(.conll), in: folder) }
    #expect(error?.message == "conll cannot hold features, only tokens; use jsonl, csv, npz or tfrecord")
    let text = try folder.store("text.ragged")
    try text.add(
      [SequenceRecord(key: "a", input: .text(["x"]), target: .label("u"))],
      InputDescription(input: .text(.words), target: .classPerSequence(declared: nil)))
    let other = #expect(throws: ExportError.self) { try reimported(text, SequenceExport(.conllu), in: folder) }
    #expect(
      other?.message
        == "conllu cannot hold a class per sequence, only one per timestep; use jsonl, csv, npz or tfrecord")
  }
}

/// What a store knows of tagged tokens.
private struct TaggedContents: Equatable {
  var signature: SequenceSignature
  var classColumn: String
  var columns: [String]
  var records: [String] = []

  init(_ store: SequenceStore, _ dataset: String) throws {
    let info = try store.datasetInfo(dataset)
    let source = try store.storedSource(SequenceSelection(dataset: dataset))
    (signature, classColumn) = (info.signature, source.classColumn)
    columns = info.columns.map { "\($0.name): \($0.kind) \($0.role) \($0.vocabulary?.tokens ?? [])" }
    try source.forEachRecord { records.append($0.comparable) }
  }
}
