import RaggedCore
import RaggedTraining
import Testing

/// Sequences that come in pieces: whatever the pieces, outputs are those of the whole.
@Suite struct TimestepPredictorTests {
  /// Where a sequence of a length is cut, at random; also into timesteps alone, and not at all.
  private static func cuts(_ length: Int, _ random: inout SeededRandom) -> [Range<Int>] {
    let mode = random.below(4)
    var (cuts, start) = ([Range<Int>](), 0)
    while start < length {
      let count = mode == 0 ? 1 : mode == 1 ? length : random.below(5)
      let end = min(length, start + count)
      cuts.append(start..<end)
      start = end
    }
    return cuts
  }

  private static func piece(_ batch: SequenceBatch, _ b: Int, _ range: Range<Int>) -> SequenceBatch {
    let first = batch.offsets[b] + range.lowerBound
    func rows<Value>(_ values: [Value], _ width: Int) -> [Value] {
      Array(values[first * width..<(first + range.count) * width])
    }
    func row<Value>(_ values: [Value], _ width: Int) -> [Value] { Array(values[b * width..<(b + 1) * width]) }
    let (cells, statics) = (batch.input, batch.statics)
    return SequenceBatch(
      input: BatchCells(
        values: rows(cells.values, cells.featureCount), featureCount: cells.featureCount,
        codes: rows(cells.codes, cells.codeCount), codeCount: cells.codeCount,
        observed: cells.observed.map { rows($0, cells.featureCount) }),
      statics: BatchCells(
        values: row(statics.values, statics.featureCount), featureCount: statics.featureCount,
        codes: row(statics.codes, statics.codeCount), codeCount: statics.codeCount,
        observed: statics.observed.map { row($0, statics.featureCount) }),
      offsets: [0, range.count], validity: batch.validity.map { rows($0, 1) })
  }

  /// The outputs of all sequences of a batch, the pieces of which come interleaved: of each head, timestep after timestep, or for each
  /// timestep that of the sequence so far.
  private static func streamed(
    _ predictor: TimestepPredictor, _ batch: SequenceBatch, heads: Int, seed: UInt64
  ) throws -> [[(outputs: [Float], after: [Int])]] {
    var random = SeededRandom(seed: seed, stream: 5)
    var waiting = (0..<batch.count).map { b in ArraySlice(cuts(batch.length(b), &random)) }
    var states = (0..<batch.count).map { _ in predictor.start() }
    var found = Array(
      repeating: Array(repeating: (outputs: [Float](), after: [Int]()), count: batch.count), count: heads)
    while waiting.contains(where: { !$0.isEmpty }) {
      let left = waiting.indices.filter { !waiting[$0].isEmpty }
      let b = left[random.below(left.count)]
      guard let range = waiting[b].popFirst() else { continue }
      let outputs = try predictor.predict(piece(batch, b, range), &states[b])
      #expect(outputs.count == heads && states[b].timesteps == range.upperBound)
      for (place, part) in outputs.enumerated() {
        found[place][b].outputs += part
        found[place][b].after.append(range.upperBound)
      }
    }
    return found
  }

  /// The law, for networks of any layers and sizes, with holes and without.
  @Test(arguments: 0..<80) func anyPiecesAreTheWhole(seed: UInt64) throws {
    let network = try RandomNetwork(seed: 9000 + seed, sizes: [1, 2, 5, 8, 17, 33], longest: 14)
    let trainer = try Trainer(model: network.model, loss: network.loss, threads: 2)
    guard let predictor = try? TimestepPredictor(trainer) else {
      #expect(trainer.readsBackwards)
      return
    }
    var batch = network.batch
    batch.targets = .none
    let found = try Self.streamed(predictor, batch, heads: 1, seed: seed)[0]
    let width = network.model.outputWidth
    let whole = try trainer.predict(batch)
    for b in 0..<batch.count where batch.length(b) > 0 {
      guard network.model.isPerSequence else {
        let range = batch.range(b)
        #expect(bits(found[b].outputs) == bits(Array(whole[range.lowerBound * width..<range.upperBound * width])))
        continue
      }
      // The answer so far is that of the sequence which ends there.
      let prefixes = try found[b].after.flatMap { try trainer.predict(Self.piece(batch, b, 0..<$0)) }
      #expect(bits(found[b].outputs) == bits(prefixes))
      #expect(bits(Array(found[b].outputs.suffix(width))) == bits(Array(whole[b * width..<(b + 1) * width])))
    }
  }

  /// Numbers that fill those behind them, times since, columns per sequence at every timestep, in the head and in the state.
  @Test(arguments: CarriedColumnTests.options + [InputOptions(statics: .head), InputOptions(indicators: true)])
  func whatTheDoorLooksBackForIsCarried(_ options: InputOptions) throws {
    for perSequence in [false, true] {
      let trainer = try CarriedColumnTests.trainer(options, perSequence: perSequence)
      let predictor = try TimestepPredictor(trainer)
      var batch = try CarriedColumnTests.batch(perSequence: perSequence)
      var random = SeededRandom(seed: 8)
      batch.validity = (0..<batch.timesteps).map { _ in random.uniform() > 0.3 }
      let found = try Self.streamed(predictor, batch, heads: 1, seed: 3)[0]
      batch.targets = .none
      let whole = try trainer.predict(batch)
      for b in 0..<batch.count where batch.length(b) > 0 {
        let rows = perSequence ? b..<b + 1 : batch.range(b)
        let expected = bits(Array(whole[rows.lowerBound * 2..<rows.upperBound * 2]))
        #expect(bits(perSequence ? Array(found[b].outputs.suffix(2)) : found[b].outputs) == expected)
      }
    }
  }

  /// Every head of a model with several is streamed at the cost of one pass; a mask of the model's own leaves timesteps out.
  @Test func headsAndMasksAreStreamed() throws {
    let model = try Sequential(
      input: .features(3), layers: [Masking(maskValue: 0), LSTM(7, returnSequences: true)],
      heads: [
        ModelHead("a@1", [Dense(4, activation: .softmax)]),
        ModelHead("b", [LSTM(3, returnSequences: true), Dense(2)]),
        ModelHead("c", [Last(), Dense(3, activation: .softmax)]),
        ModelHead("d", [Dense(5, activation: .relu), Last(), Dense(1)]),
      ], seed: 4
    ).scattered()
    let losses: [HeadLoss] = [
      HeadLoss(.sparseCategoricalCrossentropy), HeadLoss(.meanSquaredError), HeadLoss(.sparseCategoricalCrossentropy),
      HeadLoss(.meanSquaredError),
    ]
    let trainer = try Trainer(model: model, losses: losses, threads: 2)
    var batch = sampleBatch(lengths: [12, 0, 7, 1, 20], input: .features(3), target: .values(1), seed: 6)
    batch.targets = .none
    for n in 0..<batch.timesteps where n % 3 == 0 || n < 2 { for f in 0..<3 { batch.input.values[n * 3 + f] = 0 } }
    let predictor = try TimestepPredictor(trainer)
    let found = try Self.streamed(predictor, batch, heads: 4, seed: 1)
    let whole = try trainer.predictHeads(batch).map(\.outputs)
    for (place, width) in [4, 2, 3, 1].enumerated() {
      for b in 0..<batch.count where batch.length(b) > 0 {
        let rows = place < 2 ? batch.range(b) : b..<b + 1
        let outputs = place < 2 ? found[place][b].outputs : Array(found[place][b].outputs.suffix(width))
        #expect(bits(outputs) == bits(Array(whole[place][rows.lowerBound * width..<rows.upperBound * width])))
      }
    }
  }

  /// Targets in the scale of their own series: what is known of it goes on with the states.
  @Test(arguments: [TargetScaling.series, .level], [nil, 3])
  func scalesOfSeriesGoOn(_ scaling: TargetScaling, season: Int?) throws {
    guard scaling == .series || season == nil else { return }
    let scale = try TargetScale(
      scaling, target: .valuesPerTimestep(["f1@1", "f0@2"]), input: .features(["f0", "f1", "f2"]), season: season)
    let trainer = try Trainer(
      model: Sequential(input: .features(3), layers: [LSTM(5, returnSequences: true), Dense(2)], seed: 3),
      loss: .meanSquaredError, targetScale: scale, threads: 2)
    var batch = sampleBatch(lengths: [12, 0, 7, 1, 20], input: .features(3), target: .values(2), seed: 6)
    batch.targets = .none
    batch.validity = (0..<batch.timesteps).map { $0 % 5 != 2 }
    let found = try Self.streamed(TimestepPredictor(trainer), batch, heads: 1, seed: 2)[0]
    let whole = try trainer.predict(batch)
    for b in 0..<batch.count where batch.length(b) > 0 {
      let range = batch.range(b)
      #expect(bits(found[b].outputs) == bits(Array(whole[range.lowerBound * 2..<range.upperBound * 2])))
    }
  }

  @Test func aStateIsAValueAndWeightsAreThoseOfTheTime() throws {
    let trainer = try Trainer(
      model: Sequential(input: .features(2), layers: [LSTM(4, returnSequences: true), Dense(2)], seed: 1),
      loss: .meanSquaredError, optimizer: .adam(0.1))
    let predictor = try TimestepPredictor(trainer)
    var batch = sampleBatch(lengths: [9], input: .features(2), target: .values(2), seed: 2)
    let before = try trainer.predict(batch)
    try trainer.trainStep(batch)
    batch.targets = .none
    var state = predictor.start()
    let first = try predictor.predict(Self.piece(batch, 0, 0..<5), &state)[0]
    var other = state
    #expect(other == state && state.byteCount > 0)
    let rest = try predictor.predict(Self.piece(batch, 0, 5..<9), &state)[0]
    #expect(bits(first + rest) == bits(before))
    #expect(other != state)
    #expect(bits(try predictor.predict(Self.piece(batch, 0, 5..<9), &other)[0]) == bits(rest))
    #expect(other == state)
  }

  @Test func aPieceThatDoesNotFitLeavesTheState() throws {
    let trainer = try Trainer(
      model: Sequential(input: .features(2), layers: [LSTM(4)], seed: 1), loss: .meanSquaredError)
    let predictor = try TimestepPredictor(trainer)
    var state = predictor.start()
    let good = SequenceBatch(input: .values([1, 2], featureCount: 2), offsets: [0, 1])
    _ = try predictor.predict(good, &state)
    let kept = state
    #expect(throws: TrainingError.self) {
      try predictor.predict(SequenceBatch(input: .values([1], featureCount: 1), offsets: [0, 1]), &state)
    }
    #expect(throws: TrainingError(.dataMismatch, "a piece of 2 sequences, expected one")) {
      try predictor.predict(SequenceBatch(input: .values([1, 2, 3, 4], featureCount: 2), offsets: [0, 1, 2]), &state)
    }
    #expect(state == kept)
    // An empty piece is answered as before.
    let empty = SequenceBatch(input: .values([], featureCount: 2), offsets: [0, 0])
    let last = try predictor.predict(good, &state)
    #expect(bits(try predictor.predict(empty, &state)[0]) == bits(last[0]))
    #expect(state.timesteps == 2)
  }

  @Test func whatNeedsTheWholeSequenceIsRefused() throws {
    func refused(_ layers: [any Layer], _ loss: Loss, _ words: String) {
      do {
        _ = try TimestepPredictor(Trainer(model: Sequential(input: .features(2), layers: layers), loss: loss))
        Issue.record("\(layers) can be followed")
      } catch let error as TrainingError {
        #expect(error.message.contains(words), "\(error.message)")
      } catch {
        Issue.record("\(error)")
      }
    }
    let both = Bidirectional(LSTM(3, returnSequences: true), merge: .concat)
    refused([both, Dense(2)], .meanSquaredError, "a layer of the model reads sequences from their ends")
    refused([LSTM(3, goBackwards: true), Dense(2)], .meanSquaredError, "reads sequences from their ends")
    let steps = LSTM(3, returnSequences: true)
    refused([steps, Dense(3, activation: .softmax)], .ctc, "become labels by a search over the whole sequence (ctc)")
    refused([steps, Dense(3), CRF(3)], .crf, "become tags by a search over the whole sequence (crf)")
  }
}
