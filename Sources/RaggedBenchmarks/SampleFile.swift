import Foundation
import Ragged

/// A file of random sequences of five features and a class, or of random words.
struct SampleFile {
  let format: FileFormat
  let url: URL
  let byteCount: Int

  /// Writes the file, the same one whenever the arguments are the same.
  init(_ format: FileFormat, sequences: Int, lengths: ClosedRange<Int>, in folder: URL) throws {
    self.format = format
    url = folder.appending(path: "sample.\(format == .text ? "txt" : format.name)")
    _ = FileManager.default.createFile(atPath: url.path, contents: nil)
    let file = try FileHandle(forWritingTo: url)
    defer { try? file.close() }
    var text = SampleText(format)
    var written = 0
    for index in 0..<sequences {
      text.append(index, lengths: lengths)
      if text.bytes.count > 1 << 20 || index == sequences - 1 {
        try file.write(contentsOf: Data(text.bytes))
        written += text.bytes.count
        text.bytes.removeAll(keepingCapacity: true)
      }
    }
    byteCount = written
  }

  func remove() { try? FileManager.default.removeItem(at: url) }

  static func removeStore(_ path: String) {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }

  /// Imports it into a store of its own, which is gone afterwards.
  func imported(in folder: URL, monitor: ProgressMonitor = .none) throws -> ImportReport {
    let path = folder.appending(path: "import.ragged").path
    defer { SampleFile.removeStore(path) }
    let store = try SequenceStore(path: path, mode: .create)
    var reader = try FileReader(url.path, options: format == .text ? TextOptions(unit: .words) : nil)
    return try store.importSequences(
      from: &reader, named: "sample", into: "sample", rowPerTimestep: format == .csv, monitor: monitor)
  }
}

/// Text in one format, a sequence after the other.
private struct SampleText {
  var bytes: [UInt8] = []
  private let format: FileFormat
  private var random = SeededRandom(seed: 1)
  /// Numbers with six decimals, as they are written.
  private let numbers: [[UInt8]]
  private let words: [[UInt8]]

  init(_ format: FileFormat) {
    self.format = format
    var random = SeededRandom(seed: 2)
    numbers = (0..<1 << 14).map { _ in Array(String(format: "%.6f", 3 * random.uniform() - 1.5).utf8) }
    words = (0..<20_000).map { Array("w\($0)".utf8) }
    switch format {
    case .csv: bytes = Array("id,t,a,b,c,d,e,label\n".utf8)
    case .ts: bytes = Array("@dimensions 5\n@classLabel true low high\n@data\n".utf8)
    default: break
    }
  }

  mutating func append(_ index: Int, lengths: ClosedRange<Int>) {
    let length = lengths.lowerBound + random.below(lengths.count)
    let label = index % 2 == 0 ? "low" : "high"
    switch format {
    case .csv, .tsv:
      for t in 0..<length {
        bytes += "s\(index),\(t),".utf8
        for _ in 0..<5 { appendNumber(and: 0x2C) }
        bytes += label.utf8
        bytes.append(0x0A)
      }
    case .jsonl:
      bytes += "{\"id\": \"s\(index)\", \"features\": [".utf8
      for t in 0..<length {
        bytes += t == 0 ? "[".utf8 : ", [".utf8
        for f in 0..<5 {
          if f > 0 { bytes.append(0x20) }
          appendNumber(and: f < 4 ? 0x2C : 0x5D)
        }
      }
      bytes += "], \"target\": \"\(label)\"}\n".utf8
    case .ts:
      for _ in 0..<5 { for t in 0..<length { appendNumber(and: t < length - 1 ? 0x2C : 0x3A) } }
      bytes += "\(label)\n".utf8
    case .text:
      for t in 0..<length {
        if t > 0 { bytes.append(0x20) }
        bytes += words[random.below(words.count)]
      }
      bytes.append(0x0A)
    default: break
    }
  }

  private mutating func appendNumber(and separator: UInt8) {
    bytes += numbers[random.below(numbers.count)]
    bytes.append(separator)
  }
}
