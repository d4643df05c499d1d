import Foundation
import RaggedBatching
import RaggedCore

extension Trainer {
  /// This trainer's place where ranks divide each batch; nil where it computes batches alone.
  var part: RankPart? {
    exchange.worldSize > 1 && exchange.division == .shares
      ? RankPart(rank: exchange.rank, worldSize: exchange.worldSize) : nil
  }

  /// A pass with gradients, of which ranks that divide batches compute their parts; every rank has the whole of it.
  func step(
    _ batch: SequenceBatch, gradients: inout [Float], weights: [LossWeights], _ request: EngineRequest
  ) throws -> EngineAnswer {
    var request = request
    request.part = part
    var answer = engine.step(
      batch, parameters: state.parameters, gradients: &gradients, weights: weights, request)
    try gradients.withUnsafeMutableBufferPointer { try combine(&answer, gradients: $0.baseAddress) }
    return answer
  }

  /// A pass without gradients, likewise divided; no more is wanted of it than sums and states.
  func judge(_ batch: SequenceBatch, _ request: EngineRequest) throws -> EngineAnswer {
    var request = request
    request.part = part
    var answer = engine.answer(batch, parameters: state.parameters, request)
    try combine(&answer, gradients: nil)
    return answer
  }

  /// The loss of a batch without dropout, of which ranks that divide batches compute their parts.
  func dividedSum(of batch: SequenceBatch) throws -> LossSum {
    guard part != nil else { return try evaluate(batch) }
    let prepared = try prepare(batch).batch
    try checkTargets(prepared, allowsUnaligned: true)
    return try judge(prepared, EngineRequest(losses: losses, reduction: reduction)).sum
  }

  private func combine(_ answer: inout EngineAnswer, gradients: UnsafeMutablePointer<Float>?) throws {
    guard answer.part != nil else { return }
    let wish = try engine.combine(&answer, gradients: gradients, over: exchange, wish: endMonitor.isCancelled)
    isEndAgreed = isEndAgreed || wish
  }

  /// Whether work is no longer wanted, after a step: on one rank when that is so, on several when any of them said so in the
  /// step's exchange, so that all end after the same one.
  func isEndWished(_ monitor: ProgressMonitor) -> Bool {
    exchange.worldSize > 1 ? isEndAgreed : monitor.isCancelled
  }

  /// Ends an epoch on all ranks: whether any of them wants no more, and whether they have come to the same weights, as they
  /// do unless machines compute differently.
  /// - Throws: ``RankError`` for the first rank that has other weights.
  func agree(after epoch: Int, _ monitor: ProgressMonitor) throws {
    guard exchange.worldSize > 1 else { return }
    let wish: UInt8 = monitor.isCancelled ? 1 : 0
    let hash = state.weightsHash
    let reports = try exchange.gather([wish] + (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) })
    if let other = reports.indices.first(where: { reports[$0].dropFirst() != reports[0].dropFirst() }) {
      throw RankError(
        rank: other,
        "other weights than on rank 0 after epoch \(epoch): a run on several ranks needs processors and libraries that "
          + "compute alike", .software)
    }
    isEndAgreed = isEndAgreed || reports.contains { $0[0] == 1 }
  }

  /// Does what all ranks do together: an error of one ends the others too.
  func withRanks<Value>(_ body: () throws -> Value) throws -> Value {
    guard exchange.worldSize > 1 else { return try body() }
    isEndAgreed = false
    do {
      return try body()
    } catch let error as Cancelled {
      // All of them agreed on it.
      throw error
    } catch {
      let own = RankError(rank: exchange.rank, error)
      let first = exchange.abandon(own)
      throw first.rank == exchange.rank && own.rank == exchange.rank ? error : first
    }
  }

  /// What ranks have to agree on before their first step: the kernels, and all that training begins with.
  package var rankFacts: [RankFact] {
    [
      .kernels(kernels),
      RankFact("weights", String(state.weightsHash, radix: 16)),
      RankFact("progress", "epoch \(state.progress.epoch), step \(state.progress.step)"),
    ]
  }
}

extension RankFact {
  /// The kernels that trainers compute by.
  /// - Parameter name: those of a trainer; nil for those of the ones to come.
  package static func kernels(_ name: String? = nil) -> RankFact {
    RankFact(
      "kernels (RAGGED_KERNELS names some that all have)",
      name ?? ProcessInfo.processInfo.environment["RAGGED_KERNELS"] ?? availableKernels.last ?? "baseline")
  }
}

extension TrainingState {
  /// A hash of the weights and the optimiser's memory.
  var weightsHash: UInt64 {
    var hash = StableHash()
    for numbers in [parameters, optimizer.first, optimizer.second] {
      for number in numbers { hash.add(UInt64(number.bitPattern)) }
    }
    hash.add(UInt64(optimizer.step))
    return hash.value
  }
}
