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
