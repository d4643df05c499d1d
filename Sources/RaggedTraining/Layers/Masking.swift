import RaggedCore

/// Masks every timestep whose features were all observed and all equal one value. The first layer of a model, where it is used at all:
/// masks come with batches, and no value means "missing" unless this layer says so.
public struct Masking: Layer, Equatable, Codable {
  /// The value that marks a timestep as missing.
  public var maskValue: Float

  /// A mask from this value.
  public init(maskValue: Float = 0) { self.maskValue = maskValue }

  /// The layer as a value.
  public var spec: LayerSpec { LayerSpec(kind: self) }
}

/// The timesteps are left out before a batch becomes blocks, so that nothing is computed for it.
extension Masking: LayerKind {
  static let name = "masking"
  static let title = "Masking"

  init(_ call: LayerCall, for signature: SequenceSignature) throws {
    maskValue = try call.number("the mask value", as: Float.self)
  }

  var arguments: [String] { ["\(maskValue)"] }
  var range: OutputRange { .asBefore }

  func add(to builder: inout ProgramBuilder, named name: String) throws {
    guard builder.isEmpty, builder.input.allCategories.isEmpty else {
      throw TrainingError(.invalidModel, "a Masking layer comes first, in a model on features")
    }
    try builder.check(maskValue.isFinite, "the Masking layer marks timesteps by \(maskValue), expected a finite number")
    builder.program.maskValue = maskValue
  }
}
