package import RaggedCore

extension InputDescription.Input {
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
  /// Numbers a target takes: 1 for a class.
  package var width: Int {
    switch self {
    case .none: 0
    case .classPerSequence, .classPerTimestep: 1
    case .valuesPerSequence(let names), .valuesPerTimestep(let names): names.count
    }
  }

  package var valueNames: [String] {
    switch self {
    case .none, .classPerSequence, .classPerTimestep: []
    case .valuesPerSequence(let names), .valuesPerTimestep(let names): names
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
    case .classPerSequence: "a class a sequence"
    case .classPerTimestep: "a class a timestep"
    case .valuesPerSequence(let names): names.count.counted("value") + " a sequence"
    case .valuesPerTimestep(let names): names.count.counted("value") + " a timestep"
    }
  }
}

extension InputSignature {
  /// In the words of ``InputDescription/Input``.
  package var storedSummary: String {
    switch self {
    case .features(let names): InputDescription.Input.features(names).summary
    case .tokens(_, nil): InputDescription.Input.tokens.summary
    case .tokens(_, let vocabulary?): InputDescription.Input.text(vocabulary.unit).summary
    }
  }
}

extension TargetSignature {
  /// In the words of ``InputDescription/Target``.
  package var kindSummary: String {
    switch self {
    case .none: InputDescription.Target.none.summary
    case .classPerSequence: InputDescription.Target.classPerSequence(declared: nil).summary
    case .classPerTimestep: InputDescription.Target.classPerTimestep(declared: nil).summary
    case .valuesPerSequence(let names): InputDescription.Target.valuesPerSequence(names).summary
    case .valuesPerTimestep(let names): InputDescription.Target.valuesPerTimestep(names).summary
    }
  }
}
