import CRaggedKernels
import RaggedCore

/// Drops a share of a plane's numbers in training, in a pattern that depends on the step, the operation, the sequence's id,
/// the timestep within its sequence and the unit: not on padding, blocks or threads.
struct DropoutOperation: Sendable {
  /// Its place in the program: each operation has a pattern of its own.
  var index: Int
  var rate: Float
  /// Whether a sequence drops the same units at all timesteps.
  var isConstantInTime = false
  /// Whether its input has one row a sequence rather than timesteps.
  var isPerSequence = false

  /// `[rows, units]` -> the same shape.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    guard context.dropoutSeed != nil, rate > 0 else { return x }
    let y = context.arena.plane(rows: x.rows, width: x.width)
    apply(context, x, y)
    return y
  }

  /// The same pattern over the gradient, in place.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    if context.dropoutSeed != nil, rate > 0 { apply(context, dy, dy) }
    return dy
  }

  private func apply(_ context: BlockContext, _ x: Plane, _ y: Plane) {
    let seeds = seeds(context, count: x.rows)
    seeds.withUnsafeBufferPointer { seeds in
      var call = rk_dropout()
      call.rows = x.rows
      call.width = x.width
      call.x = UnsafePointer(x.base)
      call.y = y.base
      call.seeds = seeds.baseAddress
      call.threshold = UInt32(min(Double(rate) * 0x1p32, Double(UInt32.max)))
      call.scale = 1 / (1 - rate)
      call.x_stride = x.stride
      call.y_stride = y.stride
      context.kernels.dropout(&call)
    }
  }

  private func seeds(_ context: BlockContext, count: Int) -> [UInt32] {
    let block = context.block
    let key = StableHash.mix((context.dropoutSeed ?? 0) &+ UInt64(index) &* 0x9e37_79b9_7f4a_7c15)
    var seeds = [UInt32](repeating: 0, count: count)
    for (sequence, batchRow) in block.rows.enumerated() {
      let row = StableHash.mix(key &+ UInt64(bitPattern: Int64(context.batch.ids[batchRow])))
      if isPerSequence {
        seeds[sequence] = UInt32(truncatingIfNeeded: row)
        continue
      }
      for t in 0..<block.lengths[sequence] {
        let step = isConstantInTime ? row : StableHash.mix(row &+ UInt64(context.batch.firstStep + t + 1))
        seeds[block.row(sequence, t)] = UInt32(truncatingIfNeeded: step)
      }
    }
    return seeds
  }
}
