import CZlib
import RaggedCore

/// Writes named arrays as a `.npz` file: a zip archive, not compressed, of `.npy` files, which `numpy.load` reads.
///
/// The same arrays give the same bytes: no time of writing is kept. Nothing appears at `path` before ``finish()``.
public struct NPZWriter {
  private let path: String
  private let file: AtomicFile
  private var archive: ZipArchive

  /// An archive that is to appear at `path`, in place of what is there.
  /// - Throws: ``WriterError``.
  public init(path: String) throws { try self.init(path: path, zip64From: ZipArchive.zip64Limit) }

  /// - Parameter limit: sizes and offsets from here on take the 64-bit form of the format.
  init(path: String, zip64From limit: UInt64) throws {
    self.path = path
    file = try AtomicFile(path: path)
    archive = ZipArchive(zip64From: limit)
  }

  /// Adds an array, which numpy finds under `name`. O(bytes), without a copy.
  /// - Throws: ``WriterError``, also for a name that the archive has already or that is longer than 60,000 bytes.
  public mutating func add(_ name: String, _ array: NPYArray) throws {
    let member = "\(name).npy"
    guard !archive.contains(member), member.utf8.count <= 60_000 else {
      throw WriterError(
        path: path, problem: "cannot add an array named \"\(name.prefix(80))\": the name is taken or too long",
        failureClass: .software)
    }
    let header = array.header
    let headerSum = header.withUnsafeBytes { checksum($0, after: 0) }
    let sum = array.elements.withUnsafeBytes { checksum($0, after: headerSum) }
    let size = array.elements.withUnsafeBytes { $0.count } + header.count
    try archive.append(member, size: UInt64(size), checksum: sum).withUnsafeBytes(file.write)
    try header.withUnsafeBytes(file.write)
    try array.elements.withUnsafeBytes(file.write)
  }

  /// Adds a file that is no array, which numpy gives as bytes.
  /// - Throws: as ``add(_:_:)``.
  package mutating func add(file name: String, _ bytes: some Sequence<UInt8>) throws {
    let bytes = Array(bytes)
    guard !archive.contains(name), name.utf8.count <= 60_000 else {
      throw WriterError(
        path: path, problem: "cannot add a file named \"\(name.prefix(80))\": the name is taken or too long",
        failureClass: .software)
    }
    let sum = bytes.withUnsafeBytes { checksum($0, after: 0) }
    try archive.append(name, size: UInt64(bytes.count), checksum: sum).withUnsafeBytes(file.write)
    try bytes.withUnsafeBytes(file.write)
  }

  /// Ends the archive and puts the file in its place.
  /// - Throws: ``WriterError``; then what was at the path is as it was.
  public consuming func finish() throws {
    try archive.directory().withUnsafeBytes(file.write)
    try file.commit()
  }

  /// Writes all of these arrays to `path`, whole or not at all.
  /// - Throws: ``WriterError``.
  public static func write(_ arrays: [(name: String, array: NPYArray)], to path: String) throws {
    var writer = try NPZWriter(path: path)
    for (name, array) in arrays { try writer.add(name, array) }
    try writer.finish()
  }

  private func checksum(_ bytes: UnsafeRawBufferPointer, after previous: UInt32) -> UInt32 {
    // zlib answers a null pointer with the start value, which would forget what came before.
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return previous }
    return UInt32(crc32_z(uLong(previous), start.assumingMemoryBound(to: Bytef.self), bytes.count))
  }
}
