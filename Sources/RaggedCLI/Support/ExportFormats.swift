public import ArgumentParser
import Foundation
public import Ragged

/// What `ragged export` can write: formats of data, which a store gives, and of models, which a checkpoint gives.
struct ExportFormat: ExpressibleByArgument {
  let name: String

  /// The format of data; nil for a format of models.
  var data: FileFormat? { FormatRegistry.writable.first { $0.name == name } }
  /// The format of models; nil for a format of data.
  var model: ModelFormat? { ModelFormat(rawValue: name) }

  init?(argument: String) {
    guard ExportFormat.allValueStrings.contains(argument) else { return nil }
    name = argument
  }

  /// The format that a file's name stands for; that of an .npz stands for data first.
  init?(fileName: String) {
    let data = FileFormat(fileName: fileName)
    guard let name = data.flatMap({ $0.isWritten ? $0.name : nil }) ?? ModelFormat(path: fileName)?.rawValue else {
      return nil
    }
    self.name = name
  }

  static var allValueStrings: [String] {
    FormatRegistry.writable.map(\.name) + ModelFormat.allCases.map(\.rawValue)
  }
}

/// What a file is, by its first bytes.
enum FileKind {
  case store, model, other

  /// - Throws: ``InputError`` where there is no such file or it cannot be read.
  init(of path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw InputError(file: path, problem: "no such file", isFatal: true, failureClass: .noInput)
    }
    guard let file = FileHandle(forReadingAtPath: path), let head = try? file.read(upToCount: 16) else {
      throw InputError(file: path, problem: "cannot be read", isFatal: true, failureClass: .noInput)
    }
    try? file.close()
    self =
      head.starts(with: Data("SQLite format 3\0".utf8))
      ? .store : head.starts(with: Data("RAGGEDCK".utf8)) ? .model : .other
  }
}

extension SequenceExport.Layout: ExpressibleByArgument {}

extension [ModelFormat] {
  /// `.safetensors or .npz`.
  var endings: String { map { "." + $0.fileExtension }.choiceText }
  /// Those that weights are read from.
  static var readable: [ModelFormat] { ModelFormat.allCases.filter(\.isReadable) }
}
