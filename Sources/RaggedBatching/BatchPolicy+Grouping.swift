extension BatchPolicy {
  /// How sequences are put together by length.
  ///
  /// As text, which is also how it is encoded: `padded`, `exact`, `boundaries:10,20,40`, `buckets:8`, `pool:16`,
  /// `packed:512`.
  public enum Grouping: Sendable, Equatable {
    /// All lengths together; every batch is padded to its longest sequence.
    case padded
    /// Sequences of one length only in a batch: no padding at all.
    case exactLength
    /// Buckets with these upper limits, which belong to their bucket; one more bucket takes what is longer.
    /// (TensorFlow's `bucket_boundaries` do not belong to the bucket below them.)
    case boundaries([Int])
    /// This many buckets, with the limits that cost least: see ``LengthBuckets/optimal(count:for:)``.
    case buckets(Int)
    /// Sequences in pools worth this number of batches, sorted by length inside a pool and cut into batches.
    ///
    /// A batch's worth is the batch size, or as many sequences of mean length as the budgets allow. What a pool leaves
    /// over goes to the next, so that one batch at most is not full.
    case pool(Int)
    /// Several sequences end to end in a row of this number of timesteps: see `PackedBatch`. The batch size counts rows.
    ///
    /// Longest first, each into the first row that has room (first-fit decreasing: never more than 11/9 of the fewest
    /// rows there could be, and one; Dósa, 2007). Rows are shorter where the limits ask for it. A sequence longer than a row
    /// is refused when the plan is made.
    case packed(Int)
  }
}

extension BatchPolicy.Grouping {
  /// What is taken where nothing is said: the eight ranges of length that need the least padding.
  public static let usual = BatchPolicy.Grouping.buckets(8)
}

extension BatchPolicy.Grouping: LosslessStringConvertible {
  /// `padded`, `exact`, `boundaries:10,20,40`, `buckets:8`, `pool:16` or `packed:512`.
  public var description: String {
    switch self {
    case .padded: "padded"
    case .exactLength: "exact"
    case .boundaries(let limits): "boundaries:" + limits.map(String.init).joined(separator: ",")
    case .buckets(let count): "buckets:\(count)"
    case .pool(let batches): "pool:\(batches)"
    case .packed(let rowLength): "packed:\(rowLength)"
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
    case ("buckets", 2), ("pool", 2), ("packed", 2):
      guard let number = Int(parts[1]) else { return nil }
      self = parts[0] == "buckets" ? .buckets(number) : parts[0] == "pool" ? .pool(number) : .packed(number)
    default: return nil
    }
  }
}

extension BatchPolicy.Grouping: Codable {
  /// Writes the ``description`` as one string.
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
        debugDescription: "\"\(text)\" is no grouping, expected padded, exact, boundaries:10,20, buckets:8, pool:16 "
          + "or packed:512")
    }
    self = grouping
  }
}
