/// One of several targets that a model has at once.
public struct NamedTarget: Sendable, Equatable, Codable {
  /// What its head is called: the target's name as it was chosen, such as `activity@1`.
  public var name: String
  /// What is to be predicted.
  public var target: TargetSignature

  /// A target of a name.
  public init(_ name: String, _ target: TargetSignature) { (self.name, self.target) = (name, target) }

  /// Whether both are the same, names by their bytes.
  public static func == (left: NamedTarget, right: NamedTarget) -> Bool {
    left.name.isExactly(right.name) && left.target == right.target
  }
}

extension TargetSignature {
  /// The targets where there are several; empty for one, and for none.
  public var parts: [NamedTarget] { if case .several(let parts) = self { parts } else { [] } }
}

extension BatchTargets {
  /// The targets where there are several; empty for one, and for none.
  public var parts: [BatchTargets] { if case .several(let parts) = self { parts } else { [] } }

  /// The target at a place among several; the only one itself.
  package subscript(head place: Int) -> BatchTargets {
    if case .several(let parts) = self { parts[place] } else { self }
  }
}

/// The view of a source with several targets that has one of them: what a model of that head alone is given.
public struct OneTarget: SequenceMap {
  /// Its place among the targets.
  public let place: Int

  /// The target at a place.
  public init(place: Int) { self.place = place }

  /// No sequence moves.
  public func place(_ position: Int) -> (position: Int, start: Int) { (position, 0) }
  /// The base's key.
  public func key(_ key: String, _ slice: SequenceSlice) -> String { key }
  /// The base's fingerprint with the target's place.
  public func fingerprint(_ base: UInt64) -> UInt64 {
    var hash = StableHash(seed: base)
    hash.add(UInt64(place))
    return hash.value
  }
  /// The batch with the one target; a batch without targets stays as it is.
  public func transform(_ batch: SequenceBatch) -> SequenceBatch {
    var batch = batch
    batch.targets = batch.targets[head: place]
    return batch
  }
}

extension SequenceSignature {
  /// The same with one of several targets; itself where there is one.
  package func target(at place: Int) -> SequenceSignature {
    var one = self
    if case .several(let parts) = target { one.target = parts[place].target }
    return one
  }
}

extension SequenceSource {
  /// The same sequences with one of several targets.
  /// - Parameter place: its place among them; it must be one of theirs.
  public func target(at place: Int) -> MappedSource<Self, OneTarget> {
    MappedSource(self, OneTarget(place: place), signature: signature.target(at: place))
  }
}
