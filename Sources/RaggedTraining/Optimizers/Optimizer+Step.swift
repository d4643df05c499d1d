import Foundation

extension Optimizer {
  /// One step: new parameters from the gradients, which may be scaled in place. O(P).
  func apply(
    _ gradients: inout [Float], to parameters: inout [Float], state: inout OptimizerState, on workers: Workers
  ) {
    clip(&gradients)
    let rate = learningRate.rate(step: state.step)
    state.step += 1
    switch rule {
    case .adam(let beta1, let beta2, let epsilon):
      adam(&gradients, &parameters, &state, rate, beta1, beta2, epsilon, workers)
    case .adamW(let beta1, let beta2, let epsilon, let decay):
      for i in parameters.indices { parameters[i] -= rate * decay * parameters[i] }
      adam(&gradients, &parameters, &state, rate, beta1, beta2, epsilon, workers)
    case .sgd(let momentum, let nesterov):
      descend(gradients, &parameters, &state, rate, momentum, nesterov)
    }
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
  ) {
    let step = Double(state.step)
    let alpha = Float(
      Double(rate) * (1 - pow(Double(beta2), step)).squareRoot() / (1 - pow(Double(beta1), step)))
    let count = parameters.count
    shared(&gradients) { gradients in
      shared(&parameters) { parameters in
        shared(&state.first) { first in
          shared(&state.second) { second in
            workers.run(over: count) { range in
              let (gradients, parameters) = (gradients.pointer, parameters.pointer)
              let (first, second) = (first.pointer, second.pointer)
              for i in range {
                let gradient = gradients[i]
                first[i] += (gradient - first[i]) * (1 - beta1)
                second[i] += (gradient * gradient - second[i]) * (1 - beta2)
                parameters[i] -= alpha * first[i] / (second[i].squareRoot() + epsilon)
              }
            }
          }
        }
      }
    }
  }

  /// Gives `body` the numbers, which are not empty, for several threads.
  private func shared(_ values: inout [Float], _ body: (SharedPointer<Float>) -> Void) {
    values.withUnsafeMutableBufferPointer { $0.baseAddress.map { body(SharedPointer(pointer: $0)) } }
  }

  private func descend(
    _ gradients: [Float], _ parameters: inout [Float], _ state: inout OptimizerState, _ rate: Float,
    _ momentum: Float, _ nesterov: Bool
  ) {
    guard momentum > 0 else {
      for i in parameters.indices { parameters[i] -= rate * gradients[i] }
      return
    }
    for i in parameters.indices {
      state.first[i] = momentum * state.first[i] - rate * gradients[i]
      parameters[i] += nesterov ? momentum * state.first[i] - rate * gradients[i] : state.first[i]
    }
  }
}
