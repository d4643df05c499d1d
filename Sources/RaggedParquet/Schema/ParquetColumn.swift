/// What the values of a column are given as.
public enum ParquetValueKind: Sendable, Equatable {
  case boolean, int32, int64, uint64, float, double
  /// Text or bytes.
  case bytes
}

/// A column: a leaf of the schema.
public struct ParquetColumn: Sendable, Equatable {
  /// Its place among ``ParquetSchema/columns``.
  public let index: Int
  /// The names from the top of the schema down to it, the groups of lists among them: `["readings", "list", "element"]`.
  public let path: [String]
  /// How its values are stored.
  public let physicalType: ParquetPhysicalType
  /// How many bytes a value of ``ParquetPhysicalType/fixedLengthByteArray`` has, 0 of other types.
  public let typeLength: Int
  /// What its values stand for; nil where they are plain numbers or bytes.
  public let logicalType: ParquetLogicalType?
  /// How many optional fields lie on the way down: before the first list, in each list, the last in the innermost one.
  /// A flat column that may be null has `[1]`, an optional list of optional values `[1, 1]`.
  public let optionalFields: [Int]
  /// What its values are given as.
  public let kind: ParquetValueKind

  /// The path with dots between.
  public var name: String { path.joined(separator: ".") }
  /// How many lists lie around a value: 0 in a flat column.
  public var listDepth: Int { optionalFields.count - 1 }
  var maximumRepetition: Int { optionalFields.count - 1 }
  var maximumDefinition: Int { optionalFields.reduce(0, +) + maximumRepetition }

  init(
    index: Int, path: [String], element: SchemaElement, type: ParquetPhysicalType, optionalFields: [Int],
    int96: ParquetInt96
  ) throws {
    (self.index, self.path, physicalType, self.optionalFields) = (index, path, type, optionalFields)
    typeLength = type == .fixedLengthByteArray ? element.typeLength : 0
    // The outdated type is one of timestamps, of which the file does not say whether they are of UTC.
    logicalType = type == .int96 ? .timestamp(int96.unit, utc: false) : element.logical
    kind = Self.kind(type, typeLength, element.logical)
    guard type != .fixedLengthByteArray || (1...Int(Int32.max)).contains(typeLength) else {
      throw ParquetError(.damaged, "has values of \(typeLength) bytes by the schema", ParquetPlace(column: name))
    }
  }

  private static func kind(
    _ type: ParquetPhysicalType, _ length: Int, _ logical: ParquetLogicalType?
  ) -> ParquetValueKind {
    switch (type, logical) {
    case (.boolean, _): .boolean
    case (.int32, .decimal), (.int64, .decimal), (.byteArray, .decimal), (.fixedLengthByteArray, .decimal): .double
    case (.int32, .integer(bits: 32, signed: false)): .int64
    case (.int32, _): .int32
    case (.int64, .integer(bits: 64, signed: false)): .uint64
    case (.int64, _), (.int96, _): .int64
    case (.fixedLengthByteArray, .float16) where length == 2: .float
    case (.float, _): .float
    case (.double, _): .double
    case (.byteArray, _), (.fixedLengthByteArray, _): .bytes
    }
  }
}
