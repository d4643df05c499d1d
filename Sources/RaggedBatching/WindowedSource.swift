public import RaggedCore

/// The windows of another source's sequences, as a source of their own.
///
/// Window after window of the first sequence, then of the next. A window has its timesteps' targets and validity, or its
/// sequence's target, and its sequence's weight; its key is the sequence's with its timesteps: `key[120..<240]`.
/// Sequences that must not share their windows between training and validation are divided before they are cut: see
/// `SequenceSource.split(validationFraction:seed:)`.
///
/// 4 bytes per sequence and 4 a window.
public typealias WindowedSource<Base: SequenceSource> = MappedSource<Base, Windows>

/// Where the windows of a ``WindowedSource`` lie in its base.
public struct Windows: SequenceMap {
  /// How sequences are cut.
  public let windowing: Windowing
  /// The first window of each sequence, and at the end the number of windows.
  private let firsts: [Int32]

  /// The windows of sequences of these lengths.
  /// - Throws: ``BatchingError`` for windows without a meaning, and for more of them than fit into 32 bits.
  init(_ windowing: Windowing, of lengths: [Int32]) throws {
    try windowing.validate()
    var (firsts, total) = ([Int32](), 0)
    firsts.reserveCapacity(lengths.count + 1)
    for length in lengths {
      firsts.append(Int32(total))
      total += windowing.count(in: Int(length))
      guard total <= Int32.max else {
        throw BatchingError(
          .invalidPolicy,
          "windows of \(windowing.length) timesteps at a stride of \(windowing.stride) are more than \(Int32.max)")
      }
    }
    firsts.append(Int32(total))
    self.windowing = windowing
    self.firsts = firsts
  }

  /// The length of each window of sequences of these lengths.
  func lengths(_ baseLengths: [Int32]) -> [Int32] {
    var lengths: [Int32] = []
    lengths.reserveCapacity(Int(firsts[firsts.count - 1]))
    for (position, length) in baseLengths.enumerated() {
      for window in 0..<Int(firsts[position + 1] - firsts[position]) {
        lengths.append(Int32(windowing.range(window, in: Int(length)).count))
      }
    }
    return lengths
  }

  /// What each sequence has, such as its class, for each of its windows. O(windows).
  /// - Parameter values: one for each sequence of the base, or none at all.
  public func spread<Value>(_ values: [Value]) -> [Value] {
    zip(values, zip(firsts, firsts.dropFirst())).flatMap { value, range in
      repeatElement(value, count: Int(range.1 - range.0))
    }
  }

  /// Where a window begins. O(log sequences).
  public func place(_ position: Int) -> (position: Int, start: Int) {
    // The last sequence that begins at or before the window: those without windows begin where the next one does.
    let sequence = max(0, (0..<firsts.count - 1).bisected { Int(firsts[$0]) > position } - 1)
    return (sequence, (position - Int(firsts[sequence])) * windowing.stride)
  }

  /// The sequence's key with the timesteps: `key[120..<240]`.
  public func key(_ key: String, _ slice: SequenceSlice) -> String {
    "\(key)[\(slice.start)..<\(slice.start + slice.count)]"
  }

  /// A hash of the base's fingerprint and the windowing.
  public func fingerprint(_ base: UInt64) -> UInt64 {
    var hash = StableHash(seed: base)
    hash.add(windowing.fingerprint)
    return hash.value
  }

  /// The batch as it is: windows change no value.
  public func transform(_ batch: SequenceBatch) -> SequenceBatch { batch }
}

extension MappedSource where Map == Windows {
  /// The windows of all sequences of `base`. O(windows).
  /// - Throws: ``BatchingError`` for windows without a meaning, and for more of them than fit into 32 bits.
  public init(_ base: Base, _ windowing: Windowing) throws {
    let windows = try Windows(windowing, of: base.lengths)
    self.init(base, windows, lengths: windows.lengths(base.lengths))
  }

  /// Which sequences and timesteps are in no window. O(sequences).
  public var coverage: WindowCoverage { WindowCoverage(map.windowing, of: base.lengths) }
}

extension MappedSource where Map == Windows? {
  /// The windows of all sequences of `base`, or the whole sequences where `windowing` is nil.
  /// - Throws: ``BatchingError`` for windows without a meaning, and for more of them than fit into 32 bits.
  public init(_ base: Base, _ windowing: Windowing?) throws {
    let windows = try windowing.map { try Windows($0, of: base.lengths) }
    self.init(base, windows, lengths: windows?.lengths(base.lengths))
  }

  /// The windows; nil where sequences are whole.
  public var windows: WindowedSource<Base>? { map.map { MappedSource<Base, Windows>(base, $0, lengths: lengths) } }
}

extension SequenceSource {
  /// The windows of the sequences, as a source of their own.
  /// - Throws: ``BatchingError`` for windows without a meaning.
  public func windows(_ windowing: Windowing) throws -> WindowedSource<Self> { try WindowedSource(self, windowing) }
}

/// What windows leave out.
public struct WindowCoverage: Sendable, Equatable {
  /// The number of sequences.
  public var sequences = 0
  /// Sequences without a window, those without timesteps among them.
  public var sequencesLeftOut = 0
  /// The number of timesteps of all sequences.
  public var timesteps = 0
  /// Timesteps that are in no window.
  public var timestepsLeftOut = 0

  /// What windows leave out of sequences of these lengths. O(sequences).
  public init(_ windowing: Windowing, of lengths: [Int32]) {
    for length in lengths {
      let windows = windowing.count(in: Int(length))
      sequences += 1
      timesteps += Int(length)
      if windows == 0 { sequencesLeftOut += 1 }
      let covered: Int
      if windows == 0 {
        covered = 0
      } else if windowing.stride <= windowing.length {
        covered = windowing.range(windows - 1, in: Int(length)).upperBound
      } else {
        covered = (0..<windows).reduce(0) { $0 + windowing.range($1, in: Int(length)).count }
      }
      timestepsLeftOut += Int(length) - covered
    }
  }
}
