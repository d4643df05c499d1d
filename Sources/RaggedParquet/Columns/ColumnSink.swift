/// Where the values of a column are collected, page after page, until a batch is full.
///
/// An enum of the types rather than a protocol, since the compiler makes fast code for a type only where it is named.
enum ColumnSink {
  case boolean(FixedSink<Bool>)
  case int32(FixedSink<Int32>)
  case int64(FixedSink<Int64>)
  case uint64(FixedSink<UInt64>)
  case float(FixedSink<Float>)
  case double(FixedSink<Double>)
  case bytes(StringSink)

  /// Takes the values of a dictionary page, which later pages point to.
  func setDictionary(_ page: ByteCursor, count: Int) throws {
    switch self {
    case .boolean(let sink): try sink.setDictionary(page, count: count)
    case .int32(let sink): try sink.setDictionary(page, count: count)
    case .int64(let sink): try sink.setDictionary(page, count: count)
    case .uint64(let sink): try sink.setDictionary(page, count: count)
    case .float(let sink): try sink.setDictionary(page, count: count)
    case .double(let sink): try sink.setDictionary(page, count: count)
    case .bytes(let sink): try sink.setDictionary(page, count: count)
    }
  }

  /// Adds slots, and takes the values of those that are there.
  func append(_ slots: Slots, from decoder: inout ValueDecoder) throws {
    switch self {
    case .boolean(let sink): try sink.append(slots, from: &decoder)
    case .int32(let sink): try sink.append(slots, from: &decoder)
    case .int64(let sink): try sink.append(slots, from: &decoder)
    case .uint64(let sink): try sink.append(slots, from: &decoder)
    case .float(let sink): try sink.append(slots, from: &decoder)
    case .double(let sink): try sink.append(slots, from: &decoder)
    case .bytes(let sink): try sink.append(slots, from: &decoder)
    }
  }

  /// The slots collected; there are none afterwards.
  func finish() -> ParquetValues {
    switch self {
    case .boolean(let sink): .boolean(sink.finish())
    case .int32(let sink): .int32(sink.finish())
    case .int64(let sink): .int64(sink.finish())
    case .uint64(let sink): .uint64(sink.finish())
    case .float(let sink): .float(sink.finish())
    case .double(let sink): .double(sink.finish())
    case .bytes(let sink): .bytes(sink.finish())
    }
  }
}

/// Slots to be filled: `levels` says which are there, those of level `full`, and is nil where all are.
struct Slots {
  let count: Int
  let present: Int
  let levels: UnsafeBufferPointer<UInt8>?
  let full: UInt8
}

extension ColumnSink {
  /// The sink of a column.
  init(_ column: ParquetColumn, _ options: ParquetOptions) {
    let limit = options.limits.batchBytes
    switch (column.physicalType, column.logicalType) {
    case (.int32, .decimal(_, let scale)):
      self = .double(
        FixedSink<Double>(column, limit) { source, _, target in
          target.pointee = Conversion.decimal(Int64(source.loadUnaligned(as: Int32.self).littleEndian), scale: scale)
        })
      return
    case (.int64, .decimal(_, let scale)):
      self = .double(
        FixedSink<Double>(column, limit) { source, _, target in
          target.pointee = Conversion.decimal(source.loadUnaligned(as: Int64.self).littleEndian, scale: scale)
        })
      return
    case (.byteArray, .decimal(_, let scale)), (.fixedLengthByteArray, .decimal(_, let scale)):
      self = .double(
        FixedSink<Double>(column, limit) { source, count, target in
          let bytes = UnsafeBufferPointer(start: source.assumingMemoryBound(to: UInt8.self), count: count)
          target.pointee = Conversion.decimal(bytes, scale: scale)
        })
      return
    case (.int96, _):
      let unit = options.int96
      self = .int64(
        FixedSink<Int64>(column, limit) { source, _, target in
          target.pointee = try Conversion.int96(source, unit)
        })
      return
    default: break
    }
    switch column.kind {
    case .boolean: self = .boolean(FixedSink<Bool>(column, limit))
    case .int32: self = .int32(FixedSink<Int32>(column, limit))
    case .int64 where column.physicalType == .int32:
      self = .int64(
        FixedSink<Int64>(column, limit) { source, _, target in
          target.pointee = Int64(source.loadUnaligned(as: UInt32.self).littleEndian)
        })
    case .int64: self = .int64(FixedSink<Int64>(column, limit))
    case .uint64: self = .uint64(FixedSink<UInt64>(column, limit))
    case .float where column.physicalType == .fixedLengthByteArray:
      self = .float(
        FixedSink<Float>(column, limit) { source, _, target in
          target.pointee = Conversion.half(source.loadUnaligned(as: UInt16.self).littleEndian)
        })
    case .float: self = .float(FixedSink<Float>(column, limit))
    case .double: self = .double(FixedSink<Double>(column, limit))
    case .bytes: self = .bytes(StringSink(column, limit))
    }
  }
}

/// A value of a bit pattern of all zeros, which stands where a value is null.
protocol ZeroValue: BitwiseCopyable, Sendable { static var zero: Self { get } }
extension Bool: ZeroValue { static var zero: Bool { false } }
extension Int32: ZeroValue {}
extension Int64: ZeroValue {}
extension UInt64: ZeroValue {}
extension Float: ZeroValue {}
extension Double: ZeroValue {}
