package import RaggedCore
import Synchronization

/// A monitor that ends the work at a question, and counts the questions.
package final class Questions: Sendable {
  private let asked = Atomic(0)
  private let limit: Int

  /// - Parameter limit: how many questions are answered with the wish to go on.
  package init(endingAfter limit: Int = .max) { self.limit = limit }

  package var count: Int { asked.load(ordering: .relaxed) }

  package var monitor: ProgressMonitor {
    ProgressMonitor(isCancelled: { self.asked.add(1, ordering: .relaxed).newValue > self.limit })
  }
}

extension ProgressMonitor {
  /// Ends the work at the first question.
  package static let ending = ProgressMonitor(isCancelled: { true })
}
