import CRaggedKernels
import RaggedCore

/// The targets and weights of one block, in the lanes of its outputs.
struct TargetPlanes {
  private let lanes: Int
  private let weights: Plane
  private let real: Plane
  private var classes: UnsafeMutablePointer<Int32>?
  private var values: Plane?

  /// Lays out the targets of the block's sequences: a column a timestep or a column a sequence.
  init(_ context: BlockContext, targets: TargetView, weights rowWeights: UnsafePointer<Float>, isPerSequence: Bool) {
    lanes = context.lanes
    let steps = isPerSequence ? context.block.sequenceSteps : context.block.steps
    weights = Plane(base: context.arena.zeros(rows: steps), stride: lanes, rows: 1, steps: steps, lanes: lanes)
    real = Plane(base: context.arena.zeros(rows: steps), stride: lanes, rows: 1, steps: steps, lanes: lanes)
    if let width = targets.width {
      let plane = context.arena.plane(steps: steps, rows: width)
      plane.clear()
      values = plane
    } else {
      let memory = UnsafeMutableRawPointer(context.arena.zeros(rows: steps))
      classes = memory.bindMemory(to: Int32.self, capacity: steps * lanes)
    }
    for (slot, placement) in context.block.placements.enumerated() {
      let weight = rowWeights[placement.row]
      if isPerSequence {
        place(targets, item: placement.row, step: slot / lanes, lane: slot % lanes, weight)
      } else {
        let first = context.batch.offsets[placement.row]
        for t in 0..<placement.length {
          place(targets, item: first + t, step: placement.start + t, lane: placement.lane, weight)
        }
      }
    }
  }

  private func place(_ targets: TargetView, item: Int, step: Int, lane: Int, _ weight: Float) {
    weights.base[step * lanes + lane] = weight
    real.base[step * lanes + lane] = 1
    if let source = targets.classes { classes?[step * lanes + lane] = source[item] }
    if let source = targets.values, let width = targets.width, let values {
      for r in 0..<width { values.step(step)[r * lanes + lane] = source[item * width + r] }
    }
  }

  /// The block's loss and, where `dy` is given, the gradient of the outputs times `scale`.
  func judge(_ context: BlockContext, _ loss: Loss, _ y: Plane, dy: Plane?, scale: Float) -> LossSum {
    var call = rk_loss()
    call.width = Int64(y.rows)
    call.steps = Int64(y.steps)
    call.loss = loss.code
    call.y = UnsafePointer(y.base)
    call.weight = UnsafePointer(weights.base)
    call.real = UnsafePointer(real.base)
    call.classes = UnsafePointer(classes)
    call.values = UnsafePointer(values?.base)
    call.value_stride = Int64(values?.stride ?? 0)
    call.d_y = dy?.base
    call.scale = scale
    call.y_stride = Int64(y.stride)
    context.kernels.loss(&call)
    var sum = LossSum()
    (sum.loss, sum.hits, sum.counted) = (call.loss_sum, call.hits, call.counted)
    return sum
  }
}

/// Pointers to the targets of a compacted batch.
struct TargetView {
  /// `[B]` or `[N]`.
  var classes: UnsafePointer<Int32>?
  /// `[B, width]` or `[N, width]`.
  var values: UnsafePointer<Float>?
  /// nil for classes.
  var width: Int?
}
