import RaggedCore

/// The windows of another source's sequences, as a source of their own: no data is copied.
///
/// Window after window of the first sequence, then of the next. A window has its timesteps' targets and validity, or its
/// sequence's target, and its sequence's weight. Sequences that must not share their windows between training and
/// validation are divided before they are cut: see `SequenceSource.split(validationFraction:seed:)`.
///
/// 4 bytes a sequence and 4 a window.
public struct WindowedSource<Base: SequenceSource>: SequenceSource {
  /// The source whose sequences are cut.
  public let base: Base
  /// How they are cut.
  public let windowing: Windowing
  /// The length of each window.
  public let lengths: [Int32]
  /// The first window of each sequence, and at the end the number of windows.
  private let firsts: [Int32]

  /// The windows of all sequences of `base`. O(windows).
  /// - Throws: ``BatchingError`` for windows without a meaning, and for more of them than fit into 32 bits.
  public init(_ base: Base, _ windowing: Windowing) throws {
    try windowing.validate()
    self.base = base
    self.windowing = windowing
    let baseLengths = base.lengths
    var (firsts, total) = ([Int32](), 0)
    firsts.reserveCapacity(baseLengths.count + 1)
    for length in baseLengths {
      firsts.append(Int32(total))
      total += windowing.count(in: Int(length))
      guard total <= Int32.max else {
        throw BatchingError(
          .invalidPolicy,
          "windows of \(windowing.length) timesteps at a stride of \(windowing.stride) are more than \(Int32.max)")
      }
    }
    firsts.append(Int32(total))
    var lengths: [Int32] = []
    lengths.reserveCapacity(total)
    for (position, length) in baseLengths.enumerated() {
      for window in 0..<Int(firsts[position + 1] - firsts[position]) {
        lengths.append(Int32(windowing.range(window, in: Int(length)).count))
      }
    }
    self.firsts = firsts
    self.lengths = lengths
  }

  /// The base's signature.
  public var signature: SequenceSignature { base.signature }

  /// A hash of the base's fingerprint and the windowing.
  public var fingerprint: UInt64 {
    var hash = StableHash(seed: base.fingerprint)
    hash.add(windowing.fingerprint)
    return hash.value
  }

  /// Where a window lies in the base. O(log sequences).
  /// - Throws: ``BatchingError`` for a window that does not exist.
  public func slice(_ position: Int) throws -> SequenceSlice {
    guard lengths.indices.contains(position) else {
      throw BatchingError(.outOfRange, "window \(position) of \(lengths.count)")
    }
    // The last sequence that begins at or before the window: those without windows begin where the next one does.
    var (low, high) = (0, firsts.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(firsts[middle]) <= position { low = middle } else { high = middle }
    }
    return SequenceSlice(
      position: low, start: (position - Int(firsts[low])) * windowing.stride, count: Int(lengths[position]))
  }

  /// What each sequence has, such as its class, for each of its windows. O(windows).
  /// - Parameter values: one for each sequence of the base, or none at all.
  public func spread<Value>(_ values: [Value]) -> [Value] {
    zip(values, zip(firsts, firsts.dropFirst())).flatMap { value, range in
      repeatElement(value, count: Int(range.1 - range.0))
    }
  }

  /// The windows at these positions; `ids` are positions of windows.
  /// - Throws: ``BatchingError`` for a window that does not exist, and what the base throws.
  public func gather(_ positions: [Int]) throws -> SequenceBatch {
    var batch = try base.gather(slices: positions.map(slice))
    batch.ids = positions
    return batch
  }

  /// Parts of windows; `ids` are positions of windows.
  /// - Throws: ``BatchingError`` for a window that does not exist, `RaggedCoreError` for timesteps that are not in it,
  ///   and what the base throws.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    try check(slices)
    var moved = slices
    for index in moved.indices {
      let window = try slice(slices[index].position)
      moved[index].position = window.position
      moved[index].start += window.start
    }
    var batch = try base.gather(slices: moved)
    batch.ids = slices.map(\.position)
    return batch
  }

  /// Hands the base the hint for the sequences of these windows.
  public func prepare(_ positions: [Int]) {
    var last = -1
    base.prepare(
      positions.compactMap { position in
        guard let sequence = try? slice(position).position, sequence != last else { return nil }
        last = sequence
        return sequence
      })
  }

  /// The base's keys with the timesteps: `key[120..<240]`.
  /// - Throws: ``BatchingError`` for a window that does not exist, and what the base throws.
  public func keys(_ positions: [Int]) throws -> [String] {
    let slices = try positions.map(slice)
    return zip(try base.keys(slices.map(\.position)), slices).map { key, slice in
      "\(key)[\(slice.start)..<\(slice.start + slice.count)]"
    }
  }
}

extension SequenceSource {
  /// The windows of the sequences, as a source of their own.
  /// - Throws: ``BatchingError`` for windows without a meaning.
  public func windows(_ windowing: Windowing) throws -> WindowedSource<Self> { try WindowedSource(self, windowing) }
}
