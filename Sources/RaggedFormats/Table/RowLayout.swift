/// What a row of a table is.
public enum RowLayout: String, Sendable, Codable, CaseIterable {
  /// A timestep, and rows of a sequence have its id.
  case long
  /// A timestep, and all rows of the file are one sequence.
  case series
  /// A sequence, a cell for each of its numbers; shorter ones end earlier, or in cells that are empty or `NaN`.
  case wide
  /// A sequence, with lists in its cells: `[0.5, 1.5]`, `['a', 'b']`.
  case lists
  /// A timestep, and a blank line ends a sequence.
  case blocks
  /// A measurement: when it was made, of which variable, and its value.
  case pivot

  /// What of a file is a sequence, in words.
  var words: String {
    switch self {
    case .long, .pivot: "all that has one id"
    case .series: "the file"
    case .blocks: "a block between blank lines"
    case .wide, .lists: "a row"
    }
  }

  /// Whether no column holds the key.
  var hasNoID: Bool { self == .series || self == .blocks }
}

/// How the numbers of several channels follow each other in a row that is a sequence.
public enum ChannelOrder: String, Sendable, Codable, CaseIterable {
  /// All numbers of the first channel, then those of the second.
  case first
  /// The numbers of the first timestep, then those of the second.
  case last
}

/// What becomes of a second value of one variable at one time.
public enum PivotTies: String, Sendable, Codable, CaseIterable {
  /// It stands in a further timestep of the same time, so that nothing is lost.
  case step
  /// The last counts.
  case last
  /// Their mean counts.
  case mean
  /// It is an error.
  case error
}
