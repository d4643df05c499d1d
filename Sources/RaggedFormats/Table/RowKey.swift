/// The id of rows that have none: one for all rows of a file, or one for each block of rows between blank lines.
///
/// A class, since its cell must stay where it is while rows are cut.
final class RowKey {
  let areBlocks: Bool
  private let stem: [UInt8]
  private let storage: UnsafeMutablePointer<UInt8>
  private var count: Int
  /// The number of the block at hand, from 1.
  private(set) var block = 0
  private var isBroken = true

  /// An id made of the file's name, and for blocks of their number from 1: `walk`, `walk:1`.
  init(stem: String, areBlocks: Bool) {
    self.areBlocks = areBlocks
    self.stem = Array((stem.isEmpty ? "file" : stem).utf8)
    count = self.stem.count
    storage = .allocate(capacity: count + 24)
    storage.update(from: self.stem, count: count)
  }

  deinit { storage.deallocate() }

  /// The id of the row at hand.
  var cell: ByteSlice { ByteSlice(base: storage, count: count) }

  /// Says that rows before what follows, if any, are another block.
  func end() { if areBlocks { isBroken = true } }

  /// Begins the row that comes next.
  func beginRow() {
    guard areBlocks, isBroken else { return }
    isBroken = false
    block += 1
    take(number: block)
  }

  /// Makes it the id of something of the file by its number: `walk:7`.
  func take(number: Int) {
    var end = stem.count
    for byte in ":\(number)".utf8 {
      storage[end] = byte
      end += 1
    }
    count = end
  }
}

extension ByteSlice {
  /// Whether a line holds nothing but blanks, and tabs where these are no delimiters.
  func isBlank(_ delimiter: UInt8) -> Bool {
    for index in 0..<count where base[index] != 0x20 && (base[index] != 0x09 || delimiter == 0x09) { return false }
    return true
  }
}
