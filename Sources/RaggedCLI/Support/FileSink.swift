import Foundation
import Ragged

/// A file that is there as a whole or not at all: written beside its place and moved when it is finished.
struct FileSink {
  private let path: String
  private let partial: String
  private let handle: FileHandle
  private var buffer = Data()

  init(_ path: String) throws {
    self.path = path
    partial = path + ".part"
    guard FileManager.default.createFile(atPath: partial, contents: nil),
      let handle = FileHandle(forWritingAtPath: partial)
    else {
      throw WriterError(
        path: path, problem: "cannot write: \(String(cString: strerror(errno)))", failureClass: .cannotCreate)
    }
    self.handle = handle
  }

  mutating func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 1 << 16 { try flush() }
  }

  mutating func finish() throws {
    try flush()
    try? handle.close()
    guard rename(partial, path) == 0 else {
      let reason = String(cString: strerror(errno))
      discard()
      throw WriterError(path: path, problem: "cannot write: \(reason)", failureClass: .cannotCreate)
    }
  }

  func discard() { try? FileManager.default.removeItem(atPath: partial) }

  private mutating func flush() throws {
    do {
      try handle.write(contentsOf: buffer)
      buffer.removeAll(keepingCapacity: true)
    } catch {
      let reason = String(cString: strerror(errno))
      discard()
      throw WriterError(path: path, problem: "cannot write: \(reason)", failureClass: .inputOutput)
    }
  }
}
