import RaggedBatching
import RaggedCore
import RaggedTraining
import Testing

/// Lists of labels aligned with timesteps: against PyTorch in double precision, against all alignments of short sequences, and
/// the laws that padding and threads change nothing.
@Suite struct CTCTests {
  struct Reference: Decodable {
    struct Case: Decodable {
      var `case`: String
      var steps: [Int]
      var labels: [Int32]
      var counts: [Int]
      var logits: ReferenceTensor
      var lossValues: ReferenceTensor
      var gradient: ReferenceTensor

      /// The logits as the input of a model that hands them on.
      var batch: SequenceBatch {
        let offsets = steps.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        let places = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        return SequenceBatch(
          input: .values(logits.floats, featureCount: logits.shape[1]), offsets: offsets,
          targets: .labels(LabelLists(codes: labels, offsets: places)))
      }
    }

    var cases: [Case]
  }

  /// A trainer whose model is a softmax alone: the input is the logits, and its gradient is theirs.
  static func trainer(
    _ width: Int, _ reduction: Reduction = .sum, threads: Int? = nil, kernels: String? = nil
  ) throws -> Trainer {
    var model = try Sequential(input: .features(width), layers: [Dense(width, activation: .softmax)])
    try model.setWeights([
      WeightTensor(
        name: "kernel", shape: [width, width], values: (0..<width * width).map { $0 % (width + 1) == 0 ? 1 : 0 }),
      WeightTensor(name: "bias", shape: [width], values: Array(repeating: 0, count: width)),
    ])
    return try Trainer(model: model, loss: .ctc, reduction: reduction, threads: threads, kernels: kernels)
  }

  /// A trainer of a network with memory, and sequences with labels that fit, some of them empty.
  private func sample(threads: Int = 1) throws -> (Trainer, SequenceBatch) {
    let model = try Sequential(
      input: .features(3),
      layers: [Bidirectional(LSTM(6, returnSequences: true)), TimeDistributed(Dense(5, activation: .softmax))], seed: 4
    ).scattered()
    var batch = sampleBatch(
      lengths: sampleLengths(70, longest: 23), input: .features(3), target: .values(1), isWeighted: true)
    var random = SeededRandom(seed: 12)
    batch.targets = .labels(
      LabelLists(
        batch.lengths.map { length -> [Int32] in
          var list: [Int32] = []
          while list.count < length / 2 { list.append(Int32(random.below(4))) }
          while CTC.leastTimesteps(for: list) > length { list.removeLast() }
          return list
        }))
    return (try Trainer(model: model, loss: .ctc, threads: threads), batch)
  }

  @Test(arguments: availableKernels)
  func lossesAndGradientsAreThoseOfPyTorch(_ kernels: String) throws {
    let reference = try decode(Reference.self, "pytorch-2.15.0/ctc.json")
    #expect(reference.cases.count == 7)
    for item in reference.cases {
      let trainer = try Self.trainer(item.logits.shape[1], kernels: kernels)
      let answer = try trainer.answer(item.batch, [.losses, .inputGradient])
      for (b, expected) in item.lossValues.values.enumerated() {
        let found = try #require(answer.losses[b])
        #expect(abs(found - expected) <= 1e-6 * max(1, abs(expected)), "\(item.case) \(b): \(found), not \(expected)")
      }
      let total = item.lossValues.values.reduce(0, +)
      #expect(abs(answer.sum.loss - total) <= 1e-6 * max(1, total), "\(item.case)")
      for (found, expected) in zip(try #require(answer.gradients?.input), item.gradient.values) {
        #expect(abs(Double(found) - expected) <= 1e-5, "\(item.case): \(found), not \(expected)")
      }
    }
  }

  /// What a path of outputs spells.
  private func spelled(_ path: [Int]) -> [Int32] {
    var (labels, before) = ([Int32](), CTC.blank)
    for output in path {
      if output != CTC.blank, output != before { labels.append(Int32(output - 1)) }
      before = output
    }
    return labels
  }

  /// Calls `body` with every path of so many outputs.
  private func forEachPath(_ steps: Int, _ width: Int, _ body: ([Int]) -> Void) {
    var path = Array(repeating: 0, count: steps)
    while true {
      body(path)
      guard let place = path.lastIndex(where: { $0 < width - 1 }) else { return }
      path[place] += 1
      for later in place + 1..<max(place + 1, steps) { path[later] = 0 }
    }
  }

  /// Probabilities of `[T, width]` logits, and the sum over all paths for each list that any path spells.
  private func likelihoods(_ logits: [Float], _ width: Int) -> (shares: [Double], lists: [[Int32]: Double]) {
    let steps = logits.count / width
    var shares: [Double] = []
    for t in 0..<steps {
      let row = logits[t * width..<(t + 1) * width].map { exponential(Double($0)) }
      shares += row.map { $0 / row.reduce(0, +) }
    }
    var lists: [[Int32]: Double] = [:]
    forEachPath(steps, width) { path in
      lists[spelled(path), default: 0] += path.enumerated().reduce(1.0) { $0 * shares[$1.offset * width + $1.element] }
    }
    return (shares, lists)
  }

  @Test(arguments: 1...6)
  func aLossIsThatOfAllAlignments(steps: Int) throws {
    let width = 3
    var random = SeededRandom(seed: UInt64(steps))
    let logits = (0..<steps * width).map { _ in random.uniform() * 4 - 2 }
    let found = likelihoods(logits, width)
    #expect(abs(found.lists.values.reduce(0, +) - 1) < 1e-12)
    let trainer = try Self.trainer(width)
    for (list, likelihood) in found.lists {
      let batch = SequenceBatch(
        input: .values(logits, featureCount: width), offsets: [0, steps], targets: .labels(LabelLists([list])))
      let answer = try trainer.answer(batch, [.losses, .inputGradient])
      let expected = -logarithm(likelihood)
      #expect(abs(answer.sum.loss - expected) <= 1e-9 * max(1, expected), "\(list)")
      // The gradient by a logit is its probability less its share of the paths that spell the list.
      var shares = Array(repeating: 0.0, count: steps * width)
      forEachPath(steps, width) { path in
        guard spelled(path) == list else { return }
        let weight = path.enumerated().reduce(1.0) { $0 * found.shares[$1.offset * width + $1.element] }
        for (t, output) in path.enumerated() { shares[t * width + output] += weight / likelihood }
      }
      for (place, gradient) in try #require(answer.gradients?.input).enumerated() {
        #expect(abs(Double(gradient) - (found.shares[place] - shares[place])) < 1e-6, "\(list) \(place)")
      }
    }
  }

  @Test(arguments: 1...6)
  func aBeamThatKeepsEverythingFindsTheLikeliestList(steps: Int) throws {
    let width = 3
    for seed in 0..<20 as Range<UInt64> {
      var random = SeededRandom(seed: seed, stream: UInt64(steps))
      let logits = (0..<steps * width).map { _ in random.uniform() * 4 - 2 }
      let (shares, lists) = likelihoods(logits, width)
      let best = try #require(lists.max { $0.value < $1.value })
      let found = CTC.beamSearch(shares.map(Float.init), width: width, beam: 1000)
      #expect(found[0].labels == best.key)
      #expect(abs(found[0].logLikelihood - logarithm(best.value)) < 1e-5)
      #expect(found.count == lists.count)
      for one in found {
        let expected = try #require(lists[one.labels])
        #expect(abs(one.logLikelihood - logarithm(expected)) < 1e-5)
      }
      // Nothing is likelier than what a wider beam finds, and a beam gives as many lists as it keeps.
      #expect(CTC.beamSearch(shares.map(Float.init), width: width, beam: 2).count == min(2, lists.count))
    }
  }

  @Test func theLikeliestPathIsNotAlwaysTheLikeliestList() {
    // 0.6 · 0.6 says nothing, and 1 − 0.36 says one label.
    let shares: [Float] = [0.6, 0.4, 0.6, 0.4]
    #expect(CTC.greedyLabels(shares, width: 2) == [])
    #expect(CTC.beamSearch(shares, width: 2, beam: 4).first?.labels == [0])
    #expect(CTC.greedyLabels([0, 1, 0, 1, 1, 0, 0, 1] as [Float], width: 2) == [0, 0])
    #expect(CTC.beamSearch([Float](), width: 2, beam: 4) == [CTC.Transcription(labels: [], logLikelihood: 0)])
  }

  @Test(
    arguments: [
      ([], [], 0), ([1], [], 1), ([], [1, 2], 2), ([1, 2, 3], [1, 2, 3], 0), ([1, 3], [1, 2, 3], 1),
      ([3, 1, 2], [1, 2, 3], 2), ([1, 1, 1], [2], 3), ([0, 1, 2, 3, 4], [0, 9, 2, 4], 2),
    ] as [([Int32], [Int32], Int)]) func editsAreCounted(labels: [Int32], truth: [Int32], count: Int)
  {
    #expect(CTC.edits(from: labels, to: truth) == count)
    #expect(CTC.edits(from: truth, to: labels) == count)
  }

  @Test func paddingChangesNoBit() throws {
    let (trainer, batch) = try sample()
    let plain = try trainer.answer(batch, [.losses, .outputs, .gradients])
    #expect(plain.losses.allSatisfy { $0?.isFinite == true } && plain.sum.unaligned == 0)
    for options in [PaddingOptions(), PaddingOptions(side: .pre), PaddingOptions(fixedLength: 40)] {
      let padded = try trainer.answer(batch.padded(options), [.losses, .gradients])
      #expect(padded.gradients?.weightBits == plain.gradients?.weightBits)
      #expect(padded.losses == plain.losses && padded.sum == plain.sum)
    }
    // The other axis: lists that stand in a padded matrix.
    let lists = try #require(batch.targets.labelLists)
    var other = batch
    other.targets = .labels(LabelLists(lists.padded, counts: lists.counts))
    #expect(try trainer.answer(other, .gradients).gradients?.weightBits == plain.gradients?.weightBits)
  }

  @Test func holesAreNotThere() throws {
    let (trainer, batch) = try sample()
    let plain = try trainer.answer(batch, [.losses, .gradients])
    // Every timestep behind one that is not valid, where nothing is real.
    var values: [Float] = []
    for n in 0..<batch.timesteps {
      values += [.nan, .nan, .nan]
      values += batch.input.values[n * 3..<n * 3 + 3]
    }
    var holed = SequenceBatch(
      input: .values(values, featureCount: 3), offsets: batch.offsets.map { 2 * $0 }, targets: batch.targets,
      weights: batch.weights)
    holed.validity = (0..<holed.timesteps).map { $0 % 2 == 1 }
    let other = try trainer.answer(holed, [.losses, .gradients])
    #expect(other.gradients?.weightBits == plain.gradients?.weightBits && other.losses == plain.losses)
  }

  @Test func threadsChangeNoBit() throws {
    let (one, batch) = try sample()
    let plain = try one.answer(batch, [.losses, .outputs, .gradients])
    for threads in [2, 3, 5] {
      let (trainer, _) = try sample(threads: threads)
      let answer = try trainer.answer(batch, [.losses, .outputs, .gradients])
      #expect(answer.gradients?.weightBits == plain.gradients?.weightBits)
      #expect(bits(answer.outputs) == bits(plain.outputs) && answer.sum == plain.sum)
    }
  }

  @Test func aBatchIsItsSequencesOneByOne() throws {
    let (trainer, batch) = try sample()
    let whole = try trainer.answer(batch, [.losses])
    var sum = LossSum()
    for b in 0..<batch.count {
      let one = try trainer.answer(batch.selecting([b]), [.losses])
      sum += one.sum
      #expect(one.losses == [whole.losses[b]])
    }
    #expect(abs(sum.loss - whole.sum.loss) < 1e-9 * whole.sum.loss)
    #expect(sum.labelErrors == whole.sum.labelErrors && sum.labelCount == whole.sum.labelCount)
    #expect(abs(sum.weight - whole.sum.weight) < 1e-6)
    #expect(whole.sum.labelCount == Double(batch.targets.labelLists?.codes.count ?? 0))
  }

  /// A sequence has one loss, whatever the reduction.
  @Test func aMeanIsOverSequences() throws {
    let reference = try decode(Reference.self, "pytorch-2.15.0/ctc.json").cases[3]
    let total = reference.lossValues.values.reduce(0, +)
    for reduction in [Reduction.meanPerTimestep, .meanPerSequence] {
      let sum = try Self.trainer(reference.logits.shape[1], reduction).evaluate(reference.batch)
      #expect(abs(sum.mean - total / 5) < 1e-6 * total)
    }
  }

  @Test func emptySequencesAndEmptyListsAreLegal() throws {
    let trainer = try Self.trainer(3)
    let batch = SequenceBatch(
      input: .values([0, 1, 2], featureCount: 3), offsets: [0, 0, 1], targets: .labels(LabelLists([[], []])))
    let answer = try trainer.answer(batch, [.losses])
    #expect(answer.losses[0] == 0)
    let share = exponential(0.0) / (exponential(0.0) + exponential(1.0) + exponential(2.0))
    let loss = try #require(answer.losses[1])
    #expect(abs(loss + logarithm(share)) < 1e-6)
    #expect(answer.sum.counted == 2 && answer.sum.unaligned == 0)
    _ = try trainer.trainStep(batch)
  }

  @Test func whatDoesNotFitHasNoLossAndIsNotTrainedOn() throws {
    let trainer = try Self.trainer(3, .meanPerSequence)
    let batch = SequenceBatch(
      input: .values(Array(repeating: 0.5, count: 15), featureCount: 3), offsets: [0, 3, 5],
      targets: .labels(LabelLists([[1, 1], [0, 0]])), ids: [7, 8])
    let answer = try trainer.answer(batch, [.losses, .gradients])
    #expect(answer.losses[0] != nil && answer.losses[1] == nil)
    #expect(answer.sum.unaligned == 1 && answer.sum.weight == 1 && answer.sum.labelCount == 4)
    let alone = try trainer.answer(batch.selecting([0]), .gradients)
    #expect(answer.gradients?.weightBits == alone.gradients?.weightBits)
    let before = trainer.model.weightBits
    #expect(
      throws: TrainingError(
        .dataMismatch, "sequence 8 has 2 labels, which need 3 timesteps, and 2 valid timesteps: CTC cannot align them")
    ) { try trainer.trainStep(batch) }
    #expect(trainer.model.weightBits == before)
    let unknown = SequenceBatch(
      input: .values([0, 1, 2], featureCount: 3), offsets: [0, 1], targets: .labels(LabelLists([[2]])))
    #expect(
      throws: TrainingError(.dataMismatch, "sequence 0 has label 2, the model has 2 labels and a blank")
    ) { try trainer.trainStep(unknown) }
    #expect(throws: TrainingError.self) { try trainer.answer(unknown) }
  }

  @Test func sequencesThatDoNotFitAreFound() throws {
    let batch = SequenceBatch(
      input: .values(Array(repeating: 0, count: 9), featureCount: 1), offsets: [0, 3, 5, 5, 9],
      targets: .labels(LabelLists([[1, 1], [0, 0], [], [1, 0, 1]])),
      validity: [true, true, true, true, true, true, false, true, false])
    let signature = SequenceSignature(input: .features(["x"]), target: .labels(["a", "b"]))
    #expect(try CTC.infeasible(in: InMemorySource(batch, signature: signature)) == [1, 3])
    let other = try sampleSource(lengths: [2])
    #expect(throws: TrainingError.self) { try CTC.infeasible(in: other) }
  }

  @Test func modelsThatCannotAlignAreRefused() throws {
    func check(_ layers: [any Layer], _ loss: Loss, _ target: TargetSignature = .labels(["a", "b"])) throws {
      try Trainer(model: Sequential(input: .features(1), layers: layers), loss: loss, threads: 1).check(target)
    }
    func message(_ body: () throws -> Void) -> String {
      (#expect(throws: TrainingError.self, performing: body))?.message ?? ""
    }
    let lstm = LSTM(2, returnSequences: true)
    try check([lstm, Dense(3, activation: .softmax)], .ctc)
    #expect(
      message { try check([lstm, Dense(2, activation: .softmax)], .ctc) }.contains(
        "the target is lists of 2 labels (a, b), to which a blank is added: expected dense(3, softmax)"))
    #expect(message { try check([lstm, Dense(3)], .ctc) }.contains("needs the probabilities of a softmax"))
    #expect(
      message { try check([LSTM(2), Dense(3, activation: .softmax)], .ctc) }.contains("a last lstm with sequences"))
    #expect(message { try check([lstm, Dense(3, activation: .softmax)], .meanSquaredError) }.contains("expected ctc"))
    #expect(
      message { try check([lstm, Dense(2, activation: .softmax)], .ctc, .classPerTimestep(["a", "b"])) }.contains(
        "ctc is for a list of labels per sequence, the data's target is a class per timestep, of 2"))
    let model = try Sequential(input: .features(1), layers: [lstm, Dense(3, activation: .softmax)])
    #expect(throws: TrainingError.self) { try Trainer(model: model, loss: .ctc, truncation: 4) }
  }

  @Test func aDescriptionHasAnOutputForTheBlank() throws {
    let signature = SequenceSignature(input: .features(["x"]), target: .labels(["a", "b", "c"]))
    for text in [ModelDescription.suited(to: signature.target), "lstm(4, sequences) dense(softmax)"] {
      let layers = try ModelDescription(text).layers(for: signature)
      let model = try Sequential(input: .features(1), layers: layers)
      #expect(model.outputWidth == 4 && Loss.suited(to: signature.target, for: model) == .ctc)
      try Trainer(model: model, loss: .ctc, threads: 1).check(signature.target)
    }
  }

  /// A list that stands in the input one label after the other is soon read out of it.
  @Test func aListIsLearned() throws {
    var random = SeededRandom(seed: 3)
    var (tokens, lists, offsets) = ([Int32](), [[Int32]](), [0])
    for _ in 0..<120 {
      let list = (0..<random.below(6)).map { _ in Int32(random.below(3)) }
      // Each label twice, and a blank between.
      for label in list { tokens += [label + 1, label + 1, 0] }
      lists.append(list)
      offsets.append(tokens.count)
    }
    let batch = SequenceBatch(input: .tokens(tokens), offsets: offsets, targets: .labels(LabelLists(lists)))
    let signature = SequenceSignature(
      input: .tokens(size: 4, vocabulary: nil), target: .labels(["a", "b", "c"]))
    let source = try InMemorySource(batch, signature: signature)
    let model = try Sequential(
      input: .tokens(4), layers: [Embedding(4, 8), LSTM(8, returnSequences: true), Dense(4, activation: .softmax)],
      seed: 2)
    let trainer = try Trainer(model: model, loss: .ctc, optimizer: .adam(0.02), threads: 2)
    let history = try trainer.fit(try PlannedBatches(source, policy: BatchPolicy(batchSize: 16)), epochs: 25)
    let last = try #require(history.epochs.last)
    #expect(last.labelErrorRate ?? 1 < 0.02 && last.accuracy == nil, "\(last)")
    let report = try trainer.report(on: source)
    #expect(report.overall.labelErrorRate ?? 1 < 0.02 && report.overall.rightLists ?? 0 > 0.9)
    #expect(report.confusion == nil && report.overall.unaligned == nil)
    let outputs = try trainer.predict(source.gather([5]))
    #expect(CTC.greedyLabels(outputs, width: 4) == lists[5])
  }
}
