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
        ZipMember(
          name: stem, isDeflated: false, checksum: nil, compressedSize: file.size, size: file.size, offset: 0)
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
