package import RaggedCore

/// One sequence on its way out of a store: what a ``SequenceRecord`` is on the way in, with the store's own numbers for
/// classes and tokens.
package struct StoredSequence {
  package var texts: StoredTexts
  /// `[T, F]` or `[T]`.
  package var input: BatchInput
  /// Those of this sequence: one, or one a timestep.
  package var targets: BatchTargets
  /// `[T]`; nil where all timesteps are valid.
  package var validity: [Bool]?
  /// Timesteps: `T`.
  package var length: Int
}

/// What a store knows of a sequence beside its numbers.
package struct StoredTexts {
  package var key: String
  package var split: String
  package var weight: Float?
  package var group: String?
  /// A JSON object.
  package var metadata: String?

  /// What is known of a sequence.
  package init(key: String, split: String, weight: Float?, group: String?, metadata: String?) {
    (self.key, self.split, self.weight, self.group, self.metadata) = (key, split, weight, group, metadata)
  }
}

extension SequenceBatch {
  /// Sequence `b` by itself.
  package func stored(_ b: Int, _ texts: StoredTexts) -> StoredSequence {
    let range = range(b)
    let input: BatchInput =
      switch self.input {
      case .values(let values, let width):
        .values(Array(values[range.lowerBound * width..<range.upperBound * width]), featureCount: width)
      case .tokens(let tokens): .tokens(Array(tokens[range]))
      }
    let targets: BatchTargets =
      switch self.targets {
      case .none: .none
      case .classPerSequence(let classes): .classPerSequence([classes[b]])
      case .classPerTimestep(let classes): .classPerTimestep(Array(classes[range]))
      case .valuesPerSequence(let values, let width):
        .valuesPerSequence(Array(values[b * width..<(b + 1) * width]), width: width)
      case .valuesPerTimestep(let values, let width):
        .valuesPerTimestep(Array(values[range.lowerBound * width..<range.upperBound * width]), width: width)
      }
    let validity = validity.map { Array($0[range]) }
    return StoredSequence(
      texts: texts, input: input, targets: targets, validity: validity?.contains(false) == true ? validity : nil,
      length: range.count)
  }
}
