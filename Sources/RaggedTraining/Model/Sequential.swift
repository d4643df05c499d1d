public import RaggedCore

/// A stack of layers, as Keras' `Sequential`. The time dimension is never fixed.
public struct Sequential: Sendable {
  /// What the model takes.
  public let input: ModelInput
  /// The layers, first to last; of a model with several heads those that all share.
  public let layers: [LayerSpec]
  /// The ends of a model that has several; empty for an ordinary one, whose last layer gives its output.
  public let heads: [ModelHead]
  /// Every weight in one buffer, columns of recurrent layers interleaved by unit; see ``weights`` for Keras' layout.
  var parameters: [Float]
  let program: Program

  /// A model with weights drawn from a seed by Keras' initialisers: Glorot uniform kernels, orthogonal recurrent
  /// kernels, forget-gate bias 1. The work grows with the cube of an LSTM's units.
  /// - Parameters:
  ///   - input: what a timestep is.
  ///   - layers: from the first to the last.
  ///   - heads: layers behind these for each of several targets; none makes a model of one output. The weights of the shared
  ///     layers, and of the first head, are those that a model without the other heads begins with.
  ///   - seed: what the weights are drawn from.
  ///   - monitor: asked now and then while weights are drawn.
  /// - Throws: ``TrainingError`` where the layers do not fit together; `Cancelled`.
  public init(
    input: ModelInput, layers: [any Layer], heads: [ModelHead] = [], seed: UInt64 = 0,
    monitor: ProgressMonitor = .none
  ) throws {
    try self.init(input: input, specs: layers.map(\.spec), heads: heads, seed: seed, monitor: monitor)
  }

  init(
    input: ModelInput, specs: [LayerSpec], heads: [ModelHead] = [], seed: UInt64, monitor: ProgressMonitor = .none
  ) throws {
    self.input = input
    (layers, self.heads) = (specs, heads)
    program = try ProgramBuilder(input: input, layers: specs, heads: heads).program
    parameters = Array(repeating: 0, count: program.parameterCount)
    for (index, info) in program.parameters.enumerated() {
      var random = SeededRandom(seed: seed, stream: UInt64(index))
      set(info, try info.initializer.values(shape: info.shape, random: &random, monitor: monitor))
    }
  }

  /// A model with its parameters as they are kept.
  /// - Throws: ``TrainingError`` where the layers do not fit together, or there are more or fewer parameters than they
  ///   need; nothing of the layers' size is allocated before that is known.
  init(input: ModelInput, specs: [LayerSpec], heads: [ModelHead] = [], parameters: [Float]) throws {
    self.input = input
    (layers, self.heads) = (specs, heads)
    program = try ProgramBuilder(input: input, layers: specs, heads: heads).program
    guard parameters.count == program.parameterCount else {
      throw TrainingError(
        .checkpointInvalid,
        "the checkpoint has \(parameters.count.counted("weight")), its layers need \(program.parameterCount)")
    }
    self.parameters = parameters
  }

  /// Numbers that are trained.
  public var parameterCount: Int { program.parameterCount }
  /// Outputs: the units of the last layer; of several heads those of all.
  public var outputWidth: Int { program.outputWidth }
  /// Whether the model gives one output per sequence, or one per timestep; of several heads, whether each gives one per sequence.
  public var isPerSequence: Bool { program.isPerSequence }
  /// The value of the ``Masking`` layer that the model begins with; nil where it begins with another.
  public var maskValue: Float? { program.maskValue }
  /// Name and shape of every weight tensor, in the order of ``weights``.
  public var parameterInfo: [ParameterInfo] { program.parameters }

  /// The weight tensors of each layer, as places in ``parameterInfo``.
  package var layerTensors: [Range<Int>] { program.rows.map(\.tensors) }

  /// The weights in Keras' order and layout: an LSTM's kernel `[F, 4H]`, recurrent kernel `[H, 4H]` and bias `[4H]` with
  /// gates i f c o; a dense layer's kernel `[in, out]` and bias.
  public var weights: [WeightTensor] { tensors(parameters) }

  /// Replaces the weights.
  /// - Throws: ``TrainingError`` where a shape differs; the model is then as before.
  public mutating func setWeights(_ weights: [WeightTensor]) throws {
    guard weights.count == program.parameters.count else {
      throw TrainingError(
        .dataMismatch, "\(weights.count) weight tensors for a model that has \(program.parameters.count)")
    }
    for (tensor, info) in zip(weights, program.parameters)
    where tensor.shape != info.shape || tensor.values.count != info.count {
      throw TrainingError(
        .dataMismatch,
        "weight \(tensor.name) has shape \(tensor.shape) and \(tensor.values.count.counted("value")), "
          + "expected \(info.name) of shape \(info.shape)")
    }
    for (tensor, info) in zip(weights, program.parameters) { set(info, tensor.values) }
  }

  private mutating func set(_ info: ParameterInfo, _ values: [Float]) {
    for (element, value) in values.enumerated() { parameters[info.position(of: element)] = value }
  }

  /// A buffer in the order of the parameters as tensors in Keras' layout.
  func tensors(_ buffer: [Float]) -> [WeightTensor] {
    program.parameters.map { info in
      WeightTensor(
        name: info.name, shape: info.shape, values: (0..<info.count).map { buffer[info.position(of: $0)] })
    }
  }
}

extension Sequential {
  /// The model as Keras' `summary()` prints it: layer, output shape and parameters, then the total.
  public var summary: String {
    let cells = program.rows.map { row in
      ["\(row.name) (\(row.type))" + (row.head.map { " -> \($0)" } ?? ""), row.shape, row.parameters.grouped]
    }
    let table = [["Layer (type)", "Output Shape", "Param #"]] + cells
    let widths = (0..<3).map { column in table.map { $0[column].count }.max() ?? 0 }
    let rule = String(repeating: "─", count: widths.reduce(4, +))
    var lines = table.map { row in
      row[0].padding(to: widths[0]) + "  " + row[1].padding(to: widths[1]) + "  "
        + String(repeating: " ", count: widths[2] - row[2].count) + row[2]
    }
    lines.insert(rule, at: 1)
    lines.append(rule)
    let bytes = Double(parameterCount * MemoryLayout<Float>.stride)
    let kibibytes = (bytes / 1024 * 100).rounded() / 100
    lines.append("Total params: \(parameterCount.grouped) (\(kibibytes) KB)")
    return lines.joined(separator: "\n")
  }
}

extension String {
  func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
