import CRaggedKernels

/// One step of a compiled model.
enum Operation: Sendable {
  case input(InputOperation)
  case embedding(EmbeddingOperation)
  case dropout(DropoutOperation)
  case lstm(LSTMOperation)
  case merge(MergeOperation)
  case reverse(ReverseOperation)
  case last(LastOperation)
  case dense(DenseOperation)

  /// Floats of its weights as the kernels read them.
  var packedCount: Int {
    switch self {
    case .lstm(let operation): operation.packedCount
    case .dense(let operation): operation.packedCount
    case .input, .embedding, .dropout, .merge, .reverse, .last: 0
    }
  }

  /// What brings its weights into the order in which the kernels read them: pieces of work that do not meet, with or
  /// without what the way back needs.
  func packing(forTheWayBack: Bool) -> [Packing] {
    switch self {
    case .lstm(let operation): operation.packing(forTheWayBack: forTheWayBack)
    case .dense(let operation): operation.packing(forTheWayBack: forTheWayBack)
    case .input, .embedding, .dropout, .merge, .reverse, .last: []
    }
  }

  /// The output, from the output of the operation before.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    switch self {
    case .input(let operation): operation.forward(context)
    case .embedding(let operation): operation.forward(context)
    case .dropout(let operation): operation.forward(context, x)
    case .lstm(let operation): operation.forward(context, x)
    case .merge(let operation): operation.forward(context, x)
    case .reverse(let operation): operation.forward(context, x)
    case .last(let operation): operation.forward(context, x)
    case .dense(let operation): operation.forward(context, x)
    }
  }

  /// The gradient of the input, from the gradient of the output, which may be overwritten; adds those of the weights.
  /// nil where the operation is the first or nothing before it can learn.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    switch self {
    case .input(let operation): operation.backward(context, dy)
    case .embedding(let operation): operation.backward(context, dy)
    case .dropout(let operation): operation.backward(context, dy)
    case .lstm(let operation): operation.backward(context, dy)
    case .merge(let operation): operation.backward(context, dy)
    case .reverse(let operation): operation.backward(context, dy)
    case .last(let operation): operation.backward(context, dy)
    case .dense(let operation): operation.backward(context, dy)
    }
  }
}

/// Packs some of all parameters into some of all packed weights.
typealias Packing = @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, rk_kernels) -> Void
