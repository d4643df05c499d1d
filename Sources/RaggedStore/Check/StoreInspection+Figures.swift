import GRDB
import RaggedCore

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
      if !isMissing("feature_statistics") {
        faults += try featureFaults(db, id, cells, featureCount: BlobShape(dataset.signature).featureCount)
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

  /// Means and squares depend on the order in which imports were added, by as much as their last digits.
  private func featureFaults(
    _ db: Database, _ id: Int64, _ cells: [FigureCell: CellFigures], featureCount: Int
  ) throws -> [String] {
    let expected = cells.mapValues(\.steps.features).filter { $0.value.count > 0 && featureCount > 0 }
    let rows = try SQLStatement(
      db,
      """
      SELECT split, class, position, count, mean, m2, minimum, maximum FROM feature_statistics WHERE dataset_id = ?
      """, arguments: [id])
    var faults: [String] = []
    var seen: [FigureCell: Int] = [:]
    func isNear(_ a: Double, _ b: Double, scale: Double) -> Bool {
      a.isFinite && b.isFinite ? abs(a - b) <= 1e-9 * max(abs(a), abs(b), scale) : a == b
    }
    while try rows.step() {
      let cell = FigureCell(split: rows.text(0), classIndex: Int32(clamping: rows.int64(1)))
      let f = Int(rows.int64(2))
      let place = "feature_statistics of split \"\(cell.split)\", class \(cell.classIndex), feature \(f)"
      guard let found = expected[cell], found.mean.indices.contains(f) else {
        faults.append("\(place): there are no such timesteps")
        continue
      }
      seen[cell, default: 0] += 1
      let size = max(abs(found.minimum[f]), abs(found.maximum[f]))
      let pairs: [(String, Double, Double, Bool)] = [
        ("count", Double(rows.int64(3)), Double(found.count), rows.int64(3) == found.count),
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
}
