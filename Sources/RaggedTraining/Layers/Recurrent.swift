import RaggedCore

/// A layer with a recurrent cell, such as ``LSTM``: what ``Bidirectional`` takes.
public protocol RecurrentLayer: Layer {
  /// Hidden size `H`.
  var units: Int { get set }
  /// Whether every timestep has an output, or the last valid one alone.
  var returnSequences: Bool { get set }
  /// Whether the sequence is read from its end; the output comes in the order of reading, as in Keras.
  var goBackwards: Bool { get set }
  /// Share of the inputs dropped in training, the same ones at every timestep of a sequence.
  var dropout: Float { get set }

  /// A layer of a hidden size.
  init(_ units: Int, returnSequences: Bool, goBackwards: Bool, dropout: Float)
}

/// A recurrent cell: how its weights and its state look, here and in the files of other frameworks, and what computes it.
///
/// A direction has a kernel `[F, gates · H]`, a recurrent kernel `[H, gates · H]` and a bias `[gates · H]`, gate after gate
/// in Keras' order.
package struct RecurrentCell: Sendable {
  /// Its name in texts, and before the names of weights.
  package var name: String
  /// Keras' class, PyTorch's module and ONNX' operator.
  package var title: String
  /// What stands before its title in a sentence.
  package var article: String
  /// Gates of a unit.
  package var gateCount: Int
  /// Rows of the bias: 2, `[2, gates · H]`, where the recurrent product has one of its own.
  package var biasCount: Int
  /// PyTorch's gates, and ONNX', as places in Keras' order.
  package var torchGates: [Int]
  package var onnxGates: [Int]
  /// What ONNX' operator is given besides its size and its direction.
  package var onnxAttributes: [String: Int]
  /// The gate whose bias starts at 1, where there is one.
  var openGate: Int?
  /// Parts of the state, `[B, H]` each. The first is the output.
  package var statePartCount: Int
  /// What computes one direction for a number of inputs and of units.
  var computation: @Sendable (_ inputs: Int, _ units: Int) -> any CellComputation
}

extension RecurrentCell: Hashable {
  package static func == (left: RecurrentCell, right: RecurrentCell) -> Bool { left.name == right.name }
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// The cells of all layers.
  package static let all = LayerSpec.table.compactMap { ($0 as? any RecurrentKind.Type)?.cell }
}

/// A recurrent layer as files of other frameworks hold it: one direction, or both and how they are merged.
package struct RecurrentDirections {
  package var layer: any RecurrentLayer
  package var cell: RecurrentCell
  /// nil for a single direction.
  package var merge: Bidirectional.Merge?

  package var count: Int { merge == nil ? 1 : 2 }
  /// Width of the output.
  package var width: Int { merge == .concat ? 2 * layer.units : layer.units }
}

extension LayerSpec {
  /// The layer's directions, where it is recurrent.
  package var recurrent: RecurrentDirections? {
    let both = kind as? Bidirectional
    let layer = both.map(\.layer) ?? kind as? any RecurrentLayer
    return (layer?.spec.kind as? any RecurrentKind).map {
      RecurrentDirections(layer: $0, cell: type(of: $0).cell, merge: both?.merge)
    }
  }
}

/// What a recurrent layer is, but for its cell.
protocol RecurrentKind: LayerKind, RecurrentLayer {
  static var cell: RecurrentCell { get }
}

extension RecurrentKind {
  static var name: String { cell.name }
  static var title: String { cell.title }

  init(_ call: LayerCall, for signature: SequenceSignature) throws {
    let words = ["sequences", "backwards", "dropout"]
    var units: Int?
    self.init(0, returnSequences: false, goBackwards: false, dropout: 0)
    for argument in call.arguments {
      switch argument {
      case .word("sequences"): returnSequences = true
      case .word("backwards"): goBackwards = true
      case .word(let text) where units == nil && Int(text) != nil: units = Int(text)
      case .named(let key, let text) where key.lowercased() == "dropout":
        guard let rate = Float(text) else { throw call.unexpected(argument, of: words) }
        dropout = rate
      default: throw call.unexpected(argument, of: words)
      }
    }
    guard let units else {
      throw TrainingError(.invalidModel, "\(call.name)(…) needs its number of units: \(call.name)(32)")
    }
    self.units = units
  }

  var arguments: [String] {
    [
      "\(units)", returnSequences ? "sequences" : nil, goBackwards ? "backwards" : nil,
      dropout > 0 ? "dropout=\(dropout)" : nil,
    ].compactMap(\.self)
  }

  var range: OutputRange { .numbers("numbers from -1 to 1") }

  func add(to builder: inout ProgramBuilder, named name: String) throws {
    try addDirections(to: &builder, names: [name], backwards: [goBackwards])
    if returnSequences {
      if goBackwards { builder.program.operations.append(ReverseOperation()) }
    } else {
      builder.addLast([LastOperation.Part(columns: 0..<units, isBackwards: goBackwards)])
    }
    builder.endRecurrent(
      showsZerosWhereMasked: false,
      lastParts: [LastOperation.Part(columns: 0..<units, isBackwards: goBackwards && !returnSequences)])
  }

  /// Adds the weights of one direction or both, and what computes them side by side.
  func addDirections(to builder: inout ProgramBuilder, names: [String], backwards: [Bool]) throws {
    let (cell, inputs) = (Self.cell, builder.program.outputWidth)
    let this = "\(cell.article) \(cell.title)"
    try builder.checkUnits(units, of: this)
    try builder.check(
      !builder.program.isPerSequence, "\(this) needs timesteps, and the layer before gives one output per sequence")
    try builder.checkRate(dropout)
    let (index, columns) = (builder.program.operations.count, cell.gateCount * units)
    let computation = cell.computation(inputs, units)
    var operation = RecurrentOperation(
      index: index, inputs: inputs, units: units, directions: [], computation: computation,
      wantsInputGradient: builder.hasWeights)
    let takesStatics = !builder.hasStateDoor
    for (number, (name, isBackwards)) in zip(names, backwards).enumerated() {
      operation.directions.append(
        RecurrentOperation.Direction(
          isBackwards: isBackwards, weights: builder.program.parameterCount,
          packed: builder.packedStart + number * computation.packedCount,
          dropout: dropout > 0
            ? DropoutOperation(index: index * 2 + number + 1_000_000, rate: dropout, isConstantInTime: true) : nil))
      builder.addParameter("\(name)/kernel", [inputs, columns], .glorotUniform, .gates(cell.gateCount))
      builder.addParameter("\(name)/recurrent_kernel", [units, columns], .orthogonal, .gates(cell.gateCount))
      builder.addParameter(
        "\(name)/bias", cell.biasCount == 1 ? [columns] : [cell.biasCount, columns],
        cell.openGate.map { .oneGate($0, of: cell.gateCount) } ?? .zeros, .gates(cell.gateCount))
      if takesStatics {
        operation.directions[number].stateDoor = builder.addStateDoor(
          named: name, units: units, partCount: cell.statePartCount)
      }
      if isBackwards { builder.program.readsBackwards = true }
      builder.program.states.append(
        StateShape(key: operation.stateKey(number), units: units, partCount: cell.statePartCount))
    }
    builder.program.operations.append(operation)
    builder.program.outputWidth = units * names.count
  }
}
