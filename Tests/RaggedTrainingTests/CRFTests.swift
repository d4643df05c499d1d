import RaggedBatching
import RaggedCore
import RaggedTraining
import Testing

/// Conditional random fields against all K^T paths of short sequences, and the laws that holes, padding, empty sequences and
/// threads change nothing.
@Suite struct CRFTests {
  /// Scores of a path, from the weights of a layer.
  private struct Scores {
    var tags: [[Double]]  // [T][K]
    var transitions: [Double]  // [K, K], from and to
    var start: [Double]
    var end: [Double]
    var isForbidden: (_ before: Int?, _ tag: Int) -> Bool = { _, _ in false }

    func score(_ path: [Int]) -> Double {
      guard let first = path.first, let last = path.last else { return 0 }
      var sum = start[first] + end[last]
      for (t, tag) in path.enumerated() {
        sum += tags[t][tag]
        if t > 0 { sum += transitions[path[t - 1] * start.count + tag] }
      }
      return sum
    }

    func isAllowed(_ path: [Int]) -> Bool {
      path.indices.allSatisfy { !isForbidden($0 == 0 ? nil : path[$0 - 1], path[$0]) }
    }

    /// Every path that has the tags that are given.
    func paths(_ fixed: [Int?]) -> [[Int]] {
      fixed.reduce([[Int]()]) { (paths: [[Int]], tag: Int?) -> [[Int]] in
        let tags = tag.map { [$0] } ?? Array(start.indices)
        return paths.flatMap { path in tags.map { path + [$0] } }
      }
    }
  }

  /// A model that hands its input to a crf of scattered weights; its input is the scores of the tags.
  private func trainer(
    _ crf: CRF, seed: UInt64, _ reduction: Reduction = .sum, threads: Int = 1, kernels: String? = nil
  ) throws -> Trainer {
    let count = crf.units
    var model = try Sequential(input: .features(count), layers: [Dense(count), crf]).scattered(1.5, seed: seed)
    var weights = model.weights
    weights[0].values = (0..<count * count).map { $0 % (count + 1) == 0 ? 1 : 0 }
    weights[1].values = Array(repeating: 0, count: count)
    try model.setWeights(weights)
    return try Trainer(model: model, loss: .crf, reduction: reduction, threads: threads, kernels: kernels)
  }

  private func scores(_ trainer: Trainer, _ values: [Float]) throws -> Scores {
    let weights = trainer.model.weights
    func weight(_ name: String) throws -> [Double] {
      try #require(weights.first { $0.name == "crf/\(name)" }).values.map(Double.init)
    }
    let count = trainer.model.outputWidth
    return Scores(
      tags: stride(from: 0, to: values.count, by: count).map { values[$0..<$0 + count].map(Double.init) },
      transitions: try weight("transitions"), start: try weight("start"), end: try weight("end"))
  }

  private func batch(_ values: [Float], _ tags: [Int32], width: Int) -> SequenceBatch {
    SequenceBatch(
      input: .values(values, featureCount: width), offsets: [0, tags.count], targets: .classPerTimestep(tags))
  }

  @Test(arguments: 1...5, availableKernels)
  func lossesAndGradientsAreThoseOfAllPaths(steps: Int, kernels: String) throws {
    let count = 3
    for seed in 0..<6 as Range<UInt64> {
      var random = SeededRandom(seed: seed, stream: UInt64(steps))
      let values = (0..<steps * count).map { _ in random.uniform() * 4 - 2 }
      // Some tags were not observed: the likelihood is that of all paths through the others.
      let tags = (0..<steps).map { _ in Int32(random.below(count + (seed < 3 ? 0 : 1))) }.map { $0 == 3 ? -1 : $0 }
      let trainer = try self.trainer(CRF(count), seed: seed, kernels: kernels)
      let scores = try self.scores(trainer, values)
      let answer = try trainer.answer(batch(values, tags, width: count), [.losses, .inputGradient])
      var gradient = Array(repeating: 0.0, count: steps * count)
      var weights = Array(repeating: 0.0, count: count * (count + 2))
      func sum(_ fixed: [Int?], _ sign: Double) -> Double {
        let paths = scores.paths(fixed)
        let total = logarithm(paths.reduce(0) { $0 + exponential(scores.score($1)) })
        for path in paths {
          let share = sign * exponential(scores.score(path) - total)
          weights[count * count + path[0]] += share
          weights[count * count + count + path[steps - 1]] += share
          for t in 0..<steps {
            gradient[t * count + path[t]] += share
            if t > 0 { weights[path[t - 1] * count + path[t]] += share }
          }
        }
        return total
      }
      let known = tags.map { $0 < 0 ? nil : Int($0) }
      let expected = sum(Array(repeating: nil, count: steps), 1) - sum(known, -1)
      #expect(abs(answer.sum.loss - expected) < 1e-9 * max(1, expected), "\(tags)")
      let observed = known.count { $0 != nil }
      #expect(answer.sum.counted == Double(observed) && answer.sum.weight == Double(observed))
      if let mean = answer.losses[0] {
        #expect(abs(mean - expected / Double(observed)) < 1e-5 * max(1, expected))
      } else {
        #expect(observed == 0)
      }
      let found = try #require(answer.gradients)
      for (one, other) in zip(try #require(found.input), gradient) { #expect(abs(Double(one) - other) < 1e-6) }
      for (one, other) in zip(found.weights.suffix(3).flatMap(\.values), weights) {
        #expect(abs(Double(one) - other) < 1e-6, "\(one) \(other)")
      }
    }
  }

  @Test(arguments: 1...5)
  func theOutputIsTheBestPath(steps: Int) throws {
    let count = 3
    for seed in 0..<30 as Range<UInt64> {
      var random = SeededRandom(seed: seed, stream: UInt64(steps))
      let values = (0..<steps * count).map { _ in random.uniform() * 4 - 2 }
      let trainer = try self.trainer(CRF(count), seed: seed)
      let scores = try self.scores(trainer, values)
      let best = try #require(
        scores.paths(Array(repeating: nil, count: steps)).max { scores.score($0) < scores.score($1) })
      let expected: [Float] = best.flatMap { tag in (0..<count).map { $0 == tag ? 1 : 0 } }
      let one = batch(values, best.map(Int32.init), width: count)
      #expect(try trainer.predict(one) == expected)
      let answer = try trainer.answer(one, [.outputs, .gradients])
      #expect(answer.outputs == expected && answer.sum.hits == Double(steps))
    }
  }

  @Test(arguments: 1...5)
  func pathsKeepToTheScheme(steps: Int) throws {
    let names = ["O", "I-A", "B-A", "I-B", "B-B"]
    for seed in 0..<10 as Range<UInt64> {
      var random = SeededRandom(seed: seed, stream: UInt64(steps))
      let values = (0..<steps * 5).map { _ in random.uniform() * 4 - 2 }
      let trainer = try self.trainer(CRF(tags: names, scheme: .bio), seed: seed)
      var scores = try self.scores(trainer, values)
      scores.isForbidden = { before, tag in
        guard names[tag].hasPrefix("I-") else { return false }
        guard let before, names[before] != "O" else { return true }
        return names[before].dropFirst(2) != names[tag].dropFirst(2)
      }
      let allowed = scores.paths(Array(repeating: nil, count: steps)).filter(scores.isAllowed)
      let best = try #require(allowed.max { scores.score($0) < scores.score($1) })
      let output = try trainer.predict(batch(values, Array(repeating: 0, count: steps), width: 5))
      let path = (0..<steps).map { Trainer.predictedClass(output[$0 * 5..<($0 + 1) * 5]) }
      #expect(path == best, "\(path.map { names[$0] })")
    }
  }

  /// Sequences of several lengths, some without a timestep, with weights and holes.
  private func sample(threads: Int = 1, _ reduction: Reduction = .meanPerTimestep) throws -> (Trainer, SequenceBatch) {
    let model = try Sequential(
      input: .features(3), layers: [Bidirectional(LSTM(5, returnSequences: true)), TimeDistributed(Dense(4)), CRF(4)],
      seed: 4
    ).scattered()
    let batch = sampleBatch(
      lengths: sampleLengths(70, longest: 17), input: .features(3), target: .classes(4), isWeighted: true)
    return (try Trainer(model: model, loss: .crf, reduction: reduction, threads: threads), batch)
  }

  @Test(arguments: Reduction.allCases) func paddingHolesAndThreadsChangeNoBit(_ reduction: Reduction) throws {
    let (trainer, batch) = try sample(reduction)
    let plain = try trainer.answer(batch, [.losses, .outputs, .gradients])
    for options in [PaddingOptions(), PaddingOptions(side: .pre), PaddingOptions(fixedLength: 40)] {
      let padded = try trainer.answer(batch.padded(options), [.losses, .gradients])
      #expect(padded.gradients?.weightBits == plain.gradients?.weightBits)
      #expect(padded.losses == plain.losses && padded.sum == plain.sum)
    }
    var values: [Float] = []
    var tags: [Int32] = []
    for n in 0..<batch.timesteps {
      values += [.nan, .nan, .nan]
      values += batch.input.values[n * 3..<n * 3 + 3]
      tags += [0, batch.targets.classes[n]]
    }
    var holed = SequenceBatch(
      input: .values(values, featureCount: 3), offsets: batch.offsets.map { 2 * $0 }, targets: .classPerTimestep(tags),
      weights: batch.weights)
    holed.validity = (0..<holed.timesteps).map { $0 % 2 == 1 }
    let other = try trainer.answer(holed, [.losses, .outputs, .gradients])
    #expect(other.gradients?.weightBits == plain.gradients?.weightBits && other.sum == plain.sum)
    var real: [Float] = []
    for n in 0..<batch.timesteps { real += other.outputs[(2 * n + 1) * 4..<(2 * n + 2) * 4] }
    #expect(real == plain.outputs)
    for threads in [2, 5] {
      let answer = try sample(threads: threads, reduction).0.answer(batch, [.losses, .outputs, .gradients])
      #expect(answer.gradients?.weightBits == plain.gradients?.weightBits)
      #expect(answer.outputs == plain.outputs && answer.sum == plain.sum)
    }
  }

  @Test func aBatchIsItsSequencesOneByOne() throws {
    let (trainer, batch) = try sample(.sum)
    let whole = try trainer.answer(batch, [.losses, .outputs])
    var sum = LossSum()
    for b in 0..<batch.count {
      let one = try trainer.answer(batch.selecting([b]), [.losses, .outputs])
      sum += one.sum
      #expect(one.losses == [whole.losses[b]])
      #expect(one.outputs == Array(whole.outputs[batch.range(b).lowerBound * 4..<batch.range(b).upperBound * 4]))
    }
    #expect(abs(sum.loss - whole.sum.loss) < 1e-9 * whole.sum.loss && sum.hits == whole.sum.hits)
  }

  @Test func weightsBeginAtZeroAndAreKept() throws {
    let model = try Sequential(
      input: .features(2),
      layers: [LSTM(3, returnSequences: true), Dense(3), CRF(tags: ["O", "B-X", "I-X"], scheme: .bio)])
    #expect(model.weights.suffix(3).allSatisfy { $0.values.allSatisfy { $0 == 0 } })
    #expect(model.weights.suffix(3).map(\.name) == ["crf/transitions", "crf/start", "crf/end"])
    let trainer = try Trainer(model: model, loss: .crf, threads: 1)
    let batch = sampleBatch(lengths: [4, 0, 6], input: .features(2), target: .classes(3))
    try trainer.trainStep(batch)
    #expect(trainer.model.weights.suffix(3).allSatisfy { $0.values.contains { $0 != 0 } })
    let copy = try trainer.checkpoint().trainer(threads: 1)
    #expect(copy.model.layers == model.layers && copy.model.weightBits == trainer.model.weightBits)
    #expect(try copy.predict(batch) == trainer.predict(batch))
  }

  /// Tags that depend on the tag before, which the scores alone do not know.
  @Test func itLearnsWhatFollowsWhat() throws {
    var random = SeededRandom(seed: 9)
    var (values, tags, offsets) = ([Float](), [Int32](), [0])
    for _ in 0..<60 {
      var tag = Int32(random.below(3))
      for _ in 0..<12 {
        tag = (tag + 1) % 3
        tags.append(tag)
        // The input gives the tag in one timestep of three.
        values.append(random.below(3) == 0 ? Float(tag) + 1 : 0)
      }
      offsets.append(tags.count)
    }
    let batch = SequenceBatch(
      input: .values(values, featureCount: 1), offsets: offsets, targets: .classPerTimestep(tags))
    let source = try InMemorySource(
      batch, signature: SequenceSignature(input: .features(["x"]), target: .classPerTimestep(["a", "b", "c"])))
    func accuracy(_ layers: [any Layer], _ loss: Loss) throws -> Double {
      let model = try Sequential(input: .features(1), layers: layers, seed: 3)
      let trainer = try Trainer(model: model, loss: loss, optimizer: .adam(0.03), threads: 2)
      try trainer.fit(try PlannedBatches(source, policy: BatchPolicy(batchSize: 10)), epochs: 40)
      let report = try trainer.report(on: source)
      #expect(report.confusion?.total == tags.count)
      return report.overall.accuracy ?? 0
    }
    let with = try accuracy([Dense(8, activation: .relu), Dense(3), CRF(3)], .crf)
    let without = try accuracy(
      [Dense(8, activation: .relu), Dense(3, activation: .softmax)], .sparseCategoricalCrossentropy)
    #expect(with > 0.97 && without < 0.75, "\(with) \(without)")
  }

  @Test func descriptionsHaveIt() throws {
    let target = TargetSignature.classPerTimestep(["O", "B-X", "I-X"])
    let signature = SequenceSignature(input: .features(["x"]), target: target)
    for text in ["lstm(4, sequences) crf", "lstm(4, sequences), dense(3), crf(bio)", "lstm(4, sequences) crf(bio)"] {
      let layers = try ModelDescription(text).layers(for: signature)
      let model = try Sequential(input: .features(1), layers: layers)
      #expect(layers.count == 3 && layers.last is CRF, "\(text)")
      #expect((layers.last as? CRF)?.scheme == (text.contains("bio") ? .bio : nil))
      #expect(Loss.suited(to: target, for: model) == .crf)
      try Trainer(model: model, loss: .crf, threads: 1).check(target)
    }
    func message(_ text: String, _ target: TargetSignature = target) -> String {
      let error = #expect(throws: TrainingError.self) {
        let signature = SequenceSignature(input: .features(["x"]), target: target)
        _ = try Sequential(input: .features(1), layers: ModelDescription(text).layers(for: signature))
      }
      return error?.message ?? ""
    }
    #expect(message("lstm(4, sequences) crf(bioes)").contains("crf(…) does not take \"bioes\""))
    #expect(message("lstm(4) crf").contains("gives one output per sequence"))
    #expect(message("lstm(4, sequences) dense(4) crf").contains("a crf of 3 tags stands behind 4 outputs"))
    #expect(message("lstm(4, sequences) crf dropout(0.1)").contains("a crf is the last layer"))
    #expect(
      message("lstm(4) crf", .classPerSequence(["a", "b"])).contains(
        "a crf tags timesteps: the data's target is a class per sequence, of 2"))
    let model = try Sequential(input: .features(1), layers: [LSTM(2, returnSequences: true), Dense(2), CRF(2)])
    for (loss, truncation) in [(Loss.meanSquaredError, nil), (.crf, 3)] as [(Loss, Int?)] {
      #expect(throws: TrainingError.self) { try Trainer(model: model, loss: loss, truncation: truncation) }
    }
    let plain = try Sequential(input: .features(1), layers: [LSTM(2, returnSequences: true), Dense(2)])
    #expect(throws: TrainingError.self) { try Trainer(model: plain, loss: .crf) }
  }
}
