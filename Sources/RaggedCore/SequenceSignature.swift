/// What the sequences of a source look like: their input, their target and the names of both.
///
/// Two sources with equal signatures can feed the same model.
public struct SequenceSignature: Sendable, Equatable {
  /// What a timestep holds.
  public var input: InputSignature
  /// What is to be predicted.
  public var target: TargetSignature
  /// The columns of which each sequence has a list of labels; they come with batches and are neither input nor target.
  public var labels: [CategoryColumn]

  /// A signature; all parts must be of the same data.
  public init(input: InputSignature, target: TargetSignature, labels: [CategoryColumn] = []) {
    self.input = input
    self.target = target
    self.labels = labels
  }
}

extension SequenceSignature: Codable {
  private enum Key: String, CodingKey { case input, target, labels }

  /// Reads a signature; one without `labels` has none.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    self.init(
      input: try container.decode(InputSignature.self, forKey: .input),
      target: try container.decode(TargetSignature.self, forKey: .target),
      labels: try container.decodeIfPresent([CategoryColumn].self, forKey: .labels) ?? [])
  }

  /// Writes the signature.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(input, forKey: .input)
    try container.encode(target, forKey: .target)
    if !labels.isEmpty { try container.encode(labels, forKey: .labels) }
  }
}

/// The columns of the input.
public struct InputSignature: Sendable, Equatable {
  /// Those with a cell per timestep.
  public var timestep: ColumnSet
  /// Those with a cell per sequence.
  public var statics: ColumnSet

  /// An input of these columns.
  public init(timestep: ColumnSet, statics: ColumnSet = ColumnSet()) {
    (self.timestep, self.statics) = (timestep, statics)
  }

  /// Real numbers with these names per timestep, and nothing else.
  public static func features(_ names: [String]) -> InputSignature {
    InputSignature(timestep: ColumnSet(numbers: names))
  }

  /// One token per timestep, an index below `size`; the vocabulary says what the indices mean where they came from text.
  public static func tokens(size: Int, vocabulary: Vocabulary?) -> InputSignature {
    let column = CategoryColumn(CategoryColumn.tokenName, size: size, vocabulary: vocabulary)
    return InputSignature(timestep: ColumnSet(categories: [column]))
  }

  /// Numbers per timestep: `F`.
  public var featureCount: Int { timestep.numbers.count }

  /// The names of the numbers per timestep.
  public var names: [String] { timestep.numbers }

  /// The one column of an input that is a token per timestep and nothing else; nil for others.
  public var tokens: CategoryColumn? {
    timestep.numbers.isEmpty && timestep.categories.count == 1 && statics.isEmpty ? timestep.categories[0] : nil
  }

  /// Whether a timestep is a token and nothing else.
  public var isTokens: Bool { tokens != nil }

  /// Whether a timestep is numbers and nothing else, and a sequence has no columns of its own.
  public var isFeatures: Bool { timestep.categories.isEmpty && statics.isEmpty }
}

/// `{"features": {"_0": […]}}` or `{"tokens": {"size": …, "vocabulary": …}}` where that is all there is.
extension InputSignature: Codable {
  private enum Key: String, CodingKey { case features, tokens, timestep, statics }
  private enum FeatureKey: String, CodingKey { case names = "_0" }
  private struct Tokens: Codable {
    var size: Int
    var vocabulary: Vocabulary?
  }

  /// Reads a signature.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    if container.contains(.features) {
      let features = try container.nestedContainer(keyedBy: FeatureKey.self, forKey: .features)
      self = .features(try features.decode([String].self, forKey: .names))
    } else if container.contains(.tokens) {
      let tokens = try container.decode(Tokens.self, forKey: .tokens)
      self = .tokens(size: tokens.size, vocabulary: tokens.vocabulary)
    } else {
      self.init(
        timestep: try container.decode(ColumnSet.self, forKey: .timestep),
        statics: try container.decode(ColumnSet.self, forKey: .statics))
    }
  }

  /// Writes the signature.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    if isFeatures {
      var features = container.nestedContainer(keyedBy: FeatureKey.self, forKey: .features)
      try features.encode(timestep.numbers, forKey: .names)
    } else if let tokens, tokens.name == CategoryColumn.tokenName {
      try container.encode(Tokens(size: tokens.size, vocabulary: tokens.vocabulary), forKey: .tokens)
    } else {
      try container.encode(timestep, forKey: .timestep)
      try container.encode(statics, forKey: .statics)
    }
  }
}

/// What a sequence's target is.
public enum TargetSignature: Sendable, Equatable, Codable {
  /// No target.
  case none
  /// One class per sequence, of these names.
  case classPerSequence([String])
  /// One class per timestep, of these names.
  case classPerTimestep([String])
  /// Real values per sequence, with these names.
  case valuesPerSequence([String])
  /// Real values per timestep, with these names.
  case valuesPerTimestep([String])
  /// A list of labels per sequence, each of a length of its own, of these names: a transcription.
  case labels([String])
  /// Several targets at once, each with a validity of its own. None of them is itself several, or none.
  case several([NamedTarget])

  /// Whether both are the same, names by their bytes.
  public static func == (left: TargetSignature, right: TargetSignature) -> Bool {
    switch (left, right) {
    case (.none, .none): true
    case (.classPerSequence(let first), .classPerSequence(let second)),
      (.classPerTimestep(let first), .classPerTimestep(let second)),
      (.valuesPerSequence(let first), .valuesPerSequence(let second)),
      (.valuesPerTimestep(let first), .valuesPerTimestep(let second)), (.labels(let first), .labels(let second)):
      first.areExactly(second)
    case (.several(let first), .several(let second)): first == second
    case (.none, _), (.classPerSequence, _), (.classPerTimestep, _), (.valuesPerSequence, _), (.valuesPerTimestep, _),
      (.labels, _), (.several, _):
      false
    }
  }

  /// The names of the classes or values; empty for `none`, and for several targets, each of which has its own.
  public var names: [String] {
    switch self {
    case .none, .several: []
    case .classPerSequence(let names), .classPerTimestep(let names): names
    case .valuesPerSequence(let names), .valuesPerTimestep(let names): names
    case .labels(let names): names
    }
  }

  /// Whether it is a list of labels per sequence.
  public var isLabels: Bool { if case .labels = self { true } else { false } }

  /// Whether a model gives an output per timestep for it: where there is a target per timestep, and where labels are
  /// aligned with the timesteps.
  public var needsOutputsPerTimestep: Bool {
    isPerTimestep || isLabels || parts.contains { $0.target.needsOutputsPerTimestep }
  }

  /// Outputs of a model for it: one for each class or value; for labels one more, the blank, which is the first.
  public var outputCount: Int { names.count + (isLabels ? 1 : 0) }

  /// Whether there is one target per timestep rather than one per sequence; of several, whether there is for any.
  public var isPerTimestep: Bool {
    switch self {
    case .classPerTimestep, .valuesPerTimestep: true
    case .several(let parts): parts.contains { $0.target.isPerTimestep }
    case .none, .classPerSequence, .valuesPerSequence, .labels: false
    }
  }

  /// Whether the target is a class.
  public var isClass: Bool {
    switch self {
    case .classPerSequence, .classPerTimestep: true
    case .none, .valuesPerSequence, .valuesPerTimestep, .labels, .several: false
    }
  }
}

/// The tokens of a text dataset. Index 0 is the unknown token; `tokens[i]` has index `i + 1`.
public struct Vocabulary: Sendable, Equatable, Codable {
  /// How text was cut into tokens.
  public enum Unit: String, Sendable, Codable, CaseIterable {
    /// Unicode grapheme clusters.
    case characters
    /// Runs of non-white space.
    case words
  }

  /// How text was cut.
  public var unit: Unit
  /// The known tokens, in index order from 1.
  public var tokens: [String]

  /// The index of every token that is not in the vocabulary.
  public static let unknownIndex: Int32 = 0

  /// A vocabulary with these tokens at 1, 2, ….
  public init(unit: Unit, tokens: [String]) {
    self.unit = unit
    self.tokens = tokens
  }

  /// Known tokens plus the unknown one.
  public var size: Int { tokens.count + 1 }

  /// The index of each token, for encoding. O(size): build it once.
  public func indexByToken() -> [ExactName: Int32] { tokens.positions(from: 1) }

  /// Whether both cut text alike and know the same tokens in the same order, by their bytes.
  public static func == (left: Vocabulary, right: Vocabulary) -> Bool {
    left.unit == right.unit && left.tokens.areExactly(right.tokens)
  }
}
