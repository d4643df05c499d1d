import Foundation
import RaggedCore
import RaggedTraining

/// How far a model's outputs are from the truth, one output vector at a time: the loss it was trained with.
struct OutputError {
  let loss: Loss

  /// The loss of outputs where this class is right.
  func callAsFunction(_ outputs: ArraySlice<Float>, class truth: Int) -> Double {
    let isSingle = outputs.count == 1
    return sum(outputs) { k in isSingle ? (truth > 0 ? 1 : 0) : (k == truth ? 1 : 0) }
  }

  /// The loss of outputs where these values are right.
  func callAsFunction(_ outputs: ArraySlice<Float>, values: ArraySlice<Float>) -> Double {
    sum(outputs) { Double(values[values.startIndex + $0]) }
  }

  private func sum(_ outputs: ArraySlice<Float>, _ truth: (Int) -> Double) -> Double {
    guard !outputs.isEmpty else { return .nan }
    let total = outputs.reduce(0) { $0 + Double($1) }
    let count = Double(outputs.count)
    func kept(_ value: Double) -> Double { value.isNaN ? value : min(max(value, 1e-7), 1 - 1e-7) }
    var result = 0.0
    for (k, output) in outputs.enumerated() {
      let (y, p) = (truth(k), Double(output))
      switch loss {
      case .categoricalCrossentropy, .sparseCategoricalCrossentropy:
        if y != 0 { result -= y * log(kept(p / total)) }
      case .binaryCrossentropy: result -= (y * log(kept(p)) + (1 - y) * log(1 - kept(p))) / count
      case .meanSquaredError: result += (p - y) * (p - y) / count
      case .meanAbsoluteError: result += abs(p - y) / count
      }
    }
    return result
  }

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

  /// The mean loss of each sequence of a batch over its real timesteps, or that of its one output; nil where nothing is
  /// judged.
  func ofSequences(_ judged: JudgedBatch) -> [Double?] {
    let (batch, width) = (judged.batch, judged.width)
    func outputs(_ item: Int) -> ArraySlice<Float> { judged.outputs[item * width..<(item + 1) * width] }
    return (0..<batch.count).map { b in
      switch batch.targets {
      case .none: return nil
      case .classPerSequence(let classes): return self(outputs(b), class: Int(classes[b]))
      case .valuesPerSequence(let values, let count):
        return self(outputs(b), values: values[b * count..<(b + 1) * count])
      case .classPerTimestep(let classes):
        return mean(batch.range(b), judged.isReal) { self(outputs($0), class: Int(classes[$0])) }
      case .valuesPerTimestep(let values, let count):
        return mean(batch.range(b), judged.isReal) { self(outputs($0), values: values[$0 * count..<($0 + 1) * count]) }
      }
    }
  }

  private func mean(_ range: Range<Int>, _ isReal: [Bool]?, _ value: (Int) -> Double) -> Double? {
    var (sum, count) = (0.0, 0)
    for item in range where isReal?[item] ?? true {
      sum += value(item)
      count += 1
    }
    return count == 0 ? nil : sum / Double(count)
  }
}
