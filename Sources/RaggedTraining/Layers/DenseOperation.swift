import CRaggedKernels

/// activation(x · kernel + bias) over every row of a plane.
struct DenseOperation: Sendable {
  /// Its place in the program.
  var index: Int
  var inputs: Int
  var units: Int
  var activation: Activation
  /// Where the kernel `[inputs, units]`, then the bias `[units]`, begin among the parameters.
  var kernel: Int
  /// Where the packed weights begin: the kernel, then the kernel transposed.
  var packed: Int

  var packedCount: Int { backOffset + units * inputs.paddedToVectors }
  private var backOffset: Int { inputs * units.paddedToVectors }
  private var bias: Int { kernel + inputs * units }

  private var code: Int32 {
    switch activation {
    case .linear: Int32(RK_LINEAR)
    case .relu: Int32(RK_RELU)
    case .sigmoid: Int32(RK_SIGMOID)
    case .tanh: Int32(RK_TANH)
    case .softmax: Int32(RK_SOFTMAX)
    }
  }

  func packing(forTheWayBack: Bool) -> [Packing] {
    let forward: Packing = { source, target, kernels in
      kernels.pack_matrix(source + kernel, inputs, units, units, 1, target + packed)
    }
    let back: Packing = { source, target, kernels in
      kernels.pack_matrix(source + kernel, units, inputs, 1, units, target + packed + backOffset)
    }
    return forTheWayBack ? [forward, back] : [forward]
  }

  /// `[rows, inputs]` -> `[rows, units]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let y = context.arena.plane(rows: x.rows, width: units)
    context.multiply(x, inputs: inputs, weights: context.packed + packed, bias: context.parameters + bias, to: y)
    activate(context, y)
    context.saved[index] = .dense(x: x, y: y)
    return y
  }

  /// activation(y), in place.
  func activate(_ context: BlockContext, _ y: Plane) {
    var call = activationCall(context, y)
    context.kernels.activate(&call)
  }

  /// The gradient of x, and those of the kernel and the bias.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard case .dense(let x, let y) = context.saved[index] else { return nil }
    var call = activationCall(context, y)
    call.d = dy.base
    call.d_stride = dy.stride
    context.kernels.activate_backward(&call)
    if let gradients = context.gradients { context.addOuter(x, dy, to: gradients + kernel, sums: gradients + bias) }
    let dx = context.arena.plane(rows: x.rows, width: inputs)
    context.multiply(dy, inputs: units, weights: context.packed + packed + backOffset, bias: nil, to: dx)
    return dx
  }

  private func activationCall(_ context: BlockContext, _ y: Plane) -> rk_activation {
    var call = rk_activation()
    call.activation = code
    call.rows = y.rows
    call.width = units
    call.y = y.base
    call.y_stride = y.stride
    call.scratch = context.arena.floats(2 * units * rk_together)
    return call
  }
}

extension Int {
  /// The number of floats that packed weights for so many outputs take.
  var paddedToVectors: Int { (self + rk_vector - 1) / rk_vector * rk_vector }
}
