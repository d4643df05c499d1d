import RaggedCore

/// How long sequences are cut into windows.
///
/// Windows begin at timesteps 0, `stride`, 2 `stride`, … and have `length` timesteps. With a stride below the length they
/// overlap; with one above it, the timesteps between them are in none.
public struct Windowing: Sendable, Equatable, Codable {
  /// Timesteps of a window.
  public var length: Int
  /// Timesteps from the start of a window to that of the next.
  public var stride: Int
  /// Whether the timesteps after the last full window make a shorter one, which begins where the next would have. So
  /// every sequence has a window, be it shorter than one or empty. Otherwise they are left out.
  public var keepsTail: Bool

  /// Windows of this length; the stride is the length where it is left out, so that they follow each other.
  public init(length: Int, stride: Int? = nil, keepsTail: Bool = true) {
    self.length = length
    self.stride = stride ?? length
    self.keepsTail = keepsTail
  }

  /// Checks that the windows have a meaning.
  /// - Throws: ``BatchingError`` that names the number at fault.
  public func validate() throws {
    for (name, number) in [("length", length), ("stride", stride)] where number < 1 || number > Int32.max {
      throw BatchingError(.invalidPolicy, "the windows' \(name) is \(number), expected 1 to \(Int32.max)")
    }
  }

  /// Windows of a sequence of this length. O(1).
  public func count(in sequenceLength: Int) -> Int {
    let full = sequenceLength < length ? 0 : (sequenceLength - length) / stride + 1
    return full + (keepsTail && hasTail(sequenceLength, after: full) ? 1 : 0)
  }

  /// Whether timesteps are left that no full window has and the next one would.
  private func hasTail(_ sequenceLength: Int, after full: Int) -> Bool {
    if full == 0 { return true }
    return full * stride < sequenceLength && (full - 1) * stride + length < sequenceLength
  }

  /// The timesteps of a window of a sequence of this length. O(1).
  public func range(_ window: Int, in sequenceLength: Int) -> Range<Int> {
    let start = window * stride
    return start..<min(start + length, sequenceLength)
  }

  /// A number that changes when any window does.
  var fingerprint: UInt64 {
    var hash = StableHash(seed: StableHash.of("windows"))
    for part in [length, stride, keepsTail ? 1 : 0] { hash.add(UInt64(bitPattern: Int64(part))) }
    return hash.value
  }
}
