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
      parts.append("lengths: all the same")
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
    let rounded = notes.take()
    guard isFinished, let array = layout?.targets?.array else { return rounded }
    return rounded
      + notes.guessed.takeNote(
        "array \(array.name.quotedForMessage)", change: "saved as whole numbers (astype(int)) it is taken for classes")
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
      let record = try row.record(layout, key: key)
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
