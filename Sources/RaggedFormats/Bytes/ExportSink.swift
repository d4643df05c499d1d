import Foundation
import RaggedCore

/// Where the bytes of an export go: gathered into pieces, compressed if wanted, into a file that appears when it is whole.
///
/// A class, since it owns a file. What is not finished leaves no file behind.
final class ExportSink {
  private static let pieceBytes = 1 << 16
  /// nil where the bytes go to a function.
  private let file: AtomicFile?
  private let target: (UnsafeRawBufferPointer) throws -> Void
  private let deflater: GzipDeflater?
  private var buffer: [UInt8] = []

  /// - Throws: `WriterError` where the file cannot be made.
  init(_ destination: SequenceExport.Destination) throws {
    switch destination {
    case .stream(let body): (file, target, deflater) = (nil, body, nil)
    case .file(let path):
      let file = try AtomicFile(path: path)
      (self.file, target) = (file, file.write)
      deflater = path.lowercased().hasSuffix(".gz") ? try GzipDeflater(path: path) : nil
    }
    buffer.reserveCapacity(ExportSink.pieceBytes + 1024)
  }

  /// Whether the bytes are compressed.
  var isCompressed: Bool { deflater != nil }

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
      guard let deflater else { return try target(bytes) }
      try deflater.write(bytes, target)
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes what is left, and puts the file in its place.
  func finish() throws {
    try flush()
    try deflater?.finish(target)
    try file?.commit()
  }
}
