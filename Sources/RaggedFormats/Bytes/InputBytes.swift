import Foundation
package import RaggedCore
package import Synchronization

/// The bytes of a source, decompressed where they are gzip.
///
/// Gzip is known by its first two bytes, whatever the file is called; archives of several members are read through.
/// The file is open from the first read to its end only, so that thousands of sources may wait for their turn.
package final class InputBytes {
  /// What messages call the source.
  let file: String
  /// Bytes taken from the file so far, before decompression.
  private(set) var bytesRead = 0
  private let source: InputSource
  private var descriptor: Int32 = -1
  private var inflater: GzipInflater?
  /// Whether it is compressed by gzip, once it has been looked at.
  private(set) var isCompressed = false
  /// Bytes that were looked at ahead, and how many of them have been read since.
  private var ahead: [UInt8] = []
  private var aheadRead = 0
  private var hasBegun = false
  private var mayWait = false
  private let plainHead: PlainHead?
  /// The line of a file that a line of these bytes, made of it, stands for; nil where they are the file's.
  var origin: ((Int) -> Int)?
  private let isDecoded: Bool
  /// Whether it is still to be found out how the bytes are text, and what is said of that.
  private var wantsText = false
  private var encoding: TextEncoding?
  private var hasFoundText = false
  /// How the bytes are text.
  private(set) var textForm = TextForm()
  private var decoder: TextDecoder?
  /// What was looked at before it was known that it has to be decoded, and how much of it was since.
  private var undecoded: [UInt8] = []
  private var decodedCount = 0
  private var notes: [InputNote] = []
  /// What makes the bytes, where they do not stand in the source as such.
  private var maker: ((UnsafeMutablePointer<UInt8>, Int) throws -> Int)?
  /// Whether another thread has asked for an end. A pipe that nobody writes to is at its end then.
  package let isStopped = Atomic(false)
  /// Asked while a pipe is waited for; what is no longer wanted is the pipe's end. Set before anything is read.
  var monitor = ProgressMonitor.none
  /// The same for the thread at hand alone; see ``endingWaits(for:_:)``.
  private var isInterruptedHere: () -> Bool = { false }

  /// A source that is there and may be read; it is opened at the first read.
  /// - Throws: ``InputError`` where it is absent, a directory or not readable.
  /// - Parameter plainHead: distinguishes bytes that only look like gzip from those that are.
  init(_ source: InputSource, plainHead: PlainHead? = nil) throws {
    self.source = source
    self.plainHead = plainHead
    isDecoded = false
    file = source.name
    if source.isStandardInput { return }
    var status = stat()
    guard stat(source.path, &status) == 0, access(source.path, R_OK) == 0 else { throw source.openFault(errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw fault("is a directory, expected a file", .noInput) }
  }

  /// Bytes that are made of a source that is there and may be read.
  /// - Parameter making: fills at most as many bytes as are asked for; 0 means the end.
  /// - Throws: as without it.
  convenience init(_ source: InputSource, making: @escaping (UnsafeMutablePointer<UInt8>, Int) throws -> Int) throws {
    try self.init(source)
    maker = making
    hasBegun = true
  }

  /// Bytes in memory.
  /// - Parameter isDecoded: whether they are UTF-8 with line feeds already, where they are text.
  init(_ bytes: [UInt8], named file: String, isDecoded: Bool = false) {
    self.file = file
    self.isDecoded = isDecoded
    source = InputSource(file)
    plainHead = nil
    ahead = bytes
    hasBegun = true
  }

  /// Bytes that are made of others, of which a reader knows more.
  init(named file: String, making: @escaping (UnsafeMutablePointer<UInt8>, Int) throws -> Int) {
    self.file = file
    isDecoded = true
    source = InputSource(file)
    plainHead = nil
    maker = making
    hasBegun = true
  }

  /// Whether nobody wants what comes next.
  var isUnwanted: Bool { isStopped.load(ordering: .relaxed) || monitor.isCancelled || isInterruptedHere() }

  deinit { finish() }

  /// What keys begin with that have no name of their own.
  var stem: String { source.stem }

  private func finish() {
    if descriptor >= 0, !source.isStandardInput { close(descriptor) }
    descriptor = -1
    inflater = nil
  }

  /// Fills at most `count` bytes; 0 means the end.
  /// - Throws: a fatal ``InputError`` where the file cannot be read or its compression is broken.
  func read(into target: UnsafeMutablePointer<UInt8>, count: Int) throws -> Int {
    try begin()
    guard aheadRead < ahead.count else { return try readOn(into: target, count: count) }
    let got = min(count, ahead.count - aheadRead)
    ahead.withUnsafeBufferPointer { bytes in
      if let base = bytes.baseAddress { target.update(from: base + aheadRead, count: got) }
    }
    aheadRead += got
    if aheadRead == ahead.count { (ahead, aheadRead) = ([], 0) }
    return got
  }

  /// Reads in `body` on this thread with a further reason for which a wait for a pipe ends.
  /// - Returns: what `body` gave or threw; nil where a wait was ended for that reason.
  package func endingWaits<Value>(
    for monitor: ProgressMonitor, _ body: () throws -> Value
  ) throws -> Value? {
    var isEnded = false
    isInterruptedHere = {
      isEnded = isEnded || monitor.isCancelled
      return isEnded
    }
    defer { isInterruptedHere = { false } }
    let result = Result { try body() }
    return isEnded ? nil : try result.get()
  }

  /// The bytes that come next, which stay to be read: up to this many lines of them, and no more than `limit` and a
  /// piece; with whether the source ends there. A further call for more lines reads on.
  /// - Throws: as ``read(into:count:)``.
  func lookAhead(lines: Int, limit: Int) throws -> (bytes: [UInt8], isAll: Bool) {
    let piece = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64 << 10)
    defer { piece.deallocate() }
    guard let base = piece.baseAddress else { return (ahead, false) }
    try begin()
    var seen = ahead.withUnsafeBufferPointer(InputBytes.lineEnds)
    while seen < lines, ahead.count < limit {
      let got = UnsafeBufferPointer(start: base, count: try readOn(into: base, count: piece.count))
      if got.isEmpty { return (ahead, true) }
      ahead.append(contentsOf: got)
      seen += InputBytes.lineEnds(got)
    }
    return (ahead, false)
  }

  /// Whether bytes were looked at that stay to be read.
  var hasAhead: Bool { aheadRead < ahead.count }

  private static func lineEnds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var (count, rest) = (0, UnsafeRawBufferPointer(bytes))
    while let base = rest.baseAddress, let end = memchr(base, 0x0A, rest.count) {
      count += 1
      rest = UnsafeRawBufferPointer(rebasing: rest[(UnsafeRawPointer(end) - base + 1)...])
    }
    return count
  }

  /// Lets the bytes come as UTF-8 with line feeds. To be called before anything is read.
  /// - Parameter encoding: theirs; nil to find it out. What was found out once stays.
  func readAsText(_ encoding: TextEncoding?) {
    guard maker == nil, !isDecoded, !hasFoundText else { return }
    (wantsText, self.encoding) = (true, encoding)
  }

  /// What is worth knowing of the bytes and not yet taken; looks at the first of them where they are text.
  /// - Throws: as ``read(into:count:)``.
  func takeNotes() throws -> [InputNote] {
    if wantsText { try begin() }
    defer { notes = [] }
    return notes
  }

  /// Finds out how the bytes are text.
  private func findText() throws {
    // What comes from a pipe may take its time.
    let wanted = mayWait ? (lines: 1, bytes: 64 << 10) : (lines: Int.max, bytes: 256 << 10)
    let (bytes, isAll) = try lookAhead(lines: wanted.lines, limit: wanted.bytes)
    do {
      (textForm, notes) = try TextSample(bytes: bytes, isAll: isAll).form(encoding)
    } catch let problem as OptionProblem {
      throw fault(problem.problem, encoding == nil ? .badData : .usage)
    }
    if textForm.isPlain { return }
    (undecoded, ahead) = (ahead, [])
    decoder = TextDecoder(textForm)
  }

  private func readOn(into target: UnsafeMutablePointer<UInt8>, count: Int) throws -> Int {
    guard let decoder else { return try readEncoded(into: target, count: count) }
    return try decoder.read(into: target, count: count) { target, count in
      guard decodedCount < undecoded.count else { return try readEncoded(into: target, count: count) }
      let got = min(count, undecoded.count - decodedCount)
      undecoded.withUnsafeBufferPointer { bytes in
        if let base = bytes.baseAddress { target.update(from: base + decodedCount, count: got) }
      }
      decodedCount += got
      if decodedCount == undecoded.count { (undecoded, decodedCount) = ([], 0) }
      return got
    }
  }

  private func readEncoded(into target: UnsafeMutablePointer<UInt8>, count: Int) throws -> Int {
    if let maker { return try maker(target, count) }
    let got =
      try inflater?.read(into: target, count: count) { try self.readRaw(into: $0, count: $1) }
      ?? readRaw(into: target, count: count)
    if got == 0 { finish() }
    return got
  }

  /// How a format knows its own first bytes, where they may be those of gzip.
  struct PlainHead: Sendable {
    var count: Int
    var isPlain: @Sendable ([UInt8]) -> Bool
  }

  /// Opens the source and looks at its first bytes, once.
  private func begin() throws {
    if !hasBegun {
      hasBegun = true
      try openSource()
    }
    guard wantsText else { return }
    (wantsText, hasFoundText) = (false, true)
    try findText()
  }

  private func openSource() throws {
    descriptor = source.isStandardInput ? STDIN_FILENO : open(source.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw source.openFault(errno) }
    var status = stat()
    mayWait = fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG
    var (head, byte): ([UInt8], UInt8) = ([], 0)
    while head.count < plainHead?.count ?? 2, try readRaw(into: &byte, count: 1) == 1 { head.append(byte) }
    if head.starts(with: [0x1f, 0x8b]), plainHead?.isPlain(head) != true {
      inflater = try GzipInflater(file: file, head: head)
      isCompressed = true
      return
    }
    if source.path.lowercased().hasSuffix(".gz"), !head.isEmpty {
      throw fault("is named .gz, but its data do not begin as gzip")
    }
    ahead = head
  }

  private func readRaw(into target: UnsafeMutablePointer<UInt8>, count: Int) throws -> Int {
    while descriptor >= 0 {
      if mayWait, !waitForBytes() { return 0 }
      let got = Foundation.read(descriptor, target, count)
      if got >= 0 {
        bytesRead += got
        return got
      }
      if errno == EINTR { continue }
      throw fault("cannot be read: \(String(cString: strerror(errno)))", .inputOutput)
    }
    return 0
  }

  /// Waits until there is something to read; false where that is no longer wanted.
  private func waitForBytes() -> Bool {
    while !isStopped.load(ordering: .relaxed), !monitor.isCancelled, !isInterruptedHere() {
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wanted, 1, 50)
      if ready > 0 || (ready < 0 && errno != EINTR) { return true }
    }
    return false
  }

  /// A fault with which the reading ends.
  func fault(_ problem: String, _ failureClass: FailureClass = .badData) -> InputError {
    source.fault(problem, failureClass)
  }
}

/// Decompresses gzip as it comes, one member after the other.
final class GzipInflater {
  private static let chunkSize = 256 << 10
  private let file: String
  private let inflater: Inflater
  private let chunk: UnsafeMutablePointer<UInt8>  // [chunkSize]
  /// What has been read and not been decompressed yet.
  private var rest: Range<Int>
  private var betweenMembers = false
  private var produced = 0
  private var isDone = false

  /// An inflater whose input begins with `head`.
  init(file: String, head: [UInt8]) throws {
    guard let inflater = Inflater(.gzip) else {
      throw InputError(file: file, problem: "cannot be decompressed: zlib does not start", isFatal: true)
    }
    self.file = file
    self.inflater = inflater
    chunk = .allocate(capacity: GzipInflater.chunkSize)
    for (index, byte) in head.enumerated() { chunk[index] = byte }
    rest = 0..<head.count
  }

  deinit { chunk.deallocate() }

  /// Fills at most `count` bytes, 0 at the end; `refill` reads compressed bytes.
  func read(
    into target: UnsafeMutablePointer<UInt8>, count: Int, refill: (UnsafeMutablePointer<UInt8>, Int) throws -> Int
  ) throws -> Int {
    while !isDone {
      if rest.isEmpty {
        rest = 0..<(try refill(chunk, GzipInflater.chunkSize))
        if rest.isEmpty {
          guard betweenMembers else {
            throw failure("is cut short: the gzip data end in the middle, after \(produced) decompressed bytes")
          }
          isDone = true
          break
        }
      }
      if betweenMembers {
        try beginMember()
        continue
      }
      let step = inflater.step(
        UnsafeBufferPointer(start: chunk + rest.lowerBound, count: rest.count),
        into: UnsafeMutableBufferPointer(start: target, count: count))
      rest = rest.lowerBound + step.consumed..<rest.upperBound
      betweenMembers = step.isEnd
      if let fault = step.fault { throw failure("is corrupt: gzip data cannot be decompressed\(fault)") }
      produced += step.produced
      if step.produced > 0 { return step.produced }
    }
    return 0
  }

  /// Passes over the zeros that archives may be padded with; another byte must begin a member.
  private func beginMember() throws {
    while !rest.isEmpty, chunk[rest.lowerBound] == 0 { rest = rest.lowerBound + 1..<rest.upperBound }
    guard !rest.isEmpty else { return }
    guard chunk[rest.lowerBound] == 0x1f, inflater.reset() else {
      throw failure("is corrupt: other data follow the end of the gzip data")
    }
    betweenMembers = false
  }

  private func failure(_ problem: String) -> InputError { InputError(file: file, problem: problem, isFatal: true) }
}
