import Foundation
import RaggedCore

/// Where the bytes of an export go: gathered into pieces, compressed if wanted, into a file that appears when it is whole.
///
/// A class, since it owns a file. What is not finished leaves no file behind.
final class ExportSink {
  private static let pieceBytes = 1 << 16
  private let target: Target
  private let deflater: GzipDeflater?
  private var buffer: [UInt8] = []

  private enum Target {
    case whole(AtomicFile)
    /// A pipe or a device, which is written in place.
    case special(SpecialFile)
    case stream((UnsafeRawBufferPointer) throws -> Void)

    func write(_ bytes: UnsafeRawBufferPointer) throws {
      switch self {
      case .whole(let file): try file.write(bytes)
      case .special(let file): try file.write(bytes)
      case .stream(let body): try body(bytes)
      }
    }
  }

  /// - Throws: ``WriterError`` where the file cannot be made.
  init(_ destination: SequenceExport.Destination) throws {
    switch destination {
    case .stream(let body):
      target = .stream(body)
      deflater = nil
    case .file(let path):
      target = SpecialFile.isSpecial(path) ? .special(try SpecialFile(path)) : .whole(try AtomicFile(path: path))
      deflater = path.lowercased().hasSuffix(".gz") ? try GzipDeflater(path: path) : nil
    }
    buffer.reserveCapacity(ExportSink.pieceBytes + 1024)
  }

  /// Appends text.
  @inline(__always)
  func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= ExportSink.pieceBytes { try flush() }
  }

  /// Appends bytes.
  func write(_ bytes: some Collection<UInt8>) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= ExportSink.pieceBytes { try flush() }
  }

  private func flush() throws {
    try buffer.withUnsafeBytes { bytes in
      guard let deflater else { return try target.write(bytes) }
      try deflater.write(bytes) { try target.write($0) }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes what is left, and puts the file in its place.
  func finish() throws {
    try flush()
    try deflater?.finish { try target.write($0) }
    if case .whole(let file) = target { try file.commit() }
  }
}

/// A pipe or a device that is there already.
final class SpecialFile {
  private let path: String
  private let descriptor: Int32

  /// Whether there is something at the path that is no regular file.
  static func isSpecial(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  }

  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw WriterError.system("cannot write", path: path, .cannotCreate) }
  }

  deinit { close(descriptor) }

  func write(_ bytes: UnsafeRawBufferPointer) throws { try AtomicFile.write(bytes, to: descriptor, path: path) }
}
