import RaggedBatching
import RaggedCore
import Synchronization
import Testing

/// A source that keeps what it was told of and asked for, in order.
private final class ListeningSource: ReadAheadSource {
  enum Event: Equatable {
    case announced(Int)
    case gathered(Int)
  }

  let base: InMemorySource
  private let log = Mutex<[Event]>([])

  init(_ lengths: [Int]) throws { base = try numberedSource(lengths) }

  var signature: SequenceSignature { base.signature }
  var lengths: [Int32] { base.lengths }
  var fingerprint: UInt64 { base.fingerprint }
  var events: [Event] { log.withLock { $0 } }

  func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    log.withLock { $0 += slices.map { Event.gathered($0.position) } }
    return try base.gather(slices: slices)
  }

  func readAhead(_ positions: [Int]) { log.withLock { $0 += positions.map(Event.announced) } }
}

/// A source is told of what comes next, once and before it is asked.
@Suite struct AnnouncementTests {
  private static let orders: [BatchPolicy.Shuffle] = [
    .none, .full, .blocks(size: 10, pool: 3), .blocks(size: 1, pool: 1),
  ]

  @Test(arguments: orders)
  func allButTheFirstBatchIsAnnouncedOnceAndBefore(_ shuffle: BatchPolicy.Shuffle) throws {
    let source = try ListeningSource((0..<700).map { $0 % 7 })
    let batches = try PlannedBatches(source, policy: BatchPolicy(grouping: .buckets(2), batchSize: 4, shuffle: shuffle))
    for step in 0..<batches.stepCount(epoch: 1) { _ = try batches.batch(epoch: 1, step: step) }
    let first = batches.plan(epoch: 1)[0].positions
    var announced: Set<Int> = []
    for event in source.events {
      switch event {
      case .announced(let position): #expect(announced.insert(position).inserted, "\(position) twice")
      case .gathered(let position): #expect(announced.contains(position) || first.contains(position))
      }
    }
    #expect(announced == Set(0..<700).subtracting(first))
  }

  /// No more than a pool and the one after it is announced ahead of its use.
  @Test func announcementsAreBounded() throws {
    let source = try ListeningSource(Array(repeating: 3, count: 1000))
    let policy = BatchPolicy(batchSize: 5, shuffle: .blocks(size: 10, pool: 4))
    let batches = try PlannedBatches(source, policy: policy)
    var waiting = 0
    for step in 0..<batches.stepCount(epoch: 1) {
      let before = source.events.count
      _ = try batches.batch(epoch: 1, step: step)
      for event in source.events[before...] {
        if case .announced = event { waiting += 1 } else if step > 0 { waiting -= 1 }
      }
      #expect(waiting <= 2 * 40)
    }
  }

  @Test func aRunThatGoesOnAnnouncesTheRest() throws {
    let source = try ListeningSource(Array(repeating: 3, count: 400))
    let batches = try PlannedBatches(source, policy: BatchPolicy(batchSize: 4, shuffle: .blocks(size: 10, pool: 2)))
    for step in 37..<100 { _ = try batches.batch(epoch: 2, step: step) }
    let plan = batches.plan(epoch: 2)
    let announced = source.events.compactMap { if case .announced(let position) = $0 { position } else { nil } }
    #expect(announced == (38..<100).flatMap { plan[$0].positions })
  }

  @Test func partsAndWindowsTellTheirBase() throws {
    let source = try ListeningSource([9, 2, 9, 9])
    try source.subset([3, 1, 2]).prepare([0, 2, 77])
    try source.windows(Windowing(length: 3, stride: 3)).prepare([0, 1, 2, 5, 100])
    #expect(source.events == [3, 2, 0, 2].map { .announced($0) })
  }
}
