public import RaggedCore

/// Figures on a set of sequences.
///
/// Its JSON shape, in which `split` and `class` are there where the figures are those of one split or class:
/// ```json
/// {"dataset": "vowels", "split": "train", "class": "3", "sequences": 270, "timesteps": 4274,
///  "lengths": {"minimum": 7, "mean": 15.8, "median": 15, "maximum": 26,
///              "percentiles": {"5": 10, "25": 13, "75": 18, "95": 23},
///              "entries": [{"length": 7, "count": 2}]},
///  "classes": [{"name": "1", "count": 30}],
///  "features": [{"name": "c1", "count": 4274, "mean": 0.9, "standardDeviation": 0.3,
///                "minimum": -0.1, "maximum": 1.8}]}
/// ```
public struct DatasetStatistics: Sendable, Equatable {
  /// What the figures are given for, each on its own.
  public enum Grouping: String, Sendable, CaseIterable {
    /// All sequences together.
    case none
    /// The sequences of each split.
    case split
    /// The sequences of each class.
    case `class`
  }

  /// A class and how often it occurs.
  public struct ClassCount: Sendable, Equatable, Codable {
    /// Its name.
    public var name: String
    /// Sequences of that class; where the target is a class a timestep, valid timesteps.
    public var count: Int
  }

  /// One feature over the valid timesteps.
  public struct Feature: Sendable, Equatable, Codable {
    /// Its name.
    public var name: String
    /// Valid timesteps.
    public var count: Int
    /// The mean; nil without valid timesteps, as the three below.
    public var mean: Double?
    /// The standard deviation of the population: the root of the mean squared deviation.
    public var standardDeviation: Double?
    /// The smallest value.
    public var minimum: Double?
    /// The largest value.
    public var maximum: Double?
  }

  /// The dataset.
  public var dataset: String
  /// The split, where the figures are those of one.
  public var split: String?
  /// The class, where the figures are those of one.
  public var className: String?
  /// How long the sequences are.
  public var lengths: LengthStatistics
  /// How often each class occurs, in index order, classes that do not occur among them; in the figures of one class that
  /// one alone, so that figures by class are no more than there are classes. Empty where the target is no class.
  public var classes: [ClassCount]
  /// Each feature; empty where a timestep is a token.
  public var features: [Feature]

  /// Sequences.
  public var sequences: Int { lengths.count }
  /// Timesteps, invalid ones among them.
  public var timesteps: Int { lengths.timesteps }
}

extension DatasetStatistics: Codable {
  private enum Key: String, CodingKey {
    case dataset, split, `class`, sequences, timesteps, lengths, classes, features
  }

  private enum LengthKey: String, CodingKey {
    case minimum, mean, median, maximum, percentiles, entries
  }

  /// Reads the shape above; figures that follow from others are not read.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    dataset = try container.decode(String.self, forKey: .dataset)
    split = try container.decodeIfPresent(String.self, forKey: .split)
    className = try container.decodeIfPresent(String.self, forKey: .class)
    lengths = try container.decode(LengthStatistics.self, forKey: .lengths)
    classes = try container.decode([ClassCount].self, forKey: .classes)
    features = try container.decode([Feature].self, forKey: .features)
  }

  /// Writes the shape above.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(dataset, forKey: .dataset)
    try container.encodeIfPresent(split, forKey: .split)
    try container.encodeIfPresent(className, forKey: .class)
    try container.encode(sequences, forKey: .sequences)
    try container.encode(timesteps, forKey: .timesteps)
    var lengthContainer = container.nestedContainer(keyedBy: LengthKey.self, forKey: .lengths)
    try lengthContainer.encodeIfPresent(lengths.minimum, forKey: .minimum)
    try lengthContainer.encodeIfPresent(lengths.mean, forKey: .mean)
    try lengthContainer.encodeIfPresent(lengths.median, forKey: .median)
    try lengthContainer.encodeIfPresent(lengths.maximum, forKey: .maximum)
    var percentiles: [String: Double] = [:]
    for percent in [5, 25, 75, 95] { percentiles[String(percent)] = lengths.percentile(Double(percent)) }
    try lengthContainer.encode(percentiles, forKey: .percentiles)
    try lengthContainer.encode(lengths.entries, forKey: .entries)
    try container.encode(classes, forKey: .classes)
    try container.encode(features, forKey: .features)
  }
}
