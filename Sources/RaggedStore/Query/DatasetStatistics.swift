import GRDB
public import RaggedCore
import RaggedFormats

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
    /// The name of the class.
    public var name: String
    /// Sequences of that class; where the target is a class per timestep, valid timesteps.
    public var count: Int
  }

  /// One feature over the valid timesteps.
  public struct Feature: Sendable, Equatable, Codable {
    /// The name of the feature.
    public var name: String
    /// Valid timesteps.
    public var count: Int
    /// The mean; nil without valid timesteps, as the three below.
    public var mean: Double?
    /// The standard deviation of the population: the root of the mean squared deviation.
    public var standardDeviation: Double?
    /// The smallest value, as it was imported.
    public var minimum: Double?
    /// The largest value, as it was imported.
    public var maximum: Double?
  }

  /// The name of the dataset.
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

  /// The number of sequences.
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

  /// Writes the shape above, with the figures that follow from others.
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

extension SequenceStore {
  /// Figures on the selected sequences, together or for each split or class in the order of their names or indices.
  ///
  /// Whole splits and classes are answered by figures kept at import. Where a condition or keys choose
  /// an ad-hoc part, its blobs are read once, one sequence at a time.
  /// - Throws: ``StoreError`` for names that do not exist, and for a grouping by class where the target is none.
  public func statistics(
    _ selection: SequenceSelection, by grouping: DatasetStatistics.Grouping = .none
  ) throws -> [DatasetStatistics] {
    guard selection.condition == nil else {
      return try StoreSnapshot(self, conditions: true).statistics(selection, by: grouping)
    }
    return try read { db in
      let query = try SelectionQuery(db, selection, store: self, evaluator: nil)
      return try job(.reading, stages: [1]) {
        try DatasetStatistics.of(query, db, by: grouping, path: path, job: $0)
      }
    }
  }
}

extension DatasetStatistics {
  /// Figures on what was selected.
  static func of(
    _ query: SelectionQuery, _ db: Database, by grouping: Grouping, path: String, job: StoreJob
  ) throws -> [DatasetStatistics] {
    if grouping == .class {
      guard case .classPerSequence = query.dataset.signature.target else {
        throw StoreError(
          .invalidOption,
          "dataset \"\(query.dataset.name)\" cannot be grouped by class: its target is "
            + query.dataset.signature.target.kindSummary)
      }
    }
    var figures = GroupedFigures(dataset: query.dataset, grouping: grouping)
    if query.selection.isUnionOfCells {
      try figures.addCells(db, query, path: path)
    } else {
      try figures.addRows(db, query, job)
    }
    return figures.statistics
  }
}

/// Figures on their way into statistics, group by group.
private struct GroupedFigures {
  /// The split or class of a group; both nil for all sequences.
  private struct Group: Hashable {
    var name: ExactName?
    var classIndex: Int?

    var split: String? { name?.text }
  }

  private struct Figures {
    var lengths: [Int: Int] = [:]
    var classes: [Int: Int] = [:]
    var steps: StepFigures
  }

  private let dataset: StoredDataset
  private let grouping: DatasetStatistics.Grouping
  private let shape: BlobShape
  private var groups: [Group: Figures] = [:]

  init(dataset: StoredDataset, grouping: DatasetStatistics.Grouping) {
    self.dataset = dataset
    self.grouping = grouping
    shape = BlobShape(dataset.signature)
  }

  private func group(split: String, classIndex: Int?) -> Group {
    switch grouping {
    case .none: Group()
    case .split: Group(name: ExactName(split))
    case .class: Group(classIndex: classIndex)
    }
  }

  /// Adds kept figures: a row a cell and length for lengths and classes, a row per feature and cell for the rest.
  mutating func addCells(_ db: Database, _ query: SelectionQuery, path: String) throws {
    let (condition, arguments) = query.filter
    let counts = try SQLStatement(
      db, "SELECT split, class, length, count FROM length_count WHERE \(condition)", arguments: arguments)
    var (cells, limit) = (Set<FigureCell>(), try CountLimit(db, dataset, path: path))
    while try counts.step() {
      let (split, index) = (counts.text(0), counts.int64(1))
      _ = try limit.add(length: counts.int64(2), count: counts.int64(3))
      try count(split, index < 0 ? nil : Int(index), length: counts.int64(2), sequences: Int(counts.int64(3)))
      cells.insert(FigureCell(split: split, classIndex: Int32(clamping: index)))
    }
    for cell in cells.sorted(by: { (ExactName($0.split), $0.classIndex) < (ExactName($1.split), $1.classIndex) }) {
      let group = group(split: cell.split, classIndex: Int(cell.classIndex))
      if shape.featureCount > 0,
        let kept = try FeatureAccumulator.fetch(
          db, [dataset.id, cell.split, cell.classIndex], featureCount: shape.featureCount)
      {
        groups[group]?.steps.features.merge(kept)
      }
      guard case .classPerTimestep = shape.target else { continue }
      let classes = try SQLStatement(
        db, "SELECT class, count FROM timestep_class_count WHERE dataset_id = ? AND split = ?",
        arguments: [dataset.id, cell.split])
      while try classes.step() {
        groups[group]?.classes[Int(classes.int64(0)), default: 0] += try classes.count(1, of: "timestep_class_count")
      }
    }
  }

  /// Adds one sequence after the other.
  mutating func addRows(_ db: Database, _ query: SelectionQuery, _ job: StoreJob) throws {
    var rows = query
    rows.order = .stored
    try rows.forEachRow(
      db, columns: "split, class, length, input, target, validity",
      join: "JOIN sequence_data ON sequence_id = id", job: job
    ) { row in
      let split = row.text(1)
      let classIndex = row.isNull(2) ? nil : Int(row.int64(2))
      try count(split, classIndex, length: row.int64(3), sequences: 1)
      let blobs = row.blobs(input: 4, target: 5, validity: 6)
      try shape.check(blobs, length: Int(row.int64(3)), id: row.int64(0))
      try groups[group(split: split, classIndex: classIndex)]?.steps
        .add(blobs, shape: shape, classCount: dataset.signature.target.names.count)
    }
    for (group, figures) in groups {
      for (index, count) in figures.steps.classCounts.enumerated() {
        groups[group]?.classes[index, default: 0] += count
      }
    }
  }

  private mutating func count(_ split: String, _ classIndex: Int?, length: Int64, sequences: Int) throws {
    guard length >= 0, length <= Int64(Int32.max) else {
      throw StoreError(.damaged, "a sequence of dataset \"\(dataset.name)\" claims \(length) timesteps")
    }
    let group = group(split: split, classIndex: classIndex)
    groups[group, default: Figures(steps: StepFigures(shape: shape))].lengths[Int(length), default: 0] += sequences
    if let classIndex { groups[group]?.classes[classIndex, default: 0] += sequences }
  }

  var statistics: [DatasetStatistics] {
    if grouping == .none { return [statistics(Group(), groups[Group()] ?? Figures(steps: StepFigures(shape: shape)))] }
    let first = ExactName("")
    return groups.sorted {
      ($0.key.name ?? first, $0.key.classIndex ?? 0) < ($1.key.name ?? first, $1.key.classIndex ?? 0)
    }
    .map { statistics($0.key, $0.value) }
  }

  private func statistics(_ group: Group, _ figures: Figures) -> DatasetStatistics {
    let signature = dataset.signature
    let entries = figures.lengths.map { LengthStatistics.Entry(length: $0.key, count: $0.value) }
    var features: [DatasetStatistics.Feature] = []
    if !signature.input.isTokens {
      let names = signature.input.names
      let (accumulated, count) = (figures.steps.features, figures.steps.features.count)
      features = names.enumerated().map { f, name in
        DatasetStatistics.Feature(
          name: name, count: count, mean: count > 0 ? accumulated.mean[f] : nil,
          standardDeviation: count > 0 ? (accumulated.m2[f] / Double(count)).squareRoot() : nil,
          minimum: count > 0 ? accumulated.minimum[f] : nil, maximum: count > 0 ? accumulated.maximum[f] : nil)
      }
    }
    let classNames = signature.target.isClass ? signature.target.names : []
    // In the figures of one class no other occurs, and there may be a group for each of many.
    let listed = group.classIndex.map { classNames.indices.contains($0) ? $0..<$0 + 1 : 0..<0 } ?? classNames.indices
    return DatasetStatistics(
      dataset: dataset.name, split: group.split,
      className: group.classIndex.map { classNames.indices.contains($0) ? classNames[$0] : "\($0)" },
      lengths: LengthStatistics(counts: entries),
      classes: listed.map { DatasetStatistics.ClassCount(name: classNames[$0], count: figures.classes[$0] ?? 0) },
      features: features)
  }
}
