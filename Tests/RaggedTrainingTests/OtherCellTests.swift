import Foundation
import RaggedCore
import Testing

@testable import RaggedTraining

/// A recurrent layer that is no LSTM: one gate and one part of a state, h = tanh(x · kernel + h · recurrent kernel + bias). All
/// that it takes stands here.
private struct Elman: RecurrentLayer, Equatable, Codable {
  var units: Int
  var returnSequences: Bool
  var goBackwards: Bool
  var dropout: Float

  init(_ units: Int, returnSequences: Bool = false, goBackwards: Bool = false, dropout: Float = 0) {
    self.units = units
    self.returnSequences = returnSequences
    self.goBackwards = goBackwards
    self.dropout = dropout
  }

  var spec: LayerSpec { LayerSpec(kind: self) }
}

extension Elman: RecurrentKind {
  static let cell = RecurrentCell(
    name: "elman", title: "Elman", article: "an", gateCount: 1, biasCount: 1, torchGates: [0], onnxGates: [0],
    onnxAttributes: [:], openGate: nil, statePartCount: 1,
    computation: { ElmanComputation(inputs: $0, units: $1) })
}

private struct ElmanComputation: CellComputation {
  var inputs: Int
  var units: Int

  var packedCount: Int { 0 }
  func packing(_ direction: RecurrentOperation.Direction, forTheWayBack: Bool) -> [Packing] { [] }

  /// The rows of a sequence in the order of reading.
  private func rows(_ block: Block, _ sequence: Int, _ isBackwards: Bool) -> [Int] {
    let rows = (0..<block.lengths[sequence]).map { block.row(sequence, $0) }
    return isBackwards ? rows.reversed() : rows
  }

  private func weight(_ context: BlockContext, _ direction: RecurrentOperation.Direction, _ k: Int, _ j: Int) -> Float {
    context.parameters[direction.weights + k * units + j]
  }

  func forward(
    _ context: BlockContext, _ direction: RecurrentOperation.Direction, _ x: Plane, to h: Plane, from before: [Plane]
  ) -> CellPass {
    for sequence in 0..<context.block.occupied {
      var last = before.first.map { plane in (0..<units).map { plane.row(sequence)[$0] } }
      for row in rows(context.block, sequence, direction.isBackwards) {
        let next = (0..<units).map { j -> Float in
          var sum = weight(context, direction, inputs + units, j)
          for k in 0..<inputs { sum += x.row(row)[k] * weight(context, direction, k, j) }
          for i in 0..<units { sum += (last?[i] ?? 0) * weight(context, direction, inputs + i, j) }
          return tanh(sum)
        }
        for j in 0..<units { h.row(row)[j] = next[j] }
        last = next
      }
    }
    return CellPass(
      x: x, before: before, states: [h], kept: [context.arena.plane(rows: x.rows, width: units)])
  }

  func backward(
    _ context: BlockContext, _ direction: RecurrentOperation.Direction, _ pass: CellPass, _ dh: Plane,
    _ gradients: UnsafeMutablePointer<Float>
  ) -> [Plane] {
    let (h, dz, start) = (pass.states[0], pass.kept[0], gradients + direction.weights)
    let dh0 = context.arena.plane(rows: context.block.rows.count, width: units)
    for sequence in 0..<context.block.occupied {
      let rows = rows(context.block, sequence, direction.isBackwards)
      var carried = [Float](repeating: 0, count: units)
      for (place, row) in rows.enumerated().reversed() {
        let last = place > 0 ? h.row(rows[place - 1]) : pass.before.first?.row(sequence)
        for j in 0..<units {
          dz.row(row)[j] = (dh.row(row)[j] + carried[j]) * (1 - h.row(row)[j] * h.row(row)[j])
          for k in 0..<inputs { start[k * units + j] += pass.x.row(row)[k] * dz.row(row)[j] }
          for i in 0..<units { start[(inputs + i) * units + j] += (last?[i] ?? 0) * dz.row(row)[j] }
          start[(inputs + units) * units + j] += dz.row(row)[j]
        }
        carried = (0..<units).map { i in
          (0..<units).reduce(0) { $0 + weight(context, direction, inputs + i, $1) * dz.row(row)[$1] }
        }
      }
      for j in 0..<units { dh0.row(sequence)[j] = carried[j] }
    }
    return pass.before.isEmpty ? [] : [dh0]
  }

  func inputGradient(_ context: BlockContext, _ direction: RecurrentOperation.Direction, _ pass: CellPass) -> Plane {
    let dx = context.arena.plane(rows: pass.x.rows, width: inputs)
    for row in 0..<dx.rows {
      for k in 0..<inputs {
        dx.row(row)[k] = (0..<units).reduce(0) { $0 + weight(context, direction, k, $1) * pass.kept[0].row(row)[$1] }
      }
    }
    return dx
  }
}

/// Another cell goes through the engine, the trainer and the texts by what it says of itself alone.
@Suite struct OtherCellTests {
  private static let layers: [[any Layer]] = [
    [Elman(4, returnSequences: true), Elman(3), Dense(2)],
    [Elman(4, returnSequences: true, goBackwards: true), LSTM(3, returnSequences: true), Dense(2)],
    [Bidirectional(Elman(3, returnSequences: true), merge: .mul), Bidirectional(Elman(2)), Dense(2)],
  ]

  /// Weights and states against (L(w + ε) − L(w − ε)) / 2ε.
  @Test(arguments: 0..<3) func gradientsAreThoseOfTheLoss(_ network: Int) throws {
    let model = try Sequential(input: .features(2), layers: Self.layers[network], seed: 5).scattered(0.5)
    let batch = sampleBatch(
      lengths: [4, 0, 7, 1], input: .features(2), target: .values(2), isPerSequence: model.isPerSequence)
    var random = SeededRandom(seed: 9)
    let states = try sampleStates(of: model, rows: batch.count, &random)
    func loss(_ model: Sequential, _ states: [RecurrentState]) throws -> Double {
      let trainer = try Trainer(model: model, loss: .meanSquaredError, reduction: .sum, threads: 1)
      return try trainer.answer(batch, initialStates: states).sum.mean
    }
    let trainer = try Trainer(model: model, loss: .meanSquaredError, reduction: .sum, threads: 2)
    let gradients = try trainer.gradients(batch, initialStates: states)
    let step: Float = 0x1p-6
    for (tensor, gradient) in gradients.weights.enumerated() {
      for element in [0, gradient.values.count / 2, gradient.values.count - 1] {
        var (above, below) = (model, model)
        var weights = model.weights
        weights[tensor].values[element] += step
        try above.setWeights(weights)
        weights[tensor].values[element] -= 2 * step
        try below.setWeights(weights)
        let slope = try (loss(above, states) - loss(below, states)) / Double(2 * step)
        #expect(abs(slope - Double(gradient.values[element])) <= 0.01 * max(1, abs(slope)), "\(gradient.name)")
      }
    }
    for state in states.indices {
      let part = states[state].parts.count - 1
      var (above, below) = (states, states)
      above[state].parts[part][0] += step
      below[state].parts[part][0] -= step
      let slope = try (loss(model, above) - loss(model, below)) / Double(2 * step)
      #expect(abs(slope - Double(gradients.states[state].parts[part][0])) <= 0.01 * max(1, abs(slope)))
    }
  }

  @Test func statesGoOnFromPieceToPiece() throws {
    let model = try Sequential(input: .features(2), layers: Self.layers[0], seed: 5).scattered(0.5)
    let trainer = try Trainer(model: model, loss: .meanSquaredError, threads: 1)
    #expect(trainer.initialStates(rows: 2).map { $0.parts.map(\.count) } == [[8], [6]])
    let whole = sampleBatch(lengths: [6], input: .features(2), target: .values(2), isPerSequence: true)
    var states = trainer.initialStates(rows: 1)
    var output: [Float] = []
    for first in [0, 4] {
      var piece = whole
      piece.validity = (0..<6).map { first == 0 ? $0 < 4 : $0 >= 4 }
      output = try trainer.predict(piece, states: &states)
    }
    #expect(bits(output) == bits(try trainer.predict(whole)))
  }

  @Test func textsNameIt() throws {
    let model = try Sequential(input: .features(2), layers: Self.layers[2])
    #expect(
      model.parameterInfo.prefix(3).map { "\($0.name) \($0.shape)" } == [
        "bidirectional/forward_elman/kernel [2, 3]", "bidirectional/forward_elman/recurrent_kernel [3, 3]",
        "bidirectional/forward_elman/bias [3]",
      ])
    #expect(
      try Sequential(input: .features(2), layers: [Elman(1)]).summary.contains("elman (Elman)  (None, 1)"))
    #expect(Bidirectional(Elman(2, dropout: 0.5), merge: .ave).text == "bidirectional(elman(2, dropout=0.5), ave)")
    #expect(throws: TrainingError(.invalidModel, "an Elman has 0 units, expected at least 1")) {
      try Sequential(input: .features(2), layers: [Elman(0)])
    }
  }
}
