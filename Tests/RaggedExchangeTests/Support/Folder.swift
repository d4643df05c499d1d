import Foundation
import RaggedCore
import RaggedExchange
import Testing

/// A folder for one test; removed with it.
final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "ragged-exchange-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    try Data(bytes).write(to: URL(filePath: file(name)))
    return file(name)
  }
}

/// The fixtures of these tests.
func fixture(_ name: String) -> String {
  URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../fixtures/exchange/\(name)")
    .standardizedFileURL.path
}

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

/// The message of the error that `body` throws.
func message(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) -> String {
  let error = #expect(throws: ExchangeError.self, sourceLocation: sourceLocation) { try body() }
  return error?.message ?? ""
}
