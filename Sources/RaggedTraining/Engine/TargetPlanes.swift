import CRaggedKernels
import RaggedCore

/// The targets and weights of one block, in the order of its outputs.
struct TargetPlanes {
  private let weights: UnsafeMutablePointer<Float>  // [rows]
  private var classes: UnsafeMutablePointer<Int32>?  // [rows]
  private var values: UnsafeMutablePointer<Float>?  // [rows, width]
  private let targets: TargetView
  /// Rows whose target was not observed: they have no loss and are not judged.
  private var unobserved = 0
  /// Whether some values of a row were observed and others not.
  private var hasGaps = false

  /// A class that the model does not know: it has no loss, and is judged to be wrong.
  static let unknownClass = BatchTargets.unobservedClass - 1

  /// Lays out the targets of the block's sequences: a row per timestep or a row per sequence.
  init(
    _ context: BlockContext, targets: TargetView, weights rowWeights: UnsafePointer<Float>, isPerSequence: Bool,
    masksValues: Bool
  ) {
    self.targets = targets
    let block = context.block
    let count = isPerSequence ? block.rows.count : block.timesteps
    weights = context.arena.floats(count)
    if let width = targets.width {
      values = context.arena.floats(count * width)
    } else {
      classes = context.arena.integers(count)
    }
    if isPerSequence {
      for (sequence, row) in block.rows.enumerated() { place(row: row, at: sequence, rowWeights[row]) }
    } else {
      spread(rowWeights, over: block)
      if let source = targets.stepWeights { multiply(source, context, count) }
      if let source = targets.classes, let classes { context.gather(source, width: 1, to: classes, stride: 1) }
      if let source = targets.values, let width = targets.width, let values {
        context.gather(source, width: width, to: values, stride: width)
      }
    }
    if let classes {
      for place in 0..<count where classes[place] < 0 {
        weights[place] = 0
        if classes[place] == BatchTargets.unobservedClass { unobserved += 1 }
      }
    }
    if let values, let width = targets.width {
      for place in 0..<count {
        let row = UnsafeMutableBufferPointer(start: values + place * width, count: width)
        guard row.contains(where: \.isNaN) else { continue }
        if masksValues, row.contains(where: { !$0.isNaN }) {
          hasGaps = true
          continue
        }
        row.update(repeating: 0)
        weights[place] = 0
        unobserved += 1
      }
    }
  }

  /// The weight of its sequence for every timestep.
  private func spread(_ rowWeights: UnsafePointer<Float>, over block: Block) {
    var t = 0
    // The longest sequences come first: those that a timestep has are the first ones.
    for count in stride(from: block.occupied, to: 0, by: -1) {
      while t < block.lengths[count - 1] {
        for sequence in 0..<count { weights[block.starts[t] + sequence] = rowWeights[block.rows[sequence]] }
        t += 1
      }
    }
  }

  /// Each timestep's own weight.
  private func multiply(_ source: UnsafePointer<Float>, _ context: BlockContext, _ count: Int) {
    let own = context.arena.floats(count)
    context.gather(source, width: 1, to: own, stride: 1)
    for place in 0..<count { weights[place] *= own[place] }
  }

  private func place(row: Int, at place: Int, _ weight: Float) {
    weights[place] = weight
    if let source = targets.classes { classes?[place] = source[row] }
    if let source = targets.values, let width = targets.width {
      values.map { $0 + place * width }?.update(from: source + row * width, count: width)
    }
  }

  /// Puts the outputs where a value was not observed, so that it has neither a loss nor a gradient.
  private func fillGaps(as y: Plane) {
    guard hasGaps, let values, let width = targets.width, width == y.width else { return }
    for place in 0..<y.rows {
      let (row, outputs) = (values + place * width, y.row(place))
      for k in 0..<width where row[k].isNaN { row[k] = outputs[k] }
    }
  }

  /// The block's loss, where `dy` is given the gradient of the outputs times `scale`, and where `losses` is given each
  /// row's.
  /// - Parameter loss: the kernels' number of it.
  func judge(
    _ context: BlockContext, _ loss: Int32, _ y: Plane, dy: Plane?, losses: UnsafeMutablePointer<Float>?, scale: Float
  ) -> LossSum {
    fillGaps(as: y)
    var call = rk_loss()
    call.rows = y.rows
    call.width = y.width
    call.loss = loss
    call.y = UnsafePointer(y.base)
    call.weight = UnsafePointer(weights)
    call.classes = UnsafePointer(classes)
    call.values = UnsafePointer(values)
    call.value_stride = targets.width ?? 0
    call.d_y = dy?.base
    call.d_stride = dy?.stride ?? 0
    call.losses = losses
    call.scratch = context.arena.floats(3 * y.width * rk_together)
    call.scale = scale
    call.y_stride = y.stride
    context.kernels.loss(&call)
    var sum = LossSum()
    (sum.loss, sum.hits, sum.counted) = (call.loss_sum, Double(call.hits), Double(y.rows - unobserved))
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
  /// `[N]`; nil counts all timesteps alike.
  var stepWeights: UnsafePointer<Float>?
  /// Lists of labels, end to end, and where each begins, `[B + 1]`; nil for other targets.
  var labels: UnsafePointer<Int32>?
  var labelOffsets: UnsafePointer<Int>?
}
