import ArgumentParser
import Foundation
import Ragged

/// What `ragged export` can write: formats of data, which a store gives, and of models, which a checkpoint gives.
enum ExportFormat: String, ExpressibleByArgument, CaseIterable {
  case npz, jsonl, csv, ts, tfrecord
  case safetensors, keras, onnx

  /// The format of data; nil for a format of models.
  var data: SequenceExport.Format? { SequenceExport.Format(rawValue: rawValue) }
  /// The format of models; nil for a format of data.
  var model: ModelFormat? { ModelFormat(rawValue: rawValue) }

  /// The format that a file's name stands for.
  init?(fileName: String) {
    // The name of an .npz stands for data first.
    guard let name = SequenceExport.Format(fileName: fileName)?.rawValue ?? ModelFormat(path: fileName)?.rawValue else {
      return nil
    }
    self.init(rawValue: name)
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
