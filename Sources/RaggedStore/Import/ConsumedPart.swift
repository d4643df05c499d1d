import Foundation
import RaggedFormats

/// The beginning of a file that an import has read, and its checksum: bytes as they are on the disk.
///
/// A resumable import keeps it with each commit. When the import goes on, the file must begin with the same bytes,
/// wherever in it somebody has changed something. What is behind has not been stored, and may be anything.
struct ConsumedPart: Equatable {
  private(set) var bytes = 0
  private(set) var checksum = CRC32()

  /// Bytes that are read at a time.
  private static let piece = 1 << 18

  /// Makes the part longer by what the file holds there. O(bytes added), which are in memory where they were just read.
  /// - Returns: false where the file ends before `end` or cannot be read; the part is as it was then.
  mutating func extend(to end: Int, of path: String) -> Bool {
    guard end > bytes else { return true }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    var (position, sum) = (bytes, checksum)
    let isRead = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: ConsumedPart.piece) { buffer in
      while position < end {
        let got = pread(file, buffer.baseAddress, min(buffer.count, end - position), off_t(position))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { return false }
        sum.add(UnsafeRawBufferPointer(start: buffer.baseAddress, count: got))
        position += got
      }
      return true
    }
    guard isRead else { return false }
    (bytes, checksum) = (position, sum)
    return true
  }
}

/// What identifies a file of which a part is stored: the text in `unfinished_import`.
struct UnfinishedMark {
  /// That of the whole file. See `InputSource.fingerprint`.
  var fingerprint: String
  /// That of the options which decide what becomes of it; nil in marks that do not say.
  var options: String?
  /// What had been read of it at the last commit.
  var part: ConsumedPart
  /// The names of the dataset before the import; nil in marks that do not say.
  var names: NameCounts?

  /// `0123456789abcdef 4096 89abcdef fedcba98 3 120`, and the number of names of each further column.
  var text: String {
    var words = [fingerprint, "\(part.bytes)", String(part.checksum.value, radix: 16)]
    if let options {
      words.append(options)
      if let names { words += ([names.classes, names.tokens] + names.columns).map(String.init) }
    }
    return words.joined(separator: " ")
  }
}

extension UnfinishedMark {
  /// The mark of a text; what follows the fingerprint may be missing.
  init(_ text: String) {
    let words = text.split(separator: " ")
    fingerprint = words.first.map(String.init) ?? ""
    part = ConsumedPart()
    options = words.count > 3 ? String(words[3]) : nil
    let counts = words.dropFirst(4).map { Int($0) ?? -1 }
    if counts.count >= 2, counts.allSatisfy({ $0 >= 0 }) {
      names = NameCounts(classes: counts[0], tokens: counts[1], columns: Array(counts[2...]))
    }
    guard words.count >= 3, words.count != 5, let bytes = Int(words[1]), bytes >= 0,
      let checksum = UInt32(words[2], radix: 16)
    else { return }
    part = ConsumedPart(bytes: bytes, checksum: CRC32(checksum))
  }
}
