extension Confusion: Codable {
  /// Classes up to which the whole matrix is written too.
  public static let denseLimit = 100

  private enum CodingKeys: CodingKey { case classCount, counts, entries }

  /// Reads a matrix from its entries, or from all of its counts where there are no entries.
  /// - Throws: `DecodingError` for what is no matrix.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let size = try container.decode(Int.self, forKey: .classCount)
    func wrong(_ key: CodingKeys, _ problem: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: container, debugDescription: problem)
    }
    guard (0...Int(Int32.max)).contains(size) else { throw wrong(.classCount, "\(size) classes") }
    self.init(classCount: size)
    if let entries = try container.decodeIfPresent([[Int]].self, forKey: .entries) {
      for entry in entries {
        guard entry.count == 3, (0..<size).contains(entry[0]), (0..<size).contains(entry[1]), entry[2] >= 0 else {
          throw wrong(.entries, "\(entry), expected a true class, a predicted class and a count")
        }
        add(truth: entry[0], prediction: entry[1], count: entry[2])
      }
      return
    }
    let counts = try container.decode([Int].self, forKey: .counts)
    guard size <= 1 << 16, counts.count == size * size else {
      throw wrong(.counts, "\(counts.count) counts of \(size) classes")
    }
    for (index, count) in counts.enumerated() { add(truth: index / size, prediction: index % size, count: count) }
  }

  /// Writes `classCount` and `entries`, each the true class, the predicted class and a count that is not 0; for at most
  /// ``denseLimit`` classes also `counts`, the whole matrix row by row.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(classCount, forKey: .classCount)
    try container.encode(entries.map { [$0.truth, $0.prediction, $0.count] }, forKey: .entries)
    if classCount <= Self.denseLimit { try container.encode(counts, forKey: .counts) }
  }
}
