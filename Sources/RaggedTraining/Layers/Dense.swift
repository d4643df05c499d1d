import CRaggedKernels
import RaggedCore

/// The function at the end of a ``Dense`` layer.
public enum Activation: String, Sendable, Equatable, Codable, CaseIterable {
  /// y = x.
  case linear
  /// max(x, 0).
  case relu
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  /// Between −1 and 1.
  case tanh
  /// e^x over the sum of e^x over the units.
  case softmax

  fileprivate var code: Int32 {
    switch self {
    case .linear: Int32(RK_LINEAR)
    case .relu: Int32(RK_RELU)
    case .sigmoid: Int32(RK_SIGMOID)
    case .tanh: Int32(RK_TANH)
    case .softmax: Int32(RK_SOFTMAX)
    }
  }
}

/// activation(x · kernel + bias), at every timestep where its input has timesteps.
public struct Dense: Layer, Equatable, Codable {
  /// Outputs.
  public var units: Int
  /// The function at the end.
  public var activation: Activation

  /// A dense layer of a number of units.
  public init(_ units: Int, activation: Activation = .linear) {
    self.units = units
    self.activation = activation
  }

  /// The layer as a value.
  public var spec: LayerSpec { LayerSpec(kind: self) }
}

/// A ``Dense`` layer at every timestep, and only where there are timesteps.
public struct TimeDistributed: Layer, Equatable, Codable {
  /// The layer that every timestep goes through.
  public var layer: Dense

  /// A layer at every timestep.
  public init(_ layer: Dense) { self.layer = layer }

  /// The layer as a value.
  public var spec: LayerSpec { LayerSpec(kind: self) }
}

extension LayerSpec {
  /// The dense layer itself, or the one at every timestep.
  package var dense: Dense? { kind as? Dense ?? (kind as? TimeDistributed)?.layer }
}

extension Dense: LayerKind {
  static let name = "dense"
  static let title = "Dense"

  init(_ call: LayerCall, for signature: SequenceSignature) throws {
    let words = Activation.allCases.map(\.rawValue)
    self.init(signature.target.outputCount)
    for argument in call.arguments {
      guard case .word(let text) = argument else { throw call.unexpected(argument, of: words) }
      if let units = Int(text) {
        self.units = units
      } else if let activation = Activation(rawValue: text) {
        self.activation = activation
      } else {
        throw call.unexpected(argument, of: words)
      }
    }
  }

  var arguments: [String] { ["\(units)"] + (activation == .linear ? [] : [activation.rawValue]) }

  var range: OutputRange {
    switch activation {
    case .linear: .numbers("any numbers")
    case .relu: .numbers("numbers of 0 and more")
    case .tanh: .numbers("numbers from -1 to 1")
    case .sigmoid, .softmax: .probabilities
    }
  }

  func add(to builder: inout ProgramBuilder, named name: String) throws {
    try builder.checkUnits(units, of: "a Dense layer")
    builder.joinStatics()
    let inputs = builder.program.outputWidth
    let operation = DenseOperation(
      index: builder.program.operations.count, inputs: inputs, units: units, activation: activation,
      kernel: builder.program.parameterCount, packed: builder.packedStart)
    builder.addParameter("\(name)/kernel", [inputs, units], .glorotUniform, .plain)
    builder.addParameter("\(name)/bias", [units], .zeros, .plain)
    builder.program.operations.append(operation)
    builder.program.outputWidth = units
  }
}

extension TimeDistributed: LayerKind {
  static let name = "time_distributed"
  static let title = "TimeDistributed"

  init(_ call: LayerCall, for signature: SequenceSignature) throws { layer = try Dense(call, for: signature) }

  var arguments: [String] { layer.arguments }
  var range: OutputRange { layer.range }

  func add(to builder: inout ProgramBuilder, named name: String) throws {
    try builder.check(
      !builder.program.isPerSequence,
      "TimeDistributed needs timesteps, and the layer before gives one output per sequence (an LSTM that does not return sequences?)"
    )
    try layer.add(to: &builder, named: name)
  }
}

/// activation(x · kernel + bias) over every row of a plane.
struct DenseOperation: Operation {
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
    context.saved[index] = .planes([x, y])
    return y
  }

  /// activation(y), in place.
  func activate(_ context: BlockContext, _ y: Plane) {
    var call = activationCall(context, y)
    context.kernels.activate(&call)
  }

  /// The gradient of x, and those of the kernel and the bias.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard case .planes(let saved) = context.saved[index] else { return nil }
    let (x, y) = (saved[0], saved[1])
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
    call.activation = activation.code
    call.rows = y.rows
    call.width = units
    call.y = y.base
    call.y_stride = y.stride
    call.scratch = context.arena.floats(2 * units * rk_together)
    return call
  }
}
