import Foundation
import RaggedCore

/// Rows by their sequences, merged from parts that are sorted; each part's rows stood before those of the next in the file.
final class GroupedRows {
  /// Where the rows that were handed out stand in the file.
  let lines = LineNumbers()
  private let cursors: [RowCursor]
  /// The number of a part's next sequence and the part: a heap, the least first.
  private var heap: [UInt64]
  private var current: Int?
  /// Bytes of the row at hand that were handed out; its ending is one more.
  private var taken = 0

  init(cursors: [RowCursor]) {
    self.cursors = cursors
    heap = []
    for place in cursors.indices { push(place) }
  }

  /// Hands out the rows as text, a line each.
  /// - Returns: how many bytes; 0 at the end.
  func fill(_ target: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int {
    var filled = 0
    while filled < count {
      if current == nil {
        current = pop()
        if let current { begin(cursors[current]) }
      }
      guard let place = current else { break }
      let cursor = cursors[place]
      let piece = min(cursor.count - taken, count - filled)
      cursor.copy(from: taken, piece, to: target + filled)
      (taken, filled) = (taken + piece, filled + piece)
      guard taken == cursor.count, filled < count else { continue }
      target[filled] = 0x0A
      filled += 1
      let number = cursor.number
      if try cursor.advance(), cursor.number == number {
        begin(cursor)
      } else {
        current = nil
        if !cursor.isAtEnd { push(place) }
      }
    }
    return filled
  }

  private func begin(_ cursor: RowCursor) {
    taken = 0
    lines.append(cursor.line)
  }

  private func push(_ place: Int) {
    heap.append(UInt64(cursors[place].number) << 32 | UInt64(place))
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private func pop() -> Int? {
    guard let least = heap.first else { return nil }
    let moved = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = moved
      var parent = 0
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
          least = child
        }
        if least == parent { break }
        heap.swapAt(parent, least)
        parent = least
      }
    }
    return Int(least & 0xFFFF_FFFF)
  }
}

/// Stands at a row of a part that is sorted.
final class RowCursor {
  /// The number of the row's sequence.
  private(set) var number: UInt32 = 0
  /// Where the row stands in the file.
  private(set) var line = 0
  /// Bytes of the row.
  private(set) var count = 0
  private(set) var isAtEnd = false
  private var start = 0
  private let source: Source
  /// Those of all rows, where they are in memory.
  private var bytes: [UInt8]
  /// What of the bytes has not been read.
  private var rest = 0..<0
  private var next: Int

  private enum Source {
    case memory(RowBuffer, order: [UInt32])
    case file(SpillFile, end: Int)
  }

  /// Stands at the first row of a buffer.
  init(_ buffer: RowBuffer) {
    source = .memory(buffer, order: buffer.sorted())
    (bytes, next) = (buffer.bytes, 0)
    _ = advanceInMemory()
  }

  /// Stands at the first row of a part of a temporary file.
  init(_ file: SpillFile, _ range: Range<Int>, capacity: Int) throws {
    source = .file(file, end: range.upperBound)
    bytes = Array(repeating: 0, count: capacity)
    next = range.lowerBound
    _ = try advance()
  }

  /// Goes to the next row; false behind the last.
  func advance() throws -> Bool {
    guard case .file(let file, let end) = source else { return advanceInMemory() }
    rest = start + count..<rest.upperBound
    let head = 20
    guard try fill(head, file, end) else {
      isAtEnd = true
      return false
    }
    bytes.withUnsafeBytes { raw in
      number = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: rest.lowerBound, as: UInt32.self))
      line = Int(Int64(littleEndian: raw.loadUnaligned(fromByteOffset: rest.lowerBound + 4, as: Int64.self)))
      count = Int(Int64(littleEndian: raw.loadUnaligned(fromByteOffset: rest.lowerBound + 12, as: Int64.self)))
    }
    rest = rest.lowerBound + head..<rest.upperBound
    start = rest.lowerBound
    guard try fill(count, file, end) else { throw file.cutShort() }
    start = rest.lowerBound
    return true
  }

  /// Sees to it that so many bytes are there; false at the end of the part.
  private func fill(_ wanted: Int, _ file: SpillFile, _ end: Int) throws -> Bool {
    if rest.count >= wanted { return true }
    if wanted > bytes.count { bytes += [UInt8](repeating: 0, count: wanted - bytes.count) }
    let kept = rest.count
    bytes.withUnsafeMutableBytes { raw in
      if let base = raw.baseAddress, kept > 0 { memmove(base, base + rest.lowerBound, kept) }
    }
    let piece = min(bytes.count - kept, end - next)
    try bytes.withUnsafeMutableBytes {
      try file.read(UnsafeMutableRawBufferPointer(rebasing: $0[kept..<kept + piece]), at: next)
    }
    next += piece
    (start, rest) = (0, 0..<kept + piece)
    return rest.count >= wanted
  }

  private func advanceInMemory() -> Bool {
    guard case .memory(let buffer, let order) = source, next < order.count else {
      isAtEnd = true
      return false
    }
    let row = buffer.row(Int(order[next]))
    (number, line, start, count) = (row.number, row.line, row.range.lowerBound, row.range.count)
    next += 1
    return true
  }

  /// Copies some bytes of the row.
  func copy(from offset: Int, _ piece: Int, to target: UnsafeMutablePointer<UInt8>) {
    bytes.withUnsafeBufferPointer { raw in
      if let base = raw.baseAddress { target.update(from: base + start + offset, count: piece) }
    }
  }
}

/// Where lines stand in the file that they were taken from. A class, since who writes the lines and who reads them share it.
final class LineNumbers {
  private var numbers: [Int] = []
  private var taken = 0

  func append(_ line: Int) { numbers.append(line) }

  /// That of the next line.
  func next() -> Int? {
    guard taken < numbers.count else { return nil }
    taken += 1
    let number = numbers[taken - 1]
    if taken == numbers.count || taken == 1 << 16 {
      numbers.removeFirst(taken)
      taken = 0
    }
    return number
  }
}

/// A temporary file without a name, so that nothing of it stays however the process ends.
final class SpillFile {
  private let descriptor: Int32
  private let folder: String
  private let owner: String
  /// Bytes that were written.
  private(set) var size = 0

  /// Folders in which temporary files are made, the first that there is: `TMPDIR`, or the one that SQLite prefers too, since
  /// `/tmp` may be memory.
  private static var folders: [String] {
    [ProcessInfo.processInfo.environment["TMPDIR"], "/var/tmp", "/tmp"].compactMap { $0 }.filter { !$0.isEmpty }
  }

  /// - Parameter owner: the file whose rows it holds, for messages.
  /// - Throws: a fatal ``InputError`` where none can be made.
  init(for owner: String) throws {
    var fault = ENOENT
    for folder in SpillFile.folders {
      var template = Array((folder + "/ragged-rows-XXXXXX").utf8CString)
      let descriptor = mkstemp(&template)
      guard descriptor >= 0 else {
        fault = errno
        continue
      }
      unlink(template)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      (self.descriptor, self.folder, self.owner) = (descriptor, folder, owner)
      return
    }
    throw SpillFile.fault(owner, SpillFile.folders.first ?? "/tmp", fault)
  }

  deinit { close(descriptor) }

  /// Writes behind what is there.
  func append(_ bytes: [UInt8]) throws {
    var done = 0
    while done < bytes.count {
      let wrote = bytes.withUnsafeBytes { raw in
        raw.baseAddress.map { pwrite(descriptor, $0 + done, raw.count - done, off_t(size)) } ?? 0
      }
      if wrote < 0, errno == EINTR { continue }
      guard wrote > 0 else { throw SpillFile.fault(owner, folder, wrote < 0 ? errno : ENOSPC) }
      (done, size) = (done + wrote, size + wrote)
    }
  }

  /// Fills a buffer with what stands at `offset`.
  func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < target.count, let base = target.baseAddress {
      let got = pread(descriptor, base + done, target.count - done, off_t(offset + done))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw got < 0 ? SpillFile.fault(owner, folder, errno) : cutShort() }
      done += got
    }
  }

  /// The error for a file that somebody else has made shorter.
  func cutShort() -> InputError { SpillFile.fault(owner, folder, EIO) }

  private static func fault(_ owner: String, _ folder: String, _ code: Int32) -> InputError {
    InputError(
      file: owner,
      problem:
        "the rows cannot be grouped in a temporary file in \(folder.quotedForMessage), which the variable TMPDIR names: "
        + String(cString: strerror(code)), isFatal: true, failureClass: .inputOutput)
  }
}
