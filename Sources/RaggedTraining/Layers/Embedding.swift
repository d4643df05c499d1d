import RaggedCore

/// A vector for each token. The first layer of a model on tokens.
public struct Embedding: Layer, Equatable, Codable {
  /// Tokens: indices below this.
  public var inputCount: Int
  /// Length of a vector.
  public var units: Int

  /// A vector of `units` numbers for each of `inputCount` tokens.
  public init(_ inputCount: Int, _ units: Int) {
    self.inputCount = inputCount
    self.units = units
  }

  /// The layer as a value.
  public var spec: LayerSpec { LayerSpec(kind: self) }
}

extension Embedding: LayerKind {
  static let name = "embedding"
  static let title = "Embedding"

  init(_ call: LayerCall, for signature: SequenceSignature) throws {
    guard let size = signature.input.tokens?.size else {
      throw TrainingError(.invalidModel, "embedding(…) needs tokens, the data has \(signature.input.summary)")
    }
    self.init(size, try call.number("units", as: Int.self))
  }

  var arguments: [String] { ["\(units)"] }
  var range: OutputRange { .numbers("any numbers") }

  func add(to builder: inout ProgramBuilder, named name: String) throws {
    guard builder.isEmpty, case .tokens(let size) = builder.input else {
      throw TrainingError(.invalidModel, "an Embedding layer comes first, in a model on tokens")
    }
    try builder.checkUnits(units, of: "an Embedding layer")
    try builder.check(
      inputCount <= ProgramBuilder.parameterLimit,
      "the Embedding layer has \(inputCount.counted("vector")), expected at most \(ProgramBuilder.parameterLimit)")
    try builder.check(
      inputCount >= size, "the Embedding layer has \(inputCount.counted("vector")) for \(size.counted("token"))")
    builder.program.operations.append(EmbeddingOperation(units: units, table: builder.program.parameterCount))
    builder.addParameter("\(name)/embeddings", [inputCount, units], .uniform, .plain)
    builder.program.outputWidth = units
    builder.startTail()
  }
}

/// Looks up a vector for each token of a block.
private struct EmbeddingOperation: Operation {
  /// Length of a vector.
  var units: Int
  /// Where the table `[inputCount, units]` begins among the parameters.
  var table: Int

  /// `[N]` tokens -> `[timesteps, units]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let plane = context.arena.plane(rows: context.block.timesteps, width: units)
    guard let tokens = context.batch.tokens else {
      plane.clear()
      return plane
    }
    context.forEachTimestep { row, item in
      plane.row(row).update(from: context.parameters + table + Int(tokens[item]) * units, count: units)
    }
    return plane
  }

  /// Adds each timestep's gradient to its token's vector.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard let gradients = context.gradients, let tokens = context.batch.tokens else { return nil }
    context.forEachTimestep { row, item in
      let (vector, gradient) = (gradients + table + Int(tokens[item]) * units, dy.row(row))
      for j in 0..<units { vector[j] += gradient[j] }
    }
    return nil
  }
}
