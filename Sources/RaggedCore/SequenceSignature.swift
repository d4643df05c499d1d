/// What the sequences of a source look like: their input, their target and the names of both.
///
/// Two sources with equal signatures can feed the same model.
public struct SequenceSignature: Sendable, Equatable, Codable {
  /// What a timestep holds.
  public var input: InputSignature
  /// What is to be predicted.
  public var target: TargetSignature

  /// A signature; both halves must be of the same data.
  public init(input: InputSignature, target: TargetSignature) {
    self.input = input
    self.target = target
  }
}

/// What one timestep of the input holds.
public enum InputSignature: Sendable, Equatable, Codable {
  /// `F` real numbers with these names.
  case features([String])
  /// One token, an index below `size`; the vocabulary says what the indices mean where they came from text.
  case tokens(size: Int, vocabulary: Vocabulary?)

  /// Whether both hold the same, names by their bytes.
  public static func == (left: InputSignature, right: InputSignature) -> Bool {
    switch (left, right) {
    case (.features(let first), .features(let second)): first.areExactly(second)
    case (.tokens(let size, let vocabulary), .tokens(let otherSize, let other)):
      size == otherSize && vocabulary == other
    case (.features, _), (.tokens, _): false
    }
  }

  /// Features per timestep: `F`, or 1 for tokens.
  public var featureCount: Int {
    switch self {
    case .features(let names): names.count
    case .tokens: 1
    }
  }

  /// The names of the features; empty for tokens.
  public var names: [String] {
    if case .features(let names) = self { names } else { [] }
  }

  /// Whether a timestep is a token.
  public var isTokens: Bool {
    if case .tokens = self { true } else { false }
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

  /// Whether both are the same, names by their bytes.
  public static func == (left: TargetSignature, right: TargetSignature) -> Bool {
    switch (left, right) {
    case (.none, .none): true
    case (.classPerSequence(let first), .classPerSequence(let second)),
      (.classPerTimestep(let first), .classPerTimestep(let second)),
      (.valuesPerSequence(let first), .valuesPerSequence(let second)),
      (.valuesPerTimestep(let first), .valuesPerTimestep(let second)):
      first.areExactly(second)
    case (.none, _), (.classPerSequence, _), (.classPerTimestep, _), (.valuesPerSequence, _), (.valuesPerTimestep, _):
      false
    }
  }

  /// The names of the classes or values; empty for `none`.
  public var names: [String] {
    switch self {
    case .none: []
    case .classPerSequence(let names), .classPerTimestep(let names): names
    case .valuesPerSequence(let names), .valuesPerTimestep(let names): names
    }
  }

  /// Whether there is one target per timestep rather than one per sequence.
  public var isPerTimestep: Bool {
    switch self {
    case .classPerTimestep, .valuesPerTimestep: true
    case .none, .classPerSequence, .valuesPerSequence: false
    }
  }

  /// Whether the target is a class.
  public var isClass: Bool {
    switch self {
    case .classPerSequence, .classPerTimestep: true
    case .none, .valuesPerSequence, .valuesPerTimestep: false
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
