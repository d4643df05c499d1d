/// Whoever waits for work that takes long: told how far it has come, and asked whether it is still wanted.
///
/// Every call that takes long has one as its parameter `monitor`, and ends with ``Cancelled`` once it is no longer wanted.
///
/// ```swift
/// let monitor = ProgressMonitor(isCancelled: { stop.load(ordering: .relaxed) }) { progress in
///   print(progress.done, progress.unit, progress.share ?? 0)
/// }
/// let comparison = try PlanComparison(source, policy: policy, batchCost: 1000, monitor: monitor)
/// ```
public struct ProgressMonitor: Sendable {
  private let asked: @Sendable () -> Bool
  private let told: @Sendable (WorkProgress) -> Void

  /// Nobody: nothing is told, and the work goes on to its end.
  public static let none = ProgressMonitor()

  /// - Parameters:
  ///   - isCancelled: asked from time to time, from any thread; once it is true, the work ends.
  ///   - report: told how far the work has come, from any thread, up to some thousand times.
  public init(
    isCancelled: @escaping @Sendable () -> Bool = { false },
    report: @escaping @Sendable (WorkProgress) -> Void = { _ in }
  ) {
    (asked, told) = (isCancelled, report)
  }

  /// Whether the work is no longer wanted.
  public var isCancelled: Bool { asked() }

  /// Tells how far the work has come.
  public func report(_ progress: WorkProgress) { told(progress) }

  /// Ends work that is no longer wanted.
  /// - Parameter outcome: what there is then of what was to be done.
  /// - Throws: ``Cancelled``.
  public func check(_ outcome: @autoclosure () -> String = Cancelled.unchanged) throws {
    if asked() { throw Cancelled(outcome()) }
  }
}

/// How far work has come.
public struct WorkProgress: Sendable, Equatable {
  /// What is done.
  public enum Work: Sendable {
    /// Finding the sequences of a selection.
    case selecting
    /// Reading sequences: those of a selection for their figures, or files into memory.
    case reading
    /// Deleting sequences.
    case deleting
    /// Giving sequences their splits anew.
    case splitting
    /// Writing a store anew.
    case compacting
    /// Comparing a store with itself.
    case checking
    /// Storing sequences of files.
    case importing
    /// Storing sequences of another store.
    case merging
    /// Writing sequences for other tools.
    case exporting
    /// Planning batches.
    case planning
    /// Judging a model.
    case evaluating
    /// Computing the same sequences in several layouts.
    case verifying
  }

  /// What is counted.
  public enum Unit: Sendable {
    /// Bytes of ``WorkProgress/file``, before decompression.
    case bytes
    /// Sequences.
    case sequences
    /// Plans of an epoch.
    case plans
    /// Layouts of batches.
    case layouts
    /// Equal parts of work that has no number of its own.
    case parts
  }

  /// What is done.
  public var work: Work
  /// How many are done.
  public var done: Int
  /// How many there are; nil where that is not known.
  public var total: Int?
  /// Of what.
  public var unit: Unit
  /// The file at hand, where files are read.
  public var file: String?
  /// Sequences so far, of all files.
  public var sequences = 0
  /// Their timesteps.
  public var timesteps = 0

  /// So many of what there is.
  public init(_ work: Work, _ done: Int, of total: Int?, _ unit: Unit) {
    (self.work, self.done, self.total, self.unit) = (work, done, total, unit)
  }

  /// Bytes of a file, and what came of them and of the files before it.
  public init(_ work: Work, bytes: Int, of file: String, sequences: Int, timesteps: Int) {
    self.init(work, bytes, of: nil, .bytes)
    (self.file, self.sequences, self.timesteps) = (file, sequences, timesteps)
  }

  /// The part that is done, 0…1; nil where that is not known.
  public var share: Double? { total.flatMap { $0 > 0 ? Double(done) / Double($0) : nil } }
}

/// Work that ended because it was no longer wanted.
public struct Cancelled: RaggedError, Equatable {
  /// What there is now of what was to be done.
  public let message: String

  /// - Parameter outcome: what there is now of what was to be done.
  public init(_ outcome: String = Cancelled.unchanged) { message = outcome }

  /// What is said where work leaves nothing behind.
  public static let unchanged = "nothing was changed"

  /// That the caller asked for it.
  public var failureClass: FailureClass { .interrupted }
}
