public import RaggedCore

/// Which sequences an epoch takes, and how often: as a text `balanced`, `channel:balanced` or `channel:web=0.7,shop=0.3`, which
/// is also how it is encoded.
///
/// What it makes of some sequences is an ``EpochDraw``.
public enum Sampling: Sendable, Equatable {
  /// The groups of a ``Sampling``.
  public enum Shares: Sendable, Equatable {
    /// Those that occur, all alike.
    case equal
    /// Those that are named, which add up to 1; sequences of other groups are left out.
    case named([NamedNumber])
  }

  /// By the target, a class per sequence: each class that occurs alike.
  case balanced
  /// By a category column per sequence.
  case column(String, Shares)
}

extension Sampling: CustomStringConvertible, Codable {
  /// The sampling of a text; nil where it is none. The column's name ends at the first colon.
  public init?(_ text: String) {
    if text == "balanced" {
      self = .balanced
      return
    }
    guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else { return nil }
    let (column, rest) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
    if rest == "balanced" {
      self = .column(column, .equal)
      return
    }
    guard let shares = [NamedNumber](text: rest) else { return nil }
    self = .column(column, .named(shares))
  }

  /// `balanced`, or `channel:web=0.7,shop=0.3`.
  public var description: String {
    switch self {
    case .balanced: "balanced"
    case .column(let name, .equal): "\(name):balanced"
    case .column(let name, .named(let shares)): "\(name):\(shares.text)"
    }
  }

  /// Reads the text.
  /// - Throws: `DecodingError` for another text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let sampling = Sampling(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no shares of an epoch: \(text)")
    }
    self = sampling
  }

  /// Writes the text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
