import CZlib
import RaggedCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The bytes of a source, decompressed where they are gzip.
///
/// Gzip is known by its first two bytes, whatever the file is called; archives of several members are read through.
final class InputBytes {
  /// What messages call the source.
  let file: String
  /// Bytes taken from the file so far, before decompression.
  private(set) var bytesRead = 0
  private let descriptor: Int32
  private let ownsDescriptor: Bool
  private let isNamedGzip: Bool
  private var inflater: GzipInflater?
  private var head: [UInt8] = []
  private var hasBegun = false

  /// Opens the source.
  /// - Throws: ``InputError`` where it is absent, a directory or not readable.
  init(_ source: InputSource) throws {
    file = source.name
    isNamedGzip = source.path.lowercased().hasSuffix(".gz")
    ownsDescriptor = !source.isStandardInput
    descriptor = source.isStandardInput ? STDIN_FILENO : open(source.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputBytes.openError(errno, file: source.name) }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw InputError(
        file: file, problem: "is a directory, expected a file", isFatal: true, failureClass: .noInput)
    }
  }

  deinit { if ownsDescriptor, descriptor >= 0 { close(descriptor) } }

  /// Fills at most `count` bytes; 0 means the end.
  /// - Throws: a fatal ``InputError`` where the file cannot be read or its compression is broken.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws -> Int {
    if !hasBegun { try begin() }
    if let inflater { return try inflater.read(into: target, count: count) { try self.readRaw(into: $0, count: $1) } }
    if !head.isEmpty {
      let taken = min(head.count, count)
      for index in 0..<taken { target[index] = head[index] }
      head.removeFirst(taken)
      return taken
    }
    return try readRaw(into: target, count: count)
  }

  private func begin() throws {
    hasBegun = true
    var bytes: (UInt8, UInt8) = (0, 0)
    try withUnsafeMutableBytes(of: &bytes) { buffer in
      guard let base = buffer.bindMemory(to: UInt8.self).baseAddress else { return }
      while head.count < 2 {
        guard try readRaw(into: base, count: 1) == 1 else { break }
        head.append(base[0])
      }
    }
    if head == [0x1f, 0x8b] {
      inflater = try GzipInflater(file: file, head: head)
      head = []
    } else if isNamedGzip, !head.isEmpty {
      throw InputError(file: file, problem: "is named .gz, but its data do not begin as gzip", isFatal: true)
    }
  }

  private func readRaw(into target: UnsafeMutablePointer<UInt8>, count: Int) throws -> Int {
    while true {
      let got = systemRead(descriptor, target, count)
      if got >= 0 {
        bytesRead += got
        return got
      }
      if errno == EINTR { continue }
      throw InputError(
        file: file, problem: "cannot be read: \(InputBytes.reason(errno))", isFatal: true, failureClass: .inputOutput)
    }
  }

  private static func openError(_ code: Int32, file: String) -> InputError {
    let problem =
      switch code {
      case ENOENT, ENOTDIR: "no such file"
      case EACCES, EPERM: "no permission to read it"
      default: "cannot be opened: \(reason(code))"
      }
    return InputError(file: file, problem: problem, isFatal: true, failureClass: .noInput)
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}

private func systemRead(_ descriptor: Int32, _ target: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
  read(descriptor, target, count)
}
