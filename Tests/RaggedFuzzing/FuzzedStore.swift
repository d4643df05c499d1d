import Foundation
import GRDB
import Ragged

/// Takes bytes as a store, and reads all that it holds.
///
/// Bytes that begin as SQLite's files do are the file. Others are lines `table column row value`, each of which puts a
/// value of SQL into a cell of a small store, past all its checks: bytes changed at random seldom leave a file that
/// SQLite opens.
enum FuzzedStore {
  // Made once and then only read.
  private static let template = Result { try StoreTemplate() }
  /// A store claims what it likes, and no more is asked of it than this.
  private static let longestRead = 1 << 16

  static func run(_ bytes: [UInt8]) throws {
    let scratch = try Scratch()
    let path = scratch.path("store.ragged")
    if bytes.starts(with: Array("SQLite format 3".utf8)) {
      _ = try scratch.file("store.ragged", bytes)
    } else {
      try edit(String(decoding: bytes.prefix(4096), as: UTF8.self), path)
    }
    try tolerating { try readAll(SequenceStore(path: path, mode: .readOnly)) }
    try tolerating {
      let store = try SequenceStore(path: path, mode: .readWrite, busyTimeout: 0)
      let input = try scratch.file("more.jsonl", #"{"id": "more", "features": [[1, 2]], "target": "u"}"#.utf8)
      var reader = try FileReader(input)
      _ = try store.importSequences(from: &reader, named: "more.jsonl", into: "features")
      try readAll(store)
    }
  }

  private static func edit(_ text: String, _ path: String) throws {
    let template = try template.get()
    try template.bytes.write(to: URL(fileURLWithPath: path))
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF")
      try db.execute(sql: "BEGIN")
      for line in text.split(separator: "\n").prefix(64) {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count == 4, let columns = template.columns[words[0]], columns.contains(words[1]),
          let row = Int(words[2]), row >= 0, let value = value(words[3])
        else { continue }
        let keys = try db.primaryKey(words[0]).columns.map { "\"\($0)\"" }.joined(separator: ", ")
        // A cell that an index or a key forbids keeps its value.
        try? db.execute(
          sql: """
            UPDATE OR FAIL "\(words[0])" SET "\(words[1])" = ?
            WHERE (\(keys)) = (SELECT \(keys) FROM "\(words[0])" ORDER BY \(keys) LIMIT 1 OFFSET ?)
            """, arguments: [value, row])
      }
      try template.restoreSchema(db)
      try db.execute(sql: "COMMIT")
    }
    try queue.close()
  }

  /// `null`, a whole number, a real one, `x'…'`, or else text.
  private static func value(_ word: String) -> DatabaseValue? {
    if word == "null" { return .null }
    if let number = Int64(word) { return number.databaseValue }
    if let number = Double(word), !number.isNaN { return number.databaseValue }
    if word.hasPrefix("x'") {
      let digits = word.dropFirst(2).prefix { $0 != "'" }.compactMap { UInt8(String($0), radix: 16) }
      let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
      return Data(bytes).databaseValue
    }
    return word.databaseValue
  }

  private static func readAll(_ store: SequenceStore) throws {
    try tolerating { _ = try store.runs() }
    try tolerating { _ = try store.datasets() }
    for name in try store.datasets().map(\.name) + ["features", "text", "tokens", "forecast", "labels"] {
      for grouping in DatasetStatistics.Grouping.allCases {
        for condition in [nil, "length >= 0"] {
          try tolerating {
            let figures = try store.statistics(SequenceSelection(dataset: name, condition: condition), by: grouping)
            for group in figures { _ = group.timesteps }
            let encoder = JSONEncoder()
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
              positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            _ = try encoder.encode(figures)
          }
        }
      }
      for order in [SequenceSelection.Order.stored, .key] {
        try tolerating { try read(store.source(SequenceSelection(dataset: name, order: order))) }
      }
      let selection = SequenceSelection(dataset: name, condition: "json_array_length(p) >= 0")
      try tolerating { try read(store.source(selection, choice: ColumnChoice(labels: ["p"]))) }
    }
  }

  private static func read(_ source: StoreSource) throws {
    let all = Array(0..<min(source.count, 64))
    try tolerating { _ = try source.keys(all) }
    try tolerating { _ = try source.splits(all) }
    try tolerating { _ = try source.metadata(all) }
    try tolerating { _ = try source.classes(of: all) }
    source.prepare(all)
    try tolerating { try source.signature.check(source.gather(all)) }
    for position in all {
      try tolerating { try source.signature.check(source.gather([position])) }
      let length = Int(source.lengths[position])
      let part = SequenceSlice(position: position, start: length / 2, count: length - length / 2)
      try tolerating { try source.signature.check(source.gather(slices: [part])) }
    }
    try tolerating { _ = try source.gather(all).padded(PaddingOptions(maximumLength: longestRead)) }
  }
}
