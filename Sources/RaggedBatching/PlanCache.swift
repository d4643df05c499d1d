import Synchronization

/// The batches of one epoch as a ``PlanCache`` keeps them.
protocol EpochPlan: Sendable {
  var stepCount: Int { get }
}

extension BatchPlan: EpochPlan {
  var stepCount: Int { count }
}

extension StatefulPlan: EpochPlan {}

extension ShardedPlan: EpochPlan {}

/// The plans of the epochs used last, made when they are asked for; safe to use from several threads.
///
/// Two of them, for a reader that is ahead of the trainer at an epoch's end, but one where a plan takes megabytes. Whoever
/// waits for the reader asks for the number of steps alone, which is remembered of more epochs.
final class PlanCache<Plan: EpochPlan>: Sendable {
  private struct Recent {
    var plans: [(epoch: Int, plan: Plan)] = []  // the one used last first
    var stepCounts: [(epoch: Int, count: Int)] = []  // the newest first
  }

  private let recent = Mutex(Recent())
  private let limit: Int
  private let isFixed: Bool
  private let make: @Sendable (_ epoch: Int) -> Plan

  /// - Parameters:
  ///   - sequences: the number of sequences in a plan.
  ///   - isFixed: whether all epochs have the plan of epoch 1.
  ///   - make: the plan of an epoch, the same whenever it is asked for.
  init(sequences: Int, isFixed: Bool, make: @escaping @Sendable (_ epoch: Int) -> Plan) {
    limit = sequences < 1 << 20 ? 2 : 1
    self.isFixed = isFixed
    self.make = make
  }

  func plan(_ epoch: Int) -> Plan {
    let epoch = isFixed ? 1 : epoch
    return recent.withLock { recent in
      if let place = recent.plans.firstIndex(where: { $0.epoch == epoch }) {
        recent.plans.swapAt(0, place)
        return recent.plans[0].plan
      }
      // One that is no longer wanted makes room before the next is made.
      recent.plans.removeLast(max(0, recent.plans.count + 1 - limit))
      let plan = make(epoch)
      recent.plans.insert((epoch, plan), at: 0)
      recent.stepCounts = [(epoch, plan.stepCount)] + recent.stepCounts.prefix(3)
      return plan
    }
  }

  func stepCount(_ epoch: Int) -> Int {
    let number = isFixed ? 1 : epoch
    return recent.withLock { $0.stepCounts.first { $0.epoch == number }?.count } ?? plan(epoch).stepCount
  }
}
