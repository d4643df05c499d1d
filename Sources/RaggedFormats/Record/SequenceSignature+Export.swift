package import RaggedCore

extension SequenceSignature {
  /// Whether tokens have texts.
  var hasVocabulary: Bool {
    if case .tokens(_, .some) = input { true } else { false }
  }

  /// The name of a class; empty where there are no classes, which is so where all timesteps are not valid.
  func name(ofClass index: Int32) -> String { target.names.isEmpty ? "" : target.names[Int(index)] }

  /// The text of a token; nil for the unknown token, and where tokens are mere numbers.
  func text(ofToken token: Int32) -> String? {
    guard case .tokens(_, let vocabulary?) = input, token > 0 else { return nil }
    return vocabulary.tokens[Int(token) - 1]
  }
}

extension TargetKind {
  /// The kind of a dataset's target, nil where it has none.
  init?(_ target: TargetSignature) {
    switch target {
    case .none: return nil
    case .classPerSequence: self = .classPerSequence
    case .classPerTimestep: self = .classPerTimestep
    case .valuesPerSequence: self = .valuesPerSequence
    case .valuesPerTimestep: self = .valuesPerTimestep
    }
  }
}

extension Vocabulary {
  /// Stands for the unknown token among tokens that are text. No text of a file may hold it.
  package static let unknownText = "\0"
}
