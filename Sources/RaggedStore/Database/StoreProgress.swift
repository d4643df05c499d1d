import RaggedCore

/// Work in stages, told to whoever waits for it about a thousand times.
final class StoreJob {
  private let work: WorkProgress.Work
  private let monitor: ProgressMonitor
  /// The share of the whole that each stage takes.
  private let stages: [Double]
  /// The share of the stages before this one.
  private var before = 0.0
  private var stage = -1
  private var (start, width, next) = (Int64(0), 1.0, Int64.max)

  /// - Parameter stages: how long each takes, in any unit.
  init(_ work: WorkProgress.Work, stages: [Double], _ monitor: ProgressMonitor) {
    self.work = work
    self.monitor = monitor
    let sum = stages.reduce(0, +)
    self.stages = stages.map { $0 / sum }
  }

  /// Begins the next stage, which goes through these numbers in rising order.
  func begin(_ range: ClosedRange<Int64>) {
    if stage >= 0 { before += stages[min(stage, stages.count - 1)] }
    stage += 1
    start = range.lowerBound
    // A file from elsewhere may have its ids at both ends of all numbers.
    width = max(1, Double(range.upperBound) - Double(start))
    next = start
  }

  /// Says that the stage has come to this number.
  func reach(_ position: Int64) {
    guard position >= next, stages.indices.contains(stage) else { return }
    let done = min(1, (Double(position) - Double(start)) / width)
    tell(min(0.9999, before + done * stages[stage]))
    next = Int64(exactly: (Double(position) + width / 1000).rounded(.up)) ?? .max
  }

  /// Says that it is over.
  func end() { tell(1) }

  private func tell(_ share: Double) {
    let parts = 1_000_000
    monitor.report(WorkProgress(work, Int(share * Double(parts)), of: parts, .parts))
  }
}

extension SequenceStore {
  /// Does work in stages.
  func job<T>(_ work: WorkProgress.Work, stages: [Double], _ body: (StoreJob) throws -> T) rethrows -> T {
    let job = StoreJob(work, stages: stages, monitor)
    defer { job.end() }
    return try body(job)
  }
}

extension ClosedRange<Int64> {
  /// The same numbers in up to a hundred parts of at least 10,000, so that it can be said how far a statement over all of
  /// them has come.
  var parts: [ClosedRange<Int64>] {
    // From one end of all numbers to the other there are more than the type holds.
    let span = UInt64(bitPattern: upperBound &- lowerBound)
    let width = Swift.max(10_000, span / 100 + 1)
    return (0...span / width).map { part in
      let first = lowerBound &+ Int64(bitPattern: part * width)
      return first...(first &+ Int64(bitPattern: Swift.min(width - 1, span - part * width)))
    }
  }
}
