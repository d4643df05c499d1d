import RaggedTraining

/// A model's outputs as probabilities of classes, one output vector at a time.
struct OutputShares {
  /// The loss that it was trained with.
  let loss: Loss

  /// A probability a class: outputs divided by their sum where the loss does so, and two where one output stands for two
  /// classes.
  func shares(_ outputs: ArraySlice<Float>) -> [Double] {
    let values = outputs.map(Double.init)
    if values.count == 1 { return [1 - values[0], values[0]] }
    switch loss {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy:
      let total = values.reduce(0, +)
      return total > 0 && values.allSatisfy { $0 >= 0 } ? values.map { $0 / total } : values
    case .binaryCrossentropy, .meanSquaredError, .meanAbsoluteError: return values
    }
  }
}
