import GRDB
import RaggedCore

/// A row of `dataset` with the names that belong to it.
struct StoredDataset {
  var id: Int64
  var name: String
  var createdAt: String
  var signature: SequenceSignature
  /// Whether its classes were declared, so that no others may come.
  var hasDeclaredClasses: Bool

  /// - Throws: ``StoreError`` where there is no dataset of that name, or its rows contradict each other.
  static func fetch(_ db: Database, named name: String, path: String) throws -> StoredDataset {
    if let dataset = try find(db, named: name, path: path) { return dataset }
    let known = try String.fetchAll(db, sql: "SELECT name FROM dataset ORDER BY name LIMIT 21")
    throw StoreError.unknown("dataset", name, in: path, known: known)
  }

  /// The dataset of that name, nil where there is none.
  static func find(_ db: Database, named name: String, path: String) throws -> StoredDataset? {
    guard let row = try Row.fetchOne(db, sql: "SELECT * FROM dataset WHERE name = ?", arguments: [name]) else {
      return nil
    }
    let id: Int64 = row["id"]
    func names(_ table: String, from first: Int = 0, column: String = "name") throws -> [String] {
      let sql = "SELECT position, \(column) FROM \(table) WHERE dataset_id = ? ORDER BY position"
      let rows = try Row.fetchCursor(db, sql: sql, arguments: [id])
      var result: [String] = []
      while let row = try rows.next() {
        guard row[0] == Int64(result.count + first) else {
          throw StoreError(.damaged, "\(path): dataset \"\(name)\" has gaps in the positions of its \(table)s")
        }
        result.append(row[1])
      }
      return result
    }

    let input: InputSignature
    switch row["input_kind"] as String {
    case "features":
      let features = try names("feature")
      guard row["feature_count"] == features.count else {
        let claimed: Int64 = row["feature_count"]
        throw StoreError(
          .damaged, "\(path): dataset \"\(name)\" claims \(claimed) features and names \(features.count)")
      }
      input = .features(features)
    case "tokens":
      let size: Int64 = row["token_size"]
      guard size <= Int64(Int32.max) + 1 else {
        throw StoreError(.damaged, "\(path): dataset \"\(name)\" claims \(size) tokens")
      }
      input = .tokens(size: Int(size), vocabulary: nil)
    default:
      let unit = Vocabulary.Unit(rawValue: row["token_unit"]) ?? .words
      let vocabulary = Vocabulary(unit: unit, tokens: try names("token", from: 1, column: "token"))
      input = .tokens(size: vocabulary.size, vocabulary: vocabulary)
    }
    let target: TargetSignature
    switch row["target_kind"] as String {
    case "class_per_sequence": target = .classPerSequence(try names("class"))
    case "class_per_timestep": target = .classPerTimestep(try names("class"))
    case "values_per_sequence": target = .valuesPerSequence(try names("target_value"))
    case "values_per_timestep": target = .valuesPerTimestep(try names("target_value"))
    default: target = .none
    }
    if !target.isClass, row["target_width"] != target.names.count {
      let claimed: Int64 = row["target_width"]
      throw StoreError(
        .damaged, "\(path): dataset \"\(name)\" claims \(claimed) target values and names \(target.names.count)")
    }
    return StoredDataset(
      id: id, name: name, createdAt: row["created_at"], signature: SequenceSignature(input: input, target: target),
      hasDeclaredClasses: row["classes_declared"] == 1)
  }
}
