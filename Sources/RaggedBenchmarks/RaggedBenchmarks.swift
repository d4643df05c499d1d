import Foundation
import Ragged

/// `ragged-benchmarks`: measures and prints each figure beside its bar. `--json` prints JSON, `--quick` measures less,
/// `--only trainer|planner|loader|import|store` a part; `--step CASE` prints the rate of one case alone, for `compare.py`
/// beside this file.
@main
enum RaggedBenchmarks {
  static func main() {
    do { try run() } catch {
      FileHandle.standardError.write(Data("ragged-benchmarks: \(error)\n".utf8))
      exit(1)
    }
  }

  private static func run() throws {
    var words = Array(CommandLine.arguments.dropFirst())
    let threads = ProcessInfo.processInfo.activeProcessorCount
    if words.first == "--step", words.count == 2, let name = words.last, let step = StepCase(rawValue: name) {
      return print(try step.rate(Stopwatch(threads: threads, repeats: 11)))
    }
    let parts = ["trainer", "planner", "loader", "import", "store"]
    var part: String?
    if let at = words.firstIndex(of: "--only"), at + 1 < words.count, parts.contains(words[at + 1]) {
      part = words[at + 1]
      words.removeSubrange(at...at + 1)
    }
    guard Set(words).isSubset(of: ["--json", "--quick"]) else {
      let cases = StepCase.allCases.map(\.rawValue).joined(separator: "|")
      let usage =
        "usage: ragged-benchmarks [--json] [--quick] [--only \(parts.joined(separator: "|"))] | --step \(cases)\n"
      FileHandle.standardError.write(Data(usage.utf8))
      exit(64)
    }
    ScratchFolder.removeWhenInterrupted()
    let (isQuick, isJSON) = (words.contains("--quick"), words.contains("--json"))
    let watch = Stopwatch(threads: threads, repeats: isQuick ? 5 : 21)
    var figures: [Figure] = []
    if !isJSON { print("\(threads) threads, kernels \(availableKernels.joined(separator: ", "))") }
    let report = { (figure: Figure) in
      figures.append(figure)
      guard !isJSON else { return }
      print(line(figure, isFirst: figures.dropLast().last?.group != figure.group))
      fflush(nil)  // a figure may take a minute
    }
    if part ?? "trainer" == "trainer" {
      try TrainerBenchmarks(watch: watch, kernels: availableKernels.filter { $0 != "baseline" }).run(report)
    }
    if part ?? "planner" == "planner" { try PlannerBenchmarks(count: isQuick ? 1_000_000 : 10_000_000).run(report) }
    if part ?? "loader" == "loader" {
      try LoaderBenchmarks(watch: watch, sequences: isQuick ? 100_000 : 500_000).run(report)
    }
    if part ?? "import" == "import" {
      try ImportBenchmarks(
        sequences: isQuick ? 20_000 : 40_000, shortSequences: isQuick ? 500_000 : 10_000_000, repeats: isQuick ? 3 : 7
      ).run(report)
    }
    if part ?? "store" == "store" {
      let table = try StoreBenchmarks(
        sizes: isQuick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000, 10_000_000],
        longSizes: isQuick ? [20_000, 100_000] : [20_000, 200_000], note: note
      ).run()
      figures += table.figures
      if !isJSON { print("\n\(table.text)") }
    }
    guard isJSON else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(figures), as: UTF8.self))
  }

  /// Says on a terminal what is being measured.
  private static func note(_ text: String) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    FileHandle.standardError.write(Data("\(text)\n".utf8))
  }

  private static func line(_ figure: Figure, isFirst: Bool) -> String {
    let name = "  \(figure.name)".padding(toLength: 46, withPad: " ", startingAt: 0)
    var text = (isFirst ? "\n\(figure.group)\n" : "") + name
    text += String(format: "%8.3f ", figure.value) + figure.unit.padding(toLength: 8, withPad: " ", startingAt: 0)
    if let time = figure.milliseconds { text += String(format: "%10.2f ms", time) }
    if let bar = figure.bar { text += "   bar \(bar): \(figure.reaches == true ? "reached" : "missed")" }
    return text
  }
}
