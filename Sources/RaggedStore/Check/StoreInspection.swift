import GRDB
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

  /// Adds a problem.
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
        figures[id] = KeptFigures(shape: BlobShape(dataset.signature), datasetID: id)
      } catch let error as StoreError {
        add(.dataset, dataset: name, error.message)
      }
    }
  }
}
