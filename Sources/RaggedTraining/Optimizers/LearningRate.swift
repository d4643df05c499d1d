import Foundation

/// The learning rate as a function of the steps taken, as Keras' schedules of the same names.
public enum LearningRate: Sendable, Equatable, Codable {
  /// The same at every step.
  case constant(Float)
  /// initial · rate^(step / steps), the exponent rounded down where it is a staircase.
  case exponentialDecay(initial: Float, rate: Float, steps: Int, staircase: Bool)
  /// From 0 to `initial` over the warm-up, then along half a cosine to initial · floor over `steps`.
  case cosineDecay(initial: Float, steps: Int, floor: Float, warmup: Int)
  /// values[i] up to and including step boundaries[i], then the next.
  case piecewise(boundaries: [Int], values: [Float])

  /// The rate of a step, counted from 0.
  public func rate(step: Int) -> Float {
    switch self {
    case .constant(let rate): return rate
    case .exponentialDecay(let initial, let rate, let steps, let staircase):
      let exponent = Double(step) / Double(steps)
      return initial * Float(pow(Double(rate), staircase ? exponent.rounded(.down) : exponent))
    case .cosineDecay(let initial, let steps, let floor, let warmup):
      if step < warmup { return initial * Float(step) / Float(warmup) }
      let share = min(1, Double(step - warmup) / Double(steps))
      return initial * ((1 - floor) * Float(0.5 * (1 + cos(.pi * share))) + floor)
    case .piecewise(let boundaries, let values):
      return values[boundaries.firstIndex { step <= $0 } ?? boundaries.count]
    }
  }

  /// Checks that the numbers have a meaning.
  /// - Throws: ``TrainingError``.
  public func validate() throws {
    let isValid =
      switch self {
      case .constant(let rate): rate.isFinite && rate >= 0
      case .exponentialDecay(let initial, let rate, let steps, _):
        initial.isFinite && initial >= 0 && rate > 0 && rate.isFinite && steps > 0
      case .cosineDecay(let initial, let steps, let floor, let warmup):
        initial.isFinite && initial >= 0 && steps > 0 && (0...1).contains(floor) && warmup >= 0
      case .piecewise(let boundaries, let values):
        values.count == boundaries.count + 1 && boundaries == boundaries.sorted()
          && values.allSatisfy { $0.isFinite && $0 >= 0 }
      }
    if !isValid { throw TrainingError(.invalidModel, "the learning rate \(self) has no meaning") }
  }
}
