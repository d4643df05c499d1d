import Ragged

/// The trainer's speed as shares of the machine's peak.
struct TrainerBenchmarks {
  var watch: Stopwatch
  var kernels: [String]

  func run(_ report: (Figure) -> Void) throws {
    for name in kernels { try reference(name, report) }
    guard let best = kernels.last else { return }
    try padding(best, report)
    try wide(best, report)
    try layers(best, report)
    try columns(best, report)
    try inference(best, report)
    try threads(best, report)
    try memory(best, report)
  }

  private func trainer(_ model: Sequential, _ kernels: String, threads: Int? = nil) throws -> Trainer {
    try Trainer(model: model, loss: .categoricalCrossentropy, threads: threads ?? watch.threads, kernels: kernels)
  }

  /// The share of the peak that a training step reaches.
  private func share(_ model: Sequential, _ lengths: [Int], _ kernels: String) throws -> (share: Double, time: Double) {
    let trainer = try trainer(model, kernels)
    let batch = Networks.batch(model, lengths: lengths)
    let (time, peak) = try watch.againstPeak(kernels: kernels) { try trainer.trainStep(batch) }
    return (Networks.trainingOperations(model) * Double(batch.timesteps) / time / peak, time)
  }

  private func reference(_ kernels: String, _ report: (Figure) -> Void) throws {
    let bars = ["avx512": 0.75, "avx2": 0.5]
    let model = try Networks.reference()
    var shares: [Double] = []
    for (name, count, mixed) in [
      ("one length 55", 1000, false), ("lengths 10–99", 1000, true), ("lengths 10–99", 32, true),
    ] {
      let (share, time) = try share(model, Networks.lengths(count, mixed: mixed), kernels)
      shares.append(share)
      let bar = count == 1000 ? bars[kernels] : kernels == "avx512" ? 0.6 : nil
      report(
        Figure(
          "1 reference network, \(kernels)", "batch \(count), \(name)", share, "of peak", bar.map(Bar.atLeast),
          milliseconds: time))
    }
    let ratio = shares[1] / shares[0]
    report(
      Figure("1 reference network, \(kernels)", "lengths mixed against one length", ratio, "ratio", .atLeast(0.95)))
  }

  private func padding(_ kernels: String, _ report: (Figure) -> Void) throws {
    let model = try Networks.reference()
    let batch = Networks.batch(model, lengths: Networks.lengths(1000, mixed: true))
    for (name, options) in [
      ("right to 99", PaddingOptions(fixedLength: 99)), ("left to 99", PaddingOptions(side: .pre, fixedLength: 99)),
      ("right to 400", PaddingOptions(fixedLength: 400)),
    ] {
      let padded = try batch.padded(options)
      let (one, other) = (try trainer(model, kernels), try trainer(model, kernels))
      let (plain, time) = try watch.milliseconds({ try one.trainStep(batch) }, { try other.trainStep(padded) })
      report(
        Figure(
          "2 padding, against the same sequences without", name, time / plain, "ratio", .atMost(1.1), milliseconds: time
        ))
    }
  }

  private func wide(_ kernels: String, _ report: (Figure) -> Void) throws {
    let group = "3 width 256 twice"
    let model = try Networks.stacked(256, depth: 2, features: 32)
    let slow = TrainerBenchmarks(
      watch: Stopwatch(threads: watch.threads, repeats: max(3, watch.repeats / 4)), kernels: [])
    let equal = try slow.share(model, Networks.lengths(64, mixed: false), kernels)
    let mixed = try slow.share(model, Networks.lengths(64, mixed: true), kernels)
    let small = try slow.share(model, Networks.lengths(8, mixed: false), kernels)
    report(Figure(group, "batch 64, one length 55", equal.share, "of peak", .atLeast(0.8), milliseconds: equal.time))
    report(
      Figure(
        group, "batch 64, lengths 10–99 against one length", mixed.share / equal.share, "ratio", .atLeast(0.9),
        milliseconds: mixed.time))
    report(
      Figure(
        group, "batch 8 against batch 64", small.time / equal.time, "ratio", .atMost(0.25), milliseconds: small.time))
  }

  private func layers(_ kernels: String, _ report: (Figure) -> Void) throws {
    let output = TimeDistributed(Dense(2, activation: .softmax))
    let cases: [(String, ModelInput, [any Layer])] = [
      ("bidirectional", .features(16), [Bidirectional(LSTM(64, returnSequences: true)), output]),
      ("stacked ×3", .features(16), (0..<3).map { _ in LSTM(64, returnSequences: true) } as [any Layer] + [output]),
      ("embedding", .tokens(1000), [Embedding(1000, 64), LSTM(64, returnSequences: true), output]),
      (
        "dropout", .features(16),
        [LSTM(64, returnSequences: true), Dropout(0.2), LSTM(64, returnSequences: true, dropout: 0.2), output]
      ),
      ("one output per sequence", .features(16), [LSTM(64), Dense(2, activation: .softmax)]),
    ]
    for (name, input, layers) in cases {
      let model = try Sequential(input: input, layers: layers)
      let (share, time) = try share(model, Networks.lengths(256, mixed: true), kernels)
      report(Figure("4 layers of width 64, batch 256", name, share, "of peak", .atLeast(0.6), milliseconds: time))
    }
  }

  /// Four category columns against one of their width together.
  private func columns(_ kernels: String, _ report: (Figure) -> Void) throws {
    let rest: [any Layer] = [LSTM(64, returnSequences: true), TimeDistributed(Dense(2, activation: .softmax))]
    let names = ["a", "b", "c", "d"]
    let models = try [
      Sequential(input: .tokens(1000), layers: [Embedding(1000, 64)] as [any Layer] + rest),
      Sequential(
        input: ModelInput(categories: names.map { .init($0, size: 1000) }),
        layers: [Embedding(tables: names.map { .init($0, 1000, 16) })] as [any Layer] + rest),
    ]
    let batches = models.map { Networks.batch($0, lengths: Networks.lengths(256, mixed: true)) }
    let trainers = try models.map { try trainer($0, kernels) }
    let (one, four) = try watch.milliseconds(
      { try trainers[0].trainStep(batches[0]) }, { try trainers[1].trainStep(batches[1]) })
    report(
      Figure(
        "4 layers of width 64, batch 256", "four embeddings of width 16 against one of 64", four / one, "ratio",
        .atMost(1.15), milliseconds: four))
  }

  private func inference(_ kernels: String, _ report: (Figure) -> Void) throws {
    let model = try Networks.reference()
    let batch = Networks.batch(model, lengths: Networks.lengths(1000, mixed: true))
    let predictor = try trainer(model, kernels)
    let (time, peak) = try watch.againstPeak(kernels: kernels) { _ = try predictor.predict(batch) }
    let share = Networks.forwardOperations(model) * Double(batch.timesteps) / time / peak
    report(Figure("5 inference", "batch 1000, lengths 10–99", share, "of peak", .atLeast(0.6), milliseconds: time))
    let wide = try Networks.stacked(128, depth: 1, features: 32)
    let single = try trainer(wide, kernels)
    let one = Networks.batch(wide, lengths: [1000])
    let alone = try watch.milliseconds { _ = try single.predict(one) }
    report(Figure("5 inference", "one sequence of 1000 steps, width 128", alone, "ms"))
  }

  private func threads(_ kernels: String, _ report: (Figure) -> Void) throws {
    guard watch.threads > 1 else { return }
    let model = try Networks.reference()
    let batch = Networks.batch(model, lengths: Networks.lengths(1000, mixed: true))
    let (one, two) = (try trainer(model, kernels, threads: 1), try trainer(model, kernels, threads: 2))
    let (alone, together) = try watch.milliseconds({ try one.trainStep(batch) }, { try two.trainStep(batch) })
    report(Figure("6 threads", "two against one", alone / together, "ratio", .atLeast(1.9), milliseconds: together))
  }

  private func memory(_ kernels: String, _ report: (Figure) -> Void) throws {
    let model = try Networks.reference()
    for (count, length) in [(100, 0), (1000, 0), (10_000, 0), (16, 10_000)] {
      let trainer = try trainer(model, kernels)
      let lengths = length == 0 ? Networks.lengths(count, mixed: true) : Array(repeating: length, count: count)
      try trainer.trainStep(Networks.batch(model, lengths: lengths))
      report(
        Figure(
          "7 working memory of a step", length == 0 ? "batch \(count)" : "16 sequences of \(length) steps",
          Double(trainer.workingBytes) / 1e6, "MB"))
    }
  }
}
