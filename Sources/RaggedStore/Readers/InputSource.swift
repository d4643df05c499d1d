#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where input comes from: a file, or standard input where the path is `-`.
public struct InputSource: Sendable, Equatable {
  /// The path as the user gave it.
  public var path: String

  /// A source at a path; `-` is standard input.
  public init(_ path: String) { self.path = path }

  /// Whether it is standard input.
  public var isStandardInput: Bool { path == "-" }

  /// What messages call it: the path, or `standard input`.
  public var name: String { isStandardInput ? "standard input" : path }

  /// The file's name without folders, without `.gz` and without its extension; `stdin` for standard input.
  ///
  /// Keys of sequences that have no name of their own begin with it.
  public var stem: String {
    guard !isStandardInput else { return "stdin" }
    var name = path.split(separator: "/").last.map(String.init) ?? path
    if name.lowercased().hasSuffix(".gz") { name.removeLast(3) }
    if let dot = name.lastIndex(of: "."), dot != name.startIndex { name = String(name[..<dot]) }
    return name
  }

  /// The format that the name stands for.
  public var format: InputFormat? { isStandardInput ? nil : InputFormat(fileName: path) }

  /// Bytes of the file on disk, for progress; nil where that is not known.
  public var byteCount: Int? {
    var status = stat()
    let found = isStandardInput ? fstat(STDIN_FILENO, &status) : stat(path, &status)
    guard found == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }
}
