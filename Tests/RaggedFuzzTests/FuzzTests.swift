import Foundation
import RaggedFuzzing
import Testing

/// No bytes make a reader trap, ask for memory without bounds or break a law: the files of `fixtures/fuzz`, and broken
/// copies of them, the same in every run.
@Suite struct FuzzTests {
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("fixtures")

  /// The files of a folder, in the order of their names.
  static func files(_ folder: String) -> [(name: String, bytes: [UInt8])] {
    let place = fixtures.appendingPathComponent(folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
    return names.sorted().compactMap { name in
      (try? Data(contentsOf: place.appendingPathComponent(name))).map { (name, Array($0)) }
    }
  }

  /// Whether a file of the readers' own fixtures is of the target's format.
  static func reads(_ target: FuzzTarget, _ name: String) -> Bool {
    switch (target, name.split(separator: ".").last) {
    case (.layouts, "csv"), (.layouts, "tsv"), (.table, "csv"), (.table, "tsv"), (.jsonl, "jsonl"), (.ts, "ts"),
      (.text, "txt"), (.text, "gz"):
      true
    case (.tsf, "tsf"), (.arff, "arff"), (.tagged, "conll"), (.tagged, "conllu"): true
    case (.npz, "npz"), (.npz, "npy"), (.tfrecord, "tfrecord"), (.parquet, "parquet"): true
    default: false
    }
  }

  /// Mutations of each target: about twenty seconds of an unoptimised build each. libFuzzer goes on from there.
  static func rounds(_ target: FuzzTarget) -> Int {
    switch target {
    case .store: 40
    // Each is read with a dozen options.
    case .table, .layouts: 150
    case .condition, .parquet, .join, .xes, .database, .checkpoint, .safetensors, .weights: 300
    case .jsonl, .tagged, .text, .npz, .tfrecord: 600
    case .ts, .tsf, .arff: 1000
    }
  }

  /// Runs the target; where it traps, the file stays behind with what it was given.
  static func run(_ target: FuzzTarget, _ bytes: [UInt8], leaving file: URL) throws -> String? {
    try Data(bytes).write(to: file)
    return target.run(bytes)
  }

  @Test(.timeLimit(.minutes(60)), arguments: FuzzTarget.allCases)
  func everyInputIsSurvived(target: FuzzTarget) throws {
    let last = FileManager.default.temporaryDirectory.appendingPathComponent("ragged-trap.\(target.rawValue)")
    defer { try? FileManager.default.removeItem(at: last) }
    let seeds = Self.files("fuzz/\(target.rawValue)")
    #expect(seeds.count >= 3)
    for seed in seeds {
      let broken = try Self.run(target, seed.bytes, leaving: last)
      #expect(broken == nil, "\(seed.name)")
    }
    let more = ["input", "input/bad", "ecosystem", "parquet"].flatMap(Self.files).filter { Self.reads(target, $0.name) }
    var mutator = Mutator(seed: 7, pool: (seeds + more).map(\.bytes))
    for round in 0..<Self.rounds(target) {
      let bytes = mutator.next()
      guard let broken = try Self.run(target, bytes, leaving: last) else { continue }
      Issue.record("mutation \(round): \(broken)\n\(Data(bytes).base64EncodedString())")
      return
    }
  }
}
