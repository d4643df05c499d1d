import RaggedCore
import RaggedFormats

extension InputDescription.Input {
  /// The word for it in the column `dataset.input_kind`.
  var kind: String {
    switch self {
    case .features: "features"
    case .tokens: "tokens"
    case .text: "text"
    }
  }

  var featureNames: [String]? {
    if case .features(let names) = self { names } else { nil }
  }

  var unit: Vocabulary.Unit? {
    if case .text(let unit) = self { unit } else { nil }
  }

  /// In words, for messages.
  var summary: String {
    switch self {
    case .features(let names): names.count.counted("feature")
    case .tokens: "token numbers"
    case .text(let unit): "text cut to \(unit.rawValue)"
    }
  }
}

extension InputDescription.Target {
  /// The word for it in the column `dataset.target_kind`.
  var kind: String {
    switch self {
    case .none: "none"
    case .classPerSequence: "class_per_sequence"
    case .classPerTimestep: "class_per_timestep"
    case .valuesPerSequence: "values_per_sequence"
    case .valuesPerTimestep: "values_per_timestep"
    }
  }

  /// Numbers a target takes: 1 for a class.
  var width: Int {
    switch self {
    case .none: 0
    case .classPerSequence, .classPerTimestep: 1
    case .valuesPerSequence(let names), .valuesPerTimestep(let names): names.count
    }
  }

  var valueNames: [String] {
    switch self {
    case .none, .classPerSequence, .classPerTimestep: []
    case .valuesPerSequence(let names), .valuesPerTimestep(let names): names
    }
  }

  var isClass: Bool {
    switch self {
    case .classPerSequence, .classPerTimestep: true
    case .none, .valuesPerSequence, .valuesPerTimestep: false
    }
  }

  var declaredClasses: [String]? {
    switch self {
    case .classPerSequence(let declared), .classPerTimestep(let declared): declared
    case .none, .valuesPerSequence, .valuesPerTimestep: nil
    }
  }

  /// In words, for messages.
  var summary: String {
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
  /// In the words of `InputDescription.Input`.
  var storedSummary: String {
    switch self {
    case .features(let names): InputDescription.Input.features(names).summary
    case .tokens(_, nil): InputDescription.Input.tokens.summary
    case .tokens(_, let vocabulary?): InputDescription.Input.text(vocabulary.unit).summary
    }
  }
}

extension TargetSignature {
  /// In the words of `InputDescription.Target`.
  var kindSummary: String {
    switch self {
    case .none: InputDescription.Target.none.summary
    case .classPerSequence: InputDescription.Target.classPerSequence(declared: nil).summary
    case .classPerTimestep: InputDescription.Target.classPerTimestep(declared: nil).summary
    case .valuesPerSequence(let names): InputDescription.Target.valuesPerSequence(names).summary
    case .valuesPerTimestep(let names): InputDescription.Target.valuesPerTimestep(names).summary
    }
  }
}
