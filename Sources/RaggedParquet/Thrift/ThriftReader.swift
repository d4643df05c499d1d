/// The bytes ended within a Thrift value: with more of the file in hand the same read may succeed.
struct ThriftEnd: Error {}

/// The types of Thrift's compact protocol.
enum ThriftType: UInt8 {
  case stop = 0
  case yes, no, byte, int16, int32, int64, double, binary, list, set, map, structure, uuid

  var isInteger: Bool { (Self.byte.rawValue...Self.int64.rawValue).contains(rawValue) }
}

/// A field's number within its struct, and what comes next in the bytes.
struct ThriftField {
  let id: Int
  let type: ThriftType
}

/// Reads Thrift's compact protocol, in which Parquet writes its metadata, from bytes that nobody vouches for.
///
/// A struct is read by ``begin()`` and then ``next()`` until it gives nil; each field is either read or skipped.
/// - Throws: ``ThriftEnd`` where the bytes end, ``ParquetError`` where they make no sense.
struct ThriftReader {
  /// Structs within structs, lists of lists: deeper ones are refused, so that no input exhausts the stack.
  private static let deepest = 64

  private var cursor: ByteCursor
  private let size: Int
  /// The last field number of each struct that is open.
  private var open: [Int] = []

  init(_ cursor: ByteCursor) { (self.cursor, size) = (cursor, cursor.remaining) }

  /// How many bytes have been read.
  var consumed: Int { size - cursor.remaining }

  /// Enters a struct.
  mutating func begin() throws {
    guard open.count < Self.deepest else {
      throw ParquetError.damaged("the metadata nest structs more than \(Self.deepest) deep")
    }
    open.append(0)
  }

  /// The next field of the innermost struct, or nil at its end, which leaves it.
  mutating func next() throws -> ThriftField? {
    let head = try byte()
    let type = try Self.type(head & 0x0f)
    guard type != .stop else {
      open.removeLast()
      return nil
    }
    let delta = Int(head >> 4)
    let last = open[open.count - 1]
    let id = delta == 0 ? Int(truncatingIfNeeded: try zigzag()) : last &+ delta
    open[open.count - 1] = id
    return ThriftField(id: id, type: type)
  }

  /// A whole number of any width.
  mutating func integer(_ field: ThriftField, _ name: StaticString) throws -> Int {
    guard field.type.isInteger else { throw mismatch(name, field.type, "a number") }
    return try integer(field.type)
  }

  mutating func boolean(_ field: ThriftField, _ name: StaticString) throws -> Bool {
    guard field.type == .yes || field.type == .no else { throw mismatch(name, field.type, "true or false") }
    return field.type == .yes
  }

  mutating func bytes(_ field: ThriftField, _ name: StaticString) throws -> [UInt8] {
    guard field.type == .binary else { throw mismatch(name, field.type, "a string") }
    return try binary()
  }

  mutating func string(_ field: ThriftField, _ name: StaticString) throws -> String {
    String(decoding: try bytes(field, name), as: UTF8.self)
  }

  /// Enters a field that is a struct.
  mutating func begin(_ field: ThriftField, _ name: StaticString) throws {
    guard field.type == .structure else { throw mismatch(name, field.type, "a struct") }
    try begin()
  }

  /// The structs of a list, each read by `element`, which is called after ``begin()``.
  mutating func structs<Element>(
    _ field: ThriftField, _ name: StaticString, _ element: (inout ThriftReader) throws -> Element
  ) throws -> [Element] {
    try list(field, name, of: .structure) { reader in
      try reader.begin()
      return try element(&reader)
    }
  }

  mutating func strings(_ field: ThriftField, _ name: StaticString) throws -> [String] {
    try list(field, name, of: .binary) { String(decoding: try $0.binary(), as: UTF8.self) }
  }

  /// Leaves a field out, whatever it is.
  mutating func skip(_ field: ThriftField) throws { try skip(field.type, depth: open.count) }

  private mutating func list<Element>(
    _ field: ThriftField, _ name: StaticString, of type: ThriftType,
    _ element: (inout ThriftReader) throws -> Element
  ) throws -> [Element] {
    guard field.type == .list || field.type == .set else { throw mismatch(name, field.type, "a list") }
    let (count, found) = try listHead()
    guard found == type || count == 0 else { throw mismatch(name, found, "a list of \(type) values, its elements") }
    var elements: [Element] = []
    // A claim of many elements alone reserves nothing.
    elements.reserveCapacity(min(count, 1024))
    let start = consumed
    for i in 0..<count {
      elements.append(try element(&self))
      // Elements of a byte or two are no metadata, but a way to fill the memory.
      guard i * MemoryLayout<Element>.stride <= 16 * (consumed - start) + 1 << 20 else {
        throw ParquetError.damaged("\"\(name)\" in the metadata is a list of \(count) elements of hardly a byte each")
      }
    }
    return elements
  }

  private mutating func listHead() throws -> (Int, ThriftType) {
    let head = try byte()
    let count = head >> 4 == 15 ? try varint() : UInt64(head >> 4)
    // An element takes a byte at least.
    guard count <= UInt64(cursor.remaining) else { throw ThriftEnd() }
    return (Int(count), try Self.type(head & 0x0f))
  }

  private mutating func skip(_ type: ThriftType, depth: Int) throws {
    guard depth < Self.deepest else {
      throw ParquetError.damaged("the metadata nest structs more than \(Self.deepest) deep")
    }
    switch type {
    case .stop, .yes, .no: break
    case .byte: _ = try byte()
    case .int16, .int32, .int64: _ = try varint()
    case .double: try pass(8)
    case .uuid: try pass(16)
    case .binary: try pass(try binaryLength())
    case .list, .set:
      let (count, element) = try listHead()
      for _ in 0..<count { try skipElement(element, depth: depth + 1) }
    case .map:
      let count = try varint()
      guard count > 0 else { return }
      guard count <= UInt64(cursor.remaining) else { throw ThriftEnd() }
      let types = try byte()
      let (key, value) = (try Self.type(types >> 4), try Self.type(types & 0x0f))
      for _ in 0..<count {
        try skipElement(key, depth: depth + 1)
        try skipElement(value, depth: depth + 1)
      }
    case .structure:
      try begin()
      while let field = try next() { try skip(field.type, depth: depth + 1) }
    }
  }

  /// In a list or map a truth value has a byte of its own; in a field its type is the value.
  private mutating func skipElement(_ type: ThriftType, depth: Int) throws {
    if type == .yes || type == .no || type == .stop { _ = try byte() } else { try skip(type, depth: depth) }
  }

  private mutating func integer(_ type: ThriftType) throws -> Int {
    type == .byte ? Int(Int8(bitPattern: try byte())) : Int(try zigzag())
  }

  private mutating func binary() throws -> [UInt8] {
    let count = try binaryLength()
    let bytes = [UInt8](UnsafeBufferPointer(start: cursor.pointer, count: count))
    cursor.advance(count)
    return bytes
  }

  private mutating func binaryLength() throws -> Int {
    let count = try varint()
    guard count <= UInt64(cursor.remaining) else { throw ThriftEnd() }
    return Int(count)
  }

  private mutating func pass(_ count: Int) throws {
    guard count <= cursor.remaining else { throw ThriftEnd() }
    cursor.advance(count)
  }

  private mutating func byte() throws -> UInt8 {
    guard cursor.remaining > 0 else { throw ThriftEnd() }
    return try cursor.byte("a byte of the metadata")
  }

  private mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      let next = try byte()
      value |= UInt64(next & 0x7f) << shift
      if next < 0x80 { return value }
    }
    throw ParquetError.damaged("the metadata hold a number of more than 64 bits")
  }

  private mutating func zigzag() throws -> Int64 {
    let folded = try varint()
    return Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1)
  }

  private static func type(_ code: UInt8) throws -> ThriftType {
    guard let type = ThriftType(rawValue: code) else {
      throw ParquetError.damaged("the metadata have a value of type \(code), and Thrift's types end at 13")
    }
    return type
  }

  private func mismatch(_ name: StaticString, _ found: ThriftType, _ expected: String) -> ParquetError {
    .damaged("\"\(name)\" in the metadata is of type \(found), expected \(expected)")
  }
}
