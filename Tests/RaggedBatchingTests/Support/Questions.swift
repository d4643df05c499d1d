import RaggedCore
import Synchronization

/// A monitor that ends the work at a question, and counts the questions.
final class Questions: Sendable {
  private let asked = Atomic(0)
  private let limit: Int

  /// - Parameter limit: how many questions are answered with the wish to go on.
  init(endingAfter limit: Int = .max) { self.limit = limit }

  var count: Int { asked.load(ordering: .relaxed) }

  var monitor: ProgressMonitor {
    ProgressMonitor(isCancelled: { self.asked.add(1, ordering: .relaxed).newValue > self.limit })
  }
}

extension ProgressMonitor {
  /// Ends the work at the first question.
  static let ending = ProgressMonitor(isCancelled: { true })
}
