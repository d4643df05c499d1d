import Foundation
import RaggedCore

/// A loss of a whole sequence, for which all its timesteps are looked at together.
///
/// The outputs are the scores of a block's timesteps, those of its sequences one below the other as ``Block`` has them: there is no
/// padding, and what a sequence comes to depends on nothing but itself.
enum SequenceLoss {
  case ctc
  case crf(CRFOperation)

  /// The block's losses.
  /// - Parameters:
  ///   - y: scores, `[rows, K]`: logits.
  ///   - dy: where their gradient goes, times `scale`.
  ///   - losses: where those of the batch go, without weights: `[B]` for labels; `[N]` for tags, of which each has its
  ///     part of its sequence's.
  ///   - weights: those of the rows, `[B]`.
  func judge(
    _ context: BlockContext, _ y: Plane, dy: Plane?, losses: UnsafeMutablePointer<Float>?, targets: TargetView,
    weights: UnsafePointer<Float>, scale: Float
  ) -> LossSum {
    var sum = LossSum()
    for sequence in context.block.rows.indices {
      switch self {
      case .ctc:
        Self.judgeLabels(
          context, sequence, y, dy, losses, targets, weight: weights[context.block.rows[sequence]], scale, &sum)
      case .crf(let crf):
        crf.judge(context, sequence, y, dy, losses, targets, weight: weights[context.block.rows[sequence]], scale, &sum)
      }
    }
    return sum
  }

  private static func judgeLabels(
    _ context: BlockContext, _ sequence: Int, _ y: Plane, _ dy: Plane?, _ losses: UnsafeMutablePointer<Float>?,
    _ targets: TargetView, weight: Float, _ scale: Float, _ sum: inout LossSum
  ) {
    let (block, width) = (context.block, y.width)
    let (row, steps) = (block.rows[sequence], block.lengths[sequence])
    guard let offsets = targets.labelOffsets else { return }
    let truth = UnsafeBufferPointer(
      start: targets.labels.map { $0 + offsets[row] },
      count: targets.labels == nil ? 0 : offsets[row + 1] - offsets[row])
    let said = CTC.greedyLabels(steps: steps, width: width) { UnsafePointer(y.row(block.row(sequence, $0))) }
    sum.labelErrors += Double(CTC.edits(from: said, to: truth))
    sum.labelCount += Double(truth.count)
    sum.counted += 1
    if said.elementsEqual(truth) { sum.hits += 1 }
    if let dy { for t in 0..<steps { dy.row(block.row(sequence, t)).update(repeating: 0, count: width) } }
    losses?[row] = 0
    guard LabelFit(truth, steps: steps, outputs: width) == .fits else {
      sum.unaligned += 1
      return
    }
    let lattice = CTCLattice(steps: steps, labels: truth.map { Int($0) + 1 })
    withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, 2 * steps * width)) { memory in
      memory.initialize(repeating: 0)
      guard let logs = memory.baseAddress else { return }
      for t in 0..<steps { logSoftmax(y.row(block.row(sequence, t)), width, to: logs + t * width) }
      let occupancy = dy == nil ? nil : logs + steps * width
      let loss = lattice.loss(logs, width: width, occupancy: occupancy)
      losses?[row] = Float(loss)
      sum.loss += Double(weight) * loss
      guard let dy, let occupancy else { return }
      let factor = Double(weight) * Double(scale)
      for t in 0..<steps {
        let target = dy.row(block.row(sequence, t))
        for k in 0..<width { target[k] = Float(factor * (exp(logs[t * width + k]) - occupancy[t * width + k])) }
      }
    }
  }

  /// log of a softmax, in double precision.
  static func logSoftmax(_ scores: UnsafePointer<Float>, _ width: Int, to logs: UnsafeMutablePointer<Double>) {
    var most = -Double.infinity
    for k in 0..<width { most = max(most, Double(scores[k])) }
    var sum = 0.0
    for k in 0..<width { sum += exp(Double(scores[k]) - most) }
    let total = most + log(sum)
    for k in 0..<width { logs[k] = Double(scores[k]) - total }
  }
}

/// Whether a list of labels can be aligned with the timesteps of its sequence.
enum LabelFit: Equatable {
  case fits
  /// It has a label that the model does not know.
  case unknown
  /// It needs this many timesteps.
  case tooLong(needed: Int)

  init(_ labels: some Collection<Int32>, steps: Int, outputs: Int) {
    if labels.contains(where: { $0 < 0 || Int($0) >= outputs - 1 }) {
      self = .unknown
    } else {
      let needed = CTC.leastTimesteps(for: labels)
      self = needed <= steps ? .fits : .tooLong(needed: needed)
    }
  }
}

extension LossWeights {
  /// Those of lists of labels: a sequence has one loss, whatever the reduction, so that a mean is over sequences. What cannot be
  /// aligned has none.
  init(labels lists: LabelLists, of batch: SequenceBatch, outputs: Int) {
    rows = batch.weights ?? Array(repeating: 1, count: batch.count)
    total = 0
    for b in 0..<batch.count {
      guard LabelFit(lists[b], steps: batch.length(b), outputs: outputs) == .fits else {
        rows[b] = 0
        continue
      }
      total += Double(rows[b])
    }
  }
}
