import GRDB
import RaggedCore

/// Adds up the sequences that a file claims, and refuses more than it can hold: no buffer is made, and no sum is taken,
/// for what is not there.
struct CountLimit {
  private(set) var sequences = 0
  private var timesteps = 0
  private let bytes: Int
  private let stepBytes: Int
  private let place: String

  init(_ db: Database, _ dataset: StoredDataset, path: String) throws {
    let (pages, size) = (
      try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0,
      try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
    )
    bytes = pages * size
    stepBytes = BlobShape(dataset.signature).inputStepBytes
    place = "\(path): dataset \"\(dataset.name)\""
  }

  /// Adds `count` sequences of one length.
  /// - Returns: their timesteps.
  /// - Throws: ``StoreError`` where they do not fit into the file.
  mutating func add(length: Int64, count: Int64) throws -> Int {
    guard length >= 0, length <= Int64(Int32.max), count >= 0 else {
      throw StoreError(.damaged, "\(place) claims \(count) sequences of \(length) timesteps")
    }
    // Every sequence takes a byte at least, every timestep four.
    let room = bytes / stepBytes - timesteps
    guard count <= bytes - sequences, length == 0 || count <= Int64(room) / length else {
      throw StoreError(
        .damaged,
        "\(place) claims \(count) sequences of \(length) timesteps, which do not fit into the file's \(bytes) bytes")
    }
    sequences += Int(count)
    timesteps += Int(length * count)
    return Int(length * count)
  }
}
