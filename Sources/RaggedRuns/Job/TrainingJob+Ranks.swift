import RaggedBatching
import RaggedCore
import RaggedStore
public import RaggedTraining

extension TrainingJob {
  /// The same run on several ranks, each with a store of its own: a copy of the first one's, or the same file.
  ///
  /// Every rank ends with the same weights, and with those of one rank alone; the first keeps the run and writes the
  /// checkpoints.
  ///
  /// ```swift
  /// let exchange = try MPIExchange.world()
  /// let job = try TrainingJob.onRanks(exchange) {
  ///   try TrainingJob(store: SequenceStore(path: "store.sqlite"), configuration: configuration, exchange: exchange)
  /// }
  /// ```
  /// - Parameters:
  ///   - exchange: joins the ranks; with one rank this is `make` alone.
  ///   - make: makes the run with the same exchange.
  /// - Throws: what `make` throws on the first rank at fault, and `RankError` on the others; that on all of them where a rank
  ///   has other data, another configuration, other weights to begin with or other kernels than the first one.
  public static func onRanks(_ exchange: any GradientExchange, _ make: () throws -> TrainingJob) throws -> TrainingJob {
    try exchange.together(facts: { try $0.rankFacts }, make)
  }

  /// What all ranks need alike.
  private var rankFacts: [RankFact] {
    get throws {
      let data = [batches.fingerprint] + (validation.map { [$0.fingerprint] } ?? [])
      return [
        RankFact("data", "fingerprint " + data.map { String($0, radix: 16) }.joined(separator: " and ")),
        RankFact("configuration", try configuration.text),
      ] + trainer.rankFacts
    }
  }
}

extension SequenceStore {
  /// What all ranks need alike that train a run each: the whole dataset, what is trained, and the kernels.
  func rankFacts(_ configuration: TrainingConfiguration) throws -> [RankFact] {
    let data = try source(SequenceSelection(dataset: configuration.dataset)).fingerprint
    return [
      RankFact("data", "fingerprint \(String(data, radix: 16))"),
      RankFact("configuration", try configuration.text), .kernels(),
    ]
  }
}
