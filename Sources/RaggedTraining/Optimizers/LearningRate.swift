import Foundation
import RaggedCore

/// The learning rate as a function of the steps taken, as Keras' schedules of the same names.
public enum LearningRate: Sendable, Equatable, Codable {
  /// The same at every step.
  case constant(Float)
  /// initial · rate^(step / steps), the exponent rounded down where it is a staircase.
  case exponentialDecay(
    initial: Float, rate: Float = LearningRate.usualDecay, steps: Int = LearningRate.usualSteps, staircase: Bool = false
  )
  /// From 0 to `initial` over the warm-up, then along half a cosine to initial · floor over `steps`.
  case cosineDecay(initial: Float, steps: Int = LearningRate.usualSteps, floor: Float = 0, warmup: Int = 0)
  /// values[i] up to and including step boundaries[i], then the next.
  case piecewise(boundaries: [Int], values: [Float])

  /// The factor of a decay, and the steps of a schedule, where nothing is said.
  public static let (usualDecay, usualSteps): (Float, Int) = (0.9, 1000)

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

  /// The largest rate, and the largest factor of a decay.
  package static let (largest, largestFactor): (Float, Float) = (1e6, 1000)

  /// Checks that the numbers have a meaning.
  /// - Throws: ``TrainingError``.
  public func validate() throws {
    let (rates, steps) = (0...LearningRate.largest, 1...Int.largestCount)
    let hasMeaning =
      switch self {
      case .constant(let rate): rates.contains(rate)
      case .exponentialDecay(let initial, let rate, let every, _):
        rates.contains(initial) && rate > 0 && rate <= LearningRate.largestFactor && steps.contains(every)
      case .cosineDecay(let initial, let over, let floor, let warmup):
        rates.contains(initial) && steps.contains(over) && (0...1).contains(floor)
          && (0...Int.largestCount).contains(warmup)
      case .piecewise(let boundaries, let values):
        values.count == boundaries.count + 1 && boundaries == boundaries.sorted() && values.allSatisfy(rates.contains)
      }
    if !hasMeaning { throw TrainingError(.invalidModel, "the learning rate \(self) has no meaning") }
  }
}
