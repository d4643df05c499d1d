import GRDB
import RaggedCore

/// Adds up the sequences that a file claims, and refuses more than it can hold: no buffer is made, and no sum is taken,
/// for what is not there.
struct CountLimit {
  private(set) var sequences = 0
  /// Bytes of the file that what was added so far leaves.
  private var room: Int
  private let bytes: Int
  /// Bytes that a timestep and a sequence take at least.
  private let stepBytes, rowBytes: Int
  private let place: String

  init(_ db: Database, _ dataset: StoredDataset, path: String) throws {
    let (pages, size) = (
      try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0,
      try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
    )
    bytes = pages * size
    room = bytes
    let shape = BlobShape(dataset.signature)
    stepBytes = shape.inputStepBytes + shape.targetStepBytes
    rowBytes = 1 + shape.targetRowBytes
    place = "\(path): dataset \"\(dataset.name)\""
  }

  /// Adds `count` sequences of one length.
  /// - Returns: their timesteps.
  /// - Throws: ``StoreError`` where they do not fit into the file.
  mutating func add(length: Int64, count: Int64) throws -> Int {
    guard length >= 0, length <= Int64(Int32.max), count >= 0 else {
      throw StoreError(.damaged, "\(place) claims \(count) sequences of \(length) timesteps")
    }
    // Where one such sequence fits, its bytes are a number, and so are those of as many as fit.
    guard length <= Int64(room / stepBytes), count <= Int64(room) / (Int64(rowBytes) + length * Int64(stepBytes)) else {
      throw StoreError(
        .damaged,
        "\(place) claims \(count) sequences of \(length) timesteps, which do not fit into the file's \(bytes) bytes")
    }
    sequences += Int(count)
    room -= Int(count) * (rowBytes + Int(length) * stepBytes)
    return Int(length * count)
  }
}
