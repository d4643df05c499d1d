/// One sequence on its way into a store, as a reader found it.
public struct SequenceRecord: Sendable, Equatable {
  /// The external key, unique within its dataset.
  public var key: String
  /// The timesteps.
  public var input: RecordInput
  /// What is to be predicted.
  public var target: RecordTarget
  /// A sample weight; nil means 1.
  public var weight: Float?
  /// Which timesteps are valid, `[T]`; nil means all.
  public var validity: [Bool]?
  /// A split that the file itself names.
  public var split: String?
  /// Sequences of one group stay in one split.
  public var group: String?
  /// Free metadata: the text of a JSON object.
  public var metadata: String?
  /// The line on which the sequence begins, counted from 1; 0 where there are no lines.
  public var line: Int

  /// A record; what is left out is absent.
  public init(
    key: String, input: RecordInput, target: RecordTarget = .none, weight: Float? = nil, validity: [Bool]? = nil,
    split: String? = nil, group: String? = nil, metadata: String? = nil, line: Int = 0
  ) {
    self.key = key
    self.input = input
    self.target = target
    self.weight = weight
    self.validity = validity
    self.split = split
    self.group = group
    self.metadata = metadata
    self.line = line
  }
}

/// The timesteps of a record.
public enum RecordInput: Sendable, Equatable {
  /// `[T, F]`, row-major. An invalid timestep's missing value is 0; the record's validity says that it is missing.
  case values([Float], featureCount: Int)
  /// `[T]`, indices that the file gives.
  case tokens([Int32])
  /// `[T]`, tokens as text, which the dataset's vocabulary turns into indices.
  case text([String])

  /// Timesteps.
  public var length: Int {
    switch self {
    case .values(let values, let featureCount): featureCount == 0 ? 0 : values.count / featureCount
    case .tokens(let tokens): tokens.count
    case .text(let tokens): tokens.count
    }
  }
}

/// The target of a record.
public enum RecordTarget: Sendable, Equatable {
  /// None.
  case none
  /// A class for the sequence.
  case label(String)
  /// A class a timestep, `[T]`.
  case labels([String])
  /// Real values for the sequence.
  case values([Float])
  /// Real values a timestep, `[T, width]`, row-major.
  case stepValues([Float], width: Int)
}
