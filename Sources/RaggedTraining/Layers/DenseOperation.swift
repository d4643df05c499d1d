import CRaggedKernels

/// activation(x · kernel + bias) over every column of a plane.
struct DenseOperation: Sendable {
  /// Its place in the program.
  var index: Int
  var inputs: Int
  var units: Int
  var activation: Activation
  /// Where the kernel `[inputs, units]`, then the bias `[units]`, begin among the parameters.
  var kernel: Int
  /// Where the packed weights begin: the kernel transposed, then the kernel.
  var packed: Int

  var packedCount: Int { 2 * inputs * units }
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

  func pack(_ parameters: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ kernels: rk_kernels) {
    let (rows, columns) = (Int64(inputs), Int64(units))
    kernels.pack_rows(parameters + kernel, columns, rows, 1, columns, target + packed)
    kernels.pack_rows(parameters + kernel, rows, columns, columns, 1, target + packed + inputs * units)
  }

  /// `[T, inputs, 16]` -> `[T, units, 16]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let y = context.arena.plane(steps: x.steps, rows: units)
    multiply(context, weights: packed, bias: context.parameters + bias, from: x, to: y)
    context.kernels.activate(code, y.base, Int64(units), Int64(y.steps), Int64(y.stride))
    context.saved[index] = .dense(x: x, y: y)
    return y
  }

  /// The gradient of x, and those of the kernel and the bias.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard case .dense(let x, let y) = context.saved[index] else { return nil }
    context.kernels.activate_backward(
      code, y.base, dy.base, Int64(units), Int64(y.steps), Int64(y.stride), Int64(dy.stride))
    if let gradients = context.gradients {
      context.addOuter(x, dy, to: gradients + kernel)
      context.addSums(dy, to: gradients + bias)
    }
    let dx = context.arena.plane(steps: x.steps, rows: inputs)
    multiply(context, weights: packed + inputs * units, bias: nil, from: dy, to: dx)
    return dx
  }

  private func multiply(
    _ context: BlockContext, weights: Int, bias: UnsafePointer<Float>?, from x: Plane, to y: Plane
  ) {
    var call = rk_affine()
    call.inputs = Int64(x.rows)
    call.outputs = Int64(y.rows)
    call.steps = Int64(x.steps)
    call.weights = context.packed + weights
    call.bias = bias
    call.x = UnsafePointer(x.base)
    call.y = y.base
    call.x_stride = Int64(x.stride)
    call.y_stride = Int64(y.stride)
    context.kernels.affine(&call)
  }
}

extension BlockContext {
  /// target[k, n] += Σ a[t, k] b[t, n] over timesteps and lanes.
  func addOuter(_ a: Plane, _ b: Plane, to target: UnsafeMutablePointer<Float>) {
    var call = rk_outer()
    call.rows = Int64(a.rows)
    call.columns = Int64(b.rows)
    call.steps = Int64(b.steps)
    call.a = UnsafePointer(a.base)
    call.b = UnsafePointer(b.base)
    call.out = target
    call.a_stride = Int64(a.stride)
    call.b_stride = Int64(b.stride)
    call.out_stride = Int64(b.rows)
    kernels.outer(&call)
  }

  /// target[n] += Σ b[t, n] over timesteps and lanes.
  func addSums(_ b: Plane, to target: UnsafeMutablePointer<Float>) {
    var call = rk_outer()
    call.columns = Int64(b.rows)
    call.steps = Int64(b.steps)
    call.b = UnsafePointer(b.base)
    call.out = target
    call.b_stride = Int64(b.stride)
    kernels.outer(&call)
  }
}
