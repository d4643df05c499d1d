extension BatchPolicy {
  /// How sequences are put together by length.
  ///
  /// As text, which is also how it is encoded: `padded`, `exact`, `boundaries:10,20,40`, `buckets:8`.
  public enum Grouping: Sendable, Equatable {
    /// All lengths together; every batch is padded to its longest sequence.
    case padded
    /// Sequences of one length only in a batch: no padding at all.
    case exactLength
    /// Buckets with these upper limits, which belong to their bucket; one more bucket takes what is longer.
    /// (TensorFlow's `bucket_boundaries` do not belong to the bucket below them.)
    case boundaries([Int])
    /// This many buckets, with the limits that need the least padding: see ``LengthBuckets/optimal(count:for:)``.
    case buckets(Int)
  }
}

extension BatchPolicy.Grouping: LosslessStringConvertible {
  /// `padded`, `exact`, `boundaries:10,20,40` or `buckets:8`.
  public var description: String {
    switch self {
    case .padded: "padded"
    case .exactLength: "exact"
    case .boundaries(let limits): "boundaries:" + limits.map(String.init).joined(separator: ",")
    case .buckets(let count): "buckets:\(count)"
    }
  }

  /// The grouping with this description, nil where there is none.
  public init?(_ description: String) {
    let parts = description.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    switch (parts[0], parts.count) {
    case ("padded", 1): self = .padded
    case ("exact", 1): self = .exactLength
    case ("boundaries", 2):
      let numbers = parts[1].split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard !numbers.contains(nil) else { return nil }
      self = .boundaries(numbers.compactMap { $0 })
    case ("buckets", 2):
      guard let count = Int(parts[1]) else { return nil }
      self = .buckets(count)
    default: return nil
    }
  }
}

extension BatchPolicy.Grouping: Codable {
  /// Writes the description.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// Reads a description.
  /// - Throws: `DecodingError` for a text that describes no grouping.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let grouping = BatchPolicy.Grouping(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "\"\(text)\" is no grouping, expected padded, exact, boundaries:10,20 or buckets:8")
    }
    self = grouping
  }
}
