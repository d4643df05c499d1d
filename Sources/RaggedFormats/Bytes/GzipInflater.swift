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
