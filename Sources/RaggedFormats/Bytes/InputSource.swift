import Foundation
public import RaggedCore

/// Where input comes from: a file, or standard input where the path is `-`.
public struct InputSource: Sendable, Equatable {
  /// The path as the user gave it.
  public var path: String

  /// Where it stands among the files that are read with it; nil where nothing is known of others.
  public var place: FilePlace?
  /// What the keys of its sequences are to be made of; nil leaves them as they are.
  public var keyFrom: FileFacts.KeyOrigin?
  /// Whether it is a table that sequences are joined with, of which each row is of a sequence.
  var isJoined = false

  /// A source at a path; `-` is standard input.
  public init(_ path: String, place: FilePlace? = nil, keyFrom: FileFacts.KeyOrigin? = nil) {
    (self.path, self.place, self.keyFrom) = (path, place, keyFrom)
  }

  init(_ path: String, isJoined: Bool) {
    self.init(path)
    self.isJoined = isJoined
  }

  /// Whether it is standard input.
  public var isStandardInput: Bool { path == "-" }

  /// What messages call it: the path, or `standard input`.
  public var name: String { isStandardInput ? "standard input" : path }

  /// What keys of sequences that have no name of their own begin with: the file's path below the folder that all files
  /// which are read together have in common, or its name, without endings.
  public var keyStem: String { keyFrom == .name ? stem : place?.path ?? stem }

  /// The key of the file as a whole, where it may be that of its one sequence: because several files are read together, or
  /// because keys are to be made of files.
  var sequenceKey: String? { keyFrom != nil || place.map { $0.fileCount > 1 } ?? false ? keyStem : nil }

  /// The file's name without folders, without `.gz` and without its extension; `stdin` for standard input.
  public var stem: String {
    guard !isStandardInput else { return "stdin" }
    var name = path.split(separator: "/").last.map(String.init) ?? path
    if name.lowercased().hasSuffix(".gz") { name.removeLast(3) }
    if let dot = name.lastIndex(of: "."), dot != name.startIndex { name = String(name[..<dot]) }
    return name
  }

  /// What the file's name ends with, in lower case and without `.gz`; empty where it has no ending.
  public var ending: String {
    guard !isStandardInput else { return "" }
    var name = (path.split(separator: "/").last.map(String.init) ?? path).lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return String(name[name.index(after: dot)...])
  }

  /// The format that the name stands for.
  public var format: FileFormat? { format(among: FormatRegistry.all) }

  /// The same among other formats.
  public func format(among formats: [FileFormat]) -> FileFormat? {
    if isStandardInput { return nil }
    return FileFormat(fileName: path, among: formats)
      ?? (formats.contains { $0.name == FileFormat.text.name } && holdsNumbers ? .text : nil)
  }

  /// Whether the file begins with lines of numbers.
  private var holdsNumbers: Bool {
    guard byteCount != nil, let file = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? file.close() }
    let count = 1 << 14
    guard let data = try? file.read(upToCount: count) else { return false }
    let bytes = [UInt8](data)
    let end = bytes.count < count ? bytes.count : (bytes.lastIndex(of: 0x0A) ?? -1) + 1
    return TextShape.holdsNumbers(Array(bytes[..<end]))
  }

  /// What distinguishes the file's contents from others: its size and a hash of its beginning and its end. nil for standard input
  /// and for what cannot be read.
  public var fingerprint: String? {
    guard !isStandardInput, let size = byteCount, let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    var hash = StableHash(seed: UInt64(size))
    let piece = 1 << 16
    for offset in [0, max(0, size - piece)] {
      do {
        try file.seek(toOffset: UInt64(offset))
        hash.add(try file.read(upToCount: piece) ?? Data())
      } catch {
        return nil
      }
    }
    return String(format: "%016lx", hash.value)
  }

  /// Bytes of the file on disk, for progress; nil where that is not known.
  public var byteCount: Int? {
    var status = stat()
    let found = isStandardInput ? fstat(STDIN_FILENO, &status) : stat(path, &status)
    guard found == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }
}

extension InputSource {
  /// A fault of the file as a whole, with which its reading ends.
  func fault(_ problem: String, _ failureClass: FailureClass = .badData) -> InputError {
    InputError(file: name, problem: problem, isFatal: true, failureClass: failureClass)
  }

  /// Names the file in what is wrong with options.
  func namingOptions<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let problem as OptionProblem { throw problem.inFile(name) }
  }

  /// What the system says where the file cannot be opened.
  func openFault(_ code: Int32) -> InputError {
    switch code {
    case ENOENT, ENOTDIR: fault("no such file", .noInput)
    case EACCES, EPERM: fault("no permission to read it", .noInput)
    default: fault("cannot be opened: \(String(cString: strerror(code)))", .noInput)
    }
  }
}

/// A fault in an input file: which file, line and column, what stood there and what was expected.
public struct InputError: RaggedError, Equatable {
  /// The file's name as the user gave it; `standard input` for `-`.
  public var file: String
  /// The line, counted from 1; nil where the fault is the whole file's.
  public var line: Int?
  /// What is wrong: `column "ax" is "n/a", expected a number`.
  public var problem: String
  /// The key of the sequence at fault, where it is known.
  public var key: String?
  /// Whether reading cannot go on after it (a truncated archive, a header that cannot be used).
  public var isFatal: Bool
  /// What the failure means: bad data, or an input that is not there or cannot be read.
  public var failureClass: FailureClass
  /// Which option may help, beside what the message says.
  public var remedy: InputRemedy?

  /// An error with its place.
  public init(
    file: String, line: Int? = nil, problem: String, key: String? = nil, isFatal: Bool = false,
    failureClass: FailureClass = .badData, remedy: InputRemedy? = nil
  ) {
    self.file = file
    self.line = line
    self.problem = problem
    self.key = key
    self.isFatal = isFatal
    self.failureClass = failureClass
    self.remedy = remedy
  }

  /// `readings.csv:812: column "ax" is "n/a", expected a number`.
  public var message: String { line.map { "\(file):\($0): \(problem)" } ?? "\(file): \(problem)" }
}
