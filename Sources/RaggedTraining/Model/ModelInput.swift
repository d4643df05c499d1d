public import RaggedCore

/// What a model takes at each timestep.
public enum ModelInput: Sendable, Equatable, Codable {
  /// So many real features.
  case features(Int)
  /// Tokens below this number.
  case tokens(Int)

  /// The input that sequences of this signature need.
  public init(_ signature: InputSignature) {
    switch signature {
    case .features(let names): self = .features(names.count)
    case .tokens(let size, _): self = .tokens(size)
    }
  }

  /// In words, for messages.
  package var summary: String {
    switch self {
    case .features(let count): "\(count.counted("feature")) a timestep"
    case .tokens(let size): size < 1 ? "no tokens" : "tokens 0 to \(size - 1)"
    }
  }
}
