import RaggedCore

/// The arrays of an archive, each opened when it is asked for.
struct NPZArrays {
  let file: ByteFile
  private let members: [ExactName: ZipMember]
  /// The names in the order of the archive.
  let names: [String]
  private let maximumBytes: Int
  private let opened = OpenedNames()

  /// The names that have been asked for.
  private final class OpenedNames {
    var names: Set<ExactName> = []
  }

  /// - Throws: a fatal ``InputError`` where it is no archive.
  init(_ file: ByteFile, isArchive: Bool, stem: String, maximumBytes: Int) throws {
    self.file = file
    self.maximumBytes = maximumBytes
    var members: [ZipMember]
    if isArchive {
      members = try ZipDirectory(file).members.filter { !$0.name.hasSuffix("/") }
    } else {
      members = [
        ZipMember(name: stem, isDeflated: false, checksum: nil, compressedSize: file.size, size: file.size, offset: 0)
      ]
    }
    names = members.map(NPYStream.name)
    if let twice = names.firstRepeated { throw file.fault("has two arrays named \(twice.quotedForMessage)") }
    self.members = Dictionary(zip(names.map(ExactName.init), members), uniquingKeysWith: { first, _ in first })
  }

  /// The first of these names that there is.
  func first(of candidates: [String]) -> String? { candidates.first { members[ExactName($0)] != nil } }

  /// The array that an option names, or else the first of some names; nil where there is none.
  func open(_ name: String?, else candidates: [String]) throws -> NPYStream? {
    if let name, members[ExactName(name)] == nil {
      throw file.fault("there is no array \(name.quotedForMessage)\(names.alternatives(to: name, called: "arrays"))")
    }
    guard let member = (name ?? first(of: candidates)).flatMap({ members[ExactName($0)] }) else { return nil }
    opened.names.insert(ExactName(NPYStream.name(of: member)))
    return try NPYStream(file, member, maximumBytes: maximumBytes)
  }

  /// The shape of an array, which counts as opened only where it is opened; nil where there is none of that name.
  func shape(of name: String) throws -> [Int]? {
    guard let member = members[ExactName(name)] else { return nil }
    return try NPYStream(file, member, maximumBytes: maximumBytes).shape
  }

  /// Type and shape of an array, `<f4 [3, 4, 2]`, which counts as opened only where it is opened.
  func words(of name: String) throws -> String? {
    try members[ExactName(name)].map { try NPYStream(file, $0, maximumBytes: maximumBytes).words }
  }

  /// The arrays that nobody has opened.
  var unopened: [String] { names.filter { !opened.names.contains(ExactName($0)) } }

  /// All texts of an array; nil where there is none of that name.
  func texts(_ name: String) throws -> [String]? {
    guard let array = try open(nil, else: [name]) else { return nil }
    guard array.type.isText, array.shape.count <= 1 else { throw array.fault("is \(array.words), expected names") }
    let bytes = try array.read(array.shape.first ?? 1)
    try array.finish()
    return try array.type.texts(bytes).enumerated().map { index, text in
      guard let text else { throw array.fault("holds no text at [\(index)]") }
      return text
    }
  }

  /// The one truth of an array; nil where there is none of that name.
  func truth(_ name: String) throws -> Bool? {
    guard let array = try open(nil, else: [name]) else { return nil }
    guard array.type.kind == .truth, array.shape.isEmpty else {
      throw array.fault("is \(array.words), expected one truth value")
    }
    let bytes = try array.read(1)
    try array.finish()
    return bytes.first != 0
  }
}

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

/// An `.npz` archive whose arrays of real numbers are taken as a whole.
package struct ArrayArchive {
  private let file: ByteFile
  private let members: [ZipMember]

  /// - Throws: a fatal ``InputError`` where the file cannot be read or is no archive.
  package init(path: String) throws {
    file = try ByteFile(InputSource(path))
    members = try ZipDirectory(file).members.filter { !$0.name.hasSuffix("/") }
  }

  /// The names of the arrays, in the order of the archive.
  package var names: [String] { arrays.map(NPYStream.name) }

  private var arrays: [ZipMember] { members.filter { $0.name.hasSuffix(".npy") } }

  /// The shape of the array at a place in ``names``, and its numbers in row-major order, as float32.
  /// - Parameter limit: the most bytes that are wanted; an array of more is not read.
  /// - Throws: a fatal ``InputError`` for an array of other numbers than real ones, a damaged or a larger one.
  package func floats(at index: Int, limit: Int) throws -> (shape: [Int], values: [Float]) {
    let member = arrays[index]
    let array = try NPYStream(file, member, maximumBytes: max(0, limit))
    guard array.type.kind == .float else {
      throw array.fault("is \(array.words), expected real numbers (f2, f4 or f8)")
    }
    guard member.size <= limit else { throw array.fault("is \(array.words), expected at most \(limit) bytes") }
    let bytes = try array.read(array.shape.reduce(1, *))
    try array.finish()
    return (array.shape, array.type.floats(bytes))
  }

  /// The bytes of a member that is no array; nil where there is none of that name.
  /// - Parameter limit: the most bytes that are wanted; a member of more is not read.
  /// - Throws: a fatal ``InputError`` for a damaged or a larger one.
  package func bytes(of name: String, limit: Int) throws -> [UInt8]? {
    guard let member = members.first(where: { $0.name == name }) else { return nil }
    guard member.size <= limit else {
      throw file.fault("member \(name.quotedForMessage) holds \(member.size) bytes, expected at most \(limit)")
    }
    let stream = try MemberStream(file, member)
    let bytes = try stream.read(member.size)
    try stream.finish()
    return bytes
  }
}
