extension LengthStatistics: Codable {
  private enum CodingKeys: CodingKey {
    case entries
  }

  /// Writes the entries.
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
