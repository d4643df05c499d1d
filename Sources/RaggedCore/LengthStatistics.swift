/// How long sequences are: counts a length, from which every other figure follows.
///
/// Memory is the number of distinct lengths, not of sequences.
public struct LengthStatistics: Sendable, Equatable {
  /// One length and how many sequences have it.
  public struct Entry: Sendable, Equatable, Codable {
    /// Timesteps.
    public var length: Int
    /// Sequences of that length.
    public var count: Int

    /// A length in timesteps and the number of sequences that have it.
    public init(length: Int, count: Int) {
      self.length = length
      self.count = count
    }
  }

  /// The distinct lengths in rising order.
  public let entries: [Entry]

  /// Statistics from counts a length, in any order; a length may come more than once.
  public init(counts: some Sequence<Entry>) {
    var total: [Int: Int] = [:]
    for entry in counts where entry.count > 0 { total[entry.length, default: 0] += entry.count }
    entries = total.map { Entry(length: $0.key, count: $0.value) }.sorted { $0.length < $1.length }
  }

  /// Statistics of these lengths. O(n).
  @inlinable
  public init(lengths: some Sequence<some BinaryInteger>) {
    var short = [Int](repeating: 0, count: 1024)  // by length; most lengths never reach the slower dictionary
    var long: [Int: Int] = [:]
    for length in lengths {
      let length = Int(length)
      if short.indices.contains(length) { short[length] += 1 } else { long[length, default: 0] += 1 }
    }
    self.init(
      counts: short.enumerated().map { Entry(length: $0.offset, count: $0.element) }
        + long.map { Entry(length: $0.key, count: $0.value) })
  }

  /// Sequences.
  public var count: Int { entries.reduce(0) { $0 + $1.count } }
  /// Timesteps of all sequences.
  public var timesteps: Int { entries.reduce(0) { $0 + $1.count * $1.length } }
  /// The shortest length, nil without sequences.
  public var minimum: Int? { entries.first?.length }
  /// The longest length, nil without sequences.
  public var maximum: Int? { entries.last?.length }
  /// The mean length, nil without sequences.
  public var mean: Double? { count == 0 ? nil : Double(timesteps) / Double(count) }
  /// The middle length, nil without sequences.
  public var median: Double? { percentile(50) }

  /// The length below which `percent` of the sequences lie, interpolated linearly between order statistics
  /// (numpy's default, Hyndman and Fan's type 7); nil without sequences and for NaN. `percent` is clamped to 0…100.
  public func percentile(_ percent: Double) -> Double? {
    let count = self.count
    guard count > 0, !percent.isNaN else { return nil }
    let rank = min(max(percent, 0), 100) / 100 * Double(count - 1)
    let low = orderStatistic(Int(rank.rounded(.down)))
    let high = orderStatistic(Int(rank.rounded(.up)))
    return Double(low) + (rank - rank.rounded(.down)) * Double(high - low)
  }

  private func orderStatistic(_ rank: Int) -> Int {
    var seen = 0
    for entry in entries {
      seen += entry.count
      if rank < seen { return entry.length }
    }
    return entries[entries.count - 1].length
  }

  /// One bar of a histogram: lengths in `lower ... upper`.
  public struct Bin: Sendable, Equatable, Codable {
    /// The shortest length that falls in it.
    public var lower: Int
    /// The longest length that falls in it.
    public var upper: Int
    /// The number of sequences whose length falls in it.
    public var count: Int
  }

  /// At most `bins` bars of one width that cover minimum to maximum; empty without sequences.
  public func histogram(bins: Int) -> [Bin] {
    guard let minimum, let maximum, bins > 0 else { return [] }
    let width = (maximum - minimum) / bins + 1
    var result = stride(from: minimum, through: maximum, by: width).map {
      Bin(lower: $0, upper: min($0 + width - 1, maximum), count: 0)
    }
    for entry in entries { result[(entry.length - minimum) / width].count += entry.count }
    return result
  }
}

extension LengthStatistics: Codable {
  private enum CodingKeys: CodingKey {
    case entries
  }

  /// Writes the entries alone: everything else follows from them.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(entries, forKey: .entries)
  }

  /// Reads statistics, which may come from a file that anybody wrote: entries in any order are put in order.
  /// - Throws: `DecodingError` for negative lengths or counts, and for more timesteps than a number can hold.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let entries = try container.decode([Entry].self, forKey: .entries)
    var timesteps = 0
    var sequences = 0
    for entry in entries {
      let (product, isTooLarge) = entry.length.multipliedReportingOverflow(by: entry.count)
      let (steps, isTooLong) = timesteps.addingReportingOverflow(product)
      let (count, isTooMany) = sequences.addingReportingOverflow(entry.count)
      guard entry.length >= 0, entry.count >= 0, !isTooLarge, !isTooLong, !isTooMany else {
        throw DecodingError.dataCorruptedError(
          forKey: .entries, in: container,
          debugDescription: "\(entry.count.counted("sequence")) of length \(entry.length) make no statistics")
      }
      (timesteps, sequences) = (steps, count)
    }
    self.init(counts: entries)
  }
}
