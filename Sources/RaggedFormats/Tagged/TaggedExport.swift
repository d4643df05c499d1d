import RaggedCore

/// Writes tokens that are text with a class per timestep: CoNLL's columns between tabs, or CoNLL-U.
///
/// Before the tokens of each sequence stand comments: `# sent_id = ` with its key, `# newdoc id = ` where another group
/// begins, `# split = `, `# weight = `, and its metadata, a comment a field where all are text. In CoNLL further columns
/// of categories stand between token and class; a line `# global.columns = ` names the columns where their names are not
/// `c1`, `c2`, …. A missing cell is `_`, or another sign that is no tag.
struct TaggedExport: ExportWriter {
  /// What stands in a column.
  private enum Slot {
    case number, word, target
    case category(Int)
    case head(Int)
    case blank
  }

  private let format: FileFormat
  private let signature: SequenceSignature
  private let sink: ExportSink
  private let names: [String]
  private let slots: [Slot]
  private let further: [Column]
  private let texts: RecordNames
  private let missing: String
  private var group: String?
  private var hasMissing = false
  let losses: [String]

  /// - Throws: ``ExportError`` for data that the format cannot hold.
  init(_ format: FileFormat, _ source: some ExportedSequences, _ facts: ExportFacts, _ sink: ExportSink) throws {
    (self.format, self.sink) = (format, sink)
    signature = source.signature
    let columns = source.furtherColumns
    let known = RecordNames(source.signature, columns)
    (further, texts) = (columns, known)
    try facts.checkGroups(format)
    try Self.check(signature, format)
    var losses: [String] = []
    let isUniversal = format == .conllu
    var kept = columns.indices.filter { columns[$0].kind == .category && columns[$0].extent == .timestep }
    if isUniversal {
      kept = columns.indices.filter { place in
        let (name, column) = (columns[place].name, columns[place])
        guard column.extent == .timestep, name != "ID", name != "FORM" else { return false }
        return ConlluOptions.columnNames.contains(name) && column.kind == (name == "HEAD" ? .number : .category)
      }
    }
    let lost = columns.indices.filter { !kept.contains($0) }.map { columns[$0] }
    if let loss = lost.loss { losses.append(loss) }
    losses += kept.map { columns[$0] }.roleLosses
    let isClass = signature.target.isClass
    if isUniversal {
      let free = ConlluOptions.columnNames.filter { name in
        !["ID", "FORM", "HEAD"].contains(name) && !kept.contains { columns[$0].name == name }
      }
      var target: String?
      if isClass {
        target = free.contains(source.classColumn) ? source.classColumn : free.first { $0 == "UPOS" } ?? free.first
        guard let target else { throw Self.refusal(format, "a class beside all ten columns") }
        if target != source.classColumn {
          losses.append(
            "that the column of classes is called \(source.classColumn.quotedForMessage) (it becomes \(target))")
        }
      }
      names = ConlluOptions.columnNames
      slots = names.map { name -> Slot in
        if name == "ID" { return .number }
        if name == "FORM" { return .word }
        if name == target { return .target }
        guard let place = kept.first(where: { columns[$0].name == name }) else { return .blank }
        return name == "HEAD" ? .head(place) : .category(place)
      }
    } else {
      var taken = kept.map { columns[$0].name }.exactNames
      func free(_ name: String) -> String {
        var name = name
        while !taken.insert(ExactName(name)).inserted { name += "_" }
        return name
      }
      let classColumn = isClass ? free(source.classColumn) : nil
      if let classColumn, !classColumn.isExactly(source.classColumn) {
        losses.append("that the column of classes is called \(source.classColumn.quotedForMessage)")
      }
      names = [free("c1")] + kept.map { columns[$0].name } + (classColumn.map { [$0] } ?? [])
      slots = [.word] + kept.map(Slot.category) + (isClass ? [.target] : [])
    }
    if facts.hasValidity { losses.append("which timesteps are invalid\(isClass ? " (they have no tags)" : "")") }
    self.losses = losses
    missing = try Self.missingWord(format, kept.map { known.columns[$0] } + [known.classes, known.tokens ?? []])
    try Self.check(texts: known.tokens?.dropFirst(), "token", format, isOnly: slots.count == 1, isFirst: !isUniversal)
    try Self.check(texts: known.classes.dropLast(), "class", format)
    for place in kept where columns[place].kind == .category {
      try Self.check(
        texts: known.columns[place].dropFirst(), "text of column \(columns[place].name.quotedForMessage)", format)
    }
    guard !isUniversal else { return }
    if let name = names.first(where: { $0.isEmpty || !$0.isOneLine || $0.contains("\t") || $0.isBlankAtAnEnd }) {
      throw Self.refusal(format, "a column of the name \(name.quotedForMessage)")
    }
    if !names.areExactly(TaggedLayout.numbered(names.count)) || source.lengths.allSatisfy({ $0 == 0 }) {
      // One name with a blank in it needs a tab as well.
      let hasBlank = names.contains { $0.contains(" ") }
      try sink.write("# global.columns = \(names.joined(separator: hasBlank ? "\t" : " "))\n")
    }
  }

  private static func refusal(_ format: FileFormat, _ what: String) -> ExportError {
    ExportError(.mismatch, "\(format) cannot hold \(what); use jsonl, csv, npz or tfrecord")
  }

  private static func check(_ signature: SequenceSignature, _ format: FileFormat) throws {
    guard signature.input.tokens?.vocabulary != nil else {
      throw refusal(
        format, signature.input.isTokens ? "token numbers, only tokens that are text" : "features, only tokens")
    }
    switch signature.target {
    case .none, .classPerTimestep, .labels, .several: break
    case .classPerSequence: throw refusal(format, "a class per sequence, only one per timestep")
    case .valuesPerSequence, .valuesPerTimestep: throw refusal(format, "target values, only a class per timestep")
    }
    if format == .conllu, let unit = signature.input.tokens?.vocabulary?.unit, unit != .words {
      throw refusal(format, "text cut to \(unit.rawValue), only words")
    }
  }

  /// Refuses texts that would not be read as they are.
  private static func check(
    texts: ArraySlice<String>?, _ what: String, _ format: FileFormat, isOnly: Bool = false, isFirst: Bool = false
  ) throws {
    for text in texts ?? [] {
      let isBlank = text.utf8.allSatisfy { $0 == 0x20 }
      let isTaken =
        isFirst && (text.hasPrefix("# ") || text == "-DOCSTART-" || text == "-DOCSTART-:")
        || format == .conllu && what == "class" && text == "_"
      guard text.isEmpty || !text.isOneLine || text.contains("\t") || isTaken || isBlank && (isOnly || !isFirst) else {
        continue
      }
      throw refusal(format, "the \(what) \(text.quotedForMessage)")
    }
  }

  /// A word for a missing cell that is no text of any column.
  private static func missingWord(_ format: FileFormat, _ names: [[String]]) throws -> String {
    guard format != .conllu else {
      // Its forms may be this.
      if names.dropLast().contains(where: { $0.contains("_") }) { throw refusal(format, "the text \"_\"") }
      return "_"
    }
    let words = ["_", "-", "*", "?", "[missing]", "[[missing]]"]
    guard let word = words.first(where: { word in !names.contains { $0.contains(word) } }) else {
      throw refusal(format, "all of the texts \(words.listedForMessage), of which one stands for a missing cell")
    }
    return word
  }

  var readerOptions: any FormatOptions {
    var (target, inputs, skipped): (String?, [String], [String]) = (nil, [], [])
    for (name, slot) in zip(names, slots) {
      switch slot {
      case .target: target = name
      case .category(let place), .head(let place): if further[place].role == .input { inputs.append(name) }
      case .blank: skipped.append(name)
      case .number, .word: break
      }
    }
    let isUsual = format == .conllu ? target == "UPOS" : target != nil
    let targets: [String]? = isUsual ? nil : target.map { [$0] } ?? []
    if format == .conllu { return ConlluOptions(target: targets, inputs: inputs, skipped: skipped) }
    let unit = signature.input.tokens?.vocabulary?.unit
    return ConllOptions(
      target: targets, inputs: inputs, missing: hasMissing ? [missing] : [],
      delimiter: slots.count == 1 ? "\t" : nil, unit: unit == .words ? nil : unit)
  }

  mutating func write(_ record: SequenceRecord) throws {
    guard case .texts(let words) = record.input else { return }
    let key = record.key
    if format == .conllu, words.isEmpty {
      throw ExportError(
        .mismatch,
        "conllu cannot hold sequence \(key.quotedForMessage), which has no timesteps; leave such sequences out with a "
          + "condition, length > 0")
    }
    try writeHead(record)
    for t in 0..<words.count {
      for (place, slot) in slots.enumerated() {
        if place > 0 { try sink.write("\t") }
        try sink.write(try cell(slot, t, record, words))
      }
      try sink.write("\n")
    }
    try sink.write("\n")
  }

  private mutating func writeHead(_ record: SequenceRecord) throws {
    func line(_ name: String, _ value: String) throws {
      guard value.isOneLine, !value.isEmpty, !value.isBlankAtAnEnd else {
        throw Self.refusal(format, "the \(name) \(value.quotedForMessage) of a sequence")
      }
      try sink.write("# \(name) = \(value)\n")
    }
    if record.group.map(ExactName.init) != group.map(ExactName.init) {
      if let group = record.group { try line("newdoc id", group) } else { try sink.write("# newdoc\n") }
    }
    group = record.group
    try line("sent_id", record.key)
    if let split = record.split, !split.isEmpty { try line("split", split) }
    if let weight = record.weight { try line("weight", weight.description) }
    guard let metadata = record.metadata else { return }
    for line in SentenceHead.lines(ofMetadata: metadata) {
      guard line.isOneLine, !metadata.isBlankAtAnEnd else {
        throw Self.refusal(
          format,
          "metadata of several lines or with blanks around them, as those of sequence \(record.key.quotedForMessage)")
      }
      try sink.write(line + "\n")
    }
  }

  private mutating func cell(_ slot: Slot, _ t: Int, _ record: SequenceRecord, _ words: Categories) throws -> String {
    func orMissing(_ text: String) -> String {
      if text.isEmpty { hasMissing = true }
      return text.isEmpty ? missing : text
    }
    switch slot {
    case .number: return String(t + 1)
    case .blank: return missing
    case .word:
      guard words[t].isExactly(Vocabulary.unknownText) else { return words[t] }
      if format == .conllu {
        throw Self.refusal(format, "a token that is not known, as sequence \(record.key.quotedForMessage) has")
      }
      return orMissing("")
    case .target:
      if record.validity?[t] == false { return orMissing("") }
      guard case .classPerTimestep(let labels) = record.target else { return missing }
      return orMissing(labels[t])
    case .category(let place):
      guard case .categories(let texts) = record.cells[place] else { return missing }
      return orMissing(texts[t])
    case .head(let place):
      guard case .numbers(let numbers) = record.cells[place], !numbers[t].isNaN else { return missing }
      guard let whole = Int(exactly: numbers[t]), whole >= 0 else {
        throw Self.refusal(
          format, "the HEAD \(numbers[t]), as sequence \(record.key.quotedForMessage) has, only numbers of words")
      }
      return String(whole)
    }
  }
}

extension String {
  /// Whether no line ends within it.
  var isOneLine: Bool { !utf8.contains { $0 == 0x0A || $0 == 0x0D } }

  /// Whether it begins or ends with a blank or a tab.
  var isBlankAtAnEnd: Bool {
    utf8.first == 0x20 || utf8.first == 0x09 || utf8.last == 0x20 || utf8.last == 0x09
  }
}
