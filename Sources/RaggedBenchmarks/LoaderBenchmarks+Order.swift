import Foundation
import Ragged

/// The shuffle for stores larger than memory, between stored order and a full shuffle.
extension LoaderBenchmarks {
  /// Pools of 8,000 sequences, which stay in the processor's cache, and one of 80,000.
  private static let blocks: [BatchPolicy.Shuffle] = [
    .blocks(size: 1000, pool: 8), .blocks(size: 100, pool: 80), .blocks(size: 10_000, pool: 8),
  ]

  /// Batches of 256 gathered in each order, sequences a second, and how random the orders are.
  func orders(_ store: SequenceStore, _ report: (Figure) -> Void) throws {
    let source = try store.source(SequenceSelection(dataset: "classes"))
    func policy(_ shuffle: BatchPolicy.Shuffle) -> BatchPolicy {
      BatchPolicy(batchSize: 256, shuffle: shuffle, seed: 3)
    }
    func plan(_ shuffle: BatchPolicy.Shuffle, _ lengths: [Int32]) -> BatchPlan {
      BatchPlan(lengths: lengths, policy: policy(shuffle), epoch: 1)
    }
    func read(_ plan: some Sequence<PlannedBatch>) throws {
      for batch in plan { _ = try source.gather(batch.positions) }
    }
    func show(_ name: String, _ value: Double, _ unit: String, bar: Double? = nil) {
      report(Figure("1 gathered in batches of 256, by order", name, value, unit, bar.map(Bar.atLeast)))
    }
    func showRate(_ name: String, _ sequences: Int, milliseconds: Double) {
      show(name, Double(sequences) / milliseconds / 1000, "M/s")
    }
    let thread = Stopwatch(threads: 1, repeats: max(3, watch.repeats / 4))
    let stored = plan(.none, source.lengths)
    for shuffle in [.full] + Self.blocks {
      let plan = plan(shuffle, source.lengths)
      let (inTurn, shuffled) = try thread.milliseconds({ try read(stored) }, { try read(plan) })
      if shuffle == .full { showRate("stored order", source.count, milliseconds: inTurn) }
      showRate("\(shuffle)", source.count, milliseconds: shuffled)
      show("\(shuffle) against stored order", inTurn / shuffled, "ratio", bar: shuffle == Self.blocks[0] ? 0.8 : nil)
    }
    // The worst case for blocks: sequences that are stored by their lengths.
    let rising = source.lengths.sorted()
    for shuffle in [.full] + Self.blocks {
      let quality = plan(shuffle, rising).shuffleQuality(lengths: rising)
      show("\(shuffle), moved", quality.displacement ?? 0, "ratio")
      show("\(shuffle), lengths stored by length", quality.lengthImbalance ?? 0, "ratio")
    }
    #if os(Linux)
      // An epoch of a file that is not in memory: in a store that is larger than memory hardly any page that is wanted
      // would be.
      for shuffle in [.none, .full] + Self.blocks {
        var sequences = 0
        let times = try (0..<3).map { _ in
          let batches = try PlannedBatches(source, policy: policy(shuffle))
          let steps = batches.stepCount(epoch: 1)
          try Self.forget(store.path)
          let time = try ContinuousClock().measure {
            sequences = try (0..<steps).reduce(0) { try $0 + batches.batch(epoch: 1, step: $1).count }
          }
          return time / .milliseconds(1)
        }
        let name = shuffle == .none ? "stored order" : "\(shuffle)"
        showRate("\(name), from the disk", sequences, milliseconds: times.median)
      }
    #endif
  }

  #if os(Linux)
    /// Makes the system forget a file that it keeps in memory: first where the process has it mapped, then all of it.
    private static func forget(_ path: String) throws {
      for line in try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).split(separator: "\n")
      where line.hasSuffix(path) {
        let ends = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
        guard ends.count == 2 else { continue }
        madvise(UnsafeMutableRawPointer(bitPattern: ends[0]), Int(ends[1] - ends[0]), MADV_DONTNEED)
      }
      let file = open(path, O_RDONLY)
      defer { close(file) }
      fsync(file)
      posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
    }
  #endif
}
