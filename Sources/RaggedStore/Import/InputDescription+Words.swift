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

  var unit: Vocabulary.Unit? {
    if case .text(let unit) = self { unit } else { nil }
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
}
