import GRDB
import RaggedCore

/// Sequences whose figures are kept together.
struct FigureCell: Hashable {
  /// By its bytes, as the tables have it.
  private let name: ExactName
  /// The class of the sequences; -1 where they have none.
  let classIndex: Int32

  init(split: String, classIndex: Int32) {
    name = ExactName(split)
    self.classIndex = classIndex
  }

  var split: String { name.text }
}

/// The figures of the sequences of one cell.
struct CellFigures {
  var steps: StepFigures
  var columns: ColumnFigures
  /// How many sequences have each length.
  var lengths: [Int: Int] = [:]
}

/// The figures of the sequences that an import adds, cell by cell, on their way into `length_count`,
/// `feature_statistics`, `timestep_class_count`, `missing_target`, `column_statistics` and `column_count`.
///
/// Memory is O(cells x (features + distinct lengths)). A cell that lost a sequence again, or whose sequences only got their split at the
/// end, is read once more before it is kept.
struct KeptFigures {
  /// The tables that hold them.
  static let tables = [
    "length_count", "feature_statistics", "timestep_class_count", "missing_target", "column_statistics", "column_count",
  ]

  private let shape: BlobShape
  private let datasetID: Int64
  private(set) var cells: [FigureCell: CellFigures] = [:]
  private var stale: Set<FigureCell> = []
  private var isAllStale = false

  init(_ dataset: StoredDataset) {
    shape = BlobShape(dataset)
    datasetID = dataset.id
  }

  /// Adds a sequence whose blobs have been checked against its length.
  mutating func add(
    _ blobs: SequenceBlobs, _ statics: StaticCells, length: Int, to cell: FigureCell, classCount: Int
  ) throws {
    try cells[cell, default: CellFigures(shape)].add(
      blobs, statics, length: length, shape: shape, classCount: classCount)
  }

  /// Says that a sequence of this cell is gone again.
  mutating func remove(from cell: FigureCell) { stale.insert(cell) }

  /// Says that no cell is known yet.
  mutating func removeAll() { isAllStale = true }

  /// Adds the figures to those that the dataset has. `firstID` is the first sequence of this import.
  /// - Parameters:
  ///   - dataset: as it is now, with all names.
  ///   - job: told how far it has come where data has to be read, as one stage.
  mutating func keep(_ db: Database, _ dataset: StoredDataset, firstID: Int64, job: StoreJob? = nil) throws {
    if isAllStale || !stale.isEmpty { try readAgain(db, dataset, firstID: firstID, job) }
    for (cell, figures) in cells {
      try keepLengths(db, cell, figures.lengths)
      try keepFeatures(db, cell, figures.steps.features)
      try keepClassCounts(db, split: cell.split, figures.steps.classCounts)
      for (position, count) in figures.steps.missingTargets.sorted(by: { $0.key < $1.key }) {
        try db.execute(
          sql:
            "INSERT INTO missing_target VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
          arguments: [datasetID, cell.split, position, count])
      }
    }
    guard !shape.columns.isEmpty else { return }
    for (cell, figures) in cells { try figures.columns.keep(db, [datasetID, cell.split, cell.classIndex]) }
  }

  /// Makes all figures of the dataset from its data. O(timesteps).
  mutating func makeAnew(_ db: Database, _ dataset: StoredDataset, job: StoreJob? = nil) throws {
    for table in KeptFigures.tables {
      try db.execute(sql: "DELETE FROM \(table) WHERE dataset_id = ?", arguments: [datasetID])
    }
    removeAll()
    try keep(db, dataset, firstID: .min, job: job)
  }

  private mutating func readAgain(
    _ db: Database, _ dataset: StoredDataset, firstID: Int64, _ job: StoreJob?
  ) throws {
    try job?.begin(SelectionQuery.idRange(db))
    if isAllStale { cells = [:] } else { for cell in stale { cells[cell] = nil } }
    let statics = StaticColumns(dataset)
    let rows = try SQLStatement(
      db,
      """
      SELECT id, split, class, length, statics, \(SequenceBlobs.columns)
      FROM sequence NOT INDEXED JOIN sequence_data ON sequence_id = id
      WHERE dataset_id = ? AND id >= ? ORDER BY id
      """, arguments: [datasetID, firstID])
    while try rows.step() {
      job?.reach(rows.int64(0))
      let cell = FigureCell(split: rows.text(1), classIndex: rows.isNull(2) ? -1 : Int32(clamping: rows.int64(2)))
      guard isAllStale || stale.contains(cell) else { continue }
      let (id, length, blobs) = (rows.int64(0), Int(rows.int64(3)), rows.blobs(from: 5))
      try shape.check(blobs, length: length, id: id)
      try add(
        blobs, statics.cells(rows.isNull(4) ? nil : rows.text(4), id: id), length: length, to: cell,
        classCount: dataset.signature.target.names.count)
    }
  }

  private func keepLengths(_ db: Database, _ cell: FigureCell, _ counts: [Int: Int]) throws {
    let statement = try SQLStatement(
      db,
      """
      INSERT INTO length_count VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count
      """)
    for (length, count) in counts.sorted(by: { $0.key < $1.key }) {
      statement.bind(datasetID, at: 1)
      statement.bind(cell.split, at: 2)
      statement.bind(Int64(cell.classIndex), at: 3)
      statement.bind(length, at: 4)
      statement.bind(count, at: 5)
      try statement.run()
    }
  }

  private func keepFeatures(_ db: Database, _ cell: FigureCell, _ added: FeatureAccumulator) throws {
    guard shape.featureCount > 0, added.count > 0 else { return }
    let place: StatementArguments = [datasetID, cell.split, cell.classIndex]
    var total = FeatureAccumulator(featureCount: shape.featureCount)
    if let kept = try FeatureAccumulator.fetch(db, place, featureCount: shape.featureCount) { total.merge(kept) }
    total.merge(added)
    let statement = try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO feature_statistics VALUES (?,?,?,?,?,?,?,?,?,?)")
    for f in 0..<shape.featureCount {
      try statement.execute(
        arguments: place + [
          f, total.counts[f], total.count - total.counts[f], total.mean[f], total.m2[f], total.minimum[f],
          total.maximum[f],
        ])
    }
  }

  private func keepClassCounts(_ db: Database, split: String, _ counts: [Int]) throws {
    for (index, count) in counts.enumerated() where count > 0 {
      try db.execute(
        sql: """
          INSERT INTO timestep_class_count VALUES (?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET count = count + excluded.count
          """, arguments: [datasetID, split, index, count])
    }
  }
}

extension CellFigures {
  /// Figures of no sequence.
  init(_ shape: BlobShape) { (steps, columns) = (StepFigures(shape: shape), ColumnFigures(shape)) }

  /// Adds a sequence whose blobs have been checked against its length.
  mutating func add(
    _ blobs: SequenceBlobs, _ statics: StaticCells, length: Int, shape: BlobShape, classCount: Int
  ) throws {
    try steps.add(blobs, shape: shape, classCount: classCount)
    columns.add(blobs, statics, length: length, shape: shape)
    lengths[length, default: 0] += 1
  }
}

extension FeatureAccumulator {
  /// The kept figures of one cell (dataset, split, class); nil where there are none.
  static func fetch(_ db: Database, _ cell: StatementArguments, featureCount: Int) throws -> FeatureAccumulator? {
    let rows = try SQLStatement(
      db,
      """
      SELECT count, missing, mean, m2, minimum, maximum FROM feature_statistics
      WHERE dataset_id = ? AND split = ? AND class = ? ORDER BY position
      """, arguments: cell)
    var (mean, m2, minimum, maximum) = ([Double](), [Double](), [Double](), [Double]())
    var (counts, steps) = ([Int](), Set<Int>())
    while try rows.step() {
      counts.append(try rows.count(0, of: "feature_statistics"))
      steps.insert(try counts[counts.count - 1] + rows.count(1, of: "feature_statistics"))
      mean.append(rows.double(2))
      m2.append(rows.double(3))
      minimum.append(rows.double(4))
      maximum.append(rows.double(5))
    }
    guard let count = steps.first else { return nil }
    guard mean.count == featureCount, steps.count == 1 else {
      throw StoreError(
        .damaged, "the kept figures of a split are those of \(mean.count.counted("feature")), expected \(featureCount)")
    }
    return FeatureAccumulator(count: count, counts: counts, mean: mean, m2: m2, minimum: minimum, maximum: maximum)
  }
}

/// Figures over the valid timesteps of a set of sequences: features, and classes where there is one per timestep.
struct StepFigures {
  var features: FeatureAccumulator
  /// Timesteps of each class; grows as classes come.
  var classCounts: [Int] = []
  /// How many are missing of each target in the blobs, by its position: valid timesteps, or sequences.
  var missingTargets: [Int: Int] = [:]
  private var aligned: [Float] = []

  init(shape: BlobShape) {
    features = FeatureAccumulator(featureCount: shape.featureCount)
  }

  /// Adds one sequence whose blobs have been checked against its length. O(T F).
  /// - Parameter classCount: the classes that there are by now.
  mutating func add(_ blobs: SequenceBlobs, shape: BlobShape, classCount: Int) throws {
    let validity = UnsafeBufferPointer(
      start: blobs.validity?.baseAddress?.assumingMemoryBound(to: UInt8.self), count: blobs.validity?.count ?? 0)
    if shape.featureCount > 0, let base = blobs.input.baseAddress {
      let count = blobs.input.count / 4
      if Int(bitPattern: base) % MemoryLayout<Float>.alignment == 0 {
        features.add(
          UnsafeBufferPointer(start: base.assumingMemoryBound(to: Float.self), count: count), validity: validity,
          observed: blobs.observed)
      } else {
        // SQLite hands out blobs where they lie in a page.
        if aligned.count < count { aligned = Array(repeating: 0, count: count) }
        aligned.withUnsafeMutableBytes { $0.copyMemory(from: blobs.input) }
        aligned.withUnsafeBufferPointer {
          features.add(
            UnsafeBufferPointer(rebasing: $0[..<count]), validity: validity, observed: blobs.observed)
        }
      }
    }
    guard case .classPerTimestep = shape.target else {
      if !shape.target.isClass, blobs.target.count > 0 { countMissing(blobs, shape: shape) }
      return
    }
    for t in 0..<blobs.target.count / 4 where validity.isEmpty || validity[t] != 0 {
      let index = Int(blobs.target.loadUnaligned(fromByteOffset: 4 * t, as: Int32.self))
      if index == Int(BatchTargets.unobservedClass) {
        missingTargets[0, default: 0] += 1
        continue
      }
      guard index >= 0, index < classCount else {
        throw StoreError(.damaged, "a timestep's class is \(index), expected 0 to \(classCount - 1)")
      }
      if index >= classCounts.count {
        classCounts.append(contentsOf: repeatElement(0, count: classCount - classCounts.count))
      }
      classCounts[index] += 1
    }
  }

  /// Counts the values of a target that are missing.
  private mutating func countMissing(_ blobs: SequenceBlobs, shape: BlobShape) {
    let (width, isPerTimestep) = (shape.target.names.count, shape.target.isPerTimestep)
    for (index, value) in blobs.target.numbers(Float.self).enumerated()
    where value.isNaN && (!isPerTimestep || blobs.isValid(index / width)) {
      missingTargets[index % width, default: 0] += 1
    }
  }
}
