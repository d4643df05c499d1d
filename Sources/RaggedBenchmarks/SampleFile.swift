import Foundation
import Ragged

/// A file of random sequences, the same one whenever the arguments are the same.
struct SampleFile {
  /// What the file looks like.
  enum Kind: String, CaseIterable {
    /// A row a timestep: a time, five features and a class.
    case csv
    /// The same rows in the order of their times, so that those of thousands of sequences interleave.
    case scattered
    /// A row an event: a time, three numbers and two categories.
    case mixed
    /// Five features a timestep and a class a sequence, an object a line.
    case jsonl
    /// The same as `.ts`.
    case ts
    /// Words.
    case text

    var format: FileFormat {
      switch self {
      case .csv, .scattered, .mixed: .csv
      case .jsonl: .jsonl
      case .ts: .ts
      case .text: .text
      }
    }
    /// Whether a row is a timestep.
    var isTable: Bool { format == .csv }
  }

  let kind: Kind
  let url: URL
  private(set) var byteCount = 0

  /// Writes the file.
  init(_ kind: Kind, sequences: Int, lengths: ClosedRange<Int>, in folder: URL) throws {
    self.kind = kind
    url = folder.appending(path: "sample.\(kind == .text ? "txt" : kind.format.name)")
    _ = FileManager.default.createFile(atPath: url.path, contents: nil)
    let file = try FileHandle(forWritingTo: url)
    defer { try? file.close() }
    var text = SampleText(kind)
    func flush(to written: inout Int) throws {
      try file.write(contentsOf: Data(text.bytes))
      written += text.bytes.count
      text.bytes.removeAll(keepingCapacity: true)
    }
    if kind == .scattered {
      for t in 0..<lengths.upperBound {
        for index in 0..<sequences where t < SampleText.length(index, lengths) { text.appendRow(index, t) }
        try flush(to: &byteCount)
      }
      return
    }
    for index in 0..<sequences {
      text.append(index, length: SampleText.length(index, lengths))
      if text.bytes.count > 1 << 20 || index == sequences - 1 { try flush(to: &byteCount) }
    }
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
    let options: (any FormatOptions)? =
      switch kind {
      case .text: TextOptions(unit: .words)
      case .mixed: TableOptions(id: "case")
      case .csv, .scattered, .jsonl, .ts: nil
      }
    var reader = try FileReader(url.path, options: options)
    return try store.importSequences(
      from: &reader, named: "sample", into: "sample", rowPerTimestep: kind.isTable, monitor: monitor)
  }
}

/// Text of one kind, a sequence or a row after the other.
private struct SampleText {
  var bytes: [UInt8] = []
  private let kind: SampleFile.Kind
  private var random = SeededRandom(seed: 1)
  /// Numbers with six decimals, as they are written.
  private let numbers: [[UInt8]]
  private let words: [[UInt8]]

  init(_ kind: SampleFile.Kind) {
    self.kind = kind
    var random = SeededRandom(seed: 2)
    numbers = (0..<1 << 14).map { _ in Array(String(format: "%.6f", 3 * random.uniform() - 1.5).utf8) }
    words = (0..<20_000).map { Array("w\($0)".utf8) }
    switch kind {
    case .csv, .scattered: bytes = Array("id,t,a,b,c,d,e,label\n".utf8)
    case .mixed: bytes = Array("case,when,amount,cost,load,activity,resource\n".utf8)
    case .ts: bytes = Array("@dimensions 5\n@classLabel true low high\n@data\n".utf8)
    case .jsonl, .text: break
    }
  }

  /// The length of a sequence, drawn by its number alone.
  static func length(_ index: Int, _ lengths: ClosedRange<Int>) -> Int {
    var random = SeededRandom(seed: UInt64(index))
    return lengths.lowerBound + random.below(lengths.count)
  }

  private static func label(_ index: Int) -> String { index % 2 == 0 ? "low" : "high" }

  mutating func append(_ index: Int, length: Int) {
    switch kind {
    case .csv, .scattered, .mixed: for t in 0..<length { appendRow(index, t) }
    case .jsonl:
      bytes += "{\"id\": \"s\(index)\", \"features\": [".utf8
      for t in 0..<length {
        bytes += t == 0 ? "[".utf8 : ", [".utf8
        for f in 0..<5 {
          if f > 0 { bytes.append(0x20) }
          appendNumber(and: f < 4 ? 0x2C : 0x5D)
        }
      }
      bytes += "], \"target\": \"\(SampleText.label(index))\"}\n".utf8
    case .ts:
      for _ in 0..<5 { for t in 0..<length { appendNumber(and: t < length - 1 ? 0x2C : 0x3A) } }
      bytes += "\(SampleText.label(index))\n".utf8
    case .text:
      for t in 0..<length {
        if t > 0 { bytes.append(0x20) }
        bytes += words[random.below(words.count)]
      }
      bytes.append(0x0A)
    }
  }

  mutating func appendRow(_ index: Int, _ t: Int) {
    guard kind == .mixed else {
      bytes += "s\(index),\(t),".utf8
      for _ in 0..<5 { appendNumber(and: 0x2C) }
      bytes += SampleText.label(index).utf8
      bytes.append(0x0A)
      return
    }
    let minutes = index % 30_000 + 7 * t
    func pair(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (day, hour, minute) = (pair(1 + minutes / 1440 % 28), pair(minutes / 60 % 24), pair(minutes % 60))
    bytes += "c\(index),2024-03-\(day)T\(hour):\(minute):00,".utf8
    for _ in 0..<3 { appendNumber(and: 0x2C) }
    bytes += "activity \(random.below(20)),resource \(random.below(50))\n".utf8
  }

  private mutating func appendNumber(and separator: UInt8) {
    bytes += numbers[random.below(numbers.count)]
    bytes.append(separator)
  }
}
