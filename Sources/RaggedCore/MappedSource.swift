/// How the sequences of a view lie in its base: what distinguishes one kind of view from another.
///
/// No requirement has a default, so that a new kind of view decides each of them.
public protocol SequenceMap: Sendable {
  /// Where the sequence at a position of the view begins: a position of the base, and a timestep of the sequence there.
  /// Only asked for positions that the view has.
  func place(_ position: Int) -> (position: Int, start: Int)
  /// The key of a sequence of the view.
  /// - Parameters:
  ///   - key: the key of the base's sequence.
  ///   - slice: the part of that sequence.
  func key(_ key: String, _ slice: SequenceSlice) -> String
  /// The view's fingerprint from that of its base.
  func fingerprint(_ base: UInt64) -> UInt64
  /// What the view gives for a batch that was gathered from the base; `ids` are set already.
  func transform(_ batch: SequenceBatch) throws -> SequenceBatch
}

/// A view of another source: some of its sequences, parts of them, or the same ones numbered differently. No data is copied.
///
/// All views are forms of this type, which alone hands requests on to the base: slices, keys and announcements.
public struct MappedSource<Base: SequenceSource, Map: SequenceMap>: KeyedSource, ReadAheadSource {
  /// The source whose sequences are shown, which holds the data.
  public let base: Base
  /// How the view's sequences lie in the base.
  public let map: Map
  /// The input and the target of every sequence of the view.
  public let signature: SequenceSignature
  /// The length of each sequence of the view, `[count]`.
  public let lengths: [Int32]

  /// A view of `base`.
  /// - Parameters:
  ///   - base: the source that is viewed.
  ///   - map: how the view's sequences lie in the base; each place and the length there must lie within it.
  ///   - signature: nil means the base's.
  ///   - lengths: nil means the base's, with all sequences at their positions.
  public init(_ base: Base, _ map: Map, signature: SequenceSignature? = nil, lengths: [Int32]? = nil) {
    self.base = base
    self.map = map
    self.signature = signature ?? base.signature
    self.lengths = lengths ?? base.lengths
  }

  /// A hash of the base's fingerprint and of what the map changes. O(sequences) at most.
  public var fingerprint: UInt64 { map.fingerprint(base.fingerprint) }

  /// The part of the base that is the sequence at a position.
  /// - Throws: ``RaggedCoreError`` for a position outside the view.
  public func baseSlice(_ position: Int) throws -> SequenceSlice {
    guard lengths.indices.contains(position) else { throw RaggedCoreError.noPosition(position, of: lengths.count) }
    let place = map.place(position)
    return SequenceSlice(position: place.position, start: place.start, count: Int(lengths[position]))
  }

  /// Parts of sequences of the view; `ids` are positions of the view.
  /// - Throws: ``RaggedCoreError`` for timesteps that the view does not have, and what the base throws.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    try check(slices)
    var moved = slices
    for index in moved.indices {
      let place = map.place(slices[index].position)
      moved[index].position = place.position
      moved[index].start += place.start
    }
    var batch = try base.gather(slices: moved)
    batch.ids = slices.map(\.position)
    return try map.transform(batch)
  }

  /// The base's keys, as the map changes them.
  /// - Throws: ``RaggedCoreError`` for a position outside the view, and what the base throws.
  public func externalKeys(_ positions: [Int]) throws -> [String] {
    let slices = try positions.map(baseSlice)
    return zip(try base.keys(slices.map(\.position)), slices).map { map.key($0, $1) }
  }

  /// Announces the sequences to the base, each once where several follow each other that are parts of it.
  public func readAhead(_ positions: [Int]) {
    var last = -1
    base.prepare(
      positions.compactMap { position in
        guard lengths.indices.contains(position) else { return nil }
        let place = map.place(position).position
        defer { last = place }
        return place == last ? nil : place
      })
  }
}

/// Of an absent map, everything is the base's.
extension Optional: SequenceMap where Wrapped: SequenceMap {
  /// The wrapped map's place, or the position itself.
  public func place(_ position: Int) -> (position: Int, start: Int) { self?.place(position) ?? (position, 0) }
  /// The wrapped map's key, or the base's.
  public func key(_ key: String, _ slice: SequenceSlice) -> String { self?.key(key, slice) ?? key }
  /// The wrapped map's fingerprint, or the base's.
  public func fingerprint(_ base: UInt64) -> UInt64 { self?.fingerprint(base) ?? base }
  /// The wrapped map's batch, or the base's.
  public func transform(_ batch: SequenceBatch) throws -> SequenceBatch { try self?.transform(batch) ?? batch }
}
