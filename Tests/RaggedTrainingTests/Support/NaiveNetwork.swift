import RaggedCore
import RaggedTraining

/// A network computed one sequence and one number at a time in double precision, straight from the definitions.
struct NaiveNetwork {
  var layers: [LayerSpec]
  /// In Keras' layout and order.
  var weights: [WeightTensor]
  var loss: Loss
  var reduction: Reduction

  struct Result {
    var loss = 0.0
    var weights: [[Double]] = []
    /// `[N, F]`, zeros where invalid; empty for tokens.
    var input: [Double] = []
    /// By state, h then c.
    var states: [(h: [Double], c: [Double])] = []
  }

  private typealias Scalar = Tape.Scalar

  func result(_ batch: SequenceBatch, states: [RecurrentState] = []) -> Result {
    let tape = Tape()
    let parameters = weights.map { tape.leaves($0.values) }
    let inputs = tape.leaves(batch.input.values)
    let given = states.map { (h: tape.leaves($0.parts[0]), c: tape.leaves($0.parts[1])) }
    var run = Run(tape: tape, layers: layers, parameters: parameters, shapes: weights.map(\.shape), states: given)
    var numerator: [Scalar] = []
    var denominator = 0.0
    for b in 0..<batch.count {
      let steps = batch.range(b).filter { batch.validity?[$0] ?? true }
      let weight = Double(batch.weights?[b] ?? 1)
      let outputs = run.outputs(batch, steps: steps, inputs: inputs, row: b)
      let items = run.isPerSequence ? [b] : steps
      let losses = zip(outputs, items).map { elementLoss(tape, $0, truth(batch.targets, item: $1, width: $0.count)) }
      let share = reduction == .meanPerSequence && !run.isPerSequence ? 1 / Double(max(1, steps.count)) : 1
      numerator += losses.map { tape.scale($0, by: weight * share) }
      denominator += weight * share * Double(losses.count)
    }
    let total = tape.sum(numerator)
    let divisor = reduction == .sum || denominator == 0 ? 1 : denominator
    let final = tape.scale(total, by: 1 / divisor)
    let gradients = tape.gradients(of: final)
    func of(_ scalars: [Scalar]) -> [Double] { scalars.map { gradients[$0.index] } }
    return Result(
      loss: tape.value(final), weights: parameters.map(of), input: of(inputs),
      states: given.map { (h: of($0.h), c: of($0.c)) })
  }

  private var isFromLogits: Bool {
    let activation: Activation? =
      switch layers.last?.layer {
      case let dense as Dense: dense.activation
      case let distributed as TimeDistributed: distributed.layer.activation
      default: nil
      }
    return switch loss {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy: activation == .softmax
    case .binaryCrossentropy: activation == .sigmoid
    case .meanSquaredError, .meanAbsoluteError, .ctc, .crf: false
    }
  }

  private func truth(_ targets: BatchTargets, item: Int, width: Int) -> [Double] {
    if !targets.values.isEmpty { return targets.values[item * width..<(item + 1) * width].map(Double.init) }
    let known = Int(targets.classes[item])
    return width == 1 ? [Double(known)] : (0..<width).map { $0 == known ? 1 : 0 }
  }

  private func elementLoss(_ tape: Tape, _ outputs: [Scalar], _ truth: [Double]) -> Scalar {
    // Where loss and activation belong together nothing is clipped: double precision knows these outputs well enough.
    let range = isFromLogits ? -Double.infinity...Double.infinity : Double(Float(1e-7))...Double(1 - Float(1e-7))
    let share = 1 / Double(outputs.count)
    switch loss {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy:
      let total = tape.sum(outputs)
      return tape.sum(
        zip(outputs, truth).map { tape.scale(tape.log(tape.clip(tape.divide($0, total), range)), by: -$1) })
    case .binaryCrossentropy:
      return tape.sum(
        zip(outputs, truth).map { output, truth in
          let clamped = tape.clip(output, range)
          return tape.add(
            tape.scale(tape.log(clamped), by: -truth * share),
            tape.scale(tape.log(tape.scale(clamped, by: -1, plus: 1)), by: -(1 - truth) * share))
        })
    // Of whole sequences, which are compared with sums over all paths elsewhere.
    case .ctc, .crf: return tape.sum([])
    case .meanSquaredError:
      return tape.sum(
        zip(outputs, truth).map { output, truth in
          let difference = tape.scale(output, by: 1, plus: -truth)
          return tape.scale(tape.multiply(difference, difference), by: share)
        })
    case .meanAbsoluteError:
      return tape.sum(
        zip(outputs, truth).map { tape.scale(tape.magnitude(tape.scale($0, by: 1, plus: -$1)), by: share) })
    }
  }
}

/// One sequence's way through the layers.
private struct Run {
  let tape: Tape
  let layers: [LayerSpec]
  let parameters: [[Tape.Scalar]]
  let shapes: [[Int]]
  let states: [(h: [Tape.Scalar], c: [Tape.Scalar])]
  private(set) var isPerSequence = false
  private var nextParameter = 0
  private var nextState = 0

  init(
    tape: Tape, layers: [LayerSpec], parameters: [[Tape.Scalar]], shapes: [[Int]],
    states: [(h: [Tape.Scalar], c: [Tape.Scalar])]
  ) {
    (self.tape, self.layers, self.parameters, self.shapes, self.states) = (tape, layers, parameters, shapes, states)
  }

  /// One output a valid timestep, or one in all.
  mutating func outputs(_ batch: SequenceBatch, steps: [Int], inputs: [Tape.Scalar], row: Int) -> [[Tape.Scalar]] {
    (isPerSequence, nextParameter, nextState) = (false, 0, 0)
    var current: [[Tape.Scalar]] = []
    let count = batch.input.featureCount
    if count > 0 {
      current = steps.map { Array(inputs[$0 * count..<($0 + 1) * count]) }
    }
    for layer in layers {
      switch layer.layer {
      case let embedding as Embedding:
        let table = takeParameter().values
        current = steps.map { step in
          let token = Int(batch.input.codes[step])
          return Array(table[token * embedding.units..<(token + 1) * embedding.units])
        }
      case let lstm as LSTM:
        let read = recurrent(lstm, current, isBackwards: lstm.goBackwards, row: row)
        current = lstm.returnSequences ? read : [read.last ?? zeros(lstm.units)]
        isPerSequence = !lstm.returnSequences
      case let both as Bidirectional:
        let forwards = recurrent(both.layer, current, isBackwards: false, row: row)
        let backwards = recurrent(both.layer, current, isBackwards: true, row: row)
        if both.layer.returnSequences {
          current = zip(forwards, backwards.reversed()).map { merge(both.merge, $0, $1) }
        } else {
          let nothing = zeros(both.layer.units)
          current = [merge(both.merge, forwards.last ?? nothing, backwards.last ?? nothing)]
          isPerSequence = true
        }
      case let dense as Dense: current = self.dense(dense, current)
      case let distributed as TimeDistributed: current = dense(distributed.layer, current)
      default: break
      }
    }
    return current
  }

  private func zeros(_ count: Int) -> [Tape.Scalar] { (0..<count).map { _ in tape.leaf(0) } }

  private mutating func takeParameter() -> (values: [Tape.Scalar], shape: [Int]) {
    defer { nextParameter += 1 }
    return (parameters[nextParameter], shapes[nextParameter])
  }

  /// h after each timestep, in the order of reading.
  private mutating func recurrent(
    _ lstm: any RecurrentLayer, _ input: [[Tape.Scalar]], isBackwards: Bool, row: Int
  ) -> [[Tape.Scalar]] {
    let (kernel, recurrent, bias) = (takeParameter().values, takeParameter().values, takeParameter().values)
    let units = lstm.units
    var (h, c) = (zeros(units), zeros(units))
    if nextState < states.count {
      h = Array(states[nextState].h[row * units..<(row + 1) * units])
      c = Array(states[nextState].c[row * units..<(row + 1) * units])
      nextState += 1
    }
    return (isBackwards ? input.reversed() : input).map { x in
      let gates = (0..<4 * units).map { column in
        let fromInput = tape.dot(x, kernel, columns: 4 * units, column: column, start: bias[column])
        return tape.dot(h, recurrent, columns: 4 * units, column: column, start: fromInput)
      }
      for j in 0..<units {
        let (i, f, o) = (tape.sigmoid(gates[j]), tape.sigmoid(gates[units + j]), tape.sigmoid(gates[3 * units + j]))
        c[j] = tape.add(tape.multiply(f, c[j]), tape.multiply(i, tape.tanh(gates[2 * units + j])))
        h[j] = tape.multiply(o, tape.tanh(c[j]))
      }
      return h
    }
  }

  private func merge(_ merge: Bidirectional.Merge, _ a: [Tape.Scalar], _ b: [Tape.Scalar]) -> [Tape.Scalar] {
    switch merge {
    case .concat: a + b
    case .sum: zip(a, b).map { tape.add($0, $1) }
    case .mul: zip(a, b).map { tape.multiply($0, $1) }
    case .ave: zip(a, b).map { tape.scale(tape.add($0, $1), by: 0.5) }
    }
  }

  private mutating func dense(_ dense: Dense, _ input: [[Tape.Scalar]]) -> [[Tape.Scalar]] {
    let (kernel, bias) = (takeParameter().values, takeParameter().values)
    return input.map { x in
      let sums = (0..<dense.units).map { tape.dot(x, kernel, columns: dense.units, column: $0, start: bias[$0]) }
      switch dense.activation {
      case .linear: return sums
      case .relu: return sums.map { tape.relu($0) }
      case .sigmoid: return sums.map { tape.sigmoid($0) }
      case .tanh: return sums.map { tape.tanh($0) }
      case .softmax:
        let powers = sums.map { tape.exp($0) }
        let total = tape.sum(powers)
        return powers.map { tape.divide($0, total) }
      }
    }
  }
}
