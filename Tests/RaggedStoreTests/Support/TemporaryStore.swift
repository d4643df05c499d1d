import Foundation
import GRDB
import RaggedCore

@testable import RaggedFormats
@testable import RaggedStore

/// A directory that is gone when the object is.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("ragged-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// A store in the directory.
  func store(_ name: String = "a.ragged") throws -> SequenceStore {
    try SequenceStore(path: file(name), mode: .create)
  }
}

extension SequenceStore {
  /// Imports records into `dataset`.
  @discardableResult
  func add(
    _ records: [SequenceRecord], _ description: InputDescription = .classified, into dataset: String = "d",
    named source: String = "a.csv", options: ImportOptions = ImportOptions()
  ) throws -> ImportReport {
    var reader = ArrayReader(description, records)
    return try importSequences(from: &reader, named: source, into: dataset, options: options)
  }

  /// Runs SQL that breaks what the store promises, past its own checks.
  func vandalise(_ sql: String) throws {
    try database.writeWithoutTransaction { db in
      try db.execute(
        sql: "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON")
      try db.execute(sql: sql)
    }
  }

  /// The split of each key.
  func splits(_ dataset: String = "d") throws -> [String: String] {
    let source = try source(SequenceSelection(dataset: dataset))
    let all = Array(0..<source.count)
    return Dictionary(uniqueKeysWithValues: zip(try source.keys(all), try source.splits(all)))
  }
}

/// Calls `body` with the path of a file of these bytes, which is removed afterwards.
func withFile<Result>(_ name: String, _ bytes: some Sequence<UInt8>, _ body: (String) throws -> Result) throws -> Result
{
  let directory = try TemporaryDirectory()
  let path = directory.file(name)
  try Data(bytes).write(to: URL(filePath: path))
  return try withExtendedLifetime(directory) { try body(path) }
}
