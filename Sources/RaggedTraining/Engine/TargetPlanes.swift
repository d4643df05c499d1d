import CRaggedKernels
import RaggedCore

/// The targets and weights of one block, in the order of its outputs.
struct TargetPlanes {
  private let weights: UnsafeMutablePointer<Float>  // [rows]
  private var classes: UnsafeMutablePointer<Int32>?  // [rows]
  private var values: UnsafeMutablePointer<Float>?  // [rows, width]
  private let targets: TargetView

  /// Lays out the targets of the block's sequences: a row a timestep or a row a sequence.
  init(_ context: BlockContext, targets: TargetView, weights rowWeights: UnsafePointer<Float>, isPerSequence: Bool) {
    self.targets = targets
    let block = context.block
    let count = isPerSequence ? block.rows.count : block.timesteps
    weights = context.arena.floats(count)
    if let width = targets.width {
      values = context.arena.floats(count * width)
    } else {
      classes = context.arena.integers(count)
    }
    for (sequence, row) in block.rows.enumerated() {
      let weight = rowWeights[row]
      if isPerSequence {
        place(item: row, at: sequence, weight)
      } else {
        let first = context.batch.offsets[row]
        for t in 0..<block.lengths[sequence] { place(item: first + t, at: block.row(sequence, t), weight) }
      }
    }
  }

  private func place(item: Int, at row: Int, _ weight: Float) {
    weights[row] = weight
    if let source = targets.classes { classes?[row] = source[item] }
    if let source = targets.values, let width = targets.width {
      values.map { $0 + row * width }?.update(from: source + item * width, count: width)
    }
  }

  /// The block's loss and, where `dy` is given, the gradient of the outputs times `scale`.
  func judge(_ context: BlockContext, _ loss: Loss, _ y: Plane, dy: Plane?, scale: Float) -> LossSum {
    var call = rk_loss()
    call.rows = y.rows
    call.width = y.width
    call.loss = loss.code
    call.y = UnsafePointer(y.base)
    call.weight = UnsafePointer(weights)
    call.classes = UnsafePointer(classes)
    call.values = UnsafePointer(values)
    call.value_stride = targets.width ?? 0
    call.d_y = dy?.base
    call.d_stride = dy?.stride ?? 0
    call.scratch = context.arena.floats(3 * y.width * rk_together)
    call.scale = scale
    call.y_stride = y.stride
    context.kernels.loss(&call)
    var sum = LossSum()
    (sum.loss, sum.hits, sum.counted) = (call.loss_sum, Double(call.hits), Double(y.rows))
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
