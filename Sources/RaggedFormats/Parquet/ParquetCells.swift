import RaggedCore
import RaggedParquet

/// The cells of a column that is written, of some rows.
struct ParquetCells {
  let column: ParquetOutputColumn
  /// What codes stand for: the names of a category, which are the same throughout, or the texts of these rows.
  private let dictionary: ParquetByteStrings?
  private var texts: [String] = []
  private var floats: [Float] = []
  private var longs: [Int64] = []
  private var integers: [Int32] = []
  private var truths: [Bool] = []
  private var codes: [Int32] = []
  private var present: [Bool] = []
  private var lists: [[Int]]
  /// Bytes of texts, about.
  private(set) var textBytes = 0

  /// No cells of a column; `names` are what codes of its texts stand for, where they are the same throughout.
  init(_ column: ParquetOutputColumn, names: [String]? = nil) {
    self.column = column
    dictionary = names.map { ParquetByteStrings($0) }
    lists = Array(repeating: [0], count: column.listDepth)
  }

  mutating func appendNull() {
    switch column.type {
    case .float: floats.append(0)
    case .int32: integers.append(0)
    case .boolean: truths.append(false)
    case .string: codes.append(-1)
    default: longs.append(0)
    }
    present.append(false)
  }

  /// A number; NaN is none.
  mutating func append(_ number: Float) {
    if number.isNaN { return appendNull() }
    floats.append(number)
    present.append(true)
  }

  mutating func append(_ number: Int64) {
    longs.append(number)
    present.append(true)
  }

  mutating func append(_ number: Int32) {
    integers.append(number)
    present.append(true)
  }

  mutating func append(_ truth: Bool) {
    truths.append(truth)
    present.append(true)
  }

  /// A name by its code.
  mutating func append(code: Int32) {
    codes.append(code)
    present.append(true)
  }

  /// A text in this many rows.
  mutating func append(_ text: String?, rows: Int) {
    guard let text else {
      for _ in 0..<rows { appendNull() }
      return
    }
    let code = Int32(texts.count)
    texts.append(text)
    textBytes += text.utf8.count
    for _ in 0..<rows { append(code: code) }
  }

  /// Ends the lists that hold what was added since the last one: those at this depth, the outermost by default.
  mutating func endList(depth: Int = 0) {
    lists[depth].append(depth + 1 < lists.count ? lists[depth + 1].count - 1 : present.count)
  }

  /// What was added; there is nothing afterwards.
  mutating func take() -> ParquetOutputValues {
    defer {
      texts.removeAll(keepingCapacity: true)
      floats.removeAll(keepingCapacity: true)
      longs.removeAll(keepingCapacity: true)
      integers.removeAll(keepingCapacity: true)
      truths.removeAll(keepingCapacity: true)
      codes.removeAll(keepingCapacity: true)
      present.removeAll(keepingCapacity: true)
      for depth in lists.indices { lists[depth] = [0] }
      textBytes = 0
    }
    let values: ParquetValues =
      switch column.type {
      case .float: .float(floats)
      case .int32: .int32(integers)
      case .boolean: .boolean(truths)
      case .string: .bytes(ParquetByteStrings(dictionary: dictionary ?? ParquetByteStrings(texts), codes: codes))
      default: .int64(longs)
      }
    return ParquetOutputValues(
      values, present: present.allSatisfy(\.self) ? nil : present, lists: lists.map { .init(offsets: $0) })
  }
}
