import CRaggedKernels
import RaggedCore

/// In training, sets a share of its inputs to zero and scales the rest up; elsewhere the identity.
public struct Dropout: Layer, Equatable, Codable {
  /// The share that is dropped.
  public var rate: Float

  /// A dropout of this rate.
  public init(_ rate: Float) { self.rate = rate }

  /// The layer as a value.
  public var spec: LayerSpec { LayerSpec(kind: self) }
}

extension Dropout: LayerKind {
  static let name = "dropout"
  static let title = "Dropout"

  init(_ call: LayerCall, for signature: SequenceSignature) throws {
    rate = try call.number("the rate", as: Float.self)
  }

  var arguments: [String] { ["\(rate)"] }
  var range: OutputRange { .asBefore }

  func add(to builder: inout ProgramBuilder, named name: String) throws {
    try builder.checkRate(rate)
    builder.program.operations.append(
      DropoutOperation(
        index: builder.program.operations.count, rate: rate, isPerSequence: builder.program.isPerSequence))
  }
}

/// Drops a share of a plane's numbers in training, in a pattern that depends on the step, the operation, the sequence's id,
/// the timestep within its sequence and the unit: not on padding, blocks or threads.
struct DropoutOperation: Operation {
  /// Its place in the program: each operation has a pattern of its own.
  var index: Int
  var rate: Float
  /// Whether a sequence drops the same units at all timesteps.
  var isConstantInTime = false
  /// Whether its input has one row per sequence rather than timesteps.
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
