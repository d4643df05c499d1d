import ArgumentParser
import Foundation
import Ragged

struct VerifyCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Prove on your data that neither padding nor batching changes what a model computes.",
    discussion: """
      Takes some sequences and computes outputs, loss and gradients of all of them in one batch without padding. Then \
      again padded left, right and with masked steps in between, and packed in rows, with NaN or another token wherever \
      nothing is real; each alone; in several batch sizes and buckets; on one thread; and with the processor's other \
      kernels. Prints the largest difference of each, as a part of the figure's size.

      What only pads must give the same bits. Other batches must give the same bits of outputs, and the same sums within \
      1e-5; other kernels all within 1e-4. Where data magnifies rounding (features in the hundreds), sums are held to \
      four times what rounding does to them. Gradients below 0.01 a loss count as 0.01, for where they vanish only rounding is \
      left. Losses and gradients are those of targets that the model misses, for with those it has learnt they \
      vanish. The plan that the model was trained with must take every sequence once.

      Ends with exit code 70 where a promise is broken.

        ragged verify store.sqlite --model model.best.ragged
      """)

  @OptionGroup var store: StoreArguments

  @Option(name: .shortAndLong, help: "The checkpoint.", completion: .file(extensions: ["ragged"]))
  var model: String

  @OptionGroup(title: "Part") var part: PartArguments

  @Option(
    name: .shortAndLong,
    help: "Sequences to take, the shortest and the longest among them; fewer where the longest is very long.")
  var sequences = TrainedModel.usualSampleSize

  @Option(name: .long, help: "Decides which sequences are taken.")
  var seed: UInt64 = 0

  @OptionGroup var compute: ThreadArguments

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws { try Limits.check("--sequences", sequences, Limits.count) }

  func run() throws {
    let (loaded, source) = try part.judged(by: model, threads: compute.threads, in: store)
    guard loaded.headNames.isEmpty else { return try verifyHeads(loaded, source) }
    let line = ProgressLine("verifying")
    let result = try stopping(leaving: "the store is unchanged") {
      try loaded.verify(source, sequences: sequences, seed: seed, threads: compute.threads, monitor: line.monitor)
    }
    line.clear()
    if json { try Console.print(json: result) } else { show(result) }
    try check(result.problems)
  }

  private func show(_ result: Verification) {
    Console.print(layouts(result))
    Console.print()
    Console.print(plans(result))
    Console.print("\n" + summary(result))
  }

  private func check(_ problems: [String]) throws {
    guard let first = problems.first else { return }
    throw TrainingError(
      .promiseBroken,
      problems.count == 1
        ? "a promise is broken: \(first)" : "\(problems.count) promises are broken; the first: \(first)")
  }

  /// What was found of one of several targets.
  private struct HeadOutput: Encodable {
    var name: String
    var verification: Verification
  }

  /// Each of several targets by itself.
  private func verifyHeads(_ loaded: TrainedModel, _ source: some SequenceSource) throws {
    var outputs: [HeadOutput] = []
    for (place, name) in loaded.headNames.enumerated() {
      let line = ProgressLine("verifying \(name.printable)")
      let result = try stopping(leaving: "the store is unchanged") {
        try loaded.head(place).verify(
          source.target(at: place), sequences: sequences, seed: seed, threads: compute.threads, monitor: line.monitor)
      }
      line.clear()
      outputs.append(HeadOutput(name: name, verification: result))
      guard !json else { continue }
      Console.print("\(place == 0 ? "" : "\n")Target \(name.printable):")
      show(result)
    }
    if json { try Console.print(json: outputs) }
    try check(outputs.flatMap { output in output.verification.problems.map { "\(output.name): \($0)" } })
  }

  private func layouts(_ result: Verification) -> Table {
    Table(
      [
        .init("layout", .left), .init("outputs"), .init("loss"), .init("gradients"), .init("promised", .left, rank: 1),
        .init("", .left),
      ],
      result.checks.map { check in
        let (outputs, sums) = (text(check.outputPromise), text(check.sumPromise))
        let promised = outputs == sums ? outputs : "\(outputs), sums to \(sums)"
        return [
          check.layout, text(check.outputs), text(check.loss), text(check.gradients), promised,
          check.holds ? "ok" : "BROKEN",
        ]
      })
  }

  private func text(_ difference: Verification.Difference) -> String {
    difference.isSameBits ? "same bits" : Format.difference(Double(difference.largest))
  }

  private func text(_ promise: Verification.Promise) -> String {
    switch promise {
    case .sameBits: "same bits"
    case .within(let limit): String(format: "%.0e", limit)
    }
  }

  private func plans(_ result: Verification) -> Table {
    Table(
      ["plan", "sequences", "batches", ""],
      result.coverage.map { [$0.plan, $0.sequences.grouped, $0.batches.grouped, text($0)] })
  }

  private func text(_ plan: Verification.Coverage) -> String {
    if let problem = plan.problem { return "BROKEN: \(problem)" }
    if let refusal = plan.refusal { return "no plan: \(refusal)" }
    return plan.leftOut == 0 ? "each once" : "each once, \(plan.leftOut.grouped) left out"
  }

  private func summary(_ result: Verification) -> String {
    let what = "\(result.sequences.counted("sequence")), \(result.timesteps.counted("timestep"))"
    return result.holds
      ? "\(what): \(Style.good.text("every promise holds."))" : "\(what): \(Style.bad.text("PROMISES ARE BROKEN."))"
  }
}
