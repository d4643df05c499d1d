import RaggedCore

/// Writes named arrays as a `.npz` file: a zip archive, not compressed, of `.npy` files, which `numpy.load` reads.
///
/// The same arrays give the same bytes: no time of writing is kept. Nothing appears at `path` before ``finish()``.
public struct NPZWriter {
  private let path: String
  private let file: AtomicFile
  private var archive: ZipArchive
  private var open: OpenArray?

  /// The array that is being written in pieces.
  private struct OpenArray {
    /// Where its checksum belongs.
    var checksumOffset: UInt64
    var checksum: CRC32
    /// Bytes that are still to come.
    var rest: Int
  }

  /// An archive that is to appear at `path`, in place of what is there.
  /// - Throws: `WriterError`.
  public init(path: String) throws { try self.init(path: path, zip64From: ZipArchive.zip64Limit) }

  /// - Parameter limit: sizes and offsets from here on take the 64-bit form of the format.
  package init(path: String, zip64From limit: UInt64) throws {
    self.path = path
    file = try AtomicFile(path: path)
    archive = ZipArchive(zip64From: limit)
  }

  /// Adds an array, which numpy finds under `name`. O(bytes), without a copy.
  /// - Throws: `WriterError`, also for a name that the archive has already or that is longer than 60,000 bytes.
  public mutating func add(_ name: String, _ array: NPYArray) throws {
    try array.elements.withUnsafeBytes { try put("\(name).npy", array.header, $0) }
  }

  /// Adds a file that is no array, which numpy gives as bytes.
  /// - Throws: as ``add(_:_:)``.
  package mutating func add(file name: String, _ bytes: some Sequence<UInt8>) throws {
    try put(name, Array(bytes), UnsafeRawBufferPointer(start: nil, count: 0))
  }

  /// Writes a member that consists of a head and what follows it.
  private mutating func put(_ member: String, _ head: [UInt8], _ rest: UnsafeRawBufferPointer) throws {
    try check(member)
    var sum = CRC32()
    head.withUnsafeBytes { sum.add($0) }
    sum.add(rest)
    let size = UInt64(head.count + rest.count)
    try archive.append(member, size: size, checksum: sum.value).withUnsafeBytes(file.write)
    try head.withUnsafeBytes(file.write)
    try file.write(rest)
  }

  /// Begins an array of this shape, whose elements come in pieces and are never in memory together.
  /// - Throws: `WriterError`, also for a name that the archive has already.
  mutating func begin(_ name: String, descriptor: String, shape: [Int], elementBytes: Int) throws {
    let member = "\(name).npy"
    try check(member)
    let header = NPYArray.header(descriptor: descriptor, shape: shape)
    let bytes = shape.reduce(elementBytes, *)
    let start = archive.byteCount
    // The checksum is put in its place when it is known.
    try archive.append(member, size: UInt64(header.count + bytes), checksum: 0).withUnsafeBytes(file.write)
    open = OpenArray(checksumOffset: start + ZipArchive.checksumOffset, checksum: CRC32(), rest: header.count + bytes)
    try append(header)
  }

  /// Adds elements, row-major, to the array that was begun.
  mutating func append(_ elements: [some BitwiseCopyable]) throws {
    guard var array = open else { return }
    try elements.withUnsafeBytes { bytes in
      array.checksum.add(bytes)
      array.rest -= bytes.count
      try file.write(bytes)
    }
    open = array
  }

  /// Adds zeros to the array that was begun. O(1) in memory.
  mutating func pad(_ count: Int) throws {
    var left = count
    while left > 0 {
      let piece = min(left, NPZWriter.zeros.count)
      try append(piece == NPZWriter.zeros.count ? NPZWriter.zeros : [UInt8](repeating: 0, count: piece))
      left -= piece
    }
  }

  private static let zeros = [UInt8](repeating: 0, count: 1 << 16)

  /// Ends the array that was begun.
  /// - Throws: `WriterError` where it got more or fewer elements than its shape has.
  mutating func end() throws {
    guard let array = open, array.rest == 0 else {
      throw WriterError(
        path: path, problem: "an array lacks \(open?.rest ?? 0) bytes of what its shape asks for",
        failureClass: .software)
    }
    archive.setChecksum(array.checksum.value)
    let bytes = array.checksum.value.littleEndian
    try withUnsafeBytes(of: bytes) { try file.overwrite($0, at: array.checksumOffset) }
    open = nil
  }

  private func check(_ member: String) throws {
    guard !archive.contains(member), member.utf8.count <= 60_000 else {
      throw WriterError(
        path: path, problem: "cannot add \"\(member.prefix(80))\": the name is taken or too long",
        failureClass: .software)
    }
  }

  /// Ends the archive and puts the file in its place.
  /// - Throws: `WriterError`; then what was at the path is as it was.
  public consuming func finish() throws {
    try archive.directory().withUnsafeBytes(file.write)
    try file.commit()
  }

  /// Writes all of these arrays to `path`, whole or not at all.
  /// - Throws: `WriterError`.
  public static func write(_ arrays: [(name: String, array: NPYArray)], to path: String) throws {
    var writer = try NPZWriter(path: path)
    for (name, array) in arrays { try writer.add(name, array) }
    try writer.finish()
  }
}

/// An array for numpy: a shape and its elements in row-major (C) order.
public struct NPYArray: Sendable, Equatable {
  /// The elements of an array, by type.
  public enum Elements: Sendable, Equatable {
    /// `float32`.
    case float32([Float])
    /// `int32`.
    case int32([Int32])
    /// `int64`.
    case int64([Int64])
    /// `bool`, a byte each.
    case bool([Bool])
  }

  /// The size of each axis; empty for a single value.
  public let shape: [Int]
  /// Their number is the product of the shape.
  public let elements: Elements

  /// An array of this shape.
  public init(shape: [Int], _ elements: Elements) {
    assert(shape.reduce(1, *) == elements.count, "\(elements.count) elements for the shape \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// The header of a `.npy` file.
  var header: [UInt8] { NPYArray.header(descriptor: elements.descriptor, shape: shape) }

  /// The header of a `.npy` file, version 1.0: padded with spaces so that the elements begin at a multiple of 64.
  static func header(descriptor: String, shape: [Int]) -> [UInt8] {
    let sizes = shape.map { "\($0)," }.joined(separator: " ")
    let tuple = shape.count > 1 ? String(sizes.dropLast()) : sizes
    let text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(tuple)), }"
    let magic = [0x93] + Array("NUMPY".utf8) + [1, 0]
    let unpadded = magic.count + 2 + text.utf8.count + 1
    let padding = (64 - unpadded % 64) % 64
    let length = UInt16(text.utf8.count + padding + 1)
    return magic + [UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
      + Array(repeating: UInt8(ascii: " "), count: padding) + [UInt8(ascii: "\n")]
  }
}

extension NPYArray.Elements {
  /// Elements.
  public var count: Int {
    switch self {
    case .float32(let values): values.count
    case .int32(let values): values.count
    case .int64(let values): values.count
    case .bool(let values): values.count
    }
  }

  /// numpy's name of the type, with the byte order of this machine, in which elements are written.
  var descriptor: String {
    let order = UInt16(1).littleEndian == 1 ? "<" : ">"
    return switch self {
    case .float32: order + "f4"
    case .int32: order + "i4"
    case .int64: order + "i8"
    case .bool: "|b1"
    }
  }

  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    switch self {
    case .float32(let values): try values.withUnsafeBytes(body)
    case .int32(let values): try values.withUnsafeBytes(body)
    case .int64(let values): try values.withUnsafeBytes(body)
    case .bool(let values): try values.withUnsafeBytes(body)
    }
  }
}
