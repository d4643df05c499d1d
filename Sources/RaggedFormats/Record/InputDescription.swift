public import RaggedCore

/// What a file says of its sequences.
public struct InputDescription: Sendable, Equatable {
  /// What a timestep holds.
  public enum Input: Sendable, Equatable {
    /// Real features with these names.
    case features([String])
    /// Token indices.
    case tokens
    /// Tokens as text, cut in this way.
    case text(Vocabulary.Unit)
  }

  /// What the target is.
  public enum Target: Sendable, Equatable {
    /// None.
    case none
    /// One class per sequence; the declared set, or nil where classes are taken as they come.
    case classPerSequence(declared: [String]?)
    /// One class per timestep.
    case classPerTimestep(declared: [String]?)
    /// Real values per sequence, with these names.
    case valuesPerSequence([String])
    /// Real values per timestep, with these names.
    case valuesPerTimestep([String])
  }

  /// What a timestep holds.
  public var input: Input
  /// What is to be predicted.
  public var target: Target
  /// Further columns, whose cells each record has in this order. Their dictionaries are empty.
  public var columns: [Column]
  /// What the file calls the column of classes, where the target is one.
  public var classColumn: String

  /// A description from its parts.
  public init(
    input: Input, target: Target, columns: [Column] = [], classColumn: String = SequenceSignature.classColumn
  ) {
    (self.input, self.target, self.columns) = (input, target, columns)
    self.classColumn = classColumn
  }
}

extension InputDescription {
  /// What the first sequences of a file look like: with its declared classes, and with no token yet.
  /// - Parameter name: whose sequences they are, for messages: `dataset "a"`.
  /// - Throws: ``RecordFault`` for columns that no dataset can have.
  package func signature(declared: [String]?, named name: String) throws -> SequenceSignature {
    let features = input.featureNames
    if features == [], !columns.contains(where: { $0.extent == .timestep }) {
      throw RecordFault("\(name) needs at least one feature")
    }
    if target != .none, target.width == 0 { throw RecordFault("\(name) needs at least one target value") }
    for names in [(features ?? []) + columns.map(\.name), target.valueNames] where names.exactNames.count != names.count
    {
      throw RecordFault("two columns have one name: \(names.quotedList)")
    }
    let inputSignature: InputSignature =
      switch input {
      case .features(let names): .features(names)
      case .tokens: .tokens(size: 0, vocabulary: nil)
      case .text(let unit): .tokens(size: 1, vocabulary: Vocabulary(unit: unit, tokens: []))
      }
    let targetSignature: TargetSignature =
      switch target {
      case .none: .none
      case .classPerSequence: .classPerSequence(declared ?? [])
      case .classPerTimestep: .classPerTimestep(declared ?? [])
      case .valuesPerSequence(let names): .valuesPerSequence(names)
      case .valuesPerTimestep(let names): .valuesPerTimestep(names)
      }
    return SequenceSignature(input: inputSignature, target: targetSignature)
  }
}

extension InputDescription.Input {
  package init(_ signature: InputSignature) {
    guard let tokens = signature.tokens else {
      self = .features(signature.names)
      return
    }
    self = tokens.vocabulary.map { .text($0.unit) } ?? .tokens
  }

  /// Tokens, or features of these names where that is nil.
  init(_ tokens: TokenForm?, features: @autoclosure () -> [String]) {
    switch tokens {
    case nil: self = .features(features())
    case .numbers: self = .tokens
    case .text(let unit): self = .text(unit)
    }
  }

  package var featureNames: [String]? {
    if case .features(let names) = self { names } else { nil }
  }

  /// In words, for messages.
  package var summary: String {
    switch self {
    case .features(let names): names.count.counted("feature")
    case .tokens: "token numbers"
    case .text(let unit): "text cut to \(unit.rawValue)"
    }
  }
}

extension InputDescription.Target {
  package init(_ signature: TargetSignature, declared: [String]?) {
    self.init(TargetKind(signature), classes: declared, values: signature.names)
  }

  /// A target of a kind, nil for none.
  /// - Parameters:
  ///   - classes: the declared ones, where it is a class.
  ///   - values: the names of its values, where it is values.
  init(_ kind: TargetKind?, classes: [String]?, values: @autoclosure () -> [String]) {
    switch kind {
    case nil: self = .none
    case .classPerSequence: self = .classPerSequence(declared: classes)
    case .classPerTimestep: self = .classPerTimestep(declared: classes)
    case .valuesPerSequence: self = .valuesPerSequence(values())
    case .valuesPerTimestep: self = .valuesPerTimestep(values())
    }
  }

  /// The width of a target: 1 for a class.
  package var width: Int { isClass ? 1 : valueNames.count }

  package var valueNames: [String] {
    switch self {
    case .none, .classPerSequence, .classPerTimestep: []
    case .valuesPerSequence(let names), .valuesPerTimestep(let names): names
    }
  }

  /// Whether there is one target per timestep.
  var isPerTimestep: Bool {
    switch self {
    case .classPerTimestep, .valuesPerTimestep: true
    case .none, .classPerSequence, .valuesPerSequence: false
    }
  }

  package var isClass: Bool {
    switch self {
    case .classPerSequence, .classPerTimestep: true
    case .none, .valuesPerSequence, .valuesPerTimestep: false
    }
  }

  package var declaredClasses: [String]? {
    switch self {
    case .classPerSequence(let declared), .classPerTimestep(let declared): declared
    case .none, .valuesPerSequence, .valuesPerTimestep: nil
    }
  }

  /// In words, for messages.
  package var summary: String {
    switch self {
    case .none: "none"
    case .classPerSequence: "a class per sequence"
    case .classPerTimestep: "a class per timestep"
    case .valuesPerSequence(let names): names.count.counted("value") + " per sequence"
    case .valuesPerTimestep(let names): names.count.counted("value") + " per timestep"
    }
  }
}

extension InputSignature {
  /// Whether it is tokens that are numbers alone, whose size grows with what comes.
  package var hasTokenNumbers: Bool { tokens.map { $0.vocabulary == nil } ?? false }

  /// In the words of ``InputDescription/Input``.
  package var storedSummary: String { InputDescription.Input(self).summary }
}

extension TargetSignature {
  /// In the words of ``InputDescription/Target``.
  package var kindSummary: String { InputDescription.Target(self, declared: nil).summary }
}
