import Foundation
public import RaggedCore

/// Connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber 2006): the likelihood of a list of labels
/// that is shorter than its sequence, over all ways in which it can be aligned with the timesteps.
///
/// At each timestep a model says one of its labels or nothing, the blank. Labels that are said again and again are one, unless a
/// blank stands between them; blanks are left out: `b b – o – o k` is *book*. The loss of a sequence is −log of the sum over
/// all such paths.
///
/// The blank is output 0, and label k (from 0) is output k + 1: what PyTorch's `ctc_loss` and Keras' `ctc` take without being
/// told, and what `Vocabulary` numbers names by.
///
/// A list of L labels, r of which follow the same label, needs L + r timesteps. Where there are fewer the likelihood is 0, and
/// there is nothing to learn: see ``infeasible(in:monitor:)``.
public enum CTC {
  /// The output that stands for no label.
  public static let blank = 0

  /// The timesteps that a list of labels needs: one for each, and one more between two that are the same.
  public static func leastTimesteps(for labels: some Collection<Int32>) -> Int {
    labels.count + zip(labels, labels.dropFirst()).count { $0 == $1 }
  }

  /// The positions of the sequences of a source whose labels do not fit into their valid timesteps, rising. Reads the data
  /// once.
  /// - Throws: what the source throws; ``TrainingError`` for a source whose target is no list of labels; `Cancelled`.
  public static func infeasible(
    in source: some SequenceSource, monitor: ProgressMonitor = .none
  ) throws -> [Int] {
    guard source.signature.target.isLabels else {
      throw TrainingError(
        .dataMismatch, "the data's target is \(source.signature.target.summary), expected a list of labels per sequence"
      )
    }
    var found: [Int] = []
    try source.forEachPart { part in
      try monitor.check()
      guard let lists = part.targets.labelLists else { return }
      for b in 0..<part.count {
        let steps = part.validity.map { validity in part.range(b).count { validity[$0] } } ?? part.length(b)
        if steps < leastTimesteps(for: lists[b]) { found.append(part.ids[b]) }
      }
    }
    return found
  }
}

/// The forward and backward variables of one sequence, in log space and double precision.
///
/// A list of L labels has S = 2L + 1 states: a blank before, between and behind them. α holds what the timesteps up to one say of
/// a state, that one included; β what those behind it say. Memory and work are T · S.
struct CTCLattice {
  /// Timesteps.
  let steps: Int
  /// The output of each state, `[S]`.
  private let states: [Int]
  /// Whether a state can be reached from that two before it: another label stands there.
  private let skips: [Bool]

  /// - Parameter labels: outputs, none of them the blank.
  init(steps: Int, labels: [Int]) {
    self.steps = steps
    var states = [CTC.blank]
    for label in labels { states += [label, CTC.blank] }
    skips = states.indices.map { $0 >= 2 && states[$0] != CTC.blank && states[$0] != states[$0 - 2] }
    self.states = states
  }

  /// −log of the likelihood; infinite where the labels do not fit.
  /// - Parameters:
  ///   - logs: the logarithms of the outputs' probabilities, `[T, width]`.
  ///   - occupancy: where the probability of each output at each timestep, given the labels, is added, `[T, width]`.
  func loss(_ logs: UnsafePointer<Double>, width: Int, occupancy: UnsafeMutablePointer<Double>? = nil) -> Double {
    let count = states.count
    // No timestep says nothing, which is right where there is nothing to say.
    guard steps > 0 else { return count == 1 ? 0 : .infinity }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: (steps + 2) * count) { memory in
      memory.initialize(repeating: -.infinity)
      guard let alpha = memory.baseAddress else { return .infinity }
      alpha[0] = logs[states[0]]
      if count > 1 { alpha[1] = logs[states[1]] }
      for t in 1..<max(1, steps) {
        let (before, now, said) = (alpha + (t - 1) * count, alpha + t * count, logs + t * width)
        for s in 0..<count {
          let sum = Self.logSum(
            before[s], s >= 1 ? before[s - 1] : -.infinity, skips[s] ? before[s - 2] : -.infinity)
          now[s] = sum + said[states[s]]
        }
      }
      let last = alpha + (steps - 1) * count
      let total = Self.logSum(last[count - 1], count > 1 ? last[count - 2] : -.infinity, -.infinity)
      guard let occupancy, total > -.infinity else { return -total }
      let (beta, next) = (alpha + steps * count, alpha + (steps + 1) * count)
      beta[count - 1] = 0
      if count > 1 { beta[count - 2] = 0 }
      for t in stride(from: steps - 1, through: 0, by: -1) {
        let now = alpha + t * count
        for s in 0..<count {
          let share = now[s] + beta[s] - total
          if share > -.infinity { occupancy[t * width + states[s]] += exp(share) }
        }
        guard t > 0 else { break }
        // What is said at t belongs to what stands behind t − 1.
        for s in 0..<count { next[s] = beta[s] + logs[t * width + states[s]] }
        for s in 0..<count {
          beta[s] = Self.logSum(
            next[s], s + 1 < count ? next[s + 1] : -.infinity,
            s + 2 < count && skips[s + 2] ? next[s + 2] : -.infinity)
        }
      }
      return -total
    }
  }

  private static func logSum(_ a: Double, _ b: Double, _ c: Double) -> Double {
    let most = max(a, b, c)
    guard most > -.infinity else { return most }
    return most + log(exp(a - most) + exp(b - most) + exp(c - most))
  }
}
