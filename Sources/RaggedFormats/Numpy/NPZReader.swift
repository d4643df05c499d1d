import RaggedCore

/// Reads numpy's arrays: padded `[B, T, F]` with lengths or a mask, or values `[N, F]` laid end to end with offsets, and
/// beside them targets, keys, weights, splits, groups, metadata and names; see the article "Leaving and arriving".
///
/// Timesteps that a mask leaves out are dropped, wherever they stand. A number that is NaN, or of which an array `observed`
/// says so, is missing. Arrays are read row by row; only those in Fortran
/// order are in memory as a whole. Python objects (pickle) are never read.
struct NPZReader: FormatReader {
  let input: InputBytes
  private let source: InputSource
  /// Whether the file is an archive, rather than one array.
  private let isArchive: Bool
  private let options: NPZOptions
  private var layout: NPZLayout?
  private var file: ByteFile?
  private var position = 0
  private var offset = 0
  private var listOffsets: [Int] = []
  private var isFinished = false
  /// What is padding, or may be; nil where the file says where sequences end.
  private var trim: PaddingTrim?
  private var notes = ReaderNotes()

  init(_ source: InputSource, options: NPZOptions, isArchive: Bool) throws {
    guard !source.isStandardInput else {
      throw source.fault(
        "cannot give \(isArchive ? "npz" : "npy"), whose arrays are read at several places at once; name a file", .usage
      )
    }
    input = try InputBytes(source)
    self.source = source
    self.isArchive = isArchive
    self.options = options
  }

  var bytesRead: Int { file?.bytesRead ?? 0 }

  mutating func description() throws -> InputDescription {
    let layout = try prepared()
    return InputDescription(
      input: InputDescription.Input(layout.kind.tokens, features: layout.featureNames),
      target: layout.targets?.description ?? .none, columns: layout.further.columns,
      classColumn: layout.classColumn)
  }

  mutating func roles() throws -> String {
    let layout = try prepared()
    func place(_ array: NPYStream) -> String { "\(array.name.quotedForMessage) \(array.words)" }
    var parts = ["id: \(layout.keys.map(place) ?? "file and position")"]
    let role = layout.kind.tokens.inputRole
    if let list = layout.list {
      parts.append("\(role): \(list.count.counted("array")), a sequence each: \(list.listedForMessage)")
    } else {
      parts.append("\(role): \(place(layout.input))")
    }
    for (role, array) in [
      ("offsets", layout.offsets), ("lengths", layout.lengths), ("mask", layout.mask), ("valid", layout.validity),
    ] {
      if let array { parts.append("\(role): \(place(array))") }
    }
    if layout.offsets == nil, layout.lengths == nil, layout.mask == nil, layout.list == nil {
      parts.append(options.padding.map { "padding: \($0) at the end" } ?? "lengths: all the same")
    }
    if let targets = layout.targets { parts.append("target (\(targets.kind.rawValue)): \(place(targets.array))") }
    for (role, array) in [
      ("weight", layout.weights), ("split", layout.splits), ("group", layout.groups), ("metadata", layout.metadata),
    ] {
      if let array { parts.append("\(role): \(place(array))") }
    }
    parts += layout.further.columns.map { ($0.name, $0.kind, $0.extent) }.roleWords
    if !layout.unused.isEmpty { parts.append("not imported: \(layout.unused.listedForMessage)") }
    return parts.joined(separator: "; ")
  }

  /// What was rounded, and taken for values although it may be classes.
  mutating func takeNotes() throws -> [InputNote] {
    var rounded = notes.take()
    if isFinished, let found = trim?.takeNotes() {
      rounded += found
      trim = nil
    }
    guard isFinished, let array = layout?.targets?.array else { return rounded }
    return rounded
      + notes.guessed.takeNote(
        "array \(array.name.quotedForMessage)", change: "saved as whole numbers (astype(int)) it is taken for classes")
  }

  /// Which arrays say how the sequences lie, and those that nothing is made of.
  mutating func facts() throws -> InputFacts {
    guard let layout = try? prepared() else { return InputFacts() }
    func words(_ array: NPYStream) -> String { "\(array.name.quotedForMessage) \(array.words)" }
    var facts = InputFacts()
    facts.traits = [
      FileTrait("keys", layout.keys.map(words) ?? "file and position", .id),
      FileTrait(
        "sequences", layout.list.map { $0.count.counted("array") } ?? words(layout.input),
        isArchive ? .features : nil),
    ]
    let lengths: [(String, NPYStream?, ReaderSetting)] = [
      ("lengths", layout.lengths, .lengths), ("mask", layout.mask, .mask), ("offsets", layout.offsets, .offsets),
    ]
    facts.traits += lengths.compactMap { name, array, setting in array.map { FileTrait(name, words($0), setting) } }
    if let keys = layout.keys { facts.columns.append(ColumnFacts(keys.name, .text, role: .id, extent: .sequence)) }
    facts.columns += try layout.unused.map { name in
      let example = try layout.words(of: name)
      return ColumnFacts(name, .other, role: ColumnFacts.Role.none, examples: example.map { [$0] } ?? [])
    }
    return facts
  }

  /// The target and its kind.
  mutating func decided() throws -> ReaderSettings {
    let layout = try prepared()
    var settings = options.settings
    if let targets = layout.targets, isArchive {
      (settings[.target], settings[.targetKind]) = ([targets.array.name], [targets.kind.rawValue])
    }
    return settings
  }

  mutating func next() throws -> SequenceRecord? {
    let layout = try prepared()
    guard position < layout.count else {
      if !isFinished { for stream in layout.streams { try stream.finish() } }
      isFinished = true
      return nil
    }
    // Every array is read before anything is looked at, so that a fault leaves them at the next sequence.
    let row = try NPZRow(layout, position, &offset, &listOffsets)
    position += 1
    if notes.rounded == nil { notes.rounded = row.rounded(layout) }
    let key = layout.keys == nil ? "\(source.keyStem)/\(position)" : row.key
    do {
      var record = try row.record(layout, key: key)
      if let length = trim?.length(of: record), length < record.length {
        record = try row.record(layout, key: key, upTo: length)
      }
      if case .tokens(let tokens) = record.input, let negative = tokens.first(where: { $0 < 0 }) {
        throw RecordFault("its token \(negative) is none, expected 0 to \(Int32.max), or padding at its end")
      }
      if let targets = layout.targets, targets.isGuessed, targets.width == 1 { notes.guessed.look(at: record.target) }
      return record
    } catch let fault as RecordFault {
      throw InputError(
        file: source.name, problem: "sequence \(position): \(fault.problem)", key: key.isEmpty ? nil : key,
        remedy: fault.remedy)
    }
  }

  private mutating func prepared() throws -> NPZLayout {
    if let layout { return layout }
    let file = try ByteFile(source)
    self.file = file
    if try file.bytes(at: 0, count: min(2, file.size)) == [0x1F, 0x8B] {
      throw file.fault("is compressed by gzip; decompress it first (an npz can be compressed within: savez_compressed)")
    }
    let arrays = try NPZArrays(file, isArchive: isArchive, stem: source.stem, maximumBytes: options.maximumLineBytes)
    let layout = try NPZLayout(arrays, options)
    let limit = layout.offsets ?? layout.lengths ?? layout.mask
    if let limit, options.padding != nil {
      throw source.fault(
        "array \(limit.name.quotedForMessage) says where sequences end, so that no value is padding", .usage)
    }
    // Arrays of their own length each may end as they like.
    if limit == nil, layout.list == nil || options.padding != nil {
      trim = PaddingTrim(options.padding, missing: options.missing)
    }
    self.layout = layout
    listOffsets = Array(repeating: 0, count: layout.further.lists.count)
    return layout
  }
}

extension NPZLayout.Input {
  /// What tokens are; nil for features.
  fileprivate var tokens: TokenForm? {
    switch self {
    case .features: nil
    case .tokens: .numbers
    case .vocabulary(_, let unit), .text(let unit): .text(unit)
    }
  }
}
