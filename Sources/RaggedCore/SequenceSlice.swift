/// Some timesteps of a sequence of a source.
public struct SequenceSlice: Sendable, Hashable {
  /// The position of the sequence.
  public var position: Int
  /// The first timestep of the slice.
  public var start: Int
  /// Timesteps in the slice; 0 is legal.
  public var count: Int

  /// So many timesteps of a sequence, from `start` on.
  public init(position: Int, start: Int, count: Int) {
    self.position = position
    self.start = start
    self.count = count
  }
}

extension SequenceSource {
  /// Checks that every slice lies within its sequence. O(slices).
  /// - Throws: ``RaggedCoreError`` that names both.
  public func check(_ slices: [SequenceSlice]) throws {
    let lengths = self.lengths
    for slice in slices {
      guard lengths.indices.contains(slice.position) else {
        throw RaggedCoreError(
          .outOfRange, "position \(slice.position) in a source of \(lengths.count.counted("sequence"))")
      }
      let length = Int(lengths[slice.position])
      guard slice.start >= 0, slice.count >= 0, slice.start <= length, slice.count <= length - slice.start else {
        throw RaggedCoreError(
          .outOfRange,
          "\(slice.count.counted("timestep")) from \(slice.start) of the sequence at position \(slice.position), "
            + "which has \(length)")
      }
    }
  }

  /// Gathers whole sequences and cuts them.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    try check(slices)
    return try gather(slices.map(\.position)).cut(starts: slices.map(\.start), counts: slices.map(\.count))
  }
}

extension SequenceBatch {
  /// A part of each sequence: `counts[b]` timesteps from `starts[b]` on, which must be there. Targets a sequence,
  /// weights and ids stay. O(timesteps kept).
  func cut(starts: [Int], counts: [Int]) -> SequenceBatch {
    var runs: [Range<Int>] = []
    var cutOffsets = [0]
    for b in 0..<count {
      let first = offsets[b] + starts[b]
      runs.append(first..<first + counts[b])
      cutOffsets.append(cutOffsets[b] + counts[b])
    }
    return SequenceBatch(
      input: input.selecting(runs), offsets: cutOffsets,
      targets: targets.selectingTimesteps(runs), weights: weights, validity: validity.map { $0.rows(runs, width: 1) },
      ids: ids)
  }
}
