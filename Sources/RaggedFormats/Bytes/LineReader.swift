import Foundation

/// Lines of a source, one at a time, in a buffer that grows to the longest line and no further.
///
/// A line ends with `\n` or `\r\n`, or with the file; where there are none of these, with `\r`. A byte order mark before
/// the first line is dropped. Whatever the source is encoded in, lines are UTF-8.
final class LineReader {
  /// Bytes of the buffer before any line asks for more.
  static let defaultCapacity = 512 << 10
  /// Bytes behind a line that may be read, whatever they are.
  private static let slack = 16
  /// What messages call the source.
  let file: String
  /// The number of the line last returned, from 1, or of what it was made of.
  private(set) var line = 0
  /// Whether the line last returned ended with a newline rather than with the file.
  private(set) var isTerminated = true
  /// Bytes of the buffer: none before the first line and after the last.
  private(set) var capacity: Int
  private let initialCapacity: Int
  let source: InputBytes
  private let maximumLineBytes: Int
  private var storage: UnsafeMutablePointer<UInt8>  // [capacity + slack]
  private var lineStart = 0
  private var cursor = 0
  private var end = 0
  private var linesSeen = 0
  private var firstSeen = 0
  private var isAtEnd = false
  /// The numbers of lines that were taken from elsewhere.
  private let numbers: LineNumbers?

  /// Lines of `source`; a line longer than `maximumLineBytes` is a fatal error.
  /// - Parameters:
  ///   - encoding: that of the source; nil to find it out.
  ///   - numbers: those of the lines, where they do not count from 1.
  init(
    _ source: InputBytes, maximumLineBytes: Int, encoding: TextEncoding? = nil,
    capacity: Int = LineReader.defaultCapacity, numbers: LineNumbers? = nil
  ) {
    source.readAsText(encoding)
    self.numbers = numbers
    file = source.file
    self.source = source
    self.maximumLineBytes = maximumLineBytes
    initialCapacity = capacity
    self.capacity = 0
    storage = .allocate(capacity: LineReader.slack)
  }

  deinit { storage.deallocate() }

  /// An address for a slice of no bytes.
  var noBytes: UnsafePointer<UInt8> { UnsafePointer(storage) }

  /// Bytes taken from the file so far, before decompression.
  var bytesRead: Int { source.bytesRead }

  /// The number of the last physical line that ``next()`` or ``extended()`` touched.
  var lastLine: Int { linesSeen }

  /// Whether the line last returned was extended.
  var isStretched: Bool { linesSeen > firstSeen }

  /// The next line without its ending, valid until the next call; nil after the last.
  func next() throws -> ByteSlice? {
    lineStart = cursor
    guard let slice = try scan() else {
      release()
      return nil
    }
    if let number = numbers?.next() { linesSeen = number }
    firstSeen = linesSeen
    line = source.origin?(linesSeen) ?? linesSeen
    guard linesSeen == 1, slice.count >= 3, slice[0] == 0xEF, slice[1] == 0xBB, slice[2] == 0xBF else { return slice }
    lineStart += 3
    return slice.slice(3..<slice.count)
  }

  /// The line last returned together with the line after it and the line ending between them, in one piece; nil where
  /// the file ends. For quoted cells that hold line endings.
  func extended() throws -> ByteSlice? { try scan() }

  /// Whether nothing was read behind the line last returned.
  var isDrained: Bool { cursor == end && !source.hasAhead }

  /// Counts lines that were taken otherwise.
  func pass(_ lines: Int) {
    linesSeen += lines
    firstSeen = linesSeen
    line = linesSeen
  }

  /// An error of the line last returned.
  func fault(_ problem: String, isFatal: Bool = false) -> InputError {
    InputError(file: file, line: line, problem: problem, isFatal: isFatal)
  }

  /// The error for a line that is not UTF-8 or holds a NUL; nil where all is well.
  /// - Parameter line: its number; that of the line last returned where it is nil.
  func textFault(_ text: ByteSlice, line: Int? = nil, isFatal: Bool = false) -> InputError? {
    guard let position = text.firstInvalidUTF8 else { return nil }
    let hex = String(text[position], radix: 16, uppercase: true)
    var problem = "byte \(position + 1) of the line is 0x\(hex.count < 2 ? "0" : "")\(hex), "
    let encoding = source.textForm.encoding
    switch encoding {
    case _ where text[position] == 0: problem += "which text may not hold"
    case .utf8: problem += "which is not valid UTF-8"
    case .latin1, .windows1252: problem = "the line holds the byte 0x\(hex), which \(encoding.words) does not have"
    case .utf16, .utf16le, .utf16be: problem = "the line holds half a character, which is not valid UTF-16"
    }
    return InputError(
      file: file, line: line ?? self.line, problem: problem, isFatal: isFatal,
      remedy: text[position] == 0 ? nil : .sayEncoding)
  }

  /// Gives the buffer back at the end of the file: readers of many files live until the last is read.
  private func release() {
    storage.deallocate()
    capacity = 0
    storage = .allocate(capacity: LineReader.slack)
    lineStart = 0
    cursor = 0
    end = 0
  }

  private func scan() throws -> ByteSlice? {
    let searchStart = cursor - lineStart
    while true {
      if let found = memchr(storage + cursor, 0x0A, end - cursor) {
        let newline = UnsafeMutableRawPointer(storage).distance(to: found)
        cursor = newline + 1
        isTerminated = true
        return finish(at: newline)
      }
      cursor = end
      if try fill() { continue }
      guard end - lineStart > searchStart else { return nil }
      isTerminated = false
      return finish(at: end)
    }
  }

  private func finish(at limit: Int) -> ByteSlice {
    linesSeen += 1
    let hasReturn = limit > lineStart && storage[limit - 1] == 0x0D
    return ByteSlice(base: storage + lineStart, count: limit - lineStart - (hasReturn ? 1 : 0))
  }

  /// Reads more behind what is there; false at the end of the file.
  private func fill() throws -> Bool {
    if isAtEnd { return false }
    if lineStart > 0 {
      memmove(storage, storage + lineStart, end - lineStart)
      cursor -= lineStart
      end -= lineStart
      lineStart = 0
    }
    if end == capacity { try grow() }
    let got = try source.read(into: storage + end, count: capacity - end)
    end += got
    isAtEnd = got == 0
    return got > 0
  }

  private func grow() throws {
    guard capacity < maximumLineBytes else {
      throw InputError(
        file: file, line: linesSeen + 1, problem: "the line is longer than \(maximumLineBytes) bytes", isFatal: true)
    }
    let wider = min(max(capacity * 2, initialCapacity), maximumLineBytes)
    let replacement = UnsafeMutablePointer<UInt8>.allocate(capacity: wider + LineReader.slack)
    memcpy(replacement, storage, end)
    storage.deallocate()
    storage = replacement
    capacity = wider
  }
}
