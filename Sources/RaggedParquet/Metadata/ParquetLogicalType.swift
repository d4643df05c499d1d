/// The unit of a time or a timestamp.
public enum ParquetTimeUnit: Sendable, Equatable {
  case milliseconds, microseconds, nanoseconds

  /// How many make a second.
  public var perSecond: Int64 {
    switch self {
    case .milliseconds: 1_000
    case .microseconds: 1_000_000
    case .nanoseconds: 1_000_000_000
    }
  }
}

/// What the numbers or bytes of a column, or a group of columns, stand for.
public enum ParquetLogicalType: Sendable, Equatable {
  /// Text in UTF-8.
  case string
  /// Text of a fixed set.
  case enumeration
  /// Text in JSON.
  case json
  /// Bytes in BSON.
  case bson
  /// 16 bytes.
  case uuid
  /// Months, days and milliseconds in 12 bytes.
  case interval
  /// A whole number times 10 to the power of `-scale`.
  case decimal(precision: Int, scale: Int)
  /// Days since 1970-01-01.
  case date
  /// Time of day since midnight.
  case time(ParquetTimeUnit, utc: Bool)
  /// Time since 1970-01-01 00:00; of the time zone UTC, or else of a wall clock at a place that the file does not say.
  case timestamp(ParquetTimeUnit, utc: Bool)
  /// A whole number of 8, 16, 32 or 64 bits.
  case integer(bits: Int, signed: Bool)
  /// A number of 2 bytes, IEEE 754 binary16.
  case float16
  /// A column that is null throughout.
  case null
  /// A group that is a list.
  case list
  /// A group that is a map.
  case map
  /// A type that came into the format later than this reader; the values are given as they are stored.
  case unknown(Int)
}

extension ParquetLogicalType {
  /// Reads the union `LogicalType`.
  static func read(_ reader: inout ThriftReader) throws -> ParquetLogicalType? {
    var type: ParquetLogicalType?
    while let field = try reader.next() {
      guard field.type == .structure, type == nil else {
        try reader.skip(field)
        continue
      }
      switch field.id {
      case 5:
        let facts = try numbers(&reader, field)
        type = .decimal(precision: facts[2] ?? 0, scale: facts[1] ?? 0)
        continue
      case 7, 8:
        let (unit, utc) = try timeFacts(&reader, field)
        type = unit.map { field.id == 7 ? .time($0, utc: utc) : .timestamp($0, utc: utc) } ?? .unknown(field.id)
        continue
      case 10:
        let facts = try numbers(&reader, field)
        type = .integer(bits: facts[1] ?? 0, signed: facts[2] != 0)
        continue
      case 1: type = .string
      case 2: type = .map
      case 3: type = .list
      case 4: type = .enumeration
      case 6: type = .date
      case 11: type = .null
      case 12: type = .json
      case 13: type = .bson
      case 14: type = .uuid
      case 15: type = .float16
      default: type = .unknown(field.id)
      }
      try reader.skip(field)
    }
    return type
  }

  /// Numbers and truth values (1 or 0) of a struct by their field.
  private static func numbers(_ reader: inout ThriftReader, _ field: ThriftField) throws -> [Int: Int] {
    var numbers: [Int: Int] = [:]
    try reader.begin(field, "logicalType")
    while let inner = try reader.next() {
      switch inner.type {
      case .yes, .no: numbers[inner.id] = inner.type == .yes ? 1 : 0
      case .byte, .int16, .int32, .int64: numbers[inner.id] = try reader.integer(inner, "logicalType")
      default: try reader.skip(inner)
      }
    }
    return numbers
  }

  private static func timeFacts(
    _ reader: inout ThriftReader, _ field: ThriftField
  ) throws -> (ParquetTimeUnit?, utc: Bool) {
    var (unit, utc) = (ParquetTimeUnit?.none, false)
    try reader.begin(field, "logicalType")
    while let inner = try reader.next() {
      switch inner.id {
      case 1: utc = try reader.boolean(inner, "isAdjustedToUTC")
      case 2:
        try reader.begin(inner, "unit")
        while let choice = try reader.next() {
          unit = [1: .milliseconds, 2: .microseconds, 3: .nanoseconds][choice.id]
          try reader.skip(choice)
        }
      default: try reader.skip(inner)
      }
    }
    return (unit, utc)
  }

  /// The outdated `ConvertedType`, which files of before 2018 have alone.
  init?(converted code: Int, precision: Int, scale: Int) {
    switch code {
    case 0: self = .string
    case 1, 2: self = .map
    case 3: self = .list
    case 4: self = .enumeration
    case 5: self = .decimal(precision: precision, scale: scale)
    case 6: self = .date
    case 7: self = .time(.milliseconds, utc: true)
    case 8: self = .time(.microseconds, utc: true)
    case 9: self = .timestamp(.milliseconds, utc: true)
    case 10: self = .timestamp(.microseconds, utc: true)
    case 11...14: self = .integer(bits: 8 << (code - 11), signed: false)
    case 15...18: self = .integer(bits: 8 << (code - 15), signed: true)
    case 19: self = .json
    case 20: self = .bson
    case 21: self = .interval
    default: return nil
    }
  }
}
