extension BatchPolicy {
  /// The order in which sequences and batches come.
  ///
  /// As text: `full`, `none`, `blocks:10000` or `blocks:10000,8`. A Boolean literal stands for the first two, and the
  /// two are encoded as Booleans.
  public enum Shuffle: Sendable, Equatable {
    /// Source order: buckets by rising length, sequences in the order of their source.
    case none
    /// Sequences inside a bucket, and then the batches, in random order.
    case full
    /// For data larger than memory: `size` neighbours form a block, blocks come in random order, and `pool` of them at
    /// a time are mixed, put together by length and cut into batches. At any time a reader needs `size × pool`
    /// neighbouring sequences at most, beside those few that a pool left for the next one because they filled no batch.
    case blocks(size: Int, pool: Int)
  }
}

extension BatchPolicy.Shuffle: ExpressibleByBooleanLiteral {
  /// `full` for true, `none` for false.
  public init(booleanLiteral value: Bool) { self = value ? .full : .none }
}

extension BatchPolicy.Shuffle: LosslessStringConvertible {
  /// Blocks mixed at a time where a text does not say.
  static let usualPool = 8

  /// `full`, `none` or `blocks:10000,8`.
  public var description: String {
    switch self {
    case .none: "none"
    case .full: "full"
    case .blocks(let size, let pool): "blocks:\(size),\(pool)"
    }
  }

  /// The order with this description, nil where there is none. `blocks:SIZE` mixes 8 blocks at a time.
  public init?(_ description: String) {
    switch description {
    case "none": self = .none
    case "full": self = .full
    default:
      guard description.hasPrefix("blocks:") else { return nil }
      let numbers = description.dropFirst(7).split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      switch (numbers.count, numbers.first ?? nil, numbers.last ?? nil) {
      case (1, let size?, _): self = .blocks(size: size, pool: Self.usualPool)
      case (2, let size?, let pool?): self = .blocks(size: size, pool: pool)
      default: return nil
      }
    }
  }
}

extension BatchPolicy.Shuffle: Codable {
  /// Writes a Boolean for `full` and `none`, the description for blocks.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .none: try container.encode(false)
    case .full: try container.encode(true)
    case .blocks: try container.encode(description)
    }
  }

  /// Reads a Boolean or a description.
  /// - Throws: `DecodingError` for a text that describes no order.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let isFull = try? container.decode(Bool.self) {
      self = isFull ? .full : .none
      return
    }
    let text = try container.decode(String.self)
    guard let shuffle = BatchPolicy.Shuffle(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is no order, expected full, none or blocks:10000")
    }
    self = shuffle
  }
}
