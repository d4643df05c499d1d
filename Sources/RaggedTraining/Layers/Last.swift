import RaggedCore

/// The last valid timestep of each sequence: brings layers with an output per timestep to one per sequence.
///
/// Behind a ``Bidirectional`` layer whose directions stand side by side it takes of either direction what that read last, as
/// the layer itself gives where it returns no sequences. A sequence without timesteps gives zeros. It is for heads per sequence
/// behind layers whose sequences another head needs.
public struct Last: Layer, Equatable, Codable {
  /// The last timestep.
  public init() {}

  /// The layer as a value.
  public var spec: LayerSpec { LayerSpec(kind: self) }
}

extension Last: LayerKind {
  static let name = "last"
  static let title = "Last"

  init(_ call: LayerCall, for signature: SequenceSignature) throws {
    if let argument = call.arguments.first { throw call.unexpected(argument, of: []) }
  }

  var arguments: [String] { [] }
  var range: OutputRange { .asBefore }

  func add(to builder: inout ProgramBuilder, named name: String) throws {
    try builder.check(
      !builder.program.isPerSequence, "last needs timesteps, and the layer before gives one output per sequence")
    builder.addLast(
      builder.lastParts ?? [LastOperation.Part(columns: 0..<builder.program.outputWidth, isBackwards: false)])
  }
}
