import GRDB
import GRDBSQLite
import RaggedCore

/// One look at everything in a store, which changes nothing.
struct StoreInspection {
  let path: String
  let monitor: ProgressMonitor
  var report = StoreCheckReport()
  /// What is not as the schema says.
  private(set) var differences: [StoreSchema.Difference] = []
  /// What is wrong with each damaged sequence, by its id.
  var damaged: [Int64: String] = [:]
  /// Datasets by their number; those that contradict themselves are missing.
  private(set) var datasets: [Int64: StoredDataset] = [:]
  private var shapes: [Int64: BlobShape] = [:]
  private var statics: [Int64: StaticColumns] = [:]
  /// The names of all datasets.
  private(set) var names: [Int64: String] = [:]
  /// What the data of each dataset adds up to.
  var figures: [Int64: KeptFigures] = [:]
  /// Datasets with a damaged sequence, whose figures cannot be those of the rest.
  var incomplete: Set<Int64> = []

  /// Whether all tables are there that nothing else could replace, so that the rows can be looked at.
  var hasTables: Bool {
    !differences.contains { $0.type == "table" && !$0.isForeign && !StoreRepair.derivedTables.contains($0.name) }
  }

  init(_ db: Database, path: String, _ monitor: ProgressMonitor) throws {
    self.path = path
    self.monitor = monitor
    differences = try StoreSchema.differences(db)
    for difference in differences { add(.structure, "the file \(difference.fault)") }
    try look("the file", db) { try $0.checkFile($1) }
    guard hasTables else {
      add(.structure, "the rows were not looked at, because the tables are not those of a store")
      return
    }
    try look("a reference", db) { try $0.checkReferences($1) }
    try look("a dataset", db) { try $0.readDatasets($1) }
    try look("a sequence", db) { try $0.checkSequences($1) }
    try look("a kept figure", db) { try $0.checkFigures($1) }
  }

  mutating func add(_ kind: StoreProblem.Kind, dataset: String? = nil, key: String? = nil, _ message: String) {
    report.problems.append(StoreProblem(kind, dataset: dataset, key: key, message))
  }

  /// Does one part; what SQLite cannot read is a problem, and no reason not to look at the rest.
  private mutating func look(
    _ what: String, _ db: Database, _ part: (inout StoreInspection, Database) throws -> Void
  ) throws {
    do {
      try db.tellingReadErrors { try part(&self, $0) }
    } catch let error as DatabaseError
      where error.isDamage
    {
      add(.file, "\(what) cannot be read: \(error.message ?? "error \(error.extendedResultCode.rawValue)")")
    } catch let error as StoreError where error.code == .damaged {
      add(.file, "\(what) cannot be read: \(error.message)")
    }
  }

  /// SQLite's own look at pages, indexes, types and rules.
  private mutating func checkFile(_ db: Database) throws {
    let rows = try SQLStatement(db, "PRAGMA integrity_check(1000)")
    while try rows.step() {
      let line = rows.text(0)
      if let error = DatabaseError(inspection: line), !error.isDamage { throw error }
      if line != "ok" { add(.file, line) }
    }
  }

  private mutating func checkReferences(_ db: Database) throws {
    let rows = try SQLStatement(db, "PRAGMA foreign_key_check")
    let search = try SQLStatement(
      db, "SELECT key, (SELECT name FROM dataset WHERE id = dataset_id) FROM sequence WHERE id = ?")
    while try rows.step() {
      let (table, parent) = (rows.text(0), rows.text(2))
      let row = rows.isNull(1) ? "a row" : "row \(rows.int64(1))"
      var place: (dataset: String?, key: String?)
      if ["sequence", "sequence_data"].contains(table), !rows.isNull(1) {
        search.bind(rows.int64(1), at: 1)
        if try search.step() { place = (search.isNull(1) ? nil : search.text(1), search.text(0)) }
        search.reset()
      }
      add(
        .reference, dataset: place.dataset, key: place.key,
        "\(row) of \"\(table)\" refers to a row of \"\(parent)\" that is not there")
    }
  }

  private mutating func readDatasets(_ db: Database) throws {
    let rows = try SQLStatement(db, "SELECT id, name FROM dataset NOT INDEXED ORDER BY id")
    while try rows.step() {
      report.datasets += 1
      let (id, name) = (rows.int64(0), rows.text(1))
      names[id] = name
      do {
        guard let dataset = try StoredDataset.find(db, named: name, path: path), dataset.id == id else {
          add(.dataset, dataset: name, "it is not found by its name")
          continue
        }
        datasets[id] = dataset
        figures[id] = KeptFigures(dataset)
        (shapes[id], statics[id]) = (BlobShape(dataset), StaticColumns(dataset))
      } catch let error as StoreError {
        add(.dataset, dataset: name, error.message)
      }
    }
  }
}

extension StoreInspection {
  /// Reads every row of `sequence` with its blobs.
  mutating func checkSequences(_ db: Database) throws {
    let rows = try SQLStatement(db, "SELECT \(SequenceRow.columns), seal FROM sequence NOT INDEXED ORDER BY id")
    let data = try SQLStatement(db, "SELECT \(SequenceBlobs.columns) FROM sequence_data WHERE sequence_id = ?")
    let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM sequence") ?? 0
    while try rows.step() {
      if monitor.isCancelled { throw SequenceStore.unchanged(path) }
      if report.sequences % 256 == 0 {
        monitor.report(WorkProgress(.checking, report.sequences, of: total, .sequences))
      }
      let row = SequenceRow(rows)
      report.sequences += 1
      data.bind(row.id, at: 1)
      defer { data.reset() }
      do {
        try SequenceFault.check(types: rows)
        if rows.int64(SequenceRow.columnCount) != Int64(row.seal) {
          throw SequenceFault(
            "its row gives the seal \(row.seal), but \(rows.int64(SequenceRow.columnCount)) was kept: the row was changed"
          )
        }
        guard try db.tellingReadErrors({ _ in try data.step() }) else { throw SequenceFault("it has no data") }
        try check(row, data)
      } catch let fault as SequenceFault {
        addDamaged(row, fault.problem)
      } catch let error as StoreError where error.code == .damaged {
        addDamaged(row, error.message)
      } catch let error as DatabaseError where error.isDamage {
        addDamaged(row, "its data cannot be read: \(error.message ?? "\(error.resultCode)")")
      }
    }
    try findOrphans(db)
  }

  private mutating func addDamaged(_ row: SequenceRow, _ problem: String) {
    add(.sequence, dataset: names[row.datasetID], key: row.key, problem)
    damaged[row.id] = problem
    incomplete.insert(row.datasetID)
  }

  /// Checks a row whose seal is right, and takes it into the figures of its dataset.
  private mutating func check(_ row: SequenceRow, _ data: SQLStatement) throws {
    guard let length = Int32(exactly: row.length), length >= 0 else {
      throw SequenceFault("its length is \(row.length)")
    }
    let blobs = data.blobs(from: 0)
    guard Int64(blobs.checksum) == row.checksum else {
      throw SequenceFault("its data has the checksum \(blobs.checksum), but \(row.checksum) was kept: it was changed")
    }
    guard let dataset = datasets[row.datasetID], let shape = shapes[row.datasetID] else {
      if names[row.datasetID] != nil { return }
      throw SequenceFault("it is of dataset \(row.datasetID), which is not there")
    }
    try shape.check(blobs, length: Int(length), id: row.id)
    let classCount = dataset.signature.target.names.count
    if case .classPerSequence = dataset.signature.target {
      // NULL is the class of a sequence whose target is missing.
      if let index = row.classIndex, index < 0 || index >= classCount {
        throw SequenceFault("its class is \(index), expected 0 to \(classCount - 1)")
      }
    } else if let index = row.classIndex {
      throw SequenceFault("its class is \(index), but its dataset has no class per sequence")
    }
    try SequenceFault.check(blobs, shape: shape)
    try SequenceFault.checkColumns(blobs, shape: shape)
    let cells = try statics[row.datasetID]?.cells(row.statics, id: row.id) ?? StaticCells()
    report.timesteps += Int(length)
    try figures[row.datasetID]?.add(
      blobs, cells, length: Int(length),
      to: FigureCell(split: row.split, classIndex: row.classIndex.map(Int32.init(clamping:)) ?? -1),
      classCount: classCount)
  }

  /// Data that belongs to no sequence.
  private mutating func findOrphans(_ db: Database) throws {
    let rows = try SQLStatement(
      db, "SELECT sequence_id FROM sequence_data WHERE sequence_id NOT IN (SELECT id FROM sequence NOT INDEXED)")
    while try rows.step() { add(.sequence, "data of a sequence \(rows.int64(0)), which is not there") }
  }
}

/// What is wrong with one sequence.
struct SequenceFault: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }

  /// What ``SequenceRow/columns`` hold.
  private static let columns: [(name: String, type: Int32, isOptional: Bool)] = [
    ("number", SQLITE_INTEGER, false), ("dataset", SQLITE_INTEGER, false), ("key", SQLITE_TEXT, false),
    ("split", SQLITE_TEXT, false), ("length", SQLITE_INTEGER, false), ("class", SQLITE_INTEGER, true),
    ("checksum", SQLITE_INTEGER, false), ("source", SQLITE_INTEGER, false), ("line", SQLITE_INTEGER, false),
    ("weight", SQLITE_FLOAT, true), ("group", SQLITE_TEXT, true), ("metadata", SQLITE_TEXT, true),
    ("statics", SQLITE_TEXT, true),
  ]

  /// Checks that a row of ``SequenceRow/columns`` holds values of the types that the table asks for.
  static func check(types row: SQLStatement) throws {
    for (place, column) in columns.enumerated() {
      let found = row.type(Int32(place))
      guard found == column.type || column.isOptional && found == SQLITE_NULL else {
        throw SequenceFault("its \(column.name) has a value of another type than its column")
      }
    }
  }

  /// Checks that blobs of the right sizes hold what may be in them.
  static func check(_ blobs: SequenceBlobs, shape: BlobShape) throws {
    if let wrong = blobs.validity?.first(where: { $0 > 1 }) {
      throw SequenceFault("a timestep's validity is \(wrong), expected 0 or 1")
    }
    func checkNumbers(
      _ bytes: UnsafeRawBufferPointer, width: Int, observed: UnsafeRawBufferPointer? = nil, _ name: String,
      mayMiss: Bool = false
    ) throws {
      for index in 0..<bytes.count / 4 where observed?.bit(index) ?? true {
        let number = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
        guard number.isFinite || mayMiss && number.isNaN || width > 0 && !blobs.isValid(index / width) else {
          throw SequenceFault("a number of its \(name) is \(number), expected a finite number")
        }
      }
    }
    if shape.isTokens {
      for token in blobs.input.numbers(Int32.self) where !(0..<shape.tokenSize).contains(Int(token)) {
        throw SequenceFault("a token is \(token), expected 0 to \(shape.tokenSize - 1)")
      }
    } else {
      try checkNumbers(blobs.input, width: shape.inputWidth, observed: blobs.observed, "input")
    }
    if case .classPerTimestep(let names) = shape.target {
      for index in blobs.target.numbers(Int32.self)
      where index != BatchTargets.unobservedClass && !names.indices.contains(Int(index)) {
        throw SequenceFault(
          "a timestep's class is \(index), expected 0 to \(names.count - 1), or -1 where it is missing")
      }
    }
    if !shape.target.isClass {
      try checkNumbers(blobs.target, width: shape.targetStepBytes / 4, "target", mayMiss: true)
    }
  }

  /// Checks the cells of further columns.
  static func checkColumns(_ blobs: SequenceBlobs, shape: BlobShape) throws {
    let width = shape.numbers.count
    for index in 0..<(blobs.numbers?.count ?? 0) / 4 where blobs.cellsObserved?.bit(index) ?? true {
      let number = blobs.numbers?.number(index, as: Float.self) ?? 0
      guard number.isFinite || !blobs.isValid(index / width) else {
        throw SequenceFault(
          "its \"\(shape.columns[shape.numbers[index % width]].name)\" is \(number), expected a finite number")
      }
    }
    for index in 0..<(blobs.codes?.count ?? 0) / 4 {
      let (code, column) = (
        blobs.codes?.number(index, as: Int32.self) ?? 0, shape.columns[shape.codes[index % shape.codes.count]]
      )
      guard code >= 0, code < column.size else {
        throw SequenceFault("its \"\(column.name)\" is \(code), expected 0 to \(column.size - 1)")
      }
    }
    guard let bytes = blobs.labels, let places = StoredLabels.places(bytes, columns: shape.labels.count) else { return }
    for (place, codes) in zip(shape.labels, places) {
      for index in codes {
        let (code, column) = (bytes.number(index, as: Int32.self), shape.columns[place])
        guard code >= 0, code < column.size else {
          throw SequenceFault("a label of its \"\(column.name)\" is \(code), expected 0 to \(column.size - 1)")
        }
      }
    }
  }
}

extension StoreInspection {
  /// Rows of a table of figures that are named one by one; of the rest the number is said.
  private static let shown = 10

  /// Compares what was kept at import with what the data adds up to. A dataset with a damaged sequence is left out: its
  /// figures are those of all its sequences, and a repair makes them anew.
  mutating func checkFigures(_ db: Database) throws {
    for (id, name) in names.sorted(by: { $0.key < $1.key }) where !incomplete.contains(id) {
      guard let dataset = datasets[id], let cells = figures[id]?.cells else { continue }
      var faults: [String] = []
      if !isMissing("length_count") { faults += try lengthFaults(db, id, cells) }
      if !isMissing("timestep_class_count") { faults += try classFaults(db, id, cells) }
      if !isMissing("missing_target") { faults += try missingTargetFaults(db, id, cells) }
      if !isMissing("feature_statistics") {
        faults += try featureFaults(db, id, cells, featureCount: BlobShape(dataset).featureCount)
      }
      if !isMissing("column_statistics"), !isMissing("column_count"), let found = figures[id] {
        faults += try columnFaults(db, dataset, found.cells.mapValues(\.columns))
      }
      for fault in faults.prefix(StoreInspection.shown) { add(.figures, dataset: name, fault) }
      if faults.count > StoreInspection.shown {
        add(.figures, dataset: name, "\(faults.count - StoreInspection.shown) more figures are wrong")
      }
    }
  }

  private func isMissing(_ table: String) -> Bool { differences.contains { $0.type == "table" && $0.name == table } }

  /// `length_count says 3 sequences of split "train", class 0, length 12; there are 4`.
  private func lengthFaults(_ db: Database, _ id: Int64, _ cells: [FigureCell: CellFigures]) throws -> [String] {
    struct Place: Hashable {
      var name: ExactName
      var classIndex, length: Int64

      var split: String { name.text }
    }
    var expected: [Place: Int64] = [:]
    for (cell, figures) in cells {
      for (length, count) in figures.lengths {
        expected[Place(name: ExactName(cell.split), classIndex: Int64(cell.classIndex), length: Int64(length))] = Int64(
          count)
      }
    }
    let rows = try SQLStatement(
      db, "SELECT split, class, length, count FROM length_count WHERE dataset_id = ?", arguments: [id])
    var faults: [String] = []
    func fault(_ place: Place, kept: Int64, found: Int64) {
      faults.append(
        "length_count says \(kept) sequences of split \"\(place.split)\", class \(place.classIndex), "
          + "length \(place.length); there are \(found)")
    }
    while try rows.step() {
      let place = Place(name: ExactName(rows.text(0)), classIndex: rows.int64(1), length: rows.int64(2))
      let (kept, found) = (rows.int64(3), expected.removeValue(forKey: place) ?? 0)
      if kept != found { fault(place, kept: kept, found: found) }
    }
    for (place, count) in expected { fault(place, kept: 0, found: count) }
    return faults.sorted()
  }

  private func classFaults(_ db: Database, _ id: Int64, _ cells: [FigureCell: CellFigures]) throws -> [String] {
    var expected: [ExactName: [Int64: Int64]] = [:]
    for (cell, figures) in cells {
      for (index, count) in figures.steps.classCounts.enumerated() where count > 0 {
        expected[ExactName(cell.split), default: [:]][Int64(index), default: 0] += Int64(count)
      }
    }
    let rows = try SQLStatement(
      db, "SELECT split, class, count FROM timestep_class_count WHERE dataset_id = ?", arguments: [id])
    var faults: [String] = []
    func fault(_ split: String, _ index: Int64, kept: Int64, found: Int64) {
      faults.append(
        "timestep_class_count says \(kept) timesteps of split \"\(split)\", class \(index); there are \(found)")
    }
    while try rows.step() {
      let (split, index, kept) = (rows.text(0), rows.int64(1), rows.int64(2))
      let found = expected[ExactName(split)]?.removeValue(forKey: index) ?? 0
      if kept != found { fault(split, index, kept: kept, found: found) }
    }
    for (split, counts) in expected { for (index, count) in counts { fault(split.text, index, kept: 0, found: count) } }
    return faults.sorted()
  }

  private func missingTargetFaults(
    _ db: Database, _ id: Int64, _ cells: [FigureCell: CellFigures]
  ) throws -> [String] {
    var expected: [ExactName: [Int64: Int64]] = [:]
    for (cell, figures) in cells {
      for (position, count) in figures.steps.missingTargets {
        expected[ExactName(cell.split), default: [:]][Int64(position), default: 0] += Int64(count)
      }
    }
    let rows = try SQLStatement(
      db, "SELECT split, position, count FROM missing_target WHERE dataset_id = ?", arguments: [id])
    var faults: [String] = []
    func fault(_ split: String, _ position: Int64, kept: Int64, found: Int64) {
      if kept != found {
        faults.append("missing_target says \(kept) of split \"\(split)\", target \(position); there are \(found)")
      }
    }
    while try rows.step() {
      let (split, position) = (rows.text(0), rows.int64(1))
      let found = expected[ExactName(split)]?.removeValue(forKey: position) ?? 0
      fault(split, position, kept: rows.int64(2), found: found)
    }
    for (split, counts) in expected {
      for (position, count) in counts { fault(split.text, position, kept: 0, found: count) }
    }
    return faults.sorted()
  }

  /// Means and squares depend on the order in which imports were added, by as much as their last digits.
  private func featureFaults(
    _ db: Database, _ id: Int64, _ cells: [FigureCell: CellFigures], featureCount: Int
  ) throws -> [String] {
    let expected = cells.mapValues(\.steps.features).filter { $0.value.count > 0 && featureCount > 0 }
    let rows = try SQLStatement(
      db,
      """
      SELECT split, class, position, count, mean, m2, minimum, maximum, missing
      FROM feature_statistics WHERE dataset_id = ?
      """, arguments: [id])
    var faults: [String] = []
    var seen: [FigureCell: Int] = [:]
    while try rows.step() {
      let cell = FigureCell(split: rows.text(0), classIndex: Int32(clamping: rows.int64(1)))
      let f = Int(rows.int64(2))
      let place = "feature_statistics of split \"\(cell.split)\", class \(cell.classIndex), feature \(f)"
      guard let found = expected[cell], found.mean.indices.contains(f) else {
        faults.append("\(place): there are no such timesteps")
        continue
      }
      seen[cell, default: 0] += 1
      let size = found.counts[f] > 0 ? max(abs(found.minimum[f]), abs(found.maximum[f])) : 0
      let pairs: [(String, Double, Double, Bool)] = [
        ("count", Double(rows.int64(3)), Double(found.counts[f]), rows.int64(3) == found.counts[f]),
        (
          "number of missing cells", Double(rows.int64(8)), Double(found.count - found.counts[f]),
          rows.int64(8) == found.count - found.counts[f]
        ),
        ("mean", rows.double(4), found.mean[f], isNear(rows.double(4), found.mean[f], scale: size)),
        (
          "m2", rows.double(5), found.m2[f],
          isNear(rows.double(5), found.m2[f], scale: 1e-3 * size * size * Double(found.count))
        ),
        ("minimum", rows.double(6), found.minimum[f], rows.double(6) == found.minimum[f]),
        ("maximum", rows.double(7), found.maximum[f], rows.double(7) == found.maximum[f]),
      ]
      for (name, kept, value, isRight) in pairs where !isRight {
        faults.append("\(place) says a \(name) of \(kept); the data gives \(value)")
      }
    }
    for (cell, _) in expected where seen[cell, default: 0] != featureCount {
      faults.append(
        "feature_statistics of split \"\(cell.split)\", class \(cell.classIndex) has \(seen[cell, default: 0]) features, "
          + "expected \(featureCount)")
    }
    return faults.sorted()
  }

  private func isNear(_ a: Double, _ b: Double, scale: Double) -> Bool {
    a.isFinite && b.isFinite ? abs(a - b) <= 1e-9 * max(abs(a), abs(b), scale) : a == b
  }

  /// `column_count says 3 of split "train", column "channel", code 1, in 40 timesteps; there are 4 in 51`.
  private func columnFaults(
    _ db: Database, _ dataset: StoredDataset, _ expected: [FigureCell: ColumnFigures]
  ) throws -> [String] {
    var faults: [String] = []
    let shape = BlobShape(dataset)
    var all: [FigureCell: ColumnFigures] = [:]
    try ColumnFigures.forEachKept(db, shape, where: "dataset_id = ?", [dataset.id]) { cell, add in
      add(&all[cell, default: ColumnFigures(shape)])
    }
    for cell in Set(all.keys).union(expected.keys) {
      let (kept, found) = (all[cell] ?? ColumnFigures(shape), expected[cell] ?? ColumnFigures(shape))
      let group = cell.classIndex < 0 ? "split \"\(cell.split)\"" : "split \"\(cell.split)\", class \(cell.classIndex)"
      for (place, column) in dataset.columns.enumerated() {
        let (a, b) = (kept.moments[place], found.moments[place])
        let name = "of \(group), column \"\(column.name)\""
        let size = b.count > 0 ? max(abs(b.minimum), abs(b.maximum)) : 0
        let scale = 1e-3 * size * size * Double(b.count)
        if (a.count, a.missing) != (b.count, b.missing) {
          faults.append(
            "column_statistics \(name) says \(a.count) cells and \(a.missing) missing; the data gives \(b.count) and \(b.missing)"
          )
        } else if !isNear(a.mean, b.mean, scale: size) || !isNear(a.m2, b.m2, scale: scale)
          || (a.minimum, a.maximum) != (b.minimum, b.maximum)
        {
          faults.append("column_statistics \(name) says a mean of \(a.mean); the data gives \(b.mean)")
        }
        let (counts, right) = (kept.counts[place].all, found.counts[place].all)
        for code in Set(counts.keys).union(right.keys) where counts[code] != right[code] {
          let (a, b) = (counts[code] ?? CodeCount(), right[code] ?? CodeCount())
          faults.append(
            "column_count says \(a.count) \(name), code \(code), in \(a.timesteps) timesteps; there are \(b.count) in \(b.timesteps)"
          )
        }
      }
    }
    return faults.sorted()
  }
}
