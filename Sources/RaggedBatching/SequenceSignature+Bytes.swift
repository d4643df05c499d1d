public import RaggedCore

extension SequenceSignature {
  /// The bytes that a timestep takes in a padded batch: its values or token, its mask, and its target where there is
  /// one a timestep. What a sequence has once, such as its class, is not counted.
  public var bytesPerPaddedTimestep: Int {
    let width: Int
    switch target {
    case .none, .classPerSequence, .valuesPerSequence: width = 0
    case .classPerTimestep: width = 1
    case .valuesPerTimestep(let names): width = names.count
    }
    return 4 * input.featureCount + 4 * width + 1
  }
}
