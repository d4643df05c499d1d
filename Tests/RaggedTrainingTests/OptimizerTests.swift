import Foundation
import RaggedCore
import Testing

@testable import RaggedTraining

@Suite struct OptimizerTests {
  struct Reference: Decodable {
    struct Run: Decodable {
      var name: String
      var type: String
      var settings: [String: Setting]
      var parametersAfter: ReferenceTensor
    }

    enum Setting: Decodable {
      case number(Double)
      case flag(Bool)

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
          self = .number(number)
        } else {
          self = .flag(try container.decode(Bool.self))
        }
      }

      var value: Float {
        switch self {
        case .number(let number): Float(number)
        case .flag(let flag): flag ? 1 : 0
        }
      }
    }

    var start: ReferenceTensor
    var gradients: ReferenceTensor
    var runs: [Run]
  }

  static func optimizer(_ run: Reference.Run) -> Optimizer? {
    func setting(_ name: String, _ fallback: Float = 0) -> Float { run.settings[name]?.value ?? fallback }
    let rule: Optimizer.Rule
    switch run.type {
    case "Adam":
      rule = .adam(beta1: setting("beta_1"), beta2: setting("beta_2"), epsilon: setting("epsilon"))
    case "AdamW":
      rule = .adamW(
        beta1: setting("beta_1"), beta2: setting("beta_2"), epsilon: setting("epsilon"),
        weightDecay: setting("weight_decay"))
    case "SGD": rule = .sgd(momentum: setting("momentum"), nesterov: setting("nesterov") != 0)
    default: return nil
    }
    return Optimizer(
      rule, learningRate: .constant(setting("learning_rate")), clipNorm: run.settings["global_clipnorm"]?.value)
  }

  @Test func stepsAreThoseOfKeras() throws {
    let reference = try decodeRaw(Reference.self, "keras-3.15.1/optimizers.json")
    #expect(reference.runs.count == 7)
    for run in reference.runs {
      let optimizer = try #require(Self.optimizer(run), "\(run.type)")
      try optimizer.validate()
      var parameters = reference.start.floats
      var state = OptimizerState(optimizer.rule, parameterCount: 6)
      for step in 0..<10 {
        var gradients = Array(reference.gradients.floats[step * 6..<(step + 1) * 6])
        optimizer.apply(&gradients, to: &parameters, state: &state, on: Workers(1))
        let expected = Array(run.parametersAfter.values[step * 6..<(step + 1) * 6])
        #expect(relativeError(parameters, expected) <= 1e-6, "\(run.name), step \(step + 1)")
      }
      #expect(state.step == 10)
    }
  }

  @Test func theDefaultsAreThoseOfKeras() {
    #expect(Optimizer.adam().rule == .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7))
    #expect(Optimizer.adam().learningRate == .constant(1e-3))
    #expect(Optimizer.adamW().rule == .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.004))
    #expect(Optimizer.sgd() == Optimizer(.sgd(momentum: 0, nesterov: false), learningRate: .constant(1e-2)))
  }

  @Test func clippingKeepsTheDirection() {
    let optimizer = Optimizer.sgd(1, clipNorm: 1)
    var state = OptimizerState(optimizer.rule, parameterCount: 2)
    var parameters: [Float] = [0, 0]
    var gradients: [Float] = [30, 40]
    optimizer.apply(&gradients, to: &parameters, state: &state, on: Workers(1))
    #expect(abs(parameters[0] + 0.6) < 1e-6 && abs(parameters[1] + 0.8) < 1e-6)
    gradients = [0.3, 0.4]
    parameters = [0, 0]
    optimizer.apply(&gradients, to: &parameters, state: &state, on: Workers(1))
    #expect(parameters == [-0.3, -0.4])
  }

  @Test func refusesNumbersWithoutAMeaning() {
    let rules: [(Optimizer.Rule, String)] = [
      (.adam(beta1: 1, beta2: 0.999, epsilon: 1e-7), "adam(beta1: 1.0, beta2: 0.999, epsilon: 1e-07)"),
      (.adam(beta1: 0.9, beta2: -1, epsilon: 1e-7), "adam(beta1: 0.9, beta2: -1.0, epsilon: 1e-07)"),
      (.adam(beta1: 0.9, beta2: 0.999, epsilon: 0), "adam(beta1: 0.9, beta2: 0.999, epsilon: 0.0)"),
      (.sgd(momentum: 2, nesterov: false), "sgd(momentum: 2.0, nesterov: false)"),
    ]
    for (rule, text) in rules {
      #expect(throws: TrainingError(.invalidModel, "the optimiser \(text) has no meaning")) {
        try Optimizer(rule, learningRate: .constant(1)).validate()
      }
    }
    for clip in [0, -1, .nan] as [Float] {
      #expect(throws: TrainingError(.invalidModel, "the clip norm is \(clip), expected more than 0")) {
        try Optimizer.adam(clipNorm: clip).validate()
      }
    }
    #expect(throws: TrainingError(.invalidModel, "the learning rate constant(-1.0) has no meaning")) {
      try Optimizer.adam(-1).validate()
    }
    for decay in [-1, .nan, .infinity] as [Float] {
      #expect(throws: TrainingError.self) { try Optimizer.adamW(weightDecay: decay).validate() }
    }
  }
}

/// Decodes a reference file whose dictionaries have keys that must stay as they are.
func decodeRaw<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
  let data = try Data(contentsOf: referenceFolder.appending(path: path))
  let text = String(decoding: data, as: UTF8.self).replacing("\"parameters_after\"", with: "\"parametersAfter\"")
  return try JSONDecoder().decode(type, from: Data(text.utf8))
}
