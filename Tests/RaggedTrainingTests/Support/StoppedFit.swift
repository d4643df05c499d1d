import RaggedBatching
import RaggedCore
import RaggedTraining
import Synchronization

extension Trainer {
  /// Trains until so many steps were taken, or to the end.
  /// - Returns: nil where it ended before the end.
  @discardableResult
  func fit(
    _ batches: some BatchSource, _ options: FitOptions, state: inout TrainingState, stoppingAfter steps: Int
  ) throws -> FitOutcome? {
    let taken = Atomic(0)
    do {
      return try fit(
        batches, options, state: &state, report: { if case .step = $0 { taken.add(1, ordering: .relaxed) } },
        monitor: ProgressMonitor(isCancelled: { taken.load(ordering: .relaxed) >= steps }))
    } catch is Cancelled { return nil }
  }
}
