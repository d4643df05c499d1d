import RaggedCore
import RaggedFormats

/// Not GRDB's of the same name.
typealias Column = RaggedCore.Column

/// How large the blobs of a sequence are, given its length, and what may be in them.
final class BlobShape: Sendable {
  /// Numbers per timestep of the input: `F`, or 1 for tokens.
  let inputWidth: Int
  let isTokens: Bool
  /// Tokens below which an index must lie.
  let tokenSize: Int
  let target: TargetSignature
  /// Bytes per timestep of the target's blob; 0 where it has none or one value per sequence.
  let targetStepBytes: Int
  /// Bytes of the target's blob that do not depend on the length.
  let targetRowBytes: Int
  /// The dataset's further columns.
  let columns: [Column]
  /// Those of them with a cell per timestep: numbers, categories and times, each as places in ``columns``.
  let numbers, codes, times: [Int]
  /// Those with a cell per sequence.
  let statics: [Int]
  /// Those with a list of labels per sequence.
  let labels: [Int]
  fileprivate let hasStaticTimes: Bool

  init(_ dataset: StoredDataset) {
    let signature = dataset.signature
    inputWidth = signature.input.timestep.names.count
    target = signature.target
    switch signature.target {
    case .none, .classPerSequence, .labels, .several: (targetStepBytes, targetRowBytes) = (0, 0)
    case .classPerTimestep: (targetStepBytes, targetRowBytes) = (4, 0)
    case .valuesPerSequence(let names): (targetStepBytes, targetRowBytes) = (0, 4 * names.count)
    case .valuesPerTimestep(let names): (targetStepBytes, targetRowBytes) = (4 * names.count, 0)
    }
    isTokens = signature.input.isTokens
    tokenSize = signature.input.tokens?.size ?? 0
    let columns = dataset.columns
    func places(_ kind: Column.Kind) -> [Int] {
      columns.indices.filter { columns[$0].kind == kind && columns[$0].extent == .timestep }
    }
    self.columns = columns
    (numbers, codes, times) = (places(.number), places(.category), places(.time))
    statics = columns.indices.filter { columns[$0].extent == .sequence }
    labels = columns.indices.filter { columns[$0].extent == .labels }
    hasStaticTimes = statics.contains { columns[$0].kind == .time }
  }

  /// Features whose figures are kept: none for tokens.
  var featureCount: Int { isTokens ? 0 : inputWidth }

  /// Bytes per timestep of the input.
  var inputStepBytes: Int { 4 * inputWidth }

  /// Bytes per timestep of all blobs but the packed bits.
  var stepBytes: Int { inputStepBytes + targetStepBytes + 4 * numbers.count + 4 * codes.count + 8 * times.count }

  /// Bytes of the target's blob, 0 where the target has none.
  func targetBytes(length: Int) -> Int { targetStepBytes * length + targetRowBytes }

  /// Checks the sizes of blobs against the length that the sequence claims.
  /// - Throws: ``StoreError`` that names both.
  func check(_ sizes: BlobSizes, length: Int, id: Int64) throws {
    try checkInput(sizes, length: length, id: id)
    guard !columns.isEmpty || sizes.hasColumns else { return }
    try check("numbers", sizes.numbers ?? 0, 4 * numbers.count * length, length, id)
    try check("codes", sizes.codes ?? 0, 4 * codes.count * length, length, id)
    try check("times", sizes.times ?? 0, 8 * times.count * length, length, id)
    if let size = sizes.cellsObserved {
      try check("cells_observed", size, ObservedBits.bytes(numbers.count * length), length, id)
    }
    let (found, least) = (sizes.labels ?? 0, 4 * labels.count)
    guard labels.isEmpty ? sizes.labels == nil : found >= least else {
      throw StoreError(
        .damaged,
        "sequence \(id): its labels have \(found) bytes, but \(labels.count.counted("column")) of labels "
          + (labels.isEmpty ? "ask for none" : "ask for \(least) or more"))
    }
  }

  /// The same for the dataset's own input and target.
  func checkInput(_ sizes: BlobSizes, length: Int, id: Int64) throws {
    // A file from elsewhere may claim any length.
    guard (0...Int(Int32.max)).contains(length) else {
      throw StoreError(.damaged, "sequence \(id): its length is \(length)")
    }
    try check("input", sizes.input, inputStepBytes * length, length, id)
    try check("target", sizes.target, targetBytes(length: length), length, id)
    if let size = sizes.validity { try check("validity", size, length, length, id) }
    if let size = sizes.observed { try check("observed", size, ObservedBits.bytes(featureCount * length), length, id) }
  }

  private func check(_ name: String, _ found: Int, _ expected: Int, _ length: Int, _ id: Int64) throws {
    guard found == expected else {
      throw StoreError(
        .damaged,
        "sequence \(id): its \(name) has \(found) bytes, but a length of \(length) timesteps asks for \(expected)")
    }
  }

  /// Checks the sizes of blobs against the length that the sequence claims.
  /// - Throws: ``StoreError`` that names both.
  func check(_ blobs: SequenceBlobs, length: Int, id: Int64) throws {
    try check(blobs.sizes, length: length, id: id)
    if !labels.isEmpty { _ = try lists(blobs.labels, id: id) }
  }
}

/// The blobs of a sequence, where they lie; nil for NULL.
struct SequenceBlobs {
  var input: UnsafeRawBufferPointer
  var target: UnsafeRawBufferPointer
  var validity, observed, numbers, cellsObserved, codes, times, labels: UnsafeRawBufferPointer?

  /// The columns of `sequence_data`, in the order of ``SQLStatement/blobs(from:)``.
  static let columns = "input, target, validity, observed, numbers, cells_observed, codes, times, labels"
  /// The number of these columns.
  static let columnCount: Int32 = 9

  /// CRC-32 of all that are there, one after the other in the order of the table.
  var checksum: UInt32 {
    var sum = CRC32()
    for bytes in [input, target, validity, observed, numbers, cellsObserved, codes, times, labels] {
      if let bytes { sum.add(bytes) }
    }
    return sum.value
  }

  /// The bytes of each.
  var sizes: BlobSizes {
    BlobSizes(
      input: input.count, target: target.count, validity: validity?.count, observed: observed?.count,
      numbers: numbers?.count, cellsObserved: cellsObserved?.count, codes: codes?.count, times: times?.count,
      labels: labels?.count)
  }

  /// Whether a timestep is valid.
  func isValid(_ t: Int) -> Bool { validity.map { $0[t] != 0 } ?? true }
}

/// The bytes of each blob of a sequence; nil for NULL.
struct BlobSizes {
  var input, target: Int
  var validity, observed, numbers, cellsObserved, codes, times, labels: Int?

  var hasColumns: Bool {
    numbers != nil || cellsObserved != nil || codes != nil || times != nil || labels != nil
  }
}

extension SQLStatement {
  /// The blobs of ``SequenceBlobs/columns``, the first of which is this one; valid until the next step.
  func blobs(from first: Int32) -> SequenceBlobs {
    func optional(_ column: Int32) -> UnsafeRawBufferPointer? { isNull(column) ? nil : blob(column) }
    return SequenceBlobs(
      input: blob(first), target: blob(first + 1), validity: optional(first + 2), observed: optional(first + 3),
      numbers: optional(first + 4), cellsObserved: optional(first + 5), codes: optional(first + 6),
      times: optional(first + 7), labels: optional(first + 8))
  }

  /// Binds the blobs from this parameter on.
  /// - Parameter hasTarget: whether a target without bytes is one all the same.
  func bind(uncopied blobs: SequenceBlobs, hasTarget: Bool, from first: Int32) {
    let all = [
      blobs.input, hasTarget ? blobs.target : nil, blobs.validity, blobs.observed, blobs.numbers, blobs.cellsObserved,
      blobs.codes, blobs.times, blobs.labels,
    ]
    for (index, bytes) in all.enumerated() {
      if let bytes { bind(uncopied: bytes, at: first + Int32(index)) } else { bindNull(at: first + Int32(index)) }
    }
  }
}

/// Which cells were observed, a bit each: that of cell `i` is bit `i % 8` of byte `i / 8`, the least significant first.
enum ObservedBits {
  /// The bytes that hold the bits of so many cells.
  static func bytes(_ cells: Int) -> Int { (cells + 7) / 8 }

  /// The bits; nil where all cells were observed. O(cells).
  static func packed(_ observed: [Bool]?) -> [UInt8]? {
    guard let observed, observed.contains(false) else { return nil }
    var bits = [UInt8](repeating: 0, count: bytes(observed.count))
    for (cell, isObserved) in observed.enumerated() where isObserved { bits[cell >> 3] |= 1 << (cell & 7) }
    return bits
  }
}

extension UnsafeRawBufferPointer {
  /// Whether the bit of a cell is set.
  @inline(__always)
  func bit(_ cell: Int) -> Bool { self[cell >> 3] >> (cell & 7) & 1 != 0 }

  /// The number at an index, wherever it lies in memory.
  @inline(__always)
  func number<Number: BitwiseCopyable>(_ index: Int, as type: Number.Type = Number.self) -> Number {
    loadUnaligned(fromByteOffset: index &* MemoryLayout<Number>.size, as: type)
  }

  /// All numbers.
  func numbers<Number: BitwiseCopyable>(_ type: Number.Type) -> some RandomAccessCollection<Number> {
    (0..<count / MemoryLayout<Number>.size).lazy.map { number($0, as: type) }
  }
}

extension TargetSignature {
  /// Whether a sequence's target is a blob: a class of the whole sequence is none.
  var hasBlob: Bool {
    switch self {
    case .none, .classPerSequence, .labels, .several: false
    case .classPerTimestep, .valuesPerSequence, .valuesPerTimestep: true
    }
  }
}

extension EncodedSequence {
  /// Takes the times per sequence out of those per timestep, beside which an encoder puts them. O(times).
  /// - Returns: those of the sequence.
  mutating func takeStaticTimes(_ shape: BlobShape) -> [Int64] {
    guard shape.hasStaticTimes else { return [] }
    let all = shape.columns.indices.filter { shape.columns[$0].kind == .time }
    let perStep = all.indices.filter { shape.columns[all[$0]].extent == .timestep }
    let perSequence = all.indices.filter { shape.columns[all[$0]].extent == .sequence }
    let times = columns.times
    columns.times = (0..<length).flatMap { t in perStep.map { times[t * all.count + $0] } }
    return perSequence.map { length > 0 ? times[$0] : ColumnPlanes.missingTime }
  }

  /// The same of a sequence without further columns, where most of an import's time goes: what is not captured is not
  /// retained for every sequence.
  private static func withBlobs<R>(
    input: Input, target: Target, validity: [UInt8]?, _ body: (SequenceBlobs) throws -> R
  ) rethrows -> R {
    func lend(_ input: UnsafeRawBufferPointer, _ target: UnsafeRawBufferPointer) throws -> R {
      guard let validity else { return try body(SequenceBlobs(input: input, target: target, validity: nil)) }
      return try validity.withUnsafeBytes { try body(SequenceBlobs(input: input, target: target, validity: $0)) }
    }
    func lend(_ input: UnsafeRawBufferPointer) throws -> R {
      switch target {
      case .none: try lend(input, UnsafeRawBufferPointer(start: nil, count: 0))
      case .classes(let classes): try classes.withUnsafeBytes { try lend(input, $0) }
      case .values(let values): try values.withUnsafeBytes { try lend(input, $0) }
      }
    }
    switch input {
    case .values(let values): return try values.withUnsafeBytes(lend)
    case .tokens(let tokens): return try tokens.withUnsafeBytes(lend)
    }
  }

  /// Calls `body` with the bytes that are stored of it. A column that the dataset has is a blob, of however few bytes.
  func withBlobs<R>(_ shape: BlobShape, _ body: (SequenceBlobs) throws -> R) rethrows -> R {
    if observed == nil, shape.columns.isEmpty {
      return try Self.withBlobs(input: input, target: target, validity: validity, body)
    }
    func lend<T>(_ numbers: [T]?, _ body: (UnsafeRawBufferPointer?) throws -> R) rethrows -> R {
      guard let numbers else { return try body(nil) }
      return try numbers.withUnsafeBytes { try body($0) }
    }
    func withColumns(_ blobs: SequenceBlobs) throws -> R {
      guard observed != nil || !shape.columns.isEmpty else { return try body(blobs) }
      var blobs = blobs
      return try lend(ObservedBits.packed(observed)) {
        blobs.observed = $0
        return try lend(shape.numbers.isEmpty ? nil : columns.steps.values) {
          blobs.numbers = $0
          return try lend(ObservedBits.packed(columns.steps.observed)) {
            blobs.cellsObserved = $0
            return try lend(shape.codes.isEmpty ? nil : columns.steps.codes) {
              blobs.codes = $0
              return try lend(shape.times.isEmpty ? nil : columns.times) {
                blobs.times = $0
                return try lend(shape.labels.isEmpty ? nil : StoredLabels.numbers(columns.labels)) {
                  blobs.labels = $0
                  return try body(blobs)
                }
              }
            }
          }
        }
      }
    }
    func withTarget(_ input: UnsafeRawBufferPointer) throws -> R {
      func withValidity(_ target: UnsafeRawBufferPointer?) throws -> R {
        let target = target ?? UnsafeRawBufferPointer(start: nil, count: 0)
        return try lend(validity) {
          try withColumns(SequenceBlobs(input: input, target: target, validity: $0))
        }
      }
      switch target {
      case .none: return try withValidity(nil)
      case .classes(let classes): return try lend(classes, withValidity)
      case .values(let values): return try lend(values, withValidity)
      }
    }
    switch input {
    case .values(let values): return try values.withUnsafeBytes(withTarget)
    case .tokens(let tokens): return try tokens.withUnsafeBytes(withTarget)
    }
  }
}
