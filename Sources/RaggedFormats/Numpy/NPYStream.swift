/// An array that is read from its first element to its last, in row-major order.
final class NPYStream {
  /// Its name in messages and options.
  let name: String
  let type: NPYType
  let shape: [Int]
  private let stream: MemberStream
  /// All bytes, row-major, where the file has the elements in Fortran order; read when they are first asked for.
  private var turned: [UInt8]?
  private var position = 0
  private let header: NPYHeader
  private let file: ByteFile
  private let maximumBytes: Int

  /// Opens an array.
  /// - Parameter maximumBytes: what may be in memory at once.
  /// - Throws: a fatal ``InputError`` where its header makes no sense or does not fit its size.
  init(_ file: ByteFile, _ member: ZipMember, maximumBytes: Int) throws {
    self.file = file
    self.maximumBytes = maximumBytes
    name = NPYStream.name(of: member)
    let stream = try MemberStream(file, member)
    self.stream = stream
    header = try NPYHeader(file, name.quotedForMessage) { try stream.read($0) }
    (type, shape) = (header.type, header.shape)
    guard let bytes = header.elementBytes, header.count != nil, bytes == member.size - header.byteCount else {
      let size = header.elementBytes.map { "\($0) bytes" } ?? "more bytes than there can be"
      throw fault(
        "claims \(header.words), which takes \(size), but \(max(0, member.size - header.byteCount)) are there")
    }
  }

  /// The name under which numpy knows a member.
  static func name(of member: ZipMember) -> String {
    member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
  }

  /// A fatal error of this array.
  func fault(_ problem: String) -> InputError { file.fault("array \(name.quotedForMessage) \(problem)") }

  /// Its type and shape: `<f4 [3, 4, 2]`.
  var words: String { header.words }

  /// The bytes of the next `count` elements.
  func read(_ count: Int) throws -> [UInt8] {
    let (bytes, overflows) = count.multipliedReportingOverflow(by: type.size)
    guard !overflows, bytes <= maximumBytes else {
      throw fault(
        "has \(count) elements of \(type.size) bytes for one sequence, expected at most \(maximumBytes) bytes")
    }
    if header.isFortran, shape.count > 1 {
      let whole = try turned ?? turnedElements()
      turned = whole
      defer { position += bytes }
      guard bytes <= whole.count - position else { throw fault("has too few elements") }
      return Array(whole[position..<position + bytes])
    }
    return try stream.read(bytes)
  }

  /// Checks that all has been read, and its checksum.
  func finish() throws { try stream.finish() }

  /// All elements, which the file has with the first index running fastest, with the last index running fastest.
  private func turnedElements() throws -> [UInt8] {
    let total = header.elementBytes ?? 0
    guard total <= maximumBytes else {
      throw fault(
        "has \(total) bytes in Fortran order, of which at most \(maximumBytes) can be turned in memory; "
          + "save it in C order (numpy.ascontiguousarray)")
    }
    let bytes = try stream.read(total)
    var strides = [Int](repeating: type.size, count: shape.count)
    for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    var result: [UInt8] = []
    result.reserveCapacity(total)
    var index = [Int](repeating: 0, count: shape.count)
    var offset = 0
    while result.count < total {
      result.append(contentsOf: bytes[offset..<offset + type.size])
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        offset += strides[axis]
        if index[axis] < shape[axis] { break }
        offset -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
    return result
  }
}

extension NPYHeader {
  /// Type and shape: `<f4 [3, 4, 2]`.
  var words: String { "\(type.name) [\(shape.map(String.init).joined(separator: ", "))]" }
}
