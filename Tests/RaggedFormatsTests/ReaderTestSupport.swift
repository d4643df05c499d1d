import Foundation
import RaggedFormats

/// Where the input fixtures are.
let inputFixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures/input")

/// What a whole file came to when bad sequences are left out.
struct Reading {
  var description: InputDescription?
  var records: [SequenceRecord] = []
  var errors: [InputError] = []
  var keys: [String] { records.map(\.key) }
  /// The messages, the folder of the file left out.
  var messages: [String] = []
}

/// Reads a file to its end or to a fatal error.
func readAll(
  _ path: String, format: FileFormat? = nil, options: (any FormatOptions)? = nil, facts: FileFacts = FileFacts(),
  place: FilePlace? = nil
) -> Reading {
  var result = Reading()
  let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path + "/"
  func note(_ error: any Error) -> Bool {
    guard let error = error as? InputError else { return true }
    result.errors.append(error)
    result.messages.append(error.message.replacingOccurrences(of: folder, with: ""))
    return error.isFatal
  }
  do {
    var reader = try FileReader(path, format: format, options: options, facts: facts, place: place)
    result.description = try reader.description()
    while true {
      do {
        guard let record = try reader.next() else { break }
        result.records.append(record)
      } catch {
        if note(error) { break }
      }
    }
  } catch { _ = note(error) }
  return result
}

extension SequenceRecord {
  /// The record without its further columns.
  var bare: SequenceRecord {
    var bare = self
    bare.cells = []
    return bare
  }
}

/// Reads a fixture.
func readFixture(
  _ name: String, format: FileFormat? = nil, options: (any FormatOptions)? = nil, facts: FileFacts = FileFacts()
) -> Reading {
  readAll(inputFixtures.appendingPathComponent(name).path, format: format, options: options, facts: facts)
}

/// Calls `body` with the path of a file of these bytes, which is removed afterwards.
func withFile<Result>(_ name: String, _ bytes: some Sequence<UInt8>, _ body: (String) throws -> Result) throws -> Result
{
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ragged-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let file = folder.appendingPathComponent(name)
  try Data(bytes).write(to: file)
  return try body(file.path)
}

/// Reads text as if it were a file of that name.
func readText(_ name: String, _ text: String, options: (any FormatOptions)? = nil) throws -> Reading {
  try withFile(name, text.utf8) { readAll($0, options: options) }
}
