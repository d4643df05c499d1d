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

  /// One feature over the valid timesteps at which it was observed.
  public struct Feature: Sendable, Equatable, Codable {
    /// The name of the feature.
    public var name: String
    /// Valid timesteps at which it was observed.
    public var count: Int
    /// The mean; nil without such timesteps, as the three below.
    public var mean: Double?
    /// The standard deviation of the population: the root of the mean squared deviation.
    public var standardDeviation: Double?
    /// The smallest value, as it was imported.
    public var minimum: Double?
    /// The largest value, as it was imported.
    public var maximum: Double?
  }

  /// A column, over valid timesteps or over sequences.
  public struct ColumnFigures: Sendable, Equatable, Codable {
    /// The name of the column.
    public var name: String
    /// What a cell is.
    public var kind: RaggedCore.Column.Kind
    /// What a cell belongs to.
    public var extent: RaggedCore.Column.Extent
    /// What it is for unless a choice says otherwise.
    public var role: RaggedCore.Column.Role
    /// Cells that are there; labels that are known.
    public var count: Int
    /// Cells that are missing; labels that are not known.
    public var missing: Int
    /// Of a number the mean, nil without a cell, as the three below; of a time, in microseconds since 1970, all but the
    /// deviation; of labels those of their number a sequence.
    public var mean: Double?
    /// The standard deviation of the population.
    public var standardDeviation: Double?
    /// The smallest value.
    public var minimum: Double?
    /// The largest value.
    public var maximum: Double?
    /// Of a category: the number of its names, those that do not occur among them.
    public var names: Int?
    /// Of a category: the names that occur most often, at most ten, where they are counted.
    public var mostFrequent: [ClassCount]?
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
  /// Every column of a dataset that has further columns or missing cells, those of its own input and target first. Empty for
  /// other datasets.
  public var columns: [ColumnFigures] = []

  /// The number of sequences.
  public var sequences: Int { lengths.count }
  /// Timesteps, invalid ones among them.
  public var timesteps: Int { lengths.timesteps }
}

extension DatasetStatistics: Codable {
  private enum Key: String, CodingKey {
    case dataset, split, `class`, sequences, timesteps, lengths, classes, features, columns
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
    columns = try container.decodeIfPresent([ColumnFigures].self, forKey: .columns) ?? []
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
    if !columns.isEmpty { try container.encode(columns, forKey: .columns) }
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
    var columns: ColumnFigures

    init(_ shape: BlobShape) { (steps, columns) = (StepFigures(shape: shape), ColumnFigures(shape)) }
  }

  private let dataset: StoredDataset
  private let grouping: DatasetStatistics.Grouping
  private let shape: BlobShape
  private var groups: [Group: Figures] = [:]

  init(dataset: StoredDataset, grouping: DatasetStatistics.Grouping) {
    self.dataset = dataset
    self.grouping = grouping
    shape = BlobShape(dataset)
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
      let group = group(split: cell.split, classIndex: cell.classIndex < 0 ? nil : Int(cell.classIndex))
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
    if query.selection.classes == nil, grouping != .class {
      for split in Set(cells.map { ExactName($0.split) }) {
        let kept = try SQLStatement(
          db, "SELECT position, count FROM missing_target WHERE dataset_id = ? AND split = ?",
          arguments: [dataset.id, split.text])
        let group = group(split: split.text, classIndex: nil)
        while try kept.step() {
          groups[group]?.steps.missingTargets[Int(kept.int64(0)), default: 0] += try kept.count(1, of: "missing_target")
        }
      }
    }
    guard !shape.columns.isEmpty else { return }
    try ColumnFigures.forEachKept(db, shape, where: condition, arguments) { cell, add in
      let group = group(split: cell.split, classIndex: cell.classIndex < 0 ? nil : Int(cell.classIndex))
      if groups[group] != nil { add(&groups[group, default: Figures(shape)].columns) }
    }
  }

  /// Adds one sequence after the other.
  mutating func addRows(_ db: Database, _ query: SelectionQuery, _ job: StoreJob) throws {
    var rows = query
    rows.order = .stored
    let statics = StaticColumns(dataset)
    try rows.forEachRow(
      db, columns: "split, class, length, statics, \(SequenceBlobs.columns)",
      join: "JOIN sequence_data ON sequence_id = id", job: job
    ) { row in
      let split = row.text(1)
      let classIndex = row.isNull(2) ? nil : Int(row.int64(2))
      try count(split, classIndex, length: row.int64(3), sequences: 1)
      let (id, length, blobs) = (row.int64(0), Int(row.int64(3)), row.blobs(from: 5))
      try shape.check(blobs, length: length, id: id)
      let cells = try statics.cells(row.isNull(4) ? nil : row.text(4), id: id)
      let group = group(split: split, classIndex: classIndex)
      try groups[group]?.steps.add(blobs, shape: shape, classCount: dataset.signature.target.names.count)
      groups[group]?.columns.add(blobs, cells, length: length, shape: shape)
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
    groups[group, default: Figures(shape)].lengths[Int(length), default: 0] += sequences
    if let classIndex { groups[group]?.classes[classIndex, default: 0] += sequences }
  }

  var statistics: [DatasetStatistics] {
    if grouping == .none { return [statistics(Group(), groups[Group()] ?? Figures(shape))] }
    let first = ExactName("")
    return groups.sorted {
      ($0.key.name ?? first, $0.key.classIndex ?? .max) < ($1.key.name ?? first, $1.key.classIndex ?? .max)
    }
    .map { statistics($0.key, $0.value) }
  }

  private func statistics(_ group: Group, _ figures: Figures) -> DatasetStatistics {
    let signature = dataset.signature
    let entries = figures.lengths.map { LengthStatistics.Entry(length: $0.key, count: $0.value) }
    var features: [DatasetStatistics.Feature] = []
    if !signature.input.isTokens {
      let names = signature.input.names
      let accumulated = figures.steps.features
      features = names.enumerated().map { f, name in
        let count = accumulated.counts[f]
        return DatasetStatistics.Feature(
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
      features: features, columns: columns(figures, features))
  }

  /// Figures of all columns; none where there are no more than features without missing cells, and a target.
  private func columns(
    _ figures: Figures, _ features: [DatasetStatistics.Feature]
  ) -> [DatasetStatistics.ColumnFigures] {
    let steps = figures.steps.features.count
    let isLabel = if case .classPerSequence = dataset.signature.target { true } else { false }
    let sequences = figures.lengths.values.reduce(0, +)
    let unlabelled = isLabel ? sequences - figures.classes.values.reduce(0, +) : 0
    let hasGaps = unlabelled > 0 || !figures.steps.missingTargets.isEmpty
    guard !dataset.columns.isEmpty || hasGaps || features.contains(where: { $0.count < steps }) else { return [] }
    let own = dataset.allColumns.dropLast(dataset.columns.count)
    let timesteps = figures.lengths.reduce(0) { $0 + $1.key * $1.value }
    func made(_ column: Column, count: Int, missing: Int) -> DatasetStatistics.ColumnFigures {
      DatasetStatistics.ColumnFigures(
        name: column.name, kind: column.kind, extent: column.extent, role: column.role, count: count, missing: missing,
        names: column.kind == .category ? column.vocabulary?.tokens.count ?? column.size : nil)
    }
    func frequent(_ counts: [(name: String, count: Int)]) -> [DatasetStatistics.ClassCount] {
      counts.filter { $0.count > 0 }.enumerated()
        .sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.prefix(10)
        .map { DatasetStatistics.ClassCount(name: $0.element.name, count: $0.element.count) }
    }
    let firstTarget = own.firstIndex { $0.role == .target } ?? 0
    var result = own.enumerated().map { place, column -> DatasetStatistics.ColumnFigures in
      let missing = unlabelled + (figures.steps.missingTargets[place - firstTarget] ?? 0)
      guard column.role == .input, column.kind == .number else {
        guard column.role == .target, column.kind == .category else {
          let cells = column.extent == .sequence ? sequences : features.isEmpty ? timesteps : steps
          let lacking = column.role == .target ? missing : 0
          return made(column, count: cells - lacking, missing: lacking)
        }
        var made = made(column, count: figures.classes.values.reduce(0, +), missing: missing)
        let names = dataset.signature.target.names
        made.mostFrequent = frequent(names.indices.map { (name: names[$0], count: figures.classes[$0] ?? 0) })
        return made
      }
      let feature = features[place]
      var made = made(column, count: feature.count, missing: steps - feature.count)
      (made.mean, made.standardDeviation) = (feature.mean, feature.standardDeviation)
      (made.minimum, made.maximum) = (feature.minimum, feature.maximum)
      return made
    }
    for (place, column) in dataset.columns.enumerated() {
      guard column.kind != .category else {
        let (counts, names) = (figures.columns.counts[place].all, column.vocabulary?.tokens ?? [])
        let missing = counts[0]?.count ?? 0
        var made = made(column, count: counts.values.reduce(0) { $0 + $1.count } - missing, missing: missing)
        let known = counts.keys.filter { $0 > 0 && $0 <= names.count }.sorted()
        made.mostFrequent = frequent(known.map { (name: names[$0 - 1], count: counts[$0]?.count ?? 0) })
        let lists = figures.columns.moments[place]
        if column.extent == .labels, lists.count > 0 {
          (made.mean, made.minimum, made.maximum) = (lists.mean, lists.minimum, lists.maximum)
          made.standardDeviation = (lists.m2 / Double(lists.count)).squareRoot()
        }
        result.append(made)
        continue
      }
      let moments = figures.columns.moments[place]
      var made = made(column, count: moments.count, missing: moments.missing)
      if moments.count > 0 {
        (made.mean, made.minimum, made.maximum) = (moments.mean, moments.minimum, moments.maximum)
        if column.kind == .number {
          made.standardDeviation = (moments.m2 / Double(moments.count)).squareRoot()
        }
      }
      result.append(made)
    }
    return result
  }
}
