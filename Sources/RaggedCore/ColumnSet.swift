/// Columns that are read together, numbers beside categories: those of the timesteps, or those of the sequences.
public struct ColumnSet: Sendable, Equatable, Codable {
  /// The names of the number columns, `F`.
  public var numbers: [String]
  /// The category columns, `C`.
  public var categories: [CategoryColumn]

  /// Columns of both kinds.
  public init(numbers: [String] = [], categories: [CategoryColumn] = []) {
    (self.numbers, self.categories) = (numbers, categories)
  }

  /// Whether there is no column.
  public var isEmpty: Bool { numbers.isEmpty && categories.isEmpty }

  /// The names of all columns: the numbers', then the categories'.
  public var names: [String] { numbers + categories.map(\.name) }

  /// Whether both hold the same, names by their bytes.
  public static func == (left: ColumnSet, right: ColumnSet) -> Bool {
    left.numbers.areExactly(right.numbers) && left.categories == right.categories
  }
}

/// A column whose cells are codes: each stands for a name of the column's dictionary, or for nothing but itself.
public struct CategoryColumn: Sendable, Equatable, Codable {
  /// The column's name.
  public var name: String
  /// Codes are below this.
  public var size: Int
  /// What the codes mean, where they came from text.
  public var vocabulary: Vocabulary?

  /// A column of codes below `size`.
  public init(_ name: String, size: Int, vocabulary: Vocabulary? = nil) {
    (self.name, self.size, self.vocabulary) = (name, size, vocabulary)
  }

  /// A column of the names of a vocabulary.
  public init(_ name: String, _ vocabulary: Vocabulary) {
    self.init(name, size: vocabulary.size, vocabulary: vocabulary)
  }

  /// The name of the one column of an input that is tokens and nothing else.
  public static let tokenName = "token"

  /// Whether both have the same codes and names, names by their bytes.
  public static func == (left: CategoryColumn, right: CategoryColumn) -> Bool {
    left.size == right.size && left.vocabulary == right.vocabulary && left.name.isExactly(right.name)
  }

  /// The name of a code: its number where it has none, and U+FFFD for the unknown one.
  public func text(of code: Int32) -> String {
    guard let vocabulary else { return String(code) }
    return code >= 1 && Int(code) <= vocabulary.tokens.count ? vocabulary.tokens[Int(code) - 1] : "\u{FFFD}"
  }
}

/// The cells of a ``ColumnSet``, a row per timestep or per sequence: numbers and codes, each row-major.
public struct BatchCells: Sendable, Equatable {
  /// `[rows, F]`.
  public var values: [Float]
  /// Number columns: `F`.
  public var featureCount: Int
  /// `[rows, C]`. The code of a cell that was not observed is that of an unknown name, `Vocabulary.unknownIndex`.
  public var codes: [Int32]
  /// Category columns: `C`.
  public var codeCount: Int
  /// Which numbers were observed, `[rows, F]`; nil means all. What stands in ``values`` where this is false has no meaning.
  public var observed: [Bool]?

  /// Cells of both kinds.
  public init(
    values: [Float] = [], featureCount: Int = 0, codes: [Int32] = [], codeCount: Int = 0, observed: [Bool]? = nil
  ) {
    (self.values, self.featureCount, self.observed) = (values, featureCount, observed)
    (self.codes, self.codeCount) = (codes, codeCount)
  }

  /// No columns.
  public static let none = BatchCells()

  /// Numbers alone, `[rows, F]`, all of them observed.
  public static func values(_ values: [Float], featureCount: Int) -> BatchCells {
    BatchCells(values: values, featureCount: featureCount)
  }

  /// Codes of one column alone, `[rows]`.
  public static func tokens(_ codes: [Int32]) -> BatchCells { BatchCells(codes: codes, codeCount: 1) }

  /// Whether there is one category column and nothing else.
  public var isTokens: Bool { featureCount == 0 && codeCount == 1 }

  /// Numbers and codes of a row.
  public var width: Int { featureCount + codeCount }

  /// Whether the value of a row and a number column was observed.
  public func isObserved(_ row: Int, _ f: Int) -> Bool { observed?[row * featureCount + f] ?? true }
}

extension BatchCells {
  func holds(rows: Int) -> Bool {
    values.holds(rows, times: featureCount) && codes.holds(rows, times: codeCount)
      && observed.map { $0.count == values.count } ?? true
  }

  /// Bytes of a row; where there is no row the width may be any number.
  var bytesPerRow: Int {
    min(featureCount, 1 << 40) * (observed == nil ? 4 : 5) + 4 * min(codeCount, 1 << 40)
  }

  /// Bytes of all its buffers. O(1).
  var byteCount: Int { 4 * (values.count + codes.count) + (observed?.count ?? 0) }

  package func selecting(_ runs: [Range<Int>]) -> BatchCells {
    BatchCells(
      values: values.rows(runs, width: featureCount), featureCount: featureCount,
      codes: codes.rows(runs, width: codeCount), codeCount: codeCount,
      observed: observed.map { $0.rows(runs, width: featureCount) })
  }

  /// The rows of all parts, one after the other.
  static func concatenating(_ parts: [BatchCells], like columns: ColumnSet) -> BatchCells {
    let hasHoles = parts.contains { $0.observed != nil }
    return BatchCells(
      values: parts.flatMap(\.values), featureCount: columns.numbers.count, codes: parts.flatMap(\.codes),
      codeCount: columns.categories.count,
      observed: hasHoles ? parts.flatMap { $0.observed ?? Array(repeating: true, count: $0.values.count) } : nil)
  }

  /// In words, for messages.
  package func summary(per row: String) -> String {
    if isTokens { return "tokens" }
    return ColumnSet.summary(numbers: featureCount, categories: codeCount) + " per \(row)"
  }
}

extension ColumnSet {
  static func summary(numbers: Int, categories: Int) -> String {
    if categories == 0 { return numbers.counted("feature") }
    let codes = categories == 1 ? "1 category" : "\(categories) categories"
    return numbers == 0 ? codes : "\(numbers.counted("feature")) and \(codes)"
  }

  /// The number of its columns in words, for messages.
  package var summary: String { ColumnSet.summary(numbers: numbers.count, categories: categories.count) }

  /// Checks that the cells have these columns, and that each code is one of its column.
  /// - Parameter row: `timestep` or `sequence`, for messages.
  /// - Throws: ``RaggedCoreError`` that names both sides.
  func check(_ cells: BatchCells, per row: String, expected: () -> String) throws {
    guard cells.featureCount == numbers.count, cells.codeCount == categories.count else {
      throw RaggedCoreError(.shapeMismatch, "the batch holds \(cells.summary(per: row)), expected \(expected())")
    }
    for (c, column) in categories.enumerated() {
      for index in stride(from: c, to: cells.codes.count, by: categories.count)
      where cells.codes[index] < 0 || cells.codes[index] >= column.size {
        let name = categories.count == 1 && numbers.isEmpty ? "token" : "\"\(column.name)\":"
        throw RaggedCoreError(.outOfRange, "\(name) \(cells.codes[index]), expected 0 to \(column.size - 1)")
      }
    }
  }
}

extension Array {
  /// Whether there are exactly this number of rows of a width; the product may overflow.
  func holds(_ rows: Int, times width: Int) -> Bool {
    let (product, overflow) = rows.multipliedReportingOverflow(by: width)
    return !overflow && count == product
  }
}
