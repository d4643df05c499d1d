import Foundation
import Ragged

/// `ragged-benchmarks`: measures and prints each figure beside its bar. `--json` prints JSON, `--quick` measures less;
/// `--planner` measures the planner alone; `--step CASE` prints the rate of one case's training step alone, for
/// `compare.py` beside this file.
@main
enum RaggedBenchmarks {
  static func main() throws {
    let words = CommandLine.arguments.dropFirst()
    let arguments = Set(words)
    let threads = ProcessInfo.processInfo.activeProcessorCount
    if words.first == "--step", words.count == 2, let name = words.last, let step = StepCase(rawValue: name) {
      return print(try step.rate(Stopwatch(threads: threads, repeats: 11)))
    }
    guard arguments.isSubset(of: ["--json", "--quick", "--planner"]) else {
      let cases = StepCase.allCases.map(\.rawValue).joined(separator: "|")
      let usage = "usage: ragged-benchmarks [--json] [--quick] [--planner] | --step \(cases)\n"
      FileHandle.standardError.write(Data(usage.utf8))
      exit(64)
    }
    let watch = Stopwatch(threads: threads, repeats: arguments.contains("--quick") ? 5 : 21)
    let isJSON = arguments.contains("--json")
    var figures: [Figure] = []
    if !isJSON { print("\(threads) threads, kernels \(availableKernels.joined(separator: ", "))") }
    let report = { (figure: Figure) in
      figures.append(figure)
      if !isJSON { print(line(figure, isFirst: figures.dropLast().last?.group != figure.group)) }
    }
    if !arguments.contains("--planner") {
      try TrainerBenchmarks(watch: watch, kernels: availableKernels.filter { $0 != "baseline" }).run(report)
    }
    try PlannerBenchmarks(count: arguments.contains("--quick") ? 1_000_000 : 10_000_000).run(report)
    guard isJSON else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(figures), as: UTF8.self))
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
