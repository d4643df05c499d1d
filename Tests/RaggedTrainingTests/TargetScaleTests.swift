import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Targets that are brought to one size: what must hold whatever the numbers are.
@Suite struct TargetScaleTests {
  private static let horizon = 3
  private static let names = (1...horizon).map { "x@\($0)" }
  private static let signature = SequenceSignature(input: .features(["x", "y"]), target: .valuesPerTimestep(names))

  /// Series with a column beside them, and the later values of each as targets.
  private static func batch(_ series: [[Float]], missing: Set<Int> = []) -> SequenceBatch {
    let offsets = series.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    var (cells, targets, observed) = ([Float](), [Float](), [Bool]())
    for values in series {
      for (t, value) in values.enumerated() {
        let isMissing = missing.contains(observed.count / 2)
        cells += [isMissing ? 0 : value, Float(t % 5) / 5]
        observed += [!isMissing, true]
        targets += (1...horizon).map { t + $0 < values.count ? values[t + $0] : .nan }
      }
    }
    return SequenceBatch(
      input: BatchCells(values: cells, featureCount: 2, observed: missing.isEmpty ? nil : observed), offsets: offsets,
      targets: .valuesPerTimestep(targets, width: horizon))
  }

  private static func series(lengths: [Int] = [24, 3, 0, 17, 1, 30], level: Float = 1, shift: Float = 0) -> [[Float]] {
    lengths.enumerated().map { index, length in
      var random = SeededRandom(seed: 5, stream: UInt64(index))
      return (0..<length).map { t in
        (3 + Float(index) + Float(t % 6) / 2 + (random.uniform() - 0.5)) * level + shift
      }
    }
  }

  private static func scale(_ scaling: TargetScaling, season: Int? = nil) throws -> TargetScale {
    scaling == .standard
      ? try TargetScale(standardizing: InMemorySource(batch(series()), signature: signature))
      : try TargetScale(scaling, target: signature.target, input: signature.input, season: season)
  }

  private static func trainer(
    _ scale: TargetScale?, loss: Loss = .meanAbsoluteError, threads: Int = 2, truncation: Int? = nil
  ) throws -> Trainer {
    let model = try Sequential(
      input: .features(2), layers: [LSTM(6, returnSequences: true), Dense(horizon)], seed: 3
    ).scattered(0.4)
    return try Trainer(
      model: model, loss: loss, optimizer: .adam(0.01), targetScale: scale, seed: 4, truncation: truncation,
      threads: threads)
  }

  private static let scales: [(TargetScaling, Int?)] = [
    (.standard, nil), (.series, nil), (.level, nil), (.series, 6), (.series, 1),
  ]

  @Test(arguments: scales) func paddingChangesNoBit(_ scaling: TargetScaling, _ season: Int?) throws {
    let trainer = try Self.trainer(Self.scale(scaling, season: season))
    let batch = Self.batch(Self.series(), missing: [2, 30])
    let bare = try trainer.answer(batch, [.gradients, .outputs, .losses])
    for options in [PaddingOptions(side: .pre, fixedLength: 37), PaddingOptions(value: .nan, fixedLength: 31)] {
      let padded = try batch.padded(options)
      #expect(try trainer.gradients(padded).weightBits == trainer.gradients(batch).weightBits)
      let answer = try trainer.answer(padded, .losses)
      #expect(answer.sum == bare.sum && answer.losses == bare.losses)
      let outputs = try trainer.predict(padded)
      for b in 0..<batch.count {
        for (t, n) in batch.range(b).enumerated() {
          let row = b * padded.paddedLength + t + (options.side == .pre ? padded.paddedLength - batch.length(b) : 0)
          let mine = Array(outputs[row * Self.horizon..<(row + 1) * Self.horizon])
          #expect(bits(mine) == bits(Array(bare.outputs[n * Self.horizon..<(n + 1) * Self.horizon])))
        }
      }
    }
    // Sequences alone, and threads.
    for b in 0..<batch.count {
      let alone = try trainer.predict(batch.selecting([b]))
      let range = batch.range(b)
      #expect(
        bits(alone) == bits(Array(bare.outputs[range.lowerBound * Self.horizon..<range.upperBound * Self.horizon])))
    }
    let single = try Self.trainer(Self.scale(scaling, season: season), threads: 1)
    #expect(try single.gradients(batch).weightBits == trainer.gradients(batch).weightBits)
    // Pieces of which the gradient ends have the scale of the whole.
    let pieces = try Self.trainer(Self.scale(scaling, season: season), truncation: 7)
    #expect(abs(try pieces.trainStep(batch).mean - bare.sum.mean) < 1e-5)
  }

  /// A series that is stretched and shifted is forecast as it was, stretched and shifted; the loss does not see it.
  @Test(arguments: [nil, 6] as [Int?]) func forecastsGoWithTheSeries(_ season: Int?) throws {
    let trainer = try Self.trainer(Self.scale(.series, season: season))
    let plain = try trainer.answer(Self.batch(Self.series()), .outputs)
    let moved = try trainer.answer(Self.batch(Self.series(level: 40, shift: 300)), .outputs)
    for (one, other) in zip(plain.outputs, moved.outputs) { #expect(abs(other - (40 * one + 300)) < 0.05) }
    #expect(abs(plain.sum.mean - moved.sum.mean) < 1e-4 && plain.sum.weight == moved.sum.weight)
    // By a power of two nothing is rounded.
    for scaling in [TargetScaling.level, .series] {
      let trainer = try Self.trainer(Self.scale(scaling, season: scaling == .series ? season : nil))
      let plain = try trainer.answer(Self.batch(Self.series()), .outputs)
      let wider = try trainer.answer(Self.batch(Self.series(level: 1024)), .outputs)
      #expect(bits(wider.outputs) == bits(plain.outputs.map { $0 * 1024 }) && wider.sum == plain.sum)
    }
  }

  /// What is said at a timestep follows from what came up to it, and from no target.
  @Test(arguments: scales.dropFirst()) func nothingIsKnownBeforeItComes(_ scaling: TargetScaling, _ season: Int?) throws
  {
    let trainer = try Self.trainer(Self.scale(scaling, season: season))
    let whole = Self.batch(Self.series(lengths: [30]))
    let outputs = try trainer.predict(whole)
    var other = Self.series(lengths: [30])
    for t in 12..<30 { other[0][t] *= -1000 }
    let changed = try trainer.predict(Self.batch(other))
    #expect(bits(Array(changed.prefix(12 * Self.horizon))) == bits(Array(outputs.prefix(12 * Self.horizon))))
    #expect(bits(changed) != bits(outputs))
    var blind = whole
    blind.targets = .none
    #expect(try bits(trainer.predict(blind)) == bits(outputs))
    // Piece by piece, with what is known of the series carried on.
    var (states, figures) = (trainer.initialStates(rows: 1), trainer.initialFigures(rows: 1))
    var pieces: [Float] = []
    for (start, count) in [(0, 1), (1, 10), (11, 19)] {
      let part = SequenceBatch(
        input: .values(Array(whole.input.values[2 * start..<2 * (start + count)]), featureCount: 2),
        offsets: [0, count])
      pieces += try trainer.predict(part, states: &states, figures: &figures)
    }
    #expect(bits(pieces) == bits(outputs))
    let error = #expect(throws: TrainingError.self) { try trainer.predict(blind, states: &states) }
    #expect(error?.message.contains("expected its figures") == true)
  }

  /// Standard scores are what one would have computed by hand before training.
  @Test(arguments: [Loss.meanSquaredError, .meanAbsoluteError]) func standardScoresAreThoseByHand(_ loss: Loss) throws {
    let scale = try Self.scale(.standard)
    let batch = Self.batch(Self.series())
    let (mine, theirs) = (try Self.trainer(scale, loss: loss), try Self.trainer(nil, loss: loss))
    var scaled = batch
    scaled.targets = .valuesPerTimestep(
      batch.targets.values.enumerated().map {
        ($1 - scale.mean[$0 % Self.horizon]) / scale.deviation[$0 % Self.horizon]
      }, width: Self.horizon)
    for _ in 0..<5 {
      let (one, other) = (try mine.trainStep(batch), try theirs.trainStep(scaled))
      #expect(one == other)
    }
    #expect(mine.model.weightBits == theirs.model.weightBits)
    let back = try theirs.predict(batch).enumerated().map {
      $1 * scale.deviation[$0 % Self.horizon] + scale.mean[$0 % Self.horizon]
    }
    #expect(try bits(mine.predict(batch)) == bits(back))
    // Of each value by itself, in double precision.
    for k in 0..<Self.horizon {
      let values = Self.series().flatMap { $0.dropFirst(k + 1) }.map(Double.init)
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      #expect(
        abs(Double(scale.mean[k]) - mean) < 1e-5 && abs(Double(scale.deviation[k]) - variance.squareRoot()) < 1e-5)
    }
  }

  /// A network that says 0 says the value a season before, so that its errors are those of the seasonal naive forecast.
  @Test func withASeasonTheModelStartsFromTheSeasonalNaive() throws {
    let scale = try Self.scale(.series, season: 2)
    let model = try Sequential(input: .features(2), layers: [LSTM(2, returnSequences: true), Dense(Self.horizon)])
    let trainer = try Trainer(model: model.scattered(0), loss: .meanAbsoluteError, targetScale: scale)
    let outputs = try trainer.predict(Self.batch([[5, 7, 6, 9, 4, 8]]))
    // Timestep 4 has 4, and 9 before it: the next is as 9, the one behind it as 4, the third as 9 again.
    #expect(outputs[12..<15].elementsEqual([9, 4, 9]))
    // Where there is no value a season before, the mean so far.
    #expect(outputs[0..<3].elementsEqual([5, 5, 5]))
  }

  /// A series learns from the timesteps at which its scale is known: two cells, and a season; one that does not change is
  /// never.
  @Test func whatHasNoScaleIsNotLearnedFrom() throws {
    let values: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
    // Of each timestep the values that are there: from the second on 3, 3, 3, 3, 2 and 1; with a season of 2 from the fourth, which has
    // two pairs, 3, 3, 2 and 1.
    for (season, weight) in [(nil, 5), (2, 3)] as [(Int?, Double)] {
      let trainer = try Self.trainer(Self.scale(.series, season: season))
      #expect(abs(try trainer.evaluate(Self.batch([values])).weight - weight) < 1e-6)
      let flat = try trainer.evaluate(Self.batch([values, Array(repeating: 7, count: 20)]))
      #expect(abs(flat.weight - weight) < 1e-6)
      #expect(try trainer.predict(Self.batch([[7, 7, 7]])).allSatisfy { $0 == 7 })
    }
  }

  @Test(arguments: scales) func aCheckpointHasTheScale(_ scaling: TargetScaling, _ season: Int?) throws {
    let trainer = try Self.trainer(Self.scale(scaling, season: season))
    let batch = Self.batch(Self.series())
    try trainer.trainStep(batch)
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "m.ragged")
    let checkpoint = trainer.checkpoint(context: CheckpointContext(signature: Self.signature))
    try checkpoint.write(to: file)
    let read = try Checkpoint(contentsOf: file)
    #expect(read == checkpoint && read.targetScale == trainer.targetScale)
    #expect(try bits(read.trainer().predict(batch)) == bits(trainer.predict(batch)))
    // One without a scale says nothing of it, as before there were any.
    let plain = try Self.trainer(nil).checkpoint()
    try plain.write(to: file)
    #expect(try !String(decoding: Data(contentsOf: file), as: UTF8.self).contains("targetScale"))
    // One that does not fit its model is refused.
    var broken = checkpoint
    broken.targetScale?.columns = [5, 5, 5]
    broken.targetScale?.mean = [1]
    #expect(throws: TrainingError.self) { try broken.trainer() }
  }

  @Test func whatHasNoMeaningIsRefused() throws {
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return ""
      } catch { return (error as? TrainingError)?.message ?? "\(error)" }
    }
    let input = InputSignature.features(["x", "y"])
    #expect(
      message { _ = try TargetScale(.series, target: .valuesPerTimestep(["z@1"]), input: input) }
        == "target \"z@1\" cannot have the scale of its series (series): expected later cells of a number column that is an "
        + "input too, such as \"sales@1..12\", or the scale standard")
    #expect(message { _ = try TargetScale(.level, target: .valuesPerTimestep(["x"]), input: input) }.contains("\"x\""))
    #expect(
      message { _ = try TargetScale(.series, target: .classPerSequence(["a", "b"]), input: input) }
        .contains("only values can be scaled"))
    #expect(
      message { _ = try TargetScale(.series, target: .valuesPerTimestep(["x@1"]), input: input, season: 0) }
        .contains("a season of 0 timesteps, expected 1 to"))
    #expect(
      message { _ = try TargetScale(.level, target: .valuesPerTimestep(["x@1"]), input: input, season: 4) }
        == "a season goes with the scale series, not level")
    let scale = try Self.scale(.series)
    let model = try Sequential(input: .features(2), layers: [LSTM(2, returnSequences: true), Dense(2)])
    #expect(
      message { _ = try Trainer(model: model, loss: .meanSquaredError, targetScale: scale) }
        == "a scale of 3 values for a model of 2 outputs and 2 features")
    let bounded = try Sequential(
      input: .features(2), layers: [LSTM(2, returnSequences: true), Dense(3, activation: .sigmoid)])
    #expect(
      message { _ = try Trainer(model: bounded, loss: .binaryCrossentropy, targetScale: scale) }
        .contains("binary_crossentropy is not for numbers of any size"))
    var states: [RecurrentState] = []
    let trainer = try Self.trainer(scale)
    #expect(
      message { try trainer.trainStep(Self.batch([[1, 2]]), states: &states, resets: [true]) }
        .contains("need another scale"))
  }
}
