import Foundation
import Ragged

/// What a store costs as it grows: a store of each size is made once, measured, and removed.
struct StoreBenchmarks {
  /// Sequences of the stores, each ten times as many as before.
  var sizes: [Int]
  /// Sequences up to which keys in no order are imported, too.
  var randomKeysUpTo = 1_000_000
  /// Sequences of mean length 55 of the files that are compared with their floats.
  var longSizes: [Int]
  /// Told what is measured now.
  var note: (String) -> Void

  /// One sequence in a hundred is of a group.
  private static let (groups, group) = (100, "\"group\" = 'g7'")
  private static let dataset = "sequences"

  func run() throws -> StoreTable {
    try ScratchFolder.with { folder in
      var table = StoreTable(sizes: sizes, longSizes: longSizes)
      for size in sizes {
        let path = folder.appending(path: "store.ragged").path
        try measure(path, size: size, &table)
        SampleFile.removeStore(path)
      }
      for size in longSizes { try measureFile(folder.appending(path: "long.ragged").path, size: size, &table) }
      return table
    }
  }

  private func measure(_ path: String, size: Int, _ table: inout StoreTable) throws {
    func noting(_ what: String) { note("\(size.grouped) sequences: \(what)") }
    let repeats = size < 1_000_000 ? 5 : 1
    noting("import")
    ProcessMemory.restartPeak()
    let counting = try Self.imported(path, size: size, keys: .counting)
    table.add(.importing, size, counting)
    table.add(.importRate, size, Double(size) / counting / 1e6)
    if let bytes = ProcessMemory.peak.bytes { table.add(.importMemory, size, Double(bytes) / 1e6) }
    if size <= randomKeysUpTo {
      noting("import of keys in no order")
      let other = path + ".random"
      let random = try Self.imported(other, size: size, keys: .random)
      SampleFile.removeStore(other)
      table.add(.importingRandom, size, random)
      table.add(.randomAgainstCounting, size, random / counting)
    }

    table.add(.fileSize, size, Double(try Self.byteCount(path)) / Double(size))
    noting("opening, stats, reading")
    let opening = try Self.seconds(repeats: 9) { _ = try SequenceStore(path: path) }
    table.add(.opening, size, 1000 * opening)
    let store = try SequenceStore(path: path)
    let all = SequenceSelection(dataset: Self.dataset)
    table.add(.stats, size, 1000 * (try Self.seconds(repeats: 9) { _ = try store.statistics(all, by: .class) }))
    table.add(.source, size, try Self.seconds(repeats: repeats) { _ = try store.source(all) })
    for (row, condition) in [(StoreTable.Row.whereClass, "class = 'high'"), (.whereGroup, Self.group)] {
      let selection = SequenceSelection(dataset: Self.dataset, condition: condition, conditionTimeLimit: 600)
      table.add(row, size, try Self.seconds(repeats: repeats) { _ = try store.source(selection) })
    }
    table.add(.gather, size, 1000 * (try gather(store.source(all))))

    noting("check")
    ProcessMemory.restartPeak()
    let check = try Self.seconds(repeats: repeats) {
      let report = try SequenceStore.check(path: path)
      guard report.isSound, report.sequences == size else { throw StoreError(.damaged, "\(path): is not sound") }
    }
    table.add(.check, size, check)
    if let bytes = ProcessMemory.peak.bytes { table.add(.checkMemory, size, Double(bytes) / 1e6) }

    noting("delete, compact")
    let hundredth = SequenceSelection(dataset: Self.dataset, condition: Self.group, conditionTimeLimit: 600)
    table.add(.delete, size, try Self.seconds(repeats: 1) { try store.deleteSequences(hundredth) })
    table.add(.compact, size, try Self.seconds(repeats: 1) { try store.compact() })
  }

  /// Seconds of a shuffled batch of 256 out of memory.
  private func gather(_ source: StoreSource) throws -> Double {
    let plan = BatchPlan(lengths: source.lengths, policy: BatchPolicy(batchSize: 256, seed: 3), epoch: 1)
    let times = try plan.prefix(400).map { batch in
      try Self.seconds(repeats: 1) { _ = try source.gather(batch.positions) }
    }
    return times.median
  }

  /// The file of sequences of 10 to 99 timesteps against their floats alone.
  private func measureFile(_ path: String, size: Int, _ table: inout StoreTable) throws {
    note("\(size.grouped) sequences of mean length 55")
    defer { SampleFile.removeStore(path) }
    var reader = RandomReader(sequences: size, lengths: 10..<101)
    // The store is closed with this statement, and what its log holds goes into the file.
    let report = try SequenceStore(path: path, mode: .create)
      .importSequences(from: &reader, named: "random", into: Self.dataset)
    let floats = 4 * 5 * report.timesteps
    table.add(.floats, size, Double(try Self.byteCount(path)) / Double(floats))
  }

  /// Imports sequences of 1 to 3 timesteps of two numbers into a new store: small ones, for a store that is compacted
  /// takes three times the disk.
  /// - Returns: the seconds until they were committed.
  private static func imported(_ path: String, size: Int, keys: RandomReader.Keys) throws -> Double {
    var reader = RandomReader(sequences: size, lengths: 1..<4, features: 2, keys: keys, groups: groups)
    let store = try SequenceStore(path: path, mode: .create)
    return try store.importSequences(from: &reader, named: "random", into: dataset).seconds
  }

  /// The median of the seconds that `body` takes.
  private static func seconds(repeats: Int, _ body: () throws -> Void) rethrows -> Double {
    try (0..<repeats).map { _ in try ContinuousClock().measure(body) / .seconds(1) }.median
  }

  /// Bytes of a store's file, into which all of the log has gone.
  private static func byteCount(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return attributes[.size] as? Int ?? 0
  }
}
