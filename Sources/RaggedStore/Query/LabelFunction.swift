import GRDB
import GRDBSQLite
import RaggedCore

/// The SQL function that makes a JSON array of the labels of a sequence, with which conditions see them: `["a","b"]`, null in the
/// place of a label that is not known.
///
/// Its arguments are the blob and the place of the column among those of labels. For a blob that is none it is NULL.
final class LabelFunction {
  static let name = "ragged_labels"
  /// How each code of each column is written, the first one's being that of a label that is not known.
  private let names: [[String]]

  /// The function for a dataset's columns of labels.
  init(_ columns: [Column]) {
    names = columns.map { column in
      ["null"]
        + (column.vocabulary?.tokens ?? []).map { name in
          var text = ""
          StaticColumns.appendJSON(name, to: &text)
          return text
        }
    }
  }

  /// Puts it in the place of the one that the connection has. The connection keeps it.
  func install(on connection: OpaquePointer) throws {
    let code = sqlite3_create_function_v2(
      connection, LabelFunction.name, 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
      Unmanaged.passRetained(self).toOpaque(),
      { context, _, arguments in
        guard let context, let arguments, let pointer = sqlite3_user_data(context) else { return }
        let function = Unmanaged<LabelFunction>.fromOpaque(pointer).takeUnretainedValue()
        let bytes = UnsafeRawBufferPointer(
          start: sqlite3_value_blob(arguments[0]), count: Int(sqlite3_value_bytes(arguments[0])))
        guard let text = function.text(bytes, column: Int(sqlite3_value_int64(arguments[1]))) else {
          return sqlite3_result_null(context)
        }
        // SQLite makes a copy of it.
        sqlite3_result_text(context, text, -1, unsafeBitCast(-1, to: sqlite3_destructor_type.self))
      }, nil, nil, { pointer in pointer.map { Unmanaged<LabelFunction>.fromOpaque($0).release() } })
    guard code == SQLITE_OK else { throw DatabaseError(code, on: connection) }
  }

  private func text(_ bytes: UnsafeRawBufferPointer, column: Int) -> String? {
    guard names.indices.contains(column), let places = StoredLabels.places(bytes, columns: names.count) else {
      return nil
    }
    let texts = places[column].map { index in
      let code = Int(bytes.number(index, as: Int32.self))
      return names[column].indices.contains(code) ? names[column][code] : "null"
    }
    return "[\(texts.joined(separator: ","))]"
  }
}
