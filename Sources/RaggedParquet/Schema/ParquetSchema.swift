/// A field of the schema as a reader of rows sees it: the groups that lists and maps are stored in are gone.
public struct ParquetField: Sendable, Equatable {
  /// What a field holds.
  public indirect enum Content: Sendable, Equatable {
    /// A value of a column, by its place in ``ParquetSchema/columns``.
    case column(Int)
    /// Named fields.
    case record([ParquetField])
    /// Any number of elements.
    case list(ParquetField)
    /// Any number of pairs. A map of keys without values is a list.
    case map(key: ParquetField, value: ParquetField)
  }

  /// Its name.
  public let name: String
  /// Whether it may be null.
  public let isOptional: Bool
  /// What it holds.
  public let content: Content
  /// How many lists lie around it.
  public let listDepth: Int
  /// How many optional fields there are from the list around it (or the row) down to it, itself counted.
  public let optionalRank: Int

  /// The places of the columns in it.
  public var columns: [Int] {
    switch content {
    case .column(let index): [index]
    case .record(let fields): fields.flatMap(\.columns)
    case .list(let element): element.columns
    case .map(let key, let value): key.columns + value.columns
    }
  }
}

/// The fields and columns of a file.
public struct ParquetSchema: Sendable, Equatable {
  /// The fields of a row.
  public let fields: [ParquetField]
  /// The leaves, in the order in which row groups store them.
  public let columns: [ParquetColumn]

  /// The field of a name.
  public func field(_ name: String) -> ParquetField? { fields.first { $0.name == name } }

  /// The column of a path with dots between, or the only column of a field: `readings` finds `readings.list.element`.
  /// - Throws: ``ParquetError`` of kind ``ParquetError/Kind/usage`` where there is none, or where a field has several.
  public func column(_ name: String) throws -> ParquetColumn {
    if let column = columns.first(where: { $0.name == name }) { return column }
    let under = field(name)?.columns ?? []
    guard under.count == 1 else {
      let names = (under.isEmpty ? columns : under.map { columns[$0] }).map { "\"\($0.name)\"" }
      throw ParquetError(
        .usage,
        "there is no column \"\(name)\"; "
          + (under.isEmpty ? "the columns are " : "the field of that name has the columns ")
          + names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : ""))
    }
    return columns[under[0]]
  }
}
