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
    case file(AtomicFile)
    case stream((UnsafeRawBufferPointer) throws -> Void)

    func write(_ bytes: UnsafeRawBufferPointer) throws {
      switch self {
      case .file(let file): try file.write(bytes)
      case .stream(let body): try body(bytes)
      }
    }
  }

  /// - Throws: `WriterError` where the file cannot be made.
  init(_ destination: SequenceExport.Destination) throws {
    switch destination {
    case .stream(let body):
      target = .stream(body)
      deflater = nil
    case .file(let path):
      target = .file(try AtomicFile(path: path))
      deflater = path.lowercased().hasSuffix(".gz") ? try GzipDeflater(path: path) : nil
    }
    buffer.reserveCapacity(ExportSink.pieceBytes + 1024)
  }

  @inline(__always)
  func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= ExportSink.pieceBytes { try flush() }
  }

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
    if case .file(let file) = target { try file.commit() }
  }
}
