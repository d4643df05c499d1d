/// What the values of a column that is written are.
public enum ParquetOutputType: Sendable, Equatable {
  case boolean, int32, int64, uint64, float, double
  /// Text in UTF-8.
  case string
  case bytes
  /// Days since 1970-01-01, given as int32.
  case date
  /// Time since 1970-01-01 00:00, of UTC or of a wall clock, given as int64.
  case timestamp(ParquetTimeUnit, utc: Bool)

  var physicalType: ParquetPhysicalType {
    switch self {
    case .boolean: .boolean
    case .int32, .date: .int32
    case .int64, .uint64, .timestamp: .int64
    case .float: .float
    case .double: .double
    case .string, .bytes: .byteArray
    }
  }
}

/// A column that is written: values, lists of them, lists of lists.
public struct ParquetOutputColumn: Sendable, Equatable {
  /// Its name.
  public let name: String
  /// What its values are.
  public let type: ParquetOutputType
  /// How many lists lie around a value.
  public let listDepth: Int
  /// Whether values, and lists, may be null.
  public let isOptional: Bool

  /// A column of values, or of lists with a depth of 1, of lists of lists with 2.
  public init(_ name: String, _ type: ParquetOutputType, listDepth: Int = 0, isOptional: Bool = true) {
    (self.name, self.type, self.listDepth, self.isOptional) = (name, type, listDepth, isOptional)
  }

  /// The names from the top of the schema down to the values.
  var path: [String] { [name] + (0..<listDepth).flatMap { _ in ["list", "element"] } }
  var optionalFields: [Int] { Array(repeating: isOptional ? 1 : 0, count: listDepth + 1) }
  var maximumDefinition: Int { optionalFields.reduce(0, +) + listDepth }
}

/// What a column has in some rows that are written, in the form in which ``ParquetColumnBatch`` gives it.
public struct ParquetOutputValues: Sendable, Equatable {
  /// Lists: those of the rows first, then those of their elements.
  public struct Lists: Sendable, Equatable {
    /// The elements of list `i` are slots `offsets[i]..<offsets[i + 1]` of the level below.
    public var offsets: [Int]
    /// Which lists are there, nil where all are. One that is not has no elements.
    public var present: [Bool]?

    /// Lists by where they begin and end.
    public init(offsets: [Int], present: [Bool]? = nil) { (self.offsets, self.present) = (offsets, present) }
  }

  /// The lists around the values, the outermost first.
  public var lists: [Lists]
  /// A value for each slot; what stands where a value is null is not written.
  public var values: ParquetValues
  /// Which values are there, nil where all are.
  public var present: [Bool]?

  /// Values of a flat column, or of lists.
  public init(_ values: ParquetValues, present: [Bool]? = nil, lists: [Lists] = []) {
    (self.values, self.present, self.lists) = (values, present, lists)
  }

  /// What was read, to be written again. A value in a record that is null is null.
  public init(_ batch: ParquetColumnBatch) {
    func present(_ presence: ParquetPresence) -> [Bool]? { presence.depths?.map { $0 == presence.complete } }
    values = batch.values
    self.present = present(batch.presence)
    lists = batch.lists.map { Lists(offsets: $0.offsets, present: present($0.presence)) }
  }

  /// Refuses values that do not fit the column or the rows.
  func check(_ column: ParquetOutputColumn, rows: Int) throws {
    guard lists.count == column.listDepth else {
      throw wrong("has \(lists.count) lists around its values, and the column \(column.listDepth)")
    }
    var slots = rows
    for (depth, list) in lists.enumerated() {
      guard list.offsets.count == slots + 1, list.offsets.first == 0 else {
        throw wrong(
          "has \(list.offsets.count) offsets from \(list.offsets.first ?? 0) at depth \(depth), expected \(slots + 1) from 0"
        )
      }
      for i in 0..<slots where list.offsets[i] > list.offsets[i + 1] {
        throw wrong("has list \(i) at depth \(depth) from \(list.offsets[i]) to \(list.offsets[i + 1])")
      }
      try check(list.present, slots, column)
      for i in 0..<slots where list.present?[i] == false && list.offsets[i] < list.offsets[i + 1] {
        throw wrong("has elements in list \(i) at depth \(depth), which is null")
      }
      slots = list.offsets[slots]
    }
    guard values.count == slots else { throw wrong("has \(values.count) values, expected \(slots)") }
    try check(present, slots, column)
    let fits =
      switch (column.type, values) {
      case (.boolean, .boolean), (.int32, .int32), (.date, .int32), (.int64, .int64), (.timestamp, .int64),
        (.uint64, .uint64), (.float, .float), (.double, .double), (.string, .bytes), (.bytes, .bytes):
        true
      default: false
      }
    guard fits else { throw wrong("has values of another type than the column's, \(column.type)") }
  }

  private func check(_ present: [Bool]?, _ slots: Int, _ column: ParquetOutputColumn) throws {
    guard let present else { return }
    guard present.count == slots else {
      throw wrong("says of \(present.count) slots whether they are there, not \(slots)")
    }
    guard column.isOptional || present.allSatisfy(\.self) else {
      throw wrong("has nulls, and the column may have none")
    }
  }

  private func wrong(_ message: String) -> ParquetError { ParquetError(.usage, message) }
}
