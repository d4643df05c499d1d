import Foundation
import RaggedCore
import RaggedStore
import RaggedTraining
import Synchronization

/// Runs of which each of several ranks trains some by itself, run k that of rank k modulo their number; the first rank keeps all
/// of them in its store.
struct SharedRuns {
  let exchange: any GradientExchange
  let store: SequenceStore
  /// Whether the store keeps the runs.
  let keepsRuns: Bool
  let monitor: ProgressMonitor

  /// Whether this rank has a run, by its place from 0.
  func isOwn(_ place: Int) -> Bool { place % exchange.worldSize == exchange.rank }

  /// Whether this rank writes its runs to the store while it trains.
  var writes: Bool { keepsRuns && exchange.rank == 0 }

  /// The files of other runs that those of this rank take the place of.
  /// - Parameter count: the number of runs; files beyond are the first rank's.
  func old(_ name: String, part: String, count: Int) -> [URL] {
    CheckpointFiles.existing(name, part: part) { $0 <= count ? isOwn($0 - 1) : exchange.rank == 0 }
  }

  /// What a rank has done when it meets the others.
  struct Part<Row: Codable & Sendable>: Codable, Sendable {
    /// What its runs came to.
    var rows: [Row] = []
    /// The runs that are still to be kept.
    var runs: [RunRecord] = []
    /// Whether it was asked to end.
    var isCancelled = false
  }

  /// Trains this rank's runs and meets the others, however long these take.
  /// - Parameter train: trains one run after the other and adds to the part; its monitor ends it too where another rank has ended.
  /// - Returns: what all runs came to, on every rank the same, those of the first rank first.
  /// - Throws: what `train` throws; `RankError` where another rank has ended; `Cancelled` where one was asked to.
  func rows<Row: Codable & Sendable>(_ train: (_ part: inout Part<Row>, _ monitor: ProgressMonitor) throws -> Void)
    throws -> [Row]
  {
    var part = Part<Row>()
    guard exchange.worldSize > 1 else {
      try train(&part, monitor)
      return part.rows
    }
    let parts: [Part<Row>] = try exchange.endingTogether {
      let watch = RankWatch(exchange, monitor)
      do {
        try train(&part, watch.monitor)
      } catch is Cancelled {
        try watch.check()
        part.isCancelled = true
      }
      let parts: [Part<Row>] = try exchange.waitingForLong { try exchange.gather(RankValue.bytes(of: part)) }
        .map(RankValue.value)
      if writes { for run in parts.flatMap(\.runs) { try RunKeeper.keep(run, in: store) } }
      // The others stay until the store has them.
      _ = try exchange.waitingForLong { try exchange.sums([0]) }
      return parts
    }
    if parts.contains(where: \.isCancelled) { throw Cancelled() }
    return parts.flatMap(\.rows)
  }
}

/// What ends a run that a rank trains by itself: a wish, or the end of another rank.
private final class RankWatch: Sendable {
  private let exchange: any GradientExchange
  private let wish: ProgressMonitor
  private let failure = Mutex<RankError?>(nil)

  init(_ exchange: any GradientExchange, _ wish: ProgressMonitor) { (self.exchange, self.wish) = (exchange, wish) }

  var monitor: ProgressMonitor {
    ProgressMonitor(isCancelled: { self.wish.isCancelled || self.hasFailed }, report: { self.wish.report($0) })
  }

  private var hasFailed: Bool {
    failure.withLock { failure in
      if failure == nil {
        do { try exchange.checkOthers() } catch { failure = RankError(rank: exchange.rank, error) }
      }
      return failure != nil
    }
  }

  /// - Throws: what ended another rank.
  func check() throws { if let failure = failure.withLock({ $0 }) { throw failure } }
}
