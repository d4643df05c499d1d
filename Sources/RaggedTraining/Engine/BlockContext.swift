import CRaggedKernels
import RaggedCore

/// Everything that one thread needs to take one block through all layers, forward and backward.
final class BlockContext {
  let kernels: rk_kernels
  let arena: Arena
  /// The compacted batch's buffers.
  let batch: BatchView
  let block: Block
  /// The weights as the kernels read them.
  let packed: UnsafePointer<Float>
  /// The weights as they are.
  let parameters: UnsafePointer<Float>
  /// Where this block's gradients are added; nil where none are wanted.
  let gradients: UnsafeMutablePointer<Float>?
  /// The states before each sequence, by operation; most models have none.
  let initialStates: [Int: StateView]
  /// Seed of this step's dropout; nil outside training.
  let dropoutSeed: UInt64?
  /// Whether the gradient of the model's input is wanted too.
  var wantsInputGradient: Bool { batch.inputGradient != nil || batch.staticGradient != nil }
  /// What each operation keeps for its way back.
  var saved: [Saved]

  init(
    kernels: rk_kernels, arena: Arena, batch: BatchView, block: Block, packed: UnsafePointer<Float>,
    parameters: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>?, initialStates: [Int: StateView],
    dropoutSeed: UInt64?, operationCount: Int
  ) {
    self.kernels = kernels
    self.arena = arena
    self.batch = batch
    self.block = block
    self.packed = packed
    self.parameters = parameters
    self.gradients = gradients
    self.initialStates = initialStates
    self.dropoutSeed = dropoutSeed
    saved = Array(repeating: .nothing, count: operationCount)
  }

  /// Calls `body` with the plane's row and the batch's row of every timestep of the block.
  func forEachTimestep(_ body: (_ row: Int, _ item: Int) -> Void) {
    for (sequence, batchRow) in block.rows.enumerated() {
      let first = batch.offsets[batchRow]
      for t in 0..<block.lengths[sequence] { body(block.row(sequence, t), first + t) }
    }
  }

  /// Brings what a batch holds for every timestep, `[N, width]` numbers of 32 bits, into the block's order.
  func gather(_ source: UnsafeRawPointer, width: Int, to target: UnsafeMutableRawPointer, stride: Int) {
    block.starts.withUnsafeBufferPointer { starts in
      block.rows.withUnsafeBufferPointer { rows in
        block.lengths.withUnsafeBufferPointer { lengths in
          var call = rk_gather()
          call.sequences = block.occupied
          call.width = width
          call.items = batch.timesteps
          call.rows = rows.baseAddress
          call.lengths = lengths.baseAddress
          call.offsets = batch.offsets
          call.starts = starts.baseAddress
          call.source = source
          call.target = target
          call.stride = stride
          kernels.gather(&call)
        }
      }
    }
  }

  /// y = x · weights + bias, row by row.
  func multiply(_ x: Plane, inputs: Int, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?, to y: Plane) {
    var call = rk_affine()
    call.rows = x.rows
    call.inputs = inputs
    call.outputs = y.width
    call.weights = weights
    call.bias = bias
    call.x = UnsafePointer(x.base)
    call.y = y.base
    call.x_stride = x.stride
    call.y_stride = y.stride
    kernels.affine(&call)
  }

  /// target[k, n] += Σ a[m, k] b[m, n], and sums[n] += Σ b[m, n]. With `gateColumns`, b is a plane of gates,
  /// which gives that many columns.
  func addOuter(
    _ a: Plane, _ b: Plane, gateColumns: Int? = nil, to target: UnsafeMutablePointer<Float>,
    sums: UnsafeMutablePointer<Float>? = nil
  ) {
    var call = rk_outer()
    call.rows = a.rows
    call.inputs = a.width
    call.outputs = gateColumns ?? b.width
    call.gated = gateColumns == nil ? 0 : 1
    call.a = UnsafePointer(a.base)
    call.b = UnsafePointer(b.base)
    call.out = target
    call.sums = sums
    call.a_stride = a.stride
    call.b_stride = b.stride
    kernels.outer(&call)
  }
}

/// What an operation keeps between its forward and its backward pass.
enum Saved {
  case nothing
  case planes([Plane])
  case passes([CellPass])
}

/// Pointers to the cells of a compacted batch, a row per timestep or per sequence.
struct CellsView {
  /// `[rows, F]`.
  var values: UnsafePointer<Float>?
  /// `[rows, C]`.
  var codes: UnsafePointer<Int32>?
  /// `[rows, F]`; nil where all numbers were observed.
  var observed: UnsafePointer<Bool>?
}

/// Pointers into a compacted batch.
struct BatchView {
  /// The cells of the timesteps: N rows.
  var input: CellsView
  /// Those of the sequences: B rows.
  var statics: CellsView
  /// N.
  var timesteps: Int
  /// `[B + 1]`.
  var offsets: UnsafePointer<Int>
  /// `[B]`: what sets a row's dropout apart from another's.
  var ids: UnsafePointer<Int>
  /// The timestep of its sequence with which every row begins, where a batch is a part of longer sequences.
  var firstStep = 0
  /// Whether the last output of a row without timesteps is what its state holds.
  var goesOn = false
  /// How numbers are normalised.
  var scales = NumberScales()
  /// `[N, F]`, where the gradient of the numbers per timestep goes, if it is wanted.
  var inputGradient: UnsafeMutablePointer<Float>?
  /// `[B, F]`, zeros, where that of the numbers per sequence goes, if it is wanted.
  var staticGradient: UnsafeMutablePointer<Float>?
}
