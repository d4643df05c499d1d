import RaggedCore
import RaggedFormats

/// The columns per sequence of a dataset, whose cells stand in `sequence.statics`: a JSON array in the order of the columns.
///
/// A number stands there as a number, a category as its name, a time as microseconds since 1970, and null for a cell that is
/// missing. So SQL can ask for them, and a name may get another code without any row changing.
struct StaticColumns: Sendable {
  /// In the order of the dataset.
  let columns: [Column]
  /// The place of each among those of its kind.
  private let places: [Int]
  /// The codes of the names of each category.
  private let codes: [[ExactName: Int32]]
  let numberCount, codeCount, timeCount: Int

  init(_ dataset: StoredDataset) {
    columns = dataset.columns.filter { $0.extent == .sequence }
    var counts: [Column.Kind: Int] = [:]
    places = columns.map { column in
      defer { counts[column.kind, default: 0] += 1 }
      return counts[column.kind, default: 0]
    }
    codes = columns.map { $0.vocabulary?.indexByToken() ?? [:] }
    func count(_ kind: Column.Kind) -> Int { counts[kind] ?? 0 }
    (numberCount, codeCount, timeCount) = (count(.number), count(.category), count(.time))
  }

  /// The text of a sequence's cells; nil where there are no such columns.
  /// - Parameter names: what the codes from 1 on stand for in the column at a place among the dataset's.
  static func text(_ cells: StaticCells, _ shape: BlobShape, names: (_ place: Int) -> [String]) -> String? {
    var text = ""
    var (number, code, time) = (0, 0, 0)
    for place in shape.statics {
      text += text.isEmpty ? "[" : ","
      switch shape.columns[place].kind {
      case .number:
        text += cells.cells.isObserved(0, number) ? "\(cells.cells.values[number])" : "null"
        number += 1
      case .category:
        let (names, index) = (names(place), Int(cells.cells.codes[code]) - 1)
        if names.indices.contains(index) { appendJSON(names[index], to: &text) } else { text += "null" }
        code += 1
      case .time:
        let value = cells.times[time]
        text += value == ColumnPlanes.missingTime ? "null" : "\(value)"
        time += 1
      }
    }
    return text.isEmpty ? nil : text + "]"
  }

  /// A JSON text.
  static func appendJSON(_ name: String, to text: inout String) {
    text += "\""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\"", "\\": text += "\\\(scalar)"
      case "\0"..."\u{1F}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }

  /// The cells that a text holds.
  /// - Throws: ``StoreError`` for a text that does not hold these columns, and for a name that is in no dictionary.
  func cells(_ text: String?, id: Int64) throws -> StaticCells {
    func damaged(_ problem: String) -> StoreError {
      StoreError(.damaged, "sequence \(id): \(problem)")
    }
    if columns.isEmpty {
      guard text == nil else { throw damaged("it has columns of its own, and its dataset has none") }
      return StaticCells()
    }
    guard let text else { throw damaged("its statics are missing") }
    var parser = ArrayParser(text)
    var cells = StaticCells(numbers: numberCount, codes: codeCount, times: timeCount)
    var observed = [Bool](repeating: true, count: numberCount)
    for (index, column) in columns.enumerated() {
      guard let element = parser.next() else {
        throw damaged("its statics hold \(index.counted("cell")), expected \(columns.count)")
      }
      let place = places[index]
      switch (column.kind, element) {
      case (.number, .null): observed[place] = false
      case (.number, .number(let digits)):
        guard let value = Float(digits), value.isFinite else { throw damaged("its \"\(column.name)\" is \(digits)") }
        cells.cells.values[place] = value
      case (.category, .null), (.time, .null): break
      case (.category, .text(let name)):
        guard let code = codes[index][ExactName(name)] else {
          throw damaged("its \"\(column.name)\" is \"\(name)\", which is no name of that column")
        }
        cells.cells.codes[place] = code
      case (.time, .number(let digits)):
        guard let value = Int64(digits) else { throw damaged("its \"\(column.name)\" is \(digits)") }
        cells.times[place] = value
      case (.number, _), (.category, _), (.time, _):
        throw damaged("its \"\(column.name)\" is no \(column.kind.rawValue)")
      }
    }
    guard parser.next() == nil, parser.isAtEnd else {
      throw damaged("its statics hold more than \(columns.count.counted("cell"))")
    }
    if observed.contains(false) { cells.cells.observed = observed }
    return cells
  }

  /// Where a column of the dataset stands among the cells of its kind.
  /// - Parameter index: among the columns per sequence.
  func place(_ index: Int) -> Int { places[index] }
}

/// The cells of a sequence in its columns per sequence.
struct StaticCells: Equatable {
  /// One row. A number that was not observed is 0.
  var cells = BatchCells.none
  /// Microseconds; `ColumnPlanes.missingTime` where a cell is missing.
  var times: [Int64] = []

  init(_ cells: BatchCells = .none, times: [Int64] = []) { (self.cells, self.times) = (cells, times) }

  /// Cells of which none is known yet.
  fileprivate init(numbers: Int, codes: Int, times: Int) {
    cells = BatchCells(
      values: Array(repeating: 0, count: numbers), featureCount: numbers, codes: Array(repeating: 0, count: codes),
      codeCount: codes)
    self.times = Array(repeating: ColumnPlanes.missingTime, count: times)
  }
}

/// Reads the elements of a JSON array of scalars, one after the other.
private struct ArrayParser {
  enum Element {
    case null
    case number(String)
    case text(String)
  }

  private let bytes: [UInt8]
  private var at = 0
  private var isFirst = true
  private(set) var isAtEnd = false

  init(_ text: String) {
    bytes = Array(text.utf8)
    skipBlanks()
    if peek != UInt8(ascii: "[") { at = bytes.count } else { at += 1 }
  }

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipBlanks() {
    while let byte = peek, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { at += 1 }
  }

  /// The next element; nil at the end, and at what is no scalar.
  mutating func next() -> Element? {
    skipBlanks()
    if peek == UInt8(ascii: "]") {
      at += 1
      skipBlanks()
      isAtEnd = at == bytes.count
      return nil
    }
    if !isFirst {
      guard peek == UInt8(ascii: ",") else { return nil }
      at += 1
      skipBlanks()
    }
    isFirst = false
    switch peek {
    case UInt8(ascii: "\"")?: return string().map(Element.text)
    case UInt8(ascii: "n")?:
      guard bytes[at...].starts(with: "null".utf8) else { return nil }
      at += 4
      return .null
    default:
      let start = at
      while let byte = peek, "+-.eE0123456789".utf8.contains(byte) { at += 1 }
      return at > start ? .number(String(decoding: bytes[start..<at], as: UTF8.self)) : nil
    }
  }

  private mutating func string() -> String? {
    at += 1
    var text: [UInt8] = []
    while let byte = peek {
      at += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let escaped = peek else { return nil }
        at += 1
        switch escaped {
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "u"):
          // What is written here escapes no surrogates.
          guard at + 4 <= bytes.count,
            let value = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16),
            let scalar = Unicode.Scalar(value)
          else { return nil }
          at += 4
          text.append(contentsOf: String(scalar).utf8)
        default: text.append(escaped)
        }
      default: text.append(byte)
      }
    }
    return nil
  }
}
