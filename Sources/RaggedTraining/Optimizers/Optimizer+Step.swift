import Foundation
import Synchronization

extension Optimizer {
  /// One step: new parameters from the gradients, which may be scaled in place. O(P).
  /// - Returns: the largest magnitude among the new parameters and the new state; undefined where one of them is.
  @discardableResult
  func apply(
    _ gradients: inout [Float], to parameters: inout [Float], state: inout OptimizerState, on workers: Workers
  ) -> Float {
    let rate = learningRate.rate(step: state.step)
    state.step += 1
    return withSubnormalsFlushed {
      clip(&gradients)
      switch rule {
      case .adam(let beta1, let beta2, let epsilon):
        return adam(&gradients, &parameters, &state, rate, beta1, beta2, epsilon, workers)
      case .adamW(let beta1, let beta2, let epsilon, let decay):
        for i in parameters.indices { parameters[i] -= rate * decay * parameters[i] }
        return adam(&gradients, &parameters, &state, rate, beta1, beta2, epsilon, workers)
      case .sgd(let momentum, let nesterov):
        return descend(gradients, &parameters, &state, rate, momentum, nesterov)
      }
    }
  }

  /// Whether a step from numbers of at most these magnitudes may leave float32: a bound on each number of the step, with
  /// a factor of 2 for its rounding.
  /// - Parameters:
  ///   - largest: of the parameters and the state.
  ///   - gradient: of the gradients, as they are before they are clipped.
  func mayOverflow(largest: Float, gradient: Float, step: Int) -> Bool {
    let (largest, gradient) = (Double(largest), Double(gradient))
    let rate = Double(learningRate.rate(step: step))
    let bound =
      switch rule {
      case .adam(let beta1, let beta2, let epsilon):
        Optimizer.adamBound(largest, gradient, rate, Double(beta1), Double(beta2), Double(epsilon), step: step)
      case .adamW(let beta1, let beta2, let epsilon, let decay):
        Optimizer.adamBound(
          largest * (1 + rate * Double(decay)), gradient, rate, Double(beta1), Double(beta2), Double(epsilon),
          step: step)
      case .sgd(let momentum, _): largest * (2 + 2 * Double(momentum)) + 2 * rate * gradient
      }
    return !(2 * bound < Double(Float.greatestFiniteMagnitude))
  }

  private static func adamBound(
    _ largest: Double, _ gradient: Double, _ rate: Double, _ beta1: Double, _ beta2: Double, _ epsilon: Double,
    step: Int
  ) -> Double {
    let alpha = rate * (1 - pow(beta2, Double(step + 1))).squareRoot() / (1 - pow(beta1, Double(step + 1)))
    let mean = largest + gradient
    return max(largest + alpha * mean * max(1, 1 / epsilon), mean, largest + gradient * gradient, alpha)
  }

  /// Scales the gradients so that their norm is at most `clipNorm`.
  private func clip(_ gradients: inout [Float]) {
    guard let clipNorm else { return }
    var square = 0.0
    for gradient in gradients { square += Double(gradient) * Double(gradient) }
    let norm = Float(square.squareRoot())
    guard norm > clipNorm else { return }
    let scale = clipNorm / norm
    for i in gradients.indices { gradients[i] *= scale }
  }

  private func adam(
    _ gradients: inout [Float], _ parameters: inout [Float], _ state: inout OptimizerState, _ rate: Float,
    _ beta1: Float, _ beta2: Float, _ epsilon: Float, _ workers: Workers
  ) -> Float {
    let step = Double(state.step)
    let alpha = Float(Double(rate) * (1 - pow(Double(beta2), step)).squareRoot() / (1 - pow(Double(beta1), step)))
    let count = parameters.count
    let largest = Atomic<UInt32>(0)
    shared(&gradients) { gradients in
      shared(&parameters) { parameters in
        shared(&state.first) { first in
          shared(&state.second) { second in
            workers.run(over: count) { range in
              let (gradients, parameters) = (gradients.pointer, parameters.pointer)
              let (first, second) = (first.pointer, second.pointer)
              var magnitude = Magnitude()
              for i in range {
                let gradient = gradients[i]
                let mean = first[i] + (gradient - first[i]) * (1 - beta1)
                let square = second[i] + (gradient * gradient - second[i]) * (1 - beta2)
                let parameter = parameters[i] - alpha * mean / (square.squareRoot() + epsilon)
                (first[i], second[i], parameters[i]) = (mean, square, parameter)
                magnitude.add(mean)
                magnitude.add(square)
                magnitude.add(parameter)
              }
              largest.max(magnitude.bits, ordering: .relaxed)
            }
          }
        }
      }
    }
    return Float(bitPattern: largest.load(ordering: .relaxed))
  }

  /// Gives `body` the numbers, which are not empty, for several threads.
  private func shared(_ values: inout [Float], _ body: (SharedPointer<Float>) -> Void) {
    values.withUnsafeMutableBufferPointer { $0.baseAddress.map { body(SharedPointer(pointer: $0)) } }
  }

  private func descend(
    _ gradients: [Float], _ parameters: inout [Float], _ state: inout OptimizerState, _ rate: Float,
    _ momentum: Float, _ nesterov: Bool
  ) -> Float {
    var magnitude = Magnitude()
    guard momentum > 0 else {
      for i in parameters.indices {
        parameters[i] -= rate * gradients[i]
        magnitude.add(parameters[i])
      }
      return magnitude.value
    }
    for i in parameters.indices {
      state.first[i] = momentum * state.first[i] - rate * gradients[i]
      parameters[i] += nesterov ? momentum * state.first[i] - rate * gradients[i] : state.first[i]
      magnitude.add(state.first[i])
      magnitude.add(parameters[i])
    }
    return magnitude.value
  }
}

/// The largest magnitude of some numbers; undefined where one of them is.
///
/// Without their sign the bits of floats are in the order of their magnitudes, infinity above every number and what is
/// none above infinity, so that a loop over integers, which runs on vectors, finds all of it.
struct Magnitude {
  private(set) var bits: UInt32 = 0

  var value: Float { Float(bitPattern: bits) }

  mutating func add(_ value: Float) { bits = max(bits, value.bitPattern & 0x7fff_ffff) }

  /// That of some arrays together.
  static func largest(_ arrays: [Float]...) -> Float {
    var magnitude = Magnitude()
    for array in arrays { for value in array { magnitude.add(value) } }
    return magnitude.value
  }
}
